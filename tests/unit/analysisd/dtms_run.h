/*
 * DTMS over a tick database and an analysis database of its own, without the daemon: a market that
 * goes as the test says, and a clock that the test moves.
 */
#ifndef TESTS_UNIT_ANALYSISD_DTMS_RUN_H
#define TESTS_UNIT_ANALYSISD_DTMS_RUN_H

#include "analysisd/dtms/check.h"
#include "analysisd/dtms/dtms.h"
#include "tests/unit/analysisd/tick_store.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define HOUR_US (3600 * CLOCK_SECOND_US)
#define START_US (DAY_US + 10 * HOUR_US) /* London: every multiplier of the session is 1 */
#define SEED_US (6 * CLOCK_DAY_US)	 /* of quiet bars before that */
#define PRICE_E8 INT64_C(10000000000000) /* 100 000 */

struct dtms_run {
	struct tick_store store;
	struct settings settings;
	struct market_reader *reader;
	struct database *analysis_db;
	struct market_table table;
	struct dtms *dtms;
	struct problem problem;
	int told, alerts; /* news */
	char last_told[256];
};

static inline int64_t
run_created(void)
{
	return 4711;
}

static inline void
on_news(void *context, const struct dtms_news *news)
{
	struct dtms_run *run = context;

	run->told++;
	run->alerts += news->alert;
	snprintf(run->last_told, sizeof(run->last_told), "%s:%s %s/%lld %s: %s", news->source,
	    news->symbol, news->account, (long long)news->ticket,
	    news->action == NULL ? "-" : news->action, news->reason);
}

/* ---- the run ---- */

static inline void
run_start(struct dtms_run *run)
{
	const struct sources_keep keep = {.live_source = "sim"};
	const struct dtms_tools tools = {
		.settings = &run->settings,
		.table = &run->table,
		.news = on_news,
		.news_context = run,
		.created = run_created,
	};
	struct dtms_tools filled = tools;

	assert_int_equal(market_reader_open(&run->reader, run->store.state_dir, &run->problem), 0);
	assert_int_equal(database_open(&run->analysis_db, ROLE_ANALYSISD, DATABASE_ANALYSIS,
			     ACCESS_WRITE, run->store.state_dir, &run->problem), 0);
	market_table_init(&run->table, &keep);
	filled.reader = run->reader;
	filled.analysis_db = run->analysis_db;
	assert_int_equal(dtms_create(&run->dtms, &filled, &run->problem), 0);
}

static inline void
run_stop(struct dtms_run *run)
{
	dtms_free(run->dtms);
	market_table_finish(&run->table);
	database_close(run->analysis_db);
	market_reader_close(run->reader);
}

static inline void
run_restart(struct dtms_run *run)
{
	run_stop(run);
	run_start(run);
}

static inline struct dtms_run *
run_open(const char *const *overrides, size_t count)
{
	struct dtms_run *run = calloc(1, sizeof(*run));
	struct settings_faults faults;

	assert_non_null(run);
	assert_int_equal(settings_load(&run->settings, "/dev/null", overrides, count, &faults), 0);
	settings_faults_free(&faults);
	tick_store_open(&run->store);
	run_start(run);
	return run;
}

static inline void
run_close(struct dtms_run *run)
{
	run_stop(run);
	tick_store_close(&run->store);
	settings_free(&run->settings);
	free(run);
}

static inline void
on_run_symbol(void *context, const struct market_symbol *symbol)
{
	struct dtms_run *run = context;
	struct market *market = market_table_find(&run->table, symbol->symbol_id);

	if (market == NULL)
		assert_int_equal(market_table_add(&run->table, symbol->source,
				     symbol_walk_create(symbol, NULL), &market), 0);
	market->first_candle_us = symbol->first_candle_us;
	market->history_until_us = symbol->history_until_us;
	sources_tell(&run->table.sources, market->source, symbol->newest_us);
}

/* Looks at symbols and clocks, and decides what is due.  Returns 0 or -errno. */
static inline int
run_turns(struct dtms_run *run, int64_t budget_us)
{
	bool wrote;
	int result;

	assert_int_equal(market_reader_symbols(run->reader, on_run_symbol, run), 0);
	do
		result = dtms_turn(run->dtms, clock_monotonic_us() + budget_us, &wrote,
		    &run->problem);
	while (result == 1);
	return result;
}

static inline void
run_drain(struct dtms_run *run)
{
	if (run_turns(run, 60 * CLOCK_SECOND_US) < 0)
		fail_msg("%s", run->problem.text);
}

/* All symbols have ticks up to then. */
static inline void
run_to(struct dtms_run *run, int64_t clock_us)
{
	tick_store_execute(&run->store, "UPDATE symbols SET newest_us = %lld",
	    (long long)clock_us);
	run_drain(run);
}

static inline struct dtms_figures
run_figures(struct dtms_run *run)
{
	struct dtms_figures figures;

	dtms_figures(run->dtms, &figures);
	return figures;
}

/* ---- questions ---- */

/* The caller's reference. */
static inline json_t *
run_ask(struct dtms_run *run, const char *question)
{
	json_t *request = json_loads(question, 0, NULL), *answer;

	assert_non_null(request);
	answer = dtms_answer(run->dtms, request);
	assert_non_null(answer);
	json_decref(request);
	return answer;
}

static inline void
run_ask_well(struct dtms_run *run, const char *question)
{
	json_t *answer = run_ask(run, question);
	const char *message = json_string_value(json_object_get(json_object_get(answer, "error"),
	    "message"));

	if (message != NULL)
		fail_msg("%s: %s", question, message);
	json_decref(answer);
}

/* ---- answers of the analysis database ---- */

/* The first column of all rows, joined by spaces; the caller's; "" without a row. */
static inline char *
run_query(struct dtms_run *run, const char *sql)
{
	char *text = strdup(""), *longer;
	sqlite3_stmt *row;

	if (database_prepare(run->analysis_db, sql, &row) < 0)
		fail_msg("%s: %s", sql, database_error(run->analysis_db));
	while (database_step(run->analysis_db, row) == 1) {
		const char *value = (const char *)sqlite3_column_text(row, 0);

		assert_true(asprintf(&longer, "%s%s%s", text, text[0] == '\0' ? "" : " ",
				value == NULL ? "NULL" : value) >= 0);
		free(text);
		text = longer;
	}
	sqlite3_finalize(row);
	return text;
}

static inline void
assert_query(struct dtms_run *run, const char *sql, const char *expected)
{
	char *text = run_query(run, sql);

	assert_string_equal(text, expected);
	free(text);
}

static inline int64_t
run_number(struct dtms_run *run, const char *sql)
{
	char *text = run_query(run, sql);
	int64_t number = atoll(text);

	free(text);
	return number;
}

/* Everything that must be the same when run again; the caller's. */
static inline char *
run_everything(struct dtms_run *run)
{
	return run_query(run,
	    "SELECT line || char(10) FROM (SELECT json_array('trade', account, ticket, registered_us,"
	    " source, symbol, direction, origin, entry_price_e8, initial_volume_e8,"
	    " current_volume_e8, closed_volume_e8, stop_loss_e8, take_profit_e8,"
	    " initial_stop_loss_e8, hedge_ticket, hedge_volume_e8, hedge_lost, state,"
	    " state_since_us, score, flat_deadline_us, recovery_deadline_us, vwap_cross_count,"
	    " vwap_flip, vwap_counted_us, last_deep_time_us, last_deep_price_e8, close_attempts,"
	    " closing_since_us, stale, closed_us, closed_reason) AS line FROM dtms_trades"
	    " UNION ALL SELECT json_array('action', action_id, token, registered_us, source, symbol,"
	    " action_type, parameters, reason, state_from, state_to, score_before, score_after,"
	    " market, mode, status, error, time_us, expires_us) FROM dtms_actions"
	    " UNION ALL SELECT json_array('check', account, ticket, time_us, cause, state_from,"
	    " state_to, reason, score, market) FROM dtms_checks"
	    " UNION ALL SELECT json_array('adopted', account, ticket, parent_ticket, kind,"
	    " volume_e8, opened_us, closed_us, source) FROM dtms_adopted) ORDER BY 1");
}

/* ---- the market ---- */

/* What a symbol costs at a time, in 1e-8. */
typedef int64_t price_path(int64_t time_us);

/* Nothing happens: one unit up, one unit down, bar by bar. */
static inline int64_t
quiet(int64_t time_us)
{
	return PRICE_E8 + (time_us / CANDLE_M5_US % 2) * 100000000;
}

/* From START_US on 0.1 % down each quarter of an hour: BOS down, and never CHOCH. */
static inline int64_t
falling(int64_t time_us)
{
	int64_t steps = time_us < START_US ? 0 : (time_us - START_US) / (15 * MINUTE_US) + 1;

	return quiet(time_us) - steps * (PRICE_E8 / 1000);
}

/* It falls for an hour and a quarter, and rises from there on, 0.4 % each quarter of an hour. */
static inline int64_t
recovering(int64_t time_us)
{
	int64_t turn_us = START_US + 75 * MINUTE_US;

	if (time_us < turn_us)
		return falling(time_us);
	return falling(turn_us) + ((time_us - turn_us) / (15 * MINUTE_US) + 1) * (PRICE_E8 / 250);
}

/* At START_US + 10 min it breaks down by one per cent. */
static inline int64_t
breaking(int64_t time_us)
{
	return quiet(time_us) - (time_us < START_US + 10 * MINUTE_US ? 0 : PRICE_E8 / 100);
}

/* The M5 candles and, each ten seconds, the trades with their quotes of a symbol. */
static inline void
run_market(struct dtms_run *run, int symbol_id, price_path *path, int64_t from_us, int64_t until_us)
{
	tick_store_execute(&run->store, "BEGIN IMMEDIATE");
	for (int64_t at_us = from_us; at_us < until_us; at_us += CANDLE_M5_US) {
		int64_t open = path(at_us), close = path(at_us + CANDLE_M5_US - 1);
		int64_t high = open > close ? open : close, low = open < close ? open : close;

		tick_store_execute(&run->store,
		    "INSERT INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8, close_e8,"
		    " volume, quote_volume, taker_buy_volume, trades, origin, complete)"
		    " VALUES(%d, %lld, %lld, %lld, %lld, %lld, 10, 0, 5, 10, 'ticks', 1)", symbol_id,
		    (long long)at_us, (long long)open, (long long)(high + 500000000),
		    (long long)(low - 500000000), (long long)close);
	}
	tick_store_execute(&run->store, "COMMIT");
}

static inline void
run_ticks(struct dtms_run *run, int symbol_id, price_path *path, int64_t from_us, int64_t until_us)
{
	tick_store_execute(&run->store, "BEGIN IMMEDIATE");
	for (int64_t at_us = from_us; at_us < until_us; at_us += 10 * CLOCK_SECOND_US)
		tick_store_execute(&run->store,
		    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8,"
		    " ask_e8, flags) VALUES(%d, %lld, %lld, %lld, 100000000, %lld, %lld, %d)", symbol_id,
		    (long long)at_us, (long long)(at_us / 1000), (long long)path(at_us),
		    (long long)path(at_us), (long long)(path(at_us) + 100000000),
		    at_us / 10000000 % 2 == 0 ? 5 : 1);
	tick_store_execute(&run->store, "COMMIT");
}

/* A symbol of `source`: quiet for days, and as the path says from START_US on. */
static inline void
run_symbol(struct dtms_run *run, int symbol_id, const char *source, const char *symbol,
    price_path *path, int64_t until_us)
{
	tick_store_symbol(&run->store, symbol_id, source, symbol);
	run_market(run, symbol_id, path, START_US - SEED_US, until_us);
	run_ticks(run, symbol_id, path, START_US - HOUR_US, until_us);
}

/* ---- the venue ---- */

/* What it says of a position of account "7"; prices and volumes in 1e-8, 0 for none. */
static inline void
run_position(struct dtms_run *run, const char *source, int64_t time_us, const char *kind,
    int64_t ticket, const char *symbol, const char *direction, int64_t volume_e8,
    int64_t stop_loss_e8, const char *comment)
{
	tick_store_execute(&run->store,
	    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
	    " volume_e8, price_open_e8, stop_loss_e8, comment, profit, reason) VALUES('%s', '7', %lld,"
	    " %lld, '%s', '%s', '%s', %lld, %lld, nullif(%lld, 0), '%s', %s, %s)", source,
	    (long long)ticket, (long long)time_us, kind, symbol, direction, (long long)volume_e8,
	    (long long)PRICE_E8, (long long)stop_loss_e8, comment,
	    strcmp(kind, "closed") == 0 ? "-10.0" : "NULL",
	    strcmp(kind, "closed") == 0 ? "'sl'" : "NULL");
}

#endif
