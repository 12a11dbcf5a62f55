/*
 * Plays scenarios of analysisd: its own analyses and DTMS on real databases, beside tickd's own
 * store, on the exchange's clock, which the script moves.  player FILE...  A scenario is a process,
 * so that none leaves anything to the next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/watch/market.h"
#include "tests/watch/script.h"
#include "tests/watch/watch.h"

static const char *playing;
static int line_number;
static char folder[64];

const char *
watch_folder(void)
{
	return folder;
}

static int
remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	return remove(path);
}

static void
remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void
watch_fail(const char *format, ...)
{
	char now[CLOCK_TEXT_SIZE];
	va_list arguments;

	printf("%s:%d: ", playing, line_number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" (at %s)\n", clock_format(market_now(), 0, now));
	fflush(stdout);
	if (getenv("WATCH_KEEP") == NULL)
		remove_folder();
	else
		printf("kept: %s\n", folder);
	fflush(stdout);
	_exit(1);
}

static int
play(const char *file)
{
	const char *temporary = getenv("TMPDIR");
	char line[4096];
	FILE *script = fopen(file, "re");

	playing = file;
	snprintf(folder, sizeof(folder), "%s/watch.XXXXXX", temporary == NULL ? "/tmp" : temporary);
	if (script == NULL || mkdtemp(folder) == NULL)
		watch_fail("cannot begin: %s", strerror(errno));
	while (fgets(line, sizeof(line), script) != NULL) {
		line_number++;
		script_line(line);
	}
	fclose(script);
	script_end();
	remove_folder();
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open("watch", LOG_ERR);
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
