#include "analysisd/aliases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *items[] = {(char *)"XAUUSDc=XAUUSD", (char *)"XAUUSD=binance:PAXGUSDT",
	(char *)"A=B", (char *)"B=A", (char *)"EURUSDm=EURUSD"};
static const struct string_list aliases = {items, 5};

static void
assert_follows(const char *symbol, const char *name, const char *paired)
{
	const char *got;

	assert_string_equal(aliases_follow(&aliases, symbol, &got), name);
	if (paired == NULL)
		assert_null(got);
	else
		assert_string_equal(got, paired);
}

static void
a_brokers_name_leads_to_the_plain_one_and_to_its_pair(void **state)
{
	assert_follows("XAUUSDc", "XAUUSD", "binance:PAXGUSDT");
	assert_follows("XAUUSD", "XAUUSD", "binance:PAXGUSDT");
	assert_follows("EURUSDm", "EURUSD", NULL);
	assert_follows("BTCUSDT", "BTCUSDT", NULL);
}

static void
aliases_in_a_circle_come_to_an_end(void **state)
{
	const char *paired, *name = aliases_follow(&aliases, "A", &paired);

	assert_true(name[0] == 'A' || name[0] == 'B');
	assert_null(paired);
}

static void
without_aliases_a_symbol_is_what_it_is(void **state)
{
	const char *paired;

	assert_string_equal(aliases_follow(NULL, "XAUUSD", &paired), "XAUUSD");
	assert_null(paired);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_brokers_name_leads_to_the_plain_one_and_to_its_pair),
		cmocka_unit_test(aliases_in_a_circle_come_to_an_end),
		cmocka_unit_test(without_aliases_a_symbol_is_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
