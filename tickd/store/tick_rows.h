/*
 * A batch of ticks as a table that SQLite can read: `INSERT ... SELECT * FROM tick_rows(?)` stores a
 * whole batch in one statement, without binding and stepping once a row.
 */
#ifndef TICKD_TICK_ROWS_H
#define TICKD_TICK_ROWS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "common/tick.h"

/* What the table shows: ticks of which tick.symbol is an index into symbol_ids. */
struct tick_rows {
	const struct tick *ticks;
	size_t count;
	const int64_t *symbol_ids;
};

/*
 * Registers the table tick_rows(?)(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8,
 * flags, trade_count).  A second time does no harm.
 */
__attribute__((warn_unused_result)) int
tick_rows_register(sqlite3 *handle);

/* The table's argument, parameter `at`: it shows what *rows says at the time of a query. */
void
tick_rows_bind(sqlite3_stmt *statement, int at, struct tick_rows *rows);

#endif
