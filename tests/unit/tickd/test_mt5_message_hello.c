#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include <math.h>

#include "tests/unit/tickd/terminal_messages.h"

static void
a_hello_is_read_as_the_paper_has_it(void **state)
{
	struct mt5_message message = message_of(state, example_hello);
	const struct mt5_hello *hello = &message.hello;

	assert_int_equal(message.type, MT5_HELLO);
	assert_int_equal(message.clocks.server_s, 1724000000);
	assert_int_equal(message.clocks.gmt_s, 1723989200);
	assert_int_equal(hello->version, 1);
	assert_string_equal(hello->token, "a secret of sixteen");
	assert_string_equal(hello->account, "1234567");
	assert_string_equal(hello->server, "Broker-Demo");
	assert_string_equal(hello->currency, "USD");
	assert_false(hello->netting);
	assert_int_equal(hello->symbol_count, 1);
	assert_string_equal(hello->symbols[0].name, "EURUSD");
	assert_int_equal(hello->symbols[0].digits, 5);
	assert_int_equal(hello->symbols[0].point_e8, 1000);
	assert_int_equal(hello->symbols[0].volume_min_e8, 1000000);
	assert_int_equal(hello->symbols[0].volume_max_e8, 5000000000);
	assert_int_equal(hello->symbols[0].volume_step_e8, 1000000);
	assert_int_equal(hello->symbols[0].tick_size_e8, 1000);
	assert_int_equal(hello->symbols[0].stops_level_e8, 10000);
	assert_int_equal(hello->symbols[0].freeze_level_e8, 0);
	assert_true(hello->symbols[0].tick_value == 1.0);
	assert_string_equal(hello->symbols[0].sessions, "[[1,0,1440],[2,0,1440]]");
}

static void
an_account_may_be_a_number(void **state)
{
	struct mt5_message message =
	    changed(state, example_hello, "account", "9223372036854775807");

	assert_string_equal(message.hello.account, "9223372036854775807");
}

static void
what_is_not_hedging_is_netting(void **state)
{
	assert_true(changed(state, example_hello, "margin_mode", "\"netting\"").hello.netting);
	assert_true(changed(state, example_hello, "margin_mode", "\"exchange\"").hello.netting);
}

static void
what_a_symbol_need_not_say_is_undefined(void **state)
{
	struct mt5_message message =
	    changed(state, example_hello, "symbols[0].tick_value", NULL);

	assert_true(isnan(message.hello.symbols[0].tick_value));
	message = changed(state, example_hello, "symbols[0].tick_value", "null");
	assert_true(isnan(message.hello.symbols[0].tick_value));
	message = changed(state, example_hello, "symbols[0].sessions", NULL);
	assert_null(message.hello.symbols[0].sessions);
	message = changed(state, example_hello, "symbols[0].sessions", "[]");
	assert_string_equal(message.hello.symbols[0].sessions, "[]");
	message = changed(state, example_hello, "symbols", "[]");
	assert_int_equal(message.hello.symbol_count, 0);
}

static void
of_another_version_nothing_but_the_version_is_read(void **state)
{
	struct mt5_message message = message_of(state, "{\"type\":\"hello\",\"version\":2}");

	assert_int_equal(message.type, MT5_HELLO);
	assert_int_equal(message.hello.version, 2);
	assert_string_equal(message.hello.token, "");
	assert_int_equal(message.hello.symbol_count, 0);
	assert_int_equal(message.clocks.server_s, TICK_NONE);
}

static void
what_is_wrong_in_a_hello_is_named(void **state)
{
	static const char text63[] =
	    "expected a text of 1 to 63 bytes without control characters";
	char token[128], account[128], server[128], currency[128], name[128];
	const struct fault faults[] = {
		{"version", NULL, "version: expected an integer from 0 to 2147483647"},
		{"version", "\"1\"", "version: expected an integer from 0 to 2147483647"},
		{"version", "-1", "version: expected an integer from 0 to 2147483647"},
		{"token", NULL,
		    "token: expected a text of 1 to 127 bytes without control characters"},
		{"token", letters(128), token},
		{"token", "\"\"", token},
		{"token", "\"sixteen\\u0001characters\"", token},
		{"token", "\"sixteen\\u007fcharacters\"", token},
		{"account", NULL, account},
		{"account", "1.5", account},
		{"account", "0", "account: expected the number of an account"},
		{"server", "\"\"", server},
		{"server", letters(64), server},
		{"currency", NULL, currency},
		{"margin_mode", "\"none\"", "margin_mode: expected hedging, netting or exchange"},
		{"margin_mode", NULL, "margin_mode: expected hedging, netting or exchange"},
		{"time_server", NULL,
		    "time_server: expected a time in seconds, before the year 2200"},
		{"time_gmt", "\"1\"", "time_gmt: expected a time in seconds, before the year 2200"},
		{"time_gmt", "7258118400",
		    "time_gmt: expected a time in seconds, before the year 2200"},
		{"symbols", NULL, "symbols: expected an array"},
		{"symbols", "{}", "symbols: expected an array"},
		{"symbols[0].name", NULL, name},
		{"symbols[0].digits", "9", "symbols[0].digits: expected an integer from 0 to 8"},
		{"symbols[0].point", "\"0\"", "symbols[0].point: expected a decimal above 0"},
		{"symbols[0].point", "\"-0.1\"", "symbols[0].point: expected a decimal above 0"},
		{"symbols[0].point", "true", "symbols[0].point: expected a decimal"},
		{"symbols[0].volume_min", "\"0\"",
		    "symbols[0].volume_min: expected a decimal above 0"},
		{"symbols[0].volume_max", "\"0\"",
		    "symbols[0].volume_max: expected a decimal above 0"},
		{"symbols[0].volume_max", "\"0.009\"",
		    "symbols[0].volume_max: expected no less than volume_min"},
		{"symbols[0].volume_step", NULL, "symbols[0].volume_step: expected a decimal"},
		{"symbols[0].tick_size", "\"0.0\"",
		    "symbols[0].tick_size: expected a decimal above 0"},
		{"symbols[0].tick_value", "\"-1\"",
		    "symbols[0].tick_value: expected a decimal of 0 or more"},
		{"symbols[0].tick_value", "\"1e5\"", "symbols[0].tick_value: expected a decimal"},
		{"symbols[0].stops_level", "-1",
		    "symbols[0].stops_level: expected an integer from 0 to 2147483647"},
		{"symbols[0].freeze_level", "1.0",
		    "symbols[0].freeze_level: expected an integer from 0 to 2147483647"},
		{"symbols[0].sessions", "{}", "symbols[0].sessions: expected an array"},
	};

	snprintf(token, sizeof(token),
	    "token: expected a text of 1 to 127 bytes without control characters");
	snprintf(account, sizeof(account), "account: %s", text63);
	snprintf(server, sizeof(server), "server: %s", text63);
	snprintf(currency, sizeof(currency), "currency: %s", text63);
	snprintf(name, sizeof(name), "symbols[0].name: %s", text63);
	CHECK_FAULTS(state, example_hello, faults);
}

static void
texts_of_the_longest_length_are_taken_whole(void **state)
{
	assert_int_equal(
	    strlen(changed(state, example_hello, "token", letters(127)).hello.token), 127);
	assert_int_equal(
	    strlen(changed(state, example_hello, "server", letters(63)).hello.server), 63);
	assert_int_equal(strlen(changed(state, example_result, "action_id", letters(255))
				    .result.action_id), 255);
}

static void
a_level_beyond_all_prices_is_refused(void **state)
{
	char *text = terminal_changed(example_hello, "symbols[0].point", "\"1000\"");
	const struct fault faults[] = {{"symbols[0].stops_level", "2147483647",
	    "symbols[0].stops_level: expected points of less than 92 billion in all"}};

	CHECK_FAULTS(state, text, faults);
	free(text);
}

static void
a_session_is_a_day_and_two_of_its_minutes_going_up(void **state)
{
	static const char *const wrong[] = {"5", "[1,0]", "[1,0,1440,0]", "[7,0,1]", "[-1,0,1]",
		"[1,-1,5]", "[1,0,1441]", "[1,9,8]", "[1,0,\"5\"]"};
	char value[64];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct fault faults[] = {{"symbols[0].sessions", value,
		    "symbols[0].sessions: expected [day 0 to 6, from, to] with minutes of 0 to "
		    "1440 going up, and not what is at 1"}};

		snprintf(value, sizeof(value), "[[0,0,1440],%s]", wrong[i]);
		CHECK_FAULTS(state, example_hello, faults);
	}
}

static void
a_thousand_symbols_are_taken_and_one_more_is_not(void **state)
{
	char *text = hello_of(1000, "LAST");
	struct mt5_message message = message_of(state, text);

	assert_int_equal(message.hello.symbol_count, 1000);
	assert_string_equal(message.hello.symbols[998].name, "S998");
	assert_string_equal(message.hello.symbols[999].name, "LAST");
	assert_string_equal(message.hello.symbols[999].sessions, "[[1,0,1440],[2,0,1440]]");
	free(text);
	text = hello_of(1001, "LAST");
	assert_string_equal(refused(state, text, -EINVAL),
	    "symbols: expected at most 1000 elements");
	free(text);
}

static void
a_symbol_is_named_once(void **state)
{
	char *text = hello_of(3, "EURUSD");

	assert_string_equal(refused(state, text, -EINVAL),
	    "symbols[2].name: expected a name that no symbol before it has");
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_hello_is_read_as_the_paper_has_it),
		TEST(an_account_may_be_a_number),
		TEST(what_is_not_hedging_is_netting),
		TEST(what_a_symbol_need_not_say_is_undefined),
		TEST(of_another_version_nothing_but_the_version_is_read),
		TEST(what_is_wrong_in_a_hello_is_named),
		TEST(texts_of_the_longest_length_are_taken_whole),
		TEST(a_level_beyond_all_prices_is_refused),
		TEST(a_session_is_a_day_and_two_of_its_minutes_going_up),
		TEST(a_thousand_symbols_are_taken_and_one_more_is_not),
		TEST(a_symbol_is_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
