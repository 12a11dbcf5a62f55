#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tradingctl/symbols.h"

static struct symbol_row rows[] = {
	{.symbol_id = 1, .source = "binance", .symbol = "BTCUSDT"},
	{.symbol_id = 2, .source = "sim", .symbol = "BTCUSDT"},
	{.symbol_id = 3, .source = "sim", .symbol = "ETHUSDT"},
};
static const struct symbols stored = {rows, 3};

static void
a_symbol_of_one_source_is_found_by_its_name(void **state)
{
	struct problem problem;

	assert_ptr_equal(symbols_find(&stored, "ETHUSDT", &problem), &rows[2]);
}

static void
the_source_may_stand_before_it(void **state)
{
	struct problem problem;

	assert_ptr_equal(symbols_find(&stored, "sim:BTCUSDT", &problem), &rows[1]);
	assert_ptr_equal(symbols_find(&stored, "binance:BTCUSDT", &problem), &rows[0]);
}

static void
an_ambiguous_name_is_refused_with_the_choices(void **state)
{
	struct problem problem;

	assert_null(symbols_find(&stored, "BTCUSDT", &problem));
	assert_string_equal(problem.text,
	    "BTCUSDT is ambiguous: say which of binance:BTCUSDT, sim:BTCUSDT");
}

static void
an_unknown_name_is_refused_with_what_there_is(void **state)
{
	struct problem problem;

	assert_null(symbols_find(&stored, "btcusdt", &problem));
	assert_string_equal(problem.text, "btcusdt is unknown; stored are binance:BTCUSDT, "
					  "sim:BTCUSDT, sim:ETHUSDT");
	assert_null(symbols_find(&stored, "mt5:ETHUSDT", &problem));
	assert_null(symbols_find(&stored, "sim", &problem));
	assert_null(symbols_find(&stored, "sim:", &problem));
	assert_null(symbols_find(&stored, "", &problem));
}

static void
nothing_stored_yet_is_said_so(void **state)
{
	const struct symbols none = {0};
	struct problem problem;

	assert_null(symbols_find(&none, "BTCUSDT", &problem));
	assert_string_equal(problem.text, "BTCUSDT is unknown: no symbol is stored yet");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_of_one_source_is_found_by_its_name),
		cmocka_unit_test(the_source_may_stand_before_it),
		cmocka_unit_test(an_ambiguous_name_is_refused_with_the_choices),
		cmocka_unit_test(an_unknown_name_is_refused_with_what_there_is),
		cmocka_unit_test(nothing_stored_yet_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
