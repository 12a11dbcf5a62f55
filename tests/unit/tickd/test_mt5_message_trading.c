#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include <math.h>

#include "tests/unit/tickd/terminal_messages.h"

static void
an_account_is_read_as_the_paper_has_it(void **state)
{
	struct mt5_message message = message_of(state, example_account);

	assert_int_equal(message.type, MT5_ACCOUNT);
	assert_true(message.account.balance == 1000.0);
	assert_true(message.account.equity == 1003.2);
	assert_true(isnan(changed(state, example_account, "equity", NULL).account.equity));
	assert_true(changed(state, example_account, "balance", "\"-5.5\"").account.balance == -5.5);
}

/* A balance in dong is no price: neither its size nor its places are limited. */
static void
money_is_of_any_size(void **state)
{
	struct mt5_message message =
	    changed(state, example_account, "balance", "\"123456789012345.123456789\"");

	assert_true(message.account.balance == 123456789012345.123456789);
}

static void
what_is_wrong_in_an_account_is_named(void **state)
{
	static const struct fault faults[] = {
		{"balance", NULL, "balance: expected a decimal"},
		{"balance", "\"\"", "balance: expected a decimal"},
		{"balance", "\"-\"", "balance: expected a decimal"},
		{"balance", "\"1.\"", "balance: expected a decimal"},
		{"balance", "\".5\"", "balance: expected a decimal"},
		{"balance", "\"1.5x\"", "balance: expected a decimal"},
		{"balance", "\"nan\"", "balance: expected a decimal"},
		{"balance", "\"0x10\"", "balance: expected a decimal"},
		{"equity", "true", "equity: expected a decimal"},
	};
	char huge[512], *text;

	CHECK_FAULTS(state, example_account, faults);
	memset(huge, '9', sizeof(huge));
	snprintf(huge + 400, 8, "\"");
	huge[0] = '"';
	text = terminal_changed(example_account, "balance", huge);
	assert_string_equal(refused(state, text, -EINVAL),
	    "balance: expected a decimal that a double can hold");
	free(text);
}

static void
positions_are_read_as_the_paper_has_them(void **state)
{
	struct mt5_message message = message_of(state, example_positions);
	const struct mt5_position *position = message.positions.positions;

	assert_int_equal(message.type, MT5_POSITIONS);
	assert_int_equal(message.positions.seq, 3);
	assert_true(message.positions.complete);
	assert_int_equal(message.positions.count, 1);
	assert_int_equal(position->ticket, 5);
	assert_int_equal(position->magic, 0);
	assert_int_equal(position->opened_server_ms, 1724000000123);
	assert_string_equal(position->symbol, "EURUSD");
	assert_string_equal(position->comment, "");
	assert_false(position->sell);
	assert_int_equal(position->volume_e8, 10000000);
	assert_int_equal(position->price_open_e8, 110000000);
	assert_int_equal(position->stop_loss_e8, 109000000);
	assert_int_equal(position->take_profit_e8, TICK_NONE);
	message = changed(state, example_positions, "positions[0].type", "\"sell\"");
	assert_true(message.positions.positions[0].sell);
}

static void
a_report_that_does_not_say_that_it_is_complete_is_not(void **state)
{
	assert_false(changed(state, example_positions, "complete", NULL).positions.complete);
	assert_false(changed(state, example_positions, "complete", "false").positions.complete);
	assert_int_equal(changed(state, example_positions, "positions", "[]").positions.count, 0);
}

static void
what_is_wrong_in_positions_is_named(void **state)
{
	static const struct fault faults[] = {
		{"seq", NULL, "seq: expected an integer from 0 to 999999999999999999"},
		{"complete", "\"true\"", "complete: expected true or false"},
		{"positions", NULL, "positions: expected an array"},
		{"positions[0]", "[]",
		    "positions[0].ticket: expected an integer from 1 to 9223372036854775807"},
		{"positions[0].ticket", "0",
		    "positions[0].ticket: expected an integer from 1 to 9223372036854775807"},
		{"positions[0].symbol", "5",
		    "positions[0].symbol: expected a text of 1 to 63 bytes without control "
		    "characters"},
		{"positions[0].type", "\"hold\"", "positions[0].type: expected buy or sell"},
		{"positions[0].type", "0", "positions[0].type: expected buy or sell"},
		{"positions[0].volume", "\"-1\"",
		    "positions[0].volume: expected a decimal of 0 or more"},
		{"positions[0].price_open", "\"0\"",
		    "positions[0].price_open: expected a decimal above 0"},
		{"positions[0].sl", NULL, "positions[0].sl: expected a decimal"},
		{"positions[0].sl", "\"-1\"", "positions[0].sl: expected a decimal of 0 or more"},
		{"positions[0].tp", "\"a\"", "positions[0].tp: expected a decimal"},
		{"positions[0].time_msc", "0",
		    "positions[0].time_msc: expected a time in milliseconds, before the year "
		    "2200"},
		{"positions[0].magic", "0.5",
		    "positions[0].magic: expected an integer from -9223372036854775808 to "
		    "9223372036854775807"},
		{"positions[0].comment", NULL, "positions[0].comment: expected a text"},
	};

	CHECK_FAULTS(state, example_positions, faults);
}

/* The example's position with each of these tickets. */
static char *
positions_of(const int64_t *tickets, size_t count)
{
	json_t *root = json_loads(example_positions, 0, NULL);
	json_t *positions = json_object_get(root, "positions");
	json_t *one = json_incref(json_array_get(positions, 0));
	char *text;

	json_array_clear(positions);
	for (size_t i = 0; i < count; i++) {
		json_t *position = json_deep_copy(one);

		json_object_set_new(position, "ticket", json_integer(tickets[i]));
		json_array_append_new(positions, position);
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(one);
	json_decref(root);
	assert_non_null(text);
	return text;
}

static void
positions_are_sorted_by_ticket(void **state)
{
	static const int64_t tickets[] = {5, INT64_MAX, 2, 9, 3};
	static const int64_t sorted[] = {2, 3, 5, 9, INT64_MAX};
	char *text = positions_of(tickets, 5);
	struct mt5_message message = message_of(state, text);

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(message.positions.positions[i].ticket, sorted[i]);
	free(text);
}

static void
a_ticket_is_there_once(void **state)
{
	static const int64_t tickets[] = {5, 2, 5};
	char *text = positions_of(tickets, 3);

	assert_string_equal(refused(state, text, -EINVAL),
	    "positions: expected ticket 5 to be there once");
	free(text);
}

static void
a_thousand_positions_are_taken_and_one_more_is_not(void **state)
{
	int64_t tickets[1001];
	char *text;

	for (int i = 0; i < 1001; i++)
		tickets[i] = i + 1;
	text = positions_of(tickets, 1000);
	assert_int_equal(message_of(state, text).positions.count, 1000);
	free(text);
	text = positions_of(tickets, 1001);
	assert_string_equal(refused(state, text, -EINVAL),
	    "positions: expected at most 1000 elements");
	free(text);
}

static void
a_comment_is_cut_between_characters_and_keeps_no_control_characters(void **state)
{
	char value[512];
	struct mt5_message message;

	message = changed(state, example_result, "comment", letters(127));
	assert_int_equal(strlen(message.result.comment), 127);
	message = changed(state, example_result, "comment", letters(128));
	assert_int_equal(strlen(message.result.comment), 127);
	snprintf(value, sizeof(value), "\"%.125s\xe2\x82\xac\"", letters(125) + 1);
	message = changed(state, example_result, "comment", value);
	assert_int_equal(strlen(message.result.comment), 125);
	snprintf(value, sizeof(value), "\"%.124s\xe2\x82\xac!\"", letters(124) + 1);
	message = changed(state, example_result, "comment", value);
	assert_string_equal(message.result.comment + 124, "\xe2\x82\xac");
	message = changed(state, example_result, "comment", "\"no\\nmoney\\u007f\"");
	assert_string_equal(message.result.comment, "no money ");
}

static void
a_closed_position_is_read_as_the_paper_has_it(void **state)
{
	struct mt5_message message = message_of(state, example_closed);

	assert_int_equal(message.type, MT5_CLOSED);
	assert_int_equal(message.closed.ticket, 5);
	assert_int_equal(message.closed.server_ms, 1724000000123);
	assert_int_equal(message.closed.price_e8, 109000000);
	assert_true(message.closed.profit == -100.0);
	assert_string_equal(message.closed.reason, "sl");
	message = message_of(state,
	    "{\"type\":\"closed\",\"ticket\":5,\"time_msc\":1,\"reason\":\"eaten by a dog\"}");
	assert_int_equal(message.closed.price_e8, TICK_NONE);
	assert_true(isnan(message.closed.profit));
	assert_string_equal(message.closed.reason, "eaten by a dog");
	assert_int_equal(changed(state, example_closed, "price", "\"0\"").closed.price_e8,
	    TICK_NONE);
}

static void
what_is_wrong_in_closed_is_named(void **state)
{
	static const struct fault faults[] = {
		{"ticket", NULL, "ticket: expected an integer from 1 to 9223372036854775807"},
		{"ticket", "0", "ticket: expected an integer from 1 to 9223372036854775807"},
		{"time_msc", "-5",
		    "time_msc: expected a time in milliseconds, before the year 2200"},
		{"price", "\"-1\"", "price: expected a decimal of 0 or more"},
		{"profit", "\"much\"", "profit: expected a decimal"},
		{"reason", NULL,
		    "reason: expected a text of 1 to 63 bytes without control characters"},
	};

	CHECK_FAULTS(state, example_closed, faults);
}

static void
a_result_is_read_as_the_paper_has_it(void **state)
{
	struct mt5_message message = message_of(state, example_result);

	assert_int_equal(message.type, MT5_RESULT);
	assert_string_equal(message.result.action_id, "1234567/5/1");
	assert_int_equal(message.result.retcode, 10009);
	assert_int_equal(message.result.ticket, 77);
	assert_int_equal(message.result.price_e8, 110000000);
	assert_int_equal(message.result.volume_e8, 10000000);
	assert_string_equal(message.result.comment, "Request executed");
	message = message_of(state,
	    "{\"type\":\"result\",\"action_id\":\"a\",\"retcode\":0,\"ticket\":0}");
	assert_int_equal(message.result.retcode, MT5_NOT_ORDERED);
	assert_int_equal(message.result.ticket, 0);
	assert_int_equal(message.result.price_e8, TICK_NONE);
	assert_int_equal(message.result.volume_e8, TICK_NONE);
	assert_string_equal(message.result.comment, "");
	message = changed(state, example_result, "volume", "0");
	assert_int_equal(message.result.volume_e8, TICK_NONE);
}

static void
what_is_wrong_in_a_result_is_named(void **state)
{
	const struct fault faults[] = {
		{"action_id", NULL,
		    "action_id: expected a text of 1 to 255 bytes without control characters"},
		{"action_id", letters(256),
		    "action_id: expected a text of 1 to 255 bytes without control characters"},
		{"retcode", NULL, "retcode: expected an integer from 0 to 2147483647"},
		{"retcode", "-1", "retcode: expected an integer from 0 to 2147483647"},
		{"ticket", NULL, "ticket: expected an integer from 0 to 9223372036854775807"},
		{"ticket", "-1", "ticket: expected an integer from 0 to 9223372036854775807"},
		{"price", "\"?\"", "price: expected a decimal"},
		{"volume", "\"-0.1\"", "volume: expected a decimal of 0 or more"},
		{"comment", "5", "comment: expected a text"},
	};

	CHECK_FAULTS(state, example_result, faults);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_account_is_read_as_the_paper_has_it),
		TEST(money_is_of_any_size),
		TEST(what_is_wrong_in_an_account_is_named),
		TEST(positions_are_read_as_the_paper_has_them),
		TEST(a_report_that_does_not_say_that_it_is_complete_is_not),
		TEST(what_is_wrong_in_positions_is_named),
		TEST(positions_are_sorted_by_ticket),
		TEST(a_ticket_is_there_once),
		TEST(a_thousand_positions_are_taken_and_one_more_is_not),
		TEST(a_comment_is_cut_between_characters_and_keeps_no_control_characters),
		TEST(a_closed_position_is_read_as_the_paper_has_it),
		TEST(what_is_wrong_in_closed_is_named),
		TEST(a_result_is_read_as_the_paper_has_it),
		TEST(what_is_wrong_in_a_result_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
