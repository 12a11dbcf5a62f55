#include "tickd/rest/rest_queue.h"

#include <stddef.h>

void
rest_queue_init(struct rest_queue *queue)
{
	*queue = (struct rest_queue){0};
	for (size_t i = 0; i < REST_PRIORITIES; i++)
		queue->lists[i].end = &queue->lists[i].first;
}

void
rest_queue_add(struct rest_queue *queue, struct rest_call *call)
{
	call->next = NULL;
	*queue->lists[call->priority].end = call;
	queue->lists[call->priority].end = &call->next;
}

struct rest_call *
rest_queue_next(const struct rest_queue *queue)
{
	struct rest_call *small = queue->lists[REST_SMALL].first;
	struct rest_call *backfill = queue->lists[REST_BACKFILL].first;
	struct rest_call *history = queue->lists[REST_HISTORY].first;

	if (small != NULL)
		return small;
	if (backfill == NULL || (history != NULL && queue->backfills >= REST_QUEUE_BACKFILLS))
		return history;
	return backfill;
}

struct rest_call *
rest_queue_take(struct rest_queue *queue)
{
	struct rest_call *call = rest_queue_next(queue);

	if (call == NULL || !rest_queue_remove(queue, call))
		return NULL;
	if (call->priority == REST_HISTORY)
		queue->backfills = 0;
	else if (call->priority == REST_BACKFILL)
		queue->backfills++;
	return call;
}

bool
rest_queue_remove(struct rest_queue *queue, struct rest_call *call)
{
	struct rest_call **at = &queue->lists[call->priority].first;

	while (*at != NULL && *at != call)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	*at = call->next;
	if (*at == NULL)
		queue->lists[call->priority].end = at;
	return true;
}
