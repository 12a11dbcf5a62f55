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
#include <zstd.h>

#include "marketsim/answers.h"
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

static char heard[256];

static void
hear(const char *sentence)
{
	snprintf(heard, sizeof(heard), "%s", sentence);
}

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
	return capture_load(&capture, files, 1, hear, problem);
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
	assert_int_equal(capture_load(&capture, files, 2, hear, &problem), 0);
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
}

static void
a_trade_that_cannot_be_read_is_played_and_told(void **state)
{
	char text[sizeof(trades) + 128];
	struct problem problem;

	snprintf(text, sizeof(text), "%s%s", trades,
	    "104 {\"stream\":\"a@trade\",\"data\":{\"p\":5}}\n105 \n");
	assert_int_equal(load(text, &problem), 0);
	assert_int_equal(capture.frame_count, 7);
	assert_int_equal(capture.trades[0].count, 3);
	assert_string_equal(heard,
	    "1 frames of trades cannot be read: played, but not in REST");
	capture_free(&capture);
}

static void
trades_that_came_late_are_in_their_place(void **state)
{
	static const char late[] =
	    "90 {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":5,"
	    "\"s\":\"BTCUSDT\",\"t\":13,\"p\":\"61000.6\",\"q\":\"0.5\",\"T\":1001,"
	    "\"m\":false,\"M\":true}}\n";
	char text[sizeof(late) + sizeof(trades)];
	struct problem problem;

	snprintf(text, sizeof(text), "%s%s", late, trades);
	assert_int_equal(load(text, &problem), 0);
	assert_int_equal(capture.trades[0].count, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(capture.trades[0].items[i].id, 10 + i);
	assert_int_equal(capture.trades[0].items[3].aggregate_id, 2);
	capture_free(&capture);
}

static void
an_aggregate_is_served_again_as_it_was(void **state)
{
	static const char text[] =
	    "1 {\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":5,"
	    "\"s\":\"BTCUSDT\",\"a\":77,\"p\":\"61000.6\",\"q\":\"0.00000010\",\"f\":10,"
	    "\"l\":12,\"T\":1001,\"m\":false,\"M\":true}}\n";
	struct body body = { 0 };
	struct query query = { .from_id = QUERY_NONE, .start_us = QUERY_NONE,
		.end_us = QUERY_NONE, .limit = 5 };
	struct trade_source source;
	struct problem problem;

	assert_int_equal(load(text, &problem), 0);
	source = capture_source(&capture);
	answer_agg_trades(&body, &source, &query);
	body_add_bytes(&body, "", 1);
	assert_string_equal(body.text,
	    "[{\"a\":77,\"p\":\"61000.60000000\",\"q\":\"0.00000010\",\"f\":10,\"l\":12,"
	    "\"T\":1001,\"m\":false,\"M\":true}]");
	body_free(&body);
	capture_free(&capture);
}

/* Packs `text` as a zstd frame of its own behind what the file has; `keep` bytes of it. */
static void
append_zstd(const char *name, const char *text, size_t keep)
{
	static char packed[8192];
	size_t length = ZSTD_compress(packed, sizeof(packed), text, strlen(text), 1);
	FILE *out = fopen(name, "a");

	assert_false(ZSTD_isError(length));
	assert_non_null(out);
	assert_int_equal(fwrite(packed, keep < length ? keep : length, 1, out), 1);
	assert_int_equal(fclose(out), 0);
}

/* One frame of zstd with a block for each text, as a recorder flushes them; `cut` bytes less. */
static void
write_blocks(const char *name, const char *const *texts, size_t count, size_t cut)
{
	static char packed[8192];
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_outBuffer to = { packed, sizeof(packed), 0 };
	FILE *out = fopen(name, "w");

	assert_non_null(context);
	assert_non_null(out);
	for (size_t i = 0; i < count; i++) {
		ZSTD_inBuffer from = { texts[i], strlen(texts[i]), 0 };

		assert_int_equal(
		    ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush), 0);
	}
	assert_int_equal(fwrite(packed, to.pos - cut, 1, out), 1);
	assert_int_equal(fclose(out), 0);
	ZSTD_freeCCtx(context);
}

static void
many_zstd_frames_are_one_text(void **state)
{
	char name[64];
	const char *files[] = { name };
	struct problem problem;

	snprintf(name, sizeof(name), "%s.zst", file);
	unlink(name);
	heard[0] = '\0';
	append_zstd(name, "1 {}\n", SIZE_MAX);
	append_zstd(name, trades, SIZE_MAX);
	append_zstd(name, "2 {}\n", SIZE_MAX);
	assert_int_equal(capture_load(&capture, files, 1, hear, &problem), 0);
	assert_int_equal(capture.frame_count, 7);
	assert_string_equal(heard, "");
	capture_free(&capture);
	unlink(name);
}

static void
a_recording_that_breaks_off_is_played_up_to_its_last_whole_line(void **state)
{
	const char *texts[] = { trades, "200 {}\n201 {\"half\"", ":5,\"six\":7}\n" };
	char name[64], expected[128];
	const char *files[] = { name };
	struct problem problem;

	snprintf(name, sizeof(name), "%s.zst", file);
	snprintf(expected, sizeof(expected),
	    "%s breaks off: its tail is missing, the rest is played", name);
	for (size_t cut = 1; cut < 10; cut++) { /* all of them within the third block */
		heard[0] = '\0';
		write_blocks(name, texts, 3, cut);
		assert_int_equal(capture_load(&capture, files, 1, hear, &problem), 0);
		assert_int_equal(capture.frame_count, 6);
		assert_string_equal(heard, expected);
		capture_free(&capture);
	}
	write_blocks(name, texts, 3, 0); /* killed between two blocks: nothing but the end lacks */
	assert_int_equal(capture_load(&capture, files, 1, hear, &problem), 0);
	assert_int_equal(capture.frame_count, 7);
	capture_free(&capture);
	unlink(name);
}

static void
a_folder_is_its_recordings_in_the_order_of_their_names(void **state)
{
	char folder[] = "/tmp/test_captures.XXXXXX", name[64];
	static const char *const names[] = { "b.zst", "a.zst", "c.zst", "d.txt" };
	const char *files[] = { folder };
	struct problem problem;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(capture_load(&capture, files, 1, hear, &problem), -ENOENT);
	for (int i = 0; i < 4; i++) {
		char line[64];

		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		snprintf(line, sizeof(line), "%d {}\n", names[i][0]);
		append_zstd(name, i == 2 ? trades : line, SIZE_MAX);
	}
	assert_int_equal(capture_load(&capture, files, 1, hear, &problem), 0);
	assert_int_equal(capture.frame_count, 7);
	assert_int_equal(capture.frames[0].time_ns, 'a');
	assert_int_equal(capture.frames[1].time_ns, 'b');
	assert_int_equal(capture.frames[2].time_ns, 99);
	capture_free(&capture);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void
the_shutdown_of_the_recorded_connection_is_not_played(void **state)
{
	char text[sizeof(trades) + 128];
	struct problem problem;

	snprintf(text, sizeof(text), "%s%s", trades,
	    "104 {\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}\n");
	assert_int_equal(load(text, &problem), 0);
	assert_int_equal(capture.frame_count, 5);
	capture_free(&capture);
}

static void
a_capture_without_trades_or_file_is_refused(void **state)
{
	const char *files[] = { "/nonexistent/capture" };
	struct problem problem;

	assert_int_equal(load("", &problem), -EINVAL);
	capture_free(&capture);
	assert_int_equal(capture_load(&capture, files, 1, hear, &problem), -ENOENT);
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
		cmocka_unit_test(a_trade_that_cannot_be_read_is_played_and_told),
		cmocka_unit_test(trades_that_came_late_are_in_their_place),
		cmocka_unit_test(an_aggregate_is_served_again_as_it_was),
		cmocka_unit_test(many_zstd_frames_are_one_text),
		cmocka_unit_test(a_recording_that_breaks_off_is_played_up_to_its_last_whole_line),
		cmocka_unit_test(a_folder_is_its_recordings_in_the_order_of_their_names),
		cmocka_unit_test(the_shutdown_of_the_recorded_connection_is_not_played),
		cmocka_unit_test(a_capture_without_trades_or_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
