#include "tradingctl/state_tables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/access.h"
#include "common/clock.h"
#include "tradingctl/columns.h"
#include "tradingctl/feed_text.h"

/* ---- words ---- */

const char *
state_text(const json_t *value, char buffer[static STATE_TEXT_SIZE])
{
	if (json_is_string(value))
		snprintf(buffer, STATE_TEXT_SIZE, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(buffer, STATE_TEXT_SIZE, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buffer, STATE_TEXT_SIZE, "%.1f", json_real_value(value));
	else
		snprintf(buffer, STATE_TEXT_SIZE, "-");
	return buffer;
}

static const char *
bytes_text(const json_t *value, char buffer[static STATE_TEXT_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double size = json_number_value(value);
	int unit = 0;

	if (!json_is_number(value))
		return state_text(NULL, buffer);
	for (; size >= 1024 && unit < 4; unit++)
		size /= 1024;
	snprintf(buffer, STATE_TEXT_SIZE, "%.*f %s", unit == 0 ? 0 : 1, size, units[unit]);
	return buffer;
}

/* "3d 04:05:06" since a wall-clock time, "-" for none. */
static const char *
since_text(double start_us, char buffer[static STATE_TEXT_SIZE])
{
	int64_t seconds = (clock_wall_us() - (int64_t)start_us) / CLOCK_SECOND_US;
	int64_t days = seconds / 86400;

	if (start_us <= 0)
		return state_text(NULL, buffer);
	if (seconds < 0)
		seconds = 0;
	snprintf(buffer, STATE_TEXT_SIZE, days > 0 ? "%dd %02d:%02d:%02d" : "%.0d%02d:%02d:%02d",
	    (int)days, (int)(seconds % 86400 / 3600), (int)(seconds % 3600 / 60),
	    (int)(seconds % 60));
	return buffer;
}

static const char *
time_text(const json_t *time_us, char buffer[static STATE_TEXT_SIZE])
{
	int64_t value = json_integer_value(time_us);

	return value > 0 ? clock_format(value, 3, buffer) : state_text(NULL, buffer);
}

static int
print_and_free(struct columns *columns)
{
	int error = columns_print(columns, true, stdout);

	columns_free(columns);
	return error;
}

/* ---- processes ---- */

static void
add_child(struct columns *columns, const char *name, const json_t *process)
{
	char text[STATE_TEXT_SIZE];
	const char *status = json_string_value(json_object_get(process, "status"));

	columns_add(columns, "%s", name);
	columns_add(columns, "%s", state_text(json_object_get(process, "state"), text));
	columns_add(columns, "%s", state_text(json_object_get(process, "pid"), text));
	columns_add(columns, "%s",
	    since_text(json_number_value(json_object_get(process, "started")) * 1e6, text));
	columns_add(columns, "%s", state_text(json_object_get(process, "restarts"), text));
	columns_add(columns, "%s", state_text(json_object_get(process, "cpu_percent"), text));
	columns_add(columns, "%s", bytes_text(json_object_get(process, "rss_bytes"), text));
	columns_add(columns, "%s", status == NULL ? "-" : status);
}

/* A daemon that runs without a supervisor tells of itself. */
static void
add_lone(struct columns *columns, const char *name, const json_t *daemon)
{
	char text[STATE_TEXT_SIZE];
	const char *status = json_string_value(json_object_get(daemon, "status"));

	columns_add(columns, "%s", name);
	columns_add(columns, "%s",
	    daemon == NULL ? "not running" : state_text(json_object_get(daemon, "state"), text));
	columns_add(columns, "%s", state_text(json_object_get(daemon, "pid"), text));
	columns_add(columns, "%s",
	    since_text(json_number_value(json_object_get(daemon, "started_us")), text));
	for (int i = 0; i < 3; i++)
		columns_add(columns, "-");
	columns_add(columns, "%s", status == NULL ? "-" : status);
}

static int
print_processes(const struct system_state *state)
{
	struct columns *columns =
	    columns_create("process|state|>pid|>up|>restarts|>cpu %|>memory|status");
	const json_t *processes = json_object_get(state->published, "processes");

	if (columns == NULL)
		return -ENOMEM;
	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++) {
		const char *name = system_state_daemons[i];

		if (processes != NULL)
			add_child(columns, name, json_object_get(processes, name));
		else
			add_lone(columns, name, state->daemons[i]);
	}
	return print_and_free(columns);
}

/* ---- feeds ---- */

static const json_t *
tickd_state(const struct system_state *state)
{
	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++)
		if (strcmp(system_state_daemons[i], "tickd") == 0)
			return state->daemons[i];
	return NULL;
}

const json_t *
state_feeds(const struct system_state *state)
{
	return json_object_get(tickd_state(state), "feeds");
}

static void
print_feed_lines(const struct system_state *state)
{
	int64_t now_us = json_integer_value(json_object_get(tickd_state(state), "updated_us"));
	const json_t *feed;
	size_t i;

	json_array_foreach(state_feeds(state), i, feed) {
		feed_text_print(feed, now_us, stdout);
	}
}

static int
print_feeds(const struct system_state *state)
{
	static const char *const keys[] = {"ticks_per_second", "lag_ms", "gaps", "reconnects",
	    "malformed", "unknown"};
	struct columns *columns = columns_create(
	    "feed|state|last tick (UTC)|>ticks/s|>lag ms|>gaps|>reconnects|>malformed|>unknown");
	char text[STATE_TEXT_SIZE];
	const json_t *feed;
	size_t i;

	if (columns == NULL)
		return -ENOMEM;
	json_array_foreach(state_feeds(state), i, feed) {
		columns_add(columns, "%s", state_text(json_object_get(feed, "name"), text));
		columns_add(columns, "%s", state_text(json_object_get(feed, "state"), text));
		columns_add(columns, "%s",
		    time_text(json_object_get(feed, "last_tick_us"), text));
		for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
			columns_add(columns, "%s",
			    state_text(json_object_get(feed, keys[j]), text));
	}
	return print_and_free(columns);
}

int
state_tables_print_symbols(const struct system_state *state)
{
	static const char *const keys[] = {"price", "bid", "ask", "ticks_per_second", "ticks"};
	struct columns *columns =
	    columns_create("symbol|>price|>bid|>ask|>ticks/s|>ticks|last tick (UTC)");
	char text[STATE_TEXT_SIZE], source[STATE_TEXT_SIZE];
	const json_t *feed, *symbol;
	size_t i, j;

	if (columns == NULL)
		return -ENOMEM;
	json_array_foreach(state_feeds(state), i, feed) {
		state_text(json_object_get(feed, "source"), source);
		json_array_foreach(json_object_get(feed, "symbols"), j, symbol) {
			columns_add(columns, "%s:%s", source,
			    state_text(json_object_get(symbol, "symbol"), text));
			for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
				columns_add(columns, "%s",
				    state_text(json_object_get(symbol, keys[k]), text));
			columns_add(columns, "%s",
			    time_text(json_object_get(symbol, "last_tick_us"), text));
		}
	}
	return print_and_free(columns);
}

/* ---- databases ---- */

/* The supervisor's entry of a database, or its owner's own. */
static const json_t *
database_entry(const struct system_state *state, const char *key)
{
	const json_t *entry =
	    json_object_get(json_object_get(state->published, "databases"), key);

	for (int i = 0; i < SYSTEM_STATE_DAEMONS && entry == NULL; i++)
		if (strcmp(system_state_daemons[i], "logd") != 0 || strcmp(key, "logs_db") == 0)
			entry = json_object_get(
			    json_object_get(state->daemons[i], "databases"), key);
	return entry;
}

static int
print_databases(const struct system_state *state)
{
	struct columns *columns = columns_create("database|writer|>size|>wal|>rows");
	const json_t *locks = json_object_get(state->published, "database_locks");
	char text[STATE_TEXT_SIZE];

	if (columns == NULL)
		return -ENOMEM;
	for (int id = 0; id < DATABASE_COUNT; id++) {
		const char *key = access_database_key((enum database_id)id);
		const json_t *entry = database_entry(state, key);

		columns_add(columns, "%s", access_database_file((enum database_id)id));
		columns_add(columns, "%s", state_text(json_object_get(locks, key), text));
		columns_add(columns, "%s",
		    bytes_text(json_object_get(entry, "size_bytes"), text));
		columns_add(columns, "%s", bytes_text(json_object_get(entry, "wal_bytes"), text));
		columns_add(columns, "%s", state_text(json_object_get(entry, "rows"), text));
	}
	return print_and_free(columns);
}

int
state_tables_print(const struct system_state *state)
{
	int error = print_processes(state);

	if (error == 0)
		putchar('\n');
	if (error == 0 && state_feeds(state) != NULL) {
		error = print_feeds(state);
		print_feed_lines(state);
		putchar('\n');
	}
	return error < 0 ? error : print_databases(state);
}
