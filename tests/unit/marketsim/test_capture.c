#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "marketsim/capture.h"
#include "marketsim/frame.h"

static const char trades[] =
    "99 {\"lastUpdateId\":5,\"bids\":[]}\n"
    "100 {\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\",\"b\":\"1.0\","
    "\"B\":\"1\",\"a\":\"2.0\",\"A\":\"1\"}}\n"
    "101 {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":5,\"s\":\"BTCUSDT\","
    "\"t\":10,\"p\":\"61000.5\",\"q\":\"1.5\",\"T\":1000,\"m\":true,\"M\":true}}\n"
    "102 {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":5,\"s\":\"BTCUSDT\","
    "\"t\":11,\"p\":\"61000.5\",\"q\":\"0.5\",\"T\":1000,\"m\":true,\"M\":true}}\n"
    "103 {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":5,\"s\":\"BTCUSDT\","
    "\"t\":12,\"p\":\"61000.6\",\"q\":\"0.5\",\"T\":1001,\"m\":false,\"M\":true}}\n";

static char file[] = "/tmp/test_capture.XXXXXX";
static struct capture capture;

static void
write_file(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int
make_file(void **state)
{
	int fd = mkstemp(file);

	return fd < 0 ? -1 : close(fd);
}

static int
remove_file(void **state)
{
	return unlink(file);
}

static int
load(const char *text, struct problem *problem)
{
	const char *files[] = { file };

	write_file(text);
	return capture_load(&capture, files, 1, problem);
}

static void
every_line_becomes_a_frame_and_every_trade_a_trade(void **state)
{
	struct trade_source source;
	struct problem problem;
	struct trade read[8];

	assert_int_equal(load(trades, &problem), 0);
	source = capture_source(&capture);
	assert_int_equal(capture.frame_count, 5);
	assert_int_equal(capture.frames[0].stream, -1);
	assert_int_equal(capture.frames[1].stream, STREAM_BOOK_TICKER);
	assert_int_equal(capture.frames[2].stream, STREAM_TRADE);
	assert_int_equal(capture.frames[2].time_ns, 101);
	assert_int_equal(source.oldest(source.object, 0), 10);
	assert_int_equal(source.newest(source.object, 0), 12);
	assert_int_equal(source.read(source.object, 0, 10, read, 8), 3);
	assert_int_equal(read[0].price_e8, INT64_C(6100050000000));
	assert_int_equal(read[0].aggregate_id, read[1].aggregate_id);
	assert_int_equal(read[2].aggregate_id, read[1].aggregate_id + 1);
	assert_int_equal(source.at_time(source.object, 0, 1000500), 12);
	assert_int_equal(source.of_aggregate(source.object, 0, read[2].aggregate_id), 12);
	assert_int_equal(source.now(source.object), 1001000);
	capture_free(&capture);
}

static void
a_trade_recorded_twice_is_one_trade(void **state)
{
	const char *files[] = { file, file };
	struct problem problem;

	write_file(trades);
	assert_int_equal(capture_load(&capture, files, 2, &problem), 0);
	assert_int_equal(capture.frame_count, 10);
	assert_int_equal(capture.trades[0].count, 3);
	capture_free(&capture);
}

static void
a_damaged_line_is_named(void **state)
{
	struct problem problem;
	char expected[128];

	assert_int_equal(load("1 {}\nnonsense\n", &problem), -EINVAL);
	snprintf(expected, sizeof(expected), "%s:2: expected `<receive time in ns> <frame>`", file);
	assert_string_equal(problem.text, expected);
	capture_free(&capture);
	assert_int_equal(load("1 {\"stream\":\"a@trade\",\"data\":{\"p\":5}}\n", &problem),
	    -EINVAL);
	snprintf(expected, sizeof(expected), "%s:1: a @trade frame that is no trade", file);
	assert_string_equal(problem.text, expected);
	capture_free(&capture);
}

static void
a_capture_without_trades_or_file_is_refused(void **state)
{
	const char *files[] = { "/nonexistent/capture" };
	struct problem problem;

	assert_int_equal(load("", &problem), -EINVAL);
	capture_free(&capture);
	assert_int_equal(capture_load(&capture, files, 1, &problem), -ENOENT);
	assert_string_equal(problem.text, "/nonexistent/capture: No such file or directory");
	capture_free(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_becomes_a_frame_and_every_trade_a_trade),
		cmocka_unit_test(a_trade_recorded_twice_is_one_trade),
		cmocka_unit_test(a_damaged_line_is_named),
		cmocka_unit_test(a_capture_without_trades_or_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
