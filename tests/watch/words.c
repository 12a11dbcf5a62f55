#include "tests/watch/words.h"

#include <stdlib.h>
#include <string.h>

#include "tests/watch/watch.h"

char *
script_word(const char *what)
{
	char *text = strtok(NULL, " ");

	if (text == NULL)
		watch_fail("expected %s", what);
	return text;
}

double
script_number(const char *what)
{
	char *text = script_word(what), *end;
	double value = strtod(text, &end);

	if (*end != '\0')
		watch_fail("%s: expected %s, a number", text, what);
	return value;
}

int64_t
script_duration(const char *text)
{
	static const struct {
		const char *unit;
		double us;
	} units[] = {{"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}};
	char *end;
	double value = strtod(text, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			return (int64_t)(value * units[i].us);
	watch_fail("%s: expected a time, as 90s", text);
}
