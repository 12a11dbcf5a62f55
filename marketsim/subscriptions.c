#include "marketsim/subscriptions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
stream_of_name(const struct instrument *instruments, int count, const char *name, size_t length)
{
	for (int i = 0; i < count; i++) {
		size_t symbol = strlen(instruments[i].lower);

		if (length <= symbol || name[symbol] != '@' ||
		    memcmp(name, instruments[i].lower, symbol) != 0)
			continue;
		for (int kind = 0; kind < STREAM_KINDS; kind++)
			if (strlen(stream_kind_names[kind]) == length - symbol - 1 &&
			    memcmp(name + symbol + 1, stream_kind_names[kind],
				length - symbol - 1) == 0)
				return i * STREAM_KINDS + kind;
	}
	return -1;
}

void
subscriptions_init(struct subscriptions *subscriptions, int *listeners)
{
	memset(subscriptions, 0, sizeof(*subscriptions));
	subscriptions->listeners = listeners;
}

static size_t
find_name(const struct subscriptions *subscriptions, const char *name, size_t length)
{
	size_t i = 0;

	for (; i < subscriptions->count; i++)
		if (strlen(subscriptions->names[i]) == length &&
		    memcmp(subscriptions->names[i], name, length) == 0)
			break;
	return i;
}

int
subscriptions_add(struct subscriptions *subscriptions, const char *name, size_t length, int stream)
{
	if (length == 0 || length >= STREAM_NAME_SIZE || memchr(name, '"', length) != NULL ||
	    memchr(name, '\\', length) != NULL)
		return -EINVAL;
	if (find_name(subscriptions, name, length) < subscriptions->count)
		return 0;
	if (subscriptions->count == SUBSCRIPTIONS_MAX)
		return -E2BIG;
	if (subscriptions->count == subscriptions->capacity) {
		size_t capacity = subscriptions->capacity > 0 ? 2 * subscriptions->capacity : 16;
		void *names = realloc(subscriptions->names, capacity * STREAM_NAME_SIZE);

		if (names == NULL)
			return -ENOMEM;
		subscriptions->names = names;
		subscriptions->capacity = capacity;
	}
	memcpy(subscriptions->names[subscriptions->count], name, length);
	subscriptions->names[subscriptions->count++][length] = '\0';
	if (stream >= 0) {
		subscriptions->wanted[stream] = true;
		subscriptions->muted[stream] = false;
		subscriptions->wanted_count++;
		subscriptions->listeners[stream]++;
	}
	return 1;
}

bool
subscriptions_remove(struct subscriptions *subscriptions, const char *name, int stream)
{
	size_t at = find_name(subscriptions, name, strlen(name));

	if (at == subscriptions->count)
		return false;
	subscriptions->count--;
	memmove(subscriptions->names[at], subscriptions->names[at + 1],
	    (subscriptions->count - at) * STREAM_NAME_SIZE);
	if (stream >= 0) {
		subscriptions->wanted[stream] = false;
		subscriptions->wanted_count--;
		subscriptions->listeners[stream]--;
	}
	return true;
}

void
subscriptions_finish(struct subscriptions *subscriptions)
{
	for (int i = 0; i < STREAMS_MAX; i++)
		subscriptions->listeners[i] -= subscriptions->wanted[i];
	free(subscriptions->names);
	memset(subscriptions, 0, sizeof(*subscriptions));
}
