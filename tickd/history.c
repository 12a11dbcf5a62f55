#define _GNU_SOURCE
#include "tickd/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/http_call.h"
#include "tickd/klines.h"
#include "tickd/link.h"
#include "tickd/rate_limit.h"

struct history {
	const struct settings *settings;
	struct link_host *host;
	struct history_hooks hooks;
	uv_timer_t timer; /* when the exchange wants us to wait */
	bool waiting, stopping, failing;
	struct http_call *call;
	struct rate_limit limit;
	size_t symbol;		       /* the one being fetched; count when all are done */
	int64_t from_us, until_us;     /* of the page under way */
	bool page_ready;	       /* candles wait to be taken */
	bool storing;		       /* the page was taken and is not stored yet */
	size_t page_count;
	int64_t page_until_us;
	struct candle candles[KLINES_MAX];
};

static void go_on(struct history *history);

static void
on_timer(uv_timer_t *timer)
{
	struct history *history = timer->data;

	history->waiting = false;
	go_on(history);
}

static void
wait_for(struct history *history, int64_t delay_us)
{
	history->waiting = true;
	uv_timer_start(&history->timer, on_timer, (uint64_t)(delay_us / CLOCK_MS_US), 0);
}

static const char *
symbol_name(const struct history *history)
{
	return history->settings->binance.symbols.items[history->symbol];
}

/* Says why history waits: once until it works again. */
static void
tell_failure(struct history *history, const char *why, int64_t delay_us)
{
	char sentence[400];

	if (history->failing)
		return;
	history->failing = true;
	snprintf(sentence, sizeof(sentence),
	    "history cannot be fetched from %.100s: %.200s; next try in %" PRId64 " s",
	    link_host_name(history->host), why, delay_us / CLOCK_SECOND_US);
	history->hooks.tell(history->hooks.context, LOG_WARNING, "history-failed",
	    symbol_name(history), sentence);
}

static void
tell_done(struct history *history)
{
	char sentence[96];

	snprintf(sentence, sizeof(sentence), "history before the first tick is stored");
	history->hooks.tell(history->hooks.context, LOG_INFO, "history-stored",
	    symbol_name(history), sentence);
}

/* Hands the page over; the same again at the next poke when it is not taken. */
static void
deliver(struct history *history)
{
	if (!history->hooks.page(history->hooks.context, history->symbol, history->candles,
		history->page_count, history->page_until_us))
		return;
	history->page_ready = false;
	history->storing = true;
}

/* The page that was handed over last: true once it is stored. */
static bool
is_stored(struct history *history)
{
	struct history_symbol symbol;

	if (!history->storing)
		return true;
	history->hooks.symbol(history->hooks.context, history->symbol, &symbol);
	if (symbol.until_us < history->page_until_us)
		return false;
	history->storing = false;
	if (history->page_until_us >= history->until_us)
		tell_done(history);
	return true;
}

static bool
take_body(struct history *history, const struct http_answer *answer)
{
	int64_t last_us = 0;
	size_t rows = 0;
	int count = klines_parse(answer->body, answer->length, history->from_us,
	    history->until_us, history->candles, &rows, &last_us);

	/* A full page that does not reach beyond where we stand would be asked for again for ever. */
	if (count < 0 || (rows == KLINES_MAX && last_us < history->from_us))
		return false;
	history->page_ready = true;
	history->page_count = (size_t)count;
	/* A short page is the last one: what lies behind it was never traded. */
	history->page_until_us = rows < KLINES_MAX ? history->until_us : last_us + CANDLE_M5_US;
	return true;
}

static void
on_answer(void *context, const struct http_answer *answer)
{
	struct history *history = context;
	int64_t delay_us;
	char why[200];

	history->call = NULL;
	if (history->stopping) {
		history_stop(history);
		return;
	}
	delay_us = rate_limit_answer(&history->limit, answer->status, answer->retry_after_s,
	    answer->used_weight);
	if (answer->status == 200 && take_body(history, answer)) {
		history->failing = false;
		deliver(history);
	} else {
		rate_limit_explain(answer->status, answer->reason, why, sizeof(why));
		tell_failure(history, why, delay_us);
	}
	if (delay_us > 0)
		wait_for(history, delay_us);
	else
		go_on(history);
}

static void
fetch(struct history *history)
{
	char path[256];

	snprintf(path, sizeof(path),
	    "/api/v3/klines?symbol=%s&interval=5m&startTime=%" PRId64 "&endTime=%" PRId64
	    "&limit=%d", symbol_name(history), history->from_us / CLOCK_MS_US,
	    history->until_us / CLOCK_MS_US - 1, KLINES_MAX);
	history->call = http_get(history->host, path, on_answer, history);
	if (history->call == NULL)
		wait_for(history, CLOCK_SECOND_US);
}

/* Finds the next page to fetch: false when there is none (yet). */
static bool
next_page(struct history *history)
{
	size_t count = history->settings->binance.symbols.count;

	for (history->symbol = 0; history->symbol < count; history->symbol++) {
		struct history_symbol symbol;

		history->hooks.symbol(history->hooks.context, history->symbol, &symbol);
		if (symbol.first_tick_us == TICK_NONE)
			continue;
		history->until_us = candle_slot(symbol.first_tick_us);
		history->from_us = symbol.until_us != TICK_NONE ? symbol.until_us :
		    candle_slot(history->until_us - history->settings->binance.history_us);
		if (history->from_us < history->until_us)
			return true;
	}
	return false;
}

static void
go_on(struct history *history)
{
	if (history->stopping || history->waiting || history->call != NULL)
		return;
	if (history->page_ready)
		deliver(history);
	else if (is_stored(history) && next_page(history))
		fetch(history);
}

struct history *
history_create(const struct settings *settings, uv_loop_t *loop, struct link_host *host,
    const struct history_hooks *hooks)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history == NULL)
		return NULL;
	history->settings = settings;
	history->host = host;
	history->hooks = *hooks;
	uv_timer_init(loop, &history->timer);
	history->timer.data = history;
	return history;
}

void
history_poke(struct history *history)
{
	if (history->settings->binance.history_us > 0)
		go_on(history);
}

static void
on_closed(uv_handle_t *handle)
{
	struct history *history = handle->data;

	history->hooks.closed(history->hooks.context);
	free(history);
}

void
history_stop(struct history *history)
{
	history->stopping = true;
	if (history->call != NULL)
		http_cancel(history->call); /* its answer calls us again */
	else
		uv_close((uv_handle_t *)&history->timer, on_closed);
}
