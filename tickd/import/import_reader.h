/*
 * A file to import -> pages of ticks or candles: finds out what it is, from its name and its first
 * lines, and reads it in one pass and in bounded memory.  No threads, no storage.
 */
#ifndef TICKD_IMPORT_READER_H
#define TICKD_IMPORT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/problem.h"
#include "common/tick.h"
#include "tickd/import/archive_name.h"

#define IMPORT_PAGE_ROWS 10000 /* a transaction's worth (storage.md) ... */
#define IMPORT_PAGE_SLOTS 1000 /* ... and of candles: each costs as much as some 30 rows */

struct import_reader;

/* How the file is to be read; the texts outlive the reader. */
struct import_options {
	const char *name;   /* the file's, for what it says and for sentences */
	const char *symbol; /* NULL: what the file says; of a recording: all of it */
	int64_t utc_offset_us; /* of the times in an MT5 export: east of UTC is above 0 */
	int64_t until_us; /* a row from then on is bad data; 0: any time will do */
};

/* Rows of one symbol and kind; ticks with their ids going up (those of MT5: by time and ordinal). */
struct import_page {
	const char *symbol; /* as long as the reader */
	size_t count;
	bool candles; /* which of the two there are */
	struct tick ticks[IMPORT_PAGE_ROWS];
	struct candle klines[IMPORT_PAGE_ROWS];
};

/*
 * Opens the file (see archive_bytes_open()) and reads its first lines.  Returns 0, or with the
 * sentence, NAME:LINE before it where a line is at fault: -EBADMSG, -EPIPE or -EINVAL for what the
 * file holds; -ENODATA where the symbol must be told; -ENOTSUP for klines that are not of 5 minutes.
 */
__attribute__((warn_unused_result)) int
import_reader_open(struct import_reader **ret, int fd, const struct import_options *options,
    struct problem *problem);

/*
 * The next page, which may be empty.  Returns 1, 0 at the end, -errno with the sentence as above;
 * a page of what came before a fault is given first.
 */
__attribute__((warn_unused_result)) int
import_reader_page(struct import_reader *reader, struct import_page *page,
    struct problem *problem);

enum archive_kind
import_reader_kind(const struct import_reader *reader);

/* Whether ticks are known by the ids of aggregates; valid once there was a page of ticks. */
bool
import_reader_aggregates(const struct import_reader *reader);

/* The symbol of the file; NULL for a recording, whose pages have it. */
const char *
import_reader_symbol(const struct import_reader *reader);

/* Where the period ends that the name says; TICK_NONE where it says none. */
int64_t
import_reader_period_end(const struct import_reader *reader);

/* Whether times are taken as microseconds, and whether only a first row said so. */
bool
import_reader_microseconds(const struct import_reader *reader, bool *ret_by_row);

/* What was read: rows, lines that stand for none, bytes of the file and how many it has. */
struct import_figures {
	int64_t rows, passed, bytes, file_bytes;
};

void
import_reader_figures(const struct import_reader *reader, struct import_figures *ret);

/* A recording that ends in the middle of a block: what was whole has been read. */
bool
import_reader_cut(const struct import_reader *reader);

/* NULL is allowed. */
void
import_reader_close(struct import_reader *reader);

#endif
