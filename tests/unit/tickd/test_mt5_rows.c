#define _GNU_SOURCE
#include "tickd/import/mt5_rows.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_place.h"

#define AT_US INT64_C(1704153600000000) /* 2024-01-02 */

static int
row(struct mt5_rows *rows, const char *line, struct tick *tick)
{
	struct problem problem;
	int result = mt5_row(rows, line, strlen(line), tick, &problem);

	if (result < 0)
		fail_msg("%s: %s", line, problem.text);
	return result;
}

static const char *
refused(struct mt5_rows *rows, const char *line)
{
	static struct problem problem;
	struct tick tick;

	assert_int_equal(mt5_row(rows, line, strlen(line), &tick, &problem), -EINVAL);
	return problem.text;
}

static void
a_row_is_a_quote_in_utc(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, INT64_C(3) * 3600 * 1000000);
	assert_int_equal(row(&rows, "2024.01.02\t03:00:00.007\t1.10427\t1.10443\t\t\t6", &tick), 1);
	assert_int_equal(tick.time_us, AT_US + 7000);
	assert_int_equal(tick.tick_id, 0);
	assert_int_equal(tick.bid_e8, 110427000);
	assert_int_equal(tick.ask_e8, 110443000);
	assert_int_equal(tick.price_e8, TICK_NONE);
	assert_int_equal(tick.volume_e8, TICK_NONE);
	assert_int_equal(tick.flags, TICK_QUOTE | TICK_IMPORTED | 6 << MT5_FLAGS_SHIFT);
}

static void
what_is_blank_is_as_in_the_row_before(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t1.5\t1.6\t\t\t6", &tick), 1);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.001\t\t1.7\t\t\t4", &tick), 1);
	assert_int_equal(tick.bid_e8, 150000000);
	assert_int_equal(tick.ask_e8, 170000000);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.002\t1.4\t\t\t\t2", &tick), 1);
	assert_int_equal(tick.bid_e8, 140000000);
	assert_int_equal(tick.ask_e8, 170000000);
}

static void
ticks_of_one_millisecond_are_numbered(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t1.5\t1.6\t\t\t6", &tick), 1);
		assert_int_equal(tick.tick_id, i);
	}
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.001\t1.5\t1.6\t\t\t6", &tick), 1);
	assert_int_equal(tick.tick_id, 0);
}

static void
a_deal_counts_once_whatever_is_repeated(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t99\t101\t100\t5\t56", &tick), 1);
	assert_int_equal(tick.price_e8, INT64_C(10000000000));
	assert_int_equal(tick.volume_e8, 500000000);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.001\t98\t\t\t\t2", &tick), 1);
	assert_int_equal(tick.volume_e8, TICK_NONE);
	/* Another deal of the same price and size: only the flags say so. */
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.002\t\t\t\t\t24", &tick), 1);
	assert_int_equal(tick.price_e8, INT64_C(10000000000));
	assert_int_equal(tick.volume_e8, 500000000);
}

static void
an_empty_book_is_no_price(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t0\t0\t\t\t6", &tick), 0);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t\t1.6\t\t\t4", &tick), 1);
	assert_int_equal(tick.bid_e8, TICK_NONE);
	assert_int_equal(tick.tick_id, 1); /* its place, as the terminal counts */
}

static void
the_header_is_known_as_it_is_alone(void **state)
{
	static const char header[] = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>";

	assert_true(mt5_line_is_header(header, strlen(header)));
	assert_false(mt5_line_is_header(header, strlen(header) - 1));
	assert_false(mt5_line_is_header("<DATE>\t<TIME>\t<OPEN>", 20));
}

static void
all_flags_are_kept(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.000\t1\t2\t\t\t134", &tick), 1);
	assert_int_equal(tick.flags >> MT5_FLAGS_SHIFT, 134);
	assert_int_equal(tick.price_e8, TICK_NONE);
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.001\t1\t2\t\t\t65535", &tick), 1);
	assert_int_equal(tick.flags >> MT5_FLAGS_SHIFT, 65535);
	assert_non_null(strstr(refused(&rows, "2024.01.02\t00:00:00.002\t1\t2\t\t\t65536"),
	    "column 7 (FLAGS): expected"));
	assert_int_equal(row(&rows, "2024.01.02\t00:00:00.003\t1\t2\t\t\t", &tick), 1);
	assert_int_equal(tick.flags, TICK_QUOTE | TICK_IMPORTED);
}

/* One price column of the file: blank where it is as before. */
static void
append_value(char *text, size_t size, int64_t value, int64_t *shown)
{
	size_t length = strlen(text);

	if (value == *shown)
		snprintf(text + length, size - length, "\t");
	else
		snprintf(text + length, size - length, "\t%d.%02d", (int)value / 100,
		    (int)value % 100);
	*shown = value;
}

/* The terminal's ticks as it exports them, and as its bridge would send them. */
static void
an_imported_tick_is_the_row_that_it_is_live(void **state)
{
	static const uint32_t flags[] = {2, 4, 6, 134, 8, 24, 56, 88, 120, 14, 0};
	const struct broker_offset offset = {0, INT64_C(7200000000)};
	int64_t shown[4] = {-1, -1, -1, -1}, now[4] = {0};
	struct mt5_watermark mark = {TICK_NONE, 0};
	uint64_t chance = chance_seed();
	struct broker_time time;
	struct mt5_rows rows;
	int second = 0;

	broker_time_load(&time, &offset, 1, TICK_NONE);
	mt5_rows_start(&rows, offset.offset_us);
	for (int i = 0; i < 3000; i++) {
		struct mt5_tick terminal;
		struct mt5_ticks message = {.first = -1, .ticks = &terminal, .count = 1};
		struct tick live, imported;
		size_t count, known;
		char text[128];

		second += chance_below(&chance, 3) == 0;
		for (int k = 0; k < 4; k++)
			if (chance_below(&chance, 3) == 0)
				now[k] = chance_below(&chance, 4) * 37;
		terminal = (struct mt5_tick){
			.server_ms = AT_US / 1000 + second * 1000,
			.bid_e8 = now[0] == 0 ? TICK_NONE : now[0] * 1000000,
			.ask_e8 = now[1] == 0 ? TICK_NONE : now[1] * 1000000,
			.last_e8 = now[2] == 0 ? TICK_NONE : now[2] * 1000000,
			.volume_e8 = now[3] * 1000000,
			.flags = flags[chance_below(&chance, 11)],
		};
		count = mt5_place(&mark, &message, &time, 0, &live, &known);
		snprintf(text, sizeof(text), "2024.01.02\t%02d:%02d:%02d.000", second / 3600,
		    second / 60 % 60, second % 60);
		for (int k = 0; k < 4; k++)
			append_value(text, sizeof(text), now[k], &shown[k]);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "\t%u", terminal.flags);
		assert_int_equal(row(&rows, text, &imported), count);
		if (count == 0)
			continue;
		live.flags |= TICK_IMPORTED;
		assert_memory_equal(&imported, &live, sizeof(live));
	}
}

static void
what_a_bad_line_lacks_is_said(void **state)
{
	struct mt5_rows rows;
	struct tick tick;

	mt5_rows_start(&rows, 0);
	assert_string_equal(refused(&rows, "2024.01.02,00:00:00.000,1,1,,,6"),
	    "expected the 7 columns of MT5 ticks, separated by tabs, not 1");
	assert_string_equal(refused(&rows, "2024-01-02\t00:00:00.000\t1\t1\t\t\t6"),
	    "column 1 (DATE): expected a date as 2024.08.01, not \"2024-01-02\"");
	assert_string_equal(refused(&rows, "2024.02.30\t00:00:00.000\t1\t1\t\t\t6"),
	    "column 1 (DATE): expected a date and time that exist, not \"2024.02.30\"");
	assert_string_equal(refused(&rows, "2024.01.02\t00:00\t1\t1\t\t\t6"),
	    "column 2 (TIME): expected a time as 23:59:59.999, not \"00:00\"");
	assert_string_equal(refused(&rows, "2024.01.02\t00:00:00.000\tx\t1\t\t\t6"),
	    "column 3 (BID): expected a decimal from 0 on with up to 8 places, not \"x\"");
	assert_string_equal(refused(&rows, "2024.01.02\t00:00:00.000\t1\t1\t\t\t-6"),
	    "column 7 (FLAGS): expected a whole number from 0 on, not \"-6\"");
	assert_int_equal(row(&rows, "2024.01.02\t00:00:01\t1\t1\t\t\t6", &tick), 1);
	assert_string_equal(refused(&rows, "2024.01.02\t00:00:00.999\t1\t1\t\t\t6"),
	    "column 2 (TIME): expected a time not before that of the row above, not "
	    "\"00:00:00.999\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_a_quote_in_utc),
		cmocka_unit_test(what_is_blank_is_as_in_the_row_before),
		cmocka_unit_test(ticks_of_one_millisecond_are_numbered),
		cmocka_unit_test(a_deal_counts_once_whatever_is_repeated),
		cmocka_unit_test(an_empty_book_is_no_price),
		cmocka_unit_test(the_header_is_known_as_it_is_alone),
		cmocka_unit_test(all_flags_are_kept),
		cmocka_unit_test(an_imported_tick_is_the_row_that_it_is_live),
		cmocka_unit_test(what_a_bad_line_lacks_is_said),
	};

	return cmocka_run_group_tests_name("tickd/mt5_rows", tests, NULL, NULL);
}
