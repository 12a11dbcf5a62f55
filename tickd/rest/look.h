/*
 * An alarm that is only ever brought forward: asked for several times, it rings at the earliest.
 * For what looks through all symbols for something to do, soon after news or at a known time.
 */
#ifndef TICKD_LOOK_H
#define TICKD_LOOK_H

#include <stdint.h>
#include <uv.h>

struct alarm;

#define LOOK_SOON_US INT64_C(100000) /* after a commit: not each is worth a look */

/* Embedded in what looks. */
struct look {
	struct alarm *alarm;
	int64_t at_us; /* monotonic; INT64_MAX: not asked for */
	void (*ring)(void *context);
	void *context;
};

/* Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
look_init(struct look *look, uv_loop_t *loop, void (*ring)(void *context), void *context);

/* Rings once delay_us have passed, if it does not before. */
void
look_within(struct look *look, int64_t delay_us);

/* Never rings again.  Allowed after a failed or no look_init() of a zeroed one. */
void
look_finish(struct look *look);

#endif
