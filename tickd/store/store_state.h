/*
 * What the store keeps in memory between batches, shared by its parts: store_symbols (rows),
 * store_candles (slots), store_ids (gaps, fresh or known), store_transaction, and what is done in
 * one: store (live ticks), store_page, store_ledger, store_prune.  Nobody else includes this.
 */
#ifndef TICKD_STORE_STATE_H
#define TICKD_STORE_STATE_H

#include <stdbool.h>

#include "common/candle_builder.h"
#include "tickd/store/candle_table.h"
#include "tickd/store/gaps.h"
#include "tickd/store/store.h"
#include "tickd/store/tick_order.h"
#include "tickd/store/tick_table.h"

#define SLOT_GRACE_US INT64_C(1000000) /* a slot is over so long after its end, on the source clock */
#define SLOTS_CACHED 3		       /* a symbol: the open one, the one before, a backfilled one */
#define NO_SLOT INT64_MIN	       /* in open_time_us: nothing is loaded */

/* One slot of one symbol in memory, always equal to what is stored. */
struct slot {
	struct candle_builder builder; /* open_time_us is NO_SLOT where nothing is loaded */
	struct candle stored;	       /* the row as it is */
	bool has_row;
};

struct symbol {
	struct symbol_row row;
	struct gaps_totals gaps;
	int64_t backfilled;	     /* ids filled by pages since the start ... */
	int64_t filled_now;	     /* ... and by the one under way */
	/* The row's newest_us, first_id, first_us and ticks_from_us when the batch began. */
	int64_t newest_before_us, first_id_before, first_before_us, ticks_from_before_us;
	struct slot slots[SLOTS_CACHED];
	uint64_t read_in; /* the store's round in which the row was known to be as stored */
	bool touched;	  /* by the batch under way: see store_touch() */
	bool followed;	  /* a page of it came: a silence of it means that there is nothing */
};

/* Ticks of the batch under way that go the same way. */
struct tick_list {
	struct tick *ticks;
	size_t count;
};

/* A slot beside a hole that was filled. */
struct neighbour {
	struct symbol *symbol;
	int64_t slot_us;
};

struct neighbours {
	struct neighbour *items;
	size_t count, room;
};

struct store {
	struct database *db;
	struct tick_table *ticks;
	struct candle_table *candles;
	struct gaps *gaps;
	struct tick_order *order;
	struct tick_list fresh; /* newer than all that is stored: surely new */
	struct tick_list known; /* perhaps stored already */
	size_t list_room;
	struct neighbours beside;
	struct symbol **touched; /* of the batch under way */
	size_t touched_count;
	int64_t written; /* rows that our connection has written by the end of our last batch */
	int64_t saves;	 /* of our source, by then: as tick_table_saves() */
	uint64_t round;	 /* goes up where others have saved since */
	int64_t *symbol_ids;
	const char *source;
	const struct string_list *names;
	enum tick_ids ids;
	int64_t clock_us, clock_before_us; /* the source's: newest trade of any symbol */
	struct store_result *result;	   /* of the batch under way */
	int64_t now_us;
	bool importing;		/* the batch under way is of imported ticks */
	int64_t imported_hole_us; /* longer ones beside such ticks are left alone */
	size_t count;
	struct symbol symbols[];
};

#endif
