#define _GNU_SOURCE
#include "analysisd/dtms/questions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/control.h"
#include "common/decimal.h"
#include "tests/unit/analysisd/same_trade.h"
#include "tests/unit/common/scratch.h"

/* A question that is right, but for the members that a test gives instead: see ask(). */
static json_t *
good_request(void)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "command", "dtms-enable", "ticket", 77,
	    "symbol", "XAUUSD", "direction", "BUY", "entry_price", "2400.5", "volume", "0.10");
}

/* The good question with `members` (JSON without braces) on top. */
static json_t *
request_with(const char *members)
{
	json_t *request = good_request(), *more;
	char text[1024];

	snprintf(text, sizeof(text), "{%s}", members);
	more = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (more == NULL)
		fail_msg("the test's own JSON is none: %s", text);
	assert_int_equal(json_object_update(request, more), 0);
	json_decref(more);
	return request;
}

static struct dtms_trade
accept_trade(const char *members)
{
	json_t *request = request_with(members), *error;
	struct dtms_trade trade;

	error = dtms_question_trade(request, &trade);
	if (error != NULL)
		fail_msg("%s: %s", members, control_error_message(error));
	json_decref(request);
	return trade;
}

/* The error is a "bad-request" in exactly these words, and the trade is not touched. */
static void
assert_refused(json_t *error, const struct dtms_trade *trade, const char *message)
{
	static const struct dtms_trade untouched;
	json_t *inner = json_object_get(error, "error");

	if (error == NULL)
		fail_msg("taken, where \"%s\" was expected", message);
	assert_string_equal(json_string_value(json_object_get(inner, "message")), message);
	assert_string_equal(json_string_value(json_object_get(inner, "code")), "bad-request");
	assert_null(trade_difference(trade, &untouched));
	json_decref(error);
}

static void
refuse(const char *members, const char *message)
{
	json_t *request = request_with(members);
	struct dtms_trade trade = {.ticket = 0};

	assert_refused(dtms_question_trade(request, &trade), &trade, message);
	json_decref(request);
}

/* ---- what is taken ---- */

static void
a_trade_is_taken_as_it_is_said(void **state)
{
	struct dtms_trade trade = accept_trade("\"account\": \"7001\", \"stop_loss\": \"2390\","
	    " \"take_profit\": 2420.25, \"initial_stop_loss\": 2380,"
	    " \"direction\": \"SELL\", \"symbol\": \"mt5:XAUUSDc\"");

	assert_string_equal(trade.account, "7001");
	assert_string_equal(trade.symbol, "mt5:XAUUSDc");
	assert_string_equal(trade.source, "");
	assert_int_equal(trade.ticket, 77);
	assert_int_equal(trade.direction, TRADE_SELL);
	assert_false(trade.venue);
	assert_int_equal(trade.entry_e8, 240050000000);
	assert_int_equal(trade.initial_volume_e8, 10000000);
	assert_int_equal(trade.current_volume_e8, 10000000);
	assert_int_equal(trade.closed_volume_e8, 0);
	assert_int_equal(trade.stop_loss_e8, 239000000000);
	assert_int_equal(trade.take_profit_e8, 242025000000);
	assert_int_equal(trade.initial_stop_loss_e8, 238000000000);
}

static void
what_is_not_said_is_none(void **state)
{
	struct dtms_trade silent = accept_trade("");
	struct dtms_trade nulls = accept_trade("\"account\": null, \"stop_loss\": null,"
	    " \"take_profit\": null, \"initial_stop_loss\": null");

	assert_string_equal(silent.account, "manual");
	assert_int_equal(silent.direction, TRADE_BUY);
	assert_int_equal(silent.stop_loss_e8, TICK_NONE);
	assert_int_equal(silent.take_profit_e8, TICK_NONE);
	assert_int_equal(silent.initial_stop_loss_e8, TICK_NONE);
	assert_int_equal(silent.hedge_ticket, TICK_NONE);
	assert_int_equal(silent.closed_us, TICK_NONE);
	assert_true(isnan(silent.score));
	assert_null(trade_difference(&silent, &nulls));
}

static void
names_are_up_to_63_bytes_of_any_language(void **state)
{
	static const char longest[] = "\"account\": "
	    "\"123456789012345678901234567890123456789012345678901234567890123\"";
	struct dtms_trade trade = accept_trade("\"account\": \"Z\\u00fcrich \\u20ac\"");

	assert_string_equal(trade.account, "Z\xc3\xbcrich \xe2\x82\xac");
	trade = accept_trade(longest);
	assert_int_equal(strlen(trade.account), 63);
}

/* ---- prices ---- */

static void
prices_are_read_exactly_from_text_and_numbers(void **state)
{
	static const struct {
		const char *json;
		int64_t e8;
	} prices[] = {
		{"60000.1", 6000010000000},
		{"\"60000.1\"", 6000010000000},
		{"60000", 6000000000000},
		{"60000.0", 6000000000000},
		{"6e4", 6000000000000},
		{"6.00001E+4", 6000010000000},
		{"0.1", 10000000},
		{"1e-8", 1},
		{"0.00000001", 1},
		{"\"0.00000001\"", 1},
		{"1.1", 110000000},
		{"1.15", 115000000},
		{"2.675", 267500000},
		{"65432.10987654", 6543210987654},
		{"1234567.12345678", 123456712345678},
		{"92233720368", 9223372036800000000},
		{"92233720368.5477", 9223372036854770000},
		{"\"92233720368.54775807\"", INT64_MAX},
		{"\"1.000000000000\"", 100000000},
		{"\"007.5\"", 750000000},
	};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		char members[128];
		struct dtms_trade trade;

		snprintf(members, sizeof(members), "\"entry_price\": %s", prices[i].json);
		trade = accept_trade(members);
		if (trade.entry_e8 != prices[i].e8)
			fail_msg("%s is %lld", prices[i].json, (long long)trade.entry_e8);
	}
}

/* Any decimal of up to 15 digits with up to 8 places, written as a JSON number. */
static void
any_number_of_15_digits_is_read_to_the_last_of_them(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 20000; i++) {
		int places = (int)chance_below(&chance, 9);
		int64_t digits = 1 + chance_below(&chance, 999999999999999), scale = 1, e8 = digits;
		char members[128];
		struct dtms_trade trade;

		for (int place = 0; place < places; place++)
			scale *= 10;
		for (int place = places; place < 8; place++)
			if (__builtin_mul_overflow(e8, 10, &e8))
				break;
		if (digits / scale >= 92233720368)
			continue;
		snprintf(members, sizeof(members), places == 0 ? "\"entry_price\": %lld.%.*lld" :
			     "\"entry_price\": %lld.%0*lld", (long long)(digits / scale),
		    places == 0 ? 1 : places, (long long)(digits % scale));
		trade = accept_trade(members);
		if (trade.entry_e8 != e8)
			fail_msg("%s is %lld, not %lld", members, (long long)trade.entry_e8,
			    (long long)e8);
	}
}

static void
a_price_that_is_not_exact_is_refused_and_not_rounded(void **state)
{
	static const char *const too_fine[] = {"\"1.000000001\"", "1.000000001", "1e-9",
		"0.30000000000000004"};
	static const char *const too_large[] = {"\"92233720368.54775808\"", "92233720369", "1e11",
		"1e300", "9223372036854775807", "\"123456789012345678901234567890\""};
	static const char *const too_many[] = {"12345678901.123457", "1234567890.12345678"};
	char members[128];

	for (size_t i = 0; i < sizeof(too_fine) / sizeof(too_fine[0]); i++) {
		snprintf(members, sizeof(members), "\"entry_price\": %s", too_fine[i]);
		refuse(members, "entry_price has more than 8 decimals");
	}
	for (size_t i = 0; i < sizeof(too_large) / sizeof(too_large[0]); i++) {
		snprintf(members, sizeof(members), "\"take_profit\": %s", too_large[i]);
		refuse(members, "take_profit is larger than 92233720368.54775807");
	}
	for (size_t i = 0; i < sizeof(too_many) / sizeof(too_many[0]); i++) {
		snprintf(members, sizeof(members), "\"entry_price\": %s", too_many[i]);
		refuse(members, "entry_price has more digits than a JSON number holds exactly:"
				" give it as a string");
	}
}

static void
text_that_is_no_number_is_refused(void **state)
{
	static const char *const texts[] = {"", "NaN", "nan", "Infinity", "-inf", "1e3", "+1", " 1",
		"1 ", "1,5", ".5", "5.", "0x10", "one"};
	char members[128];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(members, sizeof(members), "\"stop_loss\": \"%s\"", texts[i]);
		refuse(members, "stop_loss must be a number like 1.25, without exponent, sign or"
				" space");
	}
	refuse("\"volume\": true", "volume must be a number or a decimal string");
	refuse("\"volume\": []", "volume must be a number or a decimal string");
	refuse("\"volume\": {\"a\": 1}", "volume must be a number or a decimal string");
}

static void
nothing_that_is_not_above_0_is_a_price_or_a_volume(void **state)
{
	static const char *const members[] = {"entry_price", "volume", "stop_loss", "take_profit",
		"initial_stop_loss"};
	static const char *const values[] = {"0", "0.0", "-0.0", "-1", "-1.5", "\"0\"", "\"-0\"",
		"\"-1.5\"", "-9223372036854775807", "-1e300"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			char member[128], message[128];

			snprintf(member, sizeof(member), "\"%s\": %s", members[i], values[j]);
			snprintf(message, sizeof(message), "%s must be above 0", members[i]);
			refuse(member, message);
		}
}

/* ---- tickets, directions, names ---- */

static void
a_ticket_is_a_whole_number_above_0(void **state)
{
	static const char *const bad[] = {"0", "-5", "1.5", "7.0", "\"7\"", "true", "[7]"};
	struct dtms_trade trade = accept_trade("\"ticket\": 9223372036854775807");
	char members[64];

	assert_int_equal(trade.ticket, INT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(members, sizeof(members), "\"ticket\": %s", bad[i]);
		refuse(members, "ticket must be a whole number above 0");
	}
}

static void
a_direction_is_buy_or_sell_in_upper_case(void **state)
{
	static const char *const bad[] = {"\"buy\"", "\"Sell\"", "\"LONG\"", "\"\"", "1",
		"\"BUY \""};
	char members[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(members, sizeof(members), "\"direction\": %s", bad[i]);
		refuse(members, "direction must be \"BUY\" or \"SELL\", in upper case");
	}
}

static void
a_name_that_cannot_be_one_is_refused(void **state)
{
	static const char *const bad[] = {"\"\"", "7001", "[]", "\"a\\nb\"", "\"\\u0001\"",
		"\"\\u007f\"", "\"a\\u0085\"", "\"\\u009f\"",
		"\"1234567890123456789012345678901234567890123456789012345678901234\""};
	char members[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(members, sizeof(members), "\"account\": %s", bad[i]);
		refuse(members, "account must be text of 1 to 63 bytes without control characters");
		snprintf(members, sizeof(members), "\"symbol\": %s", bad[i]);
		refuse(members, "symbol must be text of 1 to 63 bytes without control characters");
	}
}

static void
a_name_that_is_no_utf8_or_hides_a_nul_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} names[] = {{"a\xff", 2}, {"\xc3", 1}, {"\xed\xa0\x80", 3}, {"a\0b", 3}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *request = good_request();
		struct dtms_trade trade = {.ticket = 0};

		assert_int_equal(json_object_set_new(request, "symbol",
				     json_stringn_nocheck(names[i].bytes, names[i].length)), 0);
		assert_refused(dtms_question_trade(request, &trade), &trade,
		    "symbol must be text of 1 to 63 bytes without control characters");
		json_decref(request);
	}
}

/* ---- members ---- */

static void
a_member_that_is_needed_and_missing_is_named(void **state)
{
	static const char *const needed[] = {"ticket", "symbol", "direction", "entry_price",
		"volume"};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		json_t *request = good_request();
		struct dtms_trade trade = {.ticket = 0};
		char message[64];

		snprintf(message, sizeof(message), "%s is missing", needed[i]);
		assert_int_equal(json_object_set_new(request, needed[i], json_null()), 0);
		assert_refused(dtms_question_trade(request, &trade), &trade, message);
		assert_int_equal(json_object_del(request, needed[i]), 0);
		assert_refused(dtms_question_trade(request, &trade), &trade, message);
		json_decref(request);
	}
}

static void
an_unknown_member_is_refused_by_its_name(void **state)
{
	refuse("\"entry\": 5", "entry is no member of this question");
	refuse("\"source\": \"mt5\"", "source is no member of this question");
	refuse("\"Ticket\": 5", "Ticket is no member of this question");
}

static void
a_member_whose_name_cannot_be_repeated_is_refused_all_the_same(void **state)
{
	json_t *request = good_request();
	struct dtms_trade trade = {.ticket = 0};
	char name[1024];

	refuse("\"\": 5", "there is a member of an unknown name");
	refuse("\"a\\nb\": 5", "there is a member of an unknown name");
	refuse("\"\\u20ac\": 5", "there is a member of an unknown name");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(json_object_set_new(request, name, json_true()), 0);
	assert_refused(dtms_question_trade(request, &trade), &trade,
	    "there is a member of an unknown name");
	json_decref(request);
}

static void
what_is_no_object_is_no_question(void **state)
{
	static const char *const others[] = {"[]", "5", "\"ticket\"", "null", "true"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		json_t *request = json_loads(others[i], JSON_DECODE_ANY, NULL);
		struct dtms_trade trade = {.ticket = 0};

		assert_refused(dtms_question_trade(request, &trade), &trade,
		    "one JSON object is expected");
		assert_refused(dtms_question_ticket(request, &trade), &trade,
		    "one JSON object is expected");
		json_decref(request);
	}
}

static void
disabling_names_a_ticket_and_an_account_and_nothing_else(void **state)
{
	json_t *request = json_pack("{s:s, s:i}", "command", "dtms-disable", "ticket", 5);
	struct dtms_trade trade, untouched = {.ticket = 0};

	assert_null(dtms_question_ticket(request, &trade));
	assert_int_equal(trade.ticket, 5);
	assert_string_equal(trade.account, "manual");
	assert_int_equal(json_object_set_new(request, "account", json_string("7001")), 0);
	assert_null(dtms_question_ticket(request, &trade));
	assert_string_equal(trade.account, "7001");
	assert_int_equal(json_object_set_new(request, "volume", json_string("1")), 0);
	assert_refused(dtms_question_ticket(request, &untouched), &untouched,
	    "volume is no member of this question");
	assert_int_equal(json_object_del(request, "volume"), 0);
	assert_int_equal(json_object_del(request, "ticket"), 0);
	assert_refused(dtms_question_ticket(request, &untouched), &untouched, "ticket is missing");
	json_decref(request);
}

/* ---- trades as JSON ---- */

static void
assert_json(json_t *json, const char *expected)
{
	char *text;

	assert_non_null(json);
	text = json_dumps(json, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(json);
}

static void
a_trade_is_told_in_decimals_names_and_times_of_utc(void **state)
{
	const struct dtms_trade trade = {
		.account = "7001", .source = "mt5", .symbol = "XAUUSDc", .ticket = 99,
		.registered_us = INT64_C(1723161600000001), .direction = TRADE_SELL, .venue = true,
		.entry_e8 = 240050000000, .initial_volume_e8 = 100000000,
		.current_volume_e8 = 50000000, .closed_volume_e8 = 50000000,
		.stop_loss_e8 = 241000000000, .take_profit_e8 = 239012345678,
		.initial_stop_loss_e8 = 242000000000, .hedge_ticket = 100,
		.hedge_volume_e8 = 25000000, .state = DTMS_CLOSED,
		.state_since_us = INT64_C(1723165200000000), .score = -4.5,
		.flat_deadline_us = INT64_C(1723169700000000),
		.recovery_deadline_us = INT64_C(1723171500000000), .vwap_cross_count = 2,
		.last_deep_us = INT64_C(1723165200000000), .last_deep_price_e8 = 240100000000,
		.stale = true, .closed_us = INT64_C(1723168800000000), .closed_reason = "sl",
	};

	assert_json(dtms_trade_json(&trade),
	    "{\"account\":\"7001\",\"ticket\":99,\"symbol\":\"XAUUSDc\",\"source\":\"mt5\","
	    "\"direction\":\"SELL\",\"origin\":\"venue\",\"state\":\"CLOSED\","
	    "\"state_since\":\"2024-08-09T01:00:00.000000Z\",\"state_since_us\":1723165200000000,"
	    "\"score\":-4.5,\"entry_price\":\"2400.5\",\"initial_volume\":\"1\","
	    "\"current_volume\":\"0.5\",\"closed_volume\":\"0.5\",\"stop_loss\":\"2410\","
	    "\"take_profit\":\"2390.12345678\",\"initial_stop_loss\":\"2420\","
	    "\"hedge_ticket\":100,\"hedge_volume\":\"0.25\","
	    "\"flat_deadline\":\"2024-08-09T02:15:00.000000Z\","
	    "\"recovery_deadline\":\"2024-08-09T02:45:00.000000Z\",\"vwap_cross_count\":2,"
	    "\"last_deep_time\":\"2024-08-09T01:00:00.000000Z\",\"last_deep_price\":\"2401\","
	    "\"stale\":true,\"registered\":\"2024-08-09T00:00:00.000001Z\","
	    "\"registered_us\":1723161600000001,\"closed\":\"2024-08-09T02:00:00.000000Z\","
	    "\"closed_reason\":\"sl\"}");
}

static void
what_a_trade_does_not_have_is_null(void **state)
{
	struct dtms_trade trade = accept_trade("");

	assert_json(dtms_trade_json(&trade),
	    "{\"account\":\"manual\",\"ticket\":77,\"symbol\":\"XAUUSD\",\"source\":null,"
	    "\"direction\":\"BUY\",\"origin\":\"enabled\",\"state\":\"HEALTHY\","
	    "\"state_since\":null,\"state_since_us\":null,\"score\":null,"
	    "\"entry_price\":\"2400.5\",\"initial_volume\":\"0.1\",\"current_volume\":\"0.1\","
	    "\"closed_volume\":\"0\",\"stop_loss\":null,\"take_profit\":null,"
	    "\"initial_stop_loss\":null,\"hedge_ticket\":null,\"hedge_volume\":null,"
	    "\"flat_deadline\":null,\"recovery_deadline\":null,\"vwap_cross_count\":0,"
	    "\"last_deep_time\":null,\"last_deep_price\":null,\"stale\":false,"
	    "\"registered\":null,\"registered_us\":null,\"closed\":null,\"closed_reason\":null}");
}

static void
a_venues_words_that_were_cut_in_a_character_are_told_all_the_same(void **state)
{
	struct dtms_trade trade = accept_trade("");
	json_t *json;

	strcpy(trade.closed_reason, "stop \xe2\x82");
	json = dtms_trade_json(&trade);
	assert_string_equal(json_string_value(json_object_get(json, "closed_reason")), "stop ??");
	json_decref(json);
}

/* ---- stored events ---- */

static void
a_stored_trade_is_read_as_it_was_asked_for(void **state)
{
	struct dtms_trade asked = accept_trade("\"account\": \"\\u20ac \\\" '\","
	    " \"volume\": \"0.00000001\","
					       " \"take_profit\": \"92233720368.54775807\"");
	struct dtms_trade read;
	json_t *json;
	char *text;

	strcpy(asked.source, "mt5");
	strcpy(asked.symbol, "XAUUSDc");
	json = dtms_trade_event_json(&asked);
	text = json_dumps(json, 0);
	assert_int_equal(dtms_trade_event_read(text, &read), 0);
	assert_null(trade_difference(&read, &asked));
	free(text);
	json_decref(json);
}

static void
a_stored_text_that_is_no_trade_is_refused(void **state)
{
	static const char good[] = "{\"ticket\":1,\"symbol\":\"A\",\"direction\":\"BUY\","
				   "\"entry_price\":\"1\",\"volume\":\"1\"}";
	static const char *const bad[] = {"", "{", "[]", "null", "{}",
		"{\"ticket\":1,\"symbol\":\"A\",\"direction\":\"BUY\",\"entry_price\":\"1\"}",
		"{\"ticket\":1,\"ticket\":2,\"symbol\":\"A\",\"direction\":\"BUY\","
		"\"entry_price\":\"1\",\"volume\":\"1\"}",
		"{\"command\":\"dtms-enable\",\"ticket\":1,\"symbol\":\"A\",\"direction\":\"BUY\","
		"\"entry_price\":\"1\",\"volume\":\"1\"}"};
	struct dtms_trade trade, untouched = {.ticket = 42};

	assert_int_equal(dtms_trade_event_read(good, &trade), 0);
	assert_string_equal(trade.account, "manual");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(dtms_trade_event_read(bad[i], &untouched), -EINVAL);
		assert_int_equal(untouched.ticket, 42);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trade_is_taken_as_it_is_said),
		cmocka_unit_test(what_is_not_said_is_none),
		cmocka_unit_test(names_are_up_to_63_bytes_of_any_language),
		cmocka_unit_test(prices_are_read_exactly_from_text_and_numbers),
		cmocka_unit_test(any_number_of_15_digits_is_read_to_the_last_of_them),
		cmocka_unit_test(a_price_that_is_not_exact_is_refused_and_not_rounded),
		cmocka_unit_test(text_that_is_no_number_is_refused),
		cmocka_unit_test(nothing_that_is_not_above_0_is_a_price_or_a_volume),
		cmocka_unit_test(a_ticket_is_a_whole_number_above_0),
		cmocka_unit_test(a_direction_is_buy_or_sell_in_upper_case),
		cmocka_unit_test(a_name_that_cannot_be_one_is_refused),
		cmocka_unit_test(a_name_that_is_no_utf8_or_hides_a_nul_is_refused),
		cmocka_unit_test(a_member_that_is_needed_and_missing_is_named),
		cmocka_unit_test(an_unknown_member_is_refused_by_its_name),
		cmocka_unit_test(a_member_whose_name_cannot_be_repeated_is_refused_all_the_same),
		cmocka_unit_test(what_is_no_object_is_no_question),
		cmocka_unit_test(disabling_names_a_ticket_and_an_account_and_nothing_else),
		cmocka_unit_test(a_trade_is_told_in_decimals_names_and_times_of_utc),
		cmocka_unit_test(what_a_trade_does_not_have_is_null),
		cmocka_unit_test(a_venues_words_that_were_cut_in_a_character_are_told_all_the_same),
		cmocka_unit_test(a_stored_trade_is_read_as_it_was_asked_for),
		cmocka_unit_test(a_stored_text_that_is_no_trade_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
