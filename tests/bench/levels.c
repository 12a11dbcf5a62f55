/*
 * Does storage stay as fast as it began?  A database grows by millions of rows through tickd's
 * storage stage; then the first millions of a new one and further millions of the grown one are
 * stored in turns, so that a stall of the machine hits both alike.
 *
 * usage: levels FOLDER MILLIONS SYMBOLS
 * Prints one line of JSON: rows a second of every million that it grew by, and of each turn.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "tests/bench/stage.h"

#define MILLION 1000000
#define TURNS 5

struct side {
	struct stage stage;
	int64_t rows, symbols;
	double per_second[TURNS];
	double cpu_seconds;
};

static void
begin(struct side *side, const char *folder, const char *name, int64_t symbols)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (mkdir(path, 0755) < 0) {
		perror(path);
		exit(71);
	}
	*side = (struct side){.symbols = symbols};
	stage_open(&side->stage, path, symbols);
}

/* Another million, to its last commit; returns rows a second. */
static double
store_million(struct side *side)
{
	int64_t started_us = clock_monotonic_us();

	stage_push(&side->stage, side->rows, MILLION, side->symbols);
	side->rows += MILLION;
	stage_wait(&side->stage, side->rows);
	return MILLION * 1e6 / (double)(clock_monotonic_us() - started_us);
}

static void
grow(struct side *side, int64_t millions)
{
	double cpu = stage_cpu_seconds();

	printf("\"grown\": [");
	for (int64_t i = 0; i < millions; i++)
		printf("%s%.0f", i == 0 ? "" : ", ", store_million(side));
	printf("], \"grown_cpu_per_million\": %.3f, ",
	    (stage_cpu_seconds() - cpu) / (double)millions);
}

static void
take_turn(struct side *side, int turn)
{
	double cpu = stage_cpu_seconds();

	side->per_second[turn] = store_million(side);
	side->cpu_seconds += stage_cpu_seconds() - cpu;
}

static void
print_side(const char *name, const struct side *side)
{
	printf("\"%s\": [", name);
	for (int turn = 0; turn < TURNS; turn++)
		printf("%s%.0f", turn == 0 ? "" : ", ", side->per_second[turn]);
	printf("], \"%s_cpu_per_million\": %.3f", name, side->cpu_seconds / TURNS);
}

int
main(int argc, char **argv)
{
	struct side old, young;
	int64_t symbols;

	if (argc != 4 || atoll(argv[2]) < TURNS)
		return 64;
	symbols = atoll(argv[3]);
	begin(&old, argv[1], "old", symbols);
	printf("{");
	grow(&old, atoll(argv[2]) - TURNS);
	begin(&young, argv[1], "young", symbols);
	for (int turn = 0; turn < TURNS; turn++) {
		take_turn(turn % 2 == 0 ? &young : &old, turn);
		take_turn(turn % 2 == 0 ? &old : &young, turn);
	}
	print_side("young", &young);
	printf(", ");
	print_side("old", &old);
	printf("}\n");
	stage_close(&young.stage);
	stage_close(&old.stage);
	return 0;
}
