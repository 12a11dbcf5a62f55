#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/tick.h"
#include "tradingctl/columns.h"
#include "tradingctl/row_text.h"

static void
assert_printed(struct columns *columns, bool titles, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(columns_print(columns, titles, out), 0);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void
columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct columns *columns = columns_create("name|>price|note");

	columns_add(columns, "BTCUSDT");
	columns_add(columns, "%d", 7);
	columns_add(columns, "a");
	columns_add(columns, "币安人生"); /* four characters in twelve bytes */
	columns_add(columns, "123456");
	columns_add(columns, "longer");
	assert_printed(columns, true,
	    "name      price  note\nBTCUSDT       7  a\n币安人生     123456  longer\n");
	columns_free(columns);
}

static void
the_next_page_lines_up_with_the_one_before(void **state)
{
	struct columns *columns = columns_create("a|b");

	columns_add(columns, "wide cell");
	columns_add(columns, "1");
	columns_next_page(columns);
	columns_add(columns, "x");
	columns_add(columns, "2");
	assert_printed(columns, false, "x          2\n");
	columns_free(columns);
}

static void
doubles_are_as_short_as_exactness_allows(void **state)
{
	char text[ROW_TEXT_SIZE];

	assert_string_equal(row_text_double(0.1, text), "0.1");
	assert_string_equal(row_text_double(0.1 + 0.2, text), "0.30000000000000004");
	assert_string_equal(row_text_double(1234567.5, text), "1234567.5");
}

static void
prices_are_exact_and_their_absence_a_dash(void **state)
{
	char text[DECIMAL_SIZE];

	assert_string_equal(row_text_price(5925101000000, 2, text), "59251.01");
	assert_string_equal(row_text_price(5925101000001, 2, text), "59251.01000001");
	assert_string_equal(row_text_price(TICK_NONE, 2, text), "-");
}

static void
times_show_microseconds_where_there_are_some(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	assert_string_equal(row_text_time(1500000, text), "1970-01-01T00:00:01.500Z");
	assert_string_equal(row_text_time(1500001, text), "1970-01-01T00:00:01.500001Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(the_next_page_lines_up_with_the_one_before),
		cmocka_unit_test(doubles_are_as_short_as_exactness_allows),
		cmocka_unit_test(prices_are_exact_and_their_absence_a_dash),
		cmocka_unit_test(times_show_microseconds_where_there_are_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
