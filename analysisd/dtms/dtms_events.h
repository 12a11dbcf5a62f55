/*
 * What people want, stored as events on the clock of a source until the next instant takes them in.
 */
#ifndef ANALYSISD_DTMS_DTMS_EVENTS_H
#define ANALYSISD_DTMS_DTMS_EVENTS_H

#include "analysisd/dtms/dtms_source.h"

/* What waits to be taken in. */
struct dtms_waiting {
	const struct dtms_trade *of; /* whose account and ticket are looked for; NULL: nobody's */
	bool same;		     /* there is one */
	int64_t enables;
	int64_t newest_us; /* INT64_MIN without any */
};

/* Adds what waits of one source.  Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
dtms_events_waiting(struct dtms_shared *shared, const struct dtms_source *source,
    struct dtms_waiting *waiting);

/*
 * Stores one, in the caller's transaction: at the source's clock, but behind every decided instant
 * and every event that waits.  `source` NULL: for sources that come later.  A trade that is enabled
 * is then as it will be registered.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_events_add(struct dtms_shared *shared, const struct dtms_source *source,
    enum dtms_event_kind kind, struct dtms_trade *trade);

#endif
