/*
 * News that wait for their transaction: told once it is committed, forgotten when it is not.
 */
#ifndef ANALYSISD_DTMS_NEWS_QUEUE_H
#define ANALYSISD_DTMS_NEWS_QUEUE_H

#include <stddef.h>

#include "analysisd/dtms/dtms_tools.h"

struct news_queue {
	struct news_kept *all;
	size_t count, room;
};

/* Starts zero-initialised. */
void
news_queue_finish(struct news_queue *queue);

/* Keeps a copy: symbol, account and reason may change; the other texts are names of ours. */
__attribute__((warn_unused_result)) int
news_queue_add(struct news_queue *queue, const struct dtms_news *news);

/* Tells all, in order, and forgets them; `callback` may be NULL. */
void
news_queue_tell(struct news_queue *queue, dtms_news_callback *callback, void *context);

#endif
