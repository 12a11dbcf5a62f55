#include "tickd/feed/connect_attempts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"

static int64_t
at(const struct connect_attempts *attempts, int i)
{
	return attempts->at_us[(attempts->first + i) % CONNECT_ATTEMPTS_MAX];
}

int64_t
connect_attempts_wait(const struct connect_attempts *attempts, int64_t now_us)
{
	int64_t free_us;

	if (attempts->count < CONNECT_ATTEMPTS_MAX)
		return 0;
	free_us = at(attempts, 0) + CONNECT_ATTEMPTS_WINDOW_US;
	return free_us > now_us ? free_us - now_us : 0;
}

void
connect_attempts_add(struct connect_attempts *attempts, int64_t now_us)
{
	if (attempts->count == CONNECT_ATTEMPTS_MAX) {
		attempts->first = (attempts->first + 1) % CONNECT_ATTEMPTS_MAX;
		attempts->count--;
	}
	attempts->at_us[(attempts->first + attempts->count) % CONNECT_ATTEMPTS_MAX] = now_us;
	attempts->count++;
}

void
connect_attempts_write(const struct connect_attempts *attempts, int64_t now_us, int64_t wall_us,
    char text[static CONNECT_ATTEMPTS_TEXT_SIZE])
{
	int64_t before_ms = 0;
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < attempts->count; i++) {
		int64_t age_us = now_us - at(attempts, i);
		int64_t time_ms = (wall_us - age_us) / CLOCK_MS_US;

		if (age_us >= CONNECT_ATTEMPTS_WINDOW_US)
			continue;
		length += (size_t)snprintf(text + length, CONNECT_ATTEMPTS_TEXT_SIZE - length,
		    "%s%" PRId64, length == 0 ? "" : " ", time_ms - before_ms);
		before_ms = time_ms;
	}
}

void
connect_attempts_read(struct connect_attempts *attempts, const char *text, int64_t now_us,
    int64_t wall_us)
{
	int64_t time_ms = 0, wall_ms = wall_us / CLOCK_MS_US;

	for (;;) {
		char *end;
		int64_t more_ms, age_us;

		errno = 0;
		more_ms = strtoll(text, &end, 10);
		if (end == text || errno != 0 || more_ms < 0 || more_ms > INT64_MAX - time_ms)
			return;
		time_ms += more_ms;
		text = end;
		age_us = time_ms > wall_ms ? 0 : (wall_ms - time_ms) * CLOCK_MS_US;
		if (age_us < CONNECT_ATTEMPTS_WINDOW_US)
			connect_attempts_add(attempts, now_us - age_us);
	}
}
