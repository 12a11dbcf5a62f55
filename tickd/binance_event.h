/* What the scanner and its judge must agree on about an event's values. */
#ifndef TICKD_BINANCE_EVENT_H
#define TICKD_BINANCE_EVENT_H

#include "tickd/binance_scan.h"

#define BINANCE_ID_MAX INT64_C(999999999999999999) /* room to count on from there */
#define BINANCE_TIME_MAX_MS INT64_C(253402300799999) /* the last of the year 9999 */

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
	    event->event_time_ms <= BINANCE_TIME_MAX_MS;
}

#endif
