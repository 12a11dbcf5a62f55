#define _GNU_SOURCE
#include "tickd/mt5.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "common/listen.h"
#include "common/wake.h"
#include "tickd/mt5/mt5_sessions.h"
#include "tickd/mt5/mt5_source.h"
#include "tickd/mt5/mt5_stream.h"

#define TURN_MS 500 /* silence, clocks, orders: seconds are near enough */
#define BACKLOG 64  /* connections that wait to be accepted */

enum { LISTENER, TIMER, HANDLES };

struct mt5 {
	const struct settings *settings;
	feed_tell *tell;
	void (*closed)(void *context);
	void *context;
	uv_tcp_t listener;
	uv_timer_t timer;
	int handles; /* open ones of these two */
	struct wake_receiver *wake;
	struct mt5_tls *tls;
	struct mt5_sessions *sessions;
	struct mt5_keyed_source *sources;
	size_t source_count;
	char listen[INET6_ADDRSTRLEN + 10];
	bool stopping;
};

/* ---- between sources and sessions ---- */

static void
write_to(void *context, uint64_t session, char *line)
{
	mt5_sessions_write(((struct mt5 *)context)->sessions, session, line);
}

static void
pause_session(void *context, uint64_t session, bool pause)
{
	mt5_sessions_pause(((struct mt5 *)context)->sessions, session, pause);
}

static void
end_session(void *context, uint64_t session, const char *code, const char *sentence)
{
	mt5_sessions_end(((struct mt5 *)context)->sessions, session, code, sentence);
}

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	struct mt5 *mt5 = context;

	mt5->tell(mt5->context, level, event, symbol, sentence);
}

/* ---- events ---- */

static void
on_connection(uv_stream_t *listener, int status)
{
	struct mt5 *mt5 = listener->data;

	if (status == 0)
		mt5_sessions_accept(mt5->sessions, listener);
}

static void
on_timer(uv_timer_t *timer)
{
	struct mt5 *mt5 = timer->data;

	mt5_sessions_turn(mt5->sessions);
	for (size_t i = 0; i < mt5->source_count; i++)
		mt5_source_turn(mt5->sources[i].source);
}

/* analysisd has committed: there may be actions. */
static void
on_wake(void *context, unsigned ids)
{
	struct mt5 *mt5 = context;

	if (!(ids & 1U << DATABASE_ANALYSIS))
		return;
	for (size_t i = 0; i < mt5->source_count; i++)
		mt5_source_turn(mt5->sources[i].source);
}

/* ---- signs of life ---- */

void
mt5_add_status(struct mt5 *mt5, json_t *feeds)
{
	for (size_t i = 0; i < mt5->source_count && !mt5->stopping; i++)
		json_array_append_new(feeds,
		    mt5_source_status(mt5->sources[i].source, mt5->listen));
}

bool
mt5_absent(const struct mt5 *mt5, char ret[static MT5_ABSENT_SIZE])
{
	const char *names[3];
	size_t count = 0;

	for (size_t i = 0; i < mt5->source_count; i++)
		if (!mt5_source_healthy(mt5->sources[i].source) && ++count <= 3)
			names[count - 1] = mt5->settings->mt5.accounts[i].source;
	ret[0] = '\0';
	if (count == 1)
		snprintf(ret, MT5_ABSENT_SIZE, "terminal of %s not connected", names[0]);
	else if (count == 2)
		snprintf(ret, MT5_ABSENT_SIZE, "terminals of %s and %s not connected", names[0],
		    names[1]);
	else if (count == 3)
		snprintf(ret, MT5_ABSENT_SIZE, "terminals of %s, %s and %s not connected",
		    names[0], names[1], names[2]);
	else if (count > 3)
		snprintf(ret, MT5_ABSENT_SIZE, "terminals of %s, %s and %zu more not connected",
		    names[0], names[1], count - 2);
	return count > 0;
}

/* ---- the beginning ---- */

/* The supervisor's socket if it hands one on, else our own. */
static int
open_listener(const struct settings *settings, int *ret_fd, struct problem *problem)
{
	int error = listen_inherited(ret_fd);

	if (error == -ENOENT)
		return listen_open(settings->mt5.listen, ret_fd, problem);
	if (error < 0)
		return problem_set(problem, error, LISTEN_VARIABLE " names no listening socket");
	return 0;
}

/* Where we really listen: port 0 in the settings is any free one. */
static void
name_listener(struct mt5 *mt5)
{
	struct sockaddr_storage bound;
	int length = sizeof(bound);
	char address[INET6_ADDRSTRLEN] = "";
	bool v6;

	if (uv_tcp_getsockname(&mt5->listener, (struct sockaddr *)&bound, &length) < 0)
		return;
	v6 = bound.ss_family == AF_INET6;
	if (v6)
		uv_ip6_name((const struct sockaddr_in6 *)&bound, address, sizeof(address));
	else
		uv_ip4_name((const struct sockaddr_in *)&bound, address, sizeof(address));
	snprintf(mt5->listen, sizeof(mt5->listen), v6 ? "[%s]:%u" : "%s:%u", address,
	    ntohs(v6 ? ((const struct sockaddr_in6 *)&bound)->sin6_port :
		       ((const struct sockaddr_in *)&bound)->sin_port));
}

static int
listen_there(struct mt5 *mt5, uv_loop_t *loop, struct problem *problem)
{
	int fd, error = open_listener(mt5->settings, &fd, problem);

	if (error < 0)
		return error;
	uv_tcp_init(loop, &mt5->listener);
	uv_timer_init(loop, &mt5->timer);
	mt5->listener.data = mt5->timer.data = mt5;
	mt5->handles = HANDLES;
	error = uv_tcp_open(&mt5->listener, fd);
	if (error == 0)
		error = uv_listen((uv_stream_t *)&mt5->listener, BACKLOG, on_connection);
	if (error < 0)
		return problem_set(problem, error, "%s: %s", mt5->settings->mt5.listen,
		    strerror(-error));
	name_listener(mt5);
	return uv_timer_start(&mt5->timer, on_timer, TURN_MS, TURN_MS);
}

static int
create_sources(struct mt5 *mt5, struct storage *storage, struct problem *problem)
{
	const struct settings_mt5 *settings = &mt5->settings->mt5;
	const struct mt5_source_hooks hooks = {write_to, pause_session, end_session, on_tell, mt5};

	mt5->sources = calloc(settings->account_count, sizeof(mt5->sources[0]));
	if (mt5->sources == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (size_t i = 0; i < settings->account_count; i++) {
		struct mt5_keyed_source *keyed = &mt5->sources[i];
		const struct settings_account *account = &settings->accounts[i];

		if (mt5_token_read(account->token_file, keyed->token, problem) < 0)
			return -EINVAL; /* of the settings, whatever the system calls it */
		keyed->source = mt5_source_create(mt5->settings, account, storage, &hooks);
		if (keyed->source == NULL)
			return problem_set(problem, -ENOMEM, "out of memory");
		mt5->source_count++;
	}
	return 0;
}

static int
check_tokens(const struct mt5 *mt5, struct problem *problem)
{
	for (size_t i = 0; i < mt5->source_count; i++)
		for (size_t k = 0; k < i; k++)
			if (mt5_token_equal(mt5->sources[i].token, mt5->sources[k].token))
				return problem_set(problem, -EINVAL,
				    "%s and %s hold the same token: each account needs its own",
				    mt5->settings->mt5.accounts[k].token_file,
				    mt5->settings->mt5.accounts[i].token_file);
	return 0;
}

static int
create_sessions(struct mt5 *mt5, struct problem *problem)
{
	const struct settings_mt5 *settings = &mt5->settings->mt5;
	struct mt5_sessions_parameters parameters = {
		.settings = mt5->settings,
		.sources = mt5->sources,
		.source_count = mt5->source_count,
		.tell = on_tell,
		.context = mt5,
	};

	if (settings->certificate[0] != '\0' &&
	    mt5_tls_create(&mt5->tls, settings->certificate, settings->key, problem) < 0)
		return -EINVAL;
	parameters.tls = mt5->tls;
	mt5->sessions = mt5_sessions_create(&parameters);
	return mt5->sessions == NULL ? problem_set(problem, -ENOMEM, "out of memory") : 0;
}

int
mt5_create(struct mt5 **ret, const struct settings *settings, uv_loop_t *loop,
    struct storage *storage, feed_tell *tell, void (*closed)(void *context), void *context,
    struct problem *problem)
{
	struct mt5 *mt5 = calloc(1, sizeof(*mt5));
	int error;

	if (mt5 == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	*ret = mt5; /* also of a failure: then the program ends, and what was made goes with it */
	mt5->settings = settings;
	mt5->tell = tell;
	mt5->closed = closed;
	mt5->context = context;
	error = create_sources(mt5, storage, problem);
	if (error == 0)
		error = check_tokens(mt5, problem);
	if (error == 0)
		error = create_sessions(mt5, problem);
	if (error == 0)
		error = wake_receiver_create(&mt5->wake, loop, settings->paths.runtime_dir, "tickd",
		    on_wake, mt5, problem);
	if (error == 0)
		error = listen_there(mt5, loop, problem);
	return error;
}

/* ---- the end ---- */

static void
on_handle_closed(uv_handle_t *handle)
{
	struct mt5 *mt5 = handle->data;

	if (--mt5->handles > 0)
		return;
	mt5_tls_free(mt5->tls);
	mt5->closed(mt5->context);
	free(mt5->sources);
	free(mt5);
}

void
mt5_stop(struct mt5 *mt5)
{
	mt5->stopping = true;
	mt5_sessions_close(mt5->sessions);
	for (size_t i = 0; i < mt5->source_count; i++)
		mt5_source_close(mt5->sources[i].source);
	mt5->source_count = 0;
	wake_receiver_close(mt5->wake);
	uv_close((uv_handle_t *)&mt5->listener, on_handle_closed);
	uv_close((uv_handle_t *)&mt5->timer, on_handle_closed);
}
