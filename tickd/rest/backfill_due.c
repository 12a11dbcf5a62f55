#include "tickd/rest/backfill_due.h"

#include "tickd/rest/trades_answer.h"

void
backfill_due_init(struct backfill_due *due)
{
	*due = (struct backfill_due){
		.gap.first_id = TICK_NONE,
		.first_id = TICK_NONE,
		.last_id = TICK_NONE,
	};
}

/* A gap shrinks while it is filled; it is another one only when no id is in both. */
static bool
same_gap(const struct gap *a, const struct gap *b)
{
	return a->first_id != TICK_NONE && a->first_id <= b->last_id && a->last_id >= b->first_id;
}

int64_t
backfill_due_update(struct backfill_due *due, const struct store_symbol *stored, int64_t now_us)
{
	int64_t filled = stored->backfilled - due->backfilled;

	if (stored->due.first_id != TICK_NONE && !same_gap(&due->gap, &stored->due))
		due->seen_us = now_us;
	due->gap = stored->due;
	due->more = stored->gaps > 1;
	due->newest_id = stored->newest_id;
	due->newest_us = stored->newest_us;
	due->backfilled = stored->backfilled;
	due->fetched += filled;
	return filled;
}

bool
backfill_due_closed(const struct backfill_due *due)
{
	return due->first_id != TICK_NONE && due->pages == 0 &&
	    (due->gap.first_id == TICK_NONE || due->gap.first_id > due->last_id);
}

int64_t
backfill_due_from(const struct backfill_due *due)
{
	int64_t from_id = due->gap.first_id;

	if (from_id == TICK_NONE)
		return TICK_NONE;
	/* What is on its way into storage is still missing in the ledger. */
	if (due->pages > 0 && due->next_id > from_id)
		from_id = due->next_id;
	return from_id <= due->gap.last_id ? from_id : TICK_NONE;
}

struct gap
backfill_due_page(const struct backfill_due *due, int64_t from_id)
{
	struct gap page = due->gap;
	int64_t reach_id = from_id + TRADES_ANSWER_MAX - 1;

	page.first_id = from_id;
	if (!due->more || page.last_id >= reach_id || due->newest_id <= page.last_id)
		return page;
	page.last_id = due->newest_id < reach_id ? due->newest_id : reach_id;
	page.to_us = due->newest_us;
	return page;
}

int64_t
backfill_due_at(const struct backfill_due *due)
{
	bool fresh = due->newest_us == TICK_NONE || due->gap.to_us == TICK_NONE ||
	    due->newest_us - due->gap.to_us < BACKFILL_FRESH_US;
	int64_t at_us = fresh ? due->seen_us + BACKFILL_FRESH_US : due->seen_us;

	return at_us > due->not_before_us ? at_us : due->not_before_us;
}

void
backfill_due_retry(struct backfill_due *due, int64_t now_us)
{
	int64_t delay_us = BACKFILL_RETRY_MIN_US;

	for (int i = 0; i < due->retries && delay_us < BACKFILL_RETRY_MAX_US; i++)
		delay_us *= 2;
	due->retries++;
	due->not_before_us =
	    now_us + (delay_us < BACKFILL_RETRY_MAX_US ? delay_us : BACKFILL_RETRY_MAX_US);
}
