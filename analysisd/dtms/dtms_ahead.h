/*
 * Looking at what waits to be taken in, without taking it in.
 */
#ifndef ANALYSISD_DTMS_DTMS_AHEAD_H
#define ANALYSISD_DTMS_DTMS_AHEAD_H

#include "analysisd/dtms/dtms_source.h"

/*
 * What a source without open trades has to stop for first: what is said and not taken in, and the
 * moment after which an order that was left pending has expired; INT64_MAX for nothing.  (What a
 * venue says of an account can wait.)  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_ahead_first(struct dtms_source *source, struct dtms_shared *shared, int64_t *ret_us);

/*
 * Makes the views at now_us of symbols in which trades begin by then, one at the least, until
 * deadline_us (monotonic): their markets are then loaded before the transaction of that instant.
 * Returns 1 when some may be left, 0, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_ahead_views(struct dtms_source *source, struct dtms_shared *shared, int64_t now_us,
    int64_t deadline_us);

#endif
