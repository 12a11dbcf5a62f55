#include "logd/health_feeds.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/tick.h"
#include "logd/feed_faults.h"
#include "logd/health.h"
#include "logd/health_entry.h"
#include "logd/symbols.h"

/* What the feed says of this symbol, NULL for nothing. */
static json_t *
told_of(const json_t *feed, const char *symbol)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(feed, "symbols"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "symbol"));

		if (name != NULL && strcmp(name, symbol) == 0)
			return entry;
	}
	return NULL;
}

/* The age of the newest stored tick decides: what is not stored is of no use to anybody. */
static json_t *
measure_symbol(const struct symbol_row *row, const json_t *told)
{
	int64_t newest_us = row == NULL ? TICK_NONE : row->newest_us;
	int64_t age_us = newest_us == TICK_NONE ? 0 : clock_wall_us() - newest_us;
	bool ok = newest_us != TICK_NONE && age_us < HEALTH_STALE_US;
	json_t *rate = json_object_get(told, "ticks_per_second");
	json_t *entry = json_pack("{s:b, s:s, s:o, s:o, s:O}", "ok", ok, "status",
	    newest_us == TICK_NONE ? "no tick yet" : ok ? "live" : "stale", "last_tick",
	    health_entry_time(newest_us), "age_ms",
	    newest_us == TICK_NONE ? json_null() : json_integer(age_us / CLOCK_MS_US),
	    "ticks_per_second", rate == NULL ? json_null() : rate);

	health_entry_copy(entry, told, (const char *const[]){"gaps", "missing", "backfilled", NULL});
	health_entry_add_faults(entry, feed_faults_of_symbol(told), "silent");
	return entry;
}

static const struct symbol_row *
find_row(const struct symbol_row *rows, size_t count, const char *source, const char *symbol)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].source, source) == 0 && strcmp(rows[i].symbol, symbol) == 0)
			return &rows[i];
	return NULL;
}

static void
measure_feed(json_t *components, const char *name, const char *source, struct feed_watch *watch,
    const json_t *feed)
{
	static const char *const figures[] = {"ticks_per_second", "lag_ms", "gaps", "reconnects",
		"rotations", "malformed", "rest", "backfill", "clock", "recorder", NULL};
	const char *state = json_string_value(json_object_get(feed, "state"));
	char component[HEALTH_COMPONENT_SIZE];
	json_t *entry = json_pack("{s:b, s:s, s:s}", "ok",
	    state != NULL && strcmp(state, "live") == 0, "status",
	    state == NULL ? "stopped" : state, "source", source);

	health_entry_copy(entry, feed, figures);
	health_entry_add_faults(entry, feed_faults_look(watch, feed, clock_monotonic_us()), "degraded");
	snprintf(component, sizeof(component), "feed:%.64s", name);
	json_object_set_new(components, component, entry);
}

static void
measure_symbols(json_t *components, const struct symbol_row *rows, size_t count,
    const struct settings *settings, const json_t *feed)
{
	const char *source = settings->binance.source;

	for (size_t i = 0; i < settings->binance.symbols.count; i++) {
		const char *symbol = settings->binance.symbols.items[i];
		char component[HEALTH_COMPONENT_SIZE];

		snprintf(component, sizeof(component), "symbol:%s:%s", source, symbol);
		json_object_set_new(components, component, measure_symbol(
		    find_row(rows, count, source, symbol), told_of(feed, symbol)));
	}
}

void
health_feeds_measure(json_t *components, struct readers *readers, const struct settings *settings,
    struct feed_watch *watch, const json_t *tickd)
{
	struct symbol_row *rows;
	const json_t *feed;
	struct problem problem;
	size_t count = 0;

	if (!settings->binance.enabled)
		return;
	rows = calloc(SYMBOLS_MAX, sizeof(*rows));
	/* While the database cannot be read, no symbol is known to be fresh. */
	if (rows == NULL || symbols_list(readers, rows, SYMBOLS_MAX, &count, &problem) < 0)
		count = 0;
	feed = health_entry_feed(tickd, "binance");
	measure_feed(components, "binance", settings->binance.source, watch, feed);
	measure_symbols(components, rows, count, settings, feed);
	free(rows);
}
