#define _GNU_SOURCE
#include "tickd/rest/first_slot.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/candle.h"
#include "common/clock.h"
#include "tickd/feed/binance_streams.h"
#include "tickd/rest/look.h"
#include "tickd/rest/rate_limit.h"
#include "tickd/rest/rest.h"
#include "tickd/rest/trades_answer.h"
#include "tickd/store/storage.h"

#define AGG_TRADES_WEIGHT 4
#define TRIES_MAX 12 /* with their delays some five minutes: REST lags by seconds at the most */
#define RETRY_MIN_US INT64_C(1000000)
#define RETRY_MAX_US INT64_C(30000000)

/* One symbol. */
struct state {
	int64_t slot_us;       /* that all this is about: an import may begin in an earlier one */
	int64_t not_before_us; /* monotonic */
	int64_t end_ms;	       /* what is asked for ends here; 0: with the slot */
	int tries;
	bool done; /* never to be known by this run */
};

struct first_slot {
	const struct settings *settings;
	enum tick_ids kind; /* of the ids that are stored */
	struct rest *rest;
	struct storage *storage;
	feed_tell *tell;
	void *context;
	struct look look;
	bool stopping;
	struct rest_call *call;
	struct state *states;
	size_t turn; /* the symbol that is looked at first: none waits for another one's failures */

	/* what is asked, or stored */
	struct storage_job job;
	bool storing;
	size_t symbol;
	int64_t slot_us, first_id; /* of the stored ticks; then the exchange's first */
	struct trades_row rows[TRADES_ANSWER_MAX];
};

static void go_on(struct first_slot *first);

static const char *
symbol_name(const struct first_slot *first)
{
	return first->settings->binance.symbols.items[first->symbol];
}

/* ---- storing ---- */

static void
give_up(struct first_slot *first, const char *why)
{
	char sentence[400];

	first->states[first->symbol].done = true;
	snprintf(sentence, sizeof(sentence),
	    "the slot of the first tick stays incomplete: %.100s: %.200s", rest_host(first->rest),
	    why);
	first->tell(first->context, LOG_WARNING, "first-slot-unknown", symbol_name(first),
	    sentence);
}

static struct first_slot *
of_job(struct storage_job *job)
{
	return (struct first_slot *)((char *)job - offsetof(struct first_slot, job));
}

static int
run_job(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct first_slot *first = of_job(job);

	return store_begin_at(store, first->symbol, first->slot_us, first->first_id,
	    clock_wall_us());
}

static void
free_first(struct first_slot *first)
{
	free(first->states);
	free(first);
}

static void
on_stored(struct storage_job *job, int result)
{
	struct first_slot *first = of_job(job);

	first->storing = false;
	if (first->stopping) {
		free_first(first);
		return;
	}
	if (result < 0)
		give_up(first, "what it says does not fit the stored ticks");
	go_on(first);
}

static void
store(struct first_slot *first, int64_t first_id)
{
	first->states[first->symbol].done = true;
	first->first_id = first_id;
	first->storing = true;
	first->job = (struct storage_job){.run = run_job, .done = on_stored};
	storage_submit(first->storage, &first->job);
}

/* ---- what came ---- */

/* Asks again a few times: REST lags behind the stream. */
static void
again(struct first_slot *first, const char *why)
{
	struct state *state = &first->states[first->symbol];
	int64_t delay_us = RETRY_MIN_US;

	for (int i = 0; i < state->tries && delay_us < RETRY_MAX_US; i++)
		delay_us *= 2;
	if (delay_us > RETRY_MAX_US)
		delay_us = RETRY_MAX_US;
	state->not_before_us = clock_monotonic_us() + delay_us;
	if (++state->tries >= TRIES_MAX)
		give_up(first, why);
}

/*
 * A full page need not begin with the first trade: asked by time, the exchange has been seen to
 * count the limit from the end.  So what lies before it is asked for, until a page is not full.
 */
static void
narrow(struct first_slot *first)
{
	struct state *state = &first->states[first->symbol];
	int64_t end_ms = first->rows[0].time_ms;

	if (state->end_ms == end_ms) /* a page of one millisecond: not to be told apart */
		again(first, "more trades in a millisecond than an answer holds");
	state->end_ms = end_ms;
}

static void
take_rows(struct first_slot *first, int count)
{
	const struct trades_row *row = &first->rows[0];
	int left = count;
	int64_t id;

	while (left > 0 && row->trade_count == 0) { /* withdrawn */
		row++;
		left--;
	}
	id = first->kind == TICK_IDS_AGGREGATE ? row->id : row->first_trade_id;
	if (left == 0)
		again(first, "it knows no trade of that slot");
	else if (row->time_ms * CLOCK_MS_US < first->slot_us || id > first->first_id)
		again(first, "the answer is not what was asked for");
	else if (count == TRADES_ANSWER_MAX)
		narrow(first);
	else
		store(first, id);
}

static void
on_answer(void *context, const struct http_answer *answer)
{
	struct first_slot *first = context;
	char why[200];
	int count;

	first->call = NULL;
	if (answer->status == 200) {
		count = trades_answer_parse(TICK_IDS_AGGREGATE, answer->body, answer->length,
		    first->rows);
		if (count < 0)
			again(first, "the answer is not what was asked for");
		else
			take_rows(first, count);
	} else if (rate_limit_answered(answer->status)) {
		rate_limit_explain(answer->status, answer->reason, why, sizeof(why));
		again(first, why);
	} /* any other failure is the queue's, which says so and waits */
	go_on(first);
}

/* ---- asking ---- */

static void
ask(struct first_slot *first)
{
	char symbol[REST_SYMBOL_SIZE], path[REST_SYMBOL_SIZE + 160];
	int64_t end_ms = first->states[first->symbol].end_ms;

	if (end_ms == 0)
		end_ms = (first->slot_us + CANDLE_M5_US) / CLOCK_MS_US - 1;
	snprintf(path, sizeof(path),
	    "/api/v3/aggTrades?symbol=%s&startTime=%" PRId64 "&endTime=%" PRId64 "&limit=%d",
	    rest_symbol(symbol_name(first), symbol), first->slot_us / CLOCK_MS_US, end_ms,
	    TRADES_ANSWER_MAX);
	first->call =
	    rest_get(first->rest, path, AGG_TRADES_WEIGHT, REST_BACKFILL, on_answer, first);
	if (first->call == NULL)
		look_within(&first->look, RETRY_MIN_US);
}

/* Finds a symbol whose first slot is not known; false when there is none, or not before that. */
static bool
next_symbol(struct first_slot *first, int64_t now_us, int64_t *ret_at_us)
{
	size_t count = first->settings->binance.symbols.count;

	*ret_at_us = INT64_MAX;
	for (size_t n = 0; n < count; n++) {
		size_t i = (first->turn + n) % count;
		struct state *state = &first->states[i];
		struct store_symbol stored;

		storage_symbol(first->storage, i, &stored);
		if (stored.whole_from_us != TICK_NONE || stored.first_us == TICK_NONE ||
		    stored.first_id == TICK_NONE)
			continue;
		if (state->slot_us != candle_slot(stored.first_us))
			*state = (struct state){.slot_us = candle_slot(stored.first_us)};
		if (state->done)
			continue;
		first->symbol = i;
		first->slot_us = candle_slot(stored.first_us);
		first->first_id = stored.first_id;
		if (state->not_before_us <= now_us) {
			first->turn = i + 1;
			return true;
		}
		if (state->not_before_us < *ret_at_us)
			*ret_at_us = state->not_before_us;
	}
	return false;
}

static void
go_on(struct first_slot *first)
{
	int64_t now_us = clock_monotonic_us(), at_us;

	if (first->stopping || first->storing || first->call != NULL)
		return;
	if (next_symbol(first, now_us, &at_us))
		ask(first);
	else if (at_us != INT64_MAX)
		look_within(&first->look, at_us - now_us);
}

static void
on_look(void *context)
{
	go_on(context);
}

void
first_slot_poke(struct first_slot *first)
{
	if (first->settings->binance.history_us > 0)
		look_within(&first->look, LOOK_SOON_US);
}

/* ---- the whole ---- */

struct first_slot *
first_slot_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context)
{
	struct first_slot *first = calloc(1, sizeof(*first));

	if (first == NULL)
		return NULL;
	first->settings = settings;
	first->kind = binance_streams_ids(&settings->binance.streams);
	first->rest = rest;
	first->storage = storage;
	first->tell = tell;
	first->context = context;
	first->states = calloc(settings->binance.symbols.count + 1, sizeof(first->states[0]));
	if (look_init(&first->look, loop, on_look, first) < 0 || first->states == NULL) {
		look_finish(&first->look);
		free_first(first);
		return NULL;
	}
	return first;
}

void
first_slot_stop(struct first_slot *first)
{
	first->stopping = true;
	look_finish(&first->look);
	if (first->call != NULL)
		rest_cancel(first->call);
	if (!first->storing)
		free_first(first);
}
