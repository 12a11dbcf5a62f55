/*
 * Reads what tickd has stored: symbols, changes, candles, ticks, each in pages that are handed to
 * a callback row by row.  Every call begins and ends its own read: no snapshot outlives it, and
 * the database must not be called from inside a callback.  Errors as database_step().
 */
#ifndef ANALYSISD_MARKET_READER_H
#define ANALYSISD_MARKET_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/database.h"
#include "common/problem.h"
#include "common/tick.h"

struct market_reader;

struct market_symbol {
	int64_t symbol_id;
	const char *source, *symbol; /* valid inside the callback */
	int64_t newest_us;	     /* exchange time of its newest tick; TICK_NONE without one */
	int64_t first_candle_us;     /* open time of its oldest candle; TICK_NONE without one */
	int64_t history_until_us;    /* candles from before its ticks reach here; TICK_NONE */
	int64_t ticks_from_us;	     /* stored ticks begin here; TICK_NONE */
	int64_t frozen_us;	     /* older ticks were deleted; TICK_NONE: none were */
};

/* Ticks or candles of from_us..to_us are not what they were. */
struct market_change {
	int64_t seq, symbol_id, from_us, to_us;
};

#define MARKET_QUOTE_TICKS 200 /* ticks looked back on for a quote: backfilled trades have none */

/* What a symbol could be dealt at. */
struct market_quote {
	int64_t time_us;	/* of that tick */
	int64_t bid_e8, ask_e8;
	bool quoted; /* false: the price of the newest trade, for both */
};

/* The rows of `changes` that still exist. */
struct market_changes_kept {
	int64_t first_seq; /* TICK_NONE where the table is empty */
	int64_t last_seq;  /* the newest ever written, 0 before the first */
};

typedef void market_symbol_callback(void *context, const struct market_symbol *symbol);
typedef void market_change_callback(void *context, const struct market_change *change);
/* These two return 0 to go on; anything else ends the page and is returned. */
typedef int market_candle_callback(void *context, const struct candle *candle);
typedef int market_tick_callback(void *context, const struct tick *tick);

/* Opens as database_open() does for a reader: -ENOENT until tickd has made it. */
__attribute__((warn_unused_result)) int
market_reader_open(struct market_reader **ret, const char *state_dir, struct problem *problem);

void
market_reader_close(struct market_reader *reader);

struct database *
market_reader_database(struct market_reader *reader);

__attribute__((warn_unused_result)) int
market_reader_symbols(struct market_reader *reader, market_symbol_callback *callback,
    void *context);

__attribute__((warn_unused_result)) int
market_reader_changes_kept(struct market_reader *reader, struct market_changes_kept *ret);

/* At most `limit` rows after after_seq, in order.  Returns their number. */
__attribute__((warn_unused_result)) int
market_reader_changes(struct market_reader *reader, int64_t after_seq, int limit,
    market_change_callback *callback, void *context);

/* At most `limit` candles that open from from_us on, before before_us.  Returns their number. */
__attribute__((warn_unused_result)) int
market_reader_candles(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, int limit, market_candle_callback *callback, void *context);

/* At most `limit` candles that open before before_us, newest first.  Returns their number. */
__attribute__((warn_unused_result)) int
market_reader_candles_back(struct market_reader *reader, int64_t symbol_id, int64_t before_us,
    int limit, market_candle_callback *callback, void *context);

/*
 * At most `limit` ticks after (after_us, after_id) and before before_us, in order of time and id.
 * tick.symbol is 0.  Returns their number.
 */
__attribute__((warn_unused_result)) int
market_reader_ticks(struct market_reader *reader, int64_t symbol_id, int64_t after_us,
    int64_t after_id, int64_t before_us, int limit, market_tick_callback *callback, void *context);

/*
 * All trades of from_us <= time < before_us, in order: a tick with time, volume, flags and
 * trade_count, and nothing else.  One read: the range is to be short.  Returns their number.
 */
__attribute__((warn_unused_result)) int
market_reader_trades(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, market_tick_callback *callback, void *context);

/*
 * Trades before before_us of the slot at slot_us, those inside aggregates too: its candle knows how
 * many there are, so only those behind before_us are gone through.  Returns 1, 0 where there is no
 * candle of trades, -errno.
 */
__attribute__((warn_unused_result)) int
market_reader_count_trades(struct market_reader *reader, int64_t symbol_id, int64_t slot_us,
    int64_t before_us, int64_t *ret);

/* Ticks of from_us <= time < before_us. */
__attribute__((warn_unused_result)) int
market_reader_count_ticks(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, int64_t *ret);

/*
 * Bid and ask of the newest tick before before_us that has both, among the MARKET_QUOTE_TICKS
 * newest ones; without one the price of the newest trade among them.  Returns 1, 0 for nothing, -errno.
 */
__attribute__((warn_unused_result)) int
market_reader_quote(struct market_reader *reader, int64_t symbol_id, int64_t before_us,
    struct market_quote *ret);

#endif
