#include "analysisd/candle_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "analysisd/change_reach.h"
#include "analysisd/day_bars.h"
#include "common/clock.h"

/* The one bar that was asked for. */
struct wanted_bar {
	enum timeframe timeframe;
	int64_t time_us;
	json_t *answer; /* what its analyses say, by their types */
	bool found;
};

/* What a step works on. */
struct step {
	struct candle_walk *walk;
	const struct walk_subject *subject;
	const struct walk_tools *tools;
	int64_t deadline_us;
	struct walk_done *done;
	struct wanted_bar *wanted;    /* NULL: all that is not past the change */
	struct spread_figures spread; /* of the candle that is taken */
};

struct candle_walk *
candle_walk_create(void)
{
	struct candle_walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL)
		return NULL;
	slot_ticks_init(&walk->ticks);
	walk->changed_us = INT64_MAX;
	return walk;
}

void
candle_walk_free(struct candle_walk *walk)
{
	if (walk == NULL)
		return;
	slot_ticks_finish(&walk->ticks);
	free(walk);
}

void
candle_walk_stand(struct candle_walk *walk, int64_t next_us)
{
	walk->next_us = next_us;
	walk->seeded = false;
	slot_ticks_forget(&walk->ticks);
}

/* ---- the state ---- */

#define LOAD_PAGE 2000 /* candles read backwards at a time */

struct load {
	struct market_state *state;
	int64_t oldest_us;
	bool enough;
};

static int
load(void *context, const struct candle *candle)
{
	struct load *load = context;

	load->oldest_us = candle->open_time_us;
	load->enough = !market_state_load(load->state, candle);
	return load->enough;
}

/* The bars before the state's midnight, backwards until every timeframe has enough. */
static int
load_seed(const struct step *step)
{
	struct market_state *state = &step->walk->state;
	struct load loading = {.state = state, .oldest_us = state->day_us};
	int result;

	do
		result = market_reader_candles_back(step->tools->reader, step->subject->symbol_id,
		    loading.oldest_us, LOAD_PAGE, load, &loading);
	while (result == LOAD_PAGE);
	if (result < 0)
		return result;
	market_state_seed(state);
	return 0;
}

static int
push(void *context, const struct candle *candle)
{
	return market_state_push(context, candle, NULL, NULL);
}

/* Loads the bars before time_us: the seed of its day, and the day up to it. */
static int
seed(const struct step *step, int64_t time_us)
{
	struct market_state *state = &step->walk->state;
	int result;

	market_state_start(state, time_us, TIMEFRAMES_ALL);
	result = load_seed(step);
	if (result >= 0)
		result = market_reader_candles(step->tools->reader, step->subject->symbol_id,
		    state->day_us, time_us, (int)(CLOCK_DAY_US / CANDLE_M5_US), push,
		    state);
	if (result < 0)
		return result;
	state->seeds_later = true;
	step->walk->seeded = true;
	return 0;
}

/* ---- one candle ---- */

/* Whether anything will be said at the close of the candle at time_us, where the state stands. */
static bool
m5_is_wanted(const struct step *step, int64_t time_us)
{
	const struct candle_walk *walk = step->walk;

	if (step->wanted != NULL)
		return step->wanted->timeframe == TIMEFRAME_M5 && step->wanted->time_us == time_us;
	return time_us >= step->subject->floor_us &&
	    change_reaches_close(&walk->state, TIMEFRAME_M5, walk->changed_us);
}

/*
 * Where the order flow before a slot begins: half an hour before, but with whole slots of stored
 * trades only.
 */
static int64_t
flow_begin(const struct step *step, int64_t slot_us)
{
	int64_t begin_us = slot_us - SLOT_TICKS_FLOW_US;
	const struct candle *bar;

	for (int64_t back = 0; (bar = market_state_bar(&step->walk->state, back)) != NULL; back++) {
		if (bar->open_time_us < begin_us)
			break;
		if (bar->origin != CANDLE_TICKS) {
			begin_us = bar->open_time_us + CANDLE_M5_US;
			break;
		}
	}
	return step->subject->ticks_from_us > begin_us ? step->subject->ticks_from_us : begin_us;
}

static struct slot_ticks_plan
plan_ticks(const struct step *step, int64_t slot_us)
{
	struct day_bars day = day_bars_before(
	    market_state_frame(&step->walk->state, TIMEFRAME_M5), slot_us);

	return (struct slot_ticks_plan){slot_us, flow_begin(step, slot_us),
		day_bars_large_above(&day)};
}

/* Reads the candle's ticks, going on where an earlier call stopped. */
static int
read_ticks(struct step *step, const struct candle *candle)
{
	struct slot_ticks *ticks = &step->walk->ticks;
	struct market_reader *reader = step->tools->reader;
	int64_t symbol_id = step->subject->symbol_id, slot_us = candle->open_time_us;
	int result;

	/* Only a candle made of ticks has them all: of others, and old ones, they would be a part. */
	if (candle->origin != CANDLE_TICKS || slot_us < step->subject->frozen_us) {
		slot_ticks_skip(ticks, slot_us);
		return CANDLE_WALK_DONE;
	}
	for (;;) {
		const struct slot_ticks_plan plan = plan_ticks(step, slot_us);

		result = slot_ticks_read(ticks, reader, symbol_id, &plan, slot_us + CANDLE_M5_US,
		    step->deadline_us);
		if (result != 0)
			return result < 0 ? result : CANDLE_WALK_MORE;
		result = slot_ticks_fit(ticks, reader, symbol_id, candle);
		if (result != 0)
			return result < 0 ? result : CANDLE_WALK_DONE;
		slot_ticks_forget(ticks);
	}
}

static int
write_bar(const struct step *step, const struct market_state *state, enum timeframe timeframe)
{
	const struct closed_bar closed = {
		.subject = step->subject,
		.tools = step->tools,
		.state = state,
		.timeframe = timeframe,
		.ticks = timeframe == TIMEFRAME_M5 ? &step->walk->ticks : NULL,
		.spread = timeframe == TIMEFRAME_M5 ? &step->spread : NULL,
		.changed_us = step->wanted == NULL ? step->walk->changed_us : INT64_MAX,
		.answer = step->wanted == NULL ? NULL : step->wanted->answer,
	};

	return bar_results_write(&closed, &step->done->rows);
}

/* A bar has closed. */
static int
on_close(void *context, const struct market_state *state, enum timeframe timeframe)
{
	const struct step *step = context;
	int64_t bar_us = frame_state_held(market_state_frame(state, timeframe), 0)->open_time_us;

	if (step->wanted == NULL)
		return bar_us < step->subject->floor_us ? 0 : write_bar(step, state, timeframe);
	if (step->wanted->timeframe != timeframe || step->wanted->time_us != bar_us)
		return 0;
	step->wanted->found = true;
	return write_bar(step, state, timeframe);
}

static int
take_candle(struct step *step, const struct candle *candle)
{
	struct market_state *state = &step->walk->state;
	/* What ends before it: the change may not reach over a midnight. */
	int result = market_state_advance(state, candle->open_time_us, on_close, step);

	if (result < 0)
		return result;
	market_state_settle(state);
	if (m5_is_wanted(step, candle->open_time_us)) {
		result = read_ticks(step, candle);
		if (result != CANDLE_WALK_DONE)
			return result;
		step->spread = candle_ticks_spread(&step->walk->ticks.ticks);
		step->done->candles++;
	}
	step->walk->next_us = candle->open_time_us + CANDLE_M5_US;
	return market_state_push(state, candle, on_close, step);
}

/* ---- a page of candles ---- */

struct candle_page {
	struct candle candles[CANDLE_WALK_PAGE];
	int count;
};

static int
keep_candle(void *context, const struct candle *candle)
{
	struct candle_page *page = context;

	page->candles[page->count++] = *candle;
	return 0;
}

static bool
same_candle(const struct candle *a, const struct candle *b)
{
	return a->open_time_us == b->open_time_us && a->revision == b->revision &&
	    a->complete == b->complete && a->origin == b->origin && a->trades == b->trades &&
	    a->first_tick_id == b->first_tick_id && a->last_tick_id == b->last_tick_id &&
	    a->open_e8 == b->open_e8 && a->high_e8 == b->high_e8 && a->low_e8 == b->low_e8 &&
	    a->close_e8 == b->close_e8 && a->volume == b->volume &&
	    a->quote_volume == b->quote_volume && a->taker_buy_volume == b->taker_buy_volume;
}

/*
 * Reads a page, the newest analysed candle first, which may have been completed meanwhile: then
 * the walk is sent back to it and -ESTALE returned.  *ret_first is the first to be analysed.
 */
static int
read_page(const struct step *step, int64_t before_us, struct candle_page *page, int *ret_first)
{
	struct candle_walk *walk = step->walk;
	const struct candle *newest = walk->seeded ? market_state_bar(&walk->state, 0) : NULL;
	int64_t from_us = newest == NULL ? walk->next_us : newest->open_time_us;
	int result;

	page->count = 0;
	*ret_first = newest != NULL;
	result = market_reader_candles(step->tools->reader, step->subject->symbol_id, from_us,
	    before_us, CANDLE_WALK_PAGE, keep_candle, page);
	if (result < 0 || newest == NULL)
		return result;
	if (page->count > 0 && same_candle(newest, &page->candles[0]))
		return result;
	if (walk->changed_us < from_us)
		walk->changed_us = from_us;
	candle_walk_stand(walk, from_us);
	return -ESTALE;
}

static int
take_page(struct step *step, const struct candle_page *page, int first)
{
	struct candle_walk *walk = step->walk;
	int result = CANDLE_WALK_DONE;

	for (int i = first; i < page->count && result == CANDLE_WALK_DONE; i++) {
		const struct candle *candle = &page->candles[i];

		if (!walk->seeded || candle->open_time_us < walk->state.now_us) {
			result = seed(step, candle->open_time_us);
			if (result < 0)
				return result;
		}
		market_state_settle(&walk->state);
		if (!change_reaches_any(&walk->state, walk->changed_us))
			return CANDLE_WALK_PAST;
		result = take_candle(step, candle);
		if (result == CANDLE_WALK_DONE && clock_monotonic_us() >= step->deadline_us)
			return CANDLE_WALK_MORE;
	}
	return result;
}

/* Slots without a candle end as well, and with them the longer ones that they lie in. */
static int
come_to(struct step *step, int64_t before_us)
{
	int64_t edge_us = candle_slot(before_us - 1) + CANDLE_M5_US;

	if (!step->walk->seeded || edge_us <= step->walk->state.now_us)
		return CANDLE_WALK_DONE;
	return market_state_advance(&step->walk->state, edge_us, on_close, step);
}

int
candle_walk_step(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us,
    struct walk_done *done)
{
	struct step step = {
		.walk = walk,
		.subject = subject,
		.tools = tools,
		.deadline_us = deadline_us,
		.done = done,
	};
	struct candle_page page;
	int first, result;

	result = read_page(&step, before_us, &page, &first);
	if (result == -ESTALE)
		return CANDLE_WALK_MORE;
	if (result < 0)
		return result;
	result = take_page(&step, &page, first);
	if (result != CANDLE_WALK_DONE)
		return result;
	if (page.count == CANDLE_WALK_PAGE)
		return CANDLE_WALK_MORE;
	return come_to(&step, before_us);
}

int
candle_walk_read_ahead(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us)
{
	const struct step step = {.walk = walk, .subject = subject};
	int64_t slot_us = candle_slot(before_us - 1);
	struct slot_ticks_plan plan;
	int result;

	/* Without the bars before it nobody knows where its flow begins. */
	if (!walk->seeded || slot_us < walk->next_us)
		return 0;
	market_state_settle(&walk->state);
	plan = plan_ticks(&step, slot_us);
	result = slot_ticks_read(&walk->ticks, tools->reader, subject->symbol_id, &plan, before_us,
	    deadline_us);
	return result < 0 ? result : 0;
}

/* ---- one bar that was asked for ---- */

/* All candles of from_us <= open time < before_us, where the walk stands at from_us. */
static int
take_candles(struct step *step, int64_t from_us, int64_t before_us)
{
	struct candle_page page;
	int result;

	do {
		page.count = 0;
		result = market_reader_candles(step->tools->reader, step->subject->symbol_id,
		    from_us, before_us, CANDLE_WALK_PAGE, keep_candle, &page);
		for (int i = 0; i < page.count && result >= 0; i++)
			result = take_candle(step, &page.candles[i]);
		from_us = step->walk->next_us;
	} while (result >= 0 && page.count == CANDLE_WALK_PAGE);
	return result < 0 ? result : 0;
}

int
candle_walk_analyse(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, enum timeframe timeframe, int64_t time_us, json_t *answer,
    struct walk_done *done)
{
	struct wanted_bar wanted = {timeframe, time_us, answer, false};
	struct step step = {
		.walk = walk,
		.subject = subject,
		.tools = tools,
		.deadline_us = INT64_MAX,
		.done = done,
		.wanted = &wanted,
	};
	int64_t end_us = time_us + timeframe_length(timeframe);
	int result;

	candle_walk_stand(walk, time_us);
	result = seed(&step, time_us);
	if (result >= 0)
		result = take_candles(&step, time_us, end_us);
	if (result >= 0)
		result = market_state_advance(&walk->state, end_us, on_close, &step);
	candle_walk_stand(walk, time_us);
	return result < 0 ? result : wanted.found;
}
