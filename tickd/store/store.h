/*
 * A batch of ticks -> the tick database: rows, gaps, candles and counters in one transaction.
 *
 * No threads and no clocks in here: who calls decides when.  All that is kept in memory can be read
 * back from the database, and is after every failure, so a batch is stored whole or not at all.
 */
#ifndef TICKD_STORE_H
#define TICKD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/database.h"
#include "common/settings.h"
#include "common/tick.h"
#include "tickd/store/gaps.h"

struct store;

/* What one batch did. */
struct store_result {
	int64_t stored, duplicates;
	int64_t late;		/* stored, though older than what was stored before */
	int64_t too_old;	/* not stored: retention has deleted what was of their time */
	int64_t gaps_opened, gaps_filled;
	struct gap gap;		/* the last one opened, and whose it is */
	size_t gap_symbol;
	int64_t change_seq;	/* newest row of `changes`, 0 without any */
};

/* What is known of a symbol; the counters are those of the database. */
struct store_symbol {
	int64_t symbol_id; /* symbols.symbol_id */
	int64_t ticks, candles;
	int64_t newest_id, newest_us; /* TICK_NONE before the first trade */
	int64_t first_us;	      /* where stored ticks begin (frozen_us, if it is set),
					 TICK_NONE without any */
	int64_t history_until_us;     /* TICK_NONE before history was begun; not before frozen_us */
	int64_t gaps;		      /* open or filling ones */
	int64_t missing;	      /* ids in them */
	int64_t backfilled;	      /* ids filled by pages since the start */
	struct gap due;		      /* the oldest of them; first_id is TICK_NONE without one */
	int64_t first_id;	      /* TICK_NONE before the first trade */
	int64_t whole_from_us;	      /* see symbols.whole_from_us, TICK_NONE: not known */
	int64_t frozen_us;	      /* older ticks were deleted, TICK_NONE: none were */
};

/*
 * `db` is tickd's writer and outlives the store; `source` and `symbols` are borrowed.  tick.symbol
 * is an index into `symbols`.  -EPROTO and a sentence where ticks are stored whose ids are of
 * another kind than `ids`.
 */
__attribute__((warn_unused_result)) int
store_create(struct store **ret, struct database *db, const char *source,
    const struct string_list *symbols, enum tick_ids ids, struct problem *problem);

void
store_free(struct store *store);

/*
 * Holes beside imported ticks that are longer than that will not be filled: they go to the ledger as
 * unfillable, with the reason, until further imports have made them as short.  Without this call
 * they are as any others; below 0 none is to be filled.
 */
void
store_leave_imported_holes(struct store *store, int64_t longer_us);

/* The source's clock: its newest trade, 0 before the first. */
int64_t
store_clock(const struct store *store);

/*
 * Stores the ticks, in the order in which they came.  Returns 0, or -errno with nothing stored:
 * the same batch may then be tried again.  now_us is the wall clock, only noted in the ledger.
 */
__attribute__((warn_unused_result)) int
store_write(struct store *store, const struct tick *ticks, size_t count, int64_t now_us,
    struct store_result *ret);

/*
 * Stores a page of trades that did not come live (backfill, import): one symbol, ids going up.
 * What is stored already, and what is older than frozen_us, is passed over; holes beside and inside
 * the page are opened in the ledger, holes that it fills are closed, candles are corrected.  One
 * transaction, cheaper by the row than store_write().  Of quotes (TICK_IDS_ORDINAL) time and id go
 * up, and there are no holes.  -EINVAL when they do not go up.
 */
__attribute__((warn_unused_result)) int
store_add_page(struct store *store, size_t symbol, const struct tick *ticks, size_t count,
    int64_t now_us, struct store_result *ret);

/* One symbol's quotes of a terminal. */
struct store_page {
	size_t symbol;
	const struct tick *ticks; /* time and id go up; may be none */
	size_t count;
	/*
	 * TICK_NONE: with these, its quotes are whole since the page before.  Else from here to the
	 * last of these: they may not be whole in between.
	 */
	int64_t from_us;
};

/* Called within the transaction, before its commit; other than 0 undoes all and is returned. */
typedef int store_with(void *context);

/*
 * Pages of live quotes (TICK_IDS_ORDINAL) in one transaction, with rows of the caller's own.  What is
 * stored already, and what is older than frozen_us, is passed over.
 *
 * Their candles are complete when their slot is over and quotes are whole since its start, which is
 * from symbols.whole_from_us on: the first slot's edge at or after the from_us of the page that
 * began, or that broke the chain; candles of before that stay as they are stored.  A symbol of which
 * no page came yet may have been silent only for us: its last slot waits for one.
 */
__attribute__((warn_unused_result)) int
store_add_pages(struct store *store, const struct store_page *pages, size_t count,
    store_with *with, void *context, int64_t now_us, struct store_result *ret);

/* The ids of first_id..last_id that are still missing never come: their gaps are unfillable. */
__attribute__((warn_unused_result)) int
store_give_up(struct store *store, size_t symbol, int64_t first_id, int64_t last_id,
    const char *reason, int64_t now_us);

/*
 * The exchange says that first_id is its first trade at or after slot_us, a slot's edge before the
 * first tick: what lies between is missing and goes to the ledger; whole_from_us is slot_us.
 * -EINVAL where that cannot be: nothing is stored, or older ids are.
 */
__attribute__((warn_unused_result)) int
store_begin_at(struct store *store, size_t symbol, int64_t slot_us, int64_t first_id,
    int64_t now_us);

/*
 * Adds candles of the exchange's own (klines) where the symbol has none, tells the change, and notes
 * that history reaches until_us.  One transaction.
 */
__attribute__((warn_unused_result)) int
store_add_history(struct store *store, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us, int64_t now_us);

/* Of the symbols that it was created with. */
size_t
store_count(const struct store *store);

void
store_symbol(const struct store *store, size_t symbol, struct store_symbol *ret);

#endif
