/*
 * The lines of a recording, `<receive time in ns> <frame>` -> ticks of any number of symbols, as
 * the feed would have made them: a trade carries the bid and ask of its moment.
 */
#ifndef TICKD_RECORDING_ROWS_H
#define TICKD_RECORDING_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/tick.h"

/* More than the exchange lists: what has more is no recording of it. */
#define RECORDING_SYMBOLS_MAX 10000

struct recording_rows;

/* `only`, borrowed, is the one symbol that is wanted, NULL all of them.  NULL: out of memory. */
struct recording_rows *
recording_rows_create(const char *only);

void
recording_rows_free(struct recording_rows *rows);

/* Whether a line looks like one of a recording: digits, a space, a brace. */
bool
recording_line_is_one(const char *line, size_t length);

/*
 * Reads one line.  Returns 1 with a trade or an aggregate, tick.symbol being its number here; 0 for
 * any other frame; -EINVAL for a line that is none of a recording, -ENOMEM, each with the sentence.
 * Where both trades and aggregates were recorded, the kind that came first counts.
 */
__attribute__((warn_unused_result)) int
recording_row(struct recording_rows *rows, const char *line, size_t length, struct tick *ret,
    struct problem *problem);

/* How many symbols have been seen, and the name of each, as long as the rows. */
size_t
recording_rows_symbols(const struct recording_rows *rows);

const char *
recording_rows_symbol(const struct recording_rows *rows, size_t symbol);

/* Whether the ids are those of aggregates; valid once a row has come. */
bool
recording_rows_aggregates(const struct recording_rows *rows);

#endif
