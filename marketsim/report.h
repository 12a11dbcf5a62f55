/*
 * What a test may ask when it is over: what the clients did, and what the market had by then.
 * No part of the exchange's interface: it weighs nothing and obeys no ban.
 */
#ifndef MARKETSIM_REPORT_H
#define MARKETSIM_REPORT_H

#include "marketsim/body.h"

#define REPORT_PATH "/marketsim/report"

struct exchange;

/* Adds one JSON object. */
void
report_make(const struct exchange *exchange, struct body *body);

#endif
