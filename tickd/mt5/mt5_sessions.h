/*
 * All connections of terminals, from the first byte to the last: each says hello with a token, and
 * from then on what it says goes to the source that the token is of.  Loop thread.
 *
 * A connection that breaks a rule gets its error and is closed; nothing that it sends costs more
 * memory than its longest line.  Of strangers, who have not said hello with a token, there are
 * [mt5] connections at the most, and MT5_FAREWELLS_MAX who are told in MT5_FAREWELL_MS that they
 * are closed: others hear nothing.
 */
#ifndef TICKD_MT5_SESSIONS_H
#define TICKD_MT5_SESSIONS_H

#include <stdbool.h>
#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/mt5/mt5_entrance.h"
#include "tickd/mt5/mt5_source.h"
#include "tickd/mt5/mt5_stream.h"

#define MT5_FAREWELLS_MAX 64

struct mt5_sessions;

/* An account with what opens its door. */
struct mt5_keyed_source {
	struct mt5_source *source;
	char token[MT5_TOKEN_MAX + 1];
};

struct mt5_sessions_parameters {
	const struct settings *settings;
	struct mt5_tls *tls; /* NULL: plain */
	const struct mt5_keyed_source *sources;
	size_t source_count;
	feed_tell *tell;
	void *context;
};

/* All that is given outlives it.  NULL: out of memory. */
struct mt5_sessions *
mt5_sessions_create(const struct mt5_sessions_parameters *parameters);

/* Closes them all; the loop frees their handles. */
void
mt5_sessions_close(struct mt5_sessions *all);

/*
 * Takes a connection that waits at the listener, which outlives the sessions; without memory at the
 * next turn.
 */
void
mt5_sessions_accept(struct mt5_sessions *all, uv_stream_t *listener);

/* About once a second: who is silent is closed. */
void
mt5_sessions_turn(struct mt5_sessions *all);

/* For the sources' hooks: to the session of that number, if there is one. */
void
mt5_sessions_write(struct mt5_sessions *all, uint64_t number, char *line);
void
mt5_sessions_pause(struct mt5_sessions *all, uint64_t number, bool pause);
void
mt5_sessions_end(struct mt5_sessions *all, uint64_t number, const char *code,
    const char *sentence);

#endif
