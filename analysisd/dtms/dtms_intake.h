/*
 * Taking in what people and venues have said up to an instant, in the order in which it was said:
 * people first, then accounts, positions, and what became of orders.  A venue that says nothing
 * changes nothing.
 */
#ifndef ANALYSISD_DTMS_DTMS_INTAKE_H
#define ANALYSISD_DTMS_DTMS_INTAKE_H

#include "analysisd/dtms/dtms_source.h"

/*
 * In the transaction of the instant.  Trades that are over are marked (`over`) and stay; what was
 * taken in is in source->progress.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_intake(struct dtms_source *source, struct dtms_shared *shared, int64_t now_us);

#endif
