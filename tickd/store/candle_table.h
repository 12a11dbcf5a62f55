/* The rows of m5_candles: read and written, knowing nothing of what they mean. */
#ifndef TICKD_CANDLE_TABLE_H
#define TICKD_CANDLE_TABLE_H

#include "common/candle.h"
#include "common/database.h"

struct candle_table;

__attribute__((warn_unused_result)) int
candle_table_create(struct candle_table **ret, struct database *db);

void
candle_table_free(struct candle_table *table);

/* Returns 1 with the row, 0 without one, -errno. */
__attribute__((warn_unused_result)) int
candle_table_read(struct candle_table *table, int64_t symbol_id, int64_t open_time_us,
    struct candle *ret);

/* Inserts or replaces the row. */
__attribute__((warn_unused_result)) int
candle_table_write(struct candle_table *table, int64_t symbol_id, const struct candle *candle);

/* Inserts unless the slot has a row: 1 inserted, 0 not. */
__attribute__((warn_unused_result)) int
candle_table_add(struct candle_table *table, int64_t symbol_id, const struct candle *candle);

/*
 * Tells consumers that from_us..to_us changed: a row of `changes`; *ret_seq is its number.  now_us
 * is the wall clock.
 */
__attribute__((warn_unused_result)) int
candle_table_tell_change(struct candle_table *table, int64_t symbol_id, int64_t from_us,
    int64_t to_us, int64_t now_us, int64_t *ret_seq);

/* Deletes the oldest candles before before_us, `limit` at the most.  How many, or -errno. */
__attribute__((warn_unused_result)) int
candle_table_delete_before(struct candle_table *table, int64_t symbol_id, int64_t before_us,
    int limit);

/* The same of `changes` told before told_before_us. */
__attribute__((warn_unused_result)) int
candle_table_delete_changes(struct candle_table *table, int64_t told_before_us, int limit);

#endif
