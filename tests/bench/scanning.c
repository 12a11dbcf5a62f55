/*
 * A terminal's `ticks` lines read by the scanner, and by jansson, in turns; nothing else.
 *
 * usage: scanning LINE_TICKS SECONDS
 * Prints one line of JSON: of each the best of ROUNDS, for the machine is shared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/bench/quotes.h"
#include "tickd/mt5/mt5_message.h"

#define ROUNDS 3

static char line[QUOTES_LINE_MAX];

/* Ticks a second. */
static double
measure(int read(struct mt5_reader *, const char *, size_t, struct mt5_message *, struct problem *),
    size_t length, int64_t ticks, int64_t for_us)
{
	struct mt5_reader *reader = mt5_reader_create();
	int64_t started_us = clock_monotonic_us(), now_us, lines = 0;
	struct mt5_message message;
	struct problem problem;

	do {
		if (reader == NULL || read(reader, line, length, &message, &problem) < 0 ||
		    message.ticks.count != (size_t)ticks) {
			fprintf(stderr, "scanning: the line is not read\n");
			exit(71);
		}
		lines++;
		now_us = clock_monotonic_us();
	} while (now_us - started_us < for_us);
	mt5_reader_free(reader);
	return (double)(lines * ticks) * 1e6 / (double)(now_us - started_us);
}

static void
keep_best(double *best, double now)
{
	if (now > *best)
		*best = now;
}

int
main(int argc, char **argv)
{
	const struct quotes quotes = {INT64_C(1700000000000000), 10000};
	double scanner = 0, jansson = 0;
	int64_t ticks, for_us;
	size_t length;

	if (argc != 3)
		return 64;
	ticks = atoll(argv[1]);
	for_us = (int64_t)(atof(argv[2]) * 1e6 / (2 * ROUNDS));
	if (ticks < 1 || ticks > QUOTES_LINE_TICKS_MAX)
		return 64;
	quotes_init();
	length = quotes_line(line, &quotes, 0, 1, 0, ticks) - 1; /* without its end */
	for (int round = 0; round < ROUNDS; round++) {
		keep_best(&scanner, measure(mt5_message_read, length, ticks, for_us));
		keep_best(&jansson, measure(mt5_message_judge, length, ticks, for_us));
	}
	printf("{\"line_bytes\": %zu, \"scanner_per_second\": %.0f, \"jansson_per_second\": %.0f}\n",
	    length, scanner, jansson);
	return 0;
}
