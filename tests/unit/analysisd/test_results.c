#define _GNU_SOURCE
#include "analysisd/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tests/unit/analysisd/tick_store.h"

struct fixture {
	struct tick_store store; /* for its directory */
	struct database *db;
	struct results *results;
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
	assert_int_equal(results_create(&f->results, f->db, NULL), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	results_free(f->results);
	database_close(f->db);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static int
write_row(struct fixture *f, const char *text, double confidence, int64_t revision)
{
	const struct result result = {"sim", "BTCUSDT", "volatility_analysis", "M5", DAY_US, text,
		confidence, revision, false};

	return results_write(f->results, &result);
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
a_second_write_replaces_the_row(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_row(f, "{\"a\":1}", 0.5, 0), 1);
	assert_int_equal(write_row(f, "{\"a\":2}", 0.75, 1), 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results"), 1);
	assert_int_equal(ask(f, "SELECT json_extract(result, '$.a') = 2 AND confidence = 0.75"
				" AND input_revision = 1 FROM analysis_results"), 1);
}

static void
an_equal_row_is_not_touched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_row(f, "{\"a\":1}", 0.5, 0), 1);
	assert_int_equal(database_execute(f->db, "UPDATE analysis_results SET created_us = 7"), 0);
	assert_int_equal(write_row(f, "{\"a\":1}", 0.5, 0), 0);
	assert_int_equal(ask(f, "SELECT created_us FROM analysis_results"), 7);
	assert_int_equal(write_row(f, "{\"a\":1}", 0.5, 1), 0);
	assert_true(ask(f, "SELECT created_us FROM analysis_results") > 7);
}

static void
a_row_that_stays_changes_with_its_candle_only(void **state)
{
	struct fixture *f = *state;
	struct result result = {"sim", "BTCUSDT", "order_flow", "M5", DAY_US, "{\"a\":1}", 0.5, 2,
		true};

	assert_int_equal(results_write(f->results, &result), 1);
	result.text = "{\"a\":2}";
	result.confidence = 0.25;
	assert_int_equal(results_write(f->results, &result), 0);
	assert_int_equal(ask(f, "SELECT result = '{\"a\":1}' AND confidence = 0.5 FROM"
				" analysis_results"), 1);
	result.input_revision = 3;
	assert_int_equal(results_write(f->results, &result), 0);
	assert_int_equal(ask(f, "SELECT result = '{\"a\":2}' AND confidence = 0.25 FROM"
				" analysis_results"), 1);
}

static void
what_is_rolled_back_was_never_there(void **state)
{
	struct fixture *f = *state;
	const struct progress progress = {.first_us = 1, .next_us = 2, .history_us = TICK_NONE};
	struct progress read;

	assert_int_equal(results_begin(f->results), 0);
	assert_int_equal(write_row(f, "{}", 0.5, 0), 1);
	assert_int_equal(results_write_progress(f->results, "sim", "BTCUSDT", &progress), 0);
	results_rollback(f->results);
	results_rollback(f->results);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results"), 0);
	assert_int_equal(results_read_progress(f->results, "sim", "BTCUSDT", &read), 0);
}

static void
progress_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	const struct progress written[] = {{1, 2, 3, TICK_NONE, 5, 0},
	    {INT64_MIN + 1, -4, 3, 0, 6, INT64_MIN}};
	struct progress read;

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		assert_int_equal(results_write_progress(f->results, "sim", "A", &written[i]), 0);
		assert_int_equal(results_read_progress(f->results, "sim", "A", &read), 1);
		assert_memory_equal(&read, &written[i], sizeof(read));
	}
	assert_int_equal(results_read_progress(f->results, "binance", "A", &read), 0);
	assert_int_equal(results_write_seen(f->results, 9), 0);
	assert_int_equal(results_write_seen(f->results, 4), 0);
	assert_int_equal(results_read_progress(f->results, "sim", "A", &read), 1);
	assert_int_equal(read.changes_seq, 9);
}

static void
text_that_is_no_json_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_row(f, "{", 0.5, 0), -EINVAL);
	assert_int_equal(ask(f, "SELECT count(*) FROM analysis_results"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_write_replaces_the_row),
		TEST(an_equal_row_is_not_touched),
		TEST(a_row_that_stays_changes_with_its_candle_only),
		TEST(what_is_rolled_back_was_never_there),
		TEST(progress_is_read_as_it_was_written),
		TEST(text_that_is_no_json_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
