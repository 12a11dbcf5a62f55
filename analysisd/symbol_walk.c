#include "analysisd/symbol_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/analyses/enhanced_symbol_analysis.h"
#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/volatility_analysis.h"
#include "common/clock.h"

#define CLOSED_AFTER_US CLOCK_SECOND_US /* past the slot's end, on the source's clock */
#define TICKS_PAGE 10000
#define TIME_IS_UP 1 /* of the steps below: neither done nor failed */

int64_t
symbol_walk_closed_before(int64_t clock_us)
{
	return clock_us - CANDLE_M5_US - CLOSED_AFTER_US + 1;
}

struct symbol_walk *
symbol_walk_create(const struct market_symbol *symbol, const struct progress *progress)
{
	struct symbol_walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL)
		return NULL;
	walk->symbol_id = symbol->symbol_id;
	walk->source = strdup(symbol->source);
	walk->symbol = strdup(symbol->symbol);
	walk->first_candle_us = TICK_NONE;
	walk->redo_until_us = TICK_NONE;
	walk->drained_us = TICK_NONE;
	walk->progress.history_us = TICK_NONE;
	if (walk->source == NULL || walk->symbol == NULL) {
		symbol_walk_free(walk);
		return NULL;
	}
	if (progress != NULL) {
		walk->progress = *progress;
		walk->first_candle_us = progress->first_us;
		/* The newest one again: it may have been completed since without being revised. */
		if (progress->next_us - CANDLE_M5_US >= progress->first_us)
			walk->progress.next_us -= CANDLE_M5_US;
	}
	return walk;
}

void
symbol_walk_free(struct symbol_walk *walk)
{
	if (walk == NULL)
		return;
	free(walk->source);
	free(walk->symbol);
	free(walk);
}

static void
stand_at(struct symbol_walk *walk, int64_t next_us)
{
	walk->progress.next_us = next_us;
	walk->seeded = false;
	walk->reading_ticks = false;
	walk->drained_us = TICK_NONE;
}

void
symbol_walk_restart(struct symbol_walk *walk)
{
	walk->redo_until_us = TICK_NONE;
	stand_at(walk, walk->progress.first_us);
}

void
symbol_walk_set_first(struct symbol_walk *walk, int64_t first_candle_us)
{
	int64_t known_us = walk->first_candle_us;

	if (first_candle_us == TICK_NONE)
		return;
	if (known_us != TICK_NONE && first_candle_us >= known_us)
		return;
	walk->first_candle_us = first_candle_us;
	walk->progress.first_us = first_candle_us;
	if (known_us == TICK_NONE)
		stand_at(walk, first_candle_us);
	else
		symbol_walk_change(walk, first_candle_us, known_us - 1);
}

void
symbol_walk_set_history(struct symbol_walk *walk, int64_t history_until_us)
{
	int64_t known_us = walk->progress.history_us;

	if (history_until_us == known_us)
		return;
	walk->progress.history_us = history_until_us;
	symbol_walk_change(walk,
	    known_us == TICK_NONE || history_until_us < known_us ? walk->progress.first_us : known_us,
	    history_until_us);
}

void
symbol_walk_change(struct symbol_walk *walk, int64_t from_us, int64_t to_us)
{
	bool going_back = walk->redo_until_us != TICK_NONE;

	if (walk->first_candle_us == TICK_NONE)
		return;
	walk->reading_ticks = false;
	walk->drained_us = TICK_NONE;
	if (going_back && to_us > walk->changed_until_us)
		walk->changed_until_us = to_us;
	from_us = candle_slot(from_us);
	if (from_us >= walk->progress.next_us)
		return;
	if (!going_back) {
		walk->redo_until_us = walk->progress.next_us;
		walk->changed_until_us = to_us;
	}
	stand_at(walk, from_us);
}

bool
symbol_walk_due(const struct symbol_walk *walk, int64_t clock_us)
{
	if (walk->first_candle_us == TICK_NONE)
		return false;
	/* The newest slot that is over, as its open time; one not looked at yet makes it due. */
	return candle_slot(symbol_walk_closed_before(clock_us) - 1) >= walk->drained_us;
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
seed(struct symbol_walk *walk, struct market_reader *reader, const struct candle *candle)
{
	struct market_state *state = &walk->state;
	int result;

	market_state_start(state, candle->open_time_us);
	result = market_reader_last_candles(reader, walk->symbol_id, state->day_us,
	    MARKET_SEED_BARS, push, state);
	if (result >= 0)
		result = market_reader_candles(reader, walk->symbol_id, state->day_us,
		    candle->open_time_us, (int)(CLOCK_DAY_US / CANDLE_M5_US), push, state);
	if (result < 0)
		return result;
	walk->seeded = true;
	return 0;
}

/* True when neither the seed nor the day depends on what changed: the rest is as it was. */
static bool
past_the_change(const struct symbol_walk *walk)
{
	return walk->redo_until_us != TICK_NONE && walk->state.seed_bars == MARKET_SEED_BARS &&
	    walk->state.first_bar_us > walk->changed_until_us;
}

/* ---- one candle ---- */

/* Where a page of ticks goes. */
struct tick_page {
	struct symbol_walk *walk;
	struct candle_ticks *ticks;
};

static int
add_tick(void *context, const struct tick *tick)
{
	struct tick_page *page = context;

	page->walk->tick_us = tick->time_us;
	page->walk->tick_id = tick->tick_id;
	return candle_ticks_add(page->ticks, tick);
}

/* Reads the candle's ticks, going on where an earlier call stopped. */
static int
read_ticks(struct symbol_walk *walk, const struct walk_tools *tools, const struct candle *candle,
    int64_t deadline_us)
{
	struct tick_page page = {walk, tools->ticks};
	int count;

	if (!walk->reading_ticks) {
		candle_ticks_start(tools->ticks);
		walk->reading_ticks = true;
		walk->tick_us = candle->open_time_us;
		walk->tick_id = INT64_MIN;
	}
	/* Only a candle made of ticks has them all: of others they would be a part. */
	while (candle->origin == CANDLE_TICKS) {
		count = market_reader_ticks(tools->reader, walk->symbol_id, walk->tick_us,
		    walk->tick_id, candle->open_time_us + CANDLE_M5_US, TICKS_PAGE, add_tick, &page);
		if (count < 0)
			return count;
		if (count < TICKS_PAGE)
			break;
		if (clock_monotonic_us() >= deadline_us)
			return TIME_IS_UP;
	}
	walk->reading_ticks = false;
	return 0;
}

static int
write_result(struct symbol_walk *walk, const struct walk_tools *tools, const char *type)
{
	const struct candle *candle = market_state_bar(&walk->state, 0);
	const struct result result = {
		.source = walk->source,
		.symbol = walk->symbol,
		.analysis_type = type,
		.timeframe = "M5",
		.time_us = candle->open_time_us,
		.text = tools->json->text,
		.confidence = inputs_confidence(&walk->state),
		.input_revision = candle->revision,
	};
	int rows = results_write(tools->results, &result);

	if (rows < 0)
		return rows;
	walk->progress.results += rows;
	return 0;
}

static int
analyse(struct symbol_walk *walk, const struct walk_tools *tools)
{
	int error;

	volatility_analysis_write(tools->json, &walk->state);
	error = write_result(walk, tools, "volatility_analysis");
	if (error < 0)
		return error;
	enhanced_symbol_analysis_write(tools->json, &walk->state, tools->ticks);
	return write_result(walk, tools, "enhanced_symbol_analysis");
}

static int
take_candle(struct symbol_walk *walk, const struct walk_tools *tools, const struct candle *candle,
    int64_t deadline_us)
{
	int result = read_ticks(walk, tools, candle, deadline_us);

	if (result != 0)
		return result;
	market_state_push(&walk->state, candle);
	walk->progress.next_us = candle->open_time_us + CANDLE_M5_US;
	if (walk->progress.next_us >= walk->redo_until_us)
		walk->redo_until_us = TICK_NONE;
	return analyse(walk, tools);
}

/* ---- a page of candles ---- */

struct candle_page {
	struct candle candles[SYMBOL_WALK_PAGE];
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
read_page(struct symbol_walk *walk, struct market_reader *reader, int64_t before_us,
    struct candle_page *page, int *ret_first)
{
	const struct candle *newest = walk->seeded ? market_state_bar(&walk->state, 0) : NULL;
	int64_t from_us = newest == NULL ? walk->progress.next_us : newest->open_time_us;
	int result;

	page->count = 0;
	*ret_first = newest != NULL;
	result = market_reader_candles(reader, walk->symbol_id, from_us, before_us,
	    SYMBOL_WALK_PAGE, keep_candle, page);
	if (result < 0 || newest == NULL)
		return result;
	if (page->count > 0 && same_candle(newest, &page->candles[0]))
		return result;
	symbol_walk_change(walk, from_us, from_us);
	return -ESTALE;
}

/* Returns 0 when the page is done, TIME_IS_UP, -errno. */
static int
take_page(struct symbol_walk *walk, const struct walk_tools *tools, const struct candle_page *page,
    int first, int64_t deadline_us)
{
	int result = 0;

	for (int i = first; i < page->count && result == 0; i++) {
		const struct candle *candle = &page->candles[i];

		if (!walk->seeded || candle->open_time_us >= walk->state.day_us + CLOCK_DAY_US) {
			result = seed(walk, tools->reader, candle);
			if (result < 0)
				return result;
			if (past_the_change(walk)) {
				stand_at(walk, walk->redo_until_us);
				walk->redo_until_us = TICK_NONE;
				return TIME_IS_UP;
			}
		}
		result = take_candle(walk, tools, candle, deadline_us);
		if (result == 0 && clock_monotonic_us() >= deadline_us)
			result = TIME_IS_UP;
	}
	return result;
}

int
symbol_walk_step(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us)
{
	int64_t before_us = symbol_walk_closed_before(clock_us);
	struct candle_page page;
	int first, result;

	result = read_page(walk, tools->reader, before_us, &page, &first);
	if (result == -ESTALE)
		return 1;
	if (result < 0)
		return result;
	result = take_page(walk, tools, &page, first, deadline_us);
	if (result < 0)
		return result;
	if (page.count > first) {
		int error = results_write_progress(tools->results, walk->source, walk->symbol,
		    &walk->progress);

		if (error < 0)
			return error;
	}
	if (result == TIME_IS_UP || page.count == SYMBOL_WALK_PAGE)
		return 1;
	walk->drained_us = candle_slot(before_us - 1) + CANDLE_M5_US;
	return 0;
}
