/*
 * DTMS with more sources than one: whose trade it is, and what holds for all of them.
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
#define OFF "{\"command\": \"dtms-off\"}"
#define ENABLE_9                                                                                   \
	"{\"command\": \"dtms-enable\", \"account\": \"7\", \"ticket\": 9, \"symbol\": \"sim:ONE\","  \
	" \"direction\": \"BUY\", \"entry_price\": \"100000\", \"volume\": \"1\"}"
#define OPEN_TRADES "SELECT source || ticket || state FROM dtms_trades ORDER BY source"

static int
set_up(void **state)
{
	*state = run_open(NULL, 0);
	return 0;
}

static int
tear_down(void **state)
{
	run_close(*state);
	return 0;
}

/* ---- off ---- */

/* Its symbols are stored before its first tick, as a terminal's are over a week-end. */
static void
a_source_whose_clock_comes_later_is_off_as_well(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	run_symbol(run, 2, "mt5", "TWO", falling, START_US + HOUR_US);
	tick_store_clock(&run->store, 1, START_US);
	run_drain(run);
	run_ask_well(run, OFF);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 40 * MINUTE_US);
	assert_query(run, OPEN_TRADES, "mt59HEALTHY");
	assert_query(run, "SELECT off FROM dtms_progress WHERE source = 'mt5'", "1");
	assert_query(run, "SELECT count(*) FROM dtms_checks", "0");
}

/* It was decided already when its clock was lost: the ticks are those of another database. */
static void
a_source_whose_clock_was_lost_is_off_as_well(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "TWO", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	tick_store_execute(&run->store, "UPDATE symbols SET newest_us = NULL");
	run_restart(run);
	run_drain(run);
	run_ask_well(run, OFF);
	assert_true(run_figures(run).off);
	run_restart(run);
	run_to(run, START_US + 40 * MINUTE_US);
	assert_query(run, "SELECT off FROM dtms_progress WHERE source = 'mt5'", "1");
}

/* ---- one watch for one ticket ---- */

static void
a_ticket_that_another_source_watches_stops_nothing(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	run_symbol(run, 2, "mt5", "TWO", quiet, START_US + HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_9);
	run_to(run, START_US + 3 * MINUTE_US);
	run_position(run, "mt5", START_US + 4 * MINUTE_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US + 4 * MINUTE_US, "open", 10, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 6 * MINUTE_US);
	assert_query(run, OPEN_TRADES, "mt510HEALTHY sim9HEALTHY");
	/* People have to know: it is their position that nobody watches there. */
	assert_int_equal(run->alerts, 1);
	/* What it does there is not of the one that is watched. */
	run_position(run, "mt5", START_US + 7 * MINUTE_US, "closed", 9, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 9 * MINUTE_US);
	assert_query(run, OPEN_TRADES, "mt510HEALTHY sim9HEALTHY");
	assert_int_equal(run->alerts, 1);
}

/* A hedge of ticket 9 of mt5, which was registered at START_US; its token ends with aa. */
static void
add_hedge(struct dtms_run *run)
{
	assert_int_equal(database_execute(run->analysis_db,
			     "INSERT INTO dtms_actions(action_id, token, account, ticket, registered_us,"
			     " source, symbol, action_type, parameters, reason, state_from, state_to,"
			     " market, mode, status, time_us, expires_us, created_us) VALUES('a',"
			     " 'tdm00000000000000aa', '7', 9, 1723197600000000, 'mt5', 'ONE',"
			     " 'open_hedge', '{}', '', 'WARNING_L2', 'HEDGED', '{}', 'execute',"
			     " 'sent', 1, 2, 3)"), 0);
}

#define HEDGES "SELECT group_concat(ticket || ':' || coalesce(hedge_ticket, '-'), ' ') FROM"        \
	       " (SELECT * FROM dtms_trades ORDER BY source, ticket)"

/* Both have an account 7, and positions 80: that of the one is a hedge of ours. */
static void
two_brokers_with_the_same_numbers_do_not_disturb_each_other(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = START_US + 6 * MINUTE_US;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + 2 * HOUR_US);
	run_symbol(run, 2, "demo", "TWO", quiet, START_US + 2 * HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	add_hedge(run);
	run_position(run, "mt5", at_us, "open", 80, "ONE", "SELL", LOT, 0, "tdm00000000000000aa");
	run_to(run, at_us + MINUTE_US);
	assert_query(run, HEDGES, "9:80");
	run_position(run, "demo", at_us + 2 * MINUTE_US, "open", 80, "TWO", "BUY", LOT, 0, "");
	run_to(run, at_us + 3 * MINUTE_US);
	assert_query(run, HEDGES, "80:- 9:80");
	run_position(run, "demo", at_us + 4 * MINUTE_US, "closed", 80, "TWO", "BUY", LOT, 0, "");
	run_to(run, at_us + 5 * MINUTE_US);
	assert_query(run, HEDGES, "80:- 9:80");
	assert_query(run, "SELECT closed_us IS NULL FROM dtms_adopted", "1");
	assert_query(run, OPEN_TRADES, "demo80CLOSED mt59HEALTHY");
	assert_int_equal(run->alerts, 0);
	/* Who copies trades to another broker may copy our token too: it is none of ours there. */
	run_position(run, "demo", at_us + 6 * MINUTE_US, "open", 81, "TWO", "SELL", LOT, 0,
	    "tdm00000000000000aa");
	run_to(run, at_us + 7 * MINUTE_US);
	assert_query(run, "SELECT count(*) FROM dtms_adopted", "1");
	assert_int_equal(run->alerts, 1);
}

/* ---- reading what is stored ---- */

static void
a_source_that_could_not_be_read_for_a_question_is_read_anew(void **state)
{
	struct dtms_run *run = *state;
	json_t *answer;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US, "open", 10, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	run_restart(run);
	assert_int_equal(database_execute(run->analysis_db,
			     "UPDATE dtms_trades SET state = 'NONE' WHERE ticket = 10"), 0);
	assert_int_equal(market_reader_symbols(run->reader, on_run_symbol, run), 0);
	answer = run_ask(run, "{\"command\": \"dtms-status\"}");
	assert_non_null(json_object_get(answer, "error"));
	json_decref(answer);
	assert_int_equal(database_execute(run->analysis_db,
			     "UPDATE dtms_trades SET state = 'HEALTHY' WHERE ticket = 10"), 0);
	run_drain(run);
	assert_int_equal(run_figures(run).trades, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_whose_clock_comes_later_is_off_as_well),
		TEST(a_source_whose_clock_was_lost_is_off_as_well),
		TEST(a_ticket_that_another_source_watches_stops_nothing),
		TEST(two_brokers_with_the_same_numbers_do_not_disturb_each_other),
		TEST(a_source_that_could_not_be_read_for_a_question_is_read_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
