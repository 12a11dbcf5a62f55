#include "tickd/import/archive_row.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"

#define INTEGER_DIGITS_MAX 18 /* any number of so many fits an int64 */
#define VOLUME_SIZE 64	      /* characters of a volume, with the NUL: far more than any has */

void
archive_row_split(const char *line, size_t length, char separator, struct archive_row *ret)
{
	const char *end = line + length;

	ret->count = 0;
	for (;;) {
		const char *next = memchr(line, separator, (size_t)(end - line));

		if (ret->count == ARCHIVE_COLUMNS_MAX) {
			ret->count++;
			return;
		}
		ret->columns[ret->count].at = line;
		ret->columns[ret->count++].length = (size_t)((next == NULL ? end : next) - line);
		if (next == NULL)
			return;
		line = next + 1;
	}
}

const char *
archive_row_quote(const char *text, size_t length, char buffer[static ARCHIVE_QUOTED_SIZE])
{
	size_t shown = length < ARCHIVE_QUOTED_SIZE - 1 ? length : ARCHIVE_QUOTED_SIZE - 1;

	for (size_t i = 0; i < shown; i++)
		buffer[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
	if (shown < length)
		memcpy(buffer + shown - 3, "...", 3);
	buffer[shown] = '\0';
	return buffer;
}

bool
archive_row_fault(const struct archive_row *row, size_t column, const char *expected)
{
	char quoted[ARCHIVE_QUOTED_SIZE];

	archive_row_quote(row->columns[column].at, row->columns[column].length, quoted);
	problem_set(row->problem, -EINVAL, "column %zu (%s): expected %s, not \"%s\"", column + 1,
	    row->names[column], expected, quoted);
	return false;
}

static bool
read_digits(const char *text, size_t length, int64_t *ret)
{
	int64_t value = 0;

	if (length == 0 || length > INTEGER_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret = value;
	return true;
}

bool
archive_row_integer(const struct archive_row *row, size_t column, int64_t least, int64_t most,
    int64_t *ret)
{
	const char *text = row->columns[column].at;
	size_t length = row->columns[column].length;
	bool negative = length > 0 && text[0] == '-';
	char expected[64];
	int64_t value;

	if (read_digits(text + negative, length - negative, &value)) {
		if (negative)
			value = -value;
		if (value >= least && value <= most) {
			*ret = value;
			return true;
		}
	}
	snprintf(expected, sizeof(expected), "a whole number from %" PRId64 " on", least);
	return archive_row_fault(row, column, expected);
}

bool
archive_row_decimal(const struct archive_row *row, size_t column, bool above_zero, int64_t *ret_e8)
{
	int64_t value;

	if (decimal_parse(row->columns[column].at, row->columns[column].length, &value) == 0 &&
	    value >= above_zero) {
		*ret_e8 = value;
		return true;
	}
	return archive_row_fault(row, column,
	    above_zero ? "a decimal above 0 with up to 8 places" :
			 "a decimal from 0 on with up to 8 places");
}

bool
archive_row_volume(const struct archive_row *row, size_t column, double *ret)
{
	char text[VOLUME_SIZE];
	size_t length = row->columns[column].length, points = 0;

	if (length == 0 || length >= sizeof(text))
		return archive_row_fault(row, column, "a decimal from 0 on");
	memcpy(text, row->columns[column].at, length);
	text[length] = '\0';
	for (size_t i = 0; i < length; i++) {
		points += text[i] == '.';
		if (!isdigit((unsigned char)text[i]) &&
		    (text[i] != '.' || points > 1 || i == 0 || i + 1 == length))
			return archive_row_fault(row, column, "a decimal from 0 on");
	}
	*ret = strtod(text, NULL);
	return isfinite(*ret) || archive_row_fault(row, column, "a decimal from 0 on");
}

bool
archive_row_boolean(const struct archive_row *row, size_t column, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"True", true}, {"true", true}, {"False", false}, {"false", false}};
	size_t length = row->columns[column].length;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (length == strlen(words[i].word) &&
		    memcmp(row->columns[column].at, words[i].word, length) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return archive_row_fault(row, column, "True or False");
}
