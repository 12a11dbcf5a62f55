#include "analysisd/market_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "common/candle_fold.h"
#include "common/clock.h"
#include "tests/unit/analysisd/same_frame.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US)
#define DAY_SLOT (INT64_C(19944) * HISTORY_DAY_SLOTS)
#define HOUR_SLOTS 12

static struct market_state market, other;

/* ---- making states ---- */

/* The state at the start of `slot`, loaded backwards from that day's midnight and pushed on. */
static void
load_to(struct market_state *state, const struct candle_history *history, int64_t slot,
    unsigned timeframes)
{
	struct candle candle;
	int64_t midnight_slot = candle_fold_slot(slot, HISTORY_DAY_SLOTS);

	market_state_start(state, slot * CANDLE_M5_US, timeframes);
	for (int64_t at = midnight_slot - 1; at >= history->first_slot; at--)
		if (history_candle(history, at, &candle) && !market_state_load(state, &candle))
			break;
	market_state_seed(state);
	for (int64_t at = midnight_slot; at < slot; at++)
		if (history_candle(history, at, &candle))
			assert_int_equal(market_state_push(state, &candle, NULL, NULL), 0);
	assert_int_equal(market_state_advance(state, slot * CANDLE_M5_US, NULL, NULL), 0);
}

/* Pushes the candles of from_slot .. before_slot - 1, coming to slots' ends by chance between. */
static void
walk(struct market_state *state, const struct candle_history *history, int64_t from_slot,
    int64_t before_slot)
{
	struct candle candle;

	for (int64_t slot = from_slot; slot < before_slot; slot++) {
		if (history_candle(history, slot, &candle))
			assert_int_equal(market_state_push(state, &candle, NULL, NULL), 0);
		else if (history_chance(history->seed + 1, (uint64_t)slot) % 3 == 0)
			assert_int_equal(market_state_advance(state, (slot + 1) * CANDLE_M5_US,
					     NULL, NULL), 0);
	}
	assert_int_equal(market_state_advance(state, before_slot * CANDLE_M5_US, NULL, NULL), 0);
}

static void
assert_same_state(const struct market_state *a, const struct market_state *b)
{
	assert_int_equal(a->timeframes, b->timeframes);
	assert_int_equal(a->day_us, b->day_us);
	assert_int_equal(a->now_us, b->now_us);
	assert_int_equal(a->has_volume, b->has_volume);
	assert_memory_equal(&a->vwap, &b->vwap, sizeof(a->vwap));
	for (int i = 0; i < TIMEFRAMES; i++) {
		enum timeframe timeframe = (enum timeframe)i;

		assert_int_equal(a->open[i].begun, b->open[i].begun);
		if (a->open[i].begun) {
			assert_int_equal(a->open[i].slots, b->open[i].slots);
			assert_true(same_candle(&a->open[i].bar, &b->open[i].bar));
		}
		assert_int_equal(market_state_frame(a, timeframe) == NULL,
		    timeframe != TIMEFRAME_M5 && (a->timeframes & 1U << i) == 0);
		if (market_state_frame(a, timeframe) != NULL)
			assert_same_frame(market_state_frame(a, timeframe),
			    market_state_frame(b, timeframe));
	}
}

/* ---- the same when run again ---- */

/* Walks from a day of the history to its end and holds the state against loaded ones on the way. */
static void
hold_against_loaded(const struct candle_history *history, unsigned timeframes, int64_t from_slot,
    int comparisons)
{
	int64_t slot = from_slot, step = (history->end_slot - from_slot) / comparisons;

	load_to(&market, history, slot, timeframes);
	for (int i = 0; i < comparisons; i++) {
		uint64_t chance = history_chance(history->seed + 2, (uint64_t)i);
		int64_t next = slot + step / 2 + (int64_t)(chance % (uint64_t)(step / 2));

		/* Sometimes to the very midnight. */
		if (chance / 7919 % 4 == 0)
			next = candle_fold_slot(next, HISTORY_DAY_SLOTS) + HISTORY_DAY_SLOTS;
		walk(&market, history, slot, next);
		load_to(&other, history, next, timeframes);
		assert_same_state(&market, &other);
		slot = next;
	}
}

/* Walks over midnights with the seeding left for later, and with it done at some of them. */
static void
a_seeding_that_waits_gives_the_same_state(void **state)
{
	const struct candle_history history = {
		.seed = 11, .first_slot = DAY_SLOT, .end_slot = DAY_SLOT + 9 * HISTORY_DAY_SLOTS,
		.missing_percent = 10};
	int64_t slot = DAY_SLOT + HISTORY_DAY_SLOTS, step = HISTORY_DAY_SLOTS / 3;

	load_to(&market, &history, slot, TIMEFRAMES_ALL);
	load_to(&other, &history, slot, TIMEFRAMES_ALL);
	other.seeds_later = true;
	for (int day = 0; slot + step <= history.end_slot; day++, slot += step) {
		walk(&market, &history, slot, slot + step);
		walk(&other, &history, slot, slot + step);
		/* At a midnight only the session is new before it is settled. */
		if ((slot + step) % HISTORY_DAY_SLOTS == 0) {
			assert_true(other.seed_due);
			assert_true(other.frames[TIMEFRAME_M15].seeded_us < market.day_us);
			assert_true(other.day_us == market.day_us);
		}
		if (day % 2 == 0)
			continue;
		market_state_settle(&other);
		assert_same_state(&market, &other);
	}
	market_state_settle(&other);
	assert_same_state(&market, &other);
}

static void
a_state_that_walked_over_midnights_equals_one_loaded_backwards(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t chance = history_chance(seed, 0);
		const struct candle_history history = {
			.seed = seed,
			.first_slot = DAY_SLOT + (int64_t)(chance % 300),
			.end_slot = DAY_SLOT + (3 + (int64_t)(chance / 300 % 25)) * HISTORY_DAY_SLOTS,
			.missing_percent = (int)(chance >> 20 & 3) * 30,
			.weekends = (chance >> 22 & 1) != 0,
			.volumes = (enum history_volumes)(chance >> 23 & 3),
		};

		hold_against_loaded(&history, (unsigned)(chance >> 30) & TIMEFRAMES_ALL,
		    history.first_slot + (int64_t)(chance >> 40) % 600, 6);
	}
}

/* Long enough that each timeframe's seed leaves bars behind: 500 of D1 as well. */
static void
and_so_it_does_after_more_than_five_hundred_days(void **state)
{
	const struct candle_history every_day = {
		.seed = 77,
		.first_slot = DAY_SLOT + 100,
		.end_slot = DAY_SLOT + 540 * HISTORY_DAY_SLOTS,
		.missing_percent = 25,
		.volumes = VOLUMES_HUGE,
	};
	struct candle_history weekdays = every_day;

	hold_against_loaded(&every_day, TIMEFRAMES_ALL, DAY_SLOT + 495 * HISTORY_DAY_SLOTS, 4);
	assert_int_equal(market.frames[TIMEFRAME_D1].seed_bars, 500);
	assert_true(market.frames[TIMEFRAME_D1].first_bar_us > DAY_US + CLOCK_DAY_US);
	weekdays.weekends = true;
	weekdays.volumes = VOLUMES_SOME;
	weekdays.end_slot = DAY_SLOT + 300 * HISTORY_DAY_SLOTS;
	hold_against_loaded(&weekdays, TIMEFRAMES_ALL, DAY_SLOT + 200, 4);
	assert_true(market.frames[TIMEFRAME_D1].seed_bars < 300);
	assert_int_equal(market.frames[TIMEFRAME_H4].seed_bars, 500);
}

static void
loading_stops_once_every_timeframe_that_is_kept_has_enough(void **state)
{
	static const struct {
		unsigned timeframes;
		int days; /* that hold 500 bars */
	} cases[] = {{0, 2}, {1U << TIMEFRAME_M15, 6}, {1U << TIMEFRAME_H1 | 1U << TIMEFRAME_M30, 21}};
	const struct candle_history full = {.seed = 5, .first_slot = 0, .end_slot = INT64_MAX};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct candle candle;
		int64_t count = 0;

		market_state_start(&market, DAY_US + 5, cases[i].timeframes);
		do {
			count++;
			assert_true(history_candle(&full, DAY_SLOT - count, &candle));
		} while (market_state_load(&market, &candle));
		/* Known by the first candle of the next day back, which is not needed. */
		assert_int_equal(count, cases[i].days * HISTORY_DAY_SLOTS + 1);
		market_state_seed(&market);
		assert_int_equal(market.frames[TIMEFRAME_M5].bars, 500);
	}
}

/* ---- bars ---- */

/* What was told, in order. */
struct told {
	struct {
		enum timeframe timeframe;
		struct candle bar;
		int64_t now_us, day_us;
		double atr, vwap;
	} bars[8 * HISTORY_DAY_SLOTS];
	int count;
	int refuse_at; /* the one that is not taken; -1: none */
};

static int
hear(void *context, const struct market_state *state, enum timeframe timeframe)
{
	struct told *told = context;
	const struct frame_state *frame = market_state_frame(state, timeframe);

	assert_non_null(frame);
	assert_true(told->count < (int)(sizeof(told->bars) / sizeof(told->bars[0])));
	told->bars[told->count].timeframe = timeframe;
	told->bars[told->count].bar = *frame_state_bar(frame, 0);
	told->bars[told->count].now_us = state->now_us;
	told->bars[told->count].day_us = state->day_us;
	told->bars[told->count].atr = plain(atr_value(&frame->atr));
	told->bars[told->count].vwap = plain(vwap_values(&state->vwap).vwap);
	return told->count++ == told->refuse_at ? -EIO : 0;
}

static struct told *
told_new(void)
{
	struct told *told = calloc(1, sizeof(*told));

	assert_non_null(told);
	told->refuse_at = -1;
	return told;
}

static void
assert_same_told(const struct told *a, const struct told *b)
{
	assert_int_equal(a->count, b->count);
	for (int i = 0; i < a->count; i++) {
		assert_int_equal(a->bars[i].timeframe, b->bars[i].timeframe);
		assert_int_equal(a->bars[i].now_us, b->bars[i].now_us);
		assert_int_equal(a->bars[i].day_us, b->bars[i].day_us);
		assert_true(same_candle(&a->bars[i].bar, &b->bars[i].bar));
		assert_memory_equal(&a->bars[i].atr, &b->bars[i].atr, sizeof(a->bars[i].atr));
		assert_memory_equal(&a->bars[i].vwap, &b->bars[i].vwap, sizeof(a->bars[i].vwap));
	}
}

/* Tells of all bars up to before_slot; `eager` comes to the end of each slot, empty ones too. */
static void
tell(const struct candle_history *history, unsigned timeframes, bool eager, struct told *told)
{
	struct candle candle;

	market_state_start(&market, history->first_slot * CANDLE_M5_US, timeframes);
	market_state_seed(&market);
	for (int64_t slot = history->first_slot; slot < history->end_slot; slot++) {
		if (history_candle(history, slot, &candle))
			assert_int_equal(market_state_push(&market, &candle, hear, told), 0);
		if (eager)
			assert_int_equal(market_state_advance(&market, (slot + 1) * CANDLE_M5_US,
					     hear, told), 0);
	}
	assert_int_equal(market_state_advance(&market, history->end_slot * CANDLE_M5_US, hear,
			     told), 0);
}

/* The bar that opens there, straight from the candles in it; false where there is none. */
static bool
group(const struct candle_history *history, int64_t open_us, int64_t length_us, struct candle *ret)
{
	int64_t slots = length_us / CANDLE_M5_US, present = 0, volume_e8 = 0, quote_e8 = 0, buy_e8 = 0;
	struct candle candle;
	bool whole = true, ids = true;

	for (int64_t i = 0; i < slots; i++) {
		if (!history_candle(history, open_us / CANDLE_M5_US + i, &candle))
			continue;
		if (present++ == 0)
			*ret = (struct candle){.open_time_us = open_us, .open_e8 = candle.open_e8,
				.low_e8 = INT64_MAX, .first_tick_id = INT64_MAX};
		ret->close_e8 = candle.close_e8;
		ret->high_e8 = candle.high_e8 > ret->high_e8 ? candle.high_e8 : ret->high_e8;
		ret->low_e8 = candle.low_e8 < ret->low_e8 ? candle.low_e8 : ret->low_e8;
		volume_e8 += llrint(candle.volume * 1e8);
		quote_e8 += llrint(candle.quote_volume * 1e8);
		buy_e8 += llrint(candle.taker_buy_volume * 1e8);
		ret->trades += candle.trades;
		ret->revision += candle.revision;
		ret->last_tick_id = candle.last_tick_id;
		if (candle.first_tick_id < ret->first_tick_id)
			ret->first_tick_id = candle.first_tick_id;
		ids &= candle.first_tick_id != TICK_NONE;
		whole &= candle.complete;
		if (candle.origin != CANDLE_TICKS)
			ret->origin = candle.origin;
	}
	if (present == 0)
		return false;
	ret->volume = (double)volume_e8 / 1e8;
	ret->quote_volume = (double)quote_e8 / 1e8;
	ret->taker_buy_volume = (double)buy_e8 / 1e8;
	ret->complete = whole && present == slots;
	if (!ids)
		ret->first_tick_id = ret->last_tick_id = TICK_NONE;
	return true;
}

/* Every bar that ends in the history, in the order of ends and, of one end, of timeframes. */
static void
assert_grouped(const struct candle_history *history, unsigned timeframes, const struct told *told)
{
	int at = 0, complete = 0, longer = 0;

	for (int64_t end = history->first_slot + 1; end <= history->end_slot; end++)
		for (int i = 0; i < TIMEFRAMES; i++) {
			int64_t length_us = timeframe_length((enum timeframe)i);
			int64_t end_us = end * CANDLE_M5_US;
			struct candle expected = {0};

			if ((timeframes & 1U << i) == 0 || end_us % length_us != 0 ||
			    !group(history, end_us - length_us, length_us, &expected))
				continue;
			assert_true(at < told->count);
			assert_int_equal(told->bars[at].timeframe, i);
			assert_true(same_candle(&told->bars[at].bar, &expected));
			assert_int_equal(told->bars[at].now_us, end_us);
			longer += i > 0;
			complete += i > 0 && expected.complete;
			at++;
		}
	assert_int_equal(at, told->count);
	assert_true(longer > 0 && (history->missing_percent > 50 || complete > 0));
}

static void
bars_are_those_of_a_straight_grouping_told_in_order(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t chance = history_chance(seed, 9);
		const struct candle_history history = {
			.seed = seed,
			.first_slot = DAY_SLOT + (int64_t)(chance % 288),
			.end_slot = DAY_SLOT + 4 * HISTORY_DAY_SLOTS,
			.missing_percent = (int)(chance >> 20 & 3) * 30,
			.volumes = VOLUMES_WHOLE,
		};
		unsigned timeframes = seed == 1 ? TIMEFRAMES_ALL :
		    ((unsigned)(chance >> 30) & TIMEFRAMES_ALL) | 1U << TIMEFRAME_M5 |
		    1U << TIMEFRAME_M15;
		struct told *told = told_new();

		tell(&history, timeframes, false, told);
		assert_grouped(&history, timeframes, told);
		free(told);
	}
}

static void
what_is_told_does_not_depend_on_how_far_a_call_comes(void **state)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		const struct candle_history history = {
			.seed = seed,
			.first_slot = DAY_SLOT,
			.end_slot = DAY_SLOT + 5 * HISTORY_DAY_SLOTS,
			/* Most often whole hours and, of some days, all but a few are missing. */
			.missing_percent = seed % 2 == 0 ? 60 : 97,
			.volumes = VOLUMES_SOME,
		};
		struct told *eager = told_new(), *lazy = told_new();

		tell(&history, TIMEFRAMES_ALL, true, eager);
		tell(&history, TIMEFRAMES_ALL, false, lazy);
		assert_true(eager->count > 0);
		assert_same_told(eager, lazy);
		free(eager);
		free(lazy);
	}
}

static void
push_at(int64_t slot, bool complete)
{
	const struct candle candle = {
		.open_time_us = (DAY_SLOT + slot) * CANDLE_M5_US,
		.high_e8 = 110,
		.low_e8 = 100,
		.close_e8 = 105,
		.volume = 1,
		.complete = complete,
	};

	assert_int_equal(market_state_push(&market, &candle, NULL, NULL), 0);
}

static void
begin(unsigned timeframes)
{
	market_state_start(&market, DAY_US + 5, timeframes);
	market_state_seed(&market);
}

/* The newest H1 after a day's first hour of candles that are complete, but for one slot. */
static bool
hour_is_complete(int slot, bool missing)
{
	begin(1U << TIMEFRAME_H1);
	for (int i = 0; i < HOUR_SLOTS; i++)
		if (i != slot || !missing)
			push_at(i, i != slot);
	assert_int_equal(market_state_advance(&market, DAY_US + HOUR_SLOTS * CANDLE_M5_US, NULL,
			     NULL), 0);
	return frame_state_bar(market_state_frame(&market, TIMEFRAME_H1), 0)->complete;
}

static void
a_bar_is_complete_only_with_every_slot_present_and_complete(void **state)
{
	assert_true(hour_is_complete(-1, false));
	for (int slot = 0; slot < HOUR_SLOTS; slot++) {
		assert_false(hour_is_complete(slot, true));
		assert_false(hour_is_complete(slot, false));
	}
}

static void
a_quiet_market_s_bars_close_when_the_state_comes_to_their_ends(void **state)
{
	const int64_t ends[] = {[TIMEFRAME_M15] = 3, [TIMEFRAME_M30] = 6, [TIMEFRAME_H1] = 12,
		[TIMEFRAME_H4] = 48, [TIMEFRAME_D1] = 288};

	begin(TIMEFRAMES_ALL);
	push_at(0, true);
	for (int64_t slot = 1; slot <= 288; slot++) {
		assert_int_equal(market_state_advance(&market, DAY_US + slot * CANDLE_M5_US, NULL,
				     NULL), 0);
		assert_int_equal(market.now_us, DAY_US + slot * CANDLE_M5_US);
		for (int i = TIMEFRAME_M15; i < TIMEFRAMES; i++)
			assert_int_equal(market.frames[i].bars, slot >= ends[i]);
		assert_int_equal(market.day_us, slot < 288 ? DAY_US : DAY_US + CLOCK_DAY_US);
	}
	assert_int_equal(market.frames[TIMEFRAME_D1].seed_bars, 1);
	/* And no empty bars come after them. */
	assert_int_equal(market_state_advance(&market, DAY_US + 9 * CLOCK_DAY_US, NULL, NULL), 0);
	assert_int_equal(market.frames[TIMEFRAME_M15].bars, 1);
	assert_int_equal(market.day_us, DAY_US + 9 * CLOCK_DAY_US);
	assert_int_equal(market.frames[TIMEFRAME_M15].seeded_us, market.day_us);
}

static void
a_listener_that_refuses_ends_the_call_and_the_next_one_goes_on(void **state)
{
	const struct candle_history history = {.seed = 4, .first_slot = DAY_SLOT,
		.end_slot = DAY_SLOT + HISTORY_DAY_SLOTS, .volumes = VOLUMES_WHOLE};
	struct told *told = told_new(), *whole = told_new();
	struct candle candle;
	int refused = 0;

	tell(&history, TIMEFRAMES_ALL, false, whole);
	begin(TIMEFRAMES_ALL);
	for (int64_t slot = DAY_SLOT; slot < history.end_slot; slot++) {
		int result;

		assert_true(history_candle(&history, slot, &candle));
		told->refuse_at = told->count + (int)(slot % 7);
		result = market_state_push(&market, &candle, hear, told);
		while (result != 0) {
			assert_int_equal(result, -EIO);
			refused++;
			told->refuse_at = -1;
			result = market_state_advance(&market, candle.open_time_us + CANDLE_M5_US,
			    hear, told);
		}
	}
	assert_true(refused > 40);
	assert_same_told(told, whole);
	assert_int_equal(market.day_us, DAY_US + CLOCK_DAY_US);
	free(told);
	free(whole);
}

/* ---- coverage ---- */

static void
an_empty_state_has_no_bar_and_no_coverage(void **state)
{
	begin(1U << TIMEFRAME_M15);
	assert_int_equal(market.day_us, DAY_US);
	assert_null(market_state_bar(&market, 0));
	assert_null(market_state_frame(&market, TIMEFRAME_H1));
	assert_non_null(market_state_frame(&market, TIMEFRAME_M5));
	assert_int_equal(market_state_coverage(&market).slots, 288);
	assert_int_equal(market_state_coverage(&market).present, 0);
	assert_true(isnan(vwap_values(&market.vwap).vwap));
}

static void
coverage_counts_the_slots_of_a_day_that_are_there(void **state)
{
	struct market_coverage coverage;

	begin(0);
	/* Every second slot of two days; of these every third is complete. */
	for (int i = 0; i < 576; i += 2)
		push_at(i, i % 3 == 0);
	coverage = market_state_coverage(&market);
	assert_int_equal(coverage.slots, 288);
	assert_int_equal(coverage.present, 144);
	assert_int_equal(coverage.complete, 48);
}

/* ---- VWAP ---- */

static void
assert_vwap(double expected)
{
	double got = vwap_values(&market.vwap).vwap;

	if (isnan(expected))
		assert_true(isnan(got));
	else
		assert_true(fabs(got - expected) < 1e-12 * expected);
}

/* A candle at `price`, in whole units. */
static void
push_weighed(int64_t slot, int64_t price, double volume, int64_t trades)
{
	const struct candle candle = {
		.open_time_us = (DAY_SLOT + slot) * CANDLE_M5_US,
		.open_e8 = 1,
		.high_e8 = (price + 2) * 100000000,
		.low_e8 = (price - 3) * 100000000,
		.close_e8 = (price + 1) * 100000000,
		.volume = volume,
		.trades = trades,
	};

	assert_int_equal(market_state_push(&market, &candle, NULL, NULL), 0);
}

static void
vwap_is_of_the_day_and_begins_anew_at_midnight(void **state)
{
	begin(0);
	push_weighed(10, 100, 3, 77);
	push_weighed(11, 200, 1, 1);
	assert_vwap(125);
	push_weighed(287, 125, 9, 1);
	/* The day is over with its last slot. */
	assert_vwap(NAN);
	push_weighed(288, 300, 1, 1);
	assert_vwap(300);
}

static void
vwap_is_weighted_by_ticks_where_the_venue_has_no_volumes(void **state)
{
	begin(0);
	push_weighed(0, 100, 0, 0);
	assert_vwap(NAN);
	push_weighed(1, 100, 0, 30);
	push_weighed(2, 200, 0, 10);
	assert_vwap(125);
}

/* Two units would be mixed: a bar without volume has no weight where others have any. */
static void
vwap_never_mixes_volumes_with_numbers_of_ticks(void **state)
{
	begin(0);
	push_weighed(0, 900, 0, 1000);
	assert_vwap(900);
	push_weighed(1, 100, 3, 10);
	assert_vwap(100);
	push_weighed(2, 900, 0, 1000);
	assert_vwap(100);
	push_weighed(3, 200, 1, 10);
	assert_vwap(125);
	/* Which the next day decides for itself. */
	push_weighed(288, 100, 0, 30);
	push_weighed(289, 200, 0, 10);
	assert_vwap(125);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seeding_that_waits_gives_the_same_state),
		cmocka_unit_test(a_state_that_walked_over_midnights_equals_one_loaded_backwards),
		cmocka_unit_test(and_so_it_does_after_more_than_five_hundred_days),
		cmocka_unit_test(loading_stops_once_every_timeframe_that_is_kept_has_enough),
		cmocka_unit_test(bars_are_those_of_a_straight_grouping_told_in_order),
		cmocka_unit_test(what_is_told_does_not_depend_on_how_far_a_call_comes),
		cmocka_unit_test(a_bar_is_complete_only_with_every_slot_present_and_complete),
		cmocka_unit_test(a_quiet_market_s_bars_close_when_the_state_comes_to_their_ends),
		cmocka_unit_test(a_listener_that_refuses_ends_the_call_and_the_next_one_goes_on),
		cmocka_unit_test(an_empty_state_has_no_bar_and_no_coverage),
		cmocka_unit_test(coverage_counts_the_slots_of_a_day_that_are_there),
		cmocka_unit_test(vwap_is_of_the_day_and_begins_anew_at_midnight),
		cmocka_unit_test(vwap_is_weighted_by_ticks_where_the_venue_has_no_volumes),
		cmocka_unit_test(vwap_never_mixes_volumes_with_numbers_of_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
