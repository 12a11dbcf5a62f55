#define _GNU_SOURCE
#include "tickd/feed/symbol_table.h"

#include "tests/unit/tickd/names.h"

#define MANY 2000

static int
find(const struct symbol_table *table, const char *name)
{
	return symbol_table_find(table, name, strlen(name));
}

static void
each_of_many_symbols_is_found_under_its_own_number(void **state)
{
	struct string_list names = names_create(MANY);
	struct symbol_table *table;
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "S%dUSDT", i);
		names_add(&names, name);
	}
	table = symbol_table_create(&names);
	assert_non_null(table);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(find(table, names.items[i]), i);
		snprintf(name, sizeof(name), "T%dUSDT", i);
		assert_int_equal(find(table, name), -1);
	}
	symbol_table_free(table);
	names_free(&names);
}

static void
a_prefix_of_a_symbol_is_another_symbol(void **state)
{
	static const char *const all[] = {"BTC", "BTCUSD", "BTCUSDT", "B"};
	struct string_list names = names_create(4);
	struct symbol_table *table;

	for (int i = 0; i < 4; i++)
		names_add(&names, all[i]);
	table = symbol_table_create(&names);
	assert_non_null(table);
	for (int i = 0; i < 4; i++)
		assert_int_equal(find(table, all[i]), i);
	assert_int_equal(find(table, "BT"), -1);
	assert_int_equal(find(table, "BTCUSDTX"), -1);
	assert_int_equal(find(table, "btc"), -1);
	assert_int_equal(find(table, ""), -1);
	/* Names are not terminated in a frame. */
	assert_int_equal(symbol_table_find(table, "BTCUSDT\"}", 7), 2);
	assert_int_equal(symbol_table_find(table, "BTCUSDT\"}", 6), 1);
	symbol_table_free(table);
	names_free(&names);
}

static void
symbols_beyond_ascii_are_found_by_their_bytes(void **state)
{
	struct string_list names = names_create(2);
	struct symbol_table *table;

	names_add(&names, "\xe5\xb8\x81\xe5\xae\x89USDT");
	names_add(&names, "\xe5\xb8\x81");
	table = symbol_table_create(&names);
	assert_non_null(table);
	assert_int_equal(find(table, "\xe5\xb8\x81\xe5\xae\x89USDT"), 0);
	assert_int_equal(find(table, "\xe5\xb8\x81"), 1);
	assert_int_equal(find(table, "\xe5\xb8"), -1);
	symbol_table_free(table);
	names_free(&names);
}

static void
without_symbols_none_is_found(void **state)
{
	struct string_list none = {0};
	struct symbol_table *table = symbol_table_create(&none);

	assert_non_null(table);
	assert_int_equal(find(table, "BTCUSDT"), -1);
	symbol_table_free(table);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_symbols_is_found_under_its_own_number),
		cmocka_unit_test(a_prefix_of_a_symbol_is_another_symbol),
		cmocka_unit_test(symbols_beyond_ascii_are_found_by_their_bytes),
		cmocka_unit_test(without_symbols_none_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
