#include "tickd/mt5/mt5_held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
mt5_held_init(struct mt5_held *held)
{
	*held = (struct mt5_held){.end = &held->first};
}

int
mt5_held_add(struct mt5_held *held, const struct mt5_message *message)
{
	size_t count = message->ticks.count;
	struct mt5_held_message *kept =
	    malloc(sizeof(*kept) + count * sizeof(kept->ticks[0]));

	if (kept == NULL)
		return -ENOMEM;
	kept->next = NULL;
	kept->message = *message;
	if (count > 0)
		memcpy(kept->ticks, message->ticks.ticks, count * sizeof(kept->ticks[0]));
	kept->message.ticks.ticks = kept->ticks;
	*held->end = kept;
	held->end = &kept->next;
	held->count++;
	held->ticks += count;
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
	held->ticks -= kept->message.ticks.count;
	return kept;
}

void
mt5_held_clear(struct mt5_held *held)
{
	struct mt5_held_message *kept;

	while ((kept = mt5_held_take(held)) != NULL)
		free(kept);
}
