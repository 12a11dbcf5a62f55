/*
 * clock_parse: what it takes is written again as it was, what it refuses touches nothing.
 */
#define _GNU_SOURCE
#include "common/clock.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/target.h"

#define INPUT_MAX 100 /* bytes looked at */

/* Without an offset the date and the time of day that are written are those that were read. */
static void
check_date(const char *text, int64_t time_us)
{
	char written[CLOCK_TEXT_SIZE];
	size_t shown = strlen(text) < 19 ? 10 : 19;

	clock_format(time_us, 6, written);
	PROMISE(memcmp(written, text, 10) == 0);
	if (shown == 19)
		PROMISE(memcmp(written + 11, text + 11, 8) == 0);
	else
		PROMISE(memcmp(written + 10, "T00:00:00.000000Z", 17) == 0);
}

static void
check_again(int64_t time_us)
{
	char written[CLOCK_TEXT_SIZE];
	int64_t back;

	clock_format(time_us, 6, written);
	if (strlen(written) != strlen("2026-01-31T23:59:59.123456Z") || *written == '-')
		return; /* a year of other than four digits is not read */
	PROMISE(clock_parse(written, &back) == 0 && back == time_us);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT_MAX + 1];
	int64_t time_us = 42;
	int error;

	if (size > INPUT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	error = clock_parse(text, &time_us);
	PROMISE(error == 0 || (error == -EINVAL && time_us == 42));
	if (error < 0)
		return 0;
	check_again(time_us);
	if (strlen(text) >= 10 && text[4] == '-' && strncmp(text, "1000", 4) >= 0 &&
	    strpbrk(text + 10, "+-") == NULL)
		check_date(text, time_us);
	return 0;
}
