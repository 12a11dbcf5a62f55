#include "logd/health_trades.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/tick.h"
#include "logd/health_entry.h"
#include "logd/symbols.h"

#define STALE_NAMED_MAX 10 /* sentences about stale symbols */

static const struct readers_query open_trades = {DATABASE_ANALYSIS,
	"SELECT source, symbol, count(*), sum(stale) FROM dtms_trades WHERE closed_us IS NULL"
	" GROUP BY source, symbol ORDER BY source, symbol"};
static const struct readers_query switches = {DATABASE_ANALYSIS,
	"SELECT coalesce(max(off), 0) FROM dtms_progress"};

/* What all symbols together come to. */
struct trades {
	struct symbol_row *symbols; /* NULL where they cannot be read */
	size_t symbol_count;
	int64_t open, stale;
	json_t *problems;
	const json_t *components; /* measured so far */
};

/* The newest tick of the source, of whatever symbol: its clock. */
static int64_t
clock_of(const struct trades *trades, const char *source)
{
	int64_t newest_us = TICK_NONE;

	for (size_t i = 0; i < trades->symbol_count; i++)
		if (strcmp(trades->symbols[i].source, source) == 0 &&
		    trades->symbols[i].newest_us > newest_us)
			newest_us = trades->symbols[i].newest_us;
	return newest_us;
}

/* Its market is closed while the terminal is connected: there is nothing to decide on. */
static bool
is_quiet(const struct trades *trades, const char *source, const char *symbol)
{
	char component[HEALTH_COMPONENT_SIZE];
	const char *status;

	snprintf(component, sizeof(component), "symbol:%.64s:%.64s", source, symbol);
	status = json_string_value(
	    json_object_get(json_object_get(trades->components, component), "status"));
	return status != NULL && strcmp(status, "quiet") == 0;
}

static void
add_symbol(struct trades *trades, const char *source, const char *symbol, int64_t count,
    int64_t stale)
{
	int64_t clock_us = clock_of(trades, source);
	char text[256];

	if (clock_us == TICK_NONE || clock_wall_us() - clock_us > HEALTH_TRADES_STALE_US)
		stale = count;
	if (is_quiet(trades, source, symbol))
		stale = 0;
	trades->open += count;
	trades->stale += stale;
	if (stale == 0 || json_array_size(trades->problems) == STALE_NAMED_MAX)
		return;
	snprintf(text, sizeof(text), "%.64s:%.64s: no decision on %lld of %lld trades for want of "
	    "new data", source, symbol, (long long)stale, (long long)count);
	json_array_append_new(trades->problems, json_string(text));
}

static int
read_trades(struct readers *readers, struct trades *trades, struct problem *problem)
{
	sqlite3_stmt *row;
	int result = readers_begin(readers, &open_trades, &row, problem);

	if (result < 0)
		return result;
	while ((result = readers_step(readers, &open_trades, row, problem)) == 1) {
		const char *source = (const char *)sqlite3_column_text(row, 0);
		const char *symbol = (const char *)sqlite3_column_text(row, 1);

		if (source != NULL && symbol != NULL)
			add_symbol(trades, source, symbol, sqlite3_column_int64(row, 2),
			    sqlite3_column_int64(row, 3));
	}
	readers_done(row);
	return result;
}

static bool
is_off(struct readers *readers)
{
	struct problem problem;
	sqlite3_stmt *row;
	bool off;

	if (readers_begin(readers, &switches, &row, &problem) < 0)
		return false;
	off = readers_step(readers, &switches, row, &problem) == 1 &&
	    sqlite3_column_int64(row, 0) != 0;
	readers_done(row);
	return off;
}

static json_t *
describe(struct readers *readers, const struct trades *trades)
{
	bool ok = trades->stale == 0;
	const char *status = !ok ? "stale" : is_off(readers) ? "off" : "ok";
	json_t *entry = json_pack("{s:b, s:s, s:I, s:I}", "ok", ok, "status", status, "trades",
	    (json_int_t)trades->open, "stale", (json_int_t)trades->stale);

	if (!ok)
		json_object_set(entry, "problems", trades->problems);
	return entry;
}

void
health_trades_measure(json_t *components, struct readers *readers)
{
	struct trades trades = {.symbols = calloc(SYMBOLS_MAX, sizeof(*trades.symbols)),
		.problems = json_array(), .components = components};
	struct problem problem;

	if (trades.symbols == NULL || symbols_list(readers, trades.symbols, SYMBOLS_MAX,
		&trades.symbol_count, &problem) < 0)
		trades.symbol_count = 0;
	if (read_trades(readers, &trades, &problem) == 0)
		json_object_set_new(components, "dtms", describe(readers, &trades));
	free(trades.symbols);
	json_decref(trades.problems);
}
