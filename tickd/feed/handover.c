#include "tickd/feed/handover.h"

#include <errno.h>
#include <stdlib.h>

#define NEVER (-2) /* before every id, also before the one that comes before 0 */

/* Of a symbol: ids of trades, and of the book's updates where quotes are rows. */
struct mark {
	int64_t trade_id, update_id;	      /* delivered last */
	int64_t had_trade_id, had_update_id; /* delivered by the old connection */
	int64_t first_held_id;
	bool held, awaited;
};

struct handover {
	size_t first_symbol, symbol_count;
	int64_t begun_us, first_trade_us; /* monotonic, 0: not yet */
	bool taken;
	size_t awaited; /* symbols whose first held trade the old one has not delivered */
	struct tick *held; /* a circle, NULL while there are none */
	size_t first, count;
	struct mark marks[];
};

struct handover *
handover_create(size_t first, size_t count)
{
	struct handover *handover =
	    calloc(1, sizeof(*handover) + count * sizeof(handover->marks[0]));

	if (handover == NULL)
		return NULL;
	handover->first_symbol = first;
	handover->symbol_count = count;
	for (size_t i = 0; i < count; i++)
		handover->marks[i] = (struct mark){NEVER, NEVER, NEVER, NEVER, 0, false, false};
	return handover;
}

static void
forget_held(struct handover *handover)
{
	free(handover->held);
	handover->held = NULL;
	handover->first = handover->count = 0;
}

void
handover_free(struct handover *handover)
{
	if (handover != NULL)
		forget_held(handover);
	free(handover);
}

static struct mark *
mark_of(struct handover *handover, const struct tick *tick)
{
	return &handover->marks[tick->symbol - handover->first_symbol];
}

void
handover_clear(struct handover *handover)
{
	forget_held(handover);
	handover->begun_us = handover->first_trade_us = 0;
	handover->taken = false;
	handover->awaited = 0;
	for (size_t i = 0; i < handover->symbol_count; i++)
		handover->marks[i].held = handover->marks[i].awaited = false;
}

void
handover_begin(struct handover *handover, int64_t now_us)
{
	handover_clear(handover);
	handover->begun_us = now_us;
}

/* Delivered after it was held: room for others.  Returns whether there is some now. */
static bool
compact(struct handover *handover)
{
	size_t kept = 0;

	for (size_t i = 0; i < handover->count; i++) {
		const struct tick tick = handover->held[(handover->first + i) % HANDOVER_TICKS];
		const struct mark *mark = mark_of(handover, &tick);
		bool had = (tick.flags & TICK_TRADE) != 0 ? tick.tick_id <= mark->trade_id :
							    -tick.tick_id <= mark->update_id;

		if (!had)
			handover->held[(handover->first + kept++) % HANDOVER_TICKS] = tick;
	}
	handover->count = kept;
	/* Half of it, or all would be looked at again for each tick. */
	return kept <= HANDOVER_TICKS / 2;
}

static void
await(struct handover *handover, struct mark *mark, int64_t id, int64_t now_us)
{
	if (handover->first_trade_us == 0)
		handover->first_trade_us = now_us;
	if (mark->held)
		return;
	mark->held = true;
	mark->first_held_id = id;
	mark->awaited = mark->trade_id < id;
	handover->awaited += mark->awaited;
}

int
handover_hold(struct handover *handover, const struct tick *tick, int64_t now_us)
{
	if (handover->held == NULL)
		handover->held = malloc(HANDOVER_TICKS * sizeof(handover->held[0]));
	if (handover->held == NULL)
		return -ENOMEM;
	if (handover->count == HANDOVER_TICKS && (handover->taken || !compact(handover)))
		return -ENOSPC;
	handover->held[(handover->first + handover->count++) % HANDOVER_TICKS] = *tick;
	if (!handover->taken && (tick->flags & TICK_TRADE) != 0)
		await(handover, mark_of(handover, tick), tick->tick_id, now_us);
	return 0;
}

void
handover_delivered(struct handover *handover, const struct tick *tick)
{
	struct mark *mark = mark_of(handover, tick);

	if ((tick->flags & TICK_TRADE) == 0) {
		mark->update_id = -tick->tick_id;
		return;
	}
	mark->trade_id = tick->tick_id;
	if (mark->awaited && tick->tick_id >= mark->first_held_id) {
		mark->awaited = false;
		handover->awaited--;
	}
}

bool
handover_ready(const struct handover *handover, int64_t now_us)
{
	if (handover->begun_us == 0 || handover->taken)
		return false;
	if (handover->first_trade_us == 0)
		return now_us - handover->begun_us >= HANDOVER_QUIET_US;
	if (now_us - handover->first_trade_us >= HANDOVER_LIMIT_US)
		return true;
	return handover->awaited == 0 && now_us - handover->begun_us >= HANDOVER_OVERLAP_US;
}

void
handover_take_over(struct handover *handover)
{
	handover->taken = true;
	for (size_t i = 0; i < handover->symbol_count; i++) {
		struct mark *mark = &handover->marks[i];

		mark->had_trade_id = mark->trade_id;
		mark->had_update_id = mark->update_id;
	}
}

bool
handover_had(const struct handover *handover, const struct tick *tick)
{
	const struct mark *mark = &handover->marks[tick->symbol - handover->first_symbol];

	return (tick->flags & TICK_TRADE) != 0 ? tick->tick_id <= mark->had_trade_id :
						 -tick->tick_id <= mark->had_update_id;
}

const struct tick *
handover_first(struct handover *handover)
{
	while (handover->count > 0) {
		const struct tick *tick = &handover->held[handover->first];

		if (!handover_had(handover, tick))
			return tick;
		handover_drop(handover);
	}
	forget_held(handover);
	return NULL;
}

void
handover_drop(struct handover *handover)
{
	handover->first = (handover->first + 1) % HANDOVER_TICKS;
	handover->count--;
}
