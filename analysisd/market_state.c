#include "analysisd/market_state.h"

#include <assert.h>
#include <stddef.h>

#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/decimal.h"

static int64_t
midnight(int64_t time_us)
{
	return candle_fold_slot(time_us, CLOCK_DAY_US);
}

static bool
keeps(const struct market_state *state, enum timeframe timeframe)
{
	return (state->timeframes & 1U << timeframe) != 0;
}

void
market_state_start(struct market_state *state, int64_t time_us, unsigned timeframes)
{
	state->timeframes = timeframes | 1U << TIMEFRAME_M5;
	state->day_us = state->now_us = midnight(time_us);
	state->loaded_count = 0;
	state->has_volume = state->seeds_later = state->seed_due = false;
	vwap_init(&state->vwap);
	for (int i = 0; i < TIMEFRAMES; i++) {
		state->open[i].begun = false;
		frame_state_start(&state->frames[i], (enum timeframe)i);
	}
}

/* ---- bars out of M5 candles ---- */

static void
add_to_open(struct market_open_bar *open, enum timeframe timeframe, const struct candle *m5)
{
	int64_t length_us = timeframe_length(timeframe);

	if (open->begun) {
		candle_fold(&open->bar, m5, length_us, false);
		open->slots++;
		return;
	}
	open->begun = true;
	open->slots = 1;
	candle_fold_start(&open->bar, m5, length_us);
}

/* The bar is over. */
static void
finish_open(struct market_open_bar *open, enum timeframe timeframe)
{
	open->begun = false;
	if (open->slots * CANDLE_M5_US != timeframe_length(timeframe))
		open->bar.complete = false;
}

/* ---- loading backwards ---- */

/* Prepends the loaded day's bars to one timeframe.  Folded forwards: sums are then the same. */
static void
prepend_day(struct market_state *state, enum timeframe timeframe)
{
	struct market_open_bar open = {.begun = false};
	struct candle bars[MARKET_COVERAGE_SLOTS];
	int64_t length_us = timeframe_length(timeframe);
	int count = 0;

	for (int i = state->loaded_count - 1; i >= 0; i--) {
		const struct candle *m5 = &state->loaded[i];

		if (open.begun && candle_fold_slot(m5->open_time_us, length_us) !=
		    open.bar.open_time_us) {
			finish_open(&open, timeframe);
			bars[count++] = open.bar;
		}
		add_to_open(&open, timeframe, m5);
	}
	if (open.begun) {
		finish_open(&open, timeframe);
		bars[count++] = open.bar;
	}
	while (count > 0 && frame_state_prepend(&state->frames[timeframe], &bars[count - 1]))
		count--;
}

static bool
needs_bars(const struct market_state *state, enum timeframe timeframe)
{
	return keeps(state, timeframe) && state->frames[timeframe].held < FRAME_SEED_BARS;
}

static void
take_loaded_day(struct market_state *state)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (needs_bars(state, (enum timeframe)i))
			prepend_day(state, (enum timeframe)i);
	state->loaded_count = 0;
}

static bool
is_loaded(const struct market_state *state)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (needs_bars(state, (enum timeframe)i))
			return false;
	return true;
}

bool
market_state_load(struct market_state *state, const struct candle *candle)
{
	if (state->loaded_count > 0 &&
	    midnight(state->loaded[0].open_time_us) != midnight(candle->open_time_us)) {
		take_loaded_day(state);
		if (is_loaded(state))
			return false;
	}
	assert(state->loaded_count < MARKET_COVERAGE_SLOTS);
	state->loaded[state->loaded_count++] = *candle;
	return true;
}

/* The session begins anew at the midnight of now_us; the indicators are due to. */
static void
begin_day(struct market_state *state)
{
	state->day_us = midnight(state->now_us);
	state->has_volume = false;
	vwap_init(&state->vwap);
	state->seed_due = true;
}

void
market_state_settle(struct market_state *state)
{
	for (int i = 0; i < TIMEFRAMES && state->seed_due; i++)
		if (keeps(state, (enum timeframe)i))
			frame_state_seed(&state->frames[i], state->day_us);
	state->seed_due = false;
}

void
market_state_seed(struct market_state *state)
{
	take_loaded_day(state);
	begin_day(state);
	market_state_settle(state);
}

/* ---- walking on ---- */

static int
close_bar(struct market_state *state, enum timeframe timeframe, market_state_closed *closed,
    void *context)
{
	struct market_open_bar *open = &state->open[timeframe];

	finish_open(open, timeframe);
	state->now_us = open->bar.open_time_us + timeframe_length(timeframe);
	frame_state_push(&state->frames[timeframe], &open->bar);
	return closed == NULL ? 0 : closed(context, state, timeframe);
}

/*
 * The open bars end in the order of their timeframes, for all hold the newest candle's slot.
 * now_us follows them, so that what is told does not depend on how far a call comes.
 */
int
market_state_advance(struct market_state *state, int64_t until_us, market_state_closed *closed,
    void *context)
{
	assert(until_us >= state->now_us);
	if (until_us > state->now_us)
		market_state_settle(state);
	for (int i = TIMEFRAME_M15; i < TIMEFRAMES; i++) {
		const struct market_open_bar *open = &state->open[i];
		enum timeframe timeframe = (enum timeframe)i;
		int result;

		if (!open->begun || open->bar.open_time_us + timeframe_length(timeframe) > until_us)
			continue;
		result = close_bar(state, timeframe, closed, context);
		if (result != 0)
			return result;
	}
	state->now_us = until_us;
	if (midnight(until_us) != state->day_us)
		begin_day(state);
	if (!state->seeds_later)
		market_state_settle(state);
	return 0;
}

/*
 * Volumes and numbers of ticks are not of one unit: what was weighted by ticks is dropped at the
 * day's first volume, which is as if it had been weighted by its volume of 0.
 */
static void
weigh(struct market_state *state, const struct candle *candle)
{
	double typical = (decimal_to_double(candle->high_e8) + decimal_to_double(candle->low_e8) +
	    decimal_to_double(candle->close_e8)) / 3;

	if (candle->volume > 0 && !state->has_volume) {
		state->has_volume = true;
		vwap_init(&state->vwap);
	}
	vwap_push(&state->vwap, typical,
	    state->has_volume ? candle->volume : (double)candle->trades);
}

int
market_state_push(struct market_state *state, const struct candle *candle,
    market_state_closed *closed, void *context)
{
	int result = market_state_advance(state, candle->open_time_us, closed, context);

	if (result != 0)
		return result;
	market_state_settle(state);
	weigh(state, candle);
	frame_state_push(&state->frames[TIMEFRAME_M5], candle);
	for (int i = TIMEFRAME_M15; i < TIMEFRAMES; i++)
		if (keeps(state, (enum timeframe)i))
			add_to_open(&state->open[i], (enum timeframe)i, candle);
	state->now_us = candle->open_time_us + CANDLE_M5_US;
	result = closed == NULL ? 0 : closed(context, state, TIMEFRAME_M5);
	if (result != 0)
		return result;
	return market_state_advance(state, state->now_us, closed, context);
}

/* ---- looking back ---- */

const struct candle *
market_state_bar(const struct market_state *state, int64_t back)
{
	return frame_state_bar(&state->frames[TIMEFRAME_M5], back);
}

const struct frame_state *
market_state_frame(const struct market_state *state, enum timeframe timeframe)
{
	return keeps(state, timeframe) ? &state->frames[timeframe] : NULL;
}

struct market_coverage
market_state_coverage(const struct market_state *state)
{
	struct market_coverage coverage = {.slots = MARKET_COVERAGE_SLOTS};
	const struct candle *newest = market_state_bar(state, 0), *bar;
	int64_t from_us;

	if (newest == NULL)
		return coverage;
	from_us = newest->open_time_us - (MARKET_COVERAGE_SLOTS - 1) * CANDLE_M5_US;
	for (int64_t back = 0; (bar = market_state_bar(state, back)) != NULL; back++) {
		if (bar->open_time_us < from_us)
			break;
		coverage.present++;
		coverage.complete += bar->complete;
	}
	return coverage;
}
