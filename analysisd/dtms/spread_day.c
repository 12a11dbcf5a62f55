#include "analysisd/dtms/spread_day.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "common/decimal.h"

void
spread_day_start(struct spread_day *day)
{
	day->count = 0;
}

/* Where it goes: behind all that are not larger. */
static size_t
place_of(const struct spread_day *day, int64_t spread_e8)
{
	size_t low = 0, high = day->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (day->sorted_e8[middle] <= spread_e8)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
spread_day_add(struct spread_day *day, int64_t spread_e8)
{
	size_t place = place_of(day, spread_e8);

	assert(day->count < SPREAD_SAMPLES_MAX);
	memmove(&day->sorted_e8[place + 1], &day->sorted_e8[place],
	    (day->count - place) * sizeof(day->sorted_e8[0]));
	day->sorted_e8[place] = spread_e8;
	day->count++;
}

double
spread_day_median(const struct spread_day *day)
{
	size_t middle = day->count / 2;

	if (day->count == 0)
		return NAN;
	if (day->count % 2 == 1)
		return decimal_to_double(day->sorted_e8[middle]);
	return (decimal_to_double(day->sorted_e8[middle - 1]) +
	    decimal_to_double(day->sorted_e8[middle])) / 2;
}
