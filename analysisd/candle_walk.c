#include "analysisd/candle_walk.h"

#include <errno.h>
#include <math.h>

#include "analysisd/analyses/analyses.h"
#include "analysisd/day_bars.h"
#include "common/clock.h"

#define TICKS_PAGE 10000

/* What a step works on. */
struct step {
	struct candle_walk *walk;
	const struct walk_subject *subject;
	const struct walk_tools *tools;
	int64_t deadline_us;
	struct walk_done *done;
	struct spread_figures spread; /* of the candle that is taken */
};

void
candle_walk_stand(struct candle_walk *walk, int64_t next_us)
{
	walk->next_us = next_us;
	walk->seeded = false;
	walk->reading_ticks = false;
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

/* Loads the bars before `candle`: the seed of its day, and the day up to it. */
static int
seed(const struct step *step, const struct candle *candle)
{
	struct market_state *state = &step->walk->state;
	int result;

	market_state_start(state, candle->open_time_us, TIMEFRAMES_ALL);
	result = load_seed(step);
	if (result >= 0)
		result = market_reader_candles(step->tools->reader, step->subject->symbol_id,
		    state->day_us, candle->open_time_us, (int)(CLOCK_DAY_US / CANDLE_M5_US), push,
		    state);
	if (result < 0)
		return result;
	step->walk->seeded = true;
	return 0;
}

/* True when the newest bar of the timeframe does not depend on what changed. */
static bool
past_the_change(const struct candle_walk *walk, enum timeframe timeframe)
{
	const struct frame_state *frame = market_state_frame(&walk->state, timeframe);

	return frame->seed_bars == FRAME_SEED_BARS && frame->first_bar_us > walk->changed_us;
}

static bool
all_past_the_change(const struct candle_walk *walk)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (!past_the_change(walk, (enum timeframe)i))
			return false;
	return true;
}

/* ---- one candle ---- */

static int
add_tick(void *context, const struct tick *tick)
{
	const struct step *step = context;

	step->walk->tick_us = tick->time_us;
	step->walk->tick_id = tick->tick_id;
	return candle_ticks_add(step->tools->ticks, tick);
}

/* Reads the candle's ticks, going on where an earlier call stopped. */
static int
read_ticks(struct step *step, const struct candle *candle)
{
	struct candle_walk *walk = step->walk;
	int count;

	if (!walk->reading_ticks) {
		struct day_bars day = day_bars_before(
		    market_state_frame(&walk->state, TIMEFRAME_M5), candle->open_time_us);

		candle_ticks_start(step->tools->ticks, day_bars_large_above(&day));
		walk->reading_ticks = true;
		walk->tick_us = candle->open_time_us;
		walk->tick_id = INT64_MIN;
	}
	/* Only a candle made of ticks has them all: of others they would be a part. */
	while (candle->origin == CANDLE_TICKS) {
		count = market_reader_ticks(step->tools->reader, step->subject->symbol_id,
		    walk->tick_us, walk->tick_id, candle->open_time_us + CANDLE_M5_US, TICKS_PAGE,
		    add_tick, step);
		if (count < 0)
			return count;
		if (count < TICKS_PAGE)
			break;
		if (clock_monotonic_us() >= step->deadline_us)
			return CANDLE_WALK_MORE;
	}
	walk->reading_ticks = false;
	return CANDLE_WALK_DONE;
}

static int
write_result(const struct step *step, const struct analysis *analysis,
    const struct analysis_input *input)
{
	const struct candle *bar = frame_state_bar(input->frame, 0);
	double confidence = analysis->write(step->tools->json, input);
	const struct result result = {
		.source = step->subject->source,
		.symbol = step->subject->symbol,
		.analysis_type = analysis->type,
		.timeframe = timeframe_name(input->frame->timeframe),
		.time_us = bar->open_time_us,
		.text = step->tools->json->text,
		.confidence = confidence,
		.input_revision = bar->revision,
	};
	int rows = results_write(step->tools->results, &result);

	if (rows < 0)
		return rows;
	step->done->rows += rows;
	return 0;
}

/* A bar has closed: everything that is said at its close, unless what changed did not reach it. */
static int
analyse(void *context, const struct market_state *state, enum timeframe timeframe)
{
	const struct step *step = context;
	const struct frame_state *frame = market_state_frame(state, timeframe);
	const struct spread_figures *spread = &step->spread;
	struct structure structure;
	int error = 0;

	if (past_the_change(step->walk, timeframe))
		return 0;
	structure = structure_measure(frame);
	const struct analysis_input input = {
		.state = state,
		.frame = frame,
		.structure = &structure,
		.ticks = timeframe == TIMEFRAME_M5 ? step->tools->ticks : NULL,
		.spread = timeframe == TIMEFRAME_M5 ? spread : NULL,
	};

	for (size_t i = 0; analyses[i] != NULL && error == 0; i++)
		if ((analyses[i]->timeframes & 1U << timeframe) != 0 &&
		    (analyses[i]->applies == NULL || analyses[i]->applies(&input)))
			error = write_result(step, analyses[i], &input);
	return error;
}

static int
take_candle(struct step *step, const struct candle *candle)
{
	int result = read_ticks(step, candle);

	if (result != CANDLE_WALK_DONE)
		return result;
	step->spread = candle_ticks_spread(step->tools->ticks);
	step->walk->next_us = candle->open_time_us + CANDLE_M5_US;
	step->done->candles++;
	return market_state_push(&step->walk->state, candle, analyse, step);
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
			result = seed(step, candle);
			if (result < 0)
				return result;
		}
		if (all_past_the_change(walk))
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
	return market_state_advance(&step->walk->state, edge_us, analyse, step);
}

int
candle_walk_step(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us,
    struct walk_done *done)
{
	struct step step = {walk, subject, tools, deadline_us, done, {NAN, NAN, NAN, NAN}};
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
