#define _GNU_SOURCE
#include "logd/log_retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/tick.h"
#include "tests/unit/common/scratch.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define NOW_US INT64_C(1783000000000000)
#define MONOTONIC_US INT64_C(9000000000)

static struct problem problem;

static struct log_tables *
open_tables(void **state)
{
	struct log_tables *tables;

	assert_int_equal(log_tables_open(&tables, *state, &problem), 0);
	return tables;
}

/* `count` rows of one table, a second apart from from_us on. */
static void
add_rows(struct log_tables *tables, enum log_table which, int64_t from_us, int count)
{
	struct log_row row = {.method = "GET", .endpoint = "/x", .client = "127.0.0.1"};

	if (which == LOG_HEALTH)
		row = (struct log_row){.component = "logd", .status = "running", .details = "{}"};
	assert_int_equal(log_tables_begin(tables), 0);
	for (int i = 0; i < count; i++) {
		row.time_us = from_us + i * CLOCK_SECOND_US;
		assert_int_equal(log_tables_add(tables, &row), 0);
	}
	assert_int_equal(log_tables_commit(tables), 0);
}

static int64_t
ask(struct log_tables *tables, const char *sql)
{
	struct database *db = log_tables_database(tables);
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(database_prepare(db, sql, &statement), 0);
	assert_int_equal(database_step(db, statement), 1);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static int64_t
calls(struct log_tables *tables)
{
	return ask(tables, "SELECT count(*) FROM api_logs");
}

static void
assert_counts_are_right(struct log_tables *tables)
{
	assert_int_equal(ask(tables, "SELECT (SELECT rows FROM log_counts WHERE name = 'api_logs') ="
				     " (SELECT count(*) FROM api_logs) AND (SELECT rows FROM"
				     " log_counts WHERE name = 'system_health') ="
				     " (SELECT count(*) FROM system_health)"), 1);
	assert_int_equal(log_tables_rows(tables), ask(tables,
	    "SELECT (SELECT count(*) FROM api_logs) + (SELECT count(*) FROM system_health)"));
}

/* Steps at one moment until nothing is left.  Returns the rows deleted. */
static int64_t
clean(struct log_retention *retention, int64_t wall_us, int64_t monotonic_us)
{
	int64_t deleted = 0;
	int slice;

	do {
		int most = retention->pace.rows;

		slice = log_retention_step(retention, wall_us, monotonic_us);
		assert_true(slice <= most);
		deleted += slice;
	} while (slice > 0);
	return deleted;
}

static void
each_table_is_cut_at_its_own_age_and_the_counts_stay_right(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {2 * HOUR_US, 3 * HOUR_US};
	struct log_tables *tables = open_tables(state);
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, NOW_US - 4 * HOUR_US, 4 * 3600);
	add_rows(tables, LOG_HEALTH, NOW_US - 4 * HOUR_US, 4 * 3600);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, NOW_US, MONOTONIC_US), 3 * 3600);
	assert_int_equal(calls(tables), 2 * 3600);
	assert_int_equal(ask(tables, "SELECT count(*) FROM system_health"), 3 * 3600);
	assert_int_equal(ask(tables, "SELECT min(time_us) FROM api_logs"), NOW_US - 2 * HOUR_US);
	assert_counts_are_right(tables);
	log_tables_close(tables);
	tables = open_tables(state);
	assert_counts_are_right(tables);
	log_tables_close(tables);
}

static void
an_age_of_0_keeps_all(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {0, HOUR_US};
	struct log_tables *tables = open_tables(state);
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, 0, 10);
	add_rows(tables, LOG_HEALTH, NOW_US - 3 * HOUR_US, 10);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, NOW_US, MONOTONIC_US), 10);
	assert_int_equal(calls(tables), 10);
	log_tables_close(tables);
}

static void
rows_of_a_clock_that_was_ahead_do_not_keep_the_others(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {3 * HOUR_US, 3 * HOUR_US};
	struct log_tables *tables = open_tables(state);
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, NOW_US + 900 * CLOCK_DAY_US, 10);
	add_rows(tables, LOG_CALLS, NOW_US - 4 * HOUR_US, 100);
	add_rows(tables, LOG_CALLS, NOW_US - 2 * HOUR_US, 10);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, NOW_US, MONOTONIC_US), 100);
	assert_counts_are_right(tables);
	log_tables_close(tables);
}

static void
a_clock_that_leaps_deletes_nothing_until_it_has_stood_for_an_hour(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {14 * CLOCK_DAY_US, 7 * CLOCK_DAY_US};
	struct log_tables *tables = open_tables(state);
	int64_t leap_us = 1000 * CLOCK_DAY_US;
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, NOW_US - 2 * HOUR_US, 3 * 3600);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, NOW_US, MONOTONIC_US), 0);
	assert_int_equal(clean(&retention, NOW_US + leap_us, MONOTONIC_US), 0);
	assert_int_equal(clean(&retention, NOW_US + leap_us + HOUR_US - 1,
			     MONOTONIC_US + HOUR_US - 1), 0);
	assert_int_equal(clean(&retention, NOW_US + leap_us + HOUR_US, MONOTONIC_US + HOUR_US),
	    3 * 3600);
	log_tables_close(tables);
}

static void
a_restart_does_not_make_a_leap_believed(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {14 * CLOCK_DAY_US, 7 * CLOCK_DAY_US};
	struct log_tables *tables = open_tables(state);
	int64_t leapt_us = NOW_US + 1000 * CLOCK_DAY_US;
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, NOW_US - 2 * HOUR_US, 2 * 3600);
	add_rows(tables, LOG_CALLS, leapt_us, 600);
	/* Ten minutes after the leap, in a new process. */
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, leapt_us + 600 * CLOCK_SECOND_US, MONOTONIC_US), 0);
	assert_int_equal(calls(tables), 2 * 3600 + 600);
	/* Once there are records of an hour at that time, it is the time. */
	add_rows(tables, LOG_CALLS, leapt_us + 600 * CLOCK_SECOND_US, 3600);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(clean(&retention, leapt_us + HOUR_US + 600 * CLOCK_SECOND_US, MONOTONIC_US),
	    2 * 3600);
	log_tables_close(tables);
}

static void
a_failure_undoes_the_slice_and_is_tried_again_later(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {2 * HOUR_US, 2 * HOUR_US};
	struct log_tables *tables = open_tables(state);
	struct database *db = log_tables_database(tables);
	struct log_retention retention;

	add_rows(tables, LOG_CALLS, NOW_US - 4 * HOUR_US, 4 * 3600);
	assert_int_equal(database_execute(db, "CREATE TEMP TRIGGER broken BEFORE DELETE ON"
	    " main.api_logs WHEN OLD.id = 500 BEGIN SELECT RAISE(ABORT, 'no room'); END"), 0);
	log_retention_init(&retention, tables, keep_us);
	assert_int_equal(log_retention_step(&retention, NOW_US, MONOTONIC_US), 0);
	assert_int_equal(calls(tables), 4 * 3600);
	assert_true(log_retention_due_us(&retention) >= MONOTONIC_US + RETENTION_LOOK_US);
	assert_int_equal(database_execute(db, "DROP TRIGGER broken"), 0);
	assert_int_equal(clean(&retention, NOW_US, MONOTONIC_US), 2 * 3600);
	assert_counts_are_right(tables);
	log_tables_close(tables);
}

/* What version 1 left behind: no counts, no index by age. */
static void
rows_of_the_first_version_are_counted_when_it_is_brought_up(void **state)
{
	struct log_tables *tables = open_tables(state);

	add_rows(tables, LOG_CALLS, 0, 7);
	add_rows(tables, LOG_HEALTH, 0, 5);
	assert_int_equal(database_execute(log_tables_database(tables), "DROP TABLE log_counts;"
	    " DROP INDEX system_health_age; PRAGMA user_version = 1"), 0);
	log_tables_close(tables);
	tables = open_tables(state);
	assert_int_equal(log_tables_rows(tables), 12);
	assert_counts_are_right(tables);
	log_tables_close(tables);
}

#define ON_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FOLDER(each_table_is_cut_at_its_own_age_and_the_counts_stay_right),
		ON_A_FOLDER(an_age_of_0_keeps_all),
		ON_A_FOLDER(rows_of_a_clock_that_was_ahead_do_not_keep_the_others),
		ON_A_FOLDER(a_clock_that_leaps_deletes_nothing_until_it_has_stood_for_an_hour),
		ON_A_FOLDER(a_restart_does_not_make_a_leap_believed),
		ON_A_FOLDER(a_failure_undoes_the_slice_and_is_tried_again_later),
		ON_A_FOLDER(rows_of_the_first_version_are_counted_when_it_is_brought_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
