/*
 * When a connection has lived long enough.  Pure.  The exchange ends each after 24 hours, so each
 * is replaced before: at a time of day of the user's choice, and in any case at ROTATION_AGE_US.
 */
#ifndef TICKD_ROTATION_H
#define TICKD_ROTATION_H

#include <stdint.h>

#define ROTATION_AGE_US (INT64_C(84600) * 1000000)  /* 23 h 30 min */
#define ROTATION_YOUNG_US (INT64_C(1800) * 1000000) /* younger than this at that time: left alone */
#define ROTATION_JITTER_US INT64_C(10000000)	    /* connections are replaced one after another */

/*
 * After how much of its life a connection that was opened at opened_wall_us (UTC) is to be
 * replaced; at_us is the time of day since midnight UTC, jitter 0..999 its own number.
 *
 * What is replaced at 03:30 would be 24 hours old at the next 03:30, so it goes at 03:00; its
 * successor, being young, is left alone at 03:30 and goes at 02:30 a day later, the next one at
 * 03:30 again: within the hour before the time of day, and never older than 23 h 30 min.
 */
int64_t
rotation_age(int64_t opened_wall_us, int64_t at_us, int jitter);

#endif
