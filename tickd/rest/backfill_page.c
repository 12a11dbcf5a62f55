#include "tickd/rest/backfill_page.h"

#include "common/clock.h"

/* Storage thread.  Each step may be done again where a later one failed. */
static int
run(struct storage_job *job, struct store *store, struct database *db, struct store_result *ret)
{
	struct backfill_page *page = (struct backfill_page *)job;
	int64_t now_us = clock_wall_us();
	int result = 0;

	if (page->tick_count > 0)
		result = store_add_page(store, page->symbol, page->ticks, page->tick_count, now_us,
		    ret);
	for (size_t i = 0; i < page->hole_count && result == 0; i++)
		result = store_give_up(store, page->symbol, page->holes[i].first_id,
		    page->holes[i].last_id, page->reason, now_us);
	return result;
}

static void
on_done(struct storage_job *job, int result)
{
	struct backfill_page *page = (struct backfill_page *)job;

	page->busy = false;
	page->stored(page->context, page, result);
}

void
backfill_page_submit(struct backfill_page *page, struct storage *storage,
    void (*stored)(void *context, struct backfill_page *page, int result), void *context)
{
	page->busy = true;
	page->stored = stored;
	page->context = context;
	page->job = (struct storage_job){.run = run, .done = on_done};
	storage_submit(storage, &page->job);
}

bool
backfill_page_was_useless(const struct backfill_page *page, struct storage *storage)
{
	struct store_symbol stored;

	storage_symbol(storage, page->symbol, &stored);
	for (size_t i = 0; i < page->tick_count; i++)
		if (page->ticks[i].tick_id == stored.due.first_id)
			return true;
	return false;
}
