/* A page of a backfill on its way into storage. */
#ifndef TICKD_BACKFILL_PAGE_H
#define TICKD_BACKFILL_PAGE_H

#include <stdbool.h>

#include "common/tick.h"
#include "tickd/rest/backfill_answer.h"
#include "tickd/store/storage.h"

/* Its maker's until it is submitted, and again once it comes back: nobody writes it meanwhile. */
struct backfill_page {
	struct storage_job job; /* first: it is all that storage knows */
	bool busy;
	size_t symbol;
	size_t tick_count;
	struct tick ticks[TRADES_ANSWER_MAX];
	size_t hole_count; /* what is given up, and why (a string that lives on) */
	struct backfill_hole holes[BACKFILL_HOLES_MAX];
	const char *reason;
	void (*stored)(void *context, struct backfill_page *page, int result);
	void *context;
};

/* `stored` comes once, on the loop, with page->busy taken back. */
void
backfill_page_submit(struct backfill_page *page, struct storage *storage,
    void (*stored)(void *context, struct backfill_page *page, int result), void *context);

/* True where a tick of the page is missing in the ledger still, though it was stored. */
bool
backfill_page_was_useless(const struct backfill_page *page, struct storage *storage);

#endif
