/*
 * The trades of all sources, checked from instant to instant of their source's clock, and what
 * people and venues say of them.
 *
 * An instant is decided once its source's clock is DTMS_SETTLED_US past it, like a candle's end;
 * each in one transaction with everything that it changes, so that a kill anywhere repeats or loses
 * nothing.  Decisions depend on stored data and the instant alone.  A source without open trades is
 * passed over.
 */
#ifndef ANALYSISD_DTMS_DTMS_H
#define ANALYSISD_DTMS_DTMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analysisd/dtms/dtms_tools.h"
#include "common/problem.h"

#define DTMS_SETTLED_US INT64_C(1000000)

struct dtms;

struct dtms_figures {
	int64_t trades; /* open */
	int64_t stale;	/* of these */
	int64_t actions; /* written by this struct dtms */
	int64_t alerts;
	bool off; /* of any source */
	int64_t last_instant_us; /* TICK_NONE */
};

__attribute__((warn_unused_result)) int
dtms_create(struct dtms **ret, const struct dtms_tools *tools, struct problem *problem);

void
dtms_free(struct dtms *dtms);

/* Candles or ticks of a symbol are not what they were. */
void
dtms_change(struct dtms *dtms, int64_t symbol_id, int64_t from_us);

/*
 * Decides instants until deadline_us (monotonic), each in its own transaction; no transaction is
 * under way when it is called.  Returns 1 when there is more to do, 0 when not; *ret_wrote says
 * whether anything was committed.  After -errno, with *problem filled, the instant was rolled back
 * and `dtms` knows more than is stored: free it.
 */
__attribute__((warn_unused_result)) int
dtms_turn(struct dtms *dtms, int64_t deadline_us, bool *ret_wrote, struct problem *problem);

/* True when an instant is due. */
bool
dtms_is_due(const struct dtms *dtms);

/*
 * Questions of people: {"command": "dtms-enable" | "dtms-disable" | "dtms-off" | "dtms-on" |
 * "dtms-status", ...}.  A new reference: the answer, or an error object and nothing stored.  NULL:
 * out of memory.  Enabling stores an event (own transaction) and is answered by the trade as it is
 * registered; it is under watch from the next instant on.
 */
json_t *
dtms_answer(struct dtms *dtms, const json_t *request);

void
dtms_figures(const struct dtms *dtms, struct dtms_figures *ret);

/* At most `limit` rows that are older than [retention] dtms_actions says.  Their number. */
__attribute__((warn_unused_result)) int
dtms_retain(struct dtms *dtms, int limit, struct problem *problem);

#endif
