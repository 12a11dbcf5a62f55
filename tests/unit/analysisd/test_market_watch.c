#define _GNU_SOURCE
#include "analysisd/dtms/market_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysisd/dtms/spread_day.h"
#include "tests/unit/analysisd/tick_store.h"

#define GRID_US (30 * CLOCK_SECOND_US)
#define HOUR_US (3600 * CLOCK_SECOND_US)
#define BASE 0.002

struct fixture {
	struct tick_store store;
	struct market_reader *reader;
	struct market_watch *watch;
};

static struct market_watch *
watch_symbol(int64_t symbol_id, int64_t flow_symbol_id)
{
	const struct market_watch_terms terms = {symbol_id, flow_symbol_id,
		symbol_id != flow_symbol_id, BASE};
	struct market_watch *watch = market_watch_create(&terms);

	assert_non_null(watch);
	return watch;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_symbol(&f->store, 2, "sim", "TWO");
	assert_int_equal(market_reader_open(&f->reader, f->store.state_dir, &problem), 0);
	f->watch = watch_symbol(1, 1);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	market_watch_free(f->watch);
	market_reader_close(f->reader);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static struct dtms_view
view_of(struct fixture *f, struct market_watch *watch, int64_t now_us)
{
	struct dtms_view view;

	assert_int_equal(market_watch_view(watch, f->reader, now_us, &view), 0);
	return view;
}

static struct dtms_view
view_at(struct fixture *f, int64_t now_us)
{
	return view_of(f, f->watch, now_us);
}

/* A trade of `volume` whole units, with the quote of its moment. */
static void
trade(struct fixture *f, int symbol_id, int64_t time_us, bool sold, int volume, int64_t bid_e8,
    int64_t ask_e8)
{
	tick_store_execute(&f->store,
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8,"
	    " ask_e8, flags) VALUES(%d, %lld, %lld, %lld, %lld, %lld, %lld, %d)", symbol_id,
	    (long long)time_us, (long long)time_us, (long long)bid_e8,
	    volume * 100000000LL, (long long)bid_e8, (long long)ask_e8, sold ? 5 : 1);
}

static void
quote(struct fixture *f, int symbol_id, int64_t time_us, int64_t bid_e8, int64_t ask_e8)
{
	tick_store_execute(&f->store,
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8, ask_e8, flags)"
	    " VALUES(%d, %lld, %lld, %lld, %lld, 2)", symbol_id, (long long)time_us,
	    (long long)time_us, (long long)bid_e8, (long long)ask_e8);
}

/* A candle without shadows but for what is given, in whole units of price. */
static void
candle(struct fixture *f, int64_t open_us, int open, int high, int low, int close, int volume)
{
	tick_store_execute(&f->store,
	    "INSERT OR REPLACE INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8,"
	    " close_e8, volume, quote_volume, taker_buy_volume, trades, origin, complete)"
	    " VALUES(1, %lld, %d00000000, %d00000000, %d00000000, %d00000000, %d, 0, 0, 10, 'ticks',"
	    " 1)", (long long)open_us, open, high, low, close, volume);
}

/* Every figure of the view, to the bit. */
static char *
text_of(const struct dtms_view *v)
{
	char *text;

	assert_true(asprintf(&text, "%jd|%jd %jd|%a %a|%jd %a %a %a %a|%a %a|%jd %jd|"
	    "%d %jd %a %a %a %a %a %d %d %d %d|%a %a|%a %a %a|%a %a %a %a|%a|%d %d %d|%a|"
	    "%d %d %a %a %a %a %jd",
	    v->now_us, v->bid_e8, v->ask_e8, v->spread, v->spread_median, v->m5_end_us, v->m5_open,
	    v->m5_high, v->m5_low, v->m5_close, v->vwap, v->vwap_slope, v->m15_end_us, v->m15_bars,
	    v->structure.known, v->structure.bar_us, v->structure.close, v->structure.high10,
	    v->structure.low10, v->structure.high15, v->structure.low15, v->structure.bos_up,
	    v->structure.bos_down, v->structure.choch_up, v->structure.choch_down, v->rsi, v->rsi_2,
	    v->histogram, v->histogram_1, v->histogram_2, v->ema50, v->ema50_10, v->ema200,
	    v->ema200_10, v->atr, v->regime.session, v->regime.volatility, v->regime.structure,
	    v->vwap_threshold, v->has_flow, v->flow_lent, v->flow.buy, v->flow.sell,
	    v->flow.buy_share, v->flow.z, v->flow.trades) > 0);
	return text;
}

static void
assert_same_view(const struct dtms_view *a, const struct dtms_view *b)
{
	char *one = text_of(a), *other = text_of(b);

	assert_string_equal(one, other);
	free(one);
	free(other);
}

/* ---- bars ---- */

static void
without_any_data_nothing_is_defined(void **state)
{
	struct dtms_view view = view_at(*state, DAY_US + HOUR_US);
	struct dtms_view nothing = market_watch_nothing(DAY_US + HOUR_US, BASE);

	assert_int_equal(view.bid_e8, TICK_NONE);
	assert_int_equal(view.m5_end_us, TICK_NONE);
	assert_int_equal(view.m15_end_us, TICK_NONE);
	assert_true(isnan(view.spread) && isnan(view.vwap) && isnan(view.rsi));
	assert_false(view.has_flow);
	assert_same_view(&view, &nothing);
}

static void
a_bar_is_closed_at_the_end_of_its_slot_and_not_before(void **state)
{
	struct fixture *f = *state;

	candle(f, DAY_US, 100, 103, 99, 101, 5);
	candle(f, DAY_US + CANDLE_M5_US, 101, 104, 100, 102, 5);
	assert_int_equal(view_at(f, DAY_US + 2 * CANDLE_M5_US - GRID_US).m5_end_us,
	    DAY_US + CANDLE_M5_US);
	assert_int_equal(view_at(f, DAY_US + 2 * CANDLE_M5_US).m5_end_us,
	    DAY_US + 2 * CANDLE_M5_US);
	assert_int_equal(view_at(f, DAY_US + 3 * CANDLE_M5_US - GRID_US).m15_end_us, TICK_NONE);
	/* The third slot stayed empty: its end closes the M15 bar all the same. */
	assert_int_equal(view_at(f, DAY_US + 3 * CANDLE_M5_US).m15_end_us,
	    DAY_US + 3 * CANDLE_M5_US);
}

static void
vwap_is_of_the_session_and_its_slope_over_two_bars(void **state)
{
	struct fixture *f = *state;
	struct dtms_view view;

	candle(f, DAY_US - CANDLE_M5_US, 500, 500, 500, 500, 1000);
	candle(f, DAY_US, 100, 106, 100, 103, 1); /* typical 103 */
	candle(f, DAY_US + CANDLE_M5_US, 103, 109, 103, 106, 3); /* typical 106 */
	view = view_at(f, DAY_US + 2 * CANDLE_M5_US);
	assert_true(view.vwap == (103.0 + 3 * 106) / 4);
	assert_true(view.vwap_slope == 106.0 / 500 - 1);
	candle(f, DAY_US + 2 * CANDLE_M5_US, 106, 112, 106, 109, 4);
	view = view_at(f, DAY_US + 3 * CANDLE_M5_US);
	assert_true(fabs(view.vwap - (103.0 + 3 * 106 + 4 * 109) / 8) < 1e-9);
	assert_true(view.vwap_slope == 109.0 / 103 - 1);
}

static void
a_price_of_zero_has_no_slope(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		candle(f, DAY_US + i * CANDLE_M5_US, 0, i, 0, i, 1);
	assert_true(isnan(view_at(f, DAY_US + 3 * CANDLE_M5_US).vwap_slope));
}

static void
vwap_begins_anew_at_midnight(void **state)
{
	struct fixture *f = *state;

	candle(f, DAY_US + CLOCK_DAY_US - CANDLE_M5_US, 100, 106, 100, 103, 1);
	assert_true(view_at(f, DAY_US + CLOCK_DAY_US - GRID_US).m5_end_us == TICK_NONE);
	assert_true(isnan(view_at(f, DAY_US + CLOCK_DAY_US).vwap));
}

static void
the_threshold_is_that_of_session_and_regime(void **state)
{
	struct fixture *f = *state;

	/* No bars: Asian 1.5, Overlap 0.7. */
	assert_true(view_at(f, DAY_US + HOUR_US).vwap_threshold == BASE * 1.5);
	assert_true(fabs(view_at(f, DAY_US + 14 * HOUR_US).vwap_threshold - BASE * 0.7) < 1e-15);
}

/* ---- quotes ---- */

static void
the_quote_is_the_newest_before_the_instant(void **state)
{
	struct fixture *f = *state;
	struct dtms_view view;

	quote(f, 1, DAY_US + GRID_US - 1, 100, 104);
	quote(f, 1, DAY_US + GRID_US, 200, 204);
	view = view_at(f, DAY_US + GRID_US);
	assert_int_equal(view.bid_e8, 100);
	assert_int_equal(view.ask_e8, 104);
	assert_int_equal(view_at(f, DAY_US + 2 * GRID_US).bid_e8, 200);
}

static void
trades_without_a_quote_leave_the_last_quote_in_force_for_a_while(void **state)
{
	struct fixture *f = *state;
	struct dtms_view view;

	quote(f, 1, DAY_US, 100, 104);
	for (int i = 1; i < MARKET_QUOTE_TICKS; i++)
		tick_store_execute(&f->store, "INSERT INTO unified_ticks(symbol_id, time_us, tick_id,"
		    " price_e8, volume_e8, flags) VALUES(1, %lld, %d, %d, 1, 9)",
		    (long long)DAY_US + i, i, 1000 + i);
	assert_int_equal(view_at(f, DAY_US + GRID_US).bid_e8, 100);
	tick_store_execute(&f->store, "INSERT INTO unified_ticks(symbol_id, time_us, tick_id,"
	    " price_e8, volume_e8, flags) VALUES(1, %lld, 999, 7777, 1, 9)",
	    (long long)(DAY_US + GRID_US));
	view = view_at(f, DAY_US + 2 * GRID_US);
	assert_int_equal(view.bid_e8, 7777);
	assert_int_equal(view.ask_e8, 7777);
	assert_true(isnan(view.spread));
}

static void
the_median_is_of_the_spreads_in_force_each_thirty_seconds_since_midnight(void **state)
{
	struct fixture *f = *state;

	quote(f, 1, DAY_US - 1, 100000000, 109000000); /* 0.09 at midnight */
	quote(f, 1, DAY_US + 1, 100000000, 101000000); /* 0.01, and 0.05 soon after: in force */
	quote(f, 1, DAY_US + 2, 100000000, 105000000);
	quote(f, 1, DAY_US + 2 * GRID_US + 1, 100000000, 102000000);
	assert_true(view_at(f, DAY_US).spread_median == 0.09);
	assert_true(view_at(f, DAY_US + GRID_US).spread_median == (0.05 + 0.09) / 2);
	assert_true(view_at(f, DAY_US + 2 * GRID_US).spread_median == 0.05);
	/* 0.09 0.05 0.05 0.02 0.02 */
	assert_true(view_at(f, DAY_US + 4 * GRID_US).spread_median == 0.05);
	assert_true(view_at(f, DAY_US + 4 * GRID_US).spread == 0.02);
	/* The next day has its own. */
	assert_true(view_at(f, DAY_US + CLOCK_DAY_US).spread_median == 0.02);
}

static void
a_day_of_spreads_has_the_median_that_sorting_finds(void **state)
{
	struct spread_day *day = malloc(sizeof(*day));
	int64_t all[301];
	unsigned seed = 4;

	assert_non_null(day);
	spread_day_start(day);
	assert_true(isnan(spread_day_median(day)));
	for (int n = 0; n < 301; n++) {
		int at = n;

		spread_day_add(day, all[n] = rand_r(&seed) % 50 * INT64_C(100000000));
		/* The new one is put where it belongs: all before it are sorted. */
		for (; at > 0 && all[at - 1] > all[at]; at--) {
			int64_t other = all[at];

			all[at] = all[at - 1];
			all[at - 1] = other;
		}
		assert_true(spread_day_median(day) ==
		    (double)(all[n / 2] + all[(n + 1) / 2]) / 2e8);
	}
	free(day);
}

/* ---- order flow ---- */

static void
flow_is_of_the_thirty_seconds_before_the_instant(void **state)
{
	struct fixture *f = *state;
	struct dtms_view view;

	trade(f, 1, DAY_US + HOUR_US - GRID_US - 1, true, 50, 100, 102);
	trade(f, 1, DAY_US + HOUR_US - GRID_US, true, 3, 100, 102);
	trade(f, 1, DAY_US + HOUR_US - 1, false, 1, 100, 102);
	trade(f, 1, DAY_US + HOUR_US, false, 70, 100, 102);
	view = view_at(f, DAY_US + HOUR_US);
	assert_true(view.has_flow);
	assert_false(view.flow_lent);
	assert_true(view.flow.sell == 3 && view.flow.buy == 1);
	assert_true(view.flow.buy_share == 0.25);
	/* 59 empty windows and one of -50: mean -5/6, sigma^2 = 2500/60 - (5/6)^2; net is -2. */
	assert_true(fabs(view.flow.z - (-2 + 50 / 60.0) / sqrt(2500 / 60.0 - 2500 / 3600.0)) < 1e-12);
}

/* Reads ahead in pieces that may lie anywhere, up to `until_us`. */
static void
read_ahead(struct fixture *f, int64_t from_us, int64_t until_us)
{
	for (int64_t at_us = from_us; at_us < until_us; at_us += 7 * CLOCK_SECOND_US)
		assert_int_equal(market_watch_read_ahead(f->watch, f->reader, at_us), 0);
	assert_int_equal(market_watch_read_ahead(f->watch, f->reader, until_us), 0);
}

static void
trades_read_ahead_count_once_and_only_those_before_the_instant(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = DAY_US + HOUR_US;
	struct dtms_view view;

	(void)view_at(f, now_us - GRID_US);
	for (int second = 0; second < 45; second++)
		trade(f, 1, now_us - GRID_US + second * CLOCK_SECOND_US, true, 1, 100, 102);
	read_ahead(f, now_us - GRID_US, now_us - 3 * CLOCK_SECOND_US);
	view = view_at(f, now_us);
	assert_true(view.flow.sell == 30 && view.flow.buy == 0);
	/* Further than to the next instant: it is read anew, and nothing counts twice. */
	read_ahead(f, now_us, now_us + 40 * CLOCK_SECOND_US);
	view = view_at(f, now_us + GRID_US);
	assert_true(view.flow.sell == 15 && view.flow.trades == 15);
}

static void
a_trade_that_is_stored_late_into_what_was_read_ahead_counts(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = DAY_US + HOUR_US;
	struct dtms_view view;

	(void)view_at(f, now_us - GRID_US);
	trade(f, 1, now_us - 20 * CLOCK_SECOND_US, true, 2, 100, 102);
	read_ahead(f, now_us - GRID_US, now_us - CLOCK_SECOND_US);
	trade(f, 1, now_us - 25 * CLOCK_SECOND_US, false, 5, 100, 102);
	view = view_at(f, now_us);
	assert_true(view.flow.sell == 2 && view.flow.buy == 5 && view.flow.trades == 2);
}

static void
quotes_alone_are_no_flow(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++)
		quote(f, 1, DAY_US + i * 1000, 100, 102);
	assert_false(view_at(f, DAY_US + GRID_US).has_flow);
}

static void
flow_is_lent_by_another_symbol(void **state)
{
	struct fixture *f = *state;
	struct market_watch *watch = watch_symbol(1, 2);
	struct dtms_view view;

	quote(f, 1, DAY_US, 100, 102);
	trade(f, 2, DAY_US + 1, false, 8, 900, 901);
	trade(f, 2, DAY_US + 2, true, 2, 900, 901);
	view = view_of(f, watch, DAY_US + GRID_US);
	assert_true(view.flow_lent);
	assert_true(view.flow.buy_share == 0.8);
	assert_int_equal(view.bid_e8, 100);
	/* Nobody traded for half an hour: there is none to lend. */
	view = view_of(f, watch, DAY_US + HOUR_US);
	assert_false(view.has_flow);
	assert_false(view.flow_lent);
	market_watch_free(watch);
}

/* ---- the same whenever it began ---- */

/* Candles of eight days, of which every seventh slot is empty; trades and quotes of the last. */
static void
fill(struct fixture *f, int64_t until_us)
{
	unsigned seed = 11;

	tick_store_candles(&f->store, 1, DAY_US - 7 * CLOCK_DAY_US, until_us, "ticks");
	tick_store_execute(&f->store, "DELETE FROM m5_candles WHERE open_time_us / 300000000 %% 7 = 1");
	tick_store_execute(&f->store, "BEGIN IMMEDIATE");
	for (int64_t at_us = DAY_US - HOUR_US; at_us < until_us;
	    at_us += 1 + rand_r(&seed) % (20 * CLOCK_SECOND_US)) {
		int bid = 1000 + rand_r(&seed) % 50, spread = rand_r(&seed) % 9;

		if (rand_r(&seed) % 3 == 0)
			quote(f, 1, at_us, bid, bid + spread);
		else
			trade(f, 1, at_us, rand_r(&seed) % 2, rand_r(&seed) % 5, bid, bid + spread);
	}
	tick_store_execute(&f->store, "COMMIT");
}

static void
a_view_is_the_same_to_the_bit_whenever_the_watch_began(void **state)
{
	struct fixture *f = *state;
	int64_t until_us = DAY_US + CLOCK_DAY_US + 3 * HOUR_US;
	unsigned seed = 3;

	fill(f, until_us);
	for (int64_t now_us = DAY_US + HOUR_US; now_us <= until_us; now_us += GRID_US) {
		struct dtms_view walked, begun;
		struct market_watch *other;
		int before;

		/* Gaps in what it was asked, and now and then a watch begun a while ago. */
		if (rand_r(&seed) % 4 == 0)
			now_us += rand_r(&seed) % 200 * GRID_US;
		if (rand_r(&seed) % 2 == 0)
			assert_int_equal(market_watch_read_ahead(f->watch, f->reader,
					     now_us - rand_r(&seed) % 30 * CLOCK_SECOND_US), 0);
		walked = view_at(f, now_us);
		if (rand_r(&seed) % 20 != 0)
			continue;
		other = watch_symbol(1, 1);
		before = rand_r(&seed) % 100;
		(void)view_of(f, other, now_us - before * GRID_US);
		begun = view_of(f, other, now_us);
		assert_same_view(&walked, &begun);
		assert_false(isnan(begun.ema200) || isnan(begun.vwap_slope) || isnan(begun.flow.z));
		market_watch_free(other);
	}
}

static void
what_changed_is_read_anew(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = DAY_US + 5 * HOUR_US;
	struct market_watch *other = watch_symbol(1, 1);
	struct dtms_view before, after, anew;

	fill(f, DAY_US + 6 * HOUR_US);
	before = view_at(f, now_us);
	tick_store_candle(&f->store, 1, DAY_US - CANDLE_M5_US, "ticks", 1);
	tick_store_execute(&f->store, "DELETE FROM unified_ticks WHERE time_us %% 2 = 0");
	market_watch_change(f->watch, DAY_US - CANDLE_M5_US);
	after = view_at(f, now_us);
	anew = view_of(f, other, now_us);
	assert_same_view(&after, &anew);
	assert_true(after.ema50 != before.ema50);
	assert_true(after.flow.buy + after.flow.sell != before.flow.buy + before.flow.sell ||
	    after.spread_median != before.spread_median);
	market_watch_free(other);
}

static void
a_newest_bar_that_was_late_is_seen_without_being_told(void **state)
{
	struct fixture *f = *state;
	struct market_watch *other = watch_symbol(1, 1);
	int64_t now_us = DAY_US + 5 * HOUR_US;
	struct dtms_view walked, anew;

	fill(f, DAY_US + 6 * HOUR_US);
	(void)view_at(f, now_us);
	tick_store_candle(&f->store, 1, now_us - CANDLE_M5_US, "ticks", 0);
	tick_store_execute(&f->store, "UPDATE m5_candles SET close_e8 = close_e8 + 700000000,"
	    " high_e8 = high_e8 + 700000000 WHERE open_time_us = (SELECT max(open_time_us) FROM"
	    " m5_candles WHERE open_time_us < %lld)", (long long)now_us);
	walked = view_at(f, now_us + CANDLE_M5_US);
	anew = view_of(f, other, now_us + CANDLE_M5_US);
	assert_same_view(&walked, &anew);
	market_watch_free(other);
}

/* tickd tells of what comes late to a slot that is over, and of no other: a lost connection. */
static void
ticks_that_come_late_to_the_slot_that_forms_are_seen_without_being_told(void **state)
{
	struct fixture *f = *state;
	struct market_watch *other = watch_symbol(1, 1), *lent = watch_symbol(2, 1);
	int64_t now_us = DAY_US + 5 * HOUR_US + 120 * CLOCK_SECOND_US;
	struct dtms_view walked, anew;

	fill(f, now_us);
	(void)view_at(f, now_us);
	(void)view_of(f, lent, now_us);
	trade(f, 1, now_us - 50 * CLOCK_SECOND_US - 1, true, 4000, 1000, 1900);
	walked = view_at(f, now_us + GRID_US);
	anew = view_of(f, other, now_us + GRID_US);
	assert_same_view(&walked, &anew);
	market_watch_free(other);
	/* Also where the flow is another symbol's. */
	other = watch_symbol(2, 1);
	walked = view_of(f, lent, now_us + GRID_US);
	anew = view_of(f, other, now_us + GRID_US);
	assert_true(anew.flow_lent);
	assert_same_view(&walked, &anew);
	market_watch_free(other);
	market_watch_free(lent);
}

/* Where recording began half an hour ago, nobody knows what is usual. */
static void
windows_before_the_first_stored_trade_are_not_known(void **state)
{
	struct fixture *f = *state;
	struct market_watch *other = watch_symbol(1, 1);
	int64_t now_us = DAY_US + 5 * HOUR_US;
	struct dtms_view early, anew;

	fill(f, now_us + HOUR_US);
	market_watch_begin_flow(other, now_us - 10 * GRID_US + 1);
	early = view_of(f, other, now_us);
	assert_true(early.has_flow);
	assert_false(isnan(early.flow.buy_share));
	assert_true(isnan(early.flow.z));
	/* What is fetched from before it is a new beginning. */
	market_watch_begin_flow(other, now_us - HOUR_US);
	early = view_of(f, other, now_us + GRID_US);
	anew = view_at(f, now_us + GRID_US);
	assert_false(isnan(anew.flow.z));
	assert_same_view(&early, &anew);
	market_watch_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_any_data_nothing_is_defined),
		TEST(a_bar_is_closed_at_the_end_of_its_slot_and_not_before),
		TEST(vwap_is_of_the_session_and_its_slope_over_two_bars),
		TEST(a_price_of_zero_has_no_slope),
		TEST(vwap_begins_anew_at_midnight),
		TEST(the_threshold_is_that_of_session_and_regime),
		TEST(the_quote_is_the_newest_before_the_instant),
		TEST(trades_without_a_quote_leave_the_last_quote_in_force_for_a_while),
		TEST(the_median_is_of_the_spreads_in_force_each_thirty_seconds_since_midnight),
		cmocka_unit_test(a_day_of_spreads_has_the_median_that_sorting_finds),
		TEST(flow_is_of_the_thirty_seconds_before_the_instant),
		TEST(trades_read_ahead_count_once_and_only_those_before_the_instant),
		TEST(a_trade_that_is_stored_late_into_what_was_read_ahead_counts),
		TEST(quotes_alone_are_no_flow),
		TEST(flow_is_lent_by_another_symbol),
		TEST(a_view_is_the_same_to_the_bit_whenever_the_watch_began),
		TEST(what_changed_is_read_anew),
		TEST(a_newest_bar_that_was_late_is_seen_without_being_told),
		TEST(ticks_that_come_late_to_the_slot_that_forms_are_seen_without_being_told),
		TEST(windows_before_the_first_stored_trade_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
