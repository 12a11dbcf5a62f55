/*
 * One account as a source of ticks: what its terminal says becomes rows, and what is committed is
 * told to it.  Loop thread.  One terminal at a time; it knows sessions by number only.
 */
#ifndef TICKD_MT5_SOURCE_H
#define TICKD_MT5_SOURCE_H

#include <jansson.h>
#include <stdbool.h>

#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/store/storage.h"

/* Beyond any of these the terminal is not read: what is not committed, or waits for its clock. */
#define MT5_ROWS_WAITING (1 << 17) /* ticks, candles, positions */
#define MT5_ITEMS_WAITING 4096	   /* messages */
#define MT5_HELD_MAX 1024	   /* messages that wait for the broker's clock to be believed */

struct mt5_source;

/* To the session that a number names; a number that no session has (any more) is passed over. */
struct mt5_source_hooks {
	/* A line, taken over. */
	void (*write)(void *context, uint64_t session, char *line);
	/* Reads on, or not. */
	void (*pause)(void *context, uint64_t session, bool pause);
	/* It is to be told so and to be closed. */
	void (*end)(void *context, uint64_t session, const char *code, const char *sentence);
	feed_tell *tell;
	void *context;
};

/* All that is given outlives it.  NULL: out of memory. */
struct mt5_source *
mt5_source_create(const struct settings *settings, const struct settings_account *account,
    struct storage *storage, const struct mt5_source_hooks *hooks);

/* No hook is called any more; before storage_stop(). */
void
mt5_source_close(struct mt5_source *source);

/*
 * hello with this source's token.  The session is welcome, or ended, once that is in the database;
 * it reads nothing until then.  An older session of the same account ends; one of another account
 * stays, and this one is ended.
 */
void
mt5_source_hello(struct mt5_source *source, uint64_t session, const struct mt5_hello *hello,
    const struct mt5_clocks *clocks);

/* What a session that is welcome said: all but hello. */
void
mt5_source_message(struct mt5_source *source, uint64_t session, const struct mt5_message *message);

/* The session is over; `why` is told. */
void
mt5_source_gone(struct mt5_source *source, uint64_t session, const char *why);

/* About once a second, and when analysisd has committed something. */
void
mt5_source_turn(struct mt5_source *source);

/* True while a terminal is welcome. */
bool
mt5_source_healthy(const struct mt5_source *source);

/* Its entry of status.json's "feeds": a new reference. */
json_t *
mt5_source_status(struct mt5_source *source, const char *listen);

#endif
