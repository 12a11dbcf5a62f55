#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include <inttypes.h>
#include <math.h>

#include "tests/unit/tickd/terminal_messages.h"

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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(ticks_are_read_as_the_paper_has_them),
		TEST(a_line_of_ticks_need_not_say_where_it_begins_nor_have_ticks),
		TEST(what_is_wrong_in_ticks_is_named),
		TEST(times_of_ticks_never_fall),
		TEST(times_and_flags_at_the_end_of_their_ranges_are_taken),
		TEST(bars_are_read_as_the_paper_has_them),
		TEST(what_is_wrong_in_bars_is_named),
		TEST(a_number_is_the_decimal_that_was_meant),
		TEST(a_number_beyond_all_decimals_is_refused),
		TEST(a_price_survives_its_way_through_a_double),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
