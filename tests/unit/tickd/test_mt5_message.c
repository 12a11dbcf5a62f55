#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "tests/unit/tickd/failing_memory.h"
#include "tests/unit/tickd/terminal_lines.h"

static int
make_reader(void **state)
{
	*state = mt5_reader_create();
	return *state == NULL ? -1 : 0;
}

static int
free_reader(void **state)
{
	mt5_reader_free(*state);
	return 0;
}

static struct mt5_message
message_of(void **state, const char *text)
{
	struct mt5_message message;
	struct problem problem;
	int error =
	    terminal_line(*state, mt5_message_read, text, strlen(text), &message, &problem);

	if (error != 0)
		fail_msg("%s: %d, %s", text, error, error != -ENOMEM ? problem.text : "no memory");
	return message;
}

/* The sentence; a message that was there before is what it was. */
static const char *
refused(void **state, const char *text, int expected)
{
	static struct problem problem;
	struct mt5_message message, before;
	int error;

	memset(&before, 0x5a, sizeof(before));
	memcpy(&message, &before, sizeof(before));
	problem.text[0] = '\0';
	error = terminal_line(*state, mt5_message_read, text, strlen(text), &message, &problem);
	if (error != expected)
		fail_msg("%s: %d and not %d", text, error, expected);
	assert_memory_equal(&message, &before, sizeof(before));
	return problem.text;
}

static struct mt5_message
changed(void **state, const char *example, const char *path, const char *value)
{
	char *text = terminal_changed(example, path, value);
	struct mt5_message message = message_of(state, text);

	free(text);
	return message;
}

struct fault {
	const char *path, *value, *sentence; /* value NULL: the member is not there */
};

static void
check_faults(void **state, const char *example, const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = terminal_changed(example, faults[i].path, faults[i].value);
		const char *said = refused(state, text, -EINVAL);

		if (strcmp(said, faults[i].sentence) != 0)
			fail_msg("%s = %s: \"%s\" and not \"%s\"", faults[i].path, faults[i].value,
			    said, faults[i].sentence);
		free(text);
	}
}

#define CHECK_FAULTS(state, example, faults)                                                       \
	check_faults(state, example, faults, sizeof(faults) / sizeof((faults)[0]))

/* A JSON text of so many letters, in one of two buffers that take turns. */
static const char *
letters(size_t length)
{
	static char buffers[2][512];
	static unsigned turn;
	char *text = buffers[turn++ % 2];

	assert_true(length + 3 <= sizeof(buffers[0]));
	text[0] = '"';
	memset(text + 1, 'x', length);
	memcpy(text + 1 + length, "\"", 2);
	return text;
}

static void
what_is_no_json_object_is_not_json_and_nothing_of_it_is_repeated(void **state)
{
	static const char *const lines[] = {"", "{", "hello", "{\"type\":\"ping\"} x", "[", "{]",
		"{\"type\":\"pi\nng\"}", "{\"type\":\"\xff\"}", "{\"type\":\"\xc3\"}",
		"{\"type\":\"\\u0000\"}", "{\"type\":\"a\",\"type\":\"a\"}",
		"{\"type\":\"ping\",\"x\":99999999999999999999}", "{\"type\":\"ping\",\"x\":01}",
		"{\"token\":\"sesame\",}", "{\"token\":\"sesame\",\"token\":\"sesame\"}"};
	static const char *const others[] = {"[]", "[1]"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *said = refused(state, lines[i], -EBADMSG);

		assert_int_equal(strncmp(said, "expected a JSON object: from byte ", 34), 0);
		assert_null(strstr(said, "sesame"));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(refused(state, others[i], -EBADMSG), "expected a JSON object");
}

static void
a_line_with_a_nul_is_not_json(void **state)
{
	static const char text[] = "{\"type\":\"pi\0ng\"}";
	struct mt5_message message;
	struct problem problem;

	assert_int_equal(terminal_line(*state, mt5_message_read, text, sizeof(text) - 1, &message,
			     &problem),
	    -EBADMSG);
}

static void
a_message_says_its_type(void **state)
{
	assert_string_equal(refused(state, "{}", -EINVAL), "type: expected a text");
	assert_string_equal(refused(state, "{\"type\":5}", -EINVAL), "type: expected a text");
	assert_string_equal(refused(state, "{\"type\":null}", -EINVAL), "type: expected a text");
}

static void
an_unknown_type_is_told_by_its_name_cut_between_characters(void **state)
{
	struct mt5_message message = message_of(state, "{\"type\":\"news\",\"about\":[1]}");
	char text[128];

	assert_int_equal(message.type, MT5_UNKNOWN);
	assert_string_equal(message.name, "news");
	assert_int_equal(message.clocks.server_s, TICK_NONE);
	message = message_of(state, "{\"type\":\"\"}");
	assert_int_equal(message.type, MT5_UNKNOWN);
	/* 62 letters and one of two bytes: the 63 bytes that fit would end within it. */
	snprintf(text, sizeof(text), "{\"type\":\"%.62s\xc3\xa4z\"}", letters(62) + 1);
	message = message_of(state, text);
	assert_int_equal(message.type, MT5_UNKNOWN);
	assert_int_equal(strlen(message.name), 62);
	snprintf(text, sizeof(text), "{\"type\":\"%.61s\xc3\xa4z\"}", letters(61) + 1);
	message = message_of(state, text);
	assert_string_equal(message.name + 61, "\xc3\xa4");
	/* The beginning of a known one is not that one. */
	assert_int_equal(message_of(state, "{\"type\":\"pings\"}").type, MT5_UNKNOWN);
}

static void
members_that_nobody_knows_are_passed_over(void **state)
{
	struct mt5_message message = message_of(state,
	    "{\"colour\":\"red\",\"type\":\"ping\",\"time_gmt\":2,\"time_server\":1,\"x\":{}}");

	assert_int_equal(message.type, MT5_PING);
	assert_int_equal(message.clocks.server_s, 1);
	assert_int_equal(message.clocks.gmt_s, 2);
}

/* ---- hello ---- */

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
	struct mt5_message message = changed(state, example_hello, "account", "9223372036854775807");

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

/* A hello of so many symbols, all of different names but for the last, which has name `last`. */
static char *
hello_of(size_t count, const char *last)
{
	json_t *root = json_loads(example_hello, 0, NULL);
	json_t *symbols = json_object_get(root, "symbols");
	char name[32], *text;

	for (size_t i = 1; i < count; i++) {
		json_t *symbol = json_deep_copy(json_array_get(symbols, 0));

		snprintf(name, sizeof(name), "S%zu", i);
		json_object_set_new(symbol, "name", json_string(i + 1 == count ? last : name));
		json_array_append_new(symbols, symbol);
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	assert_non_null(text);
	return text;
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

/* ---- ticks and bars ---- */

static void
ticks_are_read_as_the_paper_has_them(void **state)
{
	struct mt5_message message = message_of(state, example_ticks);
	const struct mt5_tick *tick = message.ticks.ticks;

	assert_int_equal(message.type, MT5_TICKS);
	assert_int_equal(message.clocks.server_s, 1724000001);
	assert_int_equal(message.clocks.gmt_s, 1723989201);
	assert_string_equal(message.ticks.symbol, "EURUSD");
	assert_int_equal(message.ticks.seq, 7);
	assert_int_equal(message.ticks.first, 0);
	assert_int_equal(message.ticks.from_ms, 1724000000000);
	assert_int_equal(message.ticks.count, 1);
	assert_int_equal(tick->server_ms, 1724000000123);
	assert_int_equal(tick->bid_e8, 110000000);
	assert_int_equal(tick->ask_e8, 110002000);
	assert_int_equal(tick->last_e8, TICK_NONE);
	assert_int_equal(tick->volume_e8, 0);
	assert_int_equal(tick->flags, 6);
}

static void
a_line_of_ticks_need_not_say_where_it_begins_nor_have_ticks(void **state)
{
	struct mt5_message message = message_of(state,
	    "{\"type\":\"ticks\",\"symbol\":\"EURUSD\",\"seq\":0,\"time_server\":1,\"time_gmt\":1,"
	    "\"ticks\":[]}");

	assert_int_equal(message.ticks.first, -1);
	assert_int_equal(message.ticks.from_ms, TICK_NONE);
	assert_int_equal(message.ticks.count, 0);
	message = message_of(state,
	    "{\"type\":\"ticks\",\"symbol\":\"EURUSD\",\"seq\":0,\"time_server\":1,\"time_gmt\":1,"
	    "\"first\":null,\"from_msc\":null,\"ticks\":[]}");
	assert_int_equal(message.ticks.first, -1);
	assert_int_equal(message.ticks.from_ms, TICK_NONE);
}

static void
what_is_wrong_in_ticks_is_named(void **state)
{
	static const struct fault faults[] = {
		{"symbol", "\"\"",
		    "symbol: expected a text of 1 to 63 bytes without control characters"},
		{"seq", "-1", "seq: expected an integer from 0 to 999999999999999999"},
		{"seq", "1000000000000000000",
		    "seq: expected an integer from 0 to 999999999999999999"},
		{"seq", NULL, "seq: expected an integer from 0 to 999999999999999999"},
		{"time_server", "0",
		    "time_server: expected a time in seconds, before the year 2200"},
		{"time_gmt", NULL, "time_gmt: expected a time in seconds, before the year 2200"},
		{"first", "-1", "first: expected an integer from 0 to 999999999"},
		{"first", "1000000000", "first: expected an integer from 0 to 999999999"},
		{"from_msc", "0",
		    "from_msc: expected a time in milliseconds, before the year 2200"},
		{"ticks", NULL, "ticks: expected an array"},
		{"ticks[0]", "5",
		    "ticks[0]: expected [time_msc, bid, ask, last, volume_real, flags]"},
		{"ticks[0]", "[1,2,3,4,5]",
		    "ticks[0]: expected [time_msc, bid, ask, last, volume_real, flags]"},
		{"ticks[0]", "[1,2,3,4,5,6,7]",
		    "ticks[0]: expected [time_msc, bid, ask, last, volume_real, flags]"},
		{"ticks[0][0]", "0",
		    "ticks[0][0]: expected a time in milliseconds, before the year 2200"},
		{"ticks[0][0]", "7258118400000",
		    "ticks[0][0]: expected a time in milliseconds, before the year 2200"},
		{"ticks[0][0]", "\"1\"",
		    "ticks[0][0]: expected a time in milliseconds, before the year 2200"},
		{"ticks[0][1]", "\"-1\"", "ticks[0][1]: expected a decimal of 0 or more"},
		{"ticks[0][1]", "\"\"", "ticks[0][1]: expected a decimal"},
		{"ticks[0][1]", "null", "ticks[0][1]: expected a decimal"},
		{"ticks[0][2]", "\"1.\"", "ticks[0][2]: expected a decimal"},
		{"ticks[0][2]", "\"1.000000001\"",
		    "ticks[0][2]: expected a decimal of at most eight places and less than 92 "
		    "billion"},
		{"ticks[0][3]", "\"1e5\"", "ticks[0][3]: expected a decimal"},
		{"ticks[0][3]", "\"99999999999\"",
		    "ticks[0][3]: expected a decimal of at most eight places and less than 92 "
		    "billion"},
		{"ticks[0][4]", "\"-0.5\"", "ticks[0][4]: expected a decimal of 0 or more"},
		{"ticks[0][5]", "4294967296",
		    "ticks[0][5]: expected an integer from 0 to 4294967295"},
		{"ticks[0][5]", "-1", "ticks[0][5]: expected an integer from 0 to 4294967295"},
	};

	CHECK_FAULTS(state, example_ticks, faults);
}

static void
times_of_ticks_never_fall(void **state)
{
	static const char line[] =
	    "{\"type\":\"ticks\",\"symbol\":\"X\",\"seq\":1,\"time_server\":1,\"time_gmt\":1,"
	    "\"ticks\":[[5,\"1\",\"1\",\"0\",\"0\",6],[%d,\"1\",\"1\",\"0\",\"0\",6]]}";
	char text[256];

	snprintf(text, sizeof(text), line, 5);
	assert_int_equal(message_of(state, text).ticks.count, 2);
	snprintf(text, sizeof(text), line, 4);
	assert_string_equal(refused(state, text, -EINVAL),
	    "ticks[1][0]: expected a time no earlier than that of the tick before");
}

static void
times_and_flags_at_the_end_of_their_ranges_are_taken(void **state)
{
	struct mt5_message message =
	    changed(state, example_ticks, "ticks[0]", "[7258118399999,0,0,0,0,4294967295]");

	assert_int_equal(message.ticks.ticks[0].server_ms, 7258118399999);
	assert_int_equal(message.ticks.ticks[0].flags, UINT32_MAX);
	assert_int_equal(message.ticks.ticks[0].bid_e8, TICK_NONE);
}

static void
bars_are_read_as_the_paper_has_them(void **state)
{
	struct mt5_message message = message_of(state, example_bars);
	const struct mt5_bar *bar = message.bars.bars;

	assert_int_equal(message.type, MT5_BARS);
	assert_int_equal(message.clocks.server_s, TICK_NONE);
	assert_string_equal(message.bars.symbol, "EURUSD");
	assert_true(message.bars.last);
	assert_int_equal(message.bars.count, 2);
	assert_int_equal(bar->server_s, 1724000100);
	assert_int_equal(bar->open_e8, 110000000);
	assert_int_equal(bar->high_e8, 130000000);
	assert_int_equal(bar->low_e8, 100000000);
	assert_int_equal(bar->close_e8, 120000000);
	assert_int_equal(bar->ticks, 17);
	assert_true(bar->volume == 0.0);
	assert_true(bar[1].volume == 3.5);
	assert_false(changed(state, example_bars, "last", NULL).bars.last);
}

static void
what_is_wrong_in_bars_is_named(void **state)
{
	static const struct fault faults[] = {
		{"symbol", NULL,
		    "symbol: expected a text of 1 to 63 bytes without control characters"},
		{"timeframe", NULL, "timeframe: expected M5"},
		{"timeframe", "\"M1\"", "timeframe: expected M5"},
		{"last", "1", "last: expected true or false"},
		{"bars", NULL, "bars: expected an array"},
		{"bars[1]", "[1,2,3,4,5,6,7]",
		    "bars[1]: expected [time, open, high, low, close, tick_volume, spread, "
		    "real_volume]"},
		{"bars[0][0]", "1724000101", "bars[0][0]: expected the start of five minutes"},
		{"bars[0][0]", "0",
		    "bars[0][0]: expected a time in seconds, before the year 2200"},
		{"bars[1][0]", "1724000100",
		    "bars[1][0]: expected a time after that of the bar before"},
		{"bars[1][0]", "1723999800",
		    "bars[1][0]: expected a time after that of the bar before"},
		{"bars[0][1]", "\"0\"", "bars[0][1]: expected a decimal above 0"},
		{"bars[0][2]", "\"-1\"", "bars[0][2]: expected a decimal above 0"},
		{"bars[0][3]", "\"x\"", "bars[0][3]: expected a decimal"},
		{"bars[0][4]", "null", "bars[0][4]: expected a decimal"},
		{"bars[0][3]", "\"1.10001\"",
		    "bars[0][3]: expected a low below, a high above all prices"},
		{"bars[0][2]", "\"1.19999\"",
		    "bars[0][3]: expected a low below, a high above all prices"},
		{"bars[0][1]", "\"1.30001\"",
		    "bars[0][3]: expected a low below, a high above all prices"},
		{"bars[0][4]", "\"0.99999\"",
		    "bars[0][3]: expected a low below, a high above all prices"},
		{"bars[0][5]", "-1",
		    "bars[0][5]: expected an integer from 0 to 999999999999999999"},
		{"bars[0][7]", "\"-1\"", "bars[0][7]: expected a decimal of 0 or more"},
		{"bars[0][7]", "[]", "bars[0][7]: expected a decimal"},
	};

	CHECK_FAULTS(state, example_bars, faults);
}

/* ---- the account ---- */

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

static void
a_ping_brings_both_clocks(void **state)
{
	static const struct fault faults[] = {
		{"time_server", NULL,
		    "time_server: expected a time in seconds, before the year 2200"},
		{"time_gmt", "-1", "time_gmt: expected a time in seconds, before the year 2200"},
	};
	struct mt5_message message = message_of(state, example_ping);

	assert_int_equal(message.type, MT5_PING);
	assert_int_equal(message.clocks.server_s, 1724000001);
	assert_int_equal(message.clocks.gmt_s, 1723989201);
	CHECK_FAULTS(state, example_ping, faults);
}

/* ---- numbers ---- */

static int64_t
bid_of(void **state, const char *value)
{
	return changed(state, example_ticks, "ticks[0][1]", value).ticks.ticks[0].bid_e8;
}

static void
a_number_is_the_decimal_that_was_meant(void **state)
{
	assert_int_equal(bid_of(state, "1"), 100000000);
	assert_int_equal(bid_of(state, "0"), TICK_NONE);
	assert_int_equal(bid_of(state, "0.0"), TICK_NONE);
	assert_int_equal(bid_of(state, "1.10005"), 110005000);
	assert_int_equal(bid_of(state, "0.00000001"), 1);
	assert_int_equal(bid_of(state, "1e-8"), 1);
	assert_int_equal(bid_of(state, "0.30000000000000004"), 30000000);
	assert_int_equal(bid_of(state, "1.1000500000000001"), 110005000);
	assert_int_equal(bid_of(state, "9999999.99999999"), 999999999999999);
	/* From here on, fewer than eight places survive a double. */
	assert_int_equal(bid_of(state, "99999999.9999999"), 9999999999999990);
	assert_int_equal(bid_of(state, "123456789.1"), 12345678910000000);
	assert_int_equal(bid_of(state, "92233720368.5"), 9223372036850000000);
	assert_int_equal(bid_of(state, "92233720368"), 9223372036800000000);
	assert_int_equal(bid_of(state, "-0.000000001"), TICK_NONE);
}

static void
a_number_beyond_all_decimals_is_refused(void **state)
{
	static const char sentence[] =
	    "ticks[0][1]: expected a decimal of at most eight places and less than 92 billion";
	static const struct fault faults[] = {
		{"ticks[0][1]", "92233720369", sentence},
		{"ticks[0][1]", "92233720368.6", sentence},
		{"ticks[0][1]", "9223372036854775807", sentence},
		{"ticks[0][1]", "1e300", sentence},
		{"ticks[0][1]", "-1e300", sentence},
		{"ticks[0][1]", "-0.00000001", "ticks[0][1]: expected a decimal of 0 or more"},
	};

	CHECK_FAULTS(state, example_ticks, faults);
}

/* Every price of up to 15 digits and eight places, printed as Python or a terminal would. */
static void
a_price_survives_its_way_through_a_double(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 3000; i++) {
		int places = (int)chance_below(&chance, 9);
		int64_t scale = 1, digits, most = INT64_C(999999999999999);
		char text[64];

		for (int j = places; j < 8; j++)
			scale *= 10;
		if (most > INT64_MAX / scale)
			most = INT64_MAX / scale;
		/* Short ones as often as long ones. */
		for (int64_t cut = chance_below(&chance, 15); cut > 0 && most > 10; cut--)
			most /= 10;
		digits = 1 + chance_below(&chance, most);
		snprintf(text, sizeof(text), "%.17g", (double)digits / pow(10, places));
		if (strcspn(text, ".e") == strlen(text))
			strcat(text, ".0");
		if (bid_of(state, text) != digits * scale)
			fail_msg("%s is read as %" PRId64, text, bid_of(state, text));
	}
}

/* ---- memory ---- */

static const char *const examples[] = {example_hello, example_ticks, example_bars,
	example_account, example_positions, example_closed, example_result, example_ping};

static void
read_with_failing_memory(const char *line, terminal_read *read)
{
	bool failed = true;
	int no_memory = 0;

	for (int nth = 1; failed; nth++) {
		struct mt5_reader *reader = mt5_reader_create();
		struct mt5_message message = {.type = MT5_UNKNOWN};
		struct problem problem;
		int error;

		assert_non_null(reader);
		failing_memory_arm(nth);
		error = read(reader, line, strlen(line), &message, &problem);
		failed = failing_memory_disarm();
		/* jansson calls some of them bad syntax; of a text that grows it may lose a byte. */
		assert_true(failed || error == 0);
		assert_true(error == 0 || error == -ENOMEM || error == -EBADMSG);
		no_memory += error == -ENOMEM;
		if (error < 0)
			assert_int_equal(message.type, MT5_UNKNOWN);
		/* It goes on as if nothing had been. */
		assert_int_equal(read(reader, line, strlen(line), &message, &problem), 0);
		assert_int_not_equal(message.type, MT5_UNKNOWN);
		mt5_reader_free(reader);
	}
	assert_true(no_memory > 0);
}

static void
every_allocation_may_fail(void **state)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		read_with_failing_memory(examples[i], mt5_message_read);
		read_with_failing_memory(examples[i], mt5_message_judge);
	}
}

static void
a_reader_is_used_again_for_messages_of_all_kinds_and_sizes(void **state)
{
	char *large = hello_of(20, "LAST");

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
			message_of(state, examples[i]);
		assert_int_equal(message_of(state, large).hello.symbol_count, 20);
		/* A hello that fails after its first symbols owns nothing any more. */
		refused(state, "{\"type\":\"hello\",\"version\":1}", -EINVAL);
	}
	free(large);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_reader, free_reader)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_is_no_json_object_is_not_json_and_nothing_of_it_is_repeated),
		TEST(a_line_with_a_nul_is_not_json),
		TEST(a_message_says_its_type),
		TEST(an_unknown_type_is_told_by_its_name_cut_between_characters),
		TEST(members_that_nobody_knows_are_passed_over),
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
		TEST(ticks_are_read_as_the_paper_has_them),
		TEST(a_line_of_ticks_need_not_say_where_it_begins_nor_have_ticks),
		TEST(what_is_wrong_in_ticks_is_named),
		TEST(times_of_ticks_never_fall),
		TEST(times_and_flags_at_the_end_of_their_ranges_are_taken),
		TEST(bars_are_read_as_the_paper_has_them),
		TEST(what_is_wrong_in_bars_is_named),
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
		TEST(a_ping_brings_both_clocks),
		TEST(a_number_is_the_decimal_that_was_meant),
		TEST(a_number_beyond_all_decimals_is_refused),
		TEST(a_price_survives_its_way_through_a_double),
		TEST(every_allocation_may_fail),
		TEST(a_reader_is_used_again_for_messages_of_all_kinds_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
