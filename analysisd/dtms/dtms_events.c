#include "analysisd/dtms/dtms_events.h"

#include <stdio.h>
#include <string.h>

#include "analysisd/dtms/check.h"

static int
see_waiting(void *context, const struct dtms_event *event)
{
	struct dtms_waiting *waiting = context;
	bool of_trade = event->kind == DTMS_ENABLE || event->kind == DTMS_DISABLE;

	waiting->enables += event->kind == DTMS_ENABLE;
	if (event->time_us > waiting->newest_us)
		waiting->newest_us = event->time_us;
	if (of_trade && waiting->of != NULL && event->trade.ticket == waiting->of->ticket &&
	    strcmp(event->trade.account, waiting->of->account) == 0)
		waiting->same = true;
	return 0;
}

int
dtms_events_waiting(struct dtms_shared *shared, const struct dtms_source *source,
    struct dtms_waiting *waiting)
{
	int result = dtms_store_events(shared->store, source->name,
	    source->progress.events_seq, INT64_MAX, see_waiting, waiting);

	return result < 0 ? result : 0;
}

/*
 * The time of an event that is stored now: the source's clock, but behind every decided instant and
 * every event that waits.  Of a source that has no clock yet: before whatever it will say.
 */
static int
find_time(struct dtms_shared *shared, const struct dtms_source *source, int64_t *ret_us)
{
	struct dtms_waiting waiting = {.newest_us = INT64_MIN};
	int64_t next_us = source->progress.next_us, time_us;
	int error = dtms_events_waiting(shared, source, &waiting);

	if (error < 0)
		return error;
	time_us = sources_clock(&shared->tools->table->sources, source->number);
	if (time_us == TICK_NONE)
		time_us = 0;
	if (next_us != INT64_MIN && time_us <= next_us - DTMS_GRID_US)
		time_us = next_us - DTMS_GRID_US + 1;
	if (time_us <= waiting.newest_us)
		time_us = waiting.newest_us + 1;
	*ret_us = time_us;
	return 0;
}

int
dtms_events_add(struct dtms_shared *shared, const struct dtms_source *source,
    enum dtms_event_kind kind, struct dtms_trade *trade)
{
	struct dtms_event event = {.kind = kind};
	int error = source == NULL ? 0 : find_time(shared, source, &event.time_us);

	if (error < 0)
		return error;
	snprintf(event.source, sizeof(event.source), "%s",
	    source == NULL ? DTMS_ALL_SOURCES : source->name);
	if (trade != NULL)
		event.trade = *trade;
	error = dtms_store_add_event(shared->store, &event);
	if (error == 0 && kind == DTMS_ENABLE)
		dtms_trade_start(trade, event.time_us);
	return error;
}
