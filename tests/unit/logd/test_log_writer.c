/* log_writer and health_log: what is handed over is stored. */
#define _GNU_SOURCE
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/database.h"
#include "logd/health_log.h"
#include "logd/log_writer.h"
#include "tests/unit/common/scratch.h"

#define KEEP_ALL (const int64_t[LOG_TABLES_COUNT]){0}

static struct problem problem;

/* The number that a query gives, read by a reader as any other process would. */
static int64_t
ask(void **state, const char *sql)
{
	struct database *db;
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(database_open(&db, ROLE_TRADINGCTL, DATABASE_LOGS, ACCESS_READ, *state,
	    &problem), 0);
	assert_int_equal(database_prepare(db, sql, &statement), 0);
	assert_int_equal(database_step(db, statement), 1);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	database_close(db);
	return value;
}

static struct log_writer *
start(void **state)
{
	struct log_writer *writer;

	assert_int_equal(log_writer_start(&writer, *state, KEEP_ALL, &problem), 0);
	return writer;
}

static void
add_calls(struct log_writer *writer, int count)
{
	for (int i = 0; i < count; i++) {
		const struct log_row row = {.time_us = i, .method = "GET", .endpoint = "/x",
			.client = "127.0.0.1", .status_code = 200, .response_time_us = 5};

		log_writer_add(writer, &row);
	}
}

static void
rows_are_stored_soon_without_being_asked(void **state)
{
	struct log_writer *writer = start(state);

	add_calls(writer, 3);
	wait_until(ask(state, "SELECT count(*) FROM api_logs WHERE method = 'GET' AND endpoint = '/x'"
			      " AND status_code = 200 AND response_time_us = 5") == 3);
	log_writer_stop(writer);
}

static void
everything_handed_over_is_stored_at_the_stop(void **state)
{
	struct log_writer *writer = start(state);

	add_calls(writer, 12345);
	log_writer_stop(writer);
	assert_int_equal(ask(state, "SELECT count(DISTINCT time_us) FROM api_logs"), 12345);
}

static void
the_texts_are_copied(void **state)
{
	struct log_writer *writer = start(state);
	char text[16] = "/before";
	const struct log_row row = {.method = text, .endpoint = text, .client = text, .details = text};

	log_writer_add(writer, &row);
	strcpy(text, "/after");
	log_writer_stop(writer);
	assert_int_equal(ask(state, "SELECT count(*) FROM api_logs WHERE method = '/before'"
				    " AND endpoint = '/before' AND client = '/before'"
				    " AND details = '/before'"), 1);
}

static void
the_rows_stored_are_counted_across_runs(void **state)
{
	struct log_writer_figures figures;
	struct log_writer *writer = start(state);

	add_calls(writer, 10);
	log_writer_stop(writer);
	writer = start(state);
	log_writer_figures(writer, &figures);
	assert_int_equal(figures.rows, 10);
	add_calls(writer, 5);
	wait_until((log_writer_figures(writer, &figures), figures.written == 5));
	assert_int_equal(figures.rows, 15);
	assert_int_equal(figures.waiting, 0);
	assert_int_equal(figures.lost, 0);
	log_writer_stop(writer);
}

static void
old_rows_are_deleted_while_new_ones_are_written_and_none_is_lost(void **state)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {[LOG_CALLS] = CLOCK_DAY_US};
	struct log_row row = {.method = "GET", .endpoint = "/new", .client = "127.0.0.1"};
	struct log_writer_figures figures;
	struct log_writer *writer = start(state);

	add_calls(writer, 15000); /* of 1970 */
	row.time_us = clock_wall_us() - 2 * 3600 * CLOCK_SECOND_US; /* the clock has stood */
	log_writer_add(writer, &row);
	log_writer_stop(writer);
	assert_int_equal(log_writer_start(&writer, *state, keep_us, &problem), 0);
	row.time_us = clock_wall_us();
	for (int i = 0; i < 3000; i++)
		log_writer_add(writer, &row);
	wait_until((log_writer_figures(writer, &figures), figures.deleted == 15000));
	wait_until((log_writer_figures(writer, &figures), figures.written == 3000));
	assert_int_equal(figures.rows, 3001);
	assert_int_equal(figures.lost, 0);
	log_writer_stop(writer);
	assert_int_equal(ask(state, "SELECT count(*) FROM api_logs"), 3001);
	assert_int_equal(ask(state, "SELECT rows FROM log_counts WHERE name = 'api_logs'"), 3001);
}

static void
a_second_writer_is_refused_by_the_first_ones_pid(void **state)
{
	struct log_writer *writer = start(state), *second;
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_true(log_writer_start(&second, *state, KEEP_ALL, &problem) < 0);
	assert_non_null(strstr(problem.text, pid));
	log_writer_stop(writer);
}

static void
health_rows_come_at_a_change_and_each_minute(void **state)
{
	struct log_writer *writer = start(state);
	struct health_log *log = health_log_create(writer);
	json_t *components = json_pack("{s:{s:s}, s:{s:s}}", "tickd", "status", "running",
	    "symbol:sim:AAA", "status", "live");
	json_t *tickd = json_object_get(components, "tickd");

	assert_non_null(log);
	health_log_look(log, components, 1, 0);		/* both are new */
	health_log_look(log, components, 2, 1000000);	/* nothing has changed */
	json_object_set_new(tickd, "status", json_string("stopped"));
	health_log_look(log, components, 3, 2000000);	/* tickd has */
	health_log_look(log, components, 4, 60000000);	/* a minute: all but single symbols */
	health_log_look(log, components, 5, 61000000);
	health_log_free(log);
	log_writer_stop(writer);
	json_decref(components);
	assert_int_equal(ask(state, "SELECT count(*) FROM system_health"), 4);
	assert_int_equal(ask(state, "SELECT count(*) FROM system_health WHERE component = 'tickd'"
				    " AND status = 'stopped' AND json_extract(details, '$.status')"
				    " = 'stopped' AND time_us IN (3, 4)"), 2);
}

#define ON_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FOLDER(rows_are_stored_soon_without_being_asked),
		ON_A_FOLDER(everything_handed_over_is_stored_at_the_stop),
		ON_A_FOLDER(the_texts_are_copied),
		ON_A_FOLDER(the_rows_stored_are_counted_across_runs),
		ON_A_FOLDER(old_rows_are_deleted_while_new_ones_are_written_and_none_is_lost),
		ON_A_FOLDER(a_second_writer_is_refused_by_the_first_ones_pid),
		ON_A_FOLDER(health_rows_come_at_a_change_and_each_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
