/*
 * A timer on the loop that rings once.  Feeds keep time by these and by common/clock.h alone, so
 * that a scenario can put a virtual clock in the place of both.
 */
#ifndef TICKD_ALARM_H
#define TICKD_ALARM_H

#include <stdint.h>
#include <uv.h>

struct alarm;

/* NULL: out of memory.  Silent until it is set. */
struct alarm *
alarm_create(uv_loop_t *loop, void (*ring)(void *context), void *context);

/* Rings once, not before delay_us have passed; what was set before is forgotten. */
void
alarm_set(struct alarm *alarm, int64_t delay_us);

void
alarm_clear(struct alarm *alarm);

/* Never rings again; the loop frees it.  NULL is allowed. */
void
alarm_free(struct alarm *alarm);

/* 0..999, drawn evenly: what spreads attempts that would come at the same moment. */
int
alarm_jitter(void);

#endif
