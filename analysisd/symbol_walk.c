#include "analysisd/symbol_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define CLOSED_AFTER_US CLOCK_SECOND_US /* past the slot's end, on the source's clock */

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
symbol_walk_closed_before(int64_t clock_us)
{
	return clock_us - CANDLE_M5_US - CLOSED_AFTER_US + 1;
}

/* ---- life ---- */

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
	walk->floor_us = INT64_MIN;
	walk->drained_us = TICK_NONE;
	walk->change_us = TICK_NONE;
	walk->front.changed_us = INT64_MAX;
	walk->progress.history_us = TICK_NONE;
	if (walk->source == NULL || walk->symbol == NULL) {
		symbol_walk_free(walk);
		return NULL;
	}
	if (progress != NULL) {
		walk->progress = *progress;
		walk->first_candle_us = progress->first_us;
		/* The newest one again: it may have been completed since without being revised. */
		candle_walk_stand(&walk->front,
		    larger(progress->next_us - CANDLE_M5_US, progress->first_us));
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

/* ---- what is told ---- */

void
symbol_walk_restart(struct symbol_walk *walk)
{
	symbol_walk_change(walk, walk->progress.first_us, INT64_MAX);
}

/* Nothing before `floor_us` is to be done any more. */
static void
leave_behind(struct symbol_walk *walk, int64_t floor_us)
{
	bool met = floor_us >= walk->front.next_us;

	if (walk->front.next_us < floor_us)
		candle_walk_stand(&walk->front, floor_us);
	if (walk->going_back && (met || walk->second.next_us < floor_us)) {
		candle_walk_stand(&walk->second, floor_us);
		walk->going_back = !met;
	}
	if (walk->change_us != TICK_NONE)
		walk->change_us = met ? TICK_NONE : larger(walk->change_us, floor_us);
}

void
symbol_walk_set_floor(struct symbol_walk *walk, int64_t floor_us)
{
	walk->floor_us = floor_us;
	if (walk->first_candle_us == TICK_NONE || floor_us <= walk->progress.first_us)
		return;
	walk->progress.first_us = floor_us;
	leave_behind(walk, floor_us);
}

void
symbol_walk_set_first(struct symbol_walk *walk, int64_t first_candle_us)
{
	int64_t known_us = walk->progress.first_us;
	int64_t first_us = larger(first_candle_us, walk->floor_us);

	if (first_candle_us == TICK_NONE)
		return;
	if (walk->first_candle_us == TICK_NONE) {
		walk->first_candle_us = first_candle_us;
		walk->progress.first_us = first_us;
		candle_walk_stand(&walk->front, first_us);
	} else if (first_us < known_us) {
		walk->progress.first_us = first_us;
		symbol_walk_change(walk, first_us, known_us - 1);
	}
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
	if (walk->first_candle_us == TICK_NONE)
		return;
	walk->front.reading_ticks = walk->second.reading_ticks = false;
	walk->drained_us = TICK_NONE;
	from_us = larger(candle_slot(from_us), walk->progress.first_us);
	if (from_us >= walk->front.next_us)
		return;
	if (walk->going_back && from_us >= walk->second.next_us) {
		walk->second.changed_us = larger(walk->second.changed_us, to_us);
	} else if (walk->change_us == TICK_NONE) {
		walk->change_us = from_us;
		walk->change_until_us = to_us;
	} else {
		walk->change_us = from_us < walk->change_us ? from_us : walk->change_us;
		walk->change_until_us = larger(walk->change_until_us, to_us);
	}
}

/* ---- what is needed ---- */

/* True when a slot may have ended that the front has not looked at. */
static bool
front_is_due(const struct symbol_walk *walk, int64_t clock_us)
{
	return candle_slot(symbol_walk_closed_before(clock_us) - 1) >= walk->drained_us;
}

static bool
front_is_near(const struct symbol_walk *walk, int64_t clock_us)
{
	return symbol_walk_closed_before(clock_us) - larger(walk->front.next_us, walk->drained_us) <=
	    CANDLE_WALK_PAGE * CANDLE_M5_US;
}

enum symbol_walk_need
symbol_walk_need(const struct symbol_walk *walk, int64_t clock_us, int64_t now_us)
{
	if (walk->first_candle_us == TICK_NONE)
		return SYMBOL_WALK_NOTHING;
	if (front_is_due(walk, clock_us))
		return front_is_near(walk, clock_us) ? SYMBOL_WALK_LIVE : SYMBOL_WALK_BEHIND;
	if (walk->going_back)
		return SYMBOL_WALK_BEHIND;
	if (walk->change_us == TICK_NONE)
		return SYMBOL_WALK_NOTHING;
	return now_us < walk->rested_us ? SYMBOL_WALK_RESTS : SYMBOL_WALK_BEHIND;
}

bool
symbol_walk_is_reading(const struct symbol_walk *walk)
{
	return walk->front.reading_ticks || walk->second.reading_ticks;
}

int64_t
symbol_walk_next(const struct symbol_walk *walk)
{
	int64_t next_us = walk->front.next_us;

	if (walk->going_back && walk->second.next_us < next_us)
		next_us = walk->second.next_us;
	if (walk->change_us != TICK_NONE && walk->change_us < next_us)
		next_us = walk->change_us;
	return next_us;
}

/* ---- steps ---- */

static int
step_front(struct symbol_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t clock_us, int64_t deadline_us, struct walk_done *done)
{
	int64_t before_us = symbol_walk_closed_before(clock_us);
	int result = candle_walk_step(&walk->front, subject, tools, before_us, deadline_us, done);

	if (result == CANDLE_WALK_DONE)
		walk->drained_us = candle_slot(before_us - 1) + CANDLE_M5_US;
	return result;
}

/* The second walk has met the front: what it knows of the newest bars is as new as can be. */
static void
meet(struct symbol_walk *walk)
{
	int64_t next_us = walk->front.next_us;

	if (!walk->second.seeded)
		return;
	walk->front = walk->second;
	walk->front.next_us = next_us;
	walk->front.changed_us = INT64_MAX;
}

static int
step_second(struct symbol_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t deadline_us, struct walk_done *done)
{
	int64_t begun_us = clock_monotonic_us(), now_us, rest_us;
	int result;

	if (!walk->going_back) {
		candle_walk_stand(&walk->second, walk->change_us);
		walk->second.changed_us = walk->change_until_us;
		walk->change_us = TICK_NONE;
		walk->going_back = true;
		walk->way_us = 0;
	}
	result = candle_walk_step(&walk->second, subject, tools, walk->front.next_us, deadline_us,
	    done);
	now_us = clock_monotonic_us();
	walk->way_us += now_us - begun_us;
	if (result < 0 || result == CANDLE_WALK_MORE)
		return result;
	if (result == CANDLE_WALK_DONE)
		meet(walk);
	walk->going_back = false;
	rest_us = SYMBOL_WALK_REST * walk->way_us;
	walk->rested_us = now_us +
	    (rest_us < SYMBOL_WALK_REST_MAX_US ? rest_us : SYMBOL_WALK_REST_MAX_US);
	return result;
}

int
symbol_walk_write_progress(struct symbol_walk *walk, struct results *results)
{
	walk->progress.next_us = symbol_walk_next(walk);
	return results_write_progress(results, walk->source, walk->symbol, &walk->progress);
}

int
symbol_walk_step(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us)
{
	const struct walk_subject subject = {walk->symbol_id, walk->source, walk->symbol};
	int64_t next_us = symbol_walk_next(walk);
	struct walk_done done = {0};
	bool front = !walk->second.reading_ticks && front_is_due(walk, clock_us);
	int result = front ? step_front(walk, &subject, tools, clock_us, deadline_us, &done) :
			     step_second(walk, &subject, tools, deadline_us, &done);

	if (result < 0)
		return result;
	walk->analysed += done.candles;
	walk->progress.results += done.rows;
	if (done.candles == 0 && symbol_walk_next(walk) == next_us)
		return 0;
	return symbol_walk_write_progress(walk, tools->results);
}
