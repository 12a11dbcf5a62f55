/* symbols, query and readers over databases that are made here as their writers make them. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/database.h"
#include "logd/query.h"
#include "logd/symbols.h"
#include "tests/unit/common/scratch.h"

#define T0 INT64_C(1723075200000000) /* 2024-08-08T00:00Z */
#define LIMIT_US 2000000

static struct problem problem;

static struct database *
open_writer(void **state, enum role role, enum database_id id)
{
	struct database *db;

	assert_int_equal(database_open(&db, role, id, ACCESS_WRITE, *state, &problem), 0);
	return db;
}

__attribute__((format(printf, 2, 3))) static void
run(struct database *db, const char *format, ...)
{
	char sql[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	assert_int_equal(database_execute(db, sql), 0);
}

/* Two sources with the same symbol; sim:AAA has ticks 0..99, a second apart, and six candles. */
static void
fill(void **state)
{
	struct database *db = open_writer(state, ROLE_TICKD, DATABASE_TICKS);

	run(db, "INSERT INTO symbols(symbol_id, source, symbol, digits, newest_us) VALUES"
		"(1, 'sim', 'AAA', 2, %lld), (2, 'binance', 'AAA', 2, NULL), (3, 'sim', 'BBB', 2, NULL)",
	    (long long)(T0 + 99 * CLOCK_SECOND_US));
	for (int i = 0; i < 100; i++)
		run(db, "INSERT INTO unified_ticks VALUES(1, %lld, %d, %d, 2, NULL, 4, 1, NULL)",
		    (long long)(T0 + i * CLOCK_SECOND_US), i, 1000 + i);
	for (int i = 0; i < 6; i++)
		run(db, "INSERT INTO m5_candles VALUES(1, %lld, %d, %d, %d, %d, 1.5, 2.5, 0.5, 3, %d, %d,"
			" 'ticks', 0, %d)",
		    (long long)(T0 + i * CANDLE_M5_US), 10 + i, 20 + i, 5 + i, 11 + i, i * 10,
		    i * 10 + 9, i < 5);
	database_close(db);
}

static struct query_range
all_of(int64_t symbol_id, size_t limit, bool newest)
{
	return (struct query_range){symbol_id, INT64_MIN, INT64_MAX, INT64_MIN, INT64_MIN, limit, newest};
}

static void
what_is_not_there_yet_is_said_and_found_once_it_is(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct symbol_row row;

	assert_int_equal(symbols_find(readers, "AAA", &row, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "tickd creates it"));
	fill(state);
	wait_until(symbols_find(readers, "BBB", &row, &problem) == 0);
	assert_int_equal(row.symbol_id, 3);
	readers_free(readers);
}

static void
a_symbol_is_found_by_name_and_by_source(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct symbol_row row, rows[8];
	size_t count;

	fill(state);
	assert_int_equal(symbols_find(readers, "AAA", &row, &problem), -ENOTUNIQ);
	assert_non_null(strstr(problem.text, "binance:AAA, sim:AAA"));
	assert_int_equal(symbols_find(readers, "sim:AAA", &row, &problem), 0);
	assert_int_equal(row.symbol_id, 1);
	assert_int_equal(symbols_find(readers, "sim:aaa", &row, &problem), -ESRCH);
	assert_int_equal(symbols_find(readers, "' OR 1=1 --", &row, &problem), -ESRCH);
	assert_int_equal(symbols_find(readers, ":", &row, &problem), -ESRCH);
	assert_int_equal(symbols_list(readers, rows, 8, &count, &problem), 0);
	assert_int_equal(count, 3);
	assert_string_equal(rows[0].source, "binance");
	readers_free(readers);
}

static void
pages_of_ticks_join_without_holes_or_doubles(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct query_range range = all_of(1, 7, false);
	int64_t expected = 0;
	bool more = true;

	fill(state);
	while (more) {
		struct query_tick *ticks;
		size_t count;

		assert_int_equal(query_ticks(readers, &range, &ticks, &count, &more, &problem), 0);
		assert_true(count > 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(ticks[i].tick.tick_id, expected++);
		range.after_us = ticks[count - 1].tick.time_us;
		range.after_id = ticks[count - 1].tick.tick_id;
		free(ticks);
	}
	assert_int_equal(expected, 100);
	readers_free(readers);
}

static void
a_range_has_its_beginning_and_not_its_end(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct query_range range = all_of(1, 1000, false);
	struct query_tick *ticks;
	size_t count;
	bool more;

	fill(state);
	range.from_us = T0 + 10 * CLOCK_SECOND_US;
	range.to_us = T0 + 20 * CLOCK_SECOND_US;
	assert_int_equal(query_ticks(readers, &range, &ticks, &count, &more, &problem), 0);
	assert_int_equal(count, 10);
	assert_false(more);
	assert_int_equal(ticks[0].tick.tick_id, 10);
	assert_int_equal(ticks[0].tick.price_e8, 1010);
	assert_true(ticks[0].tick.bid_e8 == TICK_NONE);
	assert_int_equal(ticks[0].trade_count, 1);
	free(ticks);
	readers_free(readers);
}

static void
the_newest_come_in_the_order_of_time(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct query_range range = all_of(1, 3, true);
	struct query_tick *ticks, newest;
	size_t count;
	bool more;

	fill(state);
	assert_int_equal(query_ticks(readers, &range, &ticks, &count, &more, &problem), 0);
	assert_int_equal(count, 3);
	assert_true(more);
	assert_int_equal(ticks[0].tick.tick_id, 97);
	assert_int_equal(ticks[2].tick.tick_id, 99);
	free(ticks);
	assert_int_equal(query_newest_tick(readers, 1, &newest, &problem), 1);
	assert_int_equal(newest.tick.tick_id, 99);
	assert_int_equal(query_newest_tick(readers, 2, &newest, &problem), 0);
	readers_free(readers);
}

static void
longer_candles_are_made_of_the_stored_ones(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct query_range range = all_of(1, 10, false);
	struct candle *candles;
	size_t count;
	bool more;

	fill(state);
	assert_int_equal(query_candles(readers, &range, 3 * CANDLE_M5_US, &candles, &count, &more,
	    &problem), 0);
	assert_int_equal(count, 2);
	assert_false(more);
	assert_int_equal(candles[0].open_e8, 10);
	assert_int_equal(candles[0].high_e8, 22);
	assert_int_equal(candles[0].low_e8, 5);
	assert_int_equal(candles[0].close_e8, 13);
	assert_true(candles[0].volume == 4.5 && candles[0].trades == 9);
	assert_true(candles[0].complete);
	assert_false(candles[1].complete);
	free(candles);
	range.newest = true;
	range.limit = 1;
	assert_int_equal(query_candles(readers, &range, 3 * CANDLE_M5_US, &candles, &count, &more,
	    &problem), 0);
	assert_int_equal(count, 1);
	assert_true(more);
	assert_int_equal(candles[0].open_e8, 13);
	assert_int_equal(candles[0].close_e8, 16);
	free(candles);
	readers_free(readers);
}

static void
a_slot_is_complete_only_after_a_later_candle_has_come(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct query_range range = all_of(1, 10, false);
	struct database *db;
	struct candle *candles;
	size_t count;
	bool more;

	fill(state);
	db = open_writer(state, ROLE_TICKD, DATABASE_TICKS);
	run(db, "DELETE FROM m5_candles WHERE open_time_us >= %lld", (long long)(T0 + 2 * CANDLE_M5_US));
	database_close(db);
	assert_int_equal(query_candles(readers, &range, 3 * CANDLE_M5_US, &candles, &count, &more,
	    &problem), 0);
	assert_int_equal(count, 1);
	assert_false(candles[0].complete); /* both stored ones are, the third may still come */
	free(candles);
	readers_free(readers);
}

static void
note_analysis(void *context, const struct query_analysis *analysis)
{
	char *noted = context, one[64];

	assert_string_equal(analysis->result, "{\"atr14\":1.5}");
	assert_true(isnan(analysis->confidence));
	assert_string_equal(analysis->timeframe, "M5");
	assert_true((analysis->time_us - T0) % CANDLE_M5_US == 0);
	snprintf(one, sizeof(one), "%s@%lld ", analysis->type,
	    (long long)((analysis->time_us - T0) / CANDLE_M5_US));
	strcat(noted, one);
}

static void
insert_analyses(struct database *db, const char *symbol, const char *type, const char *timeframe,
    int count)
{
	for (int i = 0; i < count; i++)
		run(db, "INSERT INTO analysis_results(symbol, source, analysis_type, timeframe, time_us,"
			" result, input_revision, created_us) VALUES('%s', 'sim', '%s', '%s', %lld,"
			" '{\"atr14\":1.5}', 0, 0)", symbol, type, timeframe,
		    (long long)(T0 + i * CANDLE_M5_US));
}

static void
of_each_type_that_is_asked_for_the_newest_m5_analysis_comes(void **state)
{
	struct readers *readers = readers_create(*state, LIMIT_US);
	struct database *db = open_writer(state, ROLE_ANALYSISD, DATABASE_ANALYSIS);
	char noted[256] = "";

	insert_analyses(db, "AAA", "trend", "M5", 10);
	insert_analyses(db, "AAA", "volatility", "M5", 9);
	insert_analyses(db, "AAA", "volatility", "M15", 20);
	insert_analyses(db, "AAA", "nobody asks", "M5", 30);
	insert_analyses(db, "AAA", "of hours", "H1", 5);
	insert_analyses(db, "BBB", "volatility", "M5", 40);
	database_close(db);
	assert_int_equal(query_analyses(readers, "sim", "AAA",
	    "[\"volatility\",\"of hours\",\"trend\",\"none\"]", note_analysis, noted, &problem), 0);
	assert_string_equal(noted, "volatility@8 trend@9 ");
	readers_free(readers);
}

static void
a_query_is_given_up_at_its_time_limit_and_the_next_one_works(void **state)
{
	static const struct readers_query endless = {DATABASE_TICKS,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"};
	struct readers *readers = readers_create(*state, 50000);
	int64_t started_us = clock_monotonic_us();
	struct symbol_row row;
	sqlite3_stmt *statement;

	fill(state);
	assert_int_equal(readers_begin(readers, &endless, &statement, &problem), 0);
	assert_int_equal(readers_step(readers, &endless, statement, &problem), -ECANCELED);
	readers_done(statement);
	assert_true(clock_monotonic_us() - started_us < 5000000);
	assert_int_equal(symbols_find(readers, "sim:AAA", &row, &problem), 0);
	readers_free(readers);
}

#define ON_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FOLDER(what_is_not_there_yet_is_said_and_found_once_it_is),
		ON_A_FOLDER(a_symbol_is_found_by_name_and_by_source),
		ON_A_FOLDER(pages_of_ticks_join_without_holes_or_doubles),
		ON_A_FOLDER(a_range_has_its_beginning_and_not_its_end),
		ON_A_FOLDER(the_newest_come_in_the_order_of_time),
		ON_A_FOLDER(longer_candles_are_made_of_the_stored_ones),
		ON_A_FOLDER(a_slot_is_complete_only_after_a_later_candle_has_come),
		ON_A_FOLDER(of_each_type_that_is_asked_for_the_newest_m5_analysis_comes),
		ON_A_FOLDER(a_query_is_given_up_at_its_time_limit_and_the_next_one_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
