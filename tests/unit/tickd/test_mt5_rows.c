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
		cmocka_unit_test(what_a_bad_line_lacks_is_said),
	};

	return cmocka_run_group_tests_name("tickd/mt5_rows", tests, NULL, NULL);
}
