#define _GNU_SOURCE
#include "common/schema.h"

#include <errno.h>

#include "common/database.h"
#include "tests/unit/common/scratch.h"

/* A writer's database in the test's folder. */
static struct database *
open_writer(void **state, enum database_id id)
{
	struct database *db = NULL;
	struct problem problem;

	if (database_open(&db, access_owner(id), id, ACCESS_WRITE, *state, &problem) < 0)
		fail_msg("%s", problem.text);
	return db;
}

static void
run_sql(struct database *db, const char *sql)
{
	if (database_execute(db, sql) < 0)
		fail_msg("%s: %s", sql, database_error(db));
}

static int64_t
number(struct database *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(database_prepare(db, sql, &statement), 0);
	assert_int_equal(database_step(db, statement), 1);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* The rows of a query, as `sqlite3` would print them. */
static void
assert_rows(struct database *db, const char *sql, const char *expected)
{
	char rows[2048] = "";
	sqlite3_stmt *statement;

	assert_int_equal(database_prepare(db, sql, &statement), 0);
	while (database_step(db, statement) == 1) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);

			strcat(rows, i == 0 ? "" : "|");
			strcat(rows, text == NULL ? "" : text);
		}
		strcat(rows, "\n");
	}
	sqlite3_finalize(statement);
	assert_string_equal(rows, expected);
}

/* Makes STATE/<owner>/<file> as some other program would, by plain SQLite. */
static void
make_file(void **state, enum database_id id, const char *sql)
{
	char path[ACCESS_PATH_SIZE];
	sqlite3 *handle;

	mkdir(scratch_path(state, access_role_name(access_owner(id))), 0750);
	assert_int_equal(access_database_path(id, *state, path), 0);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void
a_fresh_database_has_the_version_and_sound_strict_tables(void **state)
{
	for (int id = 0; id < DATABASE_COUNT; id++) {
		struct database *db = open_writer(state, id);

		assert_int_equal(number(db, "PRAGMA user_version"), schema_version(id));
		assert_true(number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'") > 0);
		assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
		    " AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict"), 0);
		assert_rows(db, "PRAGMA integrity_check", "ok\n");
		database_close(db);
	}
}

static void
the_tables_that_readers_know_by_name_are_there(void **state)
{
	static const char *const names[DATABASE_COUNT][7] = {
		[DATABASE_TICKS] = {"symbols", "unified_ticks", "m5_candles", "feed_gaps", "changes",
		    "ticks", "candles"},
		[DATABASE_ANALYSIS] = {"analysis_results", "analyses"},
		[DATABASE_LOGS] = {"api_logs", "system_health", "api_calls", "health"},
	};

	for (int id = 0; id < DATABASE_COUNT; id++) {
		struct database *db = open_writer(state, id);

		for (int i = 0; i < 7 && names[id][i] != NULL; i++) {
			char sql[128];

			snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", names[id][i]);
			assert_int_equal(number(db, sql), 0);
		}
		database_close(db);
	}
}

static void
a_column_refuses_a_value_of_another_type(void **state)
{
	struct database *db = open_writer(state, DATABASE_TICKS);

	assert_int_equal(database_execute(db, "INSERT INTO unified_ticks"
	    "(symbol_id, time_us, tick_id, price_e8, flags) VALUES (1, 1, 1, 'dear', 1)"), -EINVAL);
	assert_int_equal(database_execute(db, "INSERT INTO symbols(source, symbol, id_kind)"
	    " VALUES ('sim', 'A', 'guess')"), -EINVAL);
	run_sql(db, "INSERT INTO symbols(source, symbol) VALUES ('sim', 'A')");
	assert_int_equal(database_execute(db, "INSERT INTO symbols(source, symbol) VALUES ('sim', 'A')"),
	    -EINVAL);
	database_close(db);
}

static void
the_same_tick_twice_is_one_row(void **state)
{
	struct database *db = open_writer(state, DATABASE_TICKS);
	static const char insert[] = "INSERT OR IGNORE INTO unified_ticks"
	    "(symbol_id, time_us, tick_id, price_e8, volume_e8, flags) VALUES (1, 2, 3, 4, 5, 1)";

	run_sql(db, insert);
	run_sql(db, insert);
	assert_int_equal(number(db, "SELECT count(*) FROM unified_ticks"), 1);
	database_close(db);
}

static void
the_view_of_ticks_shows_plain_units(void **state)
{
	struct database *db = open_writer(state, DATABASE_TICKS);

	run_sql(db, "INSERT INTO symbols(symbol_id, source, symbol) VALUES (7, 'sim', 'BTCUSDT');"
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8,"
	    " ask_e8, flags) VALUES"
	    " (7, 1769903999000456, 1, 6700050000000, 25000000, 6700000000000, 6700100000000, 1),"
	    " (7, 1769903999123456, 2, 6700000000000, 100000000, NULL, NULL, 5),"
	    " (7, 1769903999123457, -9, NULL, NULL, 6700000000000, 6700100000000, 2)");
	assert_rows(db, "SELECT symbol, source, timestamp_utc, price, bid, ask, mid, spread, volume,"
	    " side, tick_id, time_us FROM ticks ORDER BY time_us",
	    "BTCUSDT|sim|2026-01-31T23:59:59.000456Z|67000.5|67000.0|67001.0|67000.5|1.0|0.25|buy|1"
	    "|1769903999000456\n"
	    "BTCUSDT|sim|2026-01-31T23:59:59.123456Z|67000.0|||||1.0|sell|2|1769903999123456\n"
	    "BTCUSDT|sim|2026-01-31T23:59:59.123457Z||67000.0|67001.0|67000.5|1.0|||-9"
	    "|1769903999123457\n");
	database_close(db);
}

static void
the_view_of_candles_shows_plain_units(void **state)
{
	struct database *db = open_writer(state, DATABASE_TICKS);

	run_sql(db, "INSERT INTO symbols(symbol_id, source, symbol) VALUES (7, 'sim', 'BTCUSDT');"
	    "INSERT INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8, close_e8,"
	    " volume, quote_volume, taker_buy_volume, trades, first_tick_id, last_tick_id, origin,"
	    " complete) VALUES (7, 1769903700000000, 100000000, 200000000, 50000000, 150000000,"
	    " 12.5, 20.25, 6.0, 3, 10, 12, 'ticks', 1)");
	assert_rows(db, "SELECT symbol, source, timestamp_utc, open, high, low, close, volume,"
	    " quote_volume, taker_buy_volume, trades, origin, revision, complete, time_us FROM candles",
	    "BTCUSDT|sim|2026-01-31T23:55:00.000000Z|1.0|2.0|0.5|1.5|12.5|20.25|6.0|3|ticks|0|1"
	    "|1769903700000000\n");
	database_close(db);
}

static void
the_views_of_analyses_calls_and_health_show_times(void **state)
{
	struct database *db = open_writer(state, DATABASE_ANALYSIS);

	run_sql(db, "INSERT INTO analysis_results(symbol, source, analysis_type, timeframe, time_us,"
	    " result, confidence, input_revision, created_us)"
	    " VALUES ('A', 'sim', 'volatility_analysis', 'M5', 1769903700000000, '{\"a\":1}', 0.5, 2, 1)");
	assert_rows(db, "SELECT symbol, analysis_type, timeframe, timestamp_utc, confidence,"
	    " input_revision, result FROM analyses",
	    "A|volatility_analysis|M5|2026-01-31T23:55:00.000000Z|0.5|2|{\"a\":1}\n");
	assert_int_equal(database_execute(db, "UPDATE analysis_results SET result = '{'"), -EINVAL);
	database_close(db);
	db = open_writer(state, DATABASE_LOGS);
	run_sql(db, "INSERT INTO api_logs(time_us, endpoint, method, status_code, response_time_us,"
	    " client) VALUES (1769903700000001, '/health', 'GET', 200, 1500, '127.0.0.1');"
	    "INSERT INTO system_health(time_us, component, status, details)"
	    " VALUES (1769903700000002, 'tickd', 'running', '{}')");
	assert_rows(db, "SELECT timestamp_utc, method, endpoint, status_code, response_time_ms"
	    " FROM api_calls", "2026-01-31T23:55:00.000001Z|GET|/health|200|1.5\n");
	assert_rows(db, "SELECT timestamp_utc, component, status, details FROM health",
	    "2026-01-31T23:55:00.000002Z|tickd|running|{}\n");
	database_close(db);
}

static void
opening_again_changes_nothing(void **state)
{
	struct database *db = open_writer(state, DATABASE_LOGS);
	int64_t before = number(db, "PRAGMA schema_version");

	database_close(db);
	db = open_writer(state, DATABASE_LOGS);
	assert_int_equal(number(db, "PRAGMA schema_version"), before);
	database_close(db);
}

static void
a_step_that_fails_is_undone_as_a_whole_and_the_old_version_stays(void **state)
{
	struct problem problem;
	struct database *db;
	sqlite3 *handle;
	sqlite3_stmt *statement;
	char path[ACCESS_PATH_SIZE];

	/* A foreign table in the way of the last statements of the first step. */
	make_file(state, DATABASE_TICKS, "CREATE TABLE candles(mine)");
	assert_int_equal(database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, *state, &problem),
	    -EINVAL);
	assert_string_equal(problem.text, "unified_tick_pipeline.db cannot be brought to schema version"
	    " 1: table candles already exists");
	assert_int_equal(access_database_path(DATABASE_TICKS, *state, path), 0);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, "SELECT (SELECT count(*) FROM sqlite_schema),"
	    " user_version FROM pragma_user_version", -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(statement, 0), 1);
	assert_int_equal(sqlite3_column_int(statement, 1), 0);
	sqlite3_finalize(statement);
	/* Out of the way: the same program goes on from there. */
	assert_int_equal(sqlite3_exec(handle, "DROP TABLE candles", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	db = open_writer(state, DATABASE_TICKS);
	assert_int_equal(number(db, "PRAGMA user_version"), schema_version(DATABASE_TICKS));
	database_close(db);
}

static void
a_newer_version_is_refused_with_both_numbers_to_writer_and_reader(void **state)
{
	for (int id = 0; id < DATABASE_COUNT; id++) {
		char expected[256];
		struct database *db = open_writer(state, id);

		run_sql(db, "PRAGMA user_version=99");
		database_close(db);
		snprintf(expected, sizeof(expected), "%s has schema version 99, this program knows up to"
		    " version %d: use the newer program", access_database_file(id), schema_version(id));
		for (int mode = ACCESS_READ; mode <= ACCESS_WRITE; mode++) {
			struct problem problem;

			assert_int_equal(database_open(&db, access_owner(id), id, mode, *state, &problem),
			    -EPROTO);
			assert_string_equal(problem.text, expected);
		}
	}
}

static void
a_reader_of_a_database_without_tables_is_told_to_wait_for_the_writer(void **state)
{
	struct problem problem;
	struct database *db;

	make_file(state, DATABASE_LOGS, "PRAGMA user_version=0; PRAGMA journal_mode=WAL");
	assert_int_equal(database_open(&db, ROLE_TICKD, DATABASE_LOGS, ACCESS_READ, *state, &problem),
	    -ENOENT);
	assert_non_null(strstr(problem.text, "system_logs.db has schema version 0 of "));
	assert_non_null(strstr(problem.text, ": logd has still to bring it up"));
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_fresh_database_has_the_version_and_sound_strict_tables),
		ON_DISK(the_tables_that_readers_know_by_name_are_there),
		ON_DISK(a_column_refuses_a_value_of_another_type),
		ON_DISK(the_same_tick_twice_is_one_row),
		ON_DISK(the_view_of_ticks_shows_plain_units),
		ON_DISK(the_view_of_candles_shows_plain_units),
		ON_DISK(the_views_of_analyses_calls_and_health_show_times),
		ON_DISK(opening_again_changes_nothing),
		ON_DISK(a_step_that_fails_is_undone_as_a_whole_and_the_old_version_stays),
		ON_DISK(a_newer_version_is_refused_with_both_numbers_to_writer_and_reader),
		ON_DISK(a_reader_of_a_database_without_tables_is_told_to_wait_for_the_writer),
	};

	return cmocka_run_group_tests_name("common/schema", tests, NULL, NULL);
}
