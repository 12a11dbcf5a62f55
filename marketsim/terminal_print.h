/*
 * The truth to hold against what was stored: a terminal's ticks on paper.
 */
#ifndef MARKETSIM_TERMINAL_PRINT_H
#define MARKETSIM_TERMINAL_PRINT_H

#include <stdio.h>

#include "marketsim/terminal_options.h"
#include "marketsim/terminal_ticks.h"

/*
 * Writes one line a tick, symbol by symbol: SYMBOL,MS_UTC,MS_BROKER,PLACE,BID,ASK,FLAGS, and the
 * names of those before.  0, or a negative errno with the sentence.
 */
__attribute__((warn_unused_result)) int
terminal_print(const struct terminal_options *options, uint64_t seed,
    const struct market *exchange, FILE *out, struct problem *problem);

#endif
