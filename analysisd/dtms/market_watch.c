#include "analysisd/dtms/market_watch.h"

#include <math.h>
#include <stdlib.h>

#include "analysisd/dtms/spread_day.h"
#include "analysisd/market_state.h"
#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/decimal.h"

#define TIMEFRAMES_WATCHED (1U << TIMEFRAME_M5 | 1U << TIMEFRAME_M15)
#define CANDLES_PAGE 2000
#define FLOW_REACH_US ((FLOW_WINDOWS_BEFORE + 1) * FLOW_WINDOW_US) /* what a view needs of it */
#define WALKED_MOST_US CLOCK_DAY_US /* a state further behind is loaded anew: less to read */

struct market_watch {
	struct market_watch_terms terms;
	bool seeded;	       /* `state` holds what is closed before state.now_us */
	int64_t flow_begins_us; /* trades are stored from here on; TICK_NONE: not known */
	int64_t flow_until_us; /* ticks before this are in; TICK_NONE: none */
	int64_t ahead_us;      /* and those before this, read ahead; TICK_NONE: none */
	int64_t sampled_us;    /* the instant of the last sample; TICK_NONE: none */
	int64_t now_us;	       /* of the last view; TICK_NONE: none */
	int64_t counted_us;    /* of the last count; TICK_NONE: none */
	int64_t forming;       /* what count_forming() said there */
	struct market_quote quote; /* in force at sampled_us; bid_e8 is TICK_NONE without one */
	struct flow flow;
	struct spread_day spreads; /* of the day of sampled_us */
	struct market_state state;
};

struct market_watch *
market_watch_create(const struct market_watch_terms *terms)
{
	struct market_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->terms = *terms;
	watch->flow_until_us = watch->sampled_us = watch->now_us = TICK_NONE;
	watch->ahead_us = watch->counted_us = watch->flow_begins_us = TICK_NONE;
	return watch;
}

void
market_watch_free(struct market_watch *watch)
{
	free(watch);
}

void
market_watch_change(struct market_watch *watch, int64_t from_us)
{
	if (watch->now_us == TICK_NONE || from_us >= watch->now_us)
		return;
	watch->seeded = false;
	watch->flow_until_us = watch->ahead_us = watch->sampled_us = TICK_NONE;
}

void
market_watch_begin_flow(struct market_watch *watch, int64_t begins_us)
{
	int64_t reach_us = watch->now_us - FLOW_REACH_US, before_us = watch->flow_begins_us;

	watch->flow_begins_us = begins_us;
	/* What is deleted long after is no change. */
	if (begins_us != before_us && watch->now_us != TICK_NONE &&
	    (begins_us > reach_us || before_us > reach_us))
		market_watch_change(watch, INT64_MIN);
}

/* ---- candles ---- */

struct load {
	struct market_state *state;
	int64_t oldest_us;
};

/* Returns 1 once there are enough. */
static int
load_candle(void *context, const struct candle *candle)
{
	struct load *load = context;

	load->oldest_us = candle->open_time_us;
	return market_state_load(load->state, candle) ? 0 : 1;
}

/* The bars before the state's midnight, backwards until every timeframe has enough. */
static int
load_seed(struct market_watch *watch, struct market_reader *reader)
{
	struct load load = {.state = &watch->state, .oldest_us = watch->state.day_us};
	int result;

	do
		result = market_reader_candles_back(reader, watch->terms.symbol_id, load.oldest_us,
		    CANDLES_PAGE, load_candle, &load);
	while (result == CANDLES_PAGE);
	if (result < 0)
		return result;
	market_state_seed(&watch->state);
	return 0;
}

/* What a view says of a bar is the same for both. */
static bool
same_bar(const struct candle *a, const struct candle *b)
{
	return a->open_time_us == b->open_time_us && a->open_e8 == b->open_e8 &&
	    a->high_e8 == b->high_e8 && a->low_e8 == b->low_e8 && a->close_e8 == b->close_e8 &&
	    a->volume == b->volume && a->trades == b->trades;
}

struct walk {
	struct market_state *state;
	const struct candle *newest; /* has to come again, as it was; NULL: done or not asked for */
	bool changed;		     /* it did not */
};

/* Returns 1 to give up: what the state was made of has changed. */
static int
walk_candle(void *context, const struct candle *candle)
{
	struct walk *walk = context;
	const struct candle *newest = walk->newest;

	walk->newest = NULL;
	if (newest != NULL) {
		walk->changed = !same_bar(newest, candle);
		return walk->changed;
	}
	return market_state_push(walk->state, candle, NULL, NULL);
}

/*
 * Pushes the candles of slots before until_us, and comes to it.  `newest`, where it is given, is
 * the bar that the state ends with: returns 1 when it is not what is stored; the state is of no use
 * then.
 */
static int
walk_on(struct market_watch *watch, struct market_reader *reader, const struct candle *newest,
    int64_t until_us)
{
	struct walk walk = {.state = &watch->state, .newest = newest};
	int64_t from_us = newest == NULL ? watch->state.now_us : newest->open_time_us;
	int result;

	do {
		result = market_reader_candles(reader, watch->terms.symbol_id, from_us, until_us,
		    CANDLES_PAGE, walk_candle, &walk);
		from_us = watch->state.now_us;
	} while (result == CANDLES_PAGE);
	if (result < 0)
		return result;
	if (walk.changed || walk.newest != NULL)
		return 1;
	return market_state_advance(&watch->state, until_us, NULL, NULL);
}

/* Everything that is closed at until_us, from what is stored. */
static int
seed(struct market_watch *watch, struct market_reader *reader, int64_t until_us)
{
	int error;

	market_state_start(&watch->state, until_us, TIMEFRAMES_WATCHED);
	error = load_seed(watch, reader);
	if (error == 0)
		error = walk_on(watch, reader, NULL, until_us);
	watch->seeded = error == 0;
	return error;
}

static int
take_candles(struct market_watch *watch, struct market_reader *reader, int64_t now_us)
{
	const struct candle *bar = watch->seeded ? market_state_bar(&watch->state, 0) : NULL;
	int64_t until_us = candle_slot(now_us);
	struct candle newest;
	int result;

	if (!watch->seeded || until_us - watch->state.now_us > WALKED_MOST_US)
		return seed(watch, reader, until_us);
	if (watch->state.now_us == until_us)
		return 0;
	if (bar != NULL)
		newest = *bar; /* the state's own may be overwritten */
	result = walk_on(watch, reader, bar == NULL ? NULL : &newest, until_us);
	return result == 1 ? seed(watch, reader, until_us) : result;
}

/* ---- what comes late without being told ---- */

/* Of a source of quotes, whose candles do not know it, all ticks are gone through. */
static int
count_slot(struct market_reader *reader, int64_t symbol_id, int64_t now_us, int64_t *ret)
{
	int64_t slot_us = candle_slot(now_us - 1);
	int result = market_reader_count_trades(reader, symbol_id, slot_us, now_us, ret);

	return result != 0 ? (result < 0 ? result : 0) :
			     market_reader_count_ticks(reader, symbol_id, slot_us, now_us, ret);
}

/*
 * The trades before now_us of the slot that forms at it, or has just ended.  tickd tells of what is
 * added to a slot that is over, and of no other.
 */
static int
count_forming(const struct market_watch *watch, struct market_reader *reader, int64_t now_us,
    int64_t *ret)
{
	int64_t own, flow = 0;
	int error = count_slot(reader, watch->terms.symbol_id, now_us, &own);

	if (error == 0 && watch->terms.flow_symbol_id != watch->terms.symbol_id)
		error = count_slot(reader, watch->terms.flow_symbol_id, now_us, &flow);
	if (error == 0)
		*ret = own + flow;
	return error;
}

/* Before they are read up to until_us: what comes in between counts as late. */
static int
look_for_late(struct market_watch *watch, struct market_reader *reader, int64_t until_us)
{
	int64_t forming = watch->forming;
	int error = 0;

	if (watch->counted_us != TICK_NONE)
		error = count_forming(watch, reader, watch->counted_us, &forming);
	if (error == 0 && forming != watch->forming)
		market_watch_change(watch, INT64_MIN);
	if (error == 0)
		error = count_forming(watch, reader, until_us, &watch->forming);
	watch->counted_us = error < 0 ? TICK_NONE : until_us;
	return error;
}

/* ---- order flow ---- */

static int
add_trade(void *context, const struct tick *tick)
{
	flow_add(context, tick);
	return 0;
}

/* A window at a time: no read is long. */
static int
add_trades(struct market_watch *watch, struct market_reader *reader, int64_t from_us,
    int64_t before_us)
{
	int result = 0;

	while (from_us < before_us && result >= 0) {
		int64_t end_us = candle_fold_next_slot(from_us + 1, FLOW_WINDOW_US);

		end_us = end_us < before_us ? end_us : before_us;
		result = market_reader_trades(reader, watch->terms.flow_symbol_id, from_us, end_us,
		    add_trade, &watch->flow);
		from_us = end_us;
	}
	return result < 0 ? result : 0;
}

int
market_watch_read_ahead(struct market_watch *watch, struct market_reader *reader, int64_t until_us)
{
	int64_t from_us = watch->ahead_us != TICK_NONE ? watch->ahead_us : watch->flow_until_us;
	int error;

	if (from_us == TICK_NONE || until_us <= from_us)
		return 0;
	error = look_for_late(watch, reader, until_us);
	if (error < 0 || watch->flow_until_us == TICK_NONE)
		return error;
	error = add_trades(watch, reader, from_us, until_us);
	if (error < 0) /* how far it came is not known */
		watch->flow_until_us = watch->ahead_us = TICK_NONE;
	else
		watch->ahead_us = until_us;
	return error;
}

/* Goes on behind what was read ahead; further than to this view it is of no use. */
static void
accept_ahead(struct market_watch *watch, int64_t now_us)
{
	if (watch->ahead_us != TICK_NONE)
		watch->flow_until_us = watch->ahead_us <= now_us ? watch->ahead_us : TICK_NONE;
	watch->ahead_us = TICK_NONE;
}

static int
take_flow(struct market_watch *watch, struct market_reader *reader, int64_t now_us)
{
	int64_t from_us = now_us - FLOW_REACH_US;
	int error;

	accept_ahead(watch, now_us);
	if (watch->flow_until_us == TICK_NONE || watch->flow_until_us < from_us) {
		if (watch->flow_begins_us > from_us)
			from_us = watch->flow_begins_us;
		flow_start(&watch->flow, from_us);
	} else {
		from_us = watch->flow_until_us;
	}
	error = add_trades(watch, reader, from_us, now_us);
	if (error < 0)
		return error;
	watch->flow_until_us = now_us;
	return 0;
}

/* ---- quotes ---- */

static int
sample_spread(struct market_watch *watch, struct market_reader *reader, int64_t at_us)
{
	struct market_quote *quote = &watch->quote;
	int result;

	*quote = (struct market_quote){.bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE};
	result = market_reader_quote(reader, watch->terms.symbol_id, at_us, quote);
	if (result < 0)
		return result;
	if (quote->quoted)
		spread_day_add(&watch->spreads, quote->ask_e8 - quote->bid_e8);
	watch->sampled_us = at_us;
	return 0;
}

/* The samples of the day up to now_us: the last one is the quote of the view. */
static int
take_quotes(struct market_watch *watch, struct market_reader *reader, int64_t now_us)
{
	int64_t midnight_us = candle_fold_slot(now_us, CLOCK_DAY_US);
	int64_t at_us = watch->sampled_us + SPREAD_SAMPLE_US;
	int error = 0;

	if (watch->sampled_us == TICK_NONE || watch->sampled_us < midnight_us) {
		spread_day_start(&watch->spreads);
		at_us = midnight_us;
	}
	for (; at_us <= now_us && error == 0; at_us += SPREAD_SAMPLE_US)
		error = sample_spread(watch, reader, at_us);
	return error;
}

/* ---- the view ---- */

static double
typical(const struct candle *bar)
{
	return (decimal_to_double(bar->high_e8) + decimal_to_double(bar->low_e8) +
	    decimal_to_double(bar->close_e8)) / 3;
}

static void
say_m5(struct dtms_view *view, const struct market_state *state)
{
	const struct candle *newest = market_state_bar(state, 0), *before = market_state_bar(state, 2);

	if (newest == NULL)
		return;
	view->m5_end_us = newest->open_time_us + CANDLE_M5_US;
	view->m5_open = decimal_to_double(newest->open_e8);
	view->m5_high = decimal_to_double(newest->high_e8);
	view->m5_low = decimal_to_double(newest->low_e8);
	view->m5_close = decimal_to_double(newest->close_e8);
	view->vwap = vwap_values(&state->vwap).vwap;
	if (before != NULL && typical(before) > 0)
		view->vwap_slope = typical(newest) / typical(before) - 1;
}

/* The values `back` bars before the newest; all NAN where there are none. */
static struct frame_values
values_at(const struct frame_state *frame, int back)
{
	const struct frame_values *values = frame_state_values(frame, back);

	return values == NULL ? (struct frame_values){NAN, NAN, NAN, NAN, NAN, NAN} : *values;
}

static void
say_m15(struct dtms_view *view, const struct frame_state *frame)
{
	struct frame_values now = values_at(frame, 0), two = values_at(frame, 2);
	struct frame_values ten = values_at(frame, 10);

	view->m15_end_us = frame_state_end_us(frame);
	view->m15_bars = frame->bars;
	view->structure = structure_measure(frame);
	/* Borrowed from the state, and not asked for by a check. */
	view->structure.swing_high = view->structure.swing_low = NULL;
	view->rsi = now.rsi;
	view->rsi_2 = two.rsi;
	view->histogram = now.histogram;
	view->histogram_1 = values_at(frame, 1).histogram;
	view->histogram_2 = two.histogram;
	view->ema50 = now.ema50;
	view->ema50_10 = ten.ema50;
	view->ema200 = now.ema200;
	view->ema200_10 = ten.ema200;
	view->atr = now.atr;
	view->regime.volatility = regime_volatility(frame_state_atr_ratio(frame));
	view->regime.structure = regime_structure(bollinger_bands(&frame->bollinger).relative_width);
}

static void
say_quote(struct dtms_view *view, const struct market_watch *watch)
{
	const struct market_quote *quote = &watch->quote;

	view->bid_e8 = quote->bid_e8;
	view->ask_e8 = quote->ask_e8;
	view->spread_median = spread_day_median(&watch->spreads);
	if (quote->quoted)
		view->spread = decimal_to_double(quote->ask_e8 - quote->bid_e8);
}

struct dtms_view
market_watch_nothing(int64_t now_us, double vwap_base)
{
	struct dtms_view view = {
		.now_us = now_us,
		.bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE, .spread = NAN, .spread_median = NAN,
		.m5_end_us = TICK_NONE, .m5_open = NAN, .m5_high = NAN, .m5_low = NAN,
		.m5_close = NAN, .vwap = NAN, .vwap_slope = NAN,
		.m15_end_us = TICK_NONE,
		.structure = {.close = NAN, .high10 = NAN, .low10 = NAN, .high15 = NAN, .low15 = NAN},
		.rsi = NAN, .rsi_2 = NAN, .histogram = NAN, .histogram_1 = NAN, .histogram_2 = NAN,
		.ema50 = NAN, .ema50_10 = NAN, .ema200 = NAN, .ema200_10 = NAN, .atr = NAN,
		.regime = {.session = session_at(now_us)},
		.flow = {NAN, NAN, NAN, NAN, 0},
	};

	view.vwap_threshold = regime_vwap_threshold(vwap_base, &view.regime);
	return view;
}

int
market_watch_view(struct market_watch *watch, struct market_reader *reader, int64_t now_us,
    struct dtms_view *ret)
{
	int error = look_for_late(watch, reader, now_us);

	if (error == 0)
		error = take_candles(watch, reader, now_us);
	if (error == 0)
		error = take_flow(watch, reader, now_us);
	if (error == 0)
		error = take_quotes(watch, reader, now_us);
	if (error < 0)
		return error;
	watch->now_us = now_us;
	*ret = market_watch_nothing(now_us, watch->terms.vwap_base);
	say_m5(ret, &watch->state);
	say_m15(ret, market_state_frame(&watch->state, TIMEFRAME_M15));
	ret->vwap_threshold = regime_vwap_threshold(watch->terms.vwap_base, &ret->regime);
	say_quote(ret, watch);
	/* Not in all that is kept: how much that is depends on when the watch began. */
	ret->has_flow = flow_trades(&watch->flow, now_us, FLOW_WINDOWS_BEFORE + 1) > 0;
	ret->flow_lent = ret->has_flow && watch->terms.flow_lent;
	if (ret->has_flow)
		ret->flow = flow_pressure(&watch->flow, now_us);
	return 0;
}
