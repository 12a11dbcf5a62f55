#include "analysisd/dtms/news_queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysisd/dtms/trade.h"

#define REASON_SIZE 256 /* bytes; a longer one is cut */

struct news_kept {
	struct dtms_news news;
	char source[TRADE_NAME_MAX], symbol[TRADE_NAME_MAX], account[TRADE_NAME_MAX];
	char reason[REASON_SIZE];
};

void
news_queue_finish(struct news_queue *queue)
{
	free(queue->all);
}

int
news_queue_add(struct news_queue *queue, const struct dtms_news *news)
{
	struct news_kept *kept;

	if (queue->count == queue->room) {
		size_t room = queue->room == 0 ? 16 : 2 * queue->room;

		kept = reallocarray(queue->all, room, sizeof(*kept));
		if (kept == NULL)
			return -ENOMEM;
		queue->all = kept;
		queue->room = room;
	}
	kept = &queue->all[queue->count++];
	kept->news = *news;
	snprintf(kept->source, sizeof(kept->source), "%s", news->source);
	snprintf(kept->symbol, sizeof(kept->symbol), "%s", news->symbol);
	snprintf(kept->account, sizeof(kept->account), "%s", news->account);
	snprintf(kept->reason, sizeof(kept->reason), "%s", news->reason);
	return 0;
}

void
news_queue_tell(struct news_queue *queue, dtms_news_callback *callback, void *context)
{
	for (size_t i = 0; i < queue->count && callback != NULL; i++) {
		struct news_kept *kept = &queue->all[i];

		kept->news.source = kept->source;
		kept->news.symbol = kept->symbol;
		kept->news.account = kept->account;
		kept->news.reason = kept->reason;
		callback(context, &kept->news);
	}
	queue->count = 0;
}
