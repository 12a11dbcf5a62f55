/*
 * Which symbols share a connection, and the path that asks for their streams.  Pure.
 */
#ifndef TICKD_BINANCE_STREAMS_H
#define TICKD_BINANCE_STREAMS_H

#include <stddef.h>

#include "common/settings.h"
#include "common/tick.h"

#define BINANCE_STREAMS_MAX 1024 /* a connection, by the exchange's rule */
#define BINANCE_PATH_SIZE 2000	 /* bytes: libwebsockets cuts a longer request line at 2047 */

/*
 * Writes "/stream?streams=btcusdt@trade/..." for the symbols from `first` on, as many as fit, into
 * the caller's buffer.  Returns how many symbols that is; at least one.
 */
size_t
binance_streams_path(const struct string_list *symbols, size_t first,
    const struct string_list *streams, char path[static BINANCE_PATH_SIZE]);

/* What the ids of the ticks are that these streams bring. */
enum tick_ids
binance_streams_ids(const struct string_list *streams);

#endif
