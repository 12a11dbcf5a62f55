#define _GNU_SOURCE
#include "tickd/mt5/mt5_sessions.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_notes.h"
#include "tickd/mt5/mt5_reply.h"

#define TOLD 10			      /* sentences about connections, a minute */
#define HELLO_US INT64_C(5000000)     /* who has said none by then makes room for others */
#define FAREWELL_US (MT5_FAREWELL_MS * CLOCK_MS_US)

struct session {
	struct session *next;
	struct mt5_sessions *all;
	uint64_t number; /* from 1, never used again */
	struct mt5_stream *stream;
	struct mt5_source *source; /* NULL before its hello */
	char address[MT5_ADDRESS_SIZE];
	int64_t came_us, heard_us; /* monotonic */
	bool paused;
	bool over; /* closed: freed when nobody is within it any more */
};

struct mt5_sessions {
	struct mt5_sessions_parameters parameters;
	struct mt5_reader *reader; /* for all: each message is dealt with before the next is read */
	struct mt5_entrance *entrance;
	struct session *first; /* the newest */
	size_t count;
	uint64_t last_number;
	int depth; /* of calls within sessions: what is over is freed at 0 */
	uv_stream_t *untaken; /* a connection waits there, for there was no memory */
	struct mt5_notes notes;
	struct log_limit farewells; /* to strangers */
};

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

/*
 * A last line keeps the connection open until it is read: strangers who come faster than they leave
 * are given none, or they would take all file descriptors.
 */
static bool
may_be_told(struct session *session)
{
	int64_t suppressed;

	return session->source != NULL || log_limit_pass(&session->all->farewells,
	    MT5_FAREWELLS_MAX, FAREWELL_US, clock_monotonic_us(), &suppressed);
}

/* With its error as the last line.  The source is not told: it knows, or `why` is told to it. */
static void
end_session(struct session *session, const char *code, const char *sentence)
{
	if (session->over)
		return;
	if (may_be_told(session))
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
		mt5_notes_tell(&all->notes, LOG_WARNING, "terminal-refused",
		    "a connection from %s is closed: %s", session->address, sentence);
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
		mt5_notes_tell(&all->notes, LOG_WARNING, "address-refused",
		    "%s is refused for a minute: %d wrong tokens", session->address,
		    MT5_FAILURES_MAX);
	break_off(session, "token", "the token is not one of these settings");
}

static void
refuse_version(struct session *session, int64_t version)
{
	char sentence[128];

	snprintf(sentence, sizeof(sentence),
	    "the bridge speaks version %" PRId64 " of the protocol, tickd %d", version,
	    MT5_VERSION);
	break_off(session, "version", sentence);
}

static void
on_hello(struct session *session, const struct mt5_message *message)
{
	const struct mt5_hello *hello = &message->hello;

	if (hello->version != MT5_VERSION) {
		refuse_version(session, hello->version);
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

static bool
is_crowded(const struct mt5_sessions *all)
{
	return (int64_t)all->count > all->parameters.settings->mt5.connections;
}

/* The one that has waited longest without a hello makes room, where it had time for one. */
static void
send_stranger_away(struct mt5_sessions *all)
{
	struct session *oldest = NULL;

	for (struct session *session = all->first; session != NULL; session = session->next)
		if (!session->over && session->source == NULL)
			oldest = session;
	if (oldest != NULL && clock_monotonic_us() - oldest->came_us >= HELLO_US)
		break_off(oldest, "refused", "others wait, and no hello came");
}

static const char *
refusal(struct mt5_sessions *all, const char *address)
{
	if (mt5_entrance_refused(all->entrance, address, clock_monotonic_us()))
		return "three wrong tokens came from this address: try again in a minute";
	if (is_crowded(all))
		send_stranger_away(all);
	if (is_crowded(all))
		return "there are as many connections as [mt5] connections allows";
	return NULL;
}

static void
enter(struct mt5_sessions *all, struct session *session)
{
	const char *refused;

	session->all = all;
	session->number = ++all->last_number;
	session->came_us = session->heard_us = clock_monotonic_us();
	session->next = all->first;
	all->first = session;
	all->count++;
	refused = refusal(all, session->address);
	if (refused != NULL)
		break_off(session, "refused", refused);
	sweep(all);
}

void
mt5_sessions_accept(struct mt5_sessions *all, uv_stream_t *listener)
{
	struct session *session = calloc(1, sizeof(*session));
	const struct mt5_stream_hooks hooks = {on_line, on_ended, session};
	int error = -ENOMEM;

	if (session != NULL)
		error = mt5_stream_accept(&session->stream, listener, all->parameters.tls, &hooks,
		    session->address);
	/* The listener says nothing of others before this one is taken. */
	all->untaken = error == -ENOMEM ? listener : NULL;
	if (error == 0)
		enter(all, session);
	else
		free(session);
}

/* ---- time ---- */

void
mt5_sessions_turn(struct mt5_sessions *all)
{
	int64_t now_us = clock_monotonic_us();
	int64_t silence_us = all->parameters.settings->mt5.silence_us;
	char sentence[64];

	if (all->untaken != NULL)
		mt5_sessions_accept(all, all->untaken);
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
mt5_sessions_end(struct mt5_sessions *all, uint64_t number, const char *code,
    const char *sentence)
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
	all->notes = (struct mt5_notes){.tell = parameters->tell,
		.context = parameters->context,
		.most = TOLD};
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
