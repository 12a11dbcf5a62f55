#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/terminal_bars.h"
#include "marketsim/terminal_ticks.h"

#define START_US INT64_C(1700000000000777) /* within a millisecond: slots need not begin with one */
#define HOUR_US (3600 * CLOCK_SECOND_US)
#define WALKED 60000

static struct market exchange;
static struct instrument instruments[INSTRUMENTS_MAX];
static struct terminal_market market;
static struct terminal_tick walked[WALKED];

static void
begin(const char *exchange_symbols, const char *symbols, double rate,
    const struct terminal_clock *clock)
{
	static const struct terminal_clock utc = { 0 };
	struct terminal_symbol list[TERMINAL_SYMBOLS_MAX];
	struct problem problem;
	int count = instruments_parse(exchange_symbols, instruments, &problem);

	assert_true(count > 0);
	market_init(&exchange, 5, instruments, count, 20, START_US, 10 * CLOCK_DAY_US);
	count = terminal_symbols_parse(symbols, list, &problem);
	assert_true(count > 0);
	terminal_market_init(&market, list, count, clock != NULL ? clock : &utc, rate, 5, &exchange);
}

static void
walk_from(int symbol, int64_t from_us, int count)
{
	struct tick_walk walk;

	tick_walk_begin(&walk, &market, symbol, from_us, false);
	for (int i = 0; i < count; i++)
		tick_walk_next(&walk, &walked[i]);
}

static void
assert_same_from_anywhere(int count)
{
	for (int i = 0; i < count; i += 1 + count / 499) {
		struct terminal_tick tick;
		struct tick_walk walk;

		/* The whole millisecond comes, from its first place on. */
		tick_walk_begin(&walk, &market, 0, walked[i].time_us, false);
		for (int64_t place = 0; place <= walked[i].place; place++) {
			tick_walk_next(&walk, &tick);
			assert_int_equal(tick.time_us, walked[i].time_us);
			assert_int_equal(tick.place, place);
		}
		assert_int_equal(tick.bid_e8, walked[i].bid_e8);
		assert_int_equal(tick.ask_e8, walked[i].ask_e8);
		assert_int_equal(tick.flags, walked[i].flags);
	}
}

static void
a_walk_from_anywhere_has_the_same_ticks(void **state)
{
	begin("BTCUSDT", "BTCUSD", 7.3, NULL);
	walk_from(0, START_US - HOUR_US, 40000);
	assert_true(walked[39999].time_us > START_US + 100 * CLOCK_SECOND_US);
	assert_same_from_anywhere(40000);
}

static void
many_in_a_millisecond_have_places_that_count_from_0(void **state)
{
	int most = 0;

	begin("BTCUSDT", "EURUSD", 5000, NULL);
	walk_from(0, START_US - 5 * CLOCK_SECOND_US, WALKED);
	for (int i = 1; i < WALKED; i++) {
		bool same = walked[i].time_us == walked[i - 1].time_us;

		assert_true(walked[i].time_us >= walked[i - 1].time_us);
		assert_int_equal(walked[i].time_us % CLOCK_MS_US, 0);
		assert_int_equal(walked[i].place, same ? walked[i - 1].place + 1 : 0);
		most = walked[i].place > most ? (int)walked[i].place : most;
	}
	assert_true(most >= 5);
	assert_same_from_anywhere(WALKED);
}

static void
the_first_tick_is_not_before_the_time_asked_for(void **state)
{
	begin("BTCUSDT", "EURUSD", 300, NULL);
	walk_from(0, START_US, 3000);
	for (int i = 1; i < 3000; i += 7) {
		struct terminal_tick tick;
		struct tick_walk walk;

		if (walked[i].time_us == walked[i - 1].time_us)
			continue;
		tick_walk_begin(&walk, &market, 0, walked[i - 1].time_us + 1, false);
		tick_walk_next(&walk, &tick);
		assert_int_equal(tick.time_us, walked[i].time_us);
	}
}

static void
there_are_as_many_as_the_rate_says(void **state)
{
	int count = 0;

	begin("BTCUSDT", "EURUSD,XAUUSD", 9, NULL);
	walk_from(1, START_US, 20000);
	while (walked[count].time_us < START_US + HOUR_US)
		count++;
	/* 4.5 a second for an hour; a slot holds what is left of one on either side. */
	assert_in_range(count, 16198, 16202);
}

static void
every_tick_is_news_and_its_flags_say_what(void **state)
{
	begin("BTCUSDT", "EURUSD,XAUUSD,BTCUSD", 30, NULL);
	for (int symbol = 0; symbol < 3; symbol++) {
		walk_from(symbol, START_US, 5000);
		for (int i = 1; i < 5000; i++) {
			bool bid = walked[i].bid_e8 != walked[i - 1].bid_e8;
			bool ask = walked[i].ask_e8 != walked[i - 1].ask_e8;

			assert_true(bid || ask);
			assert_true(walked[i].ask_e8 > walked[i].bid_e8);
			assert_int_equal(walked[i].bid_e8 % market.symbols[symbol].point_e8, 0);
			assert_int_equal(walked[i].ask_e8 % market.symbols[symbol].point_e8, 0);
			/* The first of a slot says both, whatever they are. */
			if (bid)
				assert_true((walked[i].flags & TERMINAL_FLAG_BID) != 0);
			if (ask)
				assert_true((walked[i].flags & TERMINAL_FLAG_ASK) != 0);
		}
	}
}

static void
another_seed_or_symbol_is_another_market(void **state)
{
	struct terminal_tick first;

	begin("BTCUSDT", "EURUSD,GBPUSD", 30, NULL);
	walk_from(0, START_US, 1);
	first = walked[0];
	walk_from(1, START_US, 1);
	assert_int_not_equal(walked[0].time_us, first.time_us);
	market.keys[0]++;
	walk_from(0, START_US, 1);
	assert_int_not_equal(walked[0].time_us, first.time_us);
}

/* Where the exchange's quote stands at that time: an independent walk through its orders. */
static double
exchange_middle(int64_t time_us)
{
	struct walk walk = { 0 };
	struct order order;
	double middle;

	walk_begin(&walk, &exchange, 0, market_slot_at(&exchange, time_us));
	middle = walk.middle;
	while (walk_next(&walk, &order) && order.time_us <= time_us)
		middle = walk.middle;
	return middle * (double)instruments[0].tick_e8 / 1e8;
}

static void
a_symbol_follows_the_exchanges_at_a_distance_that_drifts(void **state)
{
	double base = 61700, least = 1e9, most = -1e9;

	begin("BTCUSDT", "BTCUSD", 1, NULL);
	for (int hour = 0; hour < 16; hour++) {
		double sum = 0;

		walk_from(0, START_US + hour * HOUR_US / 2, 500);
		for (int i = 0; i < 500; i++) {
			double middle =
			    ((double)walked[i].bid_e8 + (double)walked[i].ask_e8) / 2e8;
			double distance = middle - exchange_middle(walked[i].time_us);

			/* 0.04 % of the price, 0.02 % more or less; the spread is 16 wide. */
			assert_true(distance > base * 0.0002 - 8 && distance < base * 0.0006 + 8);
			sum += distance;
		}
		least = sum / 500 < least ? sum / 500 : least;
		most = sum / 500 > most ? sum / 500 : most;
	}
	assert_true(most - least > base * 0.0003);
}

static void
gold_follows_that_of_the_exchange_where_it_is_simulated(void **state)
{
	begin("BTCUSDT,PAXGUSDT", "XAUUSD,EURUSD", 1, NULL);
	assert_ptr_equal(market.leaders[0].market, &exchange);
	assert_int_equal(market.leaders[0].symbol, 1);
	assert_ptr_equal(market.leaders[1].market, &market.own);
	begin("BTCUSDT", "XAUUSD,EURUSD", 1, NULL);
	assert_ptr_equal(market.leaders[0].market, &market.own);
}

static void
no_tick_comes_while_the_clock_shows_an_hour_again(void **state)
{
	struct terminal_clock clock = { 3 * HOUR_US, START_US + 100 * CLOCK_SECOND_US, -HOUR_US };
	int64_t last_us = 0;
	bool behind = false;

	begin("BTCUSDT", "BTCUSD", 20, &clock);
	walk_from(0, START_US, 4000);
	for (int i = 0; i < 4000; i++) {
		int64_t server_us = terminal_clock_server(&clock, walked[i].time_us);

		assert_true(server_us >= last_us);
		last_us = server_us;
		assert_false(walked[i].time_us >= clock.change_at_us &&
		    walked[i].time_us < clock.change_at_us + HOUR_US);
		behind |= walked[i].time_us >= clock.change_at_us + HOUR_US;
	}
	assert_true(behind);
}

static void
a_bar_is_the_fold_of_its_bids(void **state)
{
	struct terminal_clock clock = { 2 * HOUR_US, 0, 0 };
	int64_t begin_us = START_US - START_US % TERMINAL_BAR_US - 10 * TERMINAL_BAR_US;
	struct terminal_bar bar;
	struct bar_walk bars;
	int at = 0, count = 0;

	begin("BTCUSDT", "EURUSD", 3, &clock);
	walk_from(0, begin_us, 12000);
	bar_walk_begin(&bars, &market, 0, begin_us - 1, begin_us + 10 * TERMINAL_BAR_US);
	for (; bar_walk_next(&bars, &bar); count++) {
		int64_t high_e8 = 0, low_e8 = INT64_MAX, ticks = 0;

		assert_int_equal(bar.server_us, begin_us + count * TERMINAL_BAR_US + 2 * HOUR_US);
		assert_int_equal(bar.open_e8, walked[at].bid_e8);
		for (; walked[at].time_us < begin_us + (count + 1) * TERMINAL_BAR_US; at++) {
			high_e8 = walked[at].bid_e8 > high_e8 ? walked[at].bid_e8 : high_e8;
			low_e8 = walked[at].bid_e8 < low_e8 ? walked[at].bid_e8 : low_e8;
			ticks++;
		}
		assert_int_equal(bar.high_e8, high_e8);
		assert_int_equal(bar.low_e8, low_e8);
		assert_int_equal(bar.close_e8, walked[at - 1].bid_e8);
		assert_int_equal(bar.ticks, ticks);
	}
	assert_int_equal(count, 10);
}

static void
bars_of_a_flood_are_folded_from_some_of_its_ticks(void **state)
{
	struct terminal_bar bar;
	struct bar_walk bars;

	begin("BTCUSDT", "EURUSD", 100000, NULL);
	bar_walk_begin(&bars, &market, 0, START_US, START_US + 2 * TERMINAL_BAR_US);
	assert_true(bar_walk_next(&bars, &bar));
	/* 100 000 a second for 300 s: 100 of each 10 s stand for all, and the last may be cut. */
	assert_in_range(bar.ticks, 29900000, 30400000);
	assert_true(bar.high_e8 >= bar.open_e8 && bar.low_e8 <= bar.close_e8);
}

static void
nonsense_is_no_list_of_symbols(void **state)
{
	struct terminal_symbol symbols[TERMINAL_SYMBOLS_MAX];
	struct problem problem = { "" };
	char many[TERMINAL_SYMBOLS_MAX * 4 + 8] = "";

	assert_true(terminal_symbols_parse("EURUSD,EURUSD", symbols, &problem) < 0);
	assert_string_equal(problem.text, "EURUSD is given twice");
	assert_true(terminal_symbols_parse("", symbols, &problem) < 0);
	assert_true(terminal_symbols_parse("EURUSD,", symbols, &problem) < 0);
	for (int i = 0; i <= TERMINAL_SYMBOLS_MAX; i++)
		sprintf(many + strlen(many), "%s%c%d", i > 0 ? "," : "", 'A', i);
	assert_true(terminal_symbols_parse(many, symbols, &problem) < 0);
	assert_string_equal(problem.text, "more than 64 symbols");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_from_anywhere_has_the_same_ticks),
		cmocka_unit_test(many_in_a_millisecond_have_places_that_count_from_0),
		cmocka_unit_test(the_first_tick_is_not_before_the_time_asked_for),
		cmocka_unit_test(there_are_as_many_as_the_rate_says),
		cmocka_unit_test(every_tick_is_news_and_its_flags_say_what),
		cmocka_unit_test(another_seed_or_symbol_is_another_market),
		cmocka_unit_test(a_symbol_follows_the_exchanges_at_a_distance_that_drifts),
		cmocka_unit_test(gold_follows_that_of_the_exchange_where_it_is_simulated),
		cmocka_unit_test(no_tick_comes_while_the_clock_shows_an_hour_again),
		cmocka_unit_test(a_bar_is_the_fold_of_its_bids),
		cmocka_unit_test(bars_of_a_flood_are_folded_from_some_of_its_ticks),
		cmocka_unit_test(nonsense_is_no_list_of_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
