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
	walk->ticks_from_us = walk->frozen_us = TICK_NONE;
	walk->read_ahead_us = INT64_MIN;
	walk->front = candle_walk_create();
	walk->progress.history_us = TICK_NONE;
	if (walk->source == NULL || walk->symbol == NULL || walk->front == NULL) {
		symbol_walk_free(walk);
		return NULL;
	}
	if (progress != NULL) {
		walk->progress = *progress;
		walk->first_candle_us = progress->first_us;
		/* The newest one again: it may have been completed since without being revised. */
		candle_walk_stand(walk->front,
		    larger(progress->next_us - CANDLE_M5_US, progress->first_us));
	}
	return walk;
}

void
symbol_walk_free(struct symbol_walk *walk)
{
	if (walk == NULL)
		return;
	candle_walk_free(walk->front);
	candle_walk_free(walk->second);
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

static void
give_up_second(struct symbol_walk *walk)
{
	candle_walk_free(walk->second);
	walk->second = NULL;
}

/* Nothing before `floor_us` is to be done any more. */
static void
leave_behind(struct symbol_walk *walk, int64_t floor_us)
{
	bool met = floor_us >= walk->front->next_us;

	if (walk->front->next_us < floor_us)
		candle_walk_stand(walk->front, floor_us);
	if (walk->second != NULL && met)
		give_up_second(walk);
	else if (walk->second != NULL && walk->second->next_us < floor_us)
		candle_walk_stand(walk->second, floor_us);
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
		candle_walk_stand(walk->front, first_us);
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
symbol_walk_set_ticks(struct symbol_walk *walk, int64_t ticks_from_us, int64_t frozen_us)
{
	walk->ticks_from_us = ticks_from_us;
	walk->frozen_us = frozen_us;
}

void
symbol_walk_change(struct symbol_walk *walk, int64_t from_us, int64_t to_us)
{
	if (walk->first_candle_us == TICK_NONE)
		return;
	slot_ticks_change(&walk->front->ticks, from_us, to_us);
	if (walk->second != NULL)
		slot_ticks_change(&walk->second->ticks, from_us, to_us);
	walk->drained_us = TICK_NONE;
	from_us = larger(candle_slot(from_us), walk->progress.first_us);
	if (from_us >= walk->front->next_us)
		return;
	if (walk->second != NULL && from_us >= walk->second->next_us) {
		walk->second->changed_us = larger(walk->second->changed_us, to_us);
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
	int64_t done_us = larger(walk->front->next_us, walk->drained_us);

	return symbol_walk_closed_before(clock_us) - done_us <= CANDLE_WALK_PAGE * CANDLE_M5_US;
}

enum symbol_walk_need
symbol_walk_need(const struct symbol_walk *walk, int64_t clock_us, int64_t now_us)
{
	if (walk->first_candle_us == TICK_NONE)
		return SYMBOL_WALK_NOTHING;
	if (front_is_due(walk, clock_us))
		return front_is_near(walk, clock_us) ? SYMBOL_WALK_LIVE : SYMBOL_WALK_BEHIND;
	if (walk->second != NULL)
		return SYMBOL_WALK_BEHIND;
	if (walk->change_us == TICK_NONE)
		return SYMBOL_WALK_NOTHING;
	return now_us < walk->rested_us ? SYMBOL_WALK_RESTS : SYMBOL_WALK_BEHIND;
}

int64_t
symbol_walk_next(const struct symbol_walk *walk)
{
	int64_t next_us = walk->front->next_us;

	if (walk->second != NULL && walk->second->next_us < next_us)
		next_us = walk->second->next_us;
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
	int result = candle_walk_step(walk->front, subject, tools, before_us, deadline_us, done);

	if (result == CANDLE_WALK_DONE)
		walk->drained_us = candle_slot(before_us - 1) + CANDLE_M5_US;
	return result;
}

/*
 * The second walk has met the front: what it knows of the newest bars is as new as can be.  Bars
 * that the front has closed since, for want of candles, are looked at again.
 */
static void
meet(struct symbol_walk *walk)
{
	struct candle_walk *second = walk->second;

	if (!second->seeded)
		return;
	second->next_us = walk->front->next_us;
	second->changed_us = INT64_MAX;
	walk->second = walk->front;
	walk->front = second;
	walk->drained_us = TICK_NONE;
}

static int
start_second(struct symbol_walk *walk)
{
	walk->second = candle_walk_create();
	if (walk->second == NULL)
		return -ENOMEM;
	candle_walk_stand(walk->second, walk->change_us);
	walk->second->changed_us = walk->change_until_us;
	walk->change_us = TICK_NONE;
	walk->way_us = 0;
	return 0;
}

static int
step_second(struct symbol_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t deadline_us, struct walk_done *done)
{
	int64_t begun_us = clock_monotonic_us(), now_us, rest_us;
	int result = walk->second == NULL ? start_second(walk) : 0;

	if (result < 0)
		return result;
	result = candle_walk_step(walk->second, subject, tools, walk->front->next_us, deadline_us,
	    done);
	now_us = clock_monotonic_us();
	walk->way_us += now_us - begun_us;
	if (result < 0 || result == CANDLE_WALK_MORE)
		return result;
	if (result == CANDLE_WALK_DONE)
		meet(walk);
	give_up_second(walk);
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

static struct walk_subject
subject_of(const struct symbol_walk *walk)
{
	return (struct walk_subject){walk->symbol_id, walk->source, walk->symbol, walk->floor_us,
		walk->ticks_from_us, walk->frozen_us};
}

int
symbol_walk_step(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us)
{
	const struct walk_subject subject = subject_of(walk);
	int64_t next_us = symbol_walk_next(walk);
	struct walk_done done = {0};
	int result = front_is_due(walk, clock_us) ?
	    step_front(walk, &subject, tools, clock_us, deadline_us, &done) :
	    step_second(walk, &subject, tools, deadline_us, &done);

	if (result < 0)
		return result;
	walk->analysed += done.candles;
	walk->progress.results += done.rows;
	if (done.rows == 0 && symbol_walk_next(walk) == next_us)
		return 0;
	return symbol_walk_write_progress(walk, tools->results);
}

int
symbol_walk_read_ahead(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us)
{
	const struct walk_subject subject = subject_of(walk);

	if (walk->first_candle_us == TICK_NONE || front_is_due(walk, clock_us) ||
	    clock_us - CLOSED_AFTER_US < walk->read_ahead_us + SYMBOL_WALK_AHEAD_US)
		return 0;
	walk->read_ahead_us = clock_us - CLOSED_AFTER_US;
	return candle_walk_read_ahead(walk->front, &subject, tools, walk->read_ahead_us,
	    deadline_us);
}

int
symbol_walk_analyse(struct symbol_walk *walk, const struct walk_tools *tools,
    enum timeframe timeframe, int64_t time_us, json_t *answer)
{
	const struct walk_subject subject = subject_of(walk);
	struct candle_walk *own = candle_walk_create();
	struct walk_done done = {0};
	int result = own == NULL ? -ENOMEM :
	    candle_walk_analyse(own, &subject, tools, timeframe, time_us, answer, &done), error;

	candle_walk_free(own);
	if (result < 0)
		return result;
	walk->progress.results += done.rows;
	error = symbol_walk_write_progress(walk, tools->results);
	return error < 0 ? error : result;
}
