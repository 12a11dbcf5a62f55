#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tradingctl/feed_text.h"

#define NOW_US INT64_C(1700000100000000)

static void
assert_text(json_t *feed, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	feed_text_print(feed, NOW_US, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	json_decref(feed);
}

static void
an_older_status_says_nothing(void **state)
{
	assert_text(json_pack("{s:s, s:s, s:[{s:s, s:i}]}", "name", "binance", "state", "live",
	    "symbols", "symbol", "BTCUSDT", "ticks", 7), "");
	assert_text(json_object(), "");
}

static void
what_is_missing_and_how_fast_it_is_filled(void **state)
{
	assert_text(json_pack("{s:s, s:{s:s, s:s, s:i, s:i, s:f, s:i}, s:[{s:i, s:i, s:i}, {s:i, s:i}]}",
	    "name", "binance", "backfill", "state", "filling", "symbol", "BTCUSDT", "missing", 12345,
	    "filled", 678, "per_second", 1234.5, "eta_s", 90061, "symbols", "gaps", 2, "missing",
	    12000, "backfilled", 678, "gaps", 1, "missing", 345),
	    "binance gaps      3 open, 12345 ids missing, 678 backfilled\n"
	    "binance backfill  filling BTCUSDT: 12345 ids missing, 678 filled, 1234.5 a second,"
	    " 1d 01:01:01 left\n");
}

static void
a_wait_for_rest_says_until_when_and_why(void **state)
{
	assert_text(json_pack("{s:s, s:{s:i, s:i, s:i, s:s}}", "name", "binance", "rest",
	    "weight_used", 5400, "weight_limit", 6000, "wait_s", 60, "why", "429, too many requests"),
	    "binance REST      weight 5400 of 6000, waits until 2023-11-14T22:16:00Z (60 s):"
	    " 429, too many requests\n");
	assert_text(json_pack("{s:s, s:{s:i, s:i, s:i, s:n}}", "name", "binance", "rest",
	    "weight_used", 25, "weight_limit", 6000, "wait_s", 0, "why"),
	    "binance REST      weight 25 of 6000\n");
}

static void
clocks_lines_recorder_and_silent_symbols(void **state)
{
	assert_text(json_pack("{s:s, s:{s:f, s:f, s:b}, s:[{s:s, s:i, s:i}], s:i,"
			      " s:{s:s, s:i, s:i, s:i}, s:[{s:s, s:b}, {s:s, s:b}, {s:s, s:b}]}",
	    "name", "binance", "clock", "offset_ms", -1271.0, "frames_offset_ms", 3.0, "alarm", 1,
	    "lines", "state", "live", "symbols", 20, "age_s", 3600, "rotations", 4, "recorder",
	    "file", "x.zst", "bytes", 1 << 20, "frames", 9, "lost", 0, "symbols", "symbol", "A",
	    "silent", 1, "symbol", "B", "silent", 0, "symbol", "C", "silent", 1),
	    "binance clock     -1271 ms by REST, +3 ms by its frames: ALARM\n"
	    "binance lines     live (20 symbols, 3600 s), 4 rotations\n"
	    "binance recorder  x.zst: 1.0 MiB, 9 frames, 0 lost\n"
	    "binance silent    A, C\n");
}

static void
a_connected_terminal_says_whose_it_is_and_what_it_brings(void **state)
{
	assert_text(json_loads("{\"name\":\"mt5.far\",\"state\":\"live\",\"listen\":\"[::1]:9443\","
	    "\"account\":\"1001\",\"server\":\"Broker-Demo\",\"connected_s\":90061,"
	    "\"utc_offset_s\":-12600,\"ticks_per_second\":12.34,\"waiting\":7,\"held\":0,"
	    "\"orders\":{\"pending\":1,\"sent\":2,\"done\":3,\"failed\":4,\"today\":5},"
	    "\"symbols\":[{\"symbol\":\"EURUSD\"},{\"symbol\":\"XAUUSD\"}]}", 0, NULL),
	    "mt5.far terminal  account 1001 at Broker-Demo, its clock is UTC-03:30, connected for"
	    " 1d 01:01:01\n"
	    "mt5.far symbols   2, 12.3 ticks a second, 7 rows not stored yet\n"
	    "mt5.far orders    1 pending, 2 sent, 3 done, 4 failed, 5 today\n");
	assert_text(json_loads("{\"name\":\"mt5\",\"listen\":\"127.0.0.1:9443\",\"account\":\"1\","
	    "\"server\":\"S\",\"connected_s\":0,\"utc_offset_s\":10800,\"held\":9,\"symbols\":[]}",
	    0, NULL),
	    "mt5 terminal  account 1 at S, its clock is UTC+03:00, connected for 00:00:00\n"
	    "mt5 symbols   0, 0.0 ticks a second, 0 rows not stored yet, 9 ticks wait for its clock\n");
}

static void
a_terminal_that_is_not_connected_is_waited_for_at_the_listener(void **state)
{
	assert_text(json_loads("{\"name\":\"mt5\",\"state\":\"waiting\","
	    "\"listen\":\"127.0.0.1:9443\",\"utc_offset_s\":10800,"
	    "\"symbols\":[{\"symbol\":\"EURUSD\"}]}", 0, NULL),
	    "mt5 terminal  waits for its terminal at 127.0.0.1:9443\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_status_says_nothing),
		cmocka_unit_test(what_is_missing_and_how_fast_it_is_filled),
		cmocka_unit_test(a_wait_for_rest_says_until_when_and_why),
		cmocka_unit_test(clocks_lines_recorder_and_silent_symbols),
		cmocka_unit_test(a_connected_terminal_says_whose_it_is_and_what_it_brings),
		cmocka_unit_test(a_terminal_that_is_not_connected_is_waited_for_at_the_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
