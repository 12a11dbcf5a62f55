#define _GNU_SOURCE
#include "analysisd/dtms/dtms_store.h"

#include "tests/unit/analysisd/dtms_bench.h"

#define COUNT(table) bench_number(&bench, "SELECT count(*) FROM " table)

static void
write_closed(struct dtms_bench *bench, int64_t ticket, const char *source, int64_t closed_us)
{
	struct dtms_trade trade = bench_trade(ticket);

	strcpy(trade.source, source);
	trade.state = DTMS_CLOSED;
	trade.closed_us = closed_us;
	bench_write(bench, &trade);
}

static void
write_hedge_of(struct dtms_bench *bench, const char *source, int64_t ticket, int64_t parent,
    int64_t closed_us)
{
	struct dtms_adopted hedge = {.account = "a", .ticket = ticket, .parent_ticket = parent,
		.parent_registered_us = BENCH_US, .hedge = true, .volume_e8 = 1,
		.opened_us = BENCH_US, .closed_us = closed_us};

	strcpy(hedge.source, source);
	assert_int_equal(dtms_store_write_adopted(bench->store, &hedge), 0);
}

static void
write_hedge(struct dtms_bench *bench, int64_t ticket, int64_t parent, int64_t closed_us)
{
	write_hedge_of(bench, "sim", ticket, parent, closed_us);
}

static int
delete_old(struct dtms_bench *bench, const char *source, int64_t before_us, int limit)
{
	return dtms_store_delete(bench->store, source, before_us, limit);
}

static void
what_is_older_goes_and_what_is_not_stays(void **state)
{
	const struct dtms_trade open = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_write(&bench, &open);
	write_closed(&bench, 2, "sim", BENCH_US + 9);
	write_closed(&bench, 3, "sim", BENCH_US + 10);
	for (int i = 8; i < 12; i++) {
		assert_int_equal(bench_add_action(&bench, &open, i, "done"), 1);
		assert_int_equal(bench_add_check(&bench, &open, BENCH_US + i), 0);
	}
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 10, 100), 5);
	assert_int_equal(COUNT("dtms_actions"), 2);
	assert_int_equal(COUNT("dtms_actions WHERE time_us < 1723161600000010"), 0);
	assert_int_equal(COUNT("dtms_checks"), 2);
	assert_int_equal(COUNT("dtms_checks WHERE time_us < 1723161600000010"), 0);
	assert_int_equal(COUNT("dtms_trades WHERE ticket = 1 OR ticket = 3"), 2);
	assert_int_equal(COUNT("dtms_trades"), 2);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 10, 100), 0);
	bench_stop(&bench);
}

static void
an_open_trade_is_never_old(void **state)
{
	const struct dtms_trade open = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_write(&bench, &open);
	write_hedge(&bench, 7, 1, BENCH_US + 1);
	assert_int_equal(delete_old(&bench, "sim", INT64_MAX, 100), 0);
	assert_int_equal(COUNT("dtms_trades"), 1);
	assert_int_equal(COUNT("dtms_adopted"), 1);
	bench_stop(&bench);
}

static void
another_source_keeps_its_rows(void **state)
{
	struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	strcpy(trade.source, "mt5");
	assert_int_equal(bench_add_action(&bench, &trade, 1, "done"), 1);
	assert_int_equal(bench_add_check(&bench, &trade, BENCH_US), 0);
	write_closed(&bench, 1, "mt5", BENCH_US);
	write_hedge_of(&bench, "mt5", 7, 1, BENCH_US);
	assert_int_equal(delete_old(&bench, "sim", INT64_MAX, 100), 0);
	assert_int_equal(delete_old(&bench, "mt5", INT64_MAX, 100), 4);
	bench_stop(&bench);
}

static void
the_oldest_go_first_and_no_more_than_the_limit(void **state)
{
	const struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	/* Written in another order than that of their times. */
	for (int i = 0; i < 10; i++) {
		int number = i * 7 % 10;

		assert_int_equal(bench_add_action(&bench, &trade, number, "done"), 1);
		assert_int_equal(bench_add_check(&bench, &trade, BENCH_US + number), 0);
		write_closed(&bench, 100 + number, "sim", BENCH_US + number);
	}
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 100, 3), 3);
	assert_int_equal(COUNT("dtms_actions WHERE time_us >= 1723161600000003"), 7);
	assert_int_equal(COUNT("dtms_actions"), 7);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 100, 9), 9);
	assert_int_equal(COUNT("dtms_actions"), 0);
	assert_int_equal(COUNT("dtms_checks WHERE time_us >= 1723161600000002"), 8);
	assert_int_equal(COUNT("dtms_checks"), 8);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 100, 12), 12);
	assert_int_equal(COUNT("dtms_trades WHERE closed_us >= 1723161600000004"), 6);
	assert_int_equal(COUNT("dtms_trades"), 6);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 100, 0), 0);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 100, 100), 6);
	bench_stop(&bench);
}

static void
a_trade_stays_as_long_as_a_position_adopted_for_it(void **state)
{
	struct dtms_adopted found;
	struct dtms_bench bench;

	bench_open(&bench, state);
	write_closed(&bench, 1, "sim", BENCH_US + 1);
	write_hedge(&bench, 7, 1, TICK_NONE);
	write_hedge(&bench, 8, 1, BENCH_US + 2);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 10, 100), 1);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 7, &found), 1);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 8, &found), 0);
	assert_int_equal(COUNT("dtms_trades"), 1);
	write_hedge(&bench, 7, 1, BENCH_US + 20);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 10, 100), 0);
	assert_int_equal(delete_old(&bench, "sim", BENCH_US + 21, 100), 2);
	assert_int_equal(COUNT("dtms_trades"), 0);
	assert_int_equal(COUNT("dtms_adopted"), 0);
	bench_stop(&bench);
}

/* ---- what it costs ---- */

static int
ignore_trade(void *context, const struct dtms_trade *trade)
{
	return 0;
}

static int
ignore_event(void *context, const struct dtms_event *event)
{
	return 0;
}

/* Each question once.  What they find is the same, however long the history is. */
static void
ask_all(struct dtms_bench *bench)
{
	struct dtms_event off = {.source = "sim", .kind = DTMS_OFF, .time_us = BENCH_US};
	const struct dtms_trade trade = bench_trade(1000001);
	int64_t ticket, registered_us;
	struct dtms_progress progress;
	struct dtms_adopted adopted;
	enum dtms_action action;

	bench_write(bench, &trade);
	assert_int_equal(bench_add_action(bench, &trade, 1000001, "pending"), 1);
	assert_int_equal(bench_add_action(bench, &trade, 1000002, "pending"), 1);
	assert_int_equal(bench_add_check(bench, &trade, BENCH_US), 0);
	assert_int_equal(dtms_store_add_event(bench->store, &off), 0);
	assert_int_equal(dtms_store_open_trades(bench->store, "sim", ignore_trade, NULL), 1);
	assert_int_equal(dtms_store_find_adopted(bench->store, "sim", "a", 9999999, &adopted), 0);
	assert_int_equal(dtms_store_find_token(bench->store, "sim", "tdm1000001", &ticket, &registered_us,
			     &action), 1);
	assert_int_equal(dtms_store_take_result(bench->store, "sim", "a/1000001", "done", NULL), 1);
	assert_int_equal(dtms_store_expire(bench->store, "sim", BENCH_US), 0);
	assert_int_equal(dtms_store_skip_pending(bench->store, "sim", NULL, "off"), 1);
	assert_int_equal(dtms_store_events(bench->store, "sim", off.seq - 1, INT64_MAX, ignore_event,
			     NULL), 1);
	assert_int_equal(dtms_store_read_progress(bench->store, "sim", &progress), 0);
	assert_int_equal(delete_old(bench, "sim", BENCH_US - 10, 100), 0);
	assert_int_equal(delete_old(bench, "sim", BENCH_US + 10, 8), 8);
}

static void
no_question_takes_longer_for_a_long_history(void **state)
{
	struct dtms_bench bench;
	sqlite3_stmt *row = NULL;

	bench_open(&bench, state);
	assert_int_equal(results_begin(bench.results), 0);
	for (int i = 0; i < 3000; i++) {
		const struct dtms_trade trade = bench_trade(i);

		write_closed(&bench, i, "sim", BENCH_US + i);
		write_hedge(&bench, 1000000 + i, i, BENCH_US + i);
		assert_int_equal(bench_add_action(&bench, &trade, i, "done"), 1);
		assert_int_equal(bench_add_check(&bench, &trade, BENCH_US + i), 0);
	}
	assert_int_equal(results_commit(bench.results), 0);
	bench_restart(&bench);
	ask_all(&bench);
	/* One step is an instruction of SQLite's machine: a walk over 3000 rows takes thousands. */
	while ((row = sqlite3_next_stmt(database_handle(bench.db), row)) != NULL) {
		int steps = sqlite3_stmt_status(row, SQLITE_STMTSTATUS_VM_STEP, 0);

		if (steps > 1500)
			fail_msg("%d steps: %s", steps, sqlite3_sql(row));
	}
	bench_stop(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(what_is_older_goes_and_what_is_not_stays),
		BENCH_TEST(an_open_trade_is_never_old),
		BENCH_TEST(another_source_keeps_its_rows),
		BENCH_TEST(the_oldest_go_first_and_no_more_than_the_limit),
		BENCH_TEST(a_trade_stays_as_long_as_a_position_adopted_for_it),
		BENCH_TEST(no_question_takes_longer_for_a_long_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
