/*
 * What is said to the exchange over a stream's connection, and its answers.  Pure.
 */
#ifndef TICKD_BINANCE_CONTROL_H
#define TICKD_BINANCE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/settings.h"

/*
 * {"method":METHOD,"params":["btcusdt@trade",...],"id":ID} with all streams of the symbols
 * wanted[0..count-1].  The caller's to free; NULL: out of memory.
 */
char *
binance_control_message(const char *method, const struct string_list *symbols,
    const size_t *wanted, size_t count, const struct string_list *streams, int64_t id);

struct binance_reply {
	int64_t id; /* -1 where it names none of ours */
	bool refused;
	char reason[128]; /* in the exchange's words, where it was refused */
};

/* Reads a frame of kind BINANCE_REPLY. */
void
binance_control_reply(const char *frame, size_t length, struct binance_reply *ret);

#endif
