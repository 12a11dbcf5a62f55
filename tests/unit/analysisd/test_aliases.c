#include "analysisd/aliases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *items[] = {(char *)"XAUUSDc=XAUUSD", (char *)"XAUUSD=binance:PAXGUSDT",
	(char *)"A=B", (char *)"B=A", (char *)"EURUSDm=EURUSD"};
static const struct settings settings = {.mt5 = {.aliases = {items, 5}}};

static void
assert_follows(const char *symbol, const char *name, const char *paired)
{
	const char *got;

	assert_string_equal(aliases_follow(&settings, "mt5", symbol, &got), name);
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
	const char *paired, *name = aliases_follow(&settings, "mt5", "A", &paired);

	assert_true(name[0] == 'A' || name[0] == 'B');
	assert_null(paired);
}

static void
without_aliases_a_symbol_is_what_it_is(void **state)
{
	const char *paired;

	assert_string_equal(aliases_follow(NULL, "mt5", "XAUUSD", &paired), "XAUUSD");
	assert_null(paired);
}

static void
an_account_with_aliases_of_its_own_follows_those_and_no_others(void **state)
{
	static char *own_items[] = {(char *)"XAUUSDc=GOLD", (char *)"GOLD=second:GOLDSPOT"};
	static struct settings_account accounts[] = {
		{.source = (char *)"mt5"},
		{.source = (char *)"own", .aliases = {own_items, 2}},
		{.source = (char *)"none"}};
	const struct settings of_three = {
		.mt5 = {.aliases = {items, 5}, .accounts = accounts, .account_count = 3}};
	const char *paired;

	assert_string_equal(aliases_follow(&of_three, "own", "XAUUSDc", &paired), "GOLD");
	assert_string_equal(paired, "second:GOLDSPOT");
	assert_string_equal(aliases_follow(&of_three, "own", "EURUSDm", &paired), "EURUSDm");
	assert_string_equal(aliases_follow(&of_three, "none", "EURUSDm", &paired), "EURUSD");
	assert_string_equal(aliases_follow(&of_three, "mt5", "XAUUSDc", &paired), "XAUUSD");
	assert_string_equal(paired, "binance:PAXGUSDT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_brokers_name_leads_to_the_plain_one_and_to_its_pair),
		cmocka_unit_test(aliases_in_a_circle_come_to_an_end),
		cmocka_unit_test(without_aliases_a_symbol_is_what_it_is),
		cmocka_unit_test(an_account_with_aliases_of_its_own_follows_those_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
