#include "analysisd/dtms/dtms_intake.h"

#include <errno.h>
#include <stdlib.h>

#include "analysisd/dtms/dtms_positions.h"

/* ---- what people said ---- */

static int
switch_off(const struct dtms_intake *intake, bool off)
{
	struct dtms_progress *progress = &intake->source->progress;
	int result = 0;

	progress->off = off;
	if (off)
		result = dtms_store_skip_pending(intake->shared->store, intake->source->name, NULL,
		    "DTMS is off");
	return result < 0 ? result : 0;
}

static int
take_event(const struct dtms_intake *intake, const struct dtms_event *event)
{
	const struct dtms_trade *trade = &event->trade;
	struct dtms_entry *entry = NULL;

	if (event->kind == DTMS_ENABLE || event->kind == DTMS_DISABLE)
		entry = dtms_source_find(intake->source, trade->account, trade->ticket);
	switch (event->kind) {
	case DTMS_ENABLE:
		/* The venue may have reported it in the meantime: one watch is enough. */
		return entry != NULL ? 0 : dtms_intake_begin(intake, trade, event->time_us);
	case DTMS_DISABLE:
		if (entry != NULL)
			dtms_intake_end(entry, "disabled");
		return 0;
	case DTMS_OFF:
	case DTMS_ON:
		return switch_off(intake, event->kind == DTMS_OFF);
	}
	return 0;
}

/* They are few, and writing while their table is read is avoided. */
struct events {
	struct dtms_event *all;
	size_t count, room;
};

static int
keep_event(void *context, const struct dtms_event *event)
{
	struct events *events = context;

	if (events->count == events->room) {
		size_t room = events->room == 0 ? 16 : 2 * events->room;
		struct dtms_event *grown = reallocarray(events->all, room, sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		events->all = grown;
		events->room = room;
	}
	events->all[events->count++] = *event;
	return 0;
}

static int
take_events(const struct dtms_intake *intake)
{
	struct dtms_source *source = intake->source;
	struct events events = {0};
	int result = dtms_store_events(intake->shared->store, source->name,
	    source->progress.events_seq, intake->now_us, keep_event, &events);

	for (size_t i = 0; i < events.count && result >= 0; i++) {
		result = take_event(intake, &events.all[i]);
		source->progress.events_seq = events.all[i].seq;
	}
	free(events.all);
	if (result >= 0 && events.count > 0)
		result = dtms_source_look_for_off(source, intake->shared);
	return result < 0 ? result : 0;
}

/* ---- accounts and orders ---- */

static int
take_account(void *context, const struct venue_account *account)
{
	const struct dtms_intake *intake = context;

	intake->source->progress.accounts_seq = account->seq;
	return dtms_source_take_account(intake->source, account);
}

static int
take_result(void *context, const struct venue_result *result)
{
	const struct dtms_intake *intake = context;
	int error = dtms_store_take_result(intake->shared->store, intake->source->name,
	    result->action_id, result->status, result->comment);

	intake->source->progress.results_seq = result->seq;
	return error < 0 ? error : 0;
}

/* ---- all of it ---- */

int
dtms_intake(struct dtms_source *source, struct dtms_shared *shared, int64_t now_us)
{
	struct dtms_intake intake = {source, shared, now_us};
	int result = take_events(&intake);

	if (result >= 0)
		result = venue_log_accounts(shared->log, source->name, source->progress.accounts_seq,
		    now_us, take_account, &intake);
	if (result >= 0)
		result = venue_log_positions(shared->log, source->name,
		    source->progress.positions_seq, now_us, dtms_positions_take, &intake);
	if (result >= 0)
		result = venue_log_results(shared->log, source->name, source->progress.results_seq,
		    now_us, take_result, &intake);
	return result < 0 ? result : 0;
}
