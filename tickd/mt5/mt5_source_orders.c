#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"

static bool
record(void *context, const char *action_id, const char *status, const struct mt5_result *result,
    const char *comment)
{
	struct mt5_source *source = context;
	struct mt5_item *item = mt5_item_create(ITEM_RESULT, source->session);

	if (item == NULL)
		return false;
	snprintf(item->result.action_id, sizeof(item->result.action_id), "%s", action_id);
	snprintf(item->result.status, sizeof(item->result.status), "%s", status);
	snprintf(item->result.comment, sizeof(item->result.comment), "%s",
	    comment == NULL ? "" : comment);
	item->result.given = result != NULL;
	if (result != NULL)
		item->result.result = *result;
	return mt5_writer_add(source->writer, item);
}

static bool
send_action(void *context, char *line)
{
	struct mt5_source *source = context;

	if (source->session == NO_SESSION) {
		free(line);
		return false;
	}
	source_write(source, line);
	return source->session != NO_SESSION;
}

static int64_t
server_time(void *context, int64_t utc_us)
{
	const struct mt5_source *source = context;

	return mt5_clock_server(&source->clock, utc_us) / CLOCK_SECOND_US;
}

static int64_t
venue_now(void *context)
{
	const struct mt5_source *source = context;
	int64_t now_us = mt5_clock_now(&source->clock, clock_monotonic_us(), clock_wall_us());
	int64_t ticks_us = mt5_writer_clock(source->writer);

	return ticks_us > now_us ? ticks_us : now_us;
}

static void
tell_of_order(void *context, int level, const char *event, const char *symbol,
    const char *sentence)
{
	const struct mt5_source *source = context;

	mt5_notes_tell_always(&source->notes, level, event, symbol, sentence);
}

void
source_note_report(struct mt5_source *source, const struct mt5_item *item)
{
	if (item->kind == ITEM_POSITIONS && item->error == 0 && item->session == source->session &&
	    item->positions.report.complete)
		mt5_orders_reported(source->orders);
}

int
source_create_orders(struct mt5_source *source, struct storage *storage)
{
	const struct mt5_orders_hooks hooks = {record, send_action, server_time, venue_now,
		tell_of_order, source};

	return mt5_orders_create(&source->orders, source->settings, source->account->source,
	    storage, &hooks);
}
