/*
 * How much of the exchange's REST interface may be used, and how long to wait after an answer.
 * Pure: times come in, and are the exchange's own where an interval's edge is meant.
 *
 * The exchange counts by whole intervals of its clock (the minute) and tells with each answer what
 * is used of the one under way, by all programs behind one address.
 */
#ifndef TICKD_RATE_LIMIT_H
#define TICKD_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_LIMIT_WEIGHT 6000 /* a minute, for one address, until the exchange says otherwise */
#define RATE_LIMIT_MINUTE_US INT64_C(60000000)
#define RATE_LIMIT_MARGIN_US INT64_C(500000) /* behind an edge: how well its clock is known */

#define RATE_LIMIT_RETRY_MIN_US INT64_C(1000000) /* after a failure, doubling ... */
#define RATE_LIMIT_RETRY_MAX_US INT64_C(60000000)
#define RATE_LIMIT_REFUSED_US INT64_C(600000000) /* after 403 and 451: it will not change soon */
#define RATE_LIMIT_BUSY_US INT64_C(60000000)	 /* a 429 that does not say how long */
#define RATE_LIMIT_BANNED_US INT64_C(120000000)	 /* a 418 that does not: the shortest ban */
#define RATE_LIMIT_BAN_MAX_S 604800 /* the exchange bans for three days at the most */

struct rate_limit {
	int64_t weight, interval_us; /* the exchange's limit: so much in each interval */
	int64_t per_cent;	     /* how much of it is ours */
	int64_t interval;	     /* the number of the interval that `used` was used in */
	int64_t used;
	int failures; /* in a row */
};

void
rate_limit_init(struct rate_limit *limit, int64_t per_cent);

/* The exchange said what its limit is. */
void
rate_limit_set(struct rate_limit *limit, int64_t weight, int64_t interval_us);

/* How long a call of that weight has to wait; 0: it may go. */
int64_t
rate_limit_delay(const struct rate_limit *limit, int64_t weight, int64_t exchange_us);

/* What is used of the interval under way. */
int64_t
rate_limit_used(const struct rate_limit *limit, int64_t exchange_us);

/* A call of that weight goes out now. */
void
rate_limit_spend(struct rate_limit *limit, int64_t weight, int64_t exchange_us);

/*
 * The answer to a call of that weight, sent at sent_us, says what is used of this minute; -1 where
 * it does not.
 */
void
rate_limit_told(struct rate_limit *limit, int64_t weight, int64_t used_weight, int64_t sent_us,
    int64_t exchange_us);

/*
 * An answer came: `status` 0 where none did; retry_after_s is -1 where the answer did not say.
 * Returns how long nothing may be asked; 0: go on.
 */
int64_t
rate_limit_answer(struct rate_limit *limit, int status, int64_t retry_after_s);

/* 429 and 418: a wait that the exchange itself demands, also of the program's next start. */
bool
rate_limit_demanded(int status);

/* The exchange has dealt with the call: what it says of it is the caller's matter. */
bool
rate_limit_answered(int status);

/* What the status means, in words; `reason` is that of an answer that never came. */
void
rate_limit_explain(int status, const char *reason, char *text, size_t size);

#endif
