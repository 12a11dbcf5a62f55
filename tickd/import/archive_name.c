#define _GNU_SOURCE
#include "tickd/import/archive_name.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

/* A stretch of the name. */
struct part {
	const char *at;
	size_t length;
};

static struct part
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *at = slash == NULL ? path : slash + 1;

	return (struct part){at, strlen(at)};
}

static bool
drop_ending(struct part *name, const char *ending)
{
	size_t length = strlen(ending);

	if (name->length <= length ||
	    strncasecmp(name->at + name->length - length, ending, length) != 0)
		return false;
	name->length -= length;
	return true;
}

static void
drop_endings(struct part *name)
{
	(void)(drop_ending(name, ".zip") || drop_ending(name, ".gz") || drop_ending(name, ".zst"));
	(void)drop_ending(name, ".csv");
}

/* True where the name ends in what `form` says: 0 is any digit, all else is itself. */
static bool
ends_as(struct part name, const char *form)
{
	size_t length = strlen(form);

	if (name.length <= length)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name.at[name.length - length + i];

		if (form[i] == '0' ? !isdigit(c) : c != (unsigned char)form[i])
			return false;
	}
	return true;
}

static bool
copy(struct part from, char *to, size_t size)
{
	if (from.length == 0 || from.length >= size)
		return false;
	memcpy(to, from.at, from.length);
	to[from.length] = '\0';
	return true;
}

/* The first of the next month of "2024-08-01". */
static void
next_month(const char day[static ARCHIVE_PERIOD_SIZE], char *next, size_t size)
{
	int year = (day[0] - '0') * 1000 + (day[1] - '0') * 100 + (day[2] - '0') * 10 + day[3] - '0';
	int month = (day[5] - '0') * 10 + day[6] - '0';

	snprintf(next, size, "%04d-%02d-01", month == 12 ? year + 1 : year, month % 12 + 1);
}

/* Takes "-2024-08-01" or "-2024-08" off the end. */
static bool
take_period(struct part *name, struct archive_name *ret)
{
	bool is_day = ends_as(*name, "-0000-00-00");
	size_t length = is_day ? 10 : 7;
	char first[ARCHIVE_PERIOD_SIZE], next[16];
	struct part period;

	if (!is_day && !ends_as(*name, "-0000-00"))
		return false;
	period = (struct part){name->at + name->length - length, length};
	if (!copy(period, ret->period, sizeof(ret->period)))
		return false;
	memcpy(first, ret->period, sizeof(first));
	if (!is_day)
		memcpy(first + length, "-01", 4);
	if (clock_parse(first, &ret->from_us) < 0)
		return false;
	name->length -= length + 1;
	ret->to_us = ret->from_us + CLOCK_DAY_US;
	if (is_day)
		return true;
	next_month(first, next, sizeof(next));
	return clock_parse(next, &ret->to_us) == 0;
}

/* "5m", "1h", "1mo": digits and a unit. */
static bool
is_interval(struct part word)
{
	static const char *const units[] = {"s", "m", "h", "d", "w", "mo"};
	size_t digits = 0;

	while (digits < word.length && isdigit((unsigned char)word.at[digits]))
		digits++;
	for (size_t i = 0; digits > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (word.length - digits == strlen(units[i]) &&
		    memcmp(word.at + digits, units[i], word.length - digits) == 0)
			return true;
	return false;
}

static bool
is_word(struct part part, const char *word)
{
	return part.length == strlen(word) && memcmp(part.at, word, part.length) == 0;
}

/* Takes "-trades", "-aggTrades" or "-5m" off the end. */
static bool
take_kind(struct part *name, struct archive_name *ret)
{
	const char *dash = memrchr(name->at, '-', name->length);
	struct part word;

	if (dash == NULL)
		return false;
	word = (struct part){dash + 1, (size_t)(name->at + name->length - dash) - 1};
	if (is_word(word, "trades"))
		ret->kind = ARCHIVE_TRADES;
	else if (is_word(word, "aggTrades"))
		ret->kind = ARCHIVE_AGGREGATES;
	else if (is_interval(word) && copy(word, ret->interval, sizeof(ret->interval)))
		ret->kind = ARCHIVE_KLINES;
	else
		return false;
	name->length -= word.length + 1;
	return true;
}

static bool
read_binance(struct part name, struct archive_name *ret)
{
	return take_period(&name, ret) && take_kind(&name, ret) &&
	    copy(name, ret->symbol, sizeof(ret->symbol));
}

static bool
read_mt5(struct part name, struct archive_name *ret)
{
	static const char form[] = "_000000000000_000000000000";

	if (!ends_as(name, form))
		return false;
	name.length -= sizeof(form) - 1;
	ret->kind = ARCHIVE_MT5;
	return copy(name, ret->symbol, sizeof(ret->symbol));
}

void
archive_name_read(const char *path, struct archive_name *ret)
{
	struct part name = base_name(path);

	drop_endings(&name);
	*ret = (struct archive_name){.kind = ARCHIVE_UNKNOWN};
	if (read_binance(name, ret))
		return;
	*ret = (struct archive_name){.kind = ARCHIVE_UNKNOWN};
	if (!read_mt5(name, ret))
		*ret = (struct archive_name){.kind = ARCHIVE_UNKNOWN};
}

/* jansson knows what UTF-8 is: whoever shows symbols does it as JSON. */
static bool
is_utf8(const char *text, size_t length)
{
	json_t *value = json_stringn(text, length);
	bool fits = value != NULL;

	json_decref(value);
	return fits;
}

bool
archive_symbol_fits(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == ':' || name[i] == 0x7f)
			return false;
	return length > 0 && length < ARCHIVE_SYMBOL_SIZE && is_utf8(name, length);
}

const char *
archive_kind_name(enum archive_kind kind)
{
	static const char *const names[] = {
		[ARCHIVE_UNKNOWN] = "unknown",
		[ARCHIVE_TRADES] = "trades",
		[ARCHIVE_AGGREGATES] = "aggTrades",
		[ARCHIVE_KLINES] = "klines",
		[ARCHIVE_MT5] = "MT5 ticks",
		[ARCHIVE_RECORDING] = "recording",
	};

	return names[kind];
}
