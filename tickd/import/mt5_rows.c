#include "tickd/import/mt5_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/import/archive_row.h"
#include "tickd/mt5/mt5_place.h"

#define HEADER "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>"
#define FLAGS_MOST 0xffff /* what is known of them has eight bits; room for more */
#define DATE_LENGTH 10 /* YYYY.MM.DD */

enum { DATE, TIME, BID, ASK, LAST, VOLUME, FLAGS, COLUMNS };

static const char *const names[] = {"DATE", "TIME", "BID", "ASK", "LAST", "VOLUME", "FLAGS"};

void
mt5_rows_start(struct mt5_rows *rows, int64_t offset_us)
{
	*rows = (struct mt5_rows){.offset_us = offset_us,
		.server_us = TICK_NONE,
		.bid_e8 = TICK_NONE,
		.ask_e8 = TICK_NONE,
		.last_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE};
}

bool
mt5_line_is_header(const char *line, size_t length)
{
	return length == sizeof(HEADER) - 1 && memcmp(line, HEADER, length) == 0;
}

/* "HH:MM:SS" or "HH:MM:SS.mmm"; what clock_parse() would take besides is refused before. */
static bool
time_has_form(const char *text, size_t length)
{
	static const char form[] = "00:00:00.000";

	if (length != 8 && length != 12)
		return false;
	for (size_t i = 0; i < length; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

static bool
read_date(const struct archive_row *row, char iso[static DATE_LENGTH])
{
	if (row->columns[DATE].length != DATE_LENGTH)
		return false;
	memcpy(iso, row->columns[DATE].at, DATE_LENGTH);
	if (iso[4] != '.' || iso[7] != '.')
		return false;
	iso[4] = iso[7] = '-';
	return true;
}

static bool
read_time(const struct archive_row *row, int64_t *ret_us)
{
	char iso[DATE_LENGTH + 16];
	size_t length = row->columns[TIME].length;

	if (!read_date(row, iso))
		return archive_row_fault(row, DATE, "a date as 2024.08.01");
	if (!time_has_form(row->columns[TIME].at, length))
		return archive_row_fault(row, TIME, "a time as 23:59:59.999");
	snprintf(iso + DATE_LENGTH, sizeof(iso) - DATE_LENGTH, "T%.*s", (int)length,
	    row->columns[TIME].at);
	return clock_parse(iso, ret_us) == 0 ||
	    archive_row_fault(row, DATE, "a date and time that exist");
}

/* Blank leaves *value as it was; *ret_given tells. */
static bool
read_value(const struct archive_row *row, size_t column, int64_t *value, bool *ret_given)
{
	*ret_given = row->columns[column].length > 0;
	return !*ret_given || archive_row_decimal(row, column, false, value);
}

static bool
read_flags(const struct archive_row *row, int64_t *ret, bool *ret_given)
{
	*ret_given = row->columns[FLAGS].length > 0;
	*ret = 0;
	return !*ret_given || archive_row_integer(row, FLAGS, 0, FLAGS_MOST, ret);
}

/* A tick is its millisecond and its place in it: neither would mean anything out of order. */
static bool
place(struct mt5_rows *rows, const struct archive_row *row, int64_t server_us)
{
	if (rows->server_us != TICK_NONE && server_us < rows->server_us)
		return archive_row_fault(row, TIME, "a time not before that of the row above");
	rows->ordinal = server_us == rows->server_us ? rows->ordinal + 1 : 0;
	rows->server_us = server_us;
	return true;
}

static int64_t
price_or_none(int64_t value_e8)
{
	return value_e8 == 0 ? TICK_NONE : value_e8;
}

/* The row as the terminal has the tick: with what was blank. */
static struct mt5_tick
tick_of(const struct mt5_rows *rows, int64_t flags)
{
	return (struct mt5_tick){
		.server_ms = rows->server_us / CLOCK_MS_US,
		.bid_e8 = price_or_none(rows->bid_e8),
		.ask_e8 = price_or_none(rows->ask_e8),
		.last_e8 = price_or_none(rows->last_e8),
		.volume_e8 = rows->volume_e8,
		.flags = (uint32_t)flags,
	};
}

int
mt5_row(struct mt5_rows *rows, const char *line, size_t length, struct tick *ret,
    struct problem *problem)
{
	struct archive_row row = {.names = names, .problem = problem};
	struct mt5_tick tick;
	bool bid_given, ask_given, last_given, volume_given, flags_given;
	int64_t server_us = 0, flags;

	archive_row_split(line, length, '\t', &row);
	if (row.count != COLUMNS)
		return problem_set(problem, -EINVAL,
		    "expected the %d columns of MT5 ticks, separated by tabs, not %zu", COLUMNS,
		    row.count);
	if (!read_time(&row, &server_us) || !read_value(&row, BID, &rows->bid_e8, &bid_given) ||
	    !read_value(&row, ASK, &rows->ask_e8, &ask_given) ||
	    !read_value(&row, LAST, &rows->last_e8, &last_given) ||
	    !read_value(&row, VOLUME, &rows->volume_e8, &volume_given) ||
	    !read_flags(&row, &flags, &flags_given) || !place(rows, &row, server_us))
		return -EINVAL;
	/* Without flags, a price and a size that are given are a deal. */
	if (!flags_given && last_given && volume_given)
		flags = MT5_TICK_LAST | MT5_TICK_VOLUME;
	tick = tick_of(rows, flags);
	if (!mt5_tick_row(&tick, rows->server_us - rows->offset_us, rows->ordinal, ret))
		return 0;
	ret->flags |= TICK_IMPORTED;
	return 1;
}
