#define _GNU_SOURCE
#include "common/schema.h"

#include <errno.h>

#include "common/database.h"
#include "tests/unit/common/old_schemas.h"
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
	static const char *const names[DATABASE_COUNT][15] = {
		[DATABASE_TICKS] = {"symbols", "unified_ticks", "m5_candles", "feed_gaps", "changes",
		    "ticks", "candles", "symbol_terms", "account_events", "positions",
		    "position_events", "action_results", "broker_accounts", "broker_offsets",
		    "tick_watermarks"},
		[DATABASE_ANALYSIS] = {"analysis_results", "analyses", "market_facts", "dtms_trades",
		    "dtms_adopted", "dtms_checks", "dtms_actions", "dtms_events", "dtms_progress",
		    "actions", "trades"},
		[DATABASE_LOGS] = {"api_logs", "system_health", "api_calls", "health"},
	};

	for (int id = 0; id < DATABASE_COUNT; id++) {
		struct database *db = open_writer(state, id);

		for (int i = 0; i < 15 && names[id][i] != NULL; i++) {
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
the_views_of_actions_and_trades_show_plain_units(void **state)
{
	struct database *db = open_writer(state, DATABASE_ANALYSIS);

	run_sql(db, "INSERT INTO dtms_actions(action_id, token, account, ticket, registered_us, source,"
	    " symbol, action_type, parameters, reason, state_from, state_to, score_before, market, mode,"
	    " status, time_us, expires_us, created_us) VALUES ('a1', 't1', '77', 5, 1, 'mt5', 'XAUUSD',"
	    " 'tighten_sl', '{\"sl\":1}', 'score fell', 'HEALTHY', 'WARNING_L1', -2.5, '{}', 'advise',"
	    " 'advised', 1769903700000001, 1769903760000001, 9)");
	assert_rows(db, "SELECT timestamp_utc, account, ticket, symbol, action_type, status, state_to,"
	    " score_before, score_after, parameters FROM actions",
	    "2026-01-31T23:55:00.000001Z|77|5|XAUUSD|tighten_sl|advised|WARNING_L1|-2.5||{\"sl\":1}\n");
	assert_int_equal(database_execute(db, "UPDATE dtms_actions SET status = 'perhaps'"), -EINVAL);
	run_sql(db, "INSERT INTO dtms_trades(account, ticket, registered_us, source, symbol, direction,"
	    " origin, entry_price_e8, initial_volume_e8, current_volume_e8, closed_volume_e8,"
	    " stop_loss_e8, hedge_lost, state, state_since_us, vwap_cross_count, vwap_flip,"
	    " close_attempts, stale) VALUES ('77', 5, 1, 'mt5', 'XAUUSD', 'SELL', 'venue', 200050000000,"
	    " 10000000, 5000000, 5000000, 201000000000, 0, 'HEDGED', 1769903700000000, 0, 0, 0, 0)");
	assert_rows(db, "SELECT symbol, direction, state, since_utc, entry_price, volume, stop_loss,"
	    " take_profit FROM trades",
	    "XAUUSD|SELL|HEDGED|2026-01-31T23:55:00.000000Z|2000.5|0.05|2010.0|\n");
	database_close(db);
}

/* A ticket may come again once the trade that had it is over, and not before. */
static void
one_open_trade_has_a_ticket(void **state)
{
	static const char insert[] = "INSERT INTO dtms_trades(account, ticket, registered_us, source,"
	    " symbol, direction, origin, entry_price_e8, initial_volume_e8, current_volume_e8,"
	    " closed_volume_e8, hedge_lost, state, state_since_us, vwap_cross_count, vwap_flip,"
	    " close_attempts, stale) SELECT '77', 5, 1 + count(*), 'mt5', 'A', 'BUY', 'venue', 1, 1, 1,"
	    " 0, 0, 'HEALTHY', 1, 0, 0, 0, 0 FROM dtms_trades";
	struct database *db = open_writer(state, DATABASE_ANALYSIS);

	run_sql(db, insert);
	assert_int_equal(database_execute(db, insert), -EINVAL);
	run_sql(db, "UPDATE dtms_trades SET closed_us = 2");
	run_sql(db, insert);
	assert_int_equal(number(db, "SELECT count(*) FROM dtms_trades"), 2);
	database_close(db);
}

/* ---- migration ---- */

/* All that is in the database but its rows, as text, the caller's to free. */
static char *
shape_of(struct database *db)
{
	sqlite3_stmt *statement;
	char *shape;

	assert_int_equal(database_prepare(db, "SELECT group_concat(sql, char(10)) FROM"
	    " (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name)", &statement), 0);
	assert_int_equal(database_step(db, statement), 1);
	shape = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return shape;
}

/* Opened by a writer in the test's folder, it is as one that was made there anew. */
static struct database *
migrate(void **state, enum database_id id)
{
	const char *elsewhere = scratch_path(state, "fresh");
	struct database *db = open_writer(state, id), *fresh = NULL;
	char *shape, *expected;
	struct problem problem;

	assert_int_equal(mkdir(elsewhere, 0750), 0);
	assert_int_equal(database_open(&fresh, access_owner(id), id, ACCESS_WRITE, elsewhere, &problem),
	    0);
	assert_int_equal(number(db, "PRAGMA user_version"), schema_version(id));
	shape = shape_of(db);
	expected = shape_of(fresh);
	assert_string_equal(shape, expected);
	assert_rows(db, "PRAGMA integrity_check", "ok\n");
	free(shape);
	free(expected);
	database_close(fresh);
	return db;
}

static void
a_version_1_analysis_database_is_brought_up_and_keeps_its_rows(void **state)
{
	struct database *db;

	make_file(state, DATABASE_ANALYSIS, old_analysis);
	make_file(state, DATABASE_ANALYSIS,
	    "INSERT INTO analysis_results(symbol, source, analysis_type, timeframe, time_us, result,"
	    " confidence, input_revision, created_us) VALUES"
	    " ('A', 'sim', 'volatility_analysis', 'M5', 300000000, '{\"a\":1}', 0.5, 2, 11),"
	    " ('A', 'sim', 'enhanced_symbol_analysis', 'M5', 300000000, '{}', NULL, 0, 12);"
	    "INSERT INTO analysis_progress(source, symbol, first_us, next_us, changes_seq, history_us,"
	    " results) VALUES ('sim', 'A', 300000000, 600000000, 7, NULL, 2)");
	db = migrate(state, DATABASE_ANALYSIS);
	assert_rows(db, "SELECT symbol, source, analysis_type, timeframe, time_us, result, confidence,"
	    " input_revision, created_us FROM analysis_results ORDER BY id",
	    "A|sim|volatility_analysis|M5|300000000|{\"a\":1}|0.5|2|11\n"
	    "A|sim|enhanced_symbol_analysis|M5|300000000|{}||0|12\n");
	assert_rows(db, "SELECT * FROM analysis_progress", "sim|A|300000000|600000000|7||2|0\n");
	assert_int_equal(number(db, "SELECT count(*) FROM dtms_actions"), 0);
	database_close(db);
}

/* The two tables as version 4 has them. */
static const char analysis_4[] =
    "DROP TABLE dtms_checks; CREATE TABLE dtms_checks(account TEXT NOT NULL, ticket INTEGER NOT NULL,"
    " time_us INTEGER NOT NULL, registered_us INTEGER NOT NULL, source TEXT NOT NULL,"
    " cause TEXT NOT NULL, state_from TEXT NOT NULL, state_to TEXT NOT NULL, reason TEXT NOT NULL,"
    " score REAL NOT NULL, market TEXT NOT NULL CHECK (json_valid(market)),"
    " PRIMARY KEY(account, ticket, time_us)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX dtms_checks_source ON dtms_checks(source, time_us);"
    "DROP TABLE dtms_adopted; CREATE TABLE dtms_adopted(account TEXT NOT NULL,"
    " ticket INTEGER NOT NULL, parent_ticket INTEGER NOT NULL, parent_registered_us INTEGER NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('hedge', 're_add')), volume_e8 INTEGER NOT NULL,"
    " opened_us INTEGER NOT NULL, closed_us INTEGER, PRIMARY KEY(account, ticket)) STRICT,"
    " WITHOUT ROWID; CREATE INDEX dtms_adopted_parent"
    " ON dtms_adopted(account, parent_ticket, parent_registered_us);"
    "CREATE INDEX dtms_adopted_closed ON dtms_adopted(closed_us) WHERE closed_us IS NOT NULL;"
    "PRAGMA user_version=4;";

static void
checks_and_adopted_positions_of_version_4_keep_their_rows_and_get_their_source(void **state)
{
	struct database *db = open_writer(state, DATABASE_ANALYSIS);

	run_sql(db, analysis_4);
	run_sql(db, "INSERT INTO dtms_trades(account, ticket, registered_us, source, symbol, direction,"
	    " origin, entry_price_e8, initial_volume_e8, current_volume_e8, closed_volume_e8,"
	    " hedge_lost, state, state_since_us, vwap_cross_count, vwap_flip, close_attempts, stale)"
	    " VALUES ('77', 5, 1, 'mt5', 'A', 'BUY', 'venue', 1, 1, 1, 0, 0, 'HEALTHY', 1, 0, 0, 0, 0),"
	    " ('77', 6, 2, 'demo', 'A', 'BUY', 'venue', 1, 1, 1, 0, 0, 'HEALTHY', 1, 0, 0, 0, 0)");
	run_sql(db, "INSERT INTO dtms_adopted VALUES ('77', 8, 5, 1, 'hedge', 3, 4, NULL),"
	    " ('77', 9, 6, 2, 're_add', 5, 6, 7)");
	run_sql(db, "INSERT INTO dtms_checks VALUES"
	    " ('77', 5, 10, 1, 'mt5', 'first', 'HEALTHY', 'HEALTHY', 'r', -1.5, '{\"a\":1}')");
	database_close(db);
	db = migrate(state, DATABASE_ANALYSIS);
	assert_rows(db, "SELECT * FROM dtms_adopted ORDER BY ticket",
	    "77|8|mt5|5|1|hedge|3|4|\n77|9|demo|6|2|re_add|5|6|7\n");
	assert_rows(db, "SELECT * FROM dtms_checks",
	    "77|5|10|mt5|1|first|HEALTHY|HEALTHY|r|-1.5|{\"a\":1}\n");
	database_close(db);
}

static void
a_version_2_tick_database_is_brought_up_and_keeps_its_rows(void **state)
{
	struct database *db;

	make_file(state, DATABASE_TICKS, old_ticks);
	make_file(state, DATABASE_TICKS,
	    "INSERT INTO symbols(symbol_id, source, symbol, ticks, first_id, newest_id, newest_us,"
	    " whole_from_us) VALUES (7, 'sim', 'BTCUSDT', 2, 1, 9, 1769903999000456, NULL);"
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, flags) VALUES"
	    " (7, 1769903999000455, 1, 6700050000000, 25000000, 1),"
	    " (7, 1769903999000456, 9, 6700060000000, 1, 5);"
	    "INSERT INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8, close_e8,"
	    " volume, quote_volume, taker_buy_volume, trades, origin) VALUES (7, 1769903700000000, 1, 4,"
	    " 1, 2, 12.5, 20.25, 6.0, 3, 'klines');"
	    "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us,"
	    " missing_first_id, missing_last_id) VALUES (7, 2, 8, 5, 6, 4, 3, 8);"
	    "INSERT INTO changes(symbol_id, from_us, to_us, told_us) VALUES (7, 1, 2, 3);"
	    "INSERT INTO feed_state(source, name, value) VALUES ('sim', 'server', 'x')");
	db = migrate(state, DATABASE_TICKS);
	assert_rows(db, "SELECT symbol_id, source, symbol, ticks, first_id, newest_id, newest_us,"
	    " whole_from_us FROM symbols", "7|sim|BTCUSDT|2|1|9|1769903999000456|\n");
	assert_rows(db, "SELECT tick_id, price_e8, volume_e8, flags FROM unified_ticks ORDER BY time_us",
	    "1|6700050000000|25000000|1\n9|6700060000000|1|5\n");
	assert_rows(db, "SELECT open_e8, high_e8, volume, origin, trades, complete FROM m5_candles",
	    "1|4|12.5|klines|3|0\n");
	assert_rows(db, "SELECT first_id, last_id, state, missing_first_id, missing_last_id"
	    " FROM feed_gaps", "2|8|open|3|8\n");
	assert_rows(db, "SELECT seq, symbol_id, from_us, to_us, told_us FROM changes", "1|7|1|2|3\n");
	assert_rows(db, "SELECT source, name, value FROM feed_state", "sim|server|x\n");
	assert_int_equal(number(db, "SELECT count(*) FROM position_events"), 0);
	database_close(db);
}

static void
a_version_3_tick_database_is_brought_up_and_keeps_what_venues_said(void **state)
{
	struct database *db;

	make_file(state, DATABASE_TICKS, old_ticks);
	make_file(state, DATABASE_TICKS, old_ticks_3);
	make_file(state, DATABASE_TICKS,
	    "INSERT INTO symbol_terms(symbol_id, from_us, volume_min_e8, volume_step_e8, volume_max_e8,"
	    " tick_size_e8, stops_level_e8) VALUES (7, 0, 1, 2, 3, 4, 5);"
	    "INSERT INTO account_events(source, account, time_us, balance, equity, netting) VALUES"
	    " ('mt5', '77', 8, 1000.5, NULL, 1);"
	    "INSERT INTO positions(source, account, ticket, symbol, direction, volume_e8, price_open_e8,"
	    " opened_us, closed_us) VALUES ('mt5', '77', 5, 'A', 'BUY', 6, 7, 8, NULL),"
	    " ('mt5', '77', 4, 'A', 'SELL', 6, 7, 8, 9);"
	    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
	    " volume_e8, price_open_e8, profit, reason) VALUES ('mt5', '77', 4, 9, 'closed', 'A',"
	    " 'SELL', 6, 7, -1.5, 'sl');"
	    "INSERT INTO action_results(source, action_id, time_us, status, retcode) VALUES"
	    " ('mt5', 'x', 10, 'done', 10009)");
	db = migrate(state, DATABASE_TICKS);
	assert_rows(db, "SELECT * FROM symbol_terms", "7|0|1|2|3|4|5|||\n");
	assert_rows(db, "SELECT * FROM account_events", "1|mt5|77|8|1000.5||1\n");
	assert_rows(db, "SELECT ticket, direction, opened_us, closed_us FROM positions ORDER BY 1",
	    "4|SELL|8|9\n5|BUY|8|\n");
	assert_rows(db, "SELECT seq, ticket, kind, profit, reason FROM position_events",
	    "1|4|closed|-1.5|sl\n");
	assert_rows(db, "SELECT seq, action_id, status, retcode FROM action_results",
	    "1|x|done|10009\n");
	assert_int_equal(number(db, "SELECT (SELECT count(*) FROM broker_accounts) +"
	    " (SELECT count(*) FROM broker_offsets) + (SELECT count(*) FROM tick_watermarks)"), 0);
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
		ON_DISK(the_views_of_actions_and_trades_show_plain_units),
		ON_DISK(one_open_trade_has_a_ticket),
		ON_DISK(a_version_1_analysis_database_is_brought_up_and_keeps_its_rows),
		ON_DISK(checks_and_adopted_positions_of_version_4_keep_their_rows_and_get_their_source),
		ON_DISK(a_version_2_tick_database_is_brought_up_and_keeps_its_rows),
		ON_DISK(a_version_3_tick_database_is_brought_up_and_keeps_what_venues_said),
		ON_DISK(opening_again_changes_nothing),
		ON_DISK(a_step_that_fails_is_undone_as_a_whole_and_the_old_version_stays),
		ON_DISK(a_newer_version_is_refused_with_both_numbers_to_writer_and_reader),
		ON_DISK(a_reader_of_a_database_without_tables_is_told_to_wait_for_the_writer),
	};

	return cmocka_run_group_tests_name("common/schema", tests, NULL, NULL);
}
