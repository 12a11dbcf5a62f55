#include "analysisd/candle_walk.h"

#include <errno.h>

#include "analysisd/analyses/enhanced_symbol_analysis.h"
#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/volatility_analysis.h"
#include "common/clock.h"

#define TICKS_PAGE 10000

/* What a step works on. */
struct step {
	struct candle_walk *walk;
	const struct walk_subject *subject;
	const struct walk_tools *tools;
	int64_t deadline_us;
	struct walk_done *done;
};

void
candle_walk_stand(struct candle_walk *walk, int64_t next_us)
{
	walk->next_us = next_us;
	walk->seeded = false;
	walk->reading_ticks = false;
}

/* ---- the state ---- */

static int
push(void *context, const struct candle *candle)
{
	market_state_push(context, candle);
	return 0;
}

/* Loads the bars before `candle`: the seed of its day, and the day up to it. */
static int
seed(const struct step *step, const struct candle *candle)
{
	struct market_state *state = &step->walk->state;
	struct market_reader *reader = step->tools->reader;
	int result;

	market_state_start(state, candle->open_time_us);
	result = market_reader_last_candles(reader, step->subject->symbol_id, state->day_us,
	    MARKET_SEED_BARS, push, state);
	if (result >= 0)
		result = market_reader_candles(reader, step->subject->symbol_id, state->day_us,
		    candle->open_time_us, (int)(CLOCK_DAY_US / CANDLE_M5_US), push, state);
	if (result < 0)
		return result;
	step->walk->seeded = true;
	return 0;
}

/* True when neither the seed nor the day depends on what changed: the rest is as it was. */
static bool
past_the_change(const struct candle_walk *walk)
{
	return walk->state.seed_bars == MARKET_SEED_BARS &&
	    walk->state.first_bar_us > walk->changed_us;
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
		candle_ticks_start(step->tools->ticks);
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
write_result(const struct step *step, const char *type)
{
	const struct market_state *state = &step->walk->state;
	const struct candle *candle = market_state_bar(state, 0);
	const struct result result = {
		.source = step->subject->source,
		.symbol = step->subject->symbol,
		.analysis_type = type,
		.timeframe = "M5",
		.time_us = candle->open_time_us,
		.text = step->tools->json->text,
		.confidence = inputs_confidence(state),
		.input_revision = candle->revision,
	};
	int rows = results_write(step->tools->results, &result);

	if (rows < 0)
		return rows;
	step->done->rows += rows;
	return 0;
}

static int
analyse(const struct step *step)
{
	int error;

	volatility_analysis_write(step->tools->json, &step->walk->state);
	error = write_result(step, "volatility_analysis");
	if (error < 0)
		return error;
	enhanced_symbol_analysis_write(step->tools->json, &step->walk->state, step->tools->ticks);
	return write_result(step, "enhanced_symbol_analysis");
}

static int
take_candle(struct step *step, const struct candle *candle)
{
	int result = read_ticks(step, candle);

	if (result != CANDLE_WALK_DONE)
		return result;
	market_state_push(&step->walk->state, candle);
	step->walk->next_us = candle->open_time_us + CANDLE_M5_US;
	step->done->candles++;
	return analyse(step);
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

		if (!walk->seeded || candle->open_time_us >= walk->state.day_us + CLOCK_DAY_US) {
			result = seed(step, candle);
			if (result < 0)
				return result;
			if (past_the_change(walk))
				return CANDLE_WALK_PAST;
		}
		result = take_candle(step, candle);
		if (result == CANDLE_WALK_DONE && clock_monotonic_us() >= step->deadline_us)
			return CANDLE_WALK_MORE;
	}
	return result;
}

int
candle_walk_step(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us,
    struct walk_done *done)
{
	struct step step = {walk, subject, tools, deadline_us, done};
	struct candle_page page;
	int first, result;

	result = read_page(&step, before_us, &page, &first);
	if (result == -ESTALE)
		return CANDLE_WALK_MORE;
	if (result < 0)
		return result;
	result = take_page(&step, &page, first);
	if (result == CANDLE_WALK_DONE && page.count == CANDLE_WALK_PAGE)
		return CANDLE_WALK_MORE;
	return result;
}
