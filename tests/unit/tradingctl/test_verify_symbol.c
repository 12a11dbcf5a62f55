/* verify against a database that is made here through common/, sound at first, then broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/candle_builder.h"
#include "common/database.h"
#include "common/stored_rows.h"
#include "tradingctl/verify_symbol.h"

#define START_US (INT64_C(1700000100) * 1000000) /* an M5 slot begins here */
#define FIRST_ID 1000
#define SLOT_TRADES 3000 /* ten a second */
#define STEP_US (CANDLE_M5_US / SLOT_TRADES)
#define SLOTS 9 /* more than one page of rows; the last one is half full */
#define TRADES (SLOTS * SLOT_TRADES - SLOT_TRADES / 2)

struct fixture {
	char state_dir[64];
	struct database *writer, *reader;
	struct symbols symbols;
	struct symbol_report report;
	int64_t progress;
};

/* ---- the sound database ---- */

static void
run_sql(struct fixture *f, const char *sql)
{
	if (database_execute(f->writer, sql) != 0)
		fail_msg("%s: %s", sql, database_error(f->writer));
}

static void
store_ticks(struct fixture *f)
{
	sqlite3_stmt *insert;

	assert_int_equal(database_prepare(f->writer,
	    "INSERT INTO unified_ticks VALUES(1, ?1, ?2, ?3, ?4, NULL, NULL, ?5, NULL)", &insert), 0);
	for (int64_t i = 0; i < TRADES; i++) {
		sqlite3_bind_int64(insert, 1, START_US + i * STEP_US);
		sqlite3_bind_int64(insert, 2, FIRST_ID + i);
		sqlite3_bind_int64(insert, 3, 5000000000000 + i * 7919 % 1000003 * 10000);
		sqlite3_bind_int64(insert, 4, 1 + i * 104729 % 99999999);
		sqlite3_bind_int64(insert, 5, TICK_TRADE | (i % 3 == 0 ? TICK_SELL : 0));
		assert_int_equal(database_step(f->writer, insert), 0);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

static void
store_candle(struct fixture *f, const struct candle_builder *builder, bool complete)
{
	struct candle candle;
	char sql[512];

	candle_builder_candle(builder, &candle);
	snprintf(sql, sizeof(sql),
	    "INSERT OR REPLACE INTO m5_candles VALUES(1, %jd, %jd, %jd, %jd, %jd, %.17g, %.17g, %.17g,"
	    " %jd, %jd, %jd, 'ticks', 0, %d)",
	    (intmax_t)candle.open_time_us, (intmax_t)candle.open_e8, (intmax_t)candle.high_e8,
	    (intmax_t)candle.low_e8, (intmax_t)candle.close_e8, candle.volume, candle.quote_volume,
	    candle.taker_buy_volume, (intmax_t)candle.trades, (intmax_t)candle.first_tick_id,
	    (intmax_t)candle.last_tick_id, complete);
	run_sql(f, sql);
}

/* Candle number n from its stored ticks, as the writer would have stored it. */
static void
store_slot(struct fixture *f, int n, bool complete)
{
	struct candle_builder builder;
	sqlite3_stmt *select;
	struct tick tick;

	assert_int_equal(database_prepare(f->writer, "SELECT " STORED_TICK_COLUMNS
	    " FROM unified_ticks WHERE symbol_id = 1 AND time_us >= ?1 AND time_us < ?1 + 300000000",
	    &select), 0);
	sqlite3_bind_int64(select, 1, START_US + n * CANDLE_M5_US);
	candle_builder_start(&builder, START_US + n * CANDLE_M5_US);
	while (database_step(f->writer, select) == 1) {
		stored_tick(select, &tick);
		candle_builder_add(&builder, &tick);
	}
	sqlite3_finalize(select);
	store_candle(f, &builder, complete);
}

static void
settle_counter(struct fixture *f)
{
	run_sql(f, "UPDATE symbols SET ticks = (SELECT count(*) FROM unified_ticks"
		   " WHERE unified_ticks.symbol_id = symbols.symbol_id),"
		   " newest_us = (SELECT max(time_us) FROM unified_ticks"
		   " WHERE unified_ticks.symbol_id = symbols.symbol_id)");
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;
	char sql[160];

	strcpy(f->state_dir, "/tmp/verify.XXXXXX");
	assert_non_null(mkdtemp(f->state_dir));
	assert_int_equal(database_open(&f->writer, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
	    f->state_dir, &problem), 0);
	run_sql(f, "BEGIN");
	snprintf(sql, sizeof(sql), "INSERT INTO symbols(symbol_id, source, symbol, ticks_from_us)"
	    " VALUES(1, 'sim', 'BTCUSDT', %jd)", (intmax_t)START_US);
	run_sql(f, sql);
	store_ticks(f);
	for (int n = 0; n < SLOTS; n++)
		store_slot(f, n, n > 0 && n < SLOTS - 1);
	settle_counter(f);
	run_sql(f, "COMMIT");
	*state = f;
	return 0;
}

static int
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

static void
count_progress(void *context, int64_t rows)
{
	*(int64_t *)context += rows;
}

static void
verify(struct fixture *f)
{
	struct problem problem = {0};

	assert_int_equal(database_open(&f->reader, ROLE_TRADINGCTL, DATABASE_TICKS, ACCESS_READ,
	    f->state_dir, &problem), 0);
	assert_int_equal(symbols_read(f->reader, &f->symbols, &problem), 0);
	assert_int_equal(verify_symbol(f->reader, &f->symbols.items[0], count_progress,
	    &f->progress, &f->report, &problem), 0);
}

static const char *
fault(const struct fixture *f, size_t n)
{
	const char *text = json_string_value(json_array_get(f->report.findings.faults, n));

	return text == NULL ? "" : text;
}

/* Exactly one fault, and it says `words`. */
static void
assert_one_fault(const struct fixture *f, const char *words)
{
	if (f->report.findings.count != 1 || strstr(fault(f, 0), words) == NULL)
		fail_msg("%jd faults, the first: %s", (intmax_t)f->report.findings.count,
		    fault(f, 0));
}

/* ---- promises ---- */

static void
a_sound_database_has_no_fault(void **state)
{
	struct fixture *f = *state;

	verify(f);
	if (f->report.findings.count != 0)
		fail_msg("%s", fault(f, 0));
	assert_int_equal(f->report.rows, TRADES);
	assert_int_equal(f->report.ids, TRADES);
	assert_int_equal(f->report.first_id, FIRST_ID);
	assert_int_equal(f->report.last_id, FIRST_ID + TRADES - 1);
	assert_int_equal(f->report.candles, SLOTS);
	assert_int_equal(f->report.complete, SLOTS - 2);
	assert_int_equal(f->report.hole_counts.holes, 0);
	assert_true(f->progress >= VERIFY_PAGE_ROWS);
}

static void
a_hole_that_no_gap_tells_of_is_a_fault(void **state)
{
	struct fixture *f = *state;

	/* Inside the last slot, whose candle is settled with it. */
	run_sql(f, "DELETE FROM unified_ticks WHERE tick_id BETWEEN 25500 AND 25503");
	store_slot(f, SLOTS - 1, false);
	settle_counter(f);
	verify(f);
	assert_one_fault(f, "ids 25500-25503 are missing and no gap tells of it");
	assert_int_equal(f->report.hole_counts.unknown_ids, 4);
	assert_int_equal(json_array_size(f->report.holes), 1);
}

static void
a_hole_that_the_ledger_knows_is_reported_and_no_fault(void **state)
{
	struct fixture *f = *state;
	const char *reason = NULL;

	run_sql(f, "DELETE FROM unified_ticks WHERE tick_id BETWEEN 25500 AND 25503");
	run_sql(f, "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us,"
		   " state, reason) VALUES(1, 25500, 25503, 1, 2, 3, 'unfillable', 'refused')");
	store_slot(f, SLOTS - 1, false);
	settle_counter(f);
	verify(f);
	assert_int_equal(f->report.findings.count, 0);
	assert_int_equal(f->report.hole_counts.reported_ids, 4);
	json_unpack(json_array_get(f->report.holes, 0), "{s:s}", "reason", &reason);
	assert_string_equal(reason, "refused");
}

static void
a_gap_that_is_open_although_its_ids_are_stored_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us)"
		   " VALUES(1, 2000, 2003, 1, 2, 3)");
	verify(f);
	assert_one_fault(f, "the gap 2000-2003 is open, but its ids are stored");
}

static void
the_same_trade_at_two_times_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + 1, tick_id, price_e8,"
		   " volume_e8, bid_e8, ask_e8, flags, trade_count FROM unified_ticks"
		   " WHERE tick_id = 25600");
	store_slot(f, SLOTS - 1, false);
	settle_counter(f);
	verify(f);
	assert_one_fault(f, "1 ids are stored at two times, 25600 the first of them");
}

static void
a_candle_with_a_wrong_price_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET high_e8 = high_e8 + 1 WHERE open_time_us = 1700001000000000");
	verify(f);
	assert_one_fault(f, "candle 2023-11-14T22:30:00Z: high is stored as ");
}

static void
a_candle_with_a_volume_off_by_one_bit_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET quote_volume = quote_volume * 1.0000000000000003"
		   " WHERE open_time_us = 1700001000000000");
	verify(f);
	assert_one_fault(f, ": quote_volume is stored as ");
}

static void
a_candle_that_is_missing_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DELETE FROM m5_candles WHERE open_time_us = 1700001000000000");
	verify(f);
	assert_one_fault(f, "candle 2023-11-14T22:30:00Z is missing: 3000 trades of it are stored");
}

static void
a_candle_without_ticks_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO m5_candles SELECT symbol_id, open_time_us + 300000000, open_e8,"
		   " high_e8, low_e8, close_e8, volume, quote_volume, taker_buy_volume, trades,"
		   " first_tick_id, last_tick_id, origin, revision, complete FROM m5_candles"
		   " ORDER BY open_time_us DESC LIMIT 1");
	verify(f);
	assert_one_fault(f, "is stored, but no tick of it");
}

static void
a_candle_wrongly_called_complete_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET complete = 1 WHERE open_time_us = 1700000100000000");
	verify(f);
	assert_one_fault(f, "complete is stored as 1 instead of 0");
}

static void
a_candle_wrongly_called_incomplete_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET complete = 0 WHERE open_time_us = 1700001000000000");
	verify(f);
	assert_one_fault(f, "complete is stored as 0 instead of 1");
}

static void
a_candle_beside_a_hole_must_not_be_complete(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DELETE FROM unified_ticks WHERE tick_id = 4000"); /* the first of slot 1 */
	run_sql(f, "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us)"
		   " VALUES(1, 4000, 4000, 1, 2, 3)");
	store_slot(f, 1, true);
	settle_counter(f);
	verify(f);
	assert_one_fault(f, "candle 2023-11-14T22:20:00Z: complete is stored as 1 instead of 0");
}

static void
a_counter_that_is_off_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE symbols SET ticks = ticks + 1");
	verify(f);
	assert_one_fault(f, "symbols.ticks says 25501, but 25500 rows are stored");
}

static void
candles_from_history_are_left_alone(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO m5_candles VALUES(1, 1699999800000000, 1, 1, 1, 1, 1.0, 1.0, 1.0, 1,"
		   " NULL, NULL, 'klines', 0, 1)");
	run_sql(f, "UPDATE m5_candles SET origin = 'klines', complete = 1, high_e8 = high_e8 * 2"
		   " WHERE open_time_us = 1700000100000000"); /* the ticks begin in this one */
	verify(f);
	assert_int_equal(f->report.findings.count, 0);
}

static void
history_in_the_place_of_a_complete_candle_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET origin = 'klines' WHERE open_time_us = 1700001000000000");
	verify(f);
	assert_one_fault(f, "is of klines, but all of its ticks are stored");
}

static void
stored_quotes_are_no_trades_and_no_holes(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + 5, -tick_id * 10, NULL, NULL,"
		   " price_e8, price_e8 + 1, 2, NULL FROM unified_ticks WHERE tick_id % 100 = 0");
	run_sql(f, "UPDATE symbols SET ticks = (SELECT count(*) FROM unified_ticks)");
	verify(f);
	if (f->report.findings.count != 0)
		fail_msg("%s", fault(f, 0));
	assert_int_equal(f->report.ids, TRADES);
	assert_true(f->report.rows > TRADES);
}

/* What comes while it reads must not look like a fault. */
struct growth {
	struct fixture *f;
	int pages;
};

static void
grow(void *context, int64_t rows)
{
	struct growth *growth = context;
	struct fixture *f = growth->f;
	char sql[400];

	run_sql(f, "BEGIN");
	if (growth->pages++ == 0) { /* behind the reader: a late trade in a slot it has passed */
		run_sql(f, "INSERT INTO unified_ticks VALUES(1, 1700000700000001, 999999999, 1, 1,"
			   " NULL, NULL, 0, NULL)");
		settle_counter(f);
	}
	/* Ahead of it: the open slot ends, the one after it begins, and goes on. */
	snprintf(sql, sizeof(sql), "INSERT INTO unified_ticks SELECT symbol_id, time_us + %d,"
	    " tick_id + 1, price_e8, volume_e8, NULL, NULL, 1, NULL FROM unified_ticks"
	    " WHERE flags & 1 ORDER BY time_us DESC LIMIT 1",
	    growth->pages == 1 ? 250000000 : 10000000);
	run_sql(f, sql);
	store_slot(f, SLOTS - 1, true);
	store_slot(f, SLOTS, false);
	settle_counter(f);
	run_sql(f, "COMMIT");
}

static void
a_writer_that_goes_on_is_no_fault(void **state)
{
	struct fixture *f = *state;
	struct growth growth = {.f = f};
	struct problem problem = {0};

	assert_int_equal(database_open(&f->reader, ROLE_TRADINGCTL, DATABASE_TICKS, ACCESS_READ,
	    f->state_dir, &problem), 0);
	assert_int_equal(symbols_read(f->reader, &f->symbols, &problem), 0);
	assert_int_equal(verify_symbol(f->reader, &f->symbols.items[0], grow, &growth, &f->report,
	    &problem), 0);
	assert_int_equal(growth.pages, 2);
	if (f->report.findings.count != 0)
		fail_msg("%s", fault(f, 0));
	assert_int_equal(f->report.ids, TRADES + 2);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(a_sound_database_has_no_fault),
		PROMISE(a_hole_that_no_gap_tells_of_is_a_fault),
		PROMISE(a_hole_that_the_ledger_knows_is_reported_and_no_fault),
		PROMISE(a_gap_that_is_open_although_its_ids_are_stored_is_a_fault),
		PROMISE(the_same_trade_at_two_times_is_a_fault),
		PROMISE(a_candle_with_a_wrong_price_is_a_fault),
		PROMISE(a_candle_with_a_volume_off_by_one_bit_is_a_fault),
		PROMISE(a_candle_that_is_missing_is_a_fault),
		PROMISE(a_candle_without_ticks_is_a_fault),
		PROMISE(a_candle_wrongly_called_complete_is_a_fault),
		PROMISE(a_candle_wrongly_called_incomplete_is_a_fault),
		PROMISE(a_candle_beside_a_hole_must_not_be_complete),
		PROMISE(a_counter_that_is_off_is_a_fault),
		PROMISE(candles_from_history_are_left_alone),
		PROMISE(history_in_the_place_of_a_complete_candle_is_a_fault),
		PROMISE(stored_quotes_are_no_trades_and_no_holes),
		PROMISE(a_writer_that_goes_on_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
