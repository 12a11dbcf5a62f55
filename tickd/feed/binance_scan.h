/*
 * One frame of a Binance combined stream -> one event.  Pure.
 *
 * A scanner of our own reads the frames that come a hundred thousand times a second; whatever it
 * does not know to the last byte goes to jansson, which is the judge: for every input both agree,
 * or the scanner passes.
 */
#ifndef TICKD_BINANCE_SCAN_H
#define TICKD_BINANCE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BINANCE_SYMBOL_SIZE 64 /* bytes with the NUL; a longer name is malformed */

enum binance_kind {
	BINANCE_TRADE,	  /* symbol, event_time_ms, time_ms, id, price_e8, quantity_e8, maker,
			     trade_count */
	BINANCE_QUOTE,	  /* symbol, id (u), bid_e8, ask_e8; 0 where that side is empty */
	BINANCE_REPLY,	  /* the answer to a control message */
	BINANCE_SHUTDOWN, /* serverShutdown: the server is about to close */
	BINANCE_UNKNOWN,  /* JSON, but none of these */
	BINANCE_MALFORMED,
};

struct binance_event {
	enum binance_kind kind;
	const char *symbol; /* not terminated; into the frame or into symbol_copy */
	size_t symbol_length;
	int64_t event_time_ms, time_ms;
	int64_t id;	     /* of the trade, of the aggregate, of the book's update */
	int64_t trade_count; /* inside an aggregate; 0 for a trade that is none */
	int64_t price_e8, quantity_e8, bid_e8, ask_e8;
	bool buyer_is_maker; /* the aggressor sold */
	char symbol_copy[BINANCE_SYMBOL_SIZE];
};

/* Reads one whole frame.  The event's symbol lives as long as the frame and the event. */
void
binance_scan(const char *frame, size_t length, struct binance_event *ret_event);

/* The scanner alone: false where it passes, *ret_event then being undefined. */
bool
binance_scan_fast(const char *frame, size_t length, struct binance_event *ret_event);

/* jansson alone. */
void
binance_scan_judge(const char *frame, size_t length, struct binance_event *ret_event);

#endif
