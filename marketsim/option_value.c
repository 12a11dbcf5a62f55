#include "marketsim/option_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

bool
option_integer(const char *text, int64_t least, int64_t most, int64_t *ret)
{
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
		return false;
	*ret = value;
	return true;
}

bool
option_double(const char *text, double least, double most, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= least && value <= most))
		return false;
	*ret = value;
	return true;
}

bool
option_duration(const char *text, int64_t most_us, int64_t *ret_us)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {{"", CLOCK_SECOND_US}, {"ms", CLOCK_MS_US}, {"s", CLOCK_SECOND_US},
	    {"m", 60 * CLOCK_SECOND_US}, {"h", 3600 * CLOCK_SECOND_US}, {"d", CLOCK_DAY_US}};
	char *end;
	double value = strtod(text, &end);

	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, end) == 0 && value >= 0 &&
		    value * (double)units[i].us <= (double)most_us) {
			*ret_us = (int64_t)(value * (double)units[i].us);
			return true;
		}
	return false;
}

/* Copies `length` bytes and a NUL.  False: there is nothing, or no room. */
static bool
copy(const char *text, size_t length, char *to, size_t size)
{
	if (length == 0 || length >= size)
		return false;
	memcpy(to, text, length);
	to[length] = '\0';
	return true;
}

bool
option_address(const char *text, char *address, size_t size, int *ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	int64_t port;

	if (colon == NULL || !option_integer(colon + 1, 0, 65535, &port))
		return false;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (!copy(text, length, address, size))
		return false;
	*ret_port = (int)port;
	return true;
}

bool
option_mute(const char *text, struct mute_rule *ret)
{
	const char *colon = strchr(text, ':');
	struct mute_rule rule = { .after_frames = -1 };
	char after[32];
	size_t length;

	if (colon == NULL || !copy(text, (size_t)(colon - text), rule.symbol, sizeof(rule.symbol)))
		return false;
	length = strcspn(colon + 1, ":");
	if (!copy(colon + 1, length, after, sizeof(after)))
		return false;
	rule.for_ever = strcmp(colon + 1 + length, ":for-ever") == 0;
	if (!rule.for_ever && colon[1 + length] != '\0')
		return false;
	if (!option_integer(after, 0, INT64_MAX, &rule.after_frames) &&
	    !option_duration(after, CLOCK_DAY_US, &rule.after_us))
		return false;
	*ret = rule;
	return true;
}

bool
option_hole(const char *text, char *symbol, int64_t *ret_first, int64_t *ret_last)
{
	const char *colon = strchr(text, ':'), *dash = colon != NULL ? strchr(colon, '-') : NULL;
	int64_t first, last;
	char number[32];

	if (dash == NULL || !copy(colon + 1, (size_t)(dash - colon - 1), number, sizeof(number)) ||
	    !option_integer(number, 1, INT64_MAX / 4, &first) ||
	    !option_integer(dash + 1, first, INT64_MAX / 4, &last) ||
	    !copy(text, (size_t)(colon - text), symbol, INSTRUMENT_NAME_SIZE))
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}
