#include "tickd/import/import_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/import/archive_file.h"
#include "tickd/import/archive_row.h"
#include "tickd/import/archive_rows.h"
#include "tickd/import/mt5_rows.h"
#include "tickd/import/recording_rows.h"

struct import_reader {
	struct import_options options;
	struct archive_name name;
	struct archive_file *file;
	char symbol[ARCHIVE_SYMBOL_SIZE]; /* of a file with one */
	struct archive_format format;	  /* of Binance's archives */
	struct mt5_rows mt5;
	struct recording_rows *recording;
	struct import_page *mixed; /* of a recording: rows of many symbols, in their order ... */
	size_t taken;		   /* ... of which so many were given out */
	int64_t rows, passed;

	/* The line that the file was known by: the first to be read again. */
	const char *line;
	size_t length;
	bool held;

	/* What ended the file behind the rows of the last page. */
	int fault;
	struct problem fault_problem;
	bool ended, cut;
};

/* ---- sentences ---- */

/* Puts NAME:LINE: before what a parser said. */
static int
at_line(const struct import_reader *reader, int error, const char *said, struct problem *problem)
{
	return problem_set(problem, error, "%s:%" PRId64 ": %s", reader->options.name,
	    archive_file_line_number(reader->file), said);
}

/* ---- one line ---- */

/* 1 with a line, 0 at the end, -errno. */
static int
next_line(struct import_reader *reader, struct problem *problem)
{
	int result;

	if (reader->held) {
		reader->held = false;
		return 1;
	}
	result = archive_file_line(reader->file, &reader->line, &reader->length, problem);
	/* What wrote a recording may have been ended in the middle of its last block. */
	if (result == -EPIPE && reader->format.kind == ARCHIVE_RECORDING) {
		reader->cut = true;
		return 0;
	}
	return result;
}

/* 1 with a row at the end of the page, 0 for a line without one, -errno. */
static int
read_row(struct import_reader *reader, struct import_page *page, struct problem *problem)
{
	struct tick *tick = &page->ticks[page->count];

	switch (reader->format.kind) {
	case ARCHIVE_MT5:
		return mt5_row(&reader->mt5, reader->line, reader->length, tick, problem);
	case ARCHIVE_RECORDING:
		return recording_row(reader->recording, reader->line, reader->length, tick, problem);
	case ARCHIVE_KLINES:
		return archive_candle_row(&reader->format, reader->line, reader->length,
		    &page->klines[page->count], problem);
	default:
		return archive_tick_row(&reader->format, reader->line, reader->length, tick,
		    problem);
	}
}

/* ---- pages ---- */

static int
compare_ids(const void *a, const void *b)
{
	const struct tick *left = a, *right = b;

	if (left->symbol != right->symbol)
		return left->symbol < right->symbol ? -1 : 1;
	return (left->tick_id > right->tick_id) - (left->tick_id < right->tick_id);
}

static bool
in_order(const struct import_page *page)
{
	for (size_t i = 1; i < page->count; i++)
		if (compare_ids(&page->ticks[i - 1], &page->ticks[i]) >= 0)
			return false;
	return true;
}

/* Archives are in order, nearly always; of a recording, each symbol's rows are put together. */
static void
put_in_order(const struct import_reader *reader, struct import_page *page)
{
	size_t kept = 0;

	if (page->candles || reader->format.kind == ARCHIVE_MT5 || in_order(page))
		return;
	qsort(page->ticks, page->count, sizeof(page->ticks[0]), compare_ids);
	/* What two connections heard is there twice. */
	for (size_t i = 0; i < page->count; i++)
		if (kept == 0 || compare_ids(&page->ticks[kept - 1], &page->ticks[i]) != 0)
			page->ticks[kept++] = page->ticks[i];
	page->count = kept;
}

static int64_t
last_slot(const struct import_page *page)
{
	size_t last = page->count - 1;

	return page->candles ? page->klines[last].open_time_us :
			       candle_slot(page->ticks[last].time_us);
}

/* Stored, it would set the source's clock forward, and call candles over that are not. */
static int
check_time(const struct import_reader *reader, const struct import_page *page,
    struct problem *problem)
{
	int64_t time_us = page->candles ? page->klines[page->count].open_time_us :
					  page->ticks[page->count].time_us;
	char text[CLOCK_TEXT_SIZE];

	if (reader->options.until_us == 0 || time_us < reader->options.until_us)
		return 0;
	return problem_set(problem, -EINVAL, "%s is in the future",
	    clock_format(time_us, 0, text));
}

/* Reads rows until the page is full or as many lines were without one.  As next_line(). */
static int
fill(struct import_reader *reader, struct import_page *page, struct problem *problem)
{
	struct problem said;
	int64_t slot_us = TICK_NONE;
	int slots = 0;

	for (size_t lines = 0; page->count < IMPORT_PAGE_ROWS && slots < IMPORT_PAGE_SLOTS &&
	     lines < 2 * IMPORT_PAGE_ROWS; lines++) {
		int result = next_line(reader, problem);

		if (result <= 0)
			return result;
		if (reader->length == 0) /* as the last line of some */
			continue;
		result = read_row(reader, page, &said);
		if (result == 1 && check_time(reader, page, &said) < 0)
			result = -EINVAL;
		if (result < 0)
			return at_line(reader, result, said.text, problem);
		reader->passed += !result;
		if (result == 0)
			continue;
		page->count++;
		slots += last_slot(page) != slot_us;
		slot_us = last_slot(page);
	}
	return 1;
}

/* As import_reader_page(), of all symbols that the rows have. */
static int
next_page(struct import_reader *reader, struct import_page *page, struct problem *problem)
{
	int result;

	page->count = 0;
	page->candles = reader->format.kind == ARCHIVE_KLINES;
	page->symbol = reader->symbol;
	if (reader->fault < 0) {
		*problem = reader->fault_problem;
		return reader->fault;
	}
	if (reader->ended)
		return 0;
	result = fill(reader, page, problem);
	reader->rows += (int64_t)page->count;
	reader->ended = result == 0;
	if (result < 0 && page->count > 0) {
		reader->fault = result;
		reader->fault_problem = *problem;
	}
	put_in_order(reader, page);
	return page->count > 0 ? 1 : result;
}

/* Of the rows of many symbols, those of the next one. */
static void
take_symbol(struct import_reader *reader, struct import_page *page)
{
	const struct tick *first = &reader->mixed->ticks[reader->taken];
	size_t left = reader->mixed->count - reader->taken, count = 0;

	while (count < left && first[count].symbol == first->symbol)
		count++;
	page->count = count;
	page->candles = false;
	page->symbol = recording_rows_symbol(reader->recording, first->symbol);
	memcpy(page->ticks, first, count * sizeof(*first));
	reader->taken += count;
}

int
import_reader_page(struct import_reader *reader, struct import_page *page, struct problem *problem)
{
	int result;

	if (reader->recording == NULL)
		return next_page(reader, page, problem);
	page->count = 0;
	if (reader->taken == reader->mixed->count) {
		reader->taken = 0;
		result = next_page(reader, reader->mixed, problem);
		if (result <= 0 || reader->mixed->count == 0)
			return result;
	}
	take_symbol(reader, page);
	return 1;
}

/* ---- what the file is ---- */

static bool
is_binance(enum archive_kind kind)
{
	return kind == ARCHIVE_TRADES || kind == ARCHIVE_AGGREGATES || kind == ARCHIVE_KLINES;
}

static int
check_name(const struct import_reader *reader, struct problem *problem)
{
	const struct archive_name *name = &reader->name;

	if (name->kind == ARCHIVE_KLINES && strcmp(name->interval, "5m") != 0)
		return problem_set(problem, -ENOTSUP,
		    "%s: only klines of 5m can be imported, and these are of %s",
		    reader->options.name, name->interval);
	return 0;
}

/* The first line that is no header: it tells the kind where the name does not. */
static int
know_rows(struct import_reader *reader, struct problem *problem)
{
	char quoted[ARCHIVE_QUOTED_SIZE];
	int result = next_line(reader, problem);

	if (result == 1 && archive_line_is_header(reader->line, reader->length))
		result = next_line(reader, problem);
	if (result < 0)
		return result;
	if (result == 0)
		return problem_set(problem, -EBADMSG, "%s: it has no rows", reader->options.name);
	reader->held = true;
	if (is_binance(reader->name.kind)) {
		archive_format_of_name(&reader->name, &reader->format);
		return 0;
	}
	if (archive_format_of_line(reader->line, reader->length, &reader->format) == 0)
		return 0;
	archive_row_quote(reader->line, reader->length, quoted);
	return problem_set(problem, -EINVAL,
	    "%s:%" PRId64 ": expected a row of Binance's trades, aggTrades or klines, an MT5 export "
	    "of ticks or a recording, not \"%s\"", reader->options.name,
	    archive_file_line_number(reader->file), quoted);
}

static int
know_recording(struct import_reader *reader, struct problem *problem)
{
	reader->held = true;
	reader->format.kind = ARCHIVE_RECORDING;
	reader->mixed = calloc(1, sizeof(*reader->mixed));
	reader->recording = recording_rows_create(reader->options.symbol);
	return reader->mixed == NULL || reader->recording == NULL ?
	    problem_set(problem, -ENOMEM, "out of memory") : 0;
}

static int
know_contents(struct import_reader *reader, struct problem *problem)
{
	int result = next_line(reader, problem);

	if (result < 0)
		return result;
	if (result == 0)
		return problem_set(problem, -EBADMSG, "%s: it has no rows", reader->options.name);
	if (!is_binance(reader->name.kind) && mt5_line_is_header(reader->line, reader->length)) {
		reader->format.kind = ARCHIVE_MT5;
		mt5_rows_start(&reader->mt5, reader->options.utc_offset_us);
		return 0;
	}
	if (reader->name.kind == ARCHIVE_UNKNOWN &&
	    recording_line_is_one(reader->line, reader->length))
		return know_recording(reader, problem);
	reader->held = true;
	return know_rows(reader, problem);
}

/* Binance writes its symbols in capitals, a terminal as its broker likes. */
static int
know_symbol(struct import_reader *reader, struct problem *problem)
{
	const char *told = reader->options.symbol, *named = reader->name.symbol;

	if (reader->format.kind == ARCHIVE_RECORDING)
		return 0;
	if (told == NULL && named[0] == '\0')
		return problem_set(problem, -ENODATA,
		    "%s: its name does not say which symbol it has: --symbol does",
		    reader->options.name);
	if (told != NULL && named[0] != '\0' && strcmp(told, named) != 0)
		return problem_set(problem, -EINVAL, "%s: it is of %s by its name, not of %s",
		    reader->options.name, named, told);
	snprintf(reader->symbol, sizeof(reader->symbol), "%s", told != NULL ? told : named);
	if (!archive_symbol_fits(reader->symbol, strlen(reader->symbol)))
		return problem_set(problem, -EINVAL,
		    "%s: what its name has for a symbol can be none: spaces, colons or worse",
		    reader->options.name);
	return 0;
}

int
import_reader_open(struct import_reader **ret, int fd, const struct import_options *options,
    struct problem *problem)
{
	struct import_reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (reader == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	reader->options = *options;
	archive_name_read(options->name, &reader->name);
	error = check_name(reader, problem);
	if (error == 0)
		error = archive_file_open(&reader->file, fd, options->name, problem);
	if (error == 0)
		error = know_contents(reader, problem);
	if (error == 0)
		error = know_symbol(reader, problem);
	if (error < 0)
		import_reader_close(reader);
	else
		*ret = reader;
	return error;
}

/* ---- what is known ---- */

enum archive_kind
import_reader_kind(const struct import_reader *reader)
{
	return reader->format.kind;
}

bool
import_reader_aggregates(const struct import_reader *reader)
{
	if (reader->recording != NULL)
		return recording_rows_aggregates(reader->recording);
	return reader->format.kind == ARCHIVE_AGGREGATES;
}

const char *
import_reader_symbol(const struct import_reader *reader)
{
	return reader->recording == NULL ? reader->symbol : NULL;
}

int64_t
import_reader_period_end(const struct import_reader *reader)
{
	return is_binance(reader->name.kind) ? reader->name.to_us : TICK_NONE;
}

bool
import_reader_microseconds(const struct import_reader *reader, bool *ret_by_row)
{
	bool archive = is_binance(reader->format.kind);

	*ret_by_row = archive && !is_binance(reader->name.kind);
	return archive && reader->format.microseconds;
}

void
import_reader_figures(const struct import_reader *reader, struct import_figures *ret)
{
	*ret = (struct import_figures){
		.rows = reader->rows,
		.passed = reader->passed,
		.bytes = archive_file_read(reader->file),
		.file_bytes = archive_file_size(reader->file),
	};
}

bool
import_reader_cut(const struct import_reader *reader)
{
	return reader->cut;
}

void
import_reader_close(struct import_reader *reader)
{
	if (reader == NULL)
		return;
	archive_file_close(reader->file);
	recording_rows_free(reader->recording);
	free(reader->mixed);
	free(reader);
}
