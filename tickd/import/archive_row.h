/*
 * A line of columns with one separator, and what may stand in them.  Pure; what does not fit is
 * told as "column 2 (price): expected a price above 0, not "x"".
 */
#ifndef TICKD_ARCHIVE_ROW_H
#define TICKD_ARCHIVE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

#define ARCHIVE_COLUMNS_MAX 12 /* of klines; more make a line none of ours */
#define ARCHIVE_QUOTED_SIZE 48 /* of a text that a sentence quotes, with its NUL */

struct archive_row {
	const char *const *names; /* of the columns, for sentences */
	struct problem *problem;
	size_t count; /* ARCHIVE_COLUMNS_MAX + 1 where there are more */
	struct {
		const char *at;
		size_t length;
	} columns[ARCHIVE_COLUMNS_MAX];
};

void
archive_row_split(const char *line, size_t length, char separator, struct archive_row *ret);

/* Each returns false with the sentence when the column is not what it must be. */

bool
archive_row_integer(const struct archive_row *row, size_t column, int64_t least, int64_t most,
    int64_t *ret);

/* A decimal from 0 on, exactly; `above_zero`: not 0 itself. */
bool
archive_row_decimal(const struct archive_row *row, size_t column, bool above_zero, int64_t *ret_e8);

/* A decimal of any size, rounded. */
bool
archive_row_volume(const struct archive_row *row, size_t column, double *ret);

/* True, true, False, false. */
bool
archive_row_boolean(const struct archive_row *row, size_t column, bool *ret);

/* Says that the column is not `expected`; returns false. */
bool
archive_row_fault(const struct archive_row *row, size_t column, const char *expected);

/* At most ARCHIVE_QUOTED_SIZE - 1 bytes of the text, fit for a terminal and for JSON. */
const char *
archive_row_quote(const char *text, size_t length, char buffer[static ARCHIVE_QUOTED_SIZE]);

#endif
