/*
 * A tick: one trade or one quote of one symbol, as it is stored in unified_ticks.
 *
 * Times are microseconds since 1970 UTC of the *source's* clock.  Prices and quantities are
 * int64 in units of 1e-8, exact for every price that the exchange itself can state.
 */
#ifndef COMMON_TICK_H
#define COMMON_TICK_H

#include <stdint.h>

/* What a column holds when there is nothing to hold: stored as NULL. */
#define TICK_NONE INT64_MIN

/* unified_ticks.flags; from bit 8 up they are the venue's own. */
enum tick_flag {
	TICK_TRADE = 1,
	TICK_QUOTE = 2,
	TICK_SELL = 4, /* the aggressor sold */
	TICK_BACKFILLED = 8,
	TICK_IMPORTED = 16,
	TICK_TIME_ESTIMATED = 32,
};

/* What the ids of a symbol's ticks are, and so what a jump in them means: symbols.id_kind. */
enum tick_ids {
	TICK_IDS_TRADE,	    /* trade ids without holes */
	TICK_IDS_AGGREGATE, /* the same of aggregated trades */
	TICK_IDS_ORDINAL,   /* numbers within a millisecond: no gaps, candles of the bid */
};

struct tick {
	int64_t time_us;
	int64_t tick_id;   /* trade or aggregate id; minus the update id for a stored quote; for
			      MT5 the ordinal within its millisecond */
	int64_t price_e8;  /* TICK_NONE in a pure quote */
	int64_t volume_e8; /* TICK_NONE in a pure quote */
	int64_t bid_e8;	   /* of that moment; TICK_NONE until a quote was seen */
	int64_t ask_e8;
	uint32_t flags;
	uint32_t symbol; /* the holder's own number of the symbol, not symbols.symbol_id */
	int64_t trade_count; /* trades inside an aggregate; 0, stored as NULL, is one trade */
};

/* "trade", "aggregate" or "ordinal", as in symbols.id_kind. */
const char *
tick_ids_name(enum tick_ids ids);

#endif
