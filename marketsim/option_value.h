/*
 * What stands behind an option: numbers, durations, addresses, and the rules of a symbol.
 * Each returns false, its outputs untouched, for a text that makes no sense.
 */
#ifndef MARKETSIM_OPTION_VALUE_H
#define MARKETSIM_OPTION_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "marketsim/mute.h"

/* A whole number between `least` and `most`. */
bool
option_integer(const char *text, int64_t least, int64_t most, int64_t *ret);

bool
option_double(const char *text, double least, double most, double *ret);

/* N with ms, s, m, h or d; without a unit it is seconds.  Not negative. */
bool
option_duration(const char *text, int64_t most_us, int64_t *ret_us);

/* "ADDRESS:PORT" or "[V6]:PORT"; `address` has `size` bytes. */
bool
option_address(const char *text, char *address, size_t size, int *ret_port);

/* "SYMBOL:AFTER" or "SYMBOL:AFTER:for-ever"; AFTER is frames, or with a unit a duration. */
bool
option_mute(const char *text, struct mute_rule *ret);

/* "SYMBOL:FIRST-LAST"; `symbol` has INSTRUMENT_NAME_SIZE bytes. */
bool
option_hole(const char *text, char *symbol, int64_t *ret_first, int64_t *ret_last);

#endif
