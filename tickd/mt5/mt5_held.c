#include "tickd/mt5/mt5_held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
mt5_held_init(struct mt5_held *held)
{
	*held = (struct mt5_held){.end = &held->first};
}

static size_t
count_rows(const struct mt5_message *message)
{
	return message->type == MT5_TICKS ? message->ticks.count : message->bars.count;
}

/* Room for it and its rows, which are copied.  NULL: out of memory. */
static struct mt5_held_message *
copy(const struct mt5_message *message, const void *rows, size_t bytes)
{
	struct mt5_held_message *kept = malloc(sizeof(*kept) + bytes);

	if (kept == NULL)
		return NULL;
	kept->next = NULL;
	kept->message = *message;
	if (bytes > 0)
		memcpy(kept->rows, rows, bytes);
	return kept;
}

static struct mt5_held_message *
copy_ticks(const struct mt5_message *message)
{
	const struct mt5_ticks *ticks = &message->ticks;
	struct mt5_held_message *kept =
	    copy(message, ticks->ticks, ticks->count * sizeof(ticks->ticks[0]));

	if (kept != NULL)
		kept->message.ticks.ticks = (struct mt5_tick *)kept->rows;
	return kept;
}

static struct mt5_held_message *
copy_bars(const struct mt5_message *message)
{
	const struct mt5_bars *bars = &message->bars;
	struct mt5_held_message *kept =
	    copy(message, bars->bars, bars->count * sizeof(bars->bars[0]));

	if (kept != NULL)
		kept->message.bars.bars = (struct mt5_bar *)kept->rows;
	return kept;
}

int
mt5_held_add(struct mt5_held *held, const struct mt5_message *message)
{
	struct mt5_held_message *kept =
	    message->type == MT5_TICKS ? copy_ticks(message) : copy_bars(message);

	if (kept == NULL)
		return -ENOMEM;
	*held->end = kept;
	held->end = &kept->next;
	held->count++;
	held->rows += count_rows(message);
	return 0;
}

struct mt5_held_message *
mt5_held_take(struct mt5_held *held)
{
	struct mt5_held_message *kept = held->first;

	if (kept == NULL)
		return NULL;
	held->first = kept->next;
	if (held->first == NULL)
		held->end = &held->first;
	held->count--;
	held->rows -= count_rows(&kept->message);
	return kept;
}

void
mt5_held_clear(struct mt5_held *held)
{
	struct mt5_held_message *kept;

	while ((kept = mt5_held_take(held)) != NULL)
		free(kept);
}
