/* A newer program finds what an older one has analysed: it makes what that did not know of. */
#define _GNU_SOURCE
#define MARKET_RUN_WITH_REAL_ANALYSES
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"
#include "tests/unit/common/old_schemas.h"

/* The analysis database is what a program of version 1 left, that had come to next_us. */
static void
leave_version_1(struct fixture *f, int64_t next_us)
{
	char path[ACCESS_PATH_SIZE];
	sqlite3 *handle;
	char *sql;

	stop(f);
	assert_int_equal(access_database_path(DATABASE_ANALYSIS, f->store.state_dir, path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, old_analysis, NULL, NULL, NULL), SQLITE_OK);
	sql = sqlite3_mprintf("INSERT INTO analysis_progress VALUES('sim', 'ONE', %lld, %lld, 0, NULL,"
	    " 1); INSERT INTO analysis_results(symbol, source, analysis_type, timeframe, time_us,"
	    " result, confidence, input_revision, created_us) VALUES('ONE', 'sim',"
	    " 'volatility_analysis', 'M5', %lld, '{\"old\":1}', 0.5, 0, 1)",
	    (long long)DAY_US, (long long)next_us, (long long)DAY_US);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_free(sql);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	start(f);
}

static void
what_an_older_program_has_analysed_gets_the_new_analyses(void **state)
{
	struct fixture *f = *state;
	int64_t end_us = DAY_US + 30 * HOUR_US;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, end_us, "klines");
	leave_version_1(f, end_us);
	tick_store_clock(&f->store, 1, end_us + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE analysis_type = 'trend_analysis'"
			 " AND timeframe = 'M5'", "360");
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE timeframe = 'H1'"
			 " AND analysis_type = 'volatility_analysis'", "30");
	assert_answer(f, "SELECT sum(results) = (SELECT count(*) FROM analysis_results)"
			 " FROM analysis_progress", "1");
	assert_as_if_computed_anew(f);
}

static void
a_kill_in_the_midst_of_an_upgrade_loses_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t end_us = DAY_US + 30 * HOUR_US;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, end_us, "klines");
	leave_version_1(f, end_us);
	tick_store_clock(&f->store, 1, end_us + CLOCK_SECOND_US);
	for (int i = 0; i < 20; i++) {
		turn(f, 0);
		turn(f, 0);
		restart(f);
	}
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
what_this_program_has_analysed_is_not_made_anew(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + CLOCK_SECOND_US);
	drain(f);
	restart(f);
	drain(f);
	assert_true(figures_of(f).analysed <= 2); /* the newest of each symbol once more */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_an_older_program_has_analysed_gets_the_new_analyses),
		TEST(a_kill_in_the_midst_of_an_upgrade_loses_nothing),
		TEST(what_this_program_has_analysed_is_not_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
