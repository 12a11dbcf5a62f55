#include "logd/health_terminals.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/market_hours.h"
#include "common/stored_rows.h"
#include "common/tick.h"
#include "logd/health.h"
#include "logd/health_entry.h"

static const struct readers_query symbols_of_source = {DATABASE_TICKS,
	"SELECT symbol, newest_us, (SELECT sessions FROM symbol_terms WHERE"
	" symbol_terms.symbol_id = symbols.symbol_id ORDER BY from_us DESC LIMIT 1)"
	" FROM symbols WHERE source = ?1 ORDER BY symbol"};

/* An account, and what tickd tells of its terminal: NULL for nothing. */
struct terminal {
	const char *source;
	const json_t *feed;
	bool connected;
	bool any;      /* it named symbols, which are ... */
	json_t *named; /* ... the keys of this */
};

/* ---- symbols ---- */

/* False also where it cannot be told. */
static bool
is_resting(const struct terminal *terminal, const char *sessions, int64_t now_us)
{
	const json_t *offset = json_object_get(terminal->feed, "utc_offset_s");
	struct market_hours hours;
	int64_t server_us, since_us;

	if (!terminal->connected || !json_is_integer(offset) || sessions == NULL ||
	    market_hours_read(&hours, sessions) < 0)
		return false;
	server_us = now_us + json_integer_value(offset) * CLOCK_SECOND_US;
	since_us = market_hours_open_since(&hours, server_us);
	return since_us == TICK_NONE || server_us - since_us < HEALTH_STALE_US;
}

static json_t *
measure_symbol(const struct terminal *terminal, int64_t newest_us, const char *sessions)
{
	int64_t now_us = clock_wall_us();
	int64_t age_us = newest_us == TICK_NONE ? 0 : now_us - newest_us;
	bool live = newest_us != TICK_NONE && age_us < HEALTH_STALE_US;
	bool quiet = !live && is_resting(terminal, sessions, now_us);
	const char *status = live ? "live" : quiet ? "quiet" :
	    newest_us == TICK_NONE			   ? "no tick yet" :
							     "stale";

	return json_pack("{s:b, s:s, s:o, s:o}", "ok", live || quiet, "status", status, "last_tick",
	    health_entry_time(newest_us), "age_ms",
	    newest_us == TICK_NONE ? json_null() : json_integer(age_us / CLOCK_MS_US));
}

static void
add_symbol(json_t *components, const struct terminal *terminal, sqlite3_stmt *row)
{
	const char *symbol = (const char *)sqlite3_column_text(row, 0);
	const char *sessions = (const char *)sqlite3_column_text(row, 2);
	char component[HEALTH_COMPONENT_SIZE];

	if (symbol == NULL || (terminal->any && json_object_get(terminal->named, symbol) == NULL))
		return;
	snprintf(component, sizeof(component), "symbol:%s:%s", terminal->source, symbol);
	json_object_set_new(components, component,
	    measure_symbol(terminal, stored_or_none(row, 1), sessions));
}

/* While the database cannot be read, nothing is known of any symbol. */
static void
measure_symbols(json_t *components, struct readers *readers, const struct terminal *terminal)
{
	struct problem problem;
	sqlite3_stmt *row;

	if (readers_begin(readers, &symbols_of_source, &row, &problem) < 0)
		return;
	sqlite3_bind_text(row, 1, terminal->source, -1, SQLITE_STATIC);
	while (readers_step(readers, &symbols_of_source, row, &problem) == 1)
		add_symbol(components, terminal, row);
	readers_done(row);
}

/* ---- the terminal ---- */

static json_t *
faults_of(const struct terminal *terminal)
{
	const char *listen = json_string_value(json_object_get(terminal->feed, "listen"));
	json_t *faults = json_array();

	if (terminal->feed != NULL && !terminal->connected)
		json_array_append_new(faults, json_sprintf("%s: no terminal is connected to %s",
		    terminal->source, listen == NULL ? "tickd" : listen));
	return faults;
}

static json_t *
measure_terminal(const struct terminal *terminal)
{
	static const char *const figures[] = {"account", "server", "connected_s", "utc_offset_s",
		"ticks_per_second", "connects", "duplicates", "waiting", "held", "orders", NULL};
	const char *state = json_string_value(json_object_get(terminal->feed, "state"));
	json_t *entry = json_pack("{s:b, s:s, s:s}", "ok",
	    state != NULL && strcmp(state, "live") == 0, "status",
	    state == NULL ? "stopped" : state, "source", terminal->source);

	health_entry_copy(entry, terminal->feed, figures);
	health_entry_add_faults(entry, faults_of(terminal), "waiting");
	return entry;
}

static struct terminal
look_at(const char *source, const char *name, const json_t *tickd)
{
	struct terminal terminal = {.source = source, .feed = health_entry_feed(tickd, name),
		.named = json_object()};
	const json_t *symbol;
	size_t i;

	terminal.connected = json_object_get(terminal.feed, "connected_s") != NULL;
	json_array_foreach(json_object_get(terminal.feed, "symbols"), i, symbol) {
		const char *key = json_string_value(json_object_get(symbol, "symbol"));

		if (key != NULL)
			json_object_set_new(terminal.named, key, json_true());
	}
	terminal.any = json_object_size(terminal.named) > 0;
	return terminal;
}

void
health_terminals_measure(json_t *components, struct readers *readers,
    const struct settings *settings, const json_t *tickd)
{
	for (size_t i = 0; settings->mt5.enabled && i < settings->mt5.account_count; i++) {
		const char *source = settings->mt5.accounts[i].source;
		char name[HEALTH_COMPONENT_SIZE] = "feed:mt5";
		struct terminal terminal;

		if (i > 0)
			snprintf(name, sizeof(name), "feed:mt5.%.64s", source);
		terminal = look_at(source, name + strlen("feed:"), tickd);
		json_object_set_new(components, name, measure_terminal(&terminal));
		measure_symbols(components, readers, &terminal);
		json_decref(terminal.named);
	}
}
