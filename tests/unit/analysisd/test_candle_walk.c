#define _GNU_SOURCE
#include "analysisd/candle_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/probe.h"
#include "tests/unit/analysisd/tick_store.h"

static const struct walk_subject subject = {1, "sim", "ONE", INT64_MIN, TICK_NONE, TICK_NONE};

struct fixture {
	struct tick_store store;
	struct database *db;
	struct json_text json;
	struct walk_tools tools;
	struct candle_walk *walk;
	struct walk_done done;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	assert_int_equal(database_open(&f->db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
			     f->store.state_dir, &problem), 0);
	assert_int_equal(market_reader_open(&f->tools.reader, f->store.state_dir, &problem), 0);
	assert_int_equal(results_create(&f->tools.results, f->db, NULL), 0);
	assert_int_equal(facts_create(&f->tools.facts, f->db), 0);
	f->tools.json = &f->json;
	f->walk = candle_walk_create();
	assert_non_null(f->walk);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	candle_walk_free(f->walk);
	facts_free(f->tools.facts);
	results_free(f->tools.results);
	market_reader_close(f->tools.reader);
	database_close(f->db);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

/* From `from_us` on, after a change of that one moment, until there is no more to do before DAY_US. */
static int
walk_from(struct fixture *f, int64_t from_us)
{
	int result;

	candle_walk_stand(f->walk, from_us);
	f->walk->changed_us = from_us;
	assert_int_equal(results_begin(f->tools.results), 0);
	do
		result = candle_walk_step(f->walk, &subject, &f->tools, DAY_US, INT64_MAX, &f->done);
	while (result == CANDLE_WALK_MORE);
	assert_int_equal(results_commit(f->tools.results), 0);
	return result;
}

static int64_t
ask(struct fixture *f, const char *sql)
{
	sqlite3_stmt *row;
	int64_t value;

	assert_int_equal(database_prepare(f->db, sql, &row), 0);
	assert_int_equal(database_step(f->db, row), 1);
	value = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return value;
}

static void
a_walk_ends_once_nothing_can_depend_on_the_change(void **state)
{
	struct fixture *f = *state;

	/* One candle a day: 500 of them are the seed of every timeframe. */
	for (int day = 1100; day > 0; day--)
		tick_store_candle(&f->store, 1, DAY_US - day * CLOCK_DAY_US, "klines", 0);
	assert_int_equal(walk_from(f, DAY_US - 550 * CLOCK_DAY_US), CANDLE_WALK_PAST);
	/* The changed bar and the 500 whose seed, or own day, holds it. */
	assert_int_equal(f->done.candles, 501);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'D1'"), 501);
	assert_int_equal(f->walk->next_us,
	    DAY_US - 550 * CLOCK_DAY_US + 501 * CLOCK_DAY_US + CANDLE_M5_US);
}

static void
no_ticks_are_read_once_m5_is_past_the_change(void **state)
{
	struct fixture *f = *state;
	int64_t from_us = DAY_US - 8 * CLOCK_DAY_US;

	tick_store_candles(&f->store, 1, DAY_US - 10 * CLOCK_DAY_US, DAY_US, "ticks");
	assert_int_equal(walk_from(f, from_us), CANDLE_WALK_DONE);
	/* Its day and the one after it: 500 bars before the third are all younger. */
	assert_int_equal(f->done.candles, 2 * 288);
	assert_int_equal(f->walk->ticks.slot_us, from_us + 2 * CLOCK_DAY_US - CANDLE_M5_US);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE analysis_type ="
				" 'probe_ticks'"), 2 * 288);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'H4'"), 8 * 6);
	assert_int_equal(f->walk->next_us, DAY_US);
}

static void
bars_that_open_before_the_floor_are_not_stored(void **state)
{
	struct fixture *f = *state;
	struct walk_subject young = subject;
	struct walk_done done = {0};

	tick_store_candles(&f->store, 1, DAY_US - 2 * CLOCK_DAY_US, DAY_US, "klines");
	young.floor_us = DAY_US - 6 * 3600 * CLOCK_SECOND_US;
	candle_walk_stand(f->walk, young.floor_us);
	while (candle_walk_step(f->walk, &young, &f->tools, DAY_US, INT64_MAX, &done) ==
	    CANDLE_WALK_MORE)
		;
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'H1'"), 6);
	/* That of 16:00 ends within, but it opened before. */
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'H4'"), 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'D1'"), 0);
}

static void
ticks_of_the_slot_that_forms_are_read_ahead_up_to_the_moment_given(void **state)
{
	struct fixture *f = *state;
	const struct candle_walk *walk = f->walk;

	tick_store_candles(&f->store, 1, DAY_US - CLOCK_DAY_US, DAY_US, "ticks");
	for (int i = 0; i < 300; i++)
		tick_store_trade(&f->store, 1, DAY_US + i * CLOCK_SECOND_US, i, 100, 1, false);
	assert_int_equal(candle_walk_read_ahead(f->walk, &subject, &f->tools,
			     DAY_US + 60 * CLOCK_SECOND_US, INT64_MAX), 0);
	assert_int_equal(walk->ticks.slot_us, TICK_NONE); /* nothing is known of what came before */
	assert_int_equal(walk_from(f, DAY_US - CLOCK_DAY_US), CANDLE_WALK_DONE);
	for (int second = 60; second <= 240; second += 60) {
		assert_int_equal(candle_walk_read_ahead(f->walk, &subject, &f->tools,
				     DAY_US + second * CLOCK_SECOND_US, INT64_MAX), 0);
		assert_int_equal(walk->ticks.ticks.ticks, second);
	}
	/* A moment in the slot that was analysed brings nothing back. */
	assert_int_equal(candle_walk_read_ahead(f->walk, &subject, &f->tools, DAY_US, INT64_MAX), 0);
	assert_int_equal(walk->ticks.slot_us, DAY_US);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_walk_ends_once_nothing_can_depend_on_the_change),
		TEST(no_ticks_are_read_once_m5_is_past_the_change),
		TEST(bars_that_open_before_the_floor_are_not_stored),
		TEST(ticks_of_the_slot_that_forms_are_read_ahead_up_to_the_moment_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
