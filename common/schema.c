#include "common/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"

/* Times for people: "2026-01-31T23:59:59.123456Z". */
#define UTC(column)                                                                                \
	"strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                        \
	" || printf('.%06dZ', " column " % 1000000)"

static const char *const ticks_steps[] = {
	/* 1 */
	"CREATE TABLE symbols("
	" symbol_id INTEGER PRIMARY KEY,"
	" source TEXT NOT NULL,"
	" symbol TEXT NOT NULL,"
	" digits INTEGER NOT NULL DEFAULT 8,"
	" id_kind TEXT NOT NULL DEFAULT 'trade' CHECK (id_kind IN ('trade', 'aggregate', 'ordinal')),"
	" ticks INTEGER NOT NULL DEFAULT 0," /* rows stored, kept by the writer */
	" candles INTEGER NOT NULL DEFAULT 0,"
	" first_id INTEGER," /* smallest and largest trade id ever stored: what lies between */
	" newest_id INTEGER," /* is stored, or in feed_gaps */
	" newest_us INTEGER," /* time of the newest trade stored: the source's clock */
	" ticks_from_us INTEGER," /* where stored ticks begin */
	" history_until_us INTEGER," /* candles from klines are complete up to here */
	" UNIQUE(source, symbol)) STRICT;"
	"CREATE TABLE unified_ticks("
	" symbol_id INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" tick_id INTEGER NOT NULL,"
	" price_e8 INTEGER,"
	" volume_e8 INTEGER,"
	" bid_e8 INTEGER,"
	" ask_e8 INTEGER,"
	" flags INTEGER NOT NULL,"
	" trade_count INTEGER,"
	" PRIMARY KEY(symbol_id, time_us, tick_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE m5_candles("
	" symbol_id INTEGER NOT NULL,"
	" open_time_us INTEGER NOT NULL,"
	" open_e8 INTEGER NOT NULL,"
	" high_e8 INTEGER NOT NULL,"
	" low_e8 INTEGER NOT NULL,"
	" close_e8 INTEGER NOT NULL,"
	" volume REAL NOT NULL,"
	" quote_volume REAL NOT NULL,"
	" taker_buy_volume REAL NOT NULL,"
	" trades INTEGER NOT NULL,"
	" first_tick_id INTEGER,"
	" last_tick_id INTEGER,"
	" origin TEXT NOT NULL CHECK (origin IN ('ticks', 'klines', 'bars')),"
	" revision INTEGER NOT NULL DEFAULT 0,"
	" complete INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY(symbol_id, open_time_us)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE feed_gaps("
	" gap_id INTEGER PRIMARY KEY,"
	" symbol_id INTEGER NOT NULL,"
	" first_id INTEGER NOT NULL,"
	" last_id INTEGER NOT NULL,"
	" from_us INTEGER NOT NULL," /* source times of the ticks before and behind it */
	" to_us INTEGER NOT NULL,"
	" opened_us INTEGER NOT NULL,"
	" state TEXT NOT NULL DEFAULT 'open'"
	"  CHECK (state IN ('open', 'filling', 'filled', 'unfillable')),"
	" filled_us INTEGER,"
	" reason TEXT) STRICT;"
	"CREATE INDEX feed_gaps_open ON feed_gaps(symbol_id, first_id)"
	" WHERE state <> 'filled';"
	"CREATE TABLE changes("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" symbol_id INTEGER NOT NULL,"
	" from_us INTEGER NOT NULL,"
	" to_us INTEGER NOT NULL) STRICT;"
	"CREATE VIEW ticks AS SELECT s.symbol, s.source, " UTC("t.time_us") " AS timestamp_utc,"
	" t.price_e8 / 1e8 AS price, t.bid_e8 / 1e8 AS bid, t.ask_e8 / 1e8 AS ask,"
	" (t.bid_e8 + t.ask_e8) / 2e8 AS mid, (t.ask_e8 - t.bid_e8) / 1e8 AS spread,"
	" t.volume_e8 / 1e8 AS volume,"
	" CASE WHEN t.flags & 1 = 0 THEN NULL WHEN t.flags & 4 THEN 'sell' ELSE 'buy' END AS side,"
	" t.tick_id, t.time_us, t.symbol_id"
	" FROM unified_ticks t JOIN symbols s USING (symbol_id);"
	"CREATE VIEW candles AS SELECT s.symbol, s.source, " UTC("c.open_time_us") " AS timestamp_utc,"
	" c.open_e8 / 1e8 AS open, c.high_e8 / 1e8 AS high, c.low_e8 / 1e8 AS low,"
	" c.close_e8 / 1e8 AS close, c.volume, c.quote_volume, c.taker_buy_volume, c.trades,"
	" c.origin, c.revision, c.complete, c.open_time_us AS time_us, c.symbol_id"
	" FROM m5_candles c JOIN symbols s USING (symbol_id);",
	/*
	 * 2: a gap keeps the ids it was opened with; what is still missing of it stands beside them.
	 * Ticks before frozen_us were deleted and are not taken again; from whole_from_us on (a
	 * slot's edge, or NULL) nothing is missing before first_id.
	 */
	"ALTER TABLE symbols ADD COLUMN whole_from_us INTEGER;"
	"ALTER TABLE symbols ADD COLUMN frozen_us INTEGER;"
	"ALTER TABLE feed_gaps ADD COLUMN missing_first_id INTEGER;" /* NULL once it is filled */
	"ALTER TABLE feed_gaps ADD COLUMN missing_last_id INTEGER;"
	"ALTER TABLE feed_gaps ADD COLUMN missing_from_us INTEGER;" /* times of the ticks beside */
	"ALTER TABLE feed_gaps ADD COLUMN missing_to_us INTEGER;"
	"UPDATE feed_gaps SET missing_first_id = first_id, missing_last_id = last_id,"
	" missing_from_us = from_us, missing_to_us = to_us WHERE state <> 'filled';"
	"DROP INDEX feed_gaps_open;"
	"CREATE INDEX feed_gaps_missing ON feed_gaps(symbol_id, missing_first_id)"
	" WHERE state <> 'filled';"
	"CREATE INDEX feed_gaps_due ON feed_gaps(symbol_id, missing_first_id)"
	" WHERE state IN ('open', 'filling');"
	"CREATE INDEX feed_gaps_filled ON feed_gaps(filled_us) WHERE filled_us IS NOT NULL;"
	"ALTER TABLE changes ADD COLUMN told_us INTEGER NOT NULL DEFAULT 0;" /* our clock */
	"CREATE TABLE feed_state("
	" source TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY(source, name)) STRICT, WITHOUT ROWID;",
	/*
	 * 3: what a venue says of its accounts, each thing once and in the order in which it was
	 * learnt.  time_us is the source's clock at that moment.  NULL is what was not said.
	 */
	"CREATE TABLE symbol_terms("
	" symbol_id INTEGER NOT NULL,"
	" from_us INTEGER NOT NULL," /* they hold until the next row's */
	" volume_min_e8 INTEGER,"
	" volume_step_e8 INTEGER,"
	" volume_max_e8 INTEGER,"
	" tick_size_e8 INTEGER,"
	" stops_level_e8 INTEGER," /* smallest distance of a stop from the price */
	" PRIMARY KEY(symbol_id, from_us)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE account_events("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" source TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" balance REAL,"
	" equity REAL,"
	" netting INTEGER NOT NULL DEFAULT 0) STRICT;" /* 1: one position a symbol, no hedges */
	"CREATE TABLE positions(" /* as the venue last said; closed ones too */
	" source TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" symbol TEXT NOT NULL,"
	" direction TEXT NOT NULL CHECK (direction IN ('BUY', 'SELL')),"
	" volume_e8 INTEGER NOT NULL,"
	" price_open_e8 INTEGER NOT NULL,"
	" stop_loss_e8 INTEGER,"
	" take_profit_e8 INTEGER,"
	" magic INTEGER NOT NULL DEFAULT 0,"
	" comment TEXT NOT NULL DEFAULT '',"
	" opened_us INTEGER NOT NULL,"
	" closed_us INTEGER,"
	" PRIMARY KEY(source, account, ticket)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE position_events("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" source TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL CHECK (kind IN ('open', 'changed', 'closed')),"
	" symbol TEXT NOT NULL,"
	" direction TEXT NOT NULL CHECK (direction IN ('BUY', 'SELL')),"
	" volume_e8 INTEGER NOT NULL," /* open now; of a closed one: what was open before */
	" price_open_e8 INTEGER NOT NULL,"
	" stop_loss_e8 INTEGER,"
	" take_profit_e8 INTEGER,"
	" magic INTEGER NOT NULL DEFAULT 0,"
	" comment TEXT NOT NULL DEFAULT ''," /* a token of ours: dtms_actions.token */
	" price_e8 INTEGER," /* these three of a closed one */
	" profit REAL,"
	" reason TEXT) STRICT;" /* 'sl', 'tp', or the venue's own word */
	"CREATE INDEX position_events_source ON position_events(source, seq);"
	"CREATE INDEX account_events_source ON account_events(source, seq);"
	"CREATE TABLE action_results(" /* what became of an action: analysisd takes it over */
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" source TEXT NOT NULL,"
	" action_id TEXT NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" status TEXT NOT NULL CHECK (status IN ('sent', 'done', 'failed')),"
	" retcode INTEGER,"
	" ticket INTEGER,"
	" price_e8 INTEGER,"
	" volume_e8 INTEGER,"
	" comment TEXT) STRICT;"
	"CREATE INDEX action_results_source ON action_results(source, seq);",
	/* 4: terminals: whose a source is, the broker's clock, and how far its ticks are stored. */
	"CREATE TABLE broker_accounts("
	" source TEXT PRIMARY KEY,"
	" account TEXT NOT NULL," /* its number there */
	" server TEXT NOT NULL,"
	" currency TEXT NOT NULL,"
	" name TEXT NOT NULL) STRICT, WITHOUT ROWID;" /* name: `account` of all other tables */
	"CREATE TABLE broker_offsets("
	" source TEXT NOT NULL,"
	" from_server_us INTEGER NOT NULL," /* broker's time; holds until the next row's */
	" offset_us INTEGER NOT NULL," /* broker's clock - UTC */
	" PRIMARY KEY(source, from_server_us)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE tick_watermarks("
	" symbol_id INTEGER PRIMARY KEY,"
	" server_ms INTEGER NOT NULL," /* broker's time: all before is stored ... */
	" count_in_ms INTEGER NOT NULL) STRICT;" /* ... and so many ticks of it */
	"ALTER TABLE symbol_terms ADD COLUMN freeze_level_e8 INTEGER;"
	"ALTER TABLE symbol_terms ADD COLUMN tick_value REAL;" /* of a lot, in the account's currency */
	"ALTER TABLE symbol_terms ADD COLUMN sessions TEXT"
	"  CHECK (sessions IS NULL OR json_valid(sessions));" /* [[day, from_minute, to_minute]] */
	"CREATE INDEX positions_open ON positions(source, account, ticket) WHERE closed_us IS NULL;"
	"CREATE INDEX positions_closed ON positions(source, closed_us) WHERE closed_us IS NOT NULL;"
	"CREATE INDEX position_events_age ON position_events(source, time_us);"
	"CREATE INDEX account_events_age ON account_events(source, time_us);"
	"CREATE INDEX action_results_age ON action_results(source, time_us);"
	"CREATE INDEX action_results_action ON action_results(action_id);",
	NULL,
};

static const char *const analysis_steps[] = {
	/* 1 */
	"CREATE TABLE analysis_results("
	" id INTEGER PRIMARY KEY,"
	" symbol TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" analysis_type TEXT NOT NULL,"
	" timeframe TEXT NOT NULL,"
	" time_us INTEGER NOT NULL," /* open time of the candle that it is computed from */
	" result TEXT NOT NULL CHECK (json_valid(result)),"
	" confidence REAL," /* 0..1, NULL where it cannot be said */
	" input_revision INTEGER NOT NULL," /* that candle's revision */
	" created_us INTEGER NOT NULL,"
	" UNIQUE(source, symbol, analysis_type, timeframe, time_us)) STRICT;"
	"CREATE INDEX analysis_results_time ON analysis_results(source, symbol, time_us);"
	"CREATE TABLE analysis_progress("
	" source TEXT NOT NULL,"
	" symbol TEXT NOT NULL,"
	" first_us INTEGER NOT NULL," /* open time of the oldest candle analysed */
	" next_us INTEGER NOT NULL," /* every candle before this is analysed, as it was */
	" changes_seq INTEGER NOT NULL," /* after this row of the ticks' `changes` */
	" history_us INTEGER," /* and with this symbols.history_until_us */
	" results INTEGER NOT NULL," /* rows in analysis_results, kept by the writer */
	" PRIMARY KEY(source, symbol)) STRICT, WITHOUT ROWID;"
	"CREATE VIEW analyses AS SELECT symbol, source, analysis_type, timeframe,"
	" " UTC("time_us") " AS timestamp_utc, confidence, input_revision, result, time_us"
	" FROM analysis_results;",
	/* 2: what the structure of the market did, each fact once; and the trades under watch. */
	"CREATE TABLE market_facts("
	" source TEXT NOT NULL,"
	" symbol TEXT NOT NULL,"
	" timeframe TEXT NOT NULL,"
	" time_us INTEGER NOT NULL," /* open time of the bar at whose close it was known */
	" kind TEXT NOT NULL CHECK (kind IN ('BOS', 'CHOCH', 'swing_high', 'swing_low')),"
	" direction TEXT NOT NULL CHECK (direction IN ('up', 'down'))," /* of a swing: high is up */
	" bar_us INTEGER NOT NULL," /* the bar it is about: of a swing, the extreme one */
	" level REAL NOT NULL," /* what was broken; of a swing, its price */
	" close REAL NOT NULL," /* of the bar at time_us */
	" PRIMARY KEY(source, symbol, timeframe, time_us, kind, direction)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE dtms_trades("
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" registered_us INTEGER NOT NULL," /* source's clock, as all times but created_us */
	" source TEXT NOT NULL," /* of the symbol's ticks */
	" symbol TEXT NOT NULL,"
	" direction TEXT NOT NULL CHECK (direction IN ('BUY', 'SELL')),"
	" origin TEXT NOT NULL CHECK (origin IN ('venue', 'enabled')),"
	" entry_price_e8 INTEGER NOT NULL,"
	" initial_volume_e8 INTEGER NOT NULL,"
	" current_volume_e8 INTEGER NOT NULL,"
	" closed_volume_e8 INTEGER NOT NULL," /* by partial closes */
	" stop_loss_e8 INTEGER,"
	" take_profit_e8 INTEGER,"
	" initial_stop_loss_e8 INTEGER,"
	" hedge_ticket INTEGER," /* NULL: none is open */
	" hedge_volume_e8 INTEGER,"
	" hedge_lost INTEGER NOT NULL," /* 1: it ended without us since the last transition */
	" state TEXT NOT NULL,"
	" state_since_us INTEGER NOT NULL,"
	" score REAL," /* of the last deep check; NULL before the first */
	" flat_deadline_us INTEGER,"
	" recovery_deadline_us INTEGER,"
	" vwap_cross_count INTEGER NOT NULL,"
	" vwap_flip INTEGER NOT NULL," /* 1 slope up, -1 down, 0 none: until it clears */
	" vwap_counted_us INTEGER," /* end of the newest M5 bar that was counted */
	" last_deep_time_us INTEGER,"
	" last_deep_price_e8 INTEGER,"
	" close_attempts INTEGER NOT NULL," /* close_all given in CLOSING */
	" closing_since_us INTEGER," /* the last of these */
	" stale INTEGER NOT NULL," /* 1: no decisions for want of new bars */
	" closed_us INTEGER,"
	" closed_reason TEXT,"
	" PRIMARY KEY(account, ticket, registered_us)) STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX dtms_trades_open ON dtms_trades(account, ticket) WHERE closed_us IS NULL;"
	"CREATE INDEX dtms_trades_closed ON dtms_trades(source, closed_us)"
	" WHERE closed_us IS NOT NULL;"
	"CREATE TABLE dtms_adopted(" /* positions that our own actions opened */
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" parent_ticket INTEGER NOT NULL,"
	" parent_registered_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL CHECK (kind IN ('hedge', 're_add')),"
	" volume_e8 INTEGER NOT NULL,"
	" opened_us INTEGER NOT NULL,"
	" closed_us INTEGER,"
	" PRIMARY KEY(account, ticket)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX dtms_adopted_parent"
	" ON dtms_adopted(account, parent_ticket, parent_registered_us);"
	"CREATE INDEX dtms_adopted_closed ON dtms_adopted(closed_us) WHERE closed_us IS NOT NULL;"
	"CREATE TABLE dtms_checks(" /* each deep check: the score signal by signal, and what came of it */
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" registered_us INTEGER NOT NULL,"
	" source TEXT NOT NULL,"
	" cause TEXT NOT NULL," /* what called for it */
	" state_from TEXT NOT NULL,"
	" state_to TEXT NOT NULL," /* the same where nothing changed */
	" reason TEXT NOT NULL," /* one sentence */
	" score REAL NOT NULL,"
	" market TEXT NOT NULL CHECK (json_valid(market)),"
	" PRIMARY KEY(account, ticket, time_us)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX dtms_checks_source ON dtms_checks(source, time_us);",
	/* 3: what should be done, what people told us, and how far all is decided. */
	"CREATE TABLE dtms_actions("
	" id INTEGER PRIMARY KEY,"
	" action_id TEXT NOT NULL UNIQUE,"
	" token TEXT NOT NULL UNIQUE," /* what an order of it carries as its comment */
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" registered_us INTEGER NOT NULL,"
	" source TEXT NOT NULL,"
	" symbol TEXT NOT NULL,"
	" action_type TEXT NOT NULL,"
	" parameters TEXT NOT NULL CHECK (json_valid(parameters)),"
	" reason TEXT NOT NULL,"
	" state_from TEXT NOT NULL,"
	" state_to TEXT NOT NULL,"
	" score_before REAL,"
	" score_after REAL,"
	" market TEXT NOT NULL CHECK (json_valid(market)),"
	" mode TEXT NOT NULL CHECK (mode IN ('advise', 'execute')),"
	" status TEXT NOT NULL"
	"  CHECK (status IN ('advised', 'pending', 'sent', 'done', 'failed', 'skipped')),"
	" error TEXT,"
	" time_us INTEGER NOT NULL,"
	" expires_us INTEGER NOT NULL,"
	" created_us INTEGER NOT NULL) STRICT;" /* our clock */
	"CREATE INDEX dtms_actions_trade ON dtms_actions(account, ticket, time_us);"
	"CREATE INDEX dtms_actions_time ON dtms_actions(time_us);"
	"CREATE INDEX dtms_actions_source ON dtms_actions(source, time_us);"
	"CREATE INDEX dtms_actions_open ON dtms_actions(status, expires_us)"
	" WHERE status IN ('pending', 'sent');"
	"CREATE TABLE dtms_events(" /* what people told us, so that a replay hears it too */
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" source TEXT NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL CHECK (kind IN ('enable', 'disable', 'off', 'on')),"
	" account TEXT,"
	" ticket INTEGER,"
	" trade TEXT CHECK (trade IS NULL OR json_valid(trade)),"
	" created_us INTEGER NOT NULL) STRICT;"
	"CREATE TABLE dtms_progress("
	" source TEXT PRIMARY KEY,"
	" next_us INTEGER NOT NULL," /* the first instant that is not decided yet */
	" events_seq INTEGER NOT NULL," /* up to these rows all is taken in */
	" positions_seq INTEGER NOT NULL,"
	" accounts_seq INTEGER NOT NULL,"
	" results_seq INTEGER NOT NULL,"
	" off INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE VIEW actions AS SELECT " UTC("time_us") " AS timestamp_utc, account, ticket, symbol,"
	" source, action_type, status, reason, error, state_from, state_to, score_before, score_after,"
	" parameters, mode, action_id, market, time_us FROM dtms_actions;"
	"CREATE VIEW trades AS SELECT account, ticket, symbol, source, direction, state,"
	" " UTC("state_since_us") " AS since_utc, score, entry_price_e8 / 1e8 AS entry_price,"
	" current_volume_e8 / 1e8 AS volume, stop_loss_e8 / 1e8 AS stop_loss,"
	" take_profit_e8 / 1e8 AS take_profit, stale, closed_reason, registered_us FROM dtms_trades;",
	/* 4: by which analyses it is analysed so far; 0: by an older program's. */
	"ALTER TABLE analysis_progress ADD COLUMN made_by INTEGER NOT NULL DEFAULT 0;",
	/* 5: two brokers may give the same number to an account, and to a position. */
	"CREATE TABLE checks_of_sources("
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL,"
	" source TEXT NOT NULL,"
	" registered_us INTEGER NOT NULL,"
	" cause TEXT NOT NULL,"
	" state_from TEXT NOT NULL,"
	" state_to TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" score REAL NOT NULL,"
	" market TEXT NOT NULL CHECK (json_valid(market)),"
	" PRIMARY KEY(account, ticket, time_us, source)) STRICT, WITHOUT ROWID;"
	"INSERT INTO checks_of_sources SELECT account, ticket, time_us, source, registered_us, cause,"
	" state_from, state_to, reason, score, market FROM dtms_checks;"
	"DROP TABLE dtms_checks;"
	"ALTER TABLE checks_of_sources RENAME TO dtms_checks;"
	"CREATE INDEX dtms_checks_source ON dtms_checks(source, time_us);"
	"CREATE TABLE adopted_of_sources("
	" account TEXT NOT NULL,"
	" ticket INTEGER NOT NULL,"
	" source TEXT NOT NULL," /* its parent's */
	" parent_ticket INTEGER NOT NULL,"
	" parent_registered_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL CHECK (kind IN ('hedge', 're_add')),"
	" volume_e8 INTEGER NOT NULL,"
	" opened_us INTEGER NOT NULL,"
	" closed_us INTEGER,"
	" PRIMARY KEY(account, ticket, source)) STRICT, WITHOUT ROWID;"
	"INSERT INTO adopted_of_sources SELECT a.account, a.ticket, t.source, parent_ticket,"
	" parent_registered_us, kind, volume_e8, opened_us, a.closed_us FROM dtms_adopted a"
	" JOIN dtms_trades t ON t.account = a.account AND t.ticket = parent_ticket"
	" AND t.registered_us = parent_registered_us;" /* a trade stays as long as these */
	"DROP TABLE dtms_adopted;"
	"ALTER TABLE adopted_of_sources RENAME TO dtms_adopted;"
	"CREATE INDEX dtms_adopted_parent"
	" ON dtms_adopted(account, parent_ticket, parent_registered_us);"
	"CREATE INDEX dtms_adopted_closed ON dtms_adopted(closed_us) WHERE closed_us IS NOT NULL;",
	NULL,
};

static const char *const logs_steps[] = {
	/* 1 */
	"CREATE TABLE api_logs("
	" id INTEGER PRIMARY KEY,"
	" time_us INTEGER NOT NULL,"
	" endpoint TEXT NOT NULL,"
	" method TEXT NOT NULL,"
	" status_code INTEGER NOT NULL,"
	" response_time_us INTEGER NOT NULL,"
	" client TEXT NOT NULL,"
	" details TEXT) STRICT;"
	"CREATE INDEX api_logs_time ON api_logs(time_us);"
	"CREATE TABLE system_health("
	" id INTEGER PRIMARY KEY,"
	" time_us INTEGER NOT NULL,"
	" component TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" details TEXT NOT NULL CHECK (json_valid(details))) STRICT;"
	"CREATE INDEX system_health_time ON system_health(component, time_us);"
	"CREATE VIEW api_calls AS SELECT " UTC("time_us") " AS timestamp_utc, method, endpoint,"
	" status_code, response_time_us / 1000.0 AS response_time_ms, client, details, time_us"
	" FROM api_logs;"
	"CREATE VIEW health AS SELECT " UTC("time_us") " AS timestamp_utc, component, status,"
	" details, time_us FROM system_health;",
	/* 2: rows are deleted by age, and counted as they come and go. */
	"CREATE INDEX system_health_age ON system_health(time_us);"
	"CREATE TABLE log_counts("
	" name TEXT PRIMARY KEY,"
	" rows INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO log_counts SELECT 'api_logs', count(*) FROM api_logs"
	" UNION ALL SELECT 'system_health', count(*) FROM system_health;",
	NULL,
};

static const char *const *const steps[DATABASE_COUNT] = {
	[DATABASE_TICKS] = ticks_steps,
	[DATABASE_ANALYSIS] = analysis_steps,
	[DATABASE_LOGS] = logs_steps,
};

int
schema_version(enum database_id id)
{
	int version = 0;

	while (steps[id][version] != NULL)
		version++;
	return version;
}

static int
read_version(struct database *db, int *ret_version)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, "PRAGMA user_version", &statement);

	if (error < 0)
		return error;
	error = database_step(db, statement);
	if (error == 1)
		*ret_version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return error == 1 ? 0 : error < 0 ? error : -EIO;
}

static int
read_checked(struct database *db, enum database_id id, int *ret_version, struct problem *problem)
{
	int error = read_version(db, ret_version);

	if (error < 0)
		return problem_set(problem, error, "%s: its version cannot be read: %s",
		    access_database_file(id), database_error(db));
	if (*ret_version > schema_version(id))
		return problem_set(problem, -EPROTO,
		    "%s has schema version %d, this program knows up to version %d: use the newer "
		    "program", access_database_file(id), *ret_version, schema_version(id));
	return 0;
}

/* One step and its new version number, both or neither. */
static int
take_step(struct database *db, const char *sql, int version)
{
	char pragma[64];
	int error = database_execute(db, "BEGIN IMMEDIATE");

	if (error < 0)
		return error;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d", version);
	error = database_execute(db, sql);
	if (error == 0)
		error = database_execute(db, pragma);
	if (error == 0)
		error = database_execute(db, "COMMIT");
	return error;
}

int
schema_migrate(struct database *db, enum database_id id, struct problem *problem)
{
	int version = 0;
	int error = read_checked(db, id, &version, problem);

	for (; error == 0 && steps[id][version] != NULL; version++) {
		error = take_step(db, steps[id][version], version + 1);
		if (error < 0)
			problem_set(problem, error, "%s cannot be brought to schema version %d: %s",
			    access_database_file(id), version + 1, database_error(db));
	}
	/* The error text is taken before this clears it. */
	if (error < 0 && !sqlite3_get_autocommit(database_handle(db)))
		(void)!database_execute(db, "ROLLBACK");
	return error;
}

int
schema_check(struct database *db, enum database_id id, struct problem *problem)
{
	int version = 0;
	int error = read_checked(db, id, &version, problem);

	if (error == 0 && version < schema_version(id))
		return problem_set(problem, -ENOENT,
		    "%s has schema version %d of %d: %s has still to bring it up",
		    access_database_file(id), version, schema_version(id),
		    access_role_name(access_owner(id)));
	return error;
}
