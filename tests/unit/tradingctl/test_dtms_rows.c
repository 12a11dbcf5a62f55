/* What DTMS stored as rows, from a database that is made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/tick.h"
#include "tests/unit/tradingctl/dtms_database.h"
#include "tradingctl/dtms_rows.h"
#include "tradingctl/dtms_trade.h"

static const struct dtms_filter the_first = {.account = "demo", .ticket = 1001,
	.registered_us = 1700000100000000};

static const json_t *
member(const json_t *rows, size_t row, const char *key)
{
	const json_t *value = json_object_get(json_array_get(rows, row), key);

	assert_non_null(value);
	return value;
}

static const char *
word(const json_t *rows, size_t row, const char *key)
{
	const char *text = json_string_value(member(rows, row, key));

	return text == NULL ? "" : text;
}

static json_int_t
number(const json_t *rows, size_t row, const char *key)
{
	return json_integer_value(member(rows, row, key));
}

static json_t *
trades_of(const struct fixture *f, const struct dtms_filter *filter)
{
	json_t *rows = NULL;

	assert_int_equal(dtms_rows_trades(f->reader, filter, &rows), 0);
	return rows;
}

static json_t *
actions_of(const struct fixture *f, const struct dtms_filter *filter)
{
	json_t *rows = NULL;

	assert_int_equal(dtms_rows_actions(f->reader, filter, &rows), 0);
	return rows;
}

static void
open_trades_are_listed_by_account_and_ticket(void **state)
{
	json_t *rows = trades_of(*state, &DTMS_FILTER_ALL);

	assert_int_equal(json_array_size(rows), 3);
	assert_int_equal(number(rows, 0, "ticket"), 1001);
	assert_int_equal(number(rows, 1, "ticket"), 1002);
	assert_string_equal(word(rows, 2, "account"), "other");
	json_decref(rows);
}

static void
closed_trades_stand_behind_the_open_ones_where_they_are_asked_for(void **state)
{
	struct dtms_filter filter = DTMS_FILTER_ALL;
	json_t *rows;

	filter.closed = true;
	rows = trades_of(*state, &filter);
	assert_int_equal(json_array_size(rows), 4);
	assert_string_equal(word(rows, 3, "state"), "CLOSED");
	assert_string_equal(word(rows, 3, "closed_reason"), "tp");
	assert_string_equal(word(rows, 3, "closed"), "2023-11-14T22:26:00.000Z");
	json_decref(rows);
}

static void
prices_are_exact_times_are_iso_and_us_and_what_is_not_is_null(void **state)
{
	json_t *rows = trades_of(*state, &the_first);

	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(word(rows, 0, "entry_price"), "2000.5");
	assert_string_equal(word(rows, 0, "current_volume"), "0.5");
	assert_string_equal(word(rows, 0, "stop_loss"), "1990");
	assert_true(json_is_null(member(rows, 0, "take_profit")));
	assert_true(json_is_null(member(rows, 0, "flat_deadline")));
	assert_true(json_is_null(member(rows, 0, "flat_deadline_us")));
	assert_string_equal(word(rows, 0, "state_since"), "2023-11-14T22:45:00.000Z");
	assert_int_equal(number(rows, 0, "state_since_us"), 1700001900000000);
	assert_true(json_real_value(member(rows, 0, "score")) == -3);
	assert_true(json_is_false(member(rows, 0, "stale")));
	json_decref(rows);
}

static void
trades_are_found_by_account_ticket_and_symbol(void **state)
{
	struct symbol_row gold = {.source = "mt5", .symbol = "XAUUSD"};
	struct dtms_filter filter = DTMS_FILTER_ALL;
	json_t *rows;

	filter.account = "other";
	rows = trades_of(*state, &filter);
	assert_int_equal(json_array_size(rows), 1);
	json_decref(rows);
	filter = DTMS_FILTER_ALL;
	filter.symbol = &gold;
	rows = trades_of(*state, &filter);
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
	filter.symbol = NULL;
	filter.ticket = 1003;
	filter.closed = true;
	rows = trades_of(*state, &filter);
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
}

static void
actions_are_the_newest_in_the_order_of_time(void **state)
{
	struct dtms_filter filter = DTMS_FILTER_ALL;
	json_t *rows = actions_of(*state, &filter);

	assert_int_equal(json_array_size(rows), 4);
	assert_int_equal(number(rows, 0, "ticket"), 1003);
	assert_string_equal(word(rows, 0, "error"), "no money");
	assert_string_equal(word(rows, 3, "action_type"), "start_flat_timer");
	json_decref(rows);
	filter.limit = 3;
	rows = actions_of(*state, &filter);
	assert_int_equal(json_array_size(rows), 3);
	assert_string_equal(word(rows, 0, "action_type"), "tighten_sl");
	assert_string_equal(
	    json_string_value(json_object_get(member(rows, 0, "parameters"), "stop_loss")), "1990");
	json_decref(rows);
}

static void
of_checks_the_newest_are_told_and_every_change_of_state(void **state)
{
	struct fixture *f = *state;
	struct dtms_filter filter = the_first;
	json_t *rows = NULL;

	run_sql(f, "INSERT INTO dtms_checks SELECT account, ticket, time_us + 900000000 * value,"
		   " source, registered_us, 'interval', state_to, state_to, 'as it was', score, market"
		   " FROM dtms_checks, (SELECT 1 AS value UNION SELECT 2 UNION SELECT 3)"
		   " WHERE ticket = 1001 AND state_to = 'WARNING_L1'");
	filter.limit = 2;
	assert_int_equal(dtms_rows_checks(f->reader, &filter, &rows), 0);
	assert_int_equal(json_array_size(rows), 3);
	assert_string_equal(word(rows, 0, "state_from"), "HEALTHY");
	assert_string_equal(word(rows, 0, "state_to"), "WARNING_L1");
	assert_int_equal(number(rows, 2, "time_us"), 1700004600000000);
	json_decref(rows);
}

static void
the_sources_say_how_far_they_are_decided(void **state)
{
	struct fixture *f = *state;
	json_t *rows = NULL;

	run_sql(f, "INSERT INTO dtms_progress VALUES('binance', 5000000, 0, 0, 0, 0, 1)");
	assert_int_equal(dtms_rows_sources(f->reader, &rows), 0);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(word(rows, 0, "source"), "binance");
	assert_true(json_is_true(member(rows, 0, "off")));
	assert_true(json_is_false(member(rows, 1, "off")));
	assert_string_equal(word(rows, 1, "next"), "2023-11-15T00:15:00.000Z");
	json_decref(rows);
}

static void
positions_that_our_actions_opened_are_told_with_their_trade(void **state)
{
	struct dtms_filter filter = the_first;
	struct fixture *f = *state;
	json_t *rows = NULL;

	assert_int_equal(dtms_rows_adopted(f->reader, &filter, &rows), 0);
	assert_int_equal(json_array_size(rows), 0);
	json_decref(rows);
	filter.ticket = 1002;
	assert_int_equal(dtms_rows_adopted(f->reader, &filter, &rows), 0);
	assert_int_equal(json_array_size(rows), 1);
	assert_int_equal(number(rows, 0, "ticket"), 2002);
	assert_string_equal(word(rows, 0, "kind"), "hedge");
	json_decref(rows);
}

/* ---- why ---- */

static void
a_trade_is_as_it_is_for_the_reason_of_its_newest_change(void **state)
{
	json_t *trade = json_pack("{s:n}", "closed_reason");
	json_t *checks = json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s}]",
	    "state_from", "HEALTHY", "state_to", "WARNING_L1", "reason", "changed",
	    "state_from", "WARNING_L1", "state_to", "WARNING_L1", "reason", "stayed",
	    "state_from", "WARNING_L1", "state_to", "WARNING_L1", "reason", "stayed again");

	assert_string_equal(dtms_trade_why(trade, checks), "changed");
	json_array_remove(checks, 0);
	assert_string_equal(dtms_trade_why(trade, checks), "stayed again");
	json_array_clear(checks);
	assert_null(dtms_trade_why(trade, checks));
	json_object_set_new(trade, "closed_reason", json_string("sl"));
	assert_string_equal(dtms_trade_why(trade, checks), "sl");
	json_decref(trade);
	json_decref(checks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(open_trades_are_listed_by_account_and_ticket),
		PROMISE(closed_trades_stand_behind_the_open_ones_where_they_are_asked_for),
		PROMISE(prices_are_exact_times_are_iso_and_us_and_what_is_not_is_null),
		PROMISE(trades_are_found_by_account_ticket_and_symbol),
		PROMISE(actions_are_the_newest_in_the_order_of_time),
		PROMISE(of_checks_the_newest_are_told_and_every_change_of_state),
		PROMISE(the_sources_say_how_far_they_are_decided),
		PROMISE(positions_that_our_actions_opened_are_told_with_their_trade),
		cmocka_unit_test(a_trade_is_as_it_is_for_the_reason_of_its_newest_change),
	};

	return cmocka_run_group_tests_name("tradingctl/dtms_rows", tests, NULL, NULL);
}
