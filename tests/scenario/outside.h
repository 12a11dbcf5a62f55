/*
 * The world around tickd's feed in a scenario: one clock that stands until the script moves it, and
 * what is to happen when.  The fakes of alarm.h and clock_now.c are in outside.c.
 */
#ifndef SCENARIO_OUTSIDE_H
#define SCENARIO_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>

/* Forgets everything; the wall clock shows wall_us. */
void
outside_begin(int64_t wall_us);

/* Time since outside_begin(). */
int64_t
outside_elapsed_us(void);

/* Moves our wall clock alone. */
void
outside_jump_wall(int64_t by_us);

/* The exchange's clock, which no jump of ours moves; it is ahead of our wall clock by this much. */
int64_t
outside_exchange_us(void);

void
outside_set_exchange_ahead(int64_t ahead_us);

/* Calls run(context) after delay_us; returns a number to cancel it by. */
uint64_t
outside_after(int64_t delay_us, void (*run)(void *context), void *context);

void
outside_cancel(uint64_t event);

/* Lets happen what is due until then, in order. */
void
outside_run_until(int64_t elapsed_us);

#endif
