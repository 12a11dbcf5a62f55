#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/market.h"
#include "marketsim/price_path.h"

#define START_US INT64_C(1700000000000000)

static struct market market;
static struct instrument instruments[INSTRUMENTS_MAX];

static void
begin(uint64_t seed, double rate)
{
	struct problem problem;
	int count = instruments_parse("BTCUSDT,XRPUSDT,SHIBUSDT,NEWCOIN", instruments, &problem);

	assert_int_equal(count, 4);
	market_init(&market, seed, instruments, count, rate, START_US, 10 * CLOCK_DAY_US);
}

static void
ids_are_contiguous_over_slots_history_and_start(void **state)
{
	struct walk walk = { 0 };
	struct order order;
	int64_t trade = 0, aggregate = 0;

	begin(7, 40);
	walk_begin(&walk, &market, 0, -50);
	for (int i = 0; i < 20000; i++) {
		walk_follow(&walk, &order);
		if (i > 0) {
			assert_int_equal(order.first_trade_id, trade);
			assert_int_equal(order.aggregate_id, aggregate + 1);
		}
		trade = order.first_trade_id + order.fills;
		aggregate = order.aggregate_id;
	}
	assert_true(walk.slot > 0);
}

static void
times_never_fall_and_stay_in_their_slot(void **state)
{
	struct walk walk = { 0 };
	struct order order;

	begin(7, 4000);
	for (int64_t slot = -20; slot < 20; slot++) {
		int64_t last_us = START_US + slot * MARKET_SLOT_US;

		walk_begin(&walk, &market, 1, slot);
		while (walk_next(&walk, &order)) {
			assert_true(order.time_us >= last_us);
			assert_int_equal(market_slot_at(&market, order.time_us), slot);
			last_us = order.time_us;
		}
	}
}

static void
spreads_are_positive_and_trades_happen_at_the_last_quote(void **state)
{
	struct walk walk = { 0 };
	struct order order;
	int64_t update_id = 0;

	begin(3, 400);
	for (int symbol = 0; symbol < 4; symbol++) {
		int64_t tick = instruments[symbol].tick_e8;

		walk_begin(&walk, &market, symbol, 0);
		for (int i = 0; i < 5000; i++) {
			walk_follow(&walk, &order);
			assert_true(order.before.bid_e8 > 0);
			assert_true(order.before.ask_e8 >= order.before.bid_e8 + tick);
			assert_int_equal(order.before.ask_e8 % tick, 0);
			assert_int_equal(order.price_e8,
			    order.buyer_is_maker ? order.before.bid_e8 : order.before.ask_e8);
			if (i > 0)
				assert_true(order.before.update_id > update_id);
			assert_true(order.after.update_id > order.before.update_id);
			assert_true(order.after.bid_quantity_e8 > 0 &&
			    order.after.ask_quantity_e8 > 0);
			update_id = order.after.update_id;
		}
	}
}

static void
a_quote_that_differs_from_the_last_one_is_announced(void **state)
{
	struct walk walk = { 0 };
	struct order order;
	struct quote last = { 0 };

	begin(3, 400);
	walk_begin(&walk, &market, 0, 0);
	while (walk_next(&walk, &order)) {
		if (!order.quote_moved && last.update_id != 0) {
			assert_int_equal(order.before.bid_e8, last.bid_e8);
			assert_int_equal(order.before.ask_e8, last.ask_e8);
		}
		last = order.after;
	}
}

static void
a_slot_begun_anywhere_is_the_same_as_walked_to(void **state)
{
	static struct order walked[20000];
	struct walk walk = { 0 };
	struct order order;
	int count = 0;

	begin(11, 200);
	memset(walked, 0, sizeof(walked));
	memset(&order, 0, sizeof(order));
	walk_begin(&walk, &market, 0, 0);
	while (walk.slot < 10) {
		walk_follow(&walk, &walked[count]);
		if (walk.slot == 9)
			count++;
	}
	walk_begin(&walk, &market, 0, 9);
	for (int i = 0; i < count; i++) {
		assert_true(walk_next(&walk, &order));
		assert_int_equal(order.first_trade_id, walked[i].first_trade_id);
		assert_int_equal(order.time_us, walked[i].time_us);
		assert_int_equal(order.price_e8, walked[i].price_e8);
		assert_memory_equal(order.quantity_e8, walked[i].quantity_e8,
		    (size_t)order.fills * sizeof(order.quantity_e8[0]));
	}
	assert_false(walk_next(&walk, &order));
	assert_true(count > 100);
}

static void
another_seed_is_another_market(void **state)
{
	struct walk walk = { 0 };
	struct order one, two;

	begin(1, 50);
	walk_begin(&walk, &market, 0, 0);
	walk_follow(&walk, &one);
	begin(2, 50);
	walk_begin(&walk, &market, 0, 0);
	walk_follow(&walk, &two);
	assert_true(one.first_trade_id != two.first_trade_id);
	assert_true(one.price_e8 != two.price_e8);
}

static void
a_symbol_does_not_depend_on_its_neighbours(void **state)
{
	struct walk walk = { 0 };
	struct order one, two;
	struct problem problem;

	begin(5, 40);
	walk_begin(&walk, &market, 1, 3);
	walk_follow(&walk, &one);
	assert_int_equal(instruments_parse("XRPUSDT", instruments, &problem), 1);
	market_init(&market, 5, instruments, 1, 10, START_US, 0);
	walk_begin(&walk, &market, 0, 3);
	walk_follow(&walk, &two);
	assert_int_equal(one.first_trade_id, two.first_trade_id);
	assert_int_equal(one.price_e8, two.price_e8);
}

static void
prices_move_on_and_cluster_in_volatility(void **state)
{
	struct path_memo memo = { 0 };
	double most = 0, least = 1;

	for (int64_t slot = -5000; slot < 5000; slot++) {
		struct path_point here = price_path_at(&memo, 99, slot);
		struct path_point next = price_path_at(&memo, 99, slot + 1);

		assert_true(here.volatility > 0);
		assert_true(fabs(next.log_offset - here.log_offset) < 0.05);
		most = fmax(most, here.volatility);
		least = fmin(least, here.volatility);
	}
	assert_true(most > 2 * least);
	assert_true(price_path_at(&memo, 99, 0).log_offset !=
	    price_path_at(&memo, 99, 5000).log_offset);
}

static void
a_memo_of_the_path_changes_nothing(void **state)
{
	struct path_memo memo = { 0 };

	for (int i = 0; i < 20000; i++) {
		uint64_t key = 7 + (uint64_t)(i / 3000 % 2);
		int64_t slot = i % 5 == 0 ? (int64_t)(chance_at(1, (uint64_t)i) % 9000000) - 4500000
					  : i - 10000;
		struct path_memo none = { 0 };
		struct path_point with = price_path_at(&memo, key, slot);
		struct path_point without = price_path_at(&none, key, slot);

		assert_true(with.log_offset == without.log_offset);
		assert_true(with.volatility == without.volatility);
	}
}

static void
a_truncated_order_ends_with_the_trade_given(void **state)
{
	struct order order = { .first_trade_id = 100, .fills = 5 };

	order_truncate(&order, 104);
	assert_int_equal(order.fills, 5);
	order_truncate(&order, 101);
	assert_int_equal(order.fills, 2);
	order_truncate(&order, 99);
	assert_int_equal(order.fills, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_contiguous_over_slots_history_and_start),
		cmocka_unit_test(times_never_fall_and_stay_in_their_slot),
		cmocka_unit_test(spreads_are_positive_and_trades_happen_at_the_last_quote),
		cmocka_unit_test(a_quote_that_differs_from_the_last_one_is_announced),
		cmocka_unit_test(a_slot_begun_anywhere_is_the_same_as_walked_to),
		cmocka_unit_test(another_seed_is_another_market),
		cmocka_unit_test(a_symbol_does_not_depend_on_its_neighbours),
		cmocka_unit_test(prices_move_on_and_cluster_in_volatility),
		cmocka_unit_test(a_memo_of_the_path_changes_nothing),
		cmocka_unit_test(a_truncated_order_ends_with_the_trade_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
