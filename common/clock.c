#define _GNU_SOURCE
#include "common/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *
clock_format(int64_t time_us, int places, char buffer[static CLOCK_TEXT_SIZE])
{
	int64_t fraction = time_us % CLOCK_SECOND_US;
	time_t seconds = (time_t)(time_us / CLOCK_SECOND_US);
	struct tm utc;
	size_t length;

	if (fraction < 0) {
		fraction += CLOCK_SECOND_US;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	length = strftime(buffer, CLOCK_TEXT_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &utc);
	assert(length > 0);
	if (places == 3)
		snprintf(buffer + length, CLOCK_TEXT_SIZE - length, ".%03dZ",
		    (int)(fraction / 1000) % 1000);
	else if (places == 6)
		snprintf(buffer + length, CLOCK_TEXT_SIZE - length, ".%06dZ",
		    (int)fraction % 1000000);
	else
		snprintf(buffer + length, CLOCK_TEXT_SIZE - length, "Z");
	return buffer;
}

/* Does the text begin as `shape` does?  0 stands for any digit: strptime would take spaces too. */
static bool
shaped(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++)
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return true;
}

static int
parse_ms(const char *text, int64_t *ret_time_us)
{
	int64_t value;
	char *end;

	if (!shaped(*text == '-' ? text + 1 : text, "0"))
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' ||
	    __builtin_mul_overflow(value, CLOCK_MS_US, &value))
		return -EINVAL;
	*ret_time_us = value;
	return 0;
}

/* ".123456": up to nine digits, cut after the sixth. */
static const char *
parse_fraction(const char *at, int64_t *ret_us)
{
	int64_t unit = CLOCK_SECOND_US / 10, value = 0;
	int digits = 0;

	for (; *at >= '0' && *at <= '9'; at++, digits++) {
		value += (*at - '0') * unit;
		unit /= 10;
	}
	if (digits == 0 || digits > 9)
		return NULL;
	*ret_us = value;
	return at;
}

/* "", "Z" or "+hh:mm" up to the end of the text. */
static int
parse_offset(const char *at, int64_t *ret_us)
{
	int hours, minutes;

	*ret_us = 0;
	if (*at == '\0' || strcmp(at, "Z") == 0)
		return 0;
	if ((*at != '+' && *at != '-') || !shaped(at + 1, "00:00") || at[6] != '\0')
		return -EINVAL;
	hours = (at[1] - '0') * 10 + at[2] - '0';
	minutes = (at[4] - '0') * 10 + at[5] - '0';
	if (hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_us = (hours * 60 + minutes) * 60 * CLOCK_SECOND_US * (*at == '-' ? -1 : 1);
	return 0;
}

/* False for a 30th of February, which timegm would take for the 2nd of March. */
static bool
seconds_of(const struct tm *read, time_t *ret_seconds)
{
	struct tm normal = *read;

	*ret_seconds = timegm(&normal);
	return normal.tm_mday == read->tm_mday && normal.tm_mon == read->tm_mon;
}

int
clock_parse(const char *text, int64_t *ret_time_us)
{
	int64_t fraction = 0, offset = 0;
	struct tm utc = {0};
	const char *at;
	time_t seconds;

	if (strlen(text) < 10 || text[4] != '-')
		return parse_ms(text, ret_time_us);
	at = shaped(text, "0000-00-00") ? strptime(text, "%Y-%m-%d", &utc) : NULL;
	if (at == NULL)
		return -EINVAL;
	if (*at == 'T' || *at == ' ') {
		const char *clock = at + 1;

		at = shaped(clock, "00:00:00") ? strptime(clock, "%H:%M:%S", &utc) : NULL;
		if (at == NULL || utc.tm_sec > 59)
			return -EINVAL;
		if (*at == '.' && (at = parse_fraction(at + 1, &fraction)) == NULL)
			return -EINVAL;
	}
	if (parse_offset(at, &offset) < 0)
		return -EINVAL;
	if (!seconds_of(&utc, &seconds))
		return -EINVAL;
	*ret_time_us = (int64_t)seconds * CLOCK_SECOND_US + fraction - offset;
	return 0;
}
