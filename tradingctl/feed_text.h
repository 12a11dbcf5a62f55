/*
 * What tickd's status.json tells of a feed beyond its state, as lines for people: what is missing
 * and being filled, REST waits, clocks, connections, silent symbols; of an account of MetaTrader 5
 * its terminal, symbols and orders.  A member that is absent (an
 * older tickd, a feed that has none of it) leaves its words out.
 */
#ifndef TRADINGCTL_FEED_TEXT_H
#define TRADINGCTL_FEED_TEXT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* "filling BTCUSDT: 67 of 100 ids, 1234.5 a second, 00:01:40 left"; one line, or none. */
void
feed_text_backfill(const json_t *feed, FILE *out);

/* All lines; now_us is the wall clock of the status file. */
void
feed_text_print(const json_t *feed, int64_t now_us, FILE *out);

#endif
