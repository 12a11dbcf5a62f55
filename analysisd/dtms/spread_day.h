/*
 * The spreads of one UTC day, one sample an instant, and their median.  Pure.
 */
#ifndef ANALYSISD_DTMS_SPREAD_DAY_H
#define ANALYSISD_DTMS_SPREAD_DAY_H

#include <stddef.h>
#include <stdint.h>

#define SPREAD_SAMPLE_US INT64_C(30000000)
#define SPREAD_SAMPLES_MAX 2880 /* of a day */

struct spread_day {
	size_t count;
	int64_t sorted_e8[SPREAD_SAMPLES_MAX];
};

void
spread_day_start(struct spread_day *day);

/* One more, SPREAD_SAMPLES_MAX at the most. */
void
spread_day_add(struct spread_day *day, int64_t spread_e8);

/* In units of price; the mean of the middle two of an even number; NAN without a sample. */
double
spread_day_median(const struct spread_day *day);

#endif
