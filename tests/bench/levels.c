/*
 * Does storage stay as fast as it began?  Millions of rows through tickd's storage stage, the time of
 * each million taken when its last row is in the ring (which holds a quarter of a million).
 *
 * usage: levels FOLDER MILLIONS SYMBOLS
 * Prints one line of JSON with the rows a second of every million.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/bench/stage.h"

#define MILLION 1000000

int
main(int argc, char **argv)
{
	int64_t millions, symbols, before_us;
	struct stage stage;

	if (argc != 4)
		return 64;
	millions = atoll(argv[2]);
	symbols = atoll(argv[3]);
	stage_open(&stage, argv[1], symbols);
	before_us = clock_monotonic_us();
	printf("{\"per_second\": [");
	for (int64_t i = 0; i < millions; i++) {
		int64_t now_us;

		stage_push(&stage, i * MILLION, MILLION, symbols);
		now_us = clock_monotonic_us();
		printf("%s%.0f", i == 0 ? "" : ", ", MILLION * 1e6 / (double)(now_us - before_us));
		before_us = now_us;
	}
	printf("]}\n");
	stage_close(&stage);
	return 0;
}
