/*
 * Deleting what is old beside other work: how large the next slice is and when it is due, and what
 * time it is where records are of our own clock.  Pure: owners delete, in transactions of their own.
 */
#ifndef COMMON_RETENTION_H
#define COMMON_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#define RETENTION_SLICE_MIN 1000  /* rows a transaction */
#define RETENTION_SLICE_MAX 10000
#define RETENTION_SLICE_US 10000  /* slices grow while they take less than half of this */
#define RETENTION_REST 9	  /* times as long as a slice took is left to other work */
#define RETENTION_REST_US 20000	  /* at the least */
#define RETENTION_LOOK_US 10000000 /* once nothing old is left, or after a failure */

struct retention_pace {
	int rows;	/* of the next slice, at the most */
	int64_t due_us; /* (monotonic) not before this */
};

/* The first slice is due at once. */
void
retention_pace_start(struct retention_pace *pace);

/* A slice of pace->rows at the most has been deleted: `deleted` rows, in took_us, or -errno. */
void
retention_pace_next(struct retention_pace *pace, int deleted, int64_t took_us, int64_t now_us);

#define RETENTION_JUMP_US INT64_C(86400000000) /* a clock that leaps so far is not believed ... */
#define RETENTION_STAND_US INT64_C(3600000000) /* ... before it has stood for so long */

/*
 * Our wall clock, as far as it may decide what is deleted for good: while it is doubted, time goes
 * on from where it was before the leap.
 */
struct retention_clock {
	int64_t believed_us; /* wall minus monotonic */
	int64_t doubted_us;  /* the same, of a leap */
	int64_t since_us;    /* (monotonic) when it leapt */
	bool doubted;
};

/*
 * last_us (TICK_NONE: none) is the newest record that is older than RETENTION_STAND_US by the wall
 * clock: what an earlier run, or the clock before a leap, left behind.
 */
void
retention_clock_start(struct retention_clock *clock, int64_t last_us, int64_t wall_us,
    int64_t monotonic_us);

/* The time to count by.  clock->doubted says afterwards whether it is the wall clock's. */
int64_t
retention_clock_time(struct retention_clock *clock, int64_t wall_us, int64_t monotonic_us);

#endif
