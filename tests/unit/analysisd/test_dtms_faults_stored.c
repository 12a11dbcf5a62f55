/*
 * The faults of the predecessor (dtms.md, last section) that only the whole engine can have, for it
 * is the wiring that lacked; those of the pure half are in test_dtms_faults.c.
 */
#define _GNU_SOURCE
#include "analysisd/dtms/dtms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/dtms_run.h"

#define LOT INT64_C(100000000)
#define STATE "SELECT state FROM dtms_trades"
#define SIGNAL(name) "json_extract(market, '$.signals." name "')"

static int
set_up(void **state)
{
	static const char *const overrides[] = {"dtms.mode=execute"};

	*state = run_open(overrides, 1);
	return 0;
}

static int
tear_down(void **state)
{
	run_close(*state);
	return 0;
}

/* ---- order flow never wired in ---- */

/* In the half minute before 15 minutes past the hour everybody sells. */
static void
stored_trades_of_aggressive_sellers_reach_the_score(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	tick_store_execute(&run->store, "UPDATE unified_ticks SET flags = 5, volume_e8 = 900000000"
	    " WHERE time_us BETWEEN %lld AND %lld",
	    (long long)(START_US + 15 * MINUTE_US - DTMS_GRID_US),
	    (long long)(START_US + 15 * MINUTE_US - 1));
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US + MINUTE_US, "open", 10, "ONE", "SELL", LOT, 0, "");
	tick_store_execute(&run->store, "UPDATE position_events SET time_us = %lld",
	    (long long)(START_US + 15 * MINUTE_US));
	run_to(run, START_US + 16 * MINUTE_US);
	assert_query(run, "SELECT group_concat(ticket || ' ' || " SIGNAL("delta_pressure.raw")
			  " || ' ' || " SIGNAL("vwap_volume.raw") " || ' ' ||"
			  " json_extract(market, '$.flow.buy_share')) FROM dtms_checks",
	    "9 -1 -1 0,10 1 1 0");
}

/* ---- two engines for one trade ---- */

static void
a_trade_that_people_enabled_and_the_venue_reports_is_one(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, "{\"command\": \"dtms-enable\", \"account\": \"7\", \"ticket\": 9,"
			  " \"symbol\": \"mt5:ONE\", \"direction\": \"BUY\","
			  " \"entry_price\": \"100000\", \"volume\": \"1\"}");
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, START_US + 3 * MINUTE_US);
	assert_query(run, "SELECT group_concat(ticket || origin || (current_volume_e8 / 100000000))"
			  " FROM dtms_trades", "9venue2");
	/* And it ends once, as the venue says. */
	run_position(run, "mt5", START_US + 4 * MINUTE_US, "closed", 9, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 6 * MINUTE_US);
	assert_query(run, STATE, "CLOSED");
}

/* ---- an action logged as done that failed ---- */

static void
an_action_is_done_only_when_the_venue_says_so(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = START_US + MINUTE_US;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 5 * HOUR_US);
	run_position(run, "mt5", at_us, "open", 9, "ONE", "BUY", 2 * LOT, PRICE_E8 / 2, "");
	while (run_number(run, "SELECT count(*) FROM dtms_actions") == 0) {
		assert_true(at_us < START_US + 5 * HOUR_US);
		run_to(run, at_us += DTMS_GRID_US);
	}
	assert_query(run, "SELECT status FROM dtms_actions", "pending");
	tick_store_execute(&run->store, "INSERT INTO action_results(source, action_id, time_us, status,"
	    " comment) VALUES('mt5', 'none of ours', %lld, 'done', '')", (long long)at_us);
	run_to(run, at_us + DTMS_GRID_US);
	assert_query(run, "SELECT status FROM dtms_actions", "pending");
	run_restart(run);
	run_to(run, at_us + 10 * MINUTE_US);
	assert_query(run, "SELECT status || ' ' || error FROM dtms_actions", "skipped expired");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stored_trades_of_aggressive_sellers_reach_the_score),
		TEST(a_trade_that_people_enabled_and_the_venue_reports_is_one),
		TEST(an_action_is_done_only_when_the_venue_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
