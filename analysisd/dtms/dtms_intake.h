/*
 * Taking in what people and venues have said up to an instant, in the order in which it was said:
 * people first, then accounts, positions, and what became of orders.  A venue that says nothing
 * changes nothing.
 *
 * A position whose comment is a token of ours belongs to the trade whose action opened it: a hedge,
 * or a re-add, whose volume is the trade's.  Everything else that opens is a trade of its own, with
 * or without stops.  A hedge that ends while its trade is HEDGED ended without us: its close is
 * asked for only with a transition out of that state.
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

/*
 * When the first is said that is not taken in and that a source without open trades has to stop
 * for; INT64_MAX for nothing.  (What a venue says of an account can wait.)  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_intake_first(struct dtms_source *source, struct dtms_shared *shared, int64_t *ret_us);

/* People are told, once all is committed; `action` is NULL, `ticket` 0 where it is of no trade. */
__attribute__((warn_unused_result)) int
dtms_intake_tell(struct dtms_shared *shared, const struct dtms_trade *trade, bool alert,
    int64_t now_us, const char *reason);

#endif
