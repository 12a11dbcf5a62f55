/* How long something took, as percentiles: a histogram of 1/8 steps in each power of two. */
#ifndef TICKD_LATENCY_H
#define TICKD_LATENCY_H

#include <stdint.h>

#define LATENCY_BUCKETS 320 /* up to 2^40 us */

struct latency {
	int64_t count, longest_us;
	int64_t buckets[LATENCY_BUCKETS];
};

void
latency_add(struct latency *latency, int64_t us);

/* The value that `per_mille` of all are not above, at most an eighth too large; 0 without any. */
int64_t
latency_percentile(const struct latency *latency, int per_mille);

#endif
