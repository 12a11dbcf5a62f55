#include "analysisd/dtms/dtms_ahead.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"

/* ---- when: each returns 1, for the first row is enough ---- */

static void
note_first(int64_t *first_us, int64_t time_us)
{
	if (time_us < *first_us)
		*first_us = time_us;
}

static int
see_event(void *context, const struct dtms_event *event)
{
	note_first(context, event->time_us);
	return 1;
}

static int
see_position(void *context, const struct venue_position *position)
{
	note_first(context, position->time_us);
	return 1;
}

static int
see_result(void *context, const struct venue_result *result)
{
	note_first(context, result->time_us);
	return 1;
}

int
dtms_ahead_first(struct dtms_source *source, struct dtms_shared *shared, int64_t *ret_us)
{
	const struct dtms_progress *progress = &source->progress;
	int64_t first_us = INT64_MAX, expires_us = TICK_NONE;
	int result = dtms_store_events(shared->store, source->name, progress->events_seq,
	    INT64_MAX, see_event, &first_us);

	if (result >= 0)
		result = venue_log_positions(shared->log, source->name, progress->positions_seq,
		    INT64_MAX, see_position, &first_us);
	if (result >= 0)
		result = venue_log_results(shared->log, source->name, progress->results_seq,
		    INT64_MAX, see_result, &first_us);
	if (result >= 0)
		result = dtms_store_first_expiry(shared->store, source->name, &expires_us);
	if (result < 0)
		return result;
	if (expires_us != TICK_NONE)
		note_first(&first_us, expires_us + 1);
	*ret_us = first_us;
	return 0;
}

/* ---- where: collected first, for nothing may be read within a callback of the reader ---- */

struct symbols {
	const struct dtms_watches *watches;
	const char *source;
	int64_t *ids;
	size_t count;
};

static int
add_symbol(struct symbols *symbols, const char *symbol)
{
	int64_t id = dtms_watches_symbol(symbols->watches, symbols->source, symbol), *grown;

	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->ids[i] == id)
			return 0;
	if (id == TICK_NONE)
		return 0;
	grown = reallocarray(symbols->ids, symbols->count + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	symbols->ids = grown;
	grown[symbols->count++] = id;
	return 0;
}

static int
add_opened(void *context, const struct venue_position *position)
{
	return position->kind == VENUE_OPEN ? add_symbol(context, position->symbol) : 0;
}

static int
add_enabled(void *context, const struct dtms_event *event)
{
	return event->kind == DTMS_ENABLE ? add_symbol(context, event->trade.symbol) : 0;
}

static int
make_views(struct dtms_shared *shared, const struct symbols *symbols, int64_t now_us,
    int64_t deadline_us)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const struct dtms_trade trade = {.symbol_id = symbols->ids[i]};
		struct dtms_view view;
		bool made;
		int error = dtms_watches_view(&shared->watches, &trade, now_us, &view, &made);

		if (error < 0)
			return error;
		if (made && clock_monotonic_us() >= deadline_us)
			return 1;
	}
	return 0;
}

int
dtms_ahead_views(struct dtms_source *source, struct dtms_shared *shared, int64_t now_us,
    int64_t deadline_us)
{
	struct symbols symbols = {.watches = &shared->watches, .source = source->name};
	int result = dtms_store_events(shared->store, source->name, source->progress.events_seq,
	    now_us, add_enabled, &symbols);

	if (result >= 0)
		result = venue_log_positions(shared->log, source->name,
		    source->progress.positions_seq, now_us, add_opened, &symbols);
	if (result >= 0)
		result = make_views(shared, &symbols, now_us, deadline_us);
	free(symbols.ids);
	return result;
}
