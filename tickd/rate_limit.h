/*
 * How long to wait after an answer of the exchange's REST interface.  Pure.
 */
#ifndef TICKD_RATE_LIMIT_H
#define TICKD_RATE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#define RATE_LIMIT_WEIGHT 6000	       /* a minute, for one address */
#define RATE_LIMIT_OURS_PER_CENT 80    /* of it: leave the rest to the user's other programs */
#define RATE_LIMIT_RETRY_MIN_US INT64_C(1000000) /* after a failure, doubling ... */
#define RATE_LIMIT_RETRY_MAX_US INT64_C(60000000)
#define RATE_LIMIT_REFUSED_US INT64_C(600000000) /* after 403 and 451: it will not change soon */

#define RATE_LIMIT_BAN_MAX_S 604800 /* the exchange bans for three days at the most */

struct rate_limit {
	int failures; /* in a row */
};

/*
 * An answer came: `status` 0 where none did; retry_after_s and used_weight are -1 where the answer
 * did not say.  Returns how long to wait before the next call; 0: none.
 */
int64_t
rate_limit_answer(struct rate_limit *limit, int status, int64_t retry_after_s, int64_t used_weight);

/* What the status means, in words; `reason` is that of an answer that never came. */
void
rate_limit_explain(int status, const char *reason, char *text, size_t size);

#endif
