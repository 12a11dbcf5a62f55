/*
 * From one connection to its successor without a trade lost or doubled.  Pure.
 *
 * While both are up, the old one goes on delivering and the successor's ticks are held.  When the
 * old one has delivered the first held trade of each symbol, and so all that was sent before the
 * successor listened, the successor takes over: what the old one has delivered is left out of the
 * held ticks and of what the successor still brings, by the ids.
 */
#ifndef TICKD_HANDOVER_H
#define TICKD_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/tick.h"

#define HANDOVER_TICKS 65536		      /* held at the most: 5 MB, while it lasts */
#define HANDOVER_OVERLAP_US INT64_C(1000000)  /* at the least: symbols come in no strict order */
#define HANDOVER_LIMIT_US INT64_C(5000000)    /* from the successor's first trade */
#define HANDOVER_QUIET_US INT64_C(60000000)   /* from its opening, where no trade comes at all */

struct handover;

/* For the symbols first..first+count-1.  NULL: out of memory. */
struct handover *
handover_create(size_t first, size_t count);

void
handover_free(struct handover *handover);

/* A successor is open.  What was held is forgotten. */
void
handover_begin(struct handover *handover, int64_t now_us);

/* Nothing is held. */
void
handover_clear(struct handover *handover);

/*
 * Keeps a tick for later.  -ENOSPC: there are HANDOVER_TICKS which the old connection has not
 * delivered; -ENOMEM.
 */
__attribute__((warn_unused_result)) int
handover_hold(struct handover *handover, const struct tick *tick, int64_t now_us);

/* The line handed on this tick: to be told of every one, always. */
void
handover_delivered(struct handover *handover, const struct tick *tick);

/* The successor may take over now. */
bool
handover_ready(const struct handover *handover, int64_t now_us);

/* The successor is the line now: hand on what is held, by first() and drop(), before its ticks. */
void
handover_take_over(struct handover *handover);

/* The next held tick that the old connection did not deliver, NULL when there is none. */
const struct tick *
handover_first(struct handover *handover);

void
handover_drop(struct handover *handover);

/* True for a tick that was delivered before the last take-over. */
bool
handover_had(const struct handover *handover, const struct tick *tick);

#endif
