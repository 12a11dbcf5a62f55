#define _GNU_SOURCE
#include "tickd/mt5/mt5_sessions.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "common/log.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_reply.h"

#define TOLD_BURST 10 /* sentences about connections in TOLD_WINDOW_US */
#define TOLD_WINDOW_US INT64_C(60000000)

struct session {
	struct session *next;
	struct mt5_sessions *all;
	uint64_t number; /* from 1, never used again */
	struct mt5_stream *stream;
	struct mt5_source *source; /* NULL before its hello */
	char address[MT5_ADDRESS_SIZE];
	int64_t heard_us; /* monotonic */
	bool paused;
	bool over; /* closed: freed when nobody is within it any more */
};

struct mt5_sessions {
	struct mt5_sessions_parameters parameters;
	struct mt5_reader *reader; /* one for all: a message is dealt with before the next is read */
	struct mt5_entrance *entrance;
	struct session *first;
	size_t count;
	uint64_t last_number;
	int depth; /* of calls within sessions: what is over is freed at 0 */
	struct log_limit told;
};

__attribute__((format(printf, 4, 5))) static void
tell(struct mt5_sessions *all, int level, const char *event, const char *format, ...)
{
	char sentence[512];
	int64_t suppressed;
	va_list arguments;

	if (!log_limit_pass(&all->told, TOLD_BURST, TOLD_WINDOW_US, clock_monotonic_us(),
		&suppressed))
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (suppressed > 0) {
		size_t length = strlen(sentence);

		snprintf(sentence + length, sizeof(sentence) - length,
		    "; %" PRId64 " such lines were left out before", suppressed);
	}
	all->parameters.tell(all->parameters.context, level, event, NULL, sentence);
}

/* ---- coming and going ---- */

/* Nobody is within a session now: those that are over go. */
static void
sweep(struct mt5_sessions *all)
{
	struct session **at = &all->first;

	while (all->depth == 0 && *at != NULL) {
		struct session *session = *at;

		if (!session->over) {
			at = &session->next;
			continue;
		}
		*at = session->next;
		free(session);
	}
}

static void
close_session(struct session *session)
{
	if (session->over)
		return;
	session->over = true;
	session->all->count--;
	mt5_stream_close(session->stream);
}

/* With its error as the last line.  The source is not told: it knows, or `why` is told to it. */
static void
end_session(struct session *session, const char *code, const char *sentence)
{
	if (session->over)
		return;
	mt5_stream_write(session->stream, mt5_reply_error(code, sentence));
	close_session(session);
}

static void
break_off(struct session *session, const char *code, const char *sentence)
{
	struct mt5_sessions *all = session->all;

	if (session->source != NULL)
		mt5_source_gone(session->source, session->number, sentence);
	else
		tell(all, LOG_WARNING, "terminal-refused", "a connection from %s is closed: %s",
		    session->address, sentence);
	end_session(session, code, sentence);
}

static struct session *
find(struct mt5_sessions *all, uint64_t number)
{
	struct session *session = all->first;

	while (session != NULL && (session->number != number || session->over))
		session = session->next;
	return session;
}

/* ---- hello ---- */

/* All tokens are looked at, so that the time tells nothing of which one it is. */
static struct mt5_source *
source_of(const struct mt5_sessions *all, const char *token)
{
	struct mt5_source *found = NULL;

	for (size_t i = 0; i < all->parameters.source_count; i++)
		if (mt5_token_equal(all->parameters.sources[i].token, token))
			found = all->parameters.sources[i].source;
	return found;
}

static void
refuse_token(struct session *session)
{
	struct mt5_sessions *all = session->all;

	if (mt5_entrance_failed(all->entrance, session->address, clock_monotonic_us()))
		tell(all, LOG_WARNING, "address-refused",
		    "%s is refused for a minute: %d wrong tokens", session->address,
		    MT5_FAILURES_MAX);
	break_off(session, "token", "the token is not one of these settings");
}

static void
on_hello(struct session *session, const struct mt5_message *message)
{
	const struct mt5_hello *hello = &message->hello;
	char sentence[128];

	if (hello->version != MT5_VERSION) {
		snprintf(sentence, sizeof(sentence),
		    "the bridge speaks version %" PRId64 " of the protocol, tickd %d", hello->version,
		    MT5_VERSION);
		break_off(session, "version", sentence);
		return;
	}
	session->source = source_of(session->all, hello->token);
	if (session->source == NULL) {
		refuse_token(session);
		return;
	}
	session->paused = true; /* until it is welcome */
	mt5_stream_pause(session->stream);
	mt5_source_hello(session->source, session->number, hello, &message->clocks);
}

/* ---- lines ---- */

static void
on_message(struct session *session, const struct mt5_message *message)
{
	if (session->source != NULL)
		mt5_source_message(session->source, session->number, message);
	else if (message->type == MT5_HELLO)
		on_hello(session, message);
	else
		break_off(session, "no-hello", "the first line is to be hello");
}

static void
read_line(struct session *session, const char *line, size_t length)
{
	struct mt5_message message;
	struct problem problem;
	int error = mt5_message_read(session->all->reader, line, length, &message, &problem);

	if (error == 0)
		on_message(session, &message);
	else if (error == -ENOMEM)
		break_off(session, "stopping", "out of memory");
	else
		break_off(session, error == -EBADMSG ? "not-json" : "bad-message", problem.text);
}

static void
on_line(void *context, char *line, size_t length)
{
	struct session *session = context;
	struct mt5_sessions *all = session->all;

	session->heard_us = clock_monotonic_us();
	all->depth++;
	if (line == NULL)
		break_off(session, "too-long", "a line has more than 256 KiB");
	else
		read_line(session, line, length);
	all->depth--;
}

static void
on_ended(void *context, const char *why)
{
	struct session *session = context;

	if (session->source != NULL)
		mt5_source_gone(session->source, session->number, why);
	close_session(session);
}

/* ---- the entrance ---- */

static const char *
refusal(struct mt5_sessions *all, const char *address)
{
	if (mt5_entrance_refused(all->entrance, address, clock_monotonic_us()))
		return "three wrong tokens came from this address: try again in a minute";
	if ((int64_t)all->count > all->parameters.settings->mt5.connections)
		return "there are as many connections as [mt5] connections allows";
	return NULL;
}

void
mt5_sessions_accept(struct mt5_sessions *all, uv_stream_t *listener)
{
	struct session *session = calloc(1, sizeof(*session));
	const struct mt5_stream_hooks hooks = {on_line, on_ended, session};
	const char *refused;

	if (session == NULL || mt5_stream_accept(&session->stream, listener, all->parameters.tls,
				   &hooks, session->address) < 0) {
		free(session);
		return;
	}
	session->all = all;
	session->number = ++all->last_number;
	session->heard_us = clock_monotonic_us();
	session->next = all->first;
	all->first = session;
	all->count++;
	refused = refusal(all, session->address);
	if (refused != NULL)
		break_off(session, "refused", refused);
	sweep(all);
}

/* ---- time ---- */

void
mt5_sessions_turn(struct mt5_sessions *all)
{
	int64_t now_us = clock_monotonic_us();
	int64_t silence_us = all->parameters.settings->mt5.silence_us;
	char sentence[64];

	snprintf(sentence, sizeof(sentence), "nothing came for %" PRId64 " s",
	    silence_us / CLOCK_SECOND_US);
	all->depth++;
	for (struct session *session = all->first; session != NULL; session = session->next) {
		if (session->paused) /* it is we who do not read */
			session->heard_us = now_us;
		else if (!session->over && now_us - session->heard_us > silence_us)
			break_off(session, "silent", sentence);
	}
	all->depth--;
	sweep(all);
}

/* ---- from the sources ---- */

void
mt5_sessions_write(struct mt5_sessions *all, uint64_t number, char *line)
{
	struct session *session = find(all, number);

	if (session == NULL)
		free(line);
	else
		mt5_stream_write(session->stream, line);
}

void
mt5_sessions_pause(struct mt5_sessions *all, uint64_t number, bool pause)
{
	struct session *session = find(all, number);

	if (session == NULL || session->paused == pause)
		return;
	session->paused = pause;
	if (pause) {
		mt5_stream_pause(session->stream);
		return;
	}
	session->heard_us = clock_monotonic_us();
	all->depth++;
	mt5_stream_resume(session->stream);
	all->depth--;
}

void
mt5_sessions_end(struct mt5_sessions *all, uint64_t number, const char *code, const char *sentence)
{
	struct session *session = find(all, number);

	if (session != NULL)
		end_session(session, code, sentence);
}

/* ---- the whole ---- */

struct mt5_sessions *
mt5_sessions_create(const struct mt5_sessions_parameters *parameters)
{
	struct mt5_sessions *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->parameters = *parameters;
	all->reader = mt5_reader_create();
	all->entrance = mt5_entrance_create();
	if (all->reader != NULL && all->entrance != NULL)
		return all;
	mt5_sessions_close(all);
	return NULL;
}

void
mt5_sessions_close(struct mt5_sessions *all)
{
	if (all == NULL)
		return;
	assert(all->depth == 0);
	for (struct session *session = all->first; session != NULL; session = session->next)
		end_session(session, "stopping", "tickd ends");
	sweep(all);
	mt5_reader_free(all->reader);
	mt5_entrance_free(all->entrance);
	free(all);
}
