#define _GNU_SOURCE
#include "tickd/rest/backfill.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tickd/feed/binance_streams.h"
#include "tickd/rest/absences.h"
#include "tickd/rest/backfill_answer.h"
#include "tickd/rest/backfill_due.h"
#include "tickd/rest/backfill_page.h"
#include "tickd/rest/backfill_progress.h"
#include "tickd/rest/backfill_report.h"
#include "tickd/rest/look.h"
#include "tickd/rest/rate_limit.h"
#include "tickd/rest/rest.h"
#include "tickd/rest/trades_answer.h"
#include "tickd/store/storage.h"

#define PAGES 2 /* in memory: one that is stored, one that is fetched meanwhile */
#define REFUSALS_MAX 3 /* "no such symbol" so often in a row is believed */
#define REFUSED_US INT64_C(60000000) /* after any other 4xx it is not asked again for so long */
#define FAILED_US INT64_C(60000000)  /* after a page that storage did not take */

#define NO_SUCH_IDS "the exchange has no such ids"
#define NO_SUCH_SYMBOL "the exchange does not know the symbol"

struct backfill {
	const struct settings *settings;
	enum tick_ids kind;
	struct rest *rest;
	struct storage *storage;
	struct look look; /* for something to do */
	bool stopping;
	struct backfill_due *dues; /* one a symbol */
	struct absences absences;
	struct backfill_progress progress;
	struct backfill_report report;
	int64_t refused_until_us; /* monotonic */

	struct rest_call *call;
	size_t symbol; /* asked for last: its gap, and the ids that the page may bring */
	struct gap gap, asked;
	int64_t limit;

	struct trades_row rows[TRADES_ANSWER_MAX];
	struct backfill_page pages[PAGES];
};

static void go_on(struct backfill *backfill);

/* ---- pages ---- */

static struct backfill_page *
free_page(struct backfill *backfill)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!backfill->pages[i].busy)
			return &backfill->pages[i];
	return NULL;
}

/* For an answer: where all are busy, nothing is asked. */
static struct backfill_page *
page_to_fill(struct backfill *backfill)
{
	struct backfill_page *page = free_page(backfill);

	assert(page != NULL);
	return page;
}

static bool
any_page_busy(const struct backfill *backfill)
{
	for (size_t i = 0; i < PAGES; i++)
		if (backfill->pages[i].busy)
			return true;
	return false;
}

static void
free_backfill(struct backfill *backfill)
{
	free(backfill->dues);
	free(backfill);
}

static void
note_stored(struct backfill *backfill, const struct backfill_page *page, int result)
{
	struct backfill_due *due = &backfill->dues[page->symbol];
	int64_t now_us = clock_monotonic_us();

	if (result < 0) {
		due->not_before_us = now_us + FAILED_US;
		return;
	}
	for (size_t i = 0; i < page->hole_count; i++)
		backfill_report_given_up(&backfill->report, page->symbol, page->holes[i].first_id,
		    page->holes[i].last_id, page->reason);
	/* Asked for again at once, what does not count would go on so for ever. */
	if (backfill_page_was_useless(page, backfill->storage))
		backfill_due_retry(due, now_us);
	else if (page->tick_count > 0)
		due->retries = 0;
}

static void
on_stored(void *context, struct backfill_page *page, int result)
{
	struct backfill *backfill = context;

	backfill->dues[page->symbol].pages--;
	if (!backfill->stopping) {
		note_stored(backfill, page, result);
		go_on(backfill);
	} else if (!any_page_busy(backfill)) {
		free_backfill(backfill);
	}
}

static void
submit(struct backfill *backfill, struct backfill_page *page, int64_t next_id)
{
	page->symbol = backfill->symbol;
	backfill->dues[page->symbol].pages++;
	backfill->dues[page->symbol].next_id = next_id;
	backfill_page_submit(page, backfill->storage, on_stored, backfill);
}

/* ---- what came ---- */

/* What was passed over twice goes with the page. */
static void
note_holes(struct backfill *backfill, const struct backfill_reading *reading,
    struct backfill_page *page, int64_t now_us)
{
	struct backfill_due *due = &backfill->dues[backfill->symbol];

	page->hole_count = 0;
	page->reason = NO_SUCH_IDS;
	for (size_t i = 0; i < reading->hole_count; i++) {
		struct backfill_hole *hole = &page->holes[page->hole_count];

		if (!absences_note(&backfill->absences, backfill->symbol,
			reading->holes[i].first_id, reading->holes[i].last_id, now_us,
			&hole->first_id, &hole->last_id))
			continue;
		due->given_up += hole->last_id - hole->first_id + 1;
		page->hole_count++;
	}
}

static void
take_rows(struct backfill *backfill, size_t count, const struct backfill_reading *reading)
{
	struct backfill_due *due = &backfill->dues[backfill->symbol];
	struct backfill_page *page = page_to_fill(backfill);
	bool early = (int64_t)count < backfill->limit && reading->until_id < backfill->gap.last_id;
	int64_t now_us = clock_monotonic_us();
	bool useful;

	note_holes(backfill, reading, page, now_us);
	page->tick_count = 0;
	for (size_t i = 0; i < reading->count; i++)
		if (backfill->rows[i].trade_count > 0)
			trades_answer_tick(backfill->kind, &backfill->rows[i],
			    (uint32_t)backfill->symbol, &page->ticks[page->tick_count++]);
	useful = page->tick_count > 0 || page->hole_count > 0;
	/* REST lags behind the stream: what is not there yet comes later. */
	if (early || !useful)
		backfill_due_retry(due, now_us);
	if (useful)
		submit(backfill, page, reading->until_id + 1);
}

static void
take_body(struct backfill *backfill, const struct http_answer *answer)
{
	struct backfill_due *due = &backfill->dues[backfill->symbol];
	struct backfill_reading reading;
	int count = trades_answer_parse(backfill->kind, answer->body, answer->length,
	    backfill->rows);

	if (count >= 0 && count <= backfill->limit &&
	    backfill_answer_read(backfill->rows, (size_t)count, &backfill->asked, &reading) == 0) {
		due->refusals = 0;
		take_rows(backfill, (size_t)count, &reading);
		return;
	}
	backfill_report_failed(&backfill->report, backfill->symbol, backfill->asked.first_id,
	    "the answer is not what was asked for");
	backfill_due_retry(due, clock_monotonic_us());
}

/* All of the gap that is left. */
static void
give_up(struct backfill *backfill, const char *reason)
{
	struct backfill_page *page = page_to_fill(backfill);
	int64_t first_id = backfill->asked.first_id, last_id = backfill->gap.last_id;

	page->tick_count = 0;
	page->hole_count = 1;
	page->holes[0] = (struct backfill_hole){first_id, last_id};
	page->reason = reason;
	backfill->dues[backfill->symbol].given_up += last_id - first_id + 1;
	submit(backfill, page, last_id + 1);
}

static void
take_refusal(struct backfill *backfill, const struct http_answer *answer)
{
	struct backfill_due *due = &backfill->dues[backfill->symbol];
	int64_t now_us = clock_monotonic_us();
	int code = trades_answer_code(answer->body, answer->length);
	char why[100];

	if (code == TRADES_ANSWER_BAD_SYMBOL && ++due->refusals >= REFUSALS_MAX) {
		give_up(backfill, NO_SUCH_SYMBOL);
	} else if (code == TRADES_ANSWER_BAD_SYMBOL) {
		backfill_due_retry(due, now_us);
	} else {
		due->not_before_us = now_us + REFUSED_US;
		/* It holds for all symbols, as from a host that does not have this call. */
		if (answer->status != 400)
			backfill->refused_until_us = now_us + REFUSED_US;
		snprintf(why, sizeof(why), "HTTP status %d, code %d: does it serve this call?",
		    answer->status, code);
		backfill_report_failed(&backfill->report, backfill->symbol,
		    backfill->asked.first_id, why);
	}
}

static void
on_answer(void *context, const struct http_answer *answer)
{
	struct backfill *backfill = context;

	backfill->call = NULL;
	if (answer->status == 200)
		take_body(backfill, answer);
	else if (rate_limit_answered(answer->status))
		take_refusal(backfill, answer);
	else if (answer->status == 0 || answer->status >= 500)
		/* The queue waits and says so; should it be this symbol's fault, another's turn. */
		backfill_due_retry(&backfill->dues[backfill->symbol], clock_monotonic_us());
	go_on(backfill);
}

/* ---- asking ---- */

static void
ask(struct backfill *backfill, int64_t now_us)
{
	static const struct {
		const char *path;
		int weight;
	} calls[] = {
		[TICK_IDS_TRADE] = {"historicalTrades", 25},
		[TICK_IDS_AGGREGATE] = {"aggTrades", 4},
	};
	const char *name = backfill->settings->binance.symbols.items[backfill->symbol];
	char symbol[REST_SYMBOL_SIZE], path[REST_SYMBOL_SIZE + 160];

	backfill->limit = backfill->asked.last_id - backfill->asked.first_id + 1;
	if (backfill->limit > TRADES_ANSWER_MAX)
		backfill->limit = TRADES_ANSWER_MAX;
	backfill_report_asked(&backfill->report, backfill->symbol,
	    &backfill->dues[backfill->symbol], now_us);
	snprintf(path, sizeof(path), "/api/v3/%s?symbol=%s&fromId=%" PRId64 "&limit=%" PRId64,
	    calls[backfill->kind].path, rest_symbol(name, symbol), backfill->asked.first_id,
	    backfill->limit);
	backfill->call = rest_get(backfill->rest, path, calls[backfill->kind].weight, REST_BACKFILL,
	    on_answer, backfill);
	if (backfill->call == NULL)
		look_within(&backfill->look, BACKFILL_RETRY_MIN_US);
}

/* What the ledger says of the symbol now.  Returns when it may be asked for; INT64_MAX: not. */
static int64_t
look_at_symbol(struct backfill *backfill, size_t symbol, int64_t now_us)
{
	struct backfill_due *due = &backfill->dues[symbol];
	struct store_symbol stored;
	int64_t from_id, at_us, absent_us, filled;

	storage_symbol(backfill->storage, symbol, &stored);
	filled = backfill_due_update(due, &stored, now_us);
	if (filled > 0)
		backfill_progress_add(&backfill->progress, filled, now_us);
	backfill->report.trades += filled;
	backfill_report_closed(&backfill->report, symbol, due, now_us);
	absences_forget(&backfill->absences, symbol,
	    due->gap.first_id == TICK_NONE ? INT64_MAX : due->gap.first_id);
	from_id = backfill_due_from(due);
	if (from_id == TICK_NONE)
		return INT64_MAX;
	at_us = backfill_due_at(due);
	absent_us = absences_due_us(&backfill->absences, symbol, from_id);
	return absent_us > at_us ? absent_us : at_us;
}

/* The oldest gap that may be asked for; false when there is none before *ret_at_us. */
static bool
choose(struct backfill *backfill, int64_t now_us, int64_t *ret_at_us)
{
	bool found = false, open = false;

	*ret_at_us = INT64_MAX;
	for (size_t i = 0; i < backfill->settings->binance.symbols.count; i++) {
		const struct backfill_due *due = &backfill->dues[i];
		int64_t at_us = look_at_symbol(backfill, i, now_us);

		open = open || due->gap.first_id != TICK_NONE || due->pages > 0;
		if (at_us > now_us) {
			*ret_at_us = at_us < *ret_at_us ? at_us : *ret_at_us;
			continue;
		}
		if (found && due->gap.from_us >= backfill->gap.from_us)
			continue;
		found = true;
		backfill->symbol = i;
		backfill->gap = due->gap;
		backfill->asked = backfill_due_page(due, backfill_due_from(due));
	}
	if (!open)
		backfill_report_done(&backfill->report, now_us);
	return found;
}

static void
go_on(struct backfill *backfill)
{
	int64_t now_us = clock_monotonic_us(), at_us;

	if (backfill->stopping || backfill->call != NULL || free_page(backfill) == NULL)
		return;
	if (now_us < backfill->refused_until_us)
		look_within(&backfill->look, backfill->refused_until_us - now_us);
	else if (choose(backfill, now_us, &at_us))
		ask(backfill, now_us);
	else if (at_us != INT64_MAX)
		look_within(&backfill->look, at_us - now_us);
}

static void
on_look(void *context)
{
	go_on(context);
}

void
backfill_poke(struct backfill *backfill)
{
	look_within(&backfill->look, LOOK_SOON_US);
}

/* ---- the whole ---- */

json_t *
backfill_status(const struct backfill *backfill)
{
	double rate = backfill_progress_rate(&backfill->progress, clock_monotonic_us());
	bool busy = backfill->call != NULL || any_page_busy(backfill);
	const char *state = busy && !rest_waiting(backfill->rest) ? "filling" : "waiting";
	const struct string_list *symbols = &backfill->settings->binance.symbols;
	int64_t missing = 0, filled = 0;

	for (size_t i = 0; i < symbols->count; i++) {
		struct store_symbol stored;

		storage_symbol(backfill->storage, i, &stored);
		missing += stored.missing;
		filled += stored.backfilled;
	}
	return json_pack("{s:s, s:s?, s:I, s:I, s:f, s:o}", "state", missing == 0 ? "idle" : state,
	    "symbol", busy ? symbols->items[backfill->symbol] : NULL, "missing",
	    (json_int_t)missing, "filled", (json_int_t)filled, "per_second", rate, "eta_s",
	    missing > 0 && rate > 0 ? json_integer((json_int_t)((double)missing / rate)) :
				      json_null());
}

struct backfill *
backfill_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context)
{
	struct backfill *backfill = calloc(1, sizeof(*backfill));

	if (backfill == NULL)
		return NULL;
	backfill->settings = settings;
	backfill->kind = binance_streams_ids(&settings->binance.streams);
	backfill->rest = rest;
	backfill->storage = storage;
	backfill->report = (struct backfill_report){
		.symbols = &settings->binance.symbols,
		.host = rest_host(rest),
		.tell = tell,
		.context = context,
	};
	backfill->dues = calloc(settings->binance.symbols.count + 1, sizeof(backfill->dues[0]));
	if (look_init(&backfill->look, loop, on_look, backfill) < 0 || backfill->dues == NULL) {
		look_finish(&backfill->look);
		free_backfill(backfill);
		return NULL;
	}
	for (size_t i = 0; i < settings->binance.symbols.count; i++)
		backfill_due_init(&backfill->dues[i]);
	return backfill;
}

void
backfill_stop(struct backfill *backfill)
{
	backfill->stopping = true;
	look_finish(&backfill->look);
	if (backfill->call != NULL)
		rest_cancel(backfill->call);
	if (!any_page_busy(backfill))
		free_backfill(backfill);
}
