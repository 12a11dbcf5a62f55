#define _GNU_SOURCE
#include "tickd/store/latency.h"

#include "tests/unit/common/scratch.h"

#define SAMPLES 20000

static int
compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The smallest value that per_mille of all are not above. */
static int64_t
exact(const int64_t *sorted, size_t count, int per_mille)
{
	size_t wanted = (count * (size_t)per_mille + 999) / 1000;

	return sorted[wanted - 1];
}

static void
percentiles_are_at_most_an_eighth_above_the_exact_ones(void **state)
{
	static int64_t samples[SAMPLES];
	uint64_t chance = chance_seed();

	for (int bits = 1; bits <= 40; bits++) {
		struct latency latency = {0};

		for (size_t i = 0; i < SAMPLES; i++) {
			samples[i] = (int64_t)(chance_next(&chance) >> (64 - bits));
			samples[i] >>= chance_below(&chance, bits);
			latency_add(&latency, samples[i]);
		}
		qsort(samples, SAMPLES, sizeof(samples[0]), compare);
		for (int per_mille = 1; per_mille <= 1000; per_mille++) {
			int64_t is = exact(samples, SAMPLES, per_mille);
			int64_t said = latency_percentile(&latency, per_mille);

			assert_true(said >= is);
			assert_true(said <= is + is / 8);
		}
		assert_int_equal(latency.longest_us, samples[SAMPLES - 1]);
		assert_int_equal(latency_percentile(&latency, 1000), samples[SAMPLES - 1]);
		assert_int_equal(latency.count, SAMPLES);
	}
}

static void
without_samples_there_is_no_latency(void **state)
{
	struct latency latency = {0};

	assert_int_equal(latency_percentile(&latency, 500), 0);
	assert_int_equal(latency_percentile(&latency, 1000), 0);
}

static void
every_value_falls_into_a_bucket_however_large_or_negative(void **state)
{
	static const int64_t all[] = {0, -1, INT64_MIN, 1, INT64_C(1) << 50, INT64_MAX};
	struct latency latency = {0};
	int64_t counted = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		latency_add(&latency, all[i]);
	for (int i = 0; i < LATENCY_BUCKETS; i++)
		counted += latency.buckets[i];
	assert_int_equal(counted, latency.count);
	assert_int_equal(latency.longest_us, INT64_MAX);
	assert_int_equal(latency_percentile(&latency, 500), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_at_most_an_eighth_above_the_exact_ones),
		cmocka_unit_test(without_samples_there_is_no_latency),
		cmocka_unit_test(every_value_falls_into_a_bucket_however_large_or_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
