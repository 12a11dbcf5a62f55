#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/control.h"
#include "tests/unit/analysisd/dtms_run.h"

#define ENABLE(ticket, symbol, rest)                                                               \
	"{\"command\": \"dtms-enable\", \"ticket\": " ticket ", \"symbol\": \"" symbol "\","           \
	" \"direction\": \"BUY\", \"entry_price\": \"99000\", \"volume\": \"1\"" rest "}"
#define DISABLE(ticket) "{\"command\": \"dtms-disable\", \"ticket\": " ticket "}"

static int
set_up(void **state)
{
	struct dtms_run *run = run_open(NULL, 0);

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	run_symbol(run, 2, "sim", "BOTH", quiet, START_US + HOUR_US);
	run_symbol(run, 3, "mt5", "BOTH", quiet, START_US + HOUR_US);
	tick_store_symbol(&run->store, 4, "sim", "EMPTY");
	run_to(run, START_US + MINUTE_US);
	*state = run;
	return 0;
}

static int
tear_down(void **state)
{
	run_close(*state);
	return 0;
}

/* A row count of all tables that questions may write. */
#define STORED "SELECT (SELECT count(*) FROM dtms_events) + (SELECT count(*) FROM dtms_trades)"

/* It is answered by an error of that code whose sentence has `words` in it; nothing is stored. */
static void
assert_refused(struct dtms_run *run, const char *question, const char *code, const char *words)
{
	int64_t before = run_number(run, STORED);
	json_t *answer = run_ask(run, question);
	const char *message = control_error_message(answer);

	if (message == NULL)
		fail_msg("%s: was accepted", question);
	assert_string_equal(json_string_value(json_object_get(json_object_get(answer, "error"),
				"code")), code);
	if (strstr(message, words) == NULL)
		fail_msg("%s: %s", question, message);
	json_decref(answer);
	assert_int_equal(run_number(run, STORED), before);
}

/* ---- enabling ---- */

static void
an_enabled_trade_is_answered_as_it_is_registered(void **state)
{
	struct dtms_run *run = *state;
	json_t *answer = run_ask(run, ENABLE("5", "ONE", ", \"stop_loss\": \"90000.5\""));

	assert_string_equal(json_string_value(json_object_get(answer, "source")), "sim");
	assert_string_equal(json_string_value(json_object_get(answer, "symbol")), "ONE");
	assert_string_equal(json_string_value(json_object_get(answer, "account")), "manual");
	assert_string_equal(json_string_value(json_object_get(answer, "state")), "HEALTHY");
	assert_string_equal(json_string_value(json_object_get(answer, "stop_loss")), "90000.5");
	assert_query(run, "SELECT kind || ticket || source || time_us FROM dtms_events",
	    "enable5sim1723197660000000");
	assert_query(run, "SELECT count(*) FROM dtms_trades", "0");
	run_to(run, START_US + 2 * MINUTE_US);
	assert_int_equal(json_integer_value(json_object_get(answer, "registered_us")),
	    run_number(run, "SELECT registered_us FROM dtms_trades"));
	json_decref(answer);
}

static void
a_symbol_is_named_alone_or_with_its_source(void **state)
{
	struct dtms_run *run = *state;

	run_ask_well(run, ENABLE("5", "mt5:BOTH", ""));
	run_to(run, START_US + 2 * MINUTE_US);
	assert_query(run, "SELECT source || symbol FROM dtms_trades", "mt5BOTH");
}

static void
a_symbol_that_cannot_be_watched_is_refused(void **state)
{
	struct dtms_run *run = *state;

	assert_refused(run, ENABLE("5", "GONE", ""), "unknown-symbol", "there is no symbol GONE");
	assert_refused(run, ENABLE("5", "mt5:ONE", ""), "unknown-symbol", "mt5:ONE");
	assert_refused(run, ENABLE("5", "EMPTY", ""), "no-ticks", "sim:EMPTY has no ticks");
	assert_refused(run, ENABLE("5", "BOTH", ""), "ambiguous-symbol", "sim:BOTH, mt5:BOTH");
}

static void
a_trade_that_cannot_be_is_refused(void **state)
{
	struct dtms_run *run = *state;

	assert_refused(run, ENABLE("0", "ONE", ""), "bad-request", "ticket");
	assert_refused(run, ENABLE("5", "ONE", ", \"stop_loss\": \"99500\""), "bad-request",
	    "stop loss");
	assert_refused(run, ENABLE("5", "ONE", ", \"take_profit\": \"99999\""), "bad-request",
	    "take profit");
	assert_refused(run, ENABLE("5", "ONE", ", \"lots\": 1"), "bad-request", "lots");
	/* The stop was moved beyond the price that there is now: 100 000 or 100 001. */
	assert_refused(run, ENABLE("5", "ONE", ", \"stop_loss\": \"100002\","
					       " \"initial_stop_loss\": \"90000\""),
	    "bad-request", "stop loss");
}

static void
a_ticket_is_watched_once(void **state)
{
	struct dtms_run *run = *state;

	run_ask_well(run, ENABLE("5", "ONE", ""));
	assert_refused(run, ENABLE("5", "ONE", ""), "waiting", "ticket 5 of account manual");
	assert_refused(run, ENABLE("5", "mt5:BOTH", ""), "waiting", "ticket 5");
	assert_refused(run, DISABLE("5"), "waiting", "ticket 5");
	run_to(run, START_US + 2 * MINUTE_US);
	assert_refused(run, ENABLE("5", "ONE", ""), "already-watched", "sim:ONE");
	assert_refused(run, ENABLE("5", "mt5:BOTH", ""), "already-watched", "sim:ONE");
	/* Of another account it is another one. */
	run_ask_well(run, ENABLE("5", "ONE", ", \"account\": \"other\""));
}

static void
a_feed_that_stands_still_keeps_events_apart(void **state)
{
	struct dtms_run *run = *state;

	run_ask_well(run, ENABLE("5", "ONE", ""));
	run_ask_well(run, ENABLE("6", "ONE", ""));
	run_ask_well(run, ENABLE("7", "mt5:BOTH", ""));
	assert_query(run, "SELECT time_us - 1723197660000000 FROM dtms_events ORDER BY seq", "0 1 0");
}

static void
an_event_is_never_in_a_past_that_is_decided(void **state)
{
	struct dtms_run *run = *state;

	/* Long after the last instant, and before the next one: it is taken in with that. */
	run_to(run, START_US + 10 * MINUTE_US + 29 * CLOCK_SECOND_US);
	run_ask_well(run, ENABLE("5", "ONE", ""));
	assert_query(run, "SELECT time_us FROM dtms_events", "1723198229000000");
	run_to(run, START_US + 10 * MINUTE_US + 31 * CLOCK_SECOND_US);
	assert_query(run, "SELECT count(*) FROM dtms_trades", "1");
}

static void
more_trades_than_can_be_watched_are_refused(void **state)
{
	struct dtms_run *run = *state;

	assert_int_equal(database_execute(run->analysis_db,
			     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000)"
			     "INSERT INTO dtms_events(source, time_us, kind, account, ticket, trade,"
			     " created_us) SELECT 'mt5', 1723197600000000, 'enable', 'manual', i,"
			     " json_object('ticket', i, 'source', 'mt5', 'symbol', 'BOTH', 'direction',"
			     " 'BUY', 'entry_price', '1', 'volume', '1'), 0 FROM n"), 0);
	assert_refused(run, ENABLE("20000", "ONE", ""), "too-many", "10000");
	run_to(run, START_US + 2 * MINUTE_US);
	assert_int_equal(run_figures(run).trades, 10000);
	assert_refused(run, ENABLE("20000", "ONE", ""), "too-many", "10000");
}

/* ---- the other questions ---- */

static void
what_is_not_watched_cannot_be_disabled(void **state)
{
	struct dtms_run *run = *state;

	assert_refused(run, DISABLE("5"), "unknown-trade", "no ticket 5 of account manual");
	assert_refused(run, "{\"command\": \"dtms-disable\"}", "bad-request", "ticket");
	run_ask_well(run, ENABLE("5", "ONE", ""));
	run_to(run, START_US + 2 * MINUTE_US);
	assert_refused(run, "{\"command\": \"dtms-disable\", \"ticket\": 5, \"account\": \"x\"}",
	    "unknown-trade", "account x");
	run_ask_well(run, DISABLE("5"));
	assert_query(run, "SELECT kind FROM dtms_events ORDER BY seq", "enable disable");
}

static void
a_question_that_is_none_stores_nothing(void **state)
{
	struct dtms_run *run = *state;

	assert_refused(run, "{}", "unknown-command", "dtms-enable");
	assert_refused(run, "{\"command\": 7}", "unknown-command", "dtms-enable");
	assert_refused(run, "{\"command\": \"dtms-sell-all\"}", "unknown-command", "dtms-status");
	assert_refused(run, "{\"command\": \"dtms-off\", \"source\": \"sim\"}", "bad-request",
	    "no members");
	assert_refused(run, "{\"command\": \"dtms-status\", \"x\": 1}", "bad-request", "no members");
}

static void
the_status_shows_all_trades_and_the_switch(void **state)
{
	struct dtms_run *run = *state;
	json_t *answer, *trades;

	run_ask_well(run, ENABLE("5", "ONE", ""));
	run_ask_well(run, ENABLE("6", "mt5:BOTH", ""));
	run_to(run, START_US + 2 * MINUTE_US + CLOCK_SECOND_US);
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	answer = run_ask(run, "{\"command\": \"dtms-status\"}");
	trades = json_object_get(answer, "trades");
	assert_int_equal(json_array_size(trades), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(trades, 0), "ticket")), 5);
	assert_true(json_is_true(json_object_get(answer, "off")));
	assert_int_equal(json_integer_value(json_object_get(answer, "last_instant")),
	    START_US + 2 * MINUTE_US);
	json_decref(answer);
	run_ask_well(run, "{\"command\": \"dtms-on\"}");
	answer = run_ask(run, "{\"command\": \"dtms-status\"}");
	run_to(run, START_US + 4 * MINUTE_US);
	assert_false(run_figures(run).off);
	json_decref(answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_enabled_trade_is_answered_as_it_is_registered),
		TEST(a_symbol_is_named_alone_or_with_its_source),
		TEST(a_symbol_that_cannot_be_watched_is_refused),
		TEST(a_trade_that_cannot_be_is_refused),
		TEST(a_ticket_is_watched_once),
		TEST(a_feed_that_stands_still_keeps_events_apart),
		TEST(an_event_is_never_in_a_past_that_is_decided),
		TEST(more_trades_than_can_be_watched_are_refused),
		TEST(what_is_not_watched_cannot_be_disabled),
		TEST(a_question_that_is_none_stores_nothing),
		TEST(the_status_shows_all_trades_and_the_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
