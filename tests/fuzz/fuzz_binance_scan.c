/*
 * The frame scanner against jansson: for every frame it passes, or it says what jansson says.
 */
#define _GNU_SOURCE
#include "tickd/feed/binance_scan.h"

#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/target.h"

static bool
same_symbol(const struct binance_event *a, const struct binance_event *b)
{
	return a->symbol_length == b->symbol_length &&
	    memcmp(a->symbol, b->symbol, a->symbol_length) == 0;
}

/* Only what the kind gives a meaning to is compared. */
static void
check_same(const struct binance_event *a, const struct binance_event *b)
{
	PROMISE(a->kind == b->kind);
	if (a->kind != BINANCE_TRADE && a->kind != BINANCE_QUOTE)
		return;
	PROMISE(same_symbol(a, b));
	PROMISE(a->id == b->id);
	if (a->kind == BINANCE_QUOTE) {
		PROMISE(a->bid_e8 == b->bid_e8 && a->ask_e8 == b->ask_e8);
		return;
	}
	PROMISE(a->event_time_ms == b->event_time_ms && a->time_ms == b->time_ms);
	PROMISE(a->price_e8 == b->price_e8 && a->quantity_e8 == b->quantity_e8);
	PROMISE(a->buyer_is_maker == b->buyer_is_maker && a->trade_count == b->trade_count);
}

/* What storage may rely on in whatever comes out. */
static void
check_sane(const struct binance_event *event)
{
	if (event->kind != BINANCE_TRADE && event->kind != BINANCE_QUOTE)
		return;
	PROMISE(event->symbol_length > 0 && event->symbol_length < BINANCE_SYMBOL_SIZE);
	PROMISE(event->id >= 0);
	if (event->kind == BINANCE_TRADE)
		PROMISE(event->price_e8 > 0 && event->quantity_e8 > 0 && event->time_ms > 0 &&
		    event->trade_count >= 0 && event->time_ms <= event->event_time_ms + 60000);
	else
		PROMISE(event->bid_e8 >= 0 && event->ask_e8 >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *frame = (const char *)data;
	struct binance_event fast, judged, both;

	binance_scan_judge(frame, size, &judged);
	binance_scan(frame, size, &both);
	check_same(&both, &judged);
	check_sane(&both);
	if (binance_scan_fast(frame, size, &fast))
		check_same(&fast, &judged);
	return 0;
}
