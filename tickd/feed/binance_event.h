/* What the scanner and its judge must agree on about an event's values. */
#ifndef TICKD_BINANCE_EVENT_H
#define TICKD_BINANCE_EVENT_H

#include "tickd/feed/binance_scan.h"

#define BINANCE_ID_MAX INT64_C(999999999999999999) /* room to count on from there */
#define BINANCE_TIME_MAX_MS INT64_C(253402300799999) /* the last of the year 9999 */
/* A trade later than its own event would move the source's clock for good. */
#define BINANCE_TRADE_AHEAD_MS INT64_C(60000)

/*
 * Sets how many trades are in an aggregate of the trades first_id..last_id; false where it cannot
 * have any.
 */
static inline bool
binance_event_count(struct binance_event *event, int64_t first_id, int64_t last_id)
{
	if (first_id < 0 || last_id < first_id || last_id > BINANCE_ID_MAX)
		return false;
	event->trade_count = last_id - first_id + 1;
	return true;
}

/* False for what no exchange can mean: no symbol, negative ids, prices or times out of range. */
static inline bool
binance_event_valid(const struct binance_event *event)
{
	if (event->symbol_length == 0 || event->symbol_length >= BINANCE_SYMBOL_SIZE ||
	    event->id < 0 || event->id > BINANCE_ID_MAX)
		return false;
	if (event->kind == BINANCE_QUOTE)
		return event->bid_e8 >= 0 && event->ask_e8 >= 0;
	return event->price_e8 > 0 && event->quantity_e8 > 0 && event->time_ms > 0 &&
	    event->time_ms <= BINANCE_TIME_MAX_MS && event->event_time_ms >= 0 &&
	    event->event_time_ms <= BINANCE_TIME_MAX_MS &&
	    event->time_ms - event->event_time_ms <= BINANCE_TRADE_AHEAD_MS;
}

#endif
