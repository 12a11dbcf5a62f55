/* The rows of unified_ticks and of symbols: read and written, knowing nothing of what they mean. */
#ifndef TICKD_TICK_TABLE_H
#define TICKD_TICK_TABLE_H

#include <stdbool.h>

#include "common/candle_builder.h"
#include "common/database.h"
#include "common/tick.h"

/* A row of symbols; TICK_NONE stands for NULL. */
struct symbol_row {
	int64_t symbol_id;
	int64_t ticks, candles; /* rows stored */
	int64_t first_id, newest_id, newest_us, ticks_from_us, history_until_us;
	int64_t whole_from_us, frozen_us;
	int64_t first_us; /* time of the oldest trade; read from the ticks, not saved; not of quotes */
	enum tick_ids ids; /* saved by tick_table_set_ids() alone */
};

struct tick_table;

__attribute__((warn_unused_result)) int
tick_table_create(struct tick_table **ret, struct database *db);

void
tick_table_free(struct tick_table *table);

/* The row of (source, symbol), inserted where it is missing. */
__attribute__((warn_unused_result)) int
tick_table_symbol(struct tick_table *table, const char *source, const char *symbol,
    struct symbol_row *ret);

__attribute__((warn_unused_result)) int
tick_table_save_symbol(struct tick_table *table, const struct symbol_row *row);

__attribute__((warn_unused_result)) int
tick_table_set_ids(struct tick_table *table, int64_t symbol_id, enum tick_ids ids);

/*
 * How many transactions have saved symbols of that source over this connection, whose store ever they
 * were of: counted within the transaction.
 */
__attribute__((warn_unused_result)) int
tick_table_saves(struct tick_table *table, const char *source, int64_t *ret);

__attribute__((warn_unused_result)) int
tick_table_count_save(struct tick_table *table, const char *source);

/* The newest trade time over all symbols of the source: its clock.  0 without any. */
__attribute__((warn_unused_result)) int
tick_table_source_clock(struct tick_table *table, const char *source, int64_t *ret_us);

/* Inserts: 1 new, 0 stored already, -errno. */
__attribute__((warn_unused_result)) int
tick_table_insert(struct tick_table *table, int64_t symbol_id, const struct tick *tick);

/*
 * Inserts a batch, best in the order of its key; tick.symbol is an index into symbol_ids.  What is
 * stored already is passed over.  Returns how many were new, or -errno.
 */
__attribute__((warn_unused_result)) int64_t
tick_table_insert_all(struct tick_table *table, const int64_t *symbol_ids, const struct tick *ticks,
    size_t count);

/* Adds the stored trades of the builder's slot to it; of a source without trade ids, its quotes. */
__attribute__((warn_unused_result)) int
tick_table_fold(struct tick_table *table, int64_t symbol_id, enum tick_ids ids,
    struct candle_builder *builder);

/* The first tick (or trade) at or after from_us: 1, 0 without one, -errno. */
__attribute__((warn_unused_result)) int
tick_table_first(struct tick_table *table, int64_t symbol_id, int64_t from_us, bool trade,
    int64_t *ret_time_us, int64_t *ret_tick_id);

/* The flags of one tick: 1, 0 where it is not stored, -errno. */
__attribute__((warn_unused_result)) int
tick_table_flags(struct tick_table *table, int64_t symbol_id, int64_t time_us, int64_t tick_id,
    int64_t *ret);

/* Deletes the oldest ticks before before_us, `limit` of them at the most.  How many, or -errno. */
__attribute__((warn_unused_result)) int
tick_table_delete_before(struct tick_table *table, int64_t symbol_id, int64_t before_us, int limit);

#endif
