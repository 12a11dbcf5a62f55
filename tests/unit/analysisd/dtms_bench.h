/*
 * A store of DTMS on an analysis database of its own, with trades and actions to put into it.
 */
#ifndef TESTS_UNIT_ANALYSISD_DTMS_BENCH_H
#define TESTS_UNIT_ANALYSISD_DTMS_BENCH_H

#include "analysisd/dtms/dtms_store.h"
#include "analysisd/results.h"
#include "tests/unit/analysisd/same_trade.h"
#include "tests/unit/common/scratch.h"

#define BENCH_US INT64_C(1723161600000000) /* 2024-08-09 */
#define BENCH_CREATED_US INT64_C(77)

struct dtms_bench {
	void **folder;
	struct database *db;
	struct results *results; /* whose transactions these are */
	struct dtms_store *store;
};

static inline int64_t
bench_created(void)
{
	return BENCH_CREATED_US;
}

static inline void
bench_start(struct dtms_bench *bench)
{
	struct problem problem;

	if (database_open(&bench->db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
		*bench->folder, &problem) < 0)
		fail_msg("%s", problem.text);
	assert_int_equal(results_create(&bench->results, bench->db, NULL), 0);
	assert_int_equal(dtms_store_create(&bench->store, bench->db, bench_created), 0);
}

static inline void
bench_stop(struct dtms_bench *bench)
{
	dtms_store_free(bench->store);
	results_free(bench->results);
	database_close(bench->db);
}

static inline void
bench_open(struct dtms_bench *bench, void **folder)
{
	bench->folder = folder;
	bench_start(bench);
}

static inline void
bench_restart(struct dtms_bench *bench)
{
	bench_stop(bench);
	bench_start(bench);
}

__attribute__((format(printf, 2, 3))) static inline int64_t
bench_number(struct dtms_bench *bench, const char *format, ...)
{
	va_list arguments;
	sqlite3_stmt *row;
	int64_t value;
	char *sql;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (database_prepare(bench->db, sql, &row) < 0 || database_step(bench->db, row) != 1)
		fail_msg("%s: %s", sql, database_error(bench->db));
	value = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_free(sql);
	return value;
}

/* A BUY of account "a", source "sim", registered at BENCH_US. */
static inline struct dtms_trade
bench_trade(int64_t ticket)
{
	return (struct dtms_trade){
		.account = "a",
		.source = "sim",
		.symbol = "XAUUSD",
		.ticket = ticket,
		.registered_us = BENCH_US,
		.direction = TRADE_BUY,
		.entry_e8 = 240000000000,
		.initial_volume_e8 = 100000000,
		.current_volume_e8 = 100000000,
		.stop_loss_e8 = TICK_NONE,
		.take_profit_e8 = TICK_NONE,
		.initial_stop_loss_e8 = TICK_NONE,
		.hedge_ticket = TICK_NONE,
		.hedge_volume_e8 = TICK_NONE,
		.state_since_us = BENCH_US,
		.score = NAN,
		.flat_deadline_us = TICK_NONE,
		.recovery_deadline_us = TICK_NONE,
		.vwap_counted_us = TICK_NONE,
		.last_deep_us = TICK_NONE,
		.last_deep_price_e8 = TICK_NONE,
		.closing_since_us = TICK_NONE,
		.closed_us = TICK_NONE,
	};
}

static inline void
bench_write(struct dtms_bench *bench, const struct dtms_trade *trade)
{
	if (dtms_store_write_trade(bench->store, trade) < 0)
		fail_msg("%s", database_error(bench->db));
}

/* An action and what it points to. */
struct bench_action {
	struct dtms_trade trade;
	struct dtms_action_plan plan;
	struct dtms_action_row row;
};

/* A pending tighten_sl of the trade, of id "a/`number`". */
static inline void
bench_action_fill(struct bench_action *ret, const struct dtms_trade *trade, int number)
{
	ret->trade = *trade;
	ret->plan = (struct dtms_action_plan){.action = ACTION_TIGHTEN_SL};
	json_text_start(&ret->plan.parameters);
	json_text_number(&ret->plan.parameters, "stop_loss", 2399.5);
	json_text_close(&ret->plan.parameters);
	ret->row = (struct dtms_action_row){
		.trade = &ret->trade,
		.plan = &ret->plan,
		.reason = "score fell",
		.from = DTMS_HEALTHY,
		.to = DTMS_WARNING_L1,
		.score_before = NAN,
		.score_after = -2.25,
		.market = "{\"price\":2401.5}",
		.mode = MODE_EXECUTE,
		.status = "pending",
		.time_us = BENCH_US + number,
		.expires_us = BENCH_US + number + ACTION_EXPIRES_US,
	};
	snprintf(ret->row.action_id, sizeof(ret->row.action_id), "a/%d", number);
	snprintf(ret->row.token, sizeof(ret->row.token), "tdm%d", number);
}

/* Writes it as `status`.  Returns what writing does. */
static inline int
bench_add_action(struct dtms_bench *bench, const struct dtms_trade *trade, int number,
    const char *status)
{
	struct bench_action action;

	bench_action_fill(&action, trade, number);
	action.row.status = status;
	return dtms_store_write_action(bench->store, &action.row);
}

/* A deep check without a transition. */
static inline int
bench_add_check(struct dtms_bench *bench, const struct dtms_trade *trade, int64_t time_us)
{
	const struct dtms_decision decision = {
		.deep = true,
		.cause = "interval",
		.score.total = -1.5,
		.from = DTMS_WARNING_L1,
		.reason = "the score is not low enough",
	};

	return dtms_store_write_check(bench->store, trade, &decision, time_us, "{}");
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

#endif
