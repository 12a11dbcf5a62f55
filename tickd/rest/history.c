#define _GNU_SOURCE
#include "tickd/rest/history.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/candle.h"
#include "common/clock.h"
#include "tickd/rest/klines.h"
#include "tickd/rest/look.h"
#include "tickd/rest/rate_limit.h"
#include "tickd/rest/rest.h"
#include "tickd/store/storage.h"

#define KLINES_WEIGHT 2
#define RETRY_MIN_US INT64_C(1000000) /* after an answer that is of no use, doubling ... */
#define RETRY_MAX_US INT64_C(600000000)

/* One symbol: when it may be asked for again, and how often in a row it was of no use. */
struct state {
	int64_t not_before_us; /* monotonic */
	int failures;
	bool done;
};

struct history {
	const struct settings *settings;
	struct rest *rest;
	struct storage *storage;
	feed_tell *tell;
	void *context;
	struct look look; /* for something to do */
	bool stopping;
	struct rest_call *call;
	struct state *states;
	size_t turn; /* the symbol that is looked at first: none waits for another one's failures */

	/* the page that is fetched, or stored */
	struct storage_job job;
	bool storing;
	size_t symbol;
	int64_t from_us, until_us; /* of its symbol */
	size_t page_count;
	int64_t page_until_us;
	struct candle candles[KLINES_MAX];
};

static void go_on(struct history *history);

static const char *
symbol_name(const struct history *history)
{
	return history->settings->binance.symbols.items[history->symbol];
}

/* ---- what came ---- */

/* Says what is wrong with the answer: once until it is right again. */
static void
note_failure(struct history *history, const struct http_answer *answer)
{
	struct state *state = &history->states[history->symbol];
	int64_t delay_us = RETRY_MIN_US;
	char why[200], sentence[400];

	for (int i = 0; i < state->failures && delay_us < RETRY_MAX_US; i++)
		delay_us *= 2;
	if (delay_us > RETRY_MAX_US)
		delay_us = RETRY_MAX_US;
	state->not_before_us = clock_monotonic_us() + delay_us;
	if (state->failures++ > 0)
		return;
	rate_limit_explain(answer->status, answer->reason, why, sizeof(why));
	snprintf(sentence, sizeof(sentence),
	    "history cannot be fetched from %.100s: %.200s; it is tried again",
	    rest_host(history->rest), why);
	history->tell(history->context, LOG_WARNING, "history-failed", symbol_name(history),
	    sentence);
}

static bool
take_body(struct history *history, const struct http_answer *answer)
{
	int64_t last_us = 0;
	size_t rows = 0;
	int count = klines_parse(answer->body, answer->length, history->from_us,
	    history->until_us, history->candles, &rows, &last_us);

	/* A full page that ends before where we stand would be asked for again for ever. */
	if (count < 0 || (rows == KLINES_MAX && last_us < history->from_us))
		return false;
	history->page_count = (size_t)count;
	/* A short page is the last one: what lies behind it was never traded. */
	history->page_until_us = rows < KLINES_MAX ? history->until_us : last_us + CANDLE_M5_US;
	return true;
}

/* ---- storing ---- */

static struct history *
of_job(struct storage_job *job)
{
	return (struct history *)((char *)job - offsetof(struct history, job));
}

static int
run_job(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct history *history = of_job(job);

	return store_add_history(store, history->symbol, history->candles, history->page_count,
	    history->page_until_us, clock_wall_us());
}

static void
free_history(struct history *history)
{
	free(history->states);
	free(history);
}

static void
on_stored(struct storage_job *job, int result)
{
	struct history *history = of_job(job);
	struct state *state = &history->states[history->symbol];

	history->storing = false;
	if (history->stopping) {
		free_history(history);
		return;
	}
	if (result < 0) {
		state->not_before_us = clock_monotonic_us() + RETRY_MAX_US;
	} else if (history->page_until_us >= history->until_us) {
		state->done = true;
		history->tell(history->context, LOG_INFO, "history-stored", symbol_name(history),
		    "history before the first tick is stored");
	}
	go_on(history);
}

static void
on_answer(void *context, const struct http_answer *answer)
{
	struct history *history = context;

	history->call = NULL;
	if (answer->status == 200 && take_body(history, answer)) {
		history->states[history->symbol].failures = 0;
		history->storing = true;
		history->job = (struct storage_job){.run = run_job, .done = on_stored};
		storage_submit(history->storage, &history->job);
		return;
	}
	/* Any other failure is the queue's, which says so and waits. */
	if (rate_limit_answered(answer->status))
		note_failure(history, answer);
	go_on(history);
}

/* ---- asking ---- */

static void
fetch(struct history *history)
{
	char symbol[REST_SYMBOL_SIZE], path[REST_SYMBOL_SIZE + 160];

	snprintf(path, sizeof(path),
	    "/api/v3/klines?symbol=%s&interval=5m&startTime=%" PRId64 "&endTime=%" PRId64
	    "&limit=%d", rest_symbol(symbol_name(history), symbol), history->from_us / CLOCK_MS_US,
	    history->until_us / CLOCK_MS_US - 1, KLINES_MAX);
	history->call =
	    rest_get(history->rest, path, KLINES_WEIGHT, REST_HISTORY, on_answer, history);
	if (history->call == NULL)
		look_within(&history->look, RETRY_MIN_US);
}

/* Where the history of a symbol ends and how far it is stored; false while nothing is known. */
static bool
find_range(struct history *history, size_t symbol)
{
	struct store_symbol stored;

	storage_symbol(history->storage, symbol, &stored);
	if (stored.first_us == TICK_NONE)
		return false;
	history->until_us = candle_slot(stored.first_us);
	/* Where ticks began once; they may be gone since. */
	if (stored.whole_from_us != TICK_NONE && stored.whole_from_us < history->until_us)
		history->until_us = stored.whole_from_us;
	history->from_us = stored.history_until_us != TICK_NONE ? stored.history_until_us :
	    candle_slot(history->until_us - history->settings->binance.history_us);
	return true;
}

/* Finds the next page to fetch; false when there is none, or not before *ret_at_us. */
static bool
next_page(struct history *history, int64_t now_us, int64_t *ret_at_us)
{
	size_t count = history->settings->binance.symbols.count;

	*ret_at_us = INT64_MAX;
	for (size_t n = 0; n < count; n++) {
		size_t i = (history->turn + n) % count;
		struct state *state = &history->states[i];

		if (state->done || !find_range(history, i))
			continue;
		history->symbol = i;
		state->done = history->from_us >= history->until_us;
		if (!state->done && state->not_before_us <= now_us) {
			history->turn = i + 1;
			return true;
		}
		if (!state->done && state->not_before_us < *ret_at_us)
			*ret_at_us = state->not_before_us;
	}
	return false;
}

static void
go_on(struct history *history)
{
	int64_t now_us = clock_monotonic_us(), at_us;

	if (history->stopping || history->storing || history->call != NULL)
		return;
	if (next_page(history, now_us, &at_us))
		fetch(history);
	else if (at_us != INT64_MAX)
		look_within(&history->look, at_us - now_us);
}

static void
on_look(void *context)
{
	go_on(context);
}

void
history_poke(struct history *history)
{
	if (history->settings->binance.history_us > 0)
		look_within(&history->look, LOOK_SOON_US);
}

/* ---- the whole ---- */

struct history *
history_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history == NULL)
		return NULL;
	history->settings = settings;
	history->rest = rest;
	history->storage = storage;
	history->tell = tell;
	history->context = context;
	history->states = calloc(settings->binance.symbols.count + 1, sizeof(history->states[0]));
	if (look_init(&history->look, loop, on_look, history) < 0 || history->states == NULL) {
		look_finish(&history->look);
		free_history(history);
		return NULL;
	}
	return history;
}

void
history_stop(struct history *history)
{
	history->stopping = true;
	look_finish(&history->look);
	if (history->call != NULL)
		rest_cancel(history->call);
	if (!history->storing) /* else when the page comes back */
		free_history(history);
}
