/*
 * One instant of one source: what was said up to it is taken in, the open trades are checked, and
 * everything that this changes is written, the actions with the states that they belong to.
 *
 * While DTMS is off nothing is checked; a trade that the venue reports closed is CLOSED, and what
 * should be done about it is skipped.
 */
#ifndef ANALYSISD_DTMS_DTMS_INSTANT_H
#define ANALYSISD_DTMS_DTMS_INSTANT_H

#include "analysisd/dtms/dtms_source.h"

/*
 * Makes the views of what is to be looked at, also for trades that are about to begin, until
 * deadline_us (monotonic), one at the least: loading a market takes time.  Returns 1 when some are
 * left, 0, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_instant_prepare(struct dtms_source *source, struct dtms_shared *shared, int64_t deadline_us);

/*
 * Decides source->progress.next_us, and moves that on, in the caller's transaction.  Returns 0 or
 * -errno: then `source` knows more than is stored.
 */
__attribute__((warn_unused_result)) int
dtms_instant_decide(struct dtms_source *source, struct dtms_shared *shared);

#endif
