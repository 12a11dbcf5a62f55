/*
 * One trade under watch for people: how it stands and why, its newest deep check signal by signal,
 * its history, its actions.
 */
#ifndef TRADINGCTL_DTMS_TRADE_H
#define TRADINGCTL_DTMS_TRADE_H

#include <jansson.h>

/*
 * Why the trade is in its state: the sentence of what brought it there, or, where nothing ever did,
 * of the newest check; NULL before the first.  `checks` are those of dtms_rows.h.  Pure.
 */
const char *
dtms_trade_why(const json_t *trade, const json_t *checks);

/*
 * Prints a document {trade, why, source, check, checks, actions, adopted} on stdout.  Returns 0 or
 * -ENOMEM.
 */
__attribute__((warn_unused_result)) int
dtms_trade_print(const json_t *document);

#endif
