/*
 * The JSON of the streams, written by hand: it is made hundreds of thousands of times a second.
 */
#ifndef MARKETSIM_FRAME_H
#define MARKETSIM_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "marketsim/instrument.h"
#include "marketsim/market.h"
#include "marketsim/trade_source.h"

#define FRAME_MAX 512 /* bytes of any frame made here */

enum stream_kind { STREAM_TRADE, STREAM_AGG_TRADE, STREAM_BOOK_TICKER, STREAM_KINDS };

/* "trade", "aggTrade", "bookTicker" */
extern const char *const stream_kind_names[STREAM_KINDS];

/*
 * Each writes a whole combined frame, {"stream":...,"data":{...}}, into `to` (FRAME_MAX bytes,
 * no NUL) and returns its length.  *ret_data is where the raw form (`data` alone) begins; it
 * ends one byte before the frame does.
 */
size_t
frame_trade(char *to, const struct instrument *instrument, const struct trade *trade,
    int64_t event_ms, size_t *ret_data);

size_t
frame_agg_trade(char *to, const struct instrument *instrument, const struct order *order,
    int64_t event_ms, size_t *ret_data);

size_t
frame_book_ticker(char *to, const struct instrument *instrument, const struct quote *quote,
    size_t *ret_data);

/* Appends a number, or a price with all eight places, at `to`; returns the end. */
char *
append_integer(char *to, int64_t value);

char *
append_e8(char *to, int64_t value_e8);

#endif
