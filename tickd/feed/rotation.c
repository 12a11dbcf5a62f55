#include "tickd/feed/rotation.h"

#include "common/clock.h"

int64_t
rotation_age(int64_t opened_wall_us, int64_t at_us, int jitter)
{
	int64_t late_us = ROTATION_JITTER_US * jitter / 1000;
	int64_t midnight_us = opened_wall_us - opened_wall_us % CLOCK_DAY_US;
	int64_t due_us = midnight_us + at_us;

	while (due_us - opened_wall_us <= ROTATION_YOUNG_US)
		due_us += CLOCK_DAY_US;
	return (due_us - opened_wall_us < ROTATION_AGE_US ? due_us - opened_wall_us :
							     ROTATION_AGE_US) + late_us;
}
