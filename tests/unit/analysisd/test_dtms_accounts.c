/*
 * Several accounts, each a source of its own: what [mt5.NAME] says is of that account alone.
 */
#define _GNU_SOURCE
#include "analysisd/dtms/dtms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/dtms_run.h"

#define LOT INT64_C(100000000)

/* ---- mode ---- */

#define ORDERS                                                                                     \
	"SELECT source || ':' || mode || ':' || status FROM dtms_actions"                          \
	" WHERE action_type = 'tighten_sl' ORDER BY source"

/* Both fall alike until both have their first warning, at the same instant. */
static void
assert_orders(const char *const *overrides, size_t count, const char *orders)
{
	struct dtms_run *run = run_open(overrides, count);
	int64_t at_us = START_US + 2 * CLOCK_SECOND_US;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 2 * HOUR_US);
	run_symbol(run, 2, "second", "ONE", falling, START_US + 2 * HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	run_position(run, "second", START_US + MINUTE_US, "open", 10, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	for (; run_number(run, "SELECT count(*) FROM dtms_actions") == 0; at_us += DTMS_GRID_US) {
		assert_true(at_us < START_US + 2 * HOUR_US);
		run_to(run, at_us);
	}
	assert_query(run, ORDERS, orders);
	run_close(run);
}

static void
an_account_in_advise_mode_gets_no_orders_while_the_others_do(void **state)
{
	static const char *const overrides[] = {
		"dtms.mode=execute", "mt5.second.token_file=/t", "mt5.second.mode=advise"};

	assert_orders(overrides, 3, "mt5:execute:pending second:advise:advised");
}

static void
an_account_in_execute_mode_gets_orders_while_the_others_do_not(void **state)
{
	static const char *const overrides[] = {
		"dtms.mode=advise", "mt5.second.token_file=/t", "mt5.second.mode=execute"};

	assert_orders(overrides, 3, "mt5:advise:advised second:execute:pending");
}

/* ---- aliases ---- */

/*
 * A trade of the account `second` in ONE, whose clock is 2 s past an instant while that of sim, where
 * lenders are, is 28 s before it.  How far it was decided, and whether its flow is lent.
 */
static void
assert_decided(const char *const *overrides, size_t count, int64_t last_us, const char *lent)
{
	struct dtms_run *run = run_open(overrides, count);

	run_symbol(run, 1, "second", "ONE", quiet, START_US + HOUR_US);
	run_symbol(run, 2, "sim", "TWO", quiet, START_US + HOUR_US);
	run_position(run, "second", START_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 2 * CLOCK_SECOND_US);
	tick_store_clock(&run->store, 1, START_US + 32 * CLOCK_SECOND_US);
	run_drain(run);
	assert_int_equal(run_figures(run).last_instant_us, last_us);
	assert_query(run, "SELECT DISTINCT json_extract(market, '$.flow.lent') FROM dtms_checks", lent);
	run_close(run);
}

static void
an_account_borrows_order_flow_by_its_own_aliases(void **state)
{
	static const char *const overrides[] = {
		"mt5.second.token_file=/t", "mt5.second.aliases=ONE=sim:TWO"};

	assert_decided(overrides, 2, START_US, "1");
}

static void
an_account_with_aliases_of_its_own_borrows_by_no_others(void **state)
{
	static const char *const overrides[] = {"mt5.aliases=ONE=sim:TWO",
		"mt5.second.token_file=/t", "mt5.second.aliases=GOLD=XAUUSD"};

	assert_decided(overrides, 3, START_US + 30 * CLOCK_SECOND_US, "0");
}

static void
an_account_without_aliases_borrows_by_those_of_mt5(void **state)
{
	static const char *const overrides[] = {
		"mt5.aliases=ONE=sim:TWO", "mt5.second.token_file=/t"};

	assert_decided(overrides, 2, START_US, "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_in_advise_mode_gets_no_orders_while_the_others_do),
		cmocka_unit_test(an_account_in_execute_mode_gets_orders_while_the_others_do_not),
		cmocka_unit_test(an_account_borrows_order_flow_by_its_own_aliases),
		cmocka_unit_test(an_account_with_aliases_of_its_own_borrows_by_no_others),
		cmocka_unit_test(an_account_without_aliases_borrows_by_those_of_mt5),
	};

	return cmocka_run_group_tests_name("dtms_accounts", tests, NULL, NULL);
}
