#include "tickd/store/latency.h"

/* Below 8 each value has a bucket; then eight to each doubling. */
static int
bucket_of(int64_t us)
{
	int power, bucket;

	if (us < 8)
		return us < 0 ? 0 : (int)us;
	power = 63 - __builtin_clzll((unsigned long long)us);
	bucket = (power - 2) * 8 + (int)(us >> (power - 3) & 7);
	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* The largest value of the bucket. */
static int64_t
top_of(int bucket)
{
	int power = bucket / 8 + 2;

	if (bucket < 8)
		return bucket;
	return ((INT64_C(8) + bucket % 8 + 1) << (power - 3)) - 1;
}

void
latency_add(struct latency *latency, int64_t us)
{
	latency->count++;
	latency->buckets[bucket_of(us)]++;
	if (us > latency->longest_us)
		latency->longest_us = us;
}

int64_t
latency_percentile(const struct latency *latency, int per_mille)
{
	int64_t wanted = (latency->count * per_mille + 999) / 1000, seen = 0;

	for (int i = 0; i < LATENCY_BUCKETS && wanted > 0; i++) {
		seen += latency->buckets[i];
		if (seen >= wanted)
			return top_of(i) < latency->longest_us ? top_of(i) : latency->longest_us;
	}
	return 0;
}
