/*
 * Plays scenarios: tickd's feed, REST, backfill, history and store as they are, on a virtual clock,
 * against an exchange and a disk that do what the script says.  player FILE...; SCENARIO_SHOW=1
 * shows what the feed says.  A scenario is a process, so that none leaves anything to the next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tests/scenario/script.h"
#include "tests/scenario/stage.h"

#define START_WALL_US INT64_C(1790000000000000) /* 2026-09-21T14:13:20Z, in the middle of a slot */

static const char *playing;
static int line_number;

void
scenario_fail(const char *format, ...)
{
	va_list arguments;

	printf("%s:%d: ", playing, line_number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" (at %.3f s)\n", (double)outside_elapsed_us() / 1e6);
	fflush(stdout);
	_exit(1);
}

static int
play(const char *file)
{
	char line[4096];
	FILE *script = fopen(file, "re");

	playing = file;
	if (script == NULL)
		scenario_fail("cannot be read: %s", strerror(errno));
	outside_begin(START_WALL_US);
	exchange_reset();
	stage_prepare();
	while (fgets(line, sizeof(line), script) != NULL) {
		line_number++;
		script_line(line);
	}
	fclose(script);
	stage_clear();
	exchange_reset();
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open("scenario", LOG_ERR);
	for (int i = 1; i < argc; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			exit(play(argv[i]));
		if (child < 0 || waitpid(child, &status, 0) < 0)
			return 71;
		printf("%s %s\n", status == 0 ? "ok" : "not ok", basename(argv[i]));
		failed += status != 0;
	}
	return failed > 0;
}
