#define _GNU_SOURCE
#include "tickd/mt5/mt5_symbols.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define MANY 1000

static struct mt5_symbol named[MANY];
static struct mt5_watermark marks[MANY];

static void
must_init(struct mt5_symbols *symbols, size_t count)
{
	assert_int_equal(mt5_symbols_init(symbols, named, marks, count), 0);
}

static void
name(size_t i, const char *text)
{
	snprintf(named[i].name, sizeof(named[i].name), "%s", text);
	marks[i] = (struct mt5_watermark){(int64_t)i + 100, (int64_t)i};
}

static void
a_symbol_is_found_by_its_name_and_keeps_its_place_in_hello(void **state)
{
	static const char *const names[] = {"USDJPY", "EURUSD", "EURUSD.m", "eurusd", "#AAPL"};
	struct mt5_symbols symbols;

	for (size_t i = 0; i < 5; i++)
		name(i, names[i]);
	must_init(&symbols, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(mt5_symbols_find(&symbols, names[i]), i);
		assert_string_equal(symbols.all[i].name, names[i]);
		assert_int_equal(symbols.all[i].mark.server_ms, i + 100);
		assert_int_equal(symbols.all[i].mark.count_in_ms, i);
		assert_true(symbols.all[i].newest_us == TICK_NONE);
		assert_true(symbols.all[i].bid_e8 == TICK_NONE);
		assert_true(symbols.all[i].ask_e8 == TICK_NONE);
	}
	mt5_symbols_finish(&symbols);
}

static void
what_was_not_named_is_not_found(void **state)
{
	static const char *const others[] = {"", "EUR", "EURUSDX", "AAA", "ZZZ", "EURUSE"};
	struct mt5_symbols symbols;

	name(0, "EURUSD");
	name(1, "USDJPY");
	must_init(&symbols, 2);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(mt5_symbols_find(&symbols, others[i]), -1);
	mt5_symbols_finish(&symbols);
	assert_int_equal(mt5_symbols_find(&symbols, "EURUSD"), -1);
}

static void
all_of_the_most_symbols_are_found_however_they_are_ordered(void **state)
{
	struct mt5_symbols symbols;
	char text[16];

	for (size_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "S%zu", i * 7919 % MANY);
		name(i, text);
	}
	must_init(&symbols, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(mt5_symbols_find(&symbols, named[i].name), i);
	mt5_symbols_finish(&symbols);
}

static void
a_terminal_may_name_none(void **state)
{
	struct mt5_symbols symbols;

	must_init(&symbols, 0);
	assert_int_equal(symbols.count, 0);
	assert_int_equal(mt5_symbols_find(&symbols, "EURUSD"), -1);
	mt5_symbols_finish(&symbols);
	mt5_symbols_finish(&symbols);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_is_found_by_its_name_and_keeps_its_place_in_hello),
		cmocka_unit_test(what_was_not_named_is_not_found),
		cmocka_unit_test(all_of_the_most_symbols_are_found_however_they_are_ordered),
		cmocka_unit_test(a_terminal_may_name_none),
	};

	return cmocka_run_group_tests_name("tickd/mt5_symbols", tests, NULL, NULL);
}
