#include "analysisd/dtms/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/analysisd/dtms_views.h"

#define CLOSE_TO 1e-9

static struct dtms_view view;	/* as it is for a BUY */
static struct dtms_trade trade; /* a BUY; vwap_flip and vwap_cross_count are mirrored with it */
static struct dtms_score sold;	/* what raw_of() saw last of the SELL */

static int
start(void **state)
{
	view = view_at(VIEWS_NOW_US);
	trade = trade_new(TRADE_BUY);
	return 0;
}

/* The same market and trade in that direction. */
static struct dtms_score
measure(enum trade_direction direction)
{
	struct dtms_view seen = view_for(&view, direction);
	struct dtms_trade mirrored = trade_new(direction);

	mirrored.vwap_flip = trade.vwap_flip * direction;
	mirrored.vwap_cross_count = trade.vwap_cross_count;
	return dtms_score_measure(&mirrored, &seen);
}

/* The raw score of a BUY, which is that of the mirrored SELL; NAN where the signal is missing. */
static double
raw_of(enum dtms_signal signal)
{
	struct dtms_score bought = measure(TRADE_BUY);

	sold = measure(TRADE_SELL);
	assert_int_equal(bought.signals[signal].missing, sold.signals[signal].missing);
	assert_true(bought.signals[signal].raw == sold.signals[signal].raw);
	assert_true(bought.total == sold.total);
	if (bought.signals[signal].missing)
		assert_true(bought.signals[signal].raw == 0 && bought.signals[signal].score == 0);
	return bought.signals[signal].missing ? NAN : bought.signals[signal].raw;
}

/* ---- structure ---- */

static void
a_break_of_structure_is_three_with_or_against(void **state)
{
	assert_true(raw_of(SIGNAL_STRUCTURE) == 0);
	view.structure.bos_up = true;
	assert_true(raw_of(SIGNAL_STRUCTURE) == 3);
	assert_true(sold.bos_with && !sold.bos_against);
	view.structure = (struct structure){.known = true, .bos_down = true};
	assert_true(raw_of(SIGNAL_STRUCTURE) == -3);
	assert_true(sold.bos_against && !sold.bos_with);
}

static void
a_change_of_character_against_takes_three_more(void **state)
{
	view.structure.bos_down = true;
	view.structure.choch_down = true;
	assert_true(raw_of(SIGNAL_STRUCTURE) == -6);
	assert_true(sold.choch_against);
	assert_string_equal(sold.signals[SIGNAL_STRUCTURE].detail, "BOS against, CHOCH against");
	view.structure.bos_down = false;
	assert_true(raw_of(SIGNAL_STRUCTURE) == -3);
	view.structure = (struct structure){.known = true, .choch_up = true};
	assert_true(raw_of(SIGNAL_STRUCTURE) == 0);
	assert_false(sold.choch_against);
}

static void
structure_is_missing_below_sixteen_bars(void **state)
{
	view.structure.bos_up = true;
	view.m15_bars = 16;
	assert_true(raw_of(SIGNAL_STRUCTURE) == 3);
	view.m15_bars = 15;
	assert_true(isnan(raw_of(SIGNAL_STRUCTURE)));
	assert_false(sold.bos_with);
	view.m15_bars = 16;
	view.structure.known = false;
	assert_true(isnan(raw_of(SIGNAL_STRUCTURE)));
}

/* ---- VWAP and volume ---- */

static void
a_flip_begins_at_its_threshold_and_ends_below_seven_tenths(void **state)
{
	assert_int_equal(dtms_vwap_flip(0, 0.001, 0.001), 1);
	assert_int_equal(dtms_vwap_flip(0, -0.001, 0.001), -1);
	assert_int_equal(dtms_vwap_flip(0, nextafter(0.001, 0), 0.001), 0);
	assert_int_equal(dtms_vwap_flip(1, 0.7 * 0.001, 0.001), 1);
	assert_int_equal(dtms_vwap_flip(1, nextafter(0.7 * 0.001, 0), 0.001), 0);
	assert_int_equal(dtms_vwap_flip(-1, -0.7 * 0.001, 0.001), -1);
	assert_int_equal(dtms_vwap_flip(-1, -0.0006, 0.001), 0);
	assert_int_equal(dtms_vwap_flip(1, -0.002, 0.001), -1);
}

static void
a_slope_that_has_turned_ends_a_flip(void **state)
{
	assert_int_equal(dtms_vwap_flip(1, -0.0009, 0.001), 0);
	assert_int_equal(dtms_vwap_flip(-1, 0.0009, 0.001), 0);
}

static void
what_is_not_defined_leaves_a_flip(void **state)
{
	assert_int_equal(dtms_vwap_flip(1, NAN, 0.001), 1);
	assert_int_equal(dtms_vwap_flip(-1, 0.5, NAN), -1);
	assert_int_equal(dtms_vwap_flip(0, 0, 0), 0);
}

static void
a_flip_against_counts_once_vwap_was_crossed_twice(void **state)
{
	trade.vwap_flip = -1;
	trade.vwap_cross_count = 1;
	assert_true(raw_of(SIGNAL_VWAP_VOLUME) == 0);
	assert_false(sold.vwap_flip_against);
	trade.vwap_cross_count = 2;
	assert_true(raw_of(SIGNAL_VWAP_VOLUME) == -2);
	assert_true(sold.vwap_flip_against && !sold.vwap_flip_with);
	trade.vwap_flip = 1;
	assert_true(raw_of(SIGNAL_VWAP_VOLUME) == 1);
	assert_true(sold.vwap_flip_with && !sold.vwap_flip_against);
}

/* Of a BUY, whose sold share that is. */
static double
raw_of_share(double against)
{
	view.flow.buy_share = 1 - against;
	return raw_of(SIGNAL_VWAP_VOLUME);
}

static void
the_volume_flip_has_its_limits(void **state)
{
	assert_true(raw_of_share(0.66) == -1);
	assert_true(sold.volume_flip_against);
	assert_true(raw_of_share(0.65) == -0.5);
	assert_false(sold.volume_flip_against);
	assert_true(raw_of_share(0.5625) == -0.5);
	assert_true(raw_of_share(0.54) == 0);
	assert_true(raw_of_share(0.36) == 0);
	assert_true(raw_of_share(0.34) == 1);
}

static void
the_volume_flip_asks_for_more_in_low_volatility(void **state)
{
	view.regime.volatility = VOLATILITY_LOW;
	assert_true(raw_of_share(0.73) == -1);
	assert_true(raw_of_share(0.71) == -0.5);
	assert_true(raw_of_share(0.56) == -0.5);
	assert_true(raw_of_share(0.34) == 1);
}

static void
the_limits_of_the_volume_flip_are_not_beyond_themselves(void **state)
{
	const struct {
		double share, low, normal;
	} limits[] = {{0.72, -0.5, -1}, {0.65, -0.5, -0.5}, {0.55, 0, 0}, {0.35, 0, 0}};
	struct dtms_trade seller = trade_new(TRADE_SELL);

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		view.flow.buy_share = limits[i].share;
		view.regime.volatility = VOLATILITY_NORMAL;
		assert_true(dtms_score_measure(&seller, &view).signals[SIGNAL_VWAP_VOLUME].raw ==
		    limits[i].normal);
		view.regime.volatility = VOLATILITY_LOW;
		assert_true(dtms_score_measure(&seller, &view).signals[SIGNAL_VWAP_VOLUME].raw ==
		    limits[i].low);
	}
}

static void
vwap_and_volume_are_added_and_one_of_them_suffices(void **state)
{
	trade.vwap_flip = -1;
	trade.vwap_cross_count = 2;
	assert_true(raw_of_share(0.7) == -3);
	assert_string_equal(sold.signals[SIGNAL_VWAP_VOLUME].detail,
	    "VWAP flip against, volume flip against");
	view.has_flow = false;
	assert_true(raw_of(SIGNAL_VWAP_VOLUME) == -2);
	view.vwap_slope = NAN;
	assert_true(isnan(raw_of(SIGNAL_VWAP_VOLUME)));
	view.has_flow = true;
	assert_true(raw_of(SIGNAL_VWAP_VOLUME) == -1);
	view.flow.buy_share = NAN;
	assert_true(isnan(raw_of(SIGNAL_VWAP_VOLUME)));
}

/* ---- momentum ---- */

static double
raw_of_rsi(double rsi, double two_before)
{
	view.rsi = rsi;
	view.rsi_2 = two_before;
	return raw_of(SIGNAL_MOMENTUM);
}

static void
each_line_of_rsi_counts_and_the_first_one_wins(void **state)
{
	assert_true(raw_of_rsi(44, 46) == -2);
	assert_true(raw_of_rsi(45, 46) == 0);
	assert_true(raw_of_rsi(44, 44) == 0);
	assert_true(raw_of_rsi(44, 43) == 0);
	assert_true(raw_of_rsi(71, 70) == -1);
	assert_true(raw_of_rsi(70, 69) == 1);
	assert_true(raw_of_rsi(71, 72) == 0);
	assert_true(raw_of_rsi(51, 50) == 1);
	assert_true(raw_of_rsi(50, 49) == 0);
	assert_true(raw_of_rsi(51, 51) == 0);
}

static void
rsi_has_to_be_lower_in_low_volatility(void **state)
{
	view.regime.volatility = VOLATILITY_LOW;
	assert_true(raw_of_rsi(39, 41) == -2);
	assert_true(raw_of_rsi(40, 41) == 0);
}

static void
the_thresholds_of_rsi_are_mirrored_around_fifty(void **state)
{
	struct dtms_trade seller = trade_new(TRADE_SELL);
	const struct {
		double rsi, before, raw;
	} lines[] = {{56, 54, -2}, {55, 54, 0}, {29, 30, -1}, {30, 31, 1}, {49, 50, 1},
		{50, 51, 0}};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		view.rsi = lines[i].rsi;
		view.rsi_2 = lines[i].before;
		assert_true(dtms_score_measure(&seller, &view).signals[SIGNAL_MOMENTUM].raw ==
		    lines[i].raw);
	}
	view.regime.volatility = VOLATILITY_LOW;
	view.rsi = 60;
	view.rsi_2 = 59;
	assert_true(dtms_score_measure(&seller, &view).signals[SIGNAL_MOMENTUM].raw == 0);
	view.rsi = 61;
	assert_true(dtms_score_measure(&seller, &view).signals[SIGNAL_MOMENTUM].raw == -2);
}

static double
raw_of_macd(double two_before, double before, double now)
{
	view.histogram_2 = two_before;
	view.histogram_1 = before;
	view.histogram = now;
	return raw_of(SIGNAL_MOMENTUM);
}

static void
macd_counts_where_it_goes_one_way_over_three_values(void **state)
{
	assert_true(raw_of_macd(3, 2, 1) == -1);
	assert_true(raw_of_macd(-3, -2, -1) == 1);
	assert_true(raw_of_macd(3, 2, 2) == 0);
	assert_true(raw_of_macd(1, 2, 1) == 0);
	assert_true(raw_of_macd(1, 1, 2) == 0);
}

static void
rsi_and_macd_are_added_and_one_of_them_suffices(void **state)
{
	view.histogram = -1;
	view.histogram_2 = 1;
	assert_true(raw_of_rsi(30, 31) == -3);
	view.histogram = NAN;
	assert_true(raw_of(SIGNAL_MOMENTUM) == -2);
	view.rsi_2 = NAN;
	assert_true(isnan(raw_of(SIGNAL_MOMENTUM)));
}

static void
momentum_is_missing_below_forty_bars(void **state)
{
	view.m15_bars = 40;
	assert_true(raw_of_rsi(30, 31) == -2);
	view.m15_bars = 39;
	assert_true(isnan(raw_of(SIGNAL_MOMENTUM)));
}

/* ---- EMA, pressure, conviction ---- */

static double
raw_of_ema(double change50, double change200)
{
	view.ema50 = view.ema50_10 + change50;
	view.ema200 = view.ema200_10 + change200;
	return raw_of(SIGNAL_EMA_ALIGNMENT);
}

static void
each_line_of_the_averages_counts(void **state)
{
	assert_true(raw_of_ema(1, 1) == 1);
	assert_true(raw_of_ema(-1, 1) == -1.5);
	assert_true(raw_of_ema(-1, -1) == -1);
	assert_true(raw_of_ema(-1, 0) == -1);
	assert_true(raw_of_ema(1, -1) == 0);
	assert_true(raw_of_ema(1, 0) == 0);
	assert_true(raw_of_ema(0, 1) == 0);
}

static void
the_averages_are_missing_below_two_hundred_and_ten_bars(void **state)
{
	view.m15_bars = 210;
	assert_true(raw_of_ema(1, 1) == 1);
	view.m15_bars = 209;
	assert_true(isnan(raw_of(SIGNAL_EMA_ALIGNMENT)));
	view.m15_bars = 210;
	view.ema200_10 = NAN;
	assert_true(isnan(raw_of(SIGNAL_EMA_ALIGNMENT)));
}

static double
raw_of_z(double z)
{
	view.flow.z = z;
	return raw_of(SIGNAL_DELTA_PRESSURE);
}

static void
pressure_counts_beyond_half_a_deviation(void **state)
{
	assert_true(raw_of_z(0.5) == 0);
	assert_true(raw_of_z(nextafter(0.5, 1)) == 1);
	assert_true(raw_of_z(-0.5) == 0);
	assert_true(raw_of_z(nextafter(-0.5, -1)) == -1);
	assert_true(isnan(raw_of_z(NAN)));
	view.flow.z = 3;
	view.has_flow = false;
	assert_true(isnan(raw_of(SIGNAL_DELTA_PRESSURE)));
}

static double
raw_of_candle(double open, double high, double low, double close, double vwap)
{
	view.m5_open = open;
	view.m5_high = high;
	view.m5_low = low;
	view.m5_close = close;
	view.vwap = vwap;
	return raw_of(SIGNAL_CANDLE_CONVICTION);
}

static void
each_line_of_the_candle_counts_and_the_first_one_wins(void **state)
{
	assert_true(raw_of_candle(100, 110, 100, 106, 90) == 0);
	assert_true(raw_of_candle(100, 110, 100, 106.5, 90) == 1);
	assert_true(raw_of_candle(106.5, 110, 100, 100, 90) == -1);
	assert_true(raw_of_candle(106.5, 110, 100, 100, 103) == -2);
	assert_true(raw_of_candle(100, 110, 100, 106.5, 103) == 1);
	assert_true(raw_of_candle(106, 110, 100, 100, 103) == 0);
}

/* Also where the doubles of open, close, high and low do not divide to 0.65. */
static void
a_body_of_sixty_five_hundredths_is_strong_at_every_price(void **state)
{
	static const double prices[] = {0.00001234, 1.1, 100, 2400.01, 64000.5};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		for (int points = 1; points <= 50; points++) {
			double unit = prices[i] < 1 ? 1e-8 : 1e-5;

			view.vwap = NAN;
			view.m5_low = view.m5_open = prices[i];
			view.m5_high = prices[i] + 20 * points * unit;
			view.m5_close = prices[i] + 13 * points * unit;
			assert_true(dtms_score_measure(&trade, &view)
					.signals[SIGNAL_CANDLE_CONVICTION].raw == 1);
			view.m5_close -= 1e-8;
			assert_true(dtms_score_measure(&trade, &view)
					.signals[SIGNAL_CANDLE_CONVICTION].raw == 0);
		}
}

static void
a_price_on_vwap_is_on_no_side_of_it(void **state)
{
	assert_true(raw_of_candle(107, 107, 100, 100, 107) == -1);
	assert_true(raw_of_candle(107, 107, 100, 100, 100) == -1);
	assert_true(raw_of_candle(107, 107, 100, 100, NAN) == -1);
}

static void
a_bar_without_a_range_has_no_body_and_no_bar_is_missing(void **state)
{
	assert_true(raw_of_candle(100, 100, 100, 100, 100) == 0);
	view.m5_end_us = TICK_NONE;
	assert_true(isnan(raw_of(SIGNAL_CANDLE_CONVICTION)));
}

/* ---- multipliers and the sum ---- */

static void
weights_and_multipliers_are_those_of_the_paper(void **state)
{
	const struct {
		const char *name;
		double weight, range, high;
	} paper[SIGNALS] = {{"structure", 3.0, 0.7, 1.2}, {"vwap_volume", 2.0, 1.3, 0.9},
		{"momentum", 2.0, 1.0, 0.8}, {"ema_alignment", 1.5, 0.8, 1.0},
		{"delta_pressure", 1.0, 1.2, 1.1}, {"candle_conviction", 1.0, 1.1, 0.9}};

	for (int i = 0; i < SIGNALS; i++)
		for (int session = SESSION_ASIAN; session <= SESSION_OVERLAP; session++)
			for (int at = 0; at < 12; at++) {
				struct regime regime = {(enum session)session,
					(enum volatility_regime)(at % 4),
					(enum structure_regime)(at / 4)};
				double expected = (session == SESSION_ASIAN ? 0.8 : 1) *
				    (regime.structure == STRUCTURE_RANGE ? paper[i].range : 1) *
				    (regime.volatility == VOLATILITY_HIGH ? paper[i].high : 1);

				assert_string_equal(dtms_signal_name((enum dtms_signal)i),
				    paper[i].name);
				assert_true(dtms_signal_weight((enum dtms_signal)i) ==
				    paper[i].weight);
				assert_float_equal(dtms_signal_multiplier((enum dtms_signal)i,
				    &regime), expected, CLOSE_TO);
			}
}

static void
the_score_is_the_sum_of_raw_times_weight_times_multiplier(void **state)
{
	struct dtms_score score;

	view.structure.bos_down = true;
	view.flow.buy_share = 0.2;
	view.flow.z = -2;
	view.regime = (struct regime){SESSION_ASIAN, VOLATILITY_HIGH, STRUCTURE_RANGE};
	score = measure(TRADE_BUY);
	/* -3 x 3 x .7 x 1.2 x .8, -1 x 2 x 1.3 x .9 x .8, -1 x 1 x 1.2 x 1.1 x .8 */
	assert_float_equal(score.signals[SIGNAL_STRUCTURE].score, -6.048, CLOSE_TO);
	assert_float_equal(score.signals[SIGNAL_VWAP_VOLUME].score, -1.872, CLOSE_TO);
	assert_float_equal(score.signals[SIGNAL_DELTA_PRESSURE].score, -1.056, CLOSE_TO);
	assert_float_equal(score.total, -8.976, CLOSE_TO);
}

static void
a_sum_that_is_minus_two_on_paper_is_minus_two(void **state)
{
	/* Asian: (-2 x 2 + 1 x 1.5 - 1 + 1) x 0.8; the sum of doubles is -1.9999999999999998 */
	view.regime.session = SESSION_ASIAN;
	view.rsi = 44;
	view.rsi_2 = 45;
	view.ema50 += 1;
	view.ema200 += 1;
	view.flow.z = -1;
	view.m5_open = view.m5_low;
	view.m5_close = view.m5_high;
	view.vwap = NAN;
	assert_true(measure(TRADE_BUY).total == -2);
}

/* ---- a market and its mirror image ---- */

static double
random_price(unsigned *seed)
{
	return 50 + (double)(rand_r(seed) % (100 * 1024)) / 1024;
}

static void
draw_market(unsigned *seed)
{
	double *const prices[] = {&view.m5_open, &view.m5_close, &view.vwap, &view.ema50,
		&view.ema50_10, &view.ema200, &view.ema200_10};
	double *const histograms[] = {&view.histogram, &view.histogram_1, &view.histogram_2};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		*prices[i] = random_price(seed);
	for (size_t i = 0; i < sizeof(histograms) / sizeof(histograms[0]); i++)
		*histograms[i] = rand_r(seed) % 7 - 3;
	view.m5_high = fmax(view.m5_open, view.m5_close) + (double)(rand_r(seed) % 64) / 4;
	view.m5_low = fmin(view.m5_open, view.m5_close) - (double)(rand_r(seed) % 64) / 4;
	view.rsi = rand_r(seed) % 401 / 4.0;
	view.rsi_2 = rand_r(seed) % 401 / 4.0;
	view.flow.buy_share = rand_r(seed) % 1025 / 1024.0;
	view.flow.z = (rand_r(seed) % 17 - 8) / 4.0;
	view.structure = (struct structure){.known = rand_r(seed) % 8 != 0};
	view.structure.bos_up = rand_r(seed) % 4 == 0;
	view.structure.bos_down = !view.structure.bos_up && rand_r(seed) % 4 == 0;
	view.structure.choch_down = view.structure.bos_down && rand_r(seed) % 2 == 0;
	view.structure.choch_up = view.structure.bos_up && rand_r(seed) % 2 == 0;
	view.m15_bars = rand_r(seed) % 300;
	view.has_flow = rand_r(seed) % 4 != 0;
	view.regime = (struct regime){(enum session)(rand_r(seed) % 4),
		(enum volatility_regime)(rand_r(seed) % 4),
		(enum structure_regime)(rand_r(seed) % 3)};
	trade.vwap_flip = rand_r(seed) % 3 - 1;
	trade.vwap_cross_count = rand_r(seed) % 4;
}

static void
any_market_scores_for_a_sell_as_its_mirror_image_for_a_buy(void **state)
{
	unsigned seed = 5;

	for (int i = 0; i < 20000; i++) {
		double sum = 0;

		draw_market(&seed);
		for (int signal = 0; signal < SIGNALS; signal++) {
			raw_of((enum dtms_signal)signal);
			sum += sold.signals[signal].raw *
			    dtms_signal_weight((enum dtms_signal)signal) *
			    sold.signals[signal].multiplier;
		}
		assert_float_equal(sold.total, sum, CLOSE_TO);
	}
}

/* ---- as JSON ---- */

static json_t *
write_json(void)
{
	struct dtms_score score = dtms_score_measure(&trade, &view);
	static struct json_text text;
	json_t *object;

	json_text_start(&text);
	dtms_score_write(&text, &trade, &view, &score);
	json_text_close(&text);
	object = json_loads(text.text, 0, NULL);
	assert_non_null(object);
	return object;
}

static void
each_signal_is_written_with_how_it_came_about(void **state)
{
	json_t *object, *signal;

	view.structure.bos_down = true;
	view.m15_bars = 39;
	object = write_json();
	assert_int_equal(json_object_size(json_object_get(object, "signals")), SIGNALS);
	signal = json_object_get(json_object_get(object, "signals"), "structure");
	assert_true(json_number_value(json_object_get(signal, "raw")) == -3);
	assert_true(json_number_value(json_object_get(signal, "weight")) == 3);
	assert_true(json_number_value(json_object_get(signal, "multiplier")) == 1);
	assert_true(json_number_value(json_object_get(signal, "score")) == -9);
	assert_true(json_is_false(json_object_get(signal, "missing")));
	assert_string_equal(json_string_value(json_object_get(signal, "detail")), "BOS against");
	signal = json_object_get(json_object_get(object, "signals"), "momentum");
	assert_true(json_is_true(json_object_get(signal, "missing")));
	json_decref(object);
}

static void
the_market_is_written_and_what_is_not_known_is_null(void **state)
{
	json_t *object, *regime;

	trade.vwap_cross_count = 3;
	view.bid_e8 = VIEWS_E8(99.5);
	view.atr = NAN;
	view.m15_end_us = TICK_NONE;
	view.has_flow = false;
	view.regime.volatility = VOLATILITY_UNKNOWN;
	object = write_json();
	regime = json_object_get(object, "regime");
	assert_true(json_real_value(json_object_get(object, "price")) == 99.5);
	assert_true(json_number_value(json_object_get(object, "ask")) == 100);
	assert_int_equal(json_integer_value(json_object_get(object, "vwap_cross_count")), 3);
	assert_int_equal(json_integer_value(json_object_get(object, "m5_end_us")), VIEWS_NOW_US);
	assert_true(json_is_null(json_object_get(object, "m15_end_us")));
	assert_true(json_is_null(json_object_get(object, "atr")));
	assert_true(json_is_null(json_object_get(object, "flow")));
	assert_string_equal(json_string_value(json_object_get(regime, "session")), "London");
	assert_string_equal(json_string_value(json_object_get(regime, "structure")), "TREND");
	assert_true(json_is_null(json_object_get(regime, "volatility")));
	json_decref(object);
}

static void
lent_flow_is_written_as_lent(void **state)
{
	json_t *object, *flow;

	view.flow_lent = true;
	view.flow.z = NAN;
	object = write_json();
	flow = json_object_get(object, "flow");
	assert_true(json_is_true(json_object_get(flow, "lent")));
	assert_true(json_real_value(json_object_get(flow, "buy_share")) == 0.5);
	assert_true(json_is_null(json_object_get(flow, "z")));
	json_decref(object);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_break_of_structure_is_three_with_or_against),
		TEST(a_change_of_character_against_takes_three_more),
		TEST(structure_is_missing_below_sixteen_bars),
		TEST(a_flip_begins_at_its_threshold_and_ends_below_seven_tenths),
		TEST(a_slope_that_has_turned_ends_a_flip),
		TEST(what_is_not_defined_leaves_a_flip),
		TEST(a_flip_against_counts_once_vwap_was_crossed_twice),
		TEST(the_volume_flip_has_its_limits),
		TEST(the_volume_flip_asks_for_more_in_low_volatility),
		TEST(the_limits_of_the_volume_flip_are_not_beyond_themselves),
		TEST(vwap_and_volume_are_added_and_one_of_them_suffices),
		TEST(each_line_of_rsi_counts_and_the_first_one_wins),
		TEST(rsi_has_to_be_lower_in_low_volatility),
		TEST(the_thresholds_of_rsi_are_mirrored_around_fifty),
		TEST(macd_counts_where_it_goes_one_way_over_three_values),
		TEST(rsi_and_macd_are_added_and_one_of_them_suffices),
		TEST(momentum_is_missing_below_forty_bars),
		TEST(each_line_of_the_averages_counts),
		TEST(the_averages_are_missing_below_two_hundred_and_ten_bars),
		TEST(pressure_counts_beyond_half_a_deviation),
		TEST(each_line_of_the_candle_counts_and_the_first_one_wins),
		TEST(a_body_of_sixty_five_hundredths_is_strong_at_every_price),
		TEST(a_price_on_vwap_is_on_no_side_of_it),
		TEST(a_bar_without_a_range_has_no_body_and_no_bar_is_missing),
		TEST(weights_and_multipliers_are_those_of_the_paper),
		TEST(the_score_is_the_sum_of_raw_times_weight_times_multiplier),
		TEST(a_sum_that_is_minus_two_on_paper_is_minus_two),
		TEST(any_market_scores_for_a_sell_as_its_mirror_image_for_a_buy),
		TEST(each_signal_is_written_with_how_it_came_about),
		TEST(the_market_is_written_and_what_is_not_known_is_null),
		TEST(lent_flow_is_written_as_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
