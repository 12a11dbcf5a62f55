/*
 * When the market goes on: by exchange time, at a fixed number of frames a second, or as fast as
 * the clients read.  A timer of the kernel's wakes it, because libwebsockets' own would spin.
 */
#ifndef MARKETSIM_PACE_H
#define MARKETSIM_PACE_H

#include <stdbool.h>

#include "common/problem.h"

struct exchange;

/* Makes the timer, which is to be watched by the exchange's loop.  The fd or a negative errno. */
__attribute__((warn_unused_result)) int
pace_open(struct exchange *exchange, struct problem *problem);

/* The timer has gone off: publishes what is due and sets it again. */
void
pace_tick(struct exchange *exchange);

/* Flat out: makes more frames unless a slow connection forbids.  True: there are more. */
bool
pace_advance(struct exchange *exchange);

/* A connection has subscribed to something: a fixed number of frames a second begins now. */
void
pace_listened(struct exchange *exchange);

#endif
