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
#include "logd/symbols.h"

#define COMPONENT_NAME_SIZE (2 * SYMBOLS_NAME_SIZE + 16)

static json_t *
time_or_null(int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	return time_us == TICK_NONE ? json_null() : json_string(clock_format(time_us, 3, text));
}

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

/* Copies the members of these names that there are. */
static void
copy_members(json_t *entry, const json_t *from, const char *const *names)
{
	for (; *names != NULL; names++) {
		json_t *value = json_object_get(from, *names);

		if (value != NULL)
			json_object_set(entry, *names, value);
	}
}

/* Adds the sentences, if there are any, and what they mean.  Takes the reference. */
static void
add_faults(json_t *entry, json_t *faults, const char *status)
{
	if (json_array_size(faults) > 0) {
		if (json_is_true(json_object_get(entry, "ok")))
			json_object_set_new(entry, "status", json_string(status));
		json_object_set_new(entry, "ok", json_false());
		json_object_set(entry, "problems", faults);
	}
	json_decref(faults);
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
	    time_or_null(newest_us), "age_ms",
	    newest_us == TICK_NONE ? json_null() : json_integer(age_us / CLOCK_MS_US),
	    "ticks_per_second", rate == NULL ? json_null() : rate);

	copy_members(entry, told, (const char *const[]){"gaps", "missing", "backfilled", NULL});
	add_faults(entry, feed_faults_of_symbol(told), "silent");
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
	char component[COMPONENT_NAME_SIZE];
	json_t *entry = json_pack("{s:b, s:s, s:s}", "ok",
	    state != NULL && strcmp(state, "live") == 0, "status",
	    state == NULL ? "stopped" : state, "source", source);

	copy_members(entry, feed, figures);
	add_faults(entry, feed_faults_look(watch, feed, clock_monotonic_us()), "degraded");
	snprintf(component, sizeof(component), "feed:%.64s", name);
	json_object_set_new(components, component, entry);
}

/* The feed of this name in tickd's status, NULL where tickd says nothing (any more). */
static json_t *
find_feed(const json_t *tickd, const char *name)
{
	json_t *feed;
	size_t i;

	if (!health_status_is_fresh(tickd))
		return NULL;
	json_array_foreach(json_object_get(tickd, "feeds"), i, feed) {
		const char *own = json_string_value(json_object_get(feed, "name"));

		if (own != NULL && strcmp(own, name) == 0)
			return feed;
	}
	return NULL;
}

static void
measure_symbols(json_t *components, const struct symbol_row *rows, size_t count,
    const struct settings *settings, const json_t *feed)
{
	const char *source = settings->binance.source;

	for (size_t i = 0; i < settings->binance.symbols.count; i++) {
		const char *symbol = settings->binance.symbols.items[i];
		char component[COMPONENT_NAME_SIZE];

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
	feed = find_feed(tickd, "binance");
	measure_feed(components, "binance", settings->binance.source, watch, feed);
	measure_symbols(components, rows, count, settings, feed);
	free(rows);
}
