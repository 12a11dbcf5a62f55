/*
 * What a venue says of its positions, as DTMS takes it in.
 *
 * A position whose comment is a token of ours belongs to the trade whose action opened it: a hedge,
 * or a re-add, whose volume is the trade's.  Everything else that opens is a trade of its own, with
 * or without stops.  A hedge that ends while its trade is HEDGED ended without us: its close is
 * asked for only with a transition out of that state.
 */
#ifndef ANALYSISD_DTMS_DTMS_POSITIONS_H
#define ANALYSISD_DTMS_DTMS_POSITIONS_H

#include "analysisd/dtms/dtms_source.h"

/* Who takes in, and at which instant. */
struct dtms_intake {
	struct dtms_source *source;
	struct dtms_shared *shared;
	int64_t now_us;
};

/* People are told, once all is committed: an alert, or a notice.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
dtms_intake_tell(struct dtms_shared *shared, const struct dtms_trade *trade, bool alert,
    int64_t now_us, const char *reason);

/*
 * A trade is under watch from now on; not where another source watches that ticket already, which is
 * an alert.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_intake_begin(const struct dtms_intake *intake, const struct dtms_trade *trade,
    int64_t registered_us);

/* It is over, and CLOSED at this instant. */
void
dtms_intake_end(struct dtms_entry *entry, const char *reason);

/*
 * An order came to nothing: `action_id`, or, where it is NULL, those that are pending and expire by
 * this instant.  A hedge that one of them was to close for a trade that is over is left to itself:
 * an alert.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_positions_left(const struct dtms_intake *intake, const char *action_id);

/* A venue_position_callback; `context` is a struct dtms_intake. */
int
dtms_positions_take(void *context, const struct venue_position *position);

#endif
