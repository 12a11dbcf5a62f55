/*
 * What a client says over its WebSocket: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS.
 */
#ifndef MARKETSIM_CONTROL_H
#define MARKETSIM_CONTROL_H

#include "marketsim/body.h"
#include "marketsim/subscriptions.h"

/* Carries out one message and adds the answer's JSON to `reply`. */
void
control_handle(struct subscriptions *subscriptions, const struct trade_source *source,
    const char *message, size_t length, struct body *reply);

#endif
