/*
 * How late this machine wakes a thread that only sleeps: what no program here can be better than.
 *
 * usage: wakeups SECONDS
 * Prints one line of JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "tickd/store/latency.h"

#define PERIOD_US 100 /* as a market of 10 000 frames a second has */

static void
sleep_until(int64_t monotonic_us)
{
	const struct timespec until = {
		.tv_sec = monotonic_us / CLOCK_SECOND_US,
		.tv_nsec = monotonic_us % CLOCK_SECOND_US * 1000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

int
main(int argc, char **argv)
{
	static struct latency late;
	int64_t next_us = clock_monotonic_us(), end_us;

	if (argc != 2 || atoll(argv[1]) < 1)
		return 64;
	end_us = next_us + atoll(argv[1]) * CLOCK_SECOND_US;
	while (next_us < end_us) {
		next_us += PERIOD_US;
		sleep_until(next_us);
		latency_add(&late, clock_monotonic_us() - next_us);
	}
	printf("{\"p50_us\": %" PRId64 ", \"p99_us\": %" PRId64 ", \"longest_us\": %" PRId64 "}\n",
	    latency_percentile(&late, 500), latency_percentile(&late, 990), late.longest_us);
	return 0;
}
