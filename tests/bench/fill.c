/*
 * A database with a past: trades of one symbol, through tickd's storage stage, ROWS_START_US being
 * the time of the first.
 *
 * usage: fill FOLDER ROWS SPACING_US
 * Prints the id of the trade that would come next.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/rows.h"
#include "tests/bench/stage.h"

int
main(int argc, char **argv)
{
	int64_t rows, spacing_us;
	struct stage stage;

	if (argc != 4)
		return 64;
	rows = atoll(argv[2]);
	spacing_us = atoll(argv[3]);
	stage_open(&stage, argv[1], 1);
	for (int64_t n = 0; n < rows; n++) {
		struct tick tick = rows_tick(n, 1);

		tick.time_us = (ROWS_START_US + n * spacing_us) / 1000 * 1000;
		stage_push_tick(&stage, &tick);
	}
	stage_close(&stage);
	printf("%" PRId64 "\n", rows_tick(rows, 1).tick_id);
	return 0;
}
