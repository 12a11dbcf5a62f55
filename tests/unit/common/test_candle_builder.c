#define _GNU_SOURCE
#include "common/candle_builder.h"

#include "tests/unit/common/scratch.h"

#define SLOT_US (INT64_C(5666666) * CANDLE_M5_US)
#define TICKS_MAX 200

struct day {
	struct tick ticks[TICKS_MAX];
	int count;
};

/* Trades of one slot: few distinct times, so that ties are common, and ids in time's order. */
static void
draw_trades(struct day *day, uint64_t *chance, int64_t largest)
{
	int64_t time_us = SLOT_US, id = chance_below(chance, 1000000);

	day->count = 1 + (int)chance_below(chance, TICKS_MAX);
	for (int i = 0; i < day->count; i++) {
		day->ticks[i] = (struct tick){
			.time_us = time_us,
			.tick_id = id++,
			.price_e8 = 1 + chance_below(chance, largest),
			.volume_e8 = 1 + chance_below(chance, largest),
			.bid_e8 = TICK_NONE,
			.ask_e8 = TICK_NONE,
			.flags = TICK_TRADE | (chance_below(chance, 2) ? TICK_SELL : 0),
		};
		if (chance_below(chance, 3) == 0)
			time_us += chance_below(chance, 1000000);
	}
}

static void
shuffle(struct day *day, uint64_t *chance)
{
	for (int i = day->count - 1; i > 0; i--) {
		int other = (int)chance_below(chance, i + 1);
		struct tick tick = day->ticks[i];

		day->ticks[i] = day->ticks[other];
		day->ticks[other] = tick;
	}
}

static struct candle
fold(const struct day *day)
{
	struct candle_builder builder;
	struct candle candle;

	candle_builder_start(&builder, SLOT_US);
	for (int i = 0; i < day->count; i++)
		candle_builder_add(&builder, &day->ticks[i]);
	candle_builder_candle(&builder, &candle);
	return candle;
}

static void
assert_same(const struct candle *a, const struct candle *b)
{
	assert_int_equal(a->open_time_us, b->open_time_us);
	assert_int_equal(a->open_e8, b->open_e8);
	assert_int_equal(a->high_e8, b->high_e8);
	assert_int_equal(a->low_e8, b->low_e8);
	assert_int_equal(a->close_e8, b->close_e8);
	assert_memory_equal(&a->volume, &b->volume, sizeof(double));
	assert_memory_equal(&a->quote_volume, &b->quote_volume, sizeof(double));
	assert_memory_equal(&a->taker_buy_volume, &b->taker_buy_volume, sizeof(double));
	assert_int_equal(a->trades, b->trades);
	assert_int_equal(a->first_tick_id, b->first_tick_id);
	assert_int_equal(a->last_tick_id, b->last_tick_id);
	assert_int_equal(a->origin, b->origin);
}

static void
the_order_in_which_trades_come_changes_nothing(void **state)
{
	uint64_t chance = chance_seed();
	struct day day;

	for (int round = 0; round < 300; round++) {
		struct candle in_order, shuffled;

		draw_trades(&day, &chance, round % 2 ? 100000 : INT64_MAX);
		in_order = fold(&day);
		shuffle(&day, &chance);
		shuffled = fold(&day);
		assert_same(&in_order, &shuffled);
	}
}

static void
a_candle_says_what_its_trades_in_order_say(void **state)
{
	uint64_t chance = chance_seed();
	struct day day;

	for (int round = 0; round < 300; round++) {
		int64_t high = INT64_MIN, low = INT64_MAX, volume = 0, bought = 0;
		struct candle candle;

		draw_trades(&day, &chance, 10 * DECIMAL_ONE);
		candle = fold(&day);
		for (int i = 0; i < day.count; i++) {
			const struct tick *tick = &day.ticks[i];

			high = tick->price_e8 > high ? tick->price_e8 : high;
			low = tick->price_e8 < low ? tick->price_e8 : low;
			volume += tick->volume_e8;
			bought += tick->flags & TICK_SELL ? 0 : tick->volume_e8;
		}
		assert_int_equal(candle.open_e8, day.ticks[0].price_e8);
		assert_int_equal(candle.close_e8, day.ticks[day.count - 1].price_e8);
		assert_int_equal(candle.high_e8, high);
		assert_int_equal(candle.low_e8, low);
		assert_int_equal(candle.trades, day.count);
		assert_int_equal(candle.first_tick_id, day.ticks[0].tick_id);
		assert_int_equal(candle.last_tick_id, day.ticks[day.count - 1].tick_id);
		/* Below 2^53 units a double holds the sum; one division rounds once. */
		assert_true(candle.volume == (double)volume / 1e8);
		assert_true(candle.taker_buy_volume == (double)bought / 1e8);
		assert_int_equal(candle.origin, CANDLE_TICKS);
		assert_int_equal(candle.revision, 0);
		assert_false(candle.complete);
	}
}

static void
sums_beyond_64_bits_stay_exact(void **state)
{
	const int64_t largest = INT64_MAX; /* 92233720368.54775807 */
	struct candle_builder builder;
	struct candle candle;

	candle_builder_start(&builder, SLOT_US);
	for (int i = 0; i < 4; i++) {
		const struct tick tick = {.time_us = SLOT_US, .tick_id = i, .price_e8 = largest / 4,
		    .volume_e8 = largest, .flags = TICK_TRADE};

		candle_builder_add(&builder, &tick);
	}
	assert_true(builder.volume == (decimal_sum)4 * largest);
	assert_true(builder.quote_volume == (decimal_sum)4 * (largest / 4) * largest);
	candle_builder_candle(&builder, &candle);
	assert_true(candle.volume == 368934881474.19103228);
	/* 4 x 2305843009213693951 x 9223372036854775807, sixteen places */
	assert_true(candle.quote_volume == 8507059173023461581972.6791673668173828);
}

static void
a_sum_beyond_128_bits_stays_at_the_bound(void **state)
{
	const struct tick absurd = {.time_us = SLOT_US, .tick_id = 1, .price_e8 = INT64_MAX,
	    .volume_e8 = INT64_MAX, .flags = TICK_TRADE};
	struct candle_builder builder;

	candle_builder_start(&builder, SLOT_US);
	for (int i = 0; i < 5; i++)
		candle_builder_add(&builder, &absurd);
	assert_true(builder.quote_volume == DECIMAL_SUM_MAX);
	assert_true(builder.volume == (decimal_sum)5 * INT64_MAX);
}

static void
a_pure_quote_changes_nothing(void **state)
{
	const struct tick quote = {.time_us = SLOT_US + 1, .tick_id = -77, .price_e8 = TICK_NONE,
	    .volume_e8 = TICK_NONE, .bid_e8 = 1, .ask_e8 = 2, .flags = TICK_QUOTE};
	uint64_t chance = chance_seed();
	struct candle_builder builder, before;
	struct day day;

	draw_trades(&day, &chance, 1000);
	candle_builder_start(&builder, SLOT_US);
	candle_builder_add(&builder, &quote);
	assert_int_equal(builder.trades, 0);
	candle_builder_add(&builder, &day.ticks[0]);
	before = builder;
	candle_builder_add(&builder, &quote);
	assert_int_equal(builder.trades, before.trades);
	assert_int_equal(builder.close_e8, before.close_e8);
	assert_true(builder.volume == before.volume);
}

static void
a_missing_id_shows_and_an_unbroken_row_of_ids_does_not(void **state)
{
	uint64_t chance = chance_seed();
	struct candle_builder builder;
	struct day day;

	for (int round = 0; round < 200; round++) {
		int missing;

		draw_trades(&day, &chance, 1000);
		missing = 1 + (int)chance_below(&chance, TICKS_MAX); /* never the first */
		candle_builder_start(&builder, SLOT_US);
		for (int i = 0; i < day.count; i++)
			if (i != missing)
				candle_builder_add(&builder, &day.ticks[i]);
		assert_int_equal(candle_builder_contiguous(&builder), missing >= day.count - 1);
		if (missing < day.count) {
			candle_builder_add(&builder, &day.ticks[missing]);
			assert_true(candle_builder_contiguous(&builder));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_in_which_trades_come_changes_nothing),
		cmocka_unit_test(a_candle_says_what_its_trades_in_order_say),
		cmocka_unit_test(sums_beyond_64_bits_stay_exact),
		cmocka_unit_test(a_sum_beyond_128_bits_stays_at_the_bound),
		cmocka_unit_test(a_pure_quote_changes_nothing),
		cmocka_unit_test(a_missing_id_shows_and_an_unbroken_row_of_ids_does_not),
	};

	return cmocka_run_group_tests_name("common/candle_builder", tests, NULL, NULL);
}
