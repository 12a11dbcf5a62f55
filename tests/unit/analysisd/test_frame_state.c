#include "analysisd/frame_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysisd/regime.h"
#include "common/clock.h"
#include "tests/unit/analysisd/same_frame.h"

#define MIDNIGHT_US (INT64_C(19944) * CLOCK_DAY_US)
#define MIDNIGHT_SLOT (MIDNIGHT_US / CANDLE_M5_US)

static struct frame_state frame, other;

static const struct candle_history history = {
	.seed = 1,
	.first_slot = INT64_MIN,
	.end_slot = INT64_MAX,
	.volumes = VOLUMES_HUGE,
};

static struct candle
bar_at(int64_t slot)
{
	struct candle bar = {0};

	assert_true(history_candle(&history, slot, &bar));
	return bar;
}

/* Bars of the slots MIDNIGHT_SLOT + from .. MIDNIGHT_SLOT + before - 1. */
static void
push(struct frame_state *to, int64_t from, int64_t before)
{
	for (int64_t i = from; i < before; i++) {
		const struct candle bar = bar_at(MIDNIGHT_SLOT + i);

		frame_state_push(to, &bar);
	}
}

static void
load(struct frame_state *to, int64_t count)
{
	bool more = true;

	frame_state_start(to, TIMEFRAME_M5);
	for (int64_t i = 1; i <= count && more; i++) {
		const struct candle bar = bar_at(MIDNIGHT_SLOT - i);

		more = frame_state_prepend(to, &bar);
		assert_int_equal(more, i < 500);
	}
	frame_state_seed(to, MIDNIGHT_US);
}

static void
an_empty_frame_has_no_bar_and_no_value(void **state)
{
	frame_state_start(&frame, TIMEFRAME_H1);
	assert_int_equal(frame.timeframe, TIMEFRAME_H1);
	assert_null(frame_state_bar(&frame, 0));
	assert_null(frame_state_values(&frame, 0));
	assert_true(isnan(frame_state_mean_atr(&frame)) && isnan(frame_state_atr_ratio(&frame)));
	assert_int_equal(frame_state_end_us(&frame), TICK_NONE);
	assert_int_equal(frame.bars, 0);
	assert_int_equal(frame.first_bar_us, 0);
}

static void
bars_are_found_by_their_age_as_far_back_as_they_are_kept(void **state)
{
	load(&frame, 400);
	for (int64_t i = 0; i < 700; i++) {
		int64_t held = 400 + i + 1 < 500 ? 400 + i + 1 : 500;

		push(&frame, i, i + 1);
		for (int64_t back = 0; back < held; back += 1 + back % 17) {
			const struct candle bar = bar_at(MIDNIGHT_SLOT + i - back);

			assert_true(same_candle(frame_state_bar(&frame, back), &bar));
		}
		assert_non_null(frame_state_bar(&frame, held - 1));
		assert_null(frame_state_bar(&frame, held));
		assert_null(frame_state_bar(&frame, -1));
		assert_int_equal(frame.bars, 400 + i + 1);
		assert_int_equal(frame.seed_bars, 400);
		assert_int_equal(frame.first_bar_us, MIDNIGHT_US - 400 * CANDLE_M5_US);
		assert_int_equal(frame_state_end_us(&frame), MIDNIGHT_US + (i + 1) * CANDLE_M5_US);
	}
}

static void
five_hundred_bars_are_enough_and_older_ones_are_not_taken(void **state)
{
	struct candle older = bar_at(MIDNIGHT_SLOT - 501);

	load(&frame, 501);
	load(&other, 500);
	assert_false(frame_state_prepend(&other, &older));
	assert_int_equal(other.held, 500);
	assert_same_frame(&frame, &other);
	assert_int_equal(frame.seed_bars, 500);
	assert_int_equal(frame.seeded_us, MIDNIGHT_US);
}

static void
a_frame_that_walked_to_midnight_equals_one_loaded_backwards_from_it(void **state)
{
	for (int64_t count = 0; count < 1300; count += 1 + count / 3) {
		frame_state_start(&frame, TIMEFRAME_M5);
		push(&frame, -count, 0);
		frame_state_seed(&frame, MIDNIGHT_US);
		load(&other, count);
		assert_same_frame(&frame, &other);
		push(&frame, 0, 288);
		push(&other, 0, 288);
		assert_same_frame(&frame, &other);
	}
}

/* Indicators that recur would otherwise remember how far back they were begun. */
static void
a_seed_forgets_all_that_is_older_than_five_hundred_bars(void **state)
{
	load(&frame, 500);
	frame_state_start(&other, TIMEFRAME_M5);
	push(&other, -900, 0);
	assert_true(ema_value(&other.ema200) != ema_value(&frame.ema200));
	assert_int_equal(other.bars, 900);
	frame_state_seed(&other, MIDNIGHT_US);
	assert_same_frame(&frame, &other);
}

static void
the_last_eleven_values_are_those_after_each_bar(void **state)
{
	struct frame_values after[60];

	frame_state_start(&frame, TIMEFRAME_M5);
	for (int i = 0; i < 60; i++) {
		push(&frame, i, i + 1);
		after[i] = (struct frame_values){rsi_value(&frame.rsi),
			macd_values(&frame.macd).histogram, ema_value(&frame.ema20),
			ema_value(&frame.ema50), ema_value(&frame.ema200), atr_value(&frame.atr)};
		for (int back = 0; back < 11 && back <= i; back++) {
			const struct frame_values now =
			    plain_values(frame_state_values(&frame, back));
			const struct frame_values then = plain_values(&after[i - back]);

			assert_memory_equal(&now, &then, sizeof(now));
		}
		assert_null(frame_state_values(&frame, i < 11 ? i + 1 : 11));
		assert_null(frame_state_values(&frame, -1));
	}
	assert_false(isnan(frame_state_values(&frame, 0)->ema50));
	assert_true(isnan(frame_state_values(&frame, 0)->ema200));
}

static void
the_mean_atr_takes_every_loaded_bar_that_has_one(void **state)
{
	double sum = 0;
	int values = 0;

	load(&frame, 5);
	for (int i = 0; i < 100; i++) {
		push(&frame, i, i + 1);
		if (!isnan(atr_value(&frame.atr))) {
			sum += atr_value(&frame.atr);
			values++;
		}
		if (values < 24) {
			assert_true(isnan(frame_state_mean_atr(&frame)));
			assert_true(isnan(frame_state_atr_ratio(&frame)));
		} else {
			assert_true(fabs(frame_state_mean_atr(&frame) * values / sum - 1) < 1e-12);
			assert_true(fabs(frame_state_atr_ratio(&frame) -
				atr_value(&frame.atr) * values / sum) < 1e-12);
		}
	}
	/* The first ATR is the fifteenth bar's. */
	assert_int_equal(values, 105 - 14);
	assert_int_equal(frame.atr_values, values);
}

static void
a_market_that_stands_still_has_no_atr_ratio(void **state)
{
	struct candle bar = {.open_e8 = 5, .high_e8 = 5, .low_e8 = 5, .close_e8 = 5};

	frame_state_start(&frame, TIMEFRAME_M5);
	for (int i = 0; i < 600; i++) {
		bar.open_time_us = MIDNIGHT_US + i * CANDLE_M5_US;
		frame_state_push(&frame, &bar);
	}
	assert_true(frame_state_mean_atr(&frame) == 0);
	assert_true(isnan(frame_state_atr_ratio(&frame)));
	assert_int_equal(regime_volatility(frame_state_atr_ratio(&frame)), VOLATILITY_UNKNOWN);
}

static void
volumes_go_into_the_mean_volume_and_closes_into_all_else(void **state)
{
	struct candle bar = {.open_e8 = 1, .high_e8 = 300000000, .low_e8 = 100000000};

	frame_state_start(&frame, TIMEFRAME_M5);
	for (int i = 1; i <= 20; i++) {
		bar.open_time_us = MIDNIGHT_US + i * CANDLE_M5_US;
		bar.close_e8 = 200000000 + i * 1000000;
		bar.volume = 10 * i;
		frame_state_push(&frame, &bar);
	}
	/* Means of 1 .. 20 are 10.5. */
	assert_true(sma_value(&frame.volume_sma) == 105);
	assert_true(fabs(sma_value(&frame.sma20) - 2.105) < 1e-12);
	assert_true(fabs(ema_value(&frame.ema20) - 2.105) < 1e-12);
	assert_true(fabs(bollinger_bands(&frame.bollinger).middle - 2.105) < 1e-12);
	assert_true(rsi_value(&frame.rsi) == 100);
	assert_true(fabs(atr_value(&frame.atr) - 2) < 1e-12);
	assert_true(fabs(roc_value(&frame.roc) - 100 * (2.2 / 2.1 - 1)) < 1e-9);
	/* The last three closes lie 1.18, 1.19, 1.20 of 2 above the low. */
	assert_true(fabs(stochastic_values(&frame.stochastic).k - 59.5) < 1e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_frame_has_no_bar_and_no_value),
		cmocka_unit_test(bars_are_found_by_their_age_as_far_back_as_they_are_kept),
		cmocka_unit_test(five_hundred_bars_are_enough_and_older_ones_are_not_taken),
		cmocka_unit_test(a_frame_that_walked_to_midnight_equals_one_loaded_backwards_from_it),
		cmocka_unit_test(a_seed_forgets_all_that_is_older_than_five_hundred_bars),
		cmocka_unit_test(the_last_eleven_values_are_those_after_each_bar),
		cmocka_unit_test(the_mean_atr_takes_every_loaded_bar_that_has_one),
		cmocka_unit_test(a_market_that_stands_still_has_no_atr_ratio),
		cmocka_unit_test(volumes_go_into_the_mean_volume_and_closes_into_all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
