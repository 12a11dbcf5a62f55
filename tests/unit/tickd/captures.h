/*
 * Real frames of the exchange for tests: the captures of shared/data, which are no part of the
 * project.  Tests skip with a reason where they are not there.
 */
#ifndef TESTS_UNIT_TICKD_CAPTURES_H
#define TESTS_UNIT_TICKD_CAPTURES_H

#include "tests/unit/common/scratch.h"

#define CAPTURE_LINE_MAX (128 << 10)

typedef void capture_frame(void *context, const char *frame, size_t length);

static inline FILE *
capture_open(const char *name)
{
	const char *shared = getenv("TRADING_SHARED");
	char path[SCRATCH_PATH_SIZE], command[SCRATCH_PATH_SIZE + 32];
	FILE *lines;

	snprintf(path, sizeof(path), "%s/data/binance_spot_btcusdt/%s",
	    shared == NULL ? "../shared" : shared, name);
	if (access(path, R_OK) != 0) {
		print_message("skipped: %s is not there (set TRADING_SHARED)\n", path);
		skip();
	}
	snprintf(command, sizeof(command), "gzip -dc '%s'", path);
	lines = popen(command, "r");
	assert_non_null(lines);
	return lines;
}

/* Hands every frame of the capture on: a line is `<local time> <frame>`.  Returns how many. */
static inline int64_t
capture_read(const char *name, capture_frame *take, void *context)
{
	FILE *lines = capture_open(name);
	char *line = malloc(CAPTURE_LINE_MAX);
	int64_t count = 0;

	assert_non_null(line);
	while (fgets(line, CAPTURE_LINE_MAX, lines) != NULL) {
		const char *frame = strchr(line, ' ');

		assert_non_null(frame);
		take(context, frame + 1, strcspn(frame + 1, "\n"));
		count++;
	}
	free(line);
	assert_int_equal(pclose(lines), 0);
	return count;
}

#endif
