/*
 * A tick database for tests of verify: made here through common/, sound at first; tests break it.
 * Included once a test, behind the headers of cmocka.
 */
#ifndef TESTS_UNIT_TRADINGCTL_VERIFY_DATABASE_H
#define TESTS_UNIT_TRADINGCTL_VERIFY_DATABASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/candle_builder.h"
#include "common/database.h"
#include "common/stored_rows.h"
#include "tradingctl/candle_check.h"
#include "tradingctl/verify_symbol.h"

#define START_US (INT64_C(1700000100) * 1000000) /* an M5 slot begins here */
#define FIRST_ID 1000
#ifndef SLOT_TRADES
#define SLOT_TRADES 30
#endif
#ifndef SLOTS
#define SLOTS 6 /* the last one is half full */
#endif
#define STEP_US (CANDLE_M5_US / SLOT_TRADES)
#define TRADES (SLOTS * SLOT_TRADES - SLOT_TRADES / 2)
#define LAST_ID (FIRST_ID + TRADES - 1)
#define SLOT_US(n) (START_US + (n) * CANDLE_M5_US)
#define SLOT_ID(n) (FIRST_ID + (n) * SLOT_TRADES) /* the first id in it */

struct fixture {
	char state_dir[64];
	struct database *writer, *reader;
	const char *id_kind;
	struct symbols symbols;
	struct symbol_report report;
	struct verify_rules rules;
	int64_t progress;
};

/* ---- the sound database ---- */

__attribute__((format(printf, 2, 3))) static inline void
run_sql(struct fixture *f, const char *format, ...)
{
	char sql[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (database_execute(f->writer, sql) != 0)
		fail_msg("%s: %s", sql, database_error(f->writer));
}

static inline bool
is_ordinal(const struct fixture *f)
{
	return strcmp(f->id_kind, "ordinal") == 0;
}

static inline void
store_ticks(struct fixture *f)
{
	bool ordinal = is_ordinal(f), aggregate = strcmp(f->id_kind, "aggregate") == 0;
	sqlite3_stmt *insert;

	assert_int_equal(database_prepare(f->writer,
	    "INSERT INTO unified_ticks VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &insert), 0);
	for (int64_t i = 0; i < TRADES; i++) {
		int64_t price_e8 = 5000000000000 + i * 7919 % 1000003 * 10000;

		sqlite3_clear_bindings(insert);
		sqlite3_bind_int64(insert, 1, START_US + i * STEP_US);
		sqlite3_bind_int64(insert, 2, ordinal ? 0 : FIRST_ID + i);
		if (!ordinal || i % 4 == 0)
			sqlite3_bind_int64(insert, 4, 1 + i * 104729 % 99999999);
		sqlite3_bind_int64(insert, ordinal ? 5 : 3, price_e8);
		if (ordinal)
			sqlite3_bind_int64(insert, 6, price_e8 + 1000);
		sqlite3_bind_int64(insert, 7,
		    ordinal ? TICK_QUOTE : TICK_TRADE | (i % 3 == 0 ? TICK_SELL : 0));
		if (aggregate && i % 5 > 0)
			sqlite3_bind_int64(insert, 8, 1 + i % 5);
		assert_int_equal(database_step(f->writer, insert), 0);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

static inline void
bind_id(sqlite3_stmt *insert, int at, int64_t id)
{
	if (id != TICK_NONE)
		sqlite3_bind_int64(insert, at, id);
}

static inline void
store_candle(struct fixture *f, const struct candle *candle, bool complete)
{
	sqlite3_stmt *insert;

	assert_int_equal(database_prepare(f->writer, "INSERT OR REPLACE INTO m5_candles VALUES"
	    "(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'ticks', 0, ?12)", &insert), 0);
	sqlite3_bind_int64(insert, 1, candle->open_time_us);
	sqlite3_bind_int64(insert, 2, candle->open_e8);
	sqlite3_bind_int64(insert, 3, candle->high_e8);
	sqlite3_bind_int64(insert, 4, candle->low_e8);
	sqlite3_bind_int64(insert, 5, candle->close_e8);
	sqlite3_bind_double(insert, 6, candle->volume);
	sqlite3_bind_double(insert, 7, candle->quote_volume);
	sqlite3_bind_double(insert, 8, candle->taker_buy_volume);
	sqlite3_bind_int64(insert, 9, candle->trades);
	bind_id(insert, 10, candle->first_tick_id);
	bind_id(insert, 11, candle->last_tick_id);
	sqlite3_bind_int(insert, 12, complete);
	assert_int_equal(database_step(f->writer, insert), 0);
	sqlite3_finalize(insert);
}

/* Candle number n from its stored ticks, as the writer would have stored it. */
static inline void
store_slot(struct fixture *f, int n, bool complete)
{
	struct candle_builder builder;
	struct candle candle;
	sqlite3_stmt *select;
	struct tick tick;

	assert_int_equal(database_prepare(f->writer, "SELECT " STORED_TICK_COLUMNS
	    " FROM unified_ticks WHERE symbol_id = 1 AND time_us >= ?1 AND time_us < ?1 + 300000000",
	    &select), 0);
	sqlite3_bind_int64(select, 1, SLOT_US(n));
	candle_builder_start(&builder, SLOT_US(n));
	while (database_step(f->writer, select) == 1) {
		stored_tick(select, &tick);
		candle_check_add(&builder, is_ordinal(f), &tick);
	}
	sqlite3_finalize(select);
	candle_builder_candle(&builder, &candle);
	store_candle(f, &candle, complete);
}

/* The counters and marks as the writer keeps them. */
static inline void
settle_marks(struct fixture *f)
{
	run_sql(f, "UPDATE symbols SET ticks = (SELECT count(*) FROM unified_ticks),"
		   " candles = (SELECT count(*) FROM m5_candles),"
		   " newest_us = (SELECT max(time_us) FROM unified_ticks)");
	if (!is_ordinal(f))
		run_sql(f, "UPDATE symbols SET"
			   " first_id = (SELECT min(tick_id) FROM unified_ticks WHERE flags & 1),"
			   " newest_id = (SELECT max(tick_id) FROM unified_ticks WHERE flags & 1)");
}

/* Ids first..last are taken out of slot n, and the ledger says `state` of them. */
static inline void
make_gap(struct fixture *f, int n, int64_t first, int64_t last, const char *state)
{
	run_sql(f, "DELETE FROM unified_ticks WHERE tick_id BETWEEN %jd AND %jd", (intmax_t)first,
	    (intmax_t)last);
	store_slot(f, n, false);
	run_sql(f, "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us,"
		   " state, reason, missing_first_id, missing_last_id, missing_from_us, missing_to_us)"
		   " VALUES(1, %jd, %jd, %jd, %jd, 3, '%s', 'refused', %jd, %jd, %jd, %jd)",
	    (intmax_t)first, (intmax_t)last, (intmax_t)SLOT_US(n), (intmax_t)SLOT_US(n + 1), state,
	    (intmax_t)first, (intmax_t)last, (intmax_t)SLOT_US(n), (intmax_t)SLOT_US(n + 1));
	settle_marks(f);
}

static inline int
set_up_kind(void **state, const char *id_kind)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	f->id_kind = id_kind;
	strcpy(f->state_dir, "/tmp/verify.XXXXXX");
	assert_non_null(mkdtemp(f->state_dir));
	assert_int_equal(database_open(&f->writer, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
	    f->state_dir, &problem), 0);
	run_sql(f, "BEGIN");
	run_sql(f, "INSERT INTO symbols(symbol_id, source, symbol, id_kind)"
		   " VALUES(1, 'sim', 'BTCUSDT', '%s')", id_kind);
	store_ticks(f);
	for (int n = 0; n < SLOTS; n++)
		store_slot(f, n, n > 0 && n < SLOTS - 1);
	settle_marks(f);
	run_sql(f, "COMMIT");
	*state = f;
	return 0;
}

static inline int
set_up(void **state)
{
	return set_up_kind(state, "trade");
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	symbol_report_finish(&f->report);
	symbols_free(&f->symbols);
	database_close(f->reader);
	database_close(f->writer);
	snprintf(command, sizeof(command), "rm -r %s", f->state_dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* ---- what verify finds ---- */

static inline void
count_progress(void *context, int64_t rows)
{
	*(int64_t *)context += rows;
}

static inline void
verify_with(struct fixture *f, verify_progress *progress, void *context)
{
	struct problem problem = {0};

	assert_int_equal(database_open(&f->reader, ROLE_TRADINGCTL, DATABASE_TICKS, ACCESS_READ,
	    f->state_dir, &problem), 0);
	assert_int_equal(symbols_read(f->reader, &f->symbols, &problem), 0);
	if (verify_symbol(f->reader, &f->symbols.items[0], &f->rules, progress, context, &f->report,
		&problem) != 0)
		fail_msg("%s", problem.text);
}

static inline void
verify(struct fixture *f)
{
	verify_with(f, count_progress, &f->progress);
}

static inline const char *
fault(const struct fixture *f, size_t n)
{
	const char *text = json_string_value(json_array_get(f->report.findings.faults, n));

	return text == NULL ? "" : text;
}

static inline void
assert_sound(const struct fixture *f)
{
	if (f->report.findings.count != 0)
		fail_msg("%jd faults, the first: %s", (intmax_t)f->report.findings.count,
		    fault(f, 0));
}

/* Exactly one fault, and it says `words`. */
static inline void
assert_one_fault(const struct fixture *f, const char *words)
{
	if (f->report.findings.count != 1 || strstr(fault(f, 0), words) == NULL)
		fail_msg("%jd faults, the first: %s", (intmax_t)f->report.findings.count,
		    fault(f, 0));
}

/* A mutation: `sql` breaks one thing of the sound database, and verify names exactly that. */
struct mutation {
	const char *sql, *fault;
};

static inline void
assert_named(struct fixture *f, const struct mutation *mutation)
{
	run_sql(f, "BEGIN");
	run_sql(f, "%s", mutation->sql);
	run_sql(f, "COMMIT");
	verify(f);
	assert_one_fault(f, mutation->fault);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
