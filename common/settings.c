#define _GNU_SOURCE
#include "common/settings.h"

#include <assert.h>
#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <syslog.h>

#include "common/settings_value.h"

struct row {
	const char *section, *name;
	enum settings_type type;
	size_t offset; /* of the target in struct settings */
	const char *initial;
	const char *help;
};

#define AT(member) offsetof(struct settings, member)

static const struct row table[] = {
	{"paths", "state_dir", PATH, AT(paths.state_dir), "/var/lib/trading",
	    "where the three databases live, a folder a daemon"},
	{"paths", "runtime_dir", PATH, AT(paths.runtime_dir), "/run/trading",
	    "sockets and status files, gone after a boot"},
	{"binance", "enabled", BOOL, AT(binance.enabled), "yes", "collect from Binance spot"},
	{"binance", "symbols", SYMBOLS, AT(binance.symbols), "BTCUSDT",
	    "what to collect, separated by commas; long lists go on in indented lines"},
	{"binance", "stream_url", URL, AT(binance.stream_url), "wss://stream.binance.com:9443",
	    "base of the WebSocket streams, without a path"},
	{"binance", "rest_url", URL, AT(binance.rest_url), "https://api.binance.com",
	    "base of the REST calls, without a path"},
	{"binance", "ca_file", TEXT, AT(binance.ca_file), "",
	    "trust only this certificate file; empty trusts what the system trusts"},
	{"binance", "source", TEXT, AT(binance.source), "",
	    "the name stored with every tick; empty: binance for the exchange's hosts, else sim"},
	{"binance", "streams", STREAMS, AT(binance.streams), "trade,bookTicker",
	    "streams of each symbol: trade or aggTrade, and bookTicker"},
	{"binance", "quotes", QUOTES, AT(binance.quotes), "on_trade",
	    "on_trade: trades carry the bid and ask; all: every quote is a row as well"},
	{"binance", "history", DURATION, AT(binance.history_us), "30d",
	    "candles fetched from before the first tick; 0 is none"},
	{"binance", "pause_limit", DURATION, AT(binance.pause_limit_us), "20s",
	    "a socket that storage keeps waiting for so long is closed and opened again"},
	{"binance", "silence", DURATION, AT(binance.silence_us), "60s",
	    "no frame for so long: the connection is taken for dead"},
	{"binance", "symbol_silence", DURATION, AT(binance.symbol_silence_us), "60s",
	    "one symbol without a trade for so long, against its own rate: subscribed anew; 0 is off"},
	{"binance", "rotate_at", TIME_OF_DAY, AT(binance.rotate_at_us), "03:30",
	    "time of day (UTC) at which connections are replaced, before the exchange ends them"},
	{"binance", "weight", COUNT, AT(binance.weight_per_cent), "80",
	    "per cent of the exchange's request weight that is used, the rest is for other programs"},
	{"binance", "clock_alarm", DURATION, AT(binance.clock_alarm_us), "2s",
	    "our clock this far from the exchange's is alarmed on; 0 is never"},
	{"binance", "record", TEXT, AT(binance.record), "",
	    "folder for the raw frames with their receive times; empty: they are not kept"},
	{"binance", "record_rotate", DURATION, AT(binance.record_rotate_us), "1h",
	    "a new recording begins so often"},
	{"binance", "record_limit", SIZE, AT(binance.record_limit_bytes), "10G",
	    "the oldest recordings are deleted beyond so many bytes; 0 keeps all"},
	{"storage", "ring", COUNT, AT(storage.ring), "262144",
	    "ticks between the network and the disk before the network waits"},
	{"storage", "batch", COUNT, AT(storage.batch), "10000", "rows a transaction at the most"},
	{"storage", "commit_delay", DURATION, AT(storage.commit_delay_us), "5ms",
	    "a tick waits at most so long for company before it is committed"},
	{"storage", "wal_limit", SIZE, AT(storage.wal_limit_bytes), "256M",
	    "a longer write-ahead log is checkpointed and truncated"},
	{"retention", "ticks", DURATION, AT(retention.ticks_us), "7d",
	    "older ticks are deleted, their candles stay; 0 keeps all, as everywhere here"},
	{"retention", "m5_candles", DURATION, AT(retention.m5_candles_us), "730d",
	    "older candles are deleted"},
	{"retention", "dtms_actions", DURATION, AT(retention.dtms_actions_us), "90d",
	    "older actions, and trades so long after their end, are deleted"},
	{"retention", "analysis_results", DURATION, AT(retention.analysis_results_us), "30d",
	    "older analyses are deleted"},
	{"retention", "system_health", DURATION, AT(retention.system_health_us), "7d",
	    "older health records are deleted"},
	{"retention", "api_logs", DURATION, AT(retention.api_logs_us), "14d",
	    "older records of API calls are deleted"},
	{"retention", "gaps", DURATION, AT(retention.gaps_us), "90d",
	    "gaps that were closed longer ago are deleted"},
	{"retention", "changes", DURATION, AT(retention.changes_us), "7d",
	    "older notes of changed candles are deleted"},
	{"retention", "positions", DURATION, AT(retention.positions_us), "365d",
	    "positions that were closed longer ago are deleted"},
	{"mt5", "aliases", ALIASES, AT(mt5.aliases), "",
	    "NAME=SYMBOL: a broker's name; NAME=SOURCE:SYMBOL: whose order flow and price to compare"},
	{"dtms", "mode", MODE, AT(dtms.mode), "advise",
	    "advise: actions are written, never sent; execute: sent where the venue takes orders"},
	{"dtms", "vwap_thresholds", NUMBERS, AT(dtms.vwap_thresholds),
	    "XAUUSD=0.001,BTCUSD=0.002,BTCUSDT=0.002,EURUSD=0.0005,GBPUSD=0.0005,USDJPY=0.0007,"
	    "GBPJPY=0.0007,EURJPY=0.0007",
	    "slope of VWAP that counts as a flip, before session and regime"},
	{"dtms", "vwap_threshold", NUMBER, AT(dtms.vwap_threshold), "0.001",
	    "the same for all other symbols"},
	{"dtms", "daily_loss", NUMBER, AT(dtms.daily_loss), "2",
	    "per cent of the balance lost since midnight UTC: no hedge, no re-add; 0 is no limit"},
	{"dtms", "hourly_loss", NUMBER, AT(dtms.hourly_loss), "1",
	    "the same within an hour"},
	{"dtms", "stops_in_row", COUNT, AT(dtms.stops_in_row), "3",
	    "stopped out so often in a row: no hedge, no re-add; 0 is no limit"},
	{"dtms", "spread_limit", NUMBER, AT(dtms.spread_limit), "2",
	    "times its median of the day: beyond, nothing but close_all; 0 is no limit"},
	{"api", "listen", LISTEN, AT(api.listen), "127.0.0.1:8000", "ADDRESS:PORT of the API"},
	{"api", "connections", COUNT, AT(api.connections), "256", "open connections at the most"},
	{"api", "rows", COUNT, AT(api.rows), "10000", "rows an answer at the most"},
	{"api", "body", SIZE, AT(api.body_bytes), "64K", "bytes of a request body at the most"},
	{"api", "query_time", DURATION, AT(api.query_time_us), "2s", "a longer query is given up"},
	{"supervisor", "restart_min", DURATION, AT(supervisor.restart_min_us), "100ms",
	    "delay before the second restart in a row; it doubles from there"},
	{"supervisor", "restart_max", DURATION, AT(supervisor.restart_max_us), "30s",
	    "delay between restarts at the most"},
	{"supervisor", "stable_after", DURATION, AT(supervisor.stable_after_us), "60s",
	    "a run of this length forgets earlier deaths"},
	{"supervisor", "ready_timeout", DURATION, AT(supervisor.ready_timeout_us), "30s",
	    "a child must be ready so long after its start"},
	{"supervisor", "watchdog", DURATION, AT(supervisor.watchdog_us), "10s",
	    "a child that gives no sign of life for so long is hung; 0 is off"},
	{"supervisor", "stop_timeout", DURATION, AT(supervisor.stop_timeout_us), "10s",
	    "a child that has not stopped after this is killed"},
	{"supervisor", "max_deaths", COUNT, AT(supervisor.max_deaths), "0",
	    "give a child up after so many deaths in a row; 0 is never"},
	{"log", "level", LEVEL, AT(log.level), "info", "error, warning, notice, info or debug"},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

/* Where a value came from: line 0 is an -o option or a default. */
struct place {
	const char *file;
	int line;
	bool continued; /* the line goes on from the one before */
	bool faulty;	/* the value was refused: what follows from that is no fault of its own */
};

struct loading {
	struct settings *settings;
	struct settings_faults *faults;
	struct place place, set_at[ROWS]; /* set_at: for checks across settings */
	FILE *stream;
	bool named; /* in this section a name came already that an indented line can go on from */
	bool no_memory;
};

static void
fault_add(struct loading *loading, const struct place *place, const char *what)
{
	struct settings_faults *faults = loading->faults;
	char *text;

	if (faults->count < SETTINGS_FAULTS_MAX) {
		int length = place->line > 0 ?
		    asprintf(&text, "%s:%d: %s", place->file, place->line, what) :
		    asprintf(&text, "%s: %s", place->file, what);
		faults->texts[faults->count] = length < 0 ? NULL : text;
		loading->no_memory |= length < 0;
	}
	faults->count++;
}

static const struct row *
find_row(const char *section, const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(table[i].section, section) == 0 && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static bool
set_named(struct loading *loading, const char *section, const char *name, const char *value)
{
	const struct row *row = find_row(section, name);
	const char *expected = NULL;
	char what[512];

	if (row != NULL) {
		loading->set_at[row - table] = loading->place;
		expected = settings_value_read(row->type, value, loading->place.continued,
		    (char *)loading->settings + row->offset, &loading->no_memory);
		if (expected == NULL)
			return true;
		loading->set_at[row - table].faulty = true;
		snprintf(what, sizeof(what), "%s.%s = %.200s: expected %s", section, name, value,
		    expected);
	} else {
		snprintf(what, sizeof(what), "%.100s.%.100s: no such setting", section, name);
	}
	fault_add(loading, &loading->place, what);
	return false;
}

/* ---- files ---- */

/* inih tells its handler no line number: it is counted here, where the lines are read. */
static char *
read_line(char *buffer, int size, void *context)
{
	struct loading *loading = context;
	char *line = fgets(buffer, size, loading->stream);

	if (line == NULL)
		return NULL;
	loading->place.line++;
	if (line[0] == '[')
		loading->named = false;
	loading->place.continued = loading->named && (line[0] == ' ' || line[0] == '\t');
	if (strchr(line, '\n') == NULL && !feof(loading->stream)) {
		fault_add(loading, &loading->place,
		    "the line is too long: let the list go on in indented lines");
		while (strchr(line, '\n') == NULL && fgets(buffer, size, loading->stream) != NULL)
			continue;
		memcpy(line, "\n", sizeof("\n"));
	}
	return line;
}

static int
handle(void *context, const char *section, const char *name, const char *value)
{
	struct loading *loading = context;

	loading->named = true;
	/* A fault is kept with its line, so inih may go on as if all were well. */
	(void)set_named(loading, section, name, value == NULL ? "" : value);
	return 1;
}

static void
load_file(struct loading *loading, const char *file)
{
	char what[256];
	int line;

	loading->place = (struct place){.file = file};
	loading->named = false;
	loading->stream = fopen(file, "re");
	if (loading->stream == NULL) {
		snprintf(what, sizeof(what), "cannot be read: %s", strerror(errno));
		fault_add(loading, &loading->place, what);
		return;
	}
	line = ini_parse_stream(read_line, loading, handle, loading);
	if (ferror(loading->stream)) {
		fault_add(loading, &(struct place){.file = file}, "cannot be read: it is no file");
	} else if (line > 0) {
		fault_add(loading, &(struct place){.file = file, .line = line},
		    "expected [SECTION] or NAME = VALUE");
	}
	fclose(loading->stream);
	loading->stream = NULL;
}

/* The drop-ins stay in *ret_glob, for their names are used until the loading ends. */
static void
load_drop_ins(struct loading *loading, const char *file, glob_t *ret_glob)
{
	const char *slash = strrchr(file, '/');
	int directory = slash == NULL ? 0 : (int)(slash - file + 1);
	char *pattern;

	if (asprintf(&pattern, "%.*sconf.d/*.conf", directory, file) < 0) {
		loading->no_memory = true;
		return;
	}
	if (glob(pattern, 0, NULL, ret_glob) == 0)
		for (size_t i = 0; i < ret_glob->gl_pathc; i++)
			load_file(loading, ret_glob->gl_pathv[i]);
	free(pattern);
}

static void
load_override(struct loading *loading, const char *text)
{
	const char *equals = strchr(text, '='), *dot = strchr(text, '.');
	char section[64], name[64], what[256];

	loading->place = (struct place){.file = "-o"};
	if (equals == NULL || dot == NULL || dot > equals || dot - text >= 64 || equals - dot >= 64) {
		snprintf(what, sizeof(what), "%.100s: expected SECTION.NAME=VALUE", text);
		fault_add(loading, &loading->place, what);
		return;
	}
	snprintf(section, sizeof(section), "%.*s", (int)(dot - text), text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
	(void)set_named(loading, section, name, equals + 1);
	if (string_list_append(&loading->settings->overrides, text, strlen(text)) < 0)
		loading->no_memory = true;
}

/* ---- what must hold across settings ---- */

static void
check(struct loading *loading, const void *target, bool ok, const char *expected)
{
	size_t offset = (size_t)((const char *)target - (const char *)loading->settings);
	char what[512];

	for (size_t i = 0; !ok && i < ROWS; i++) {
		if (table[i].offset != offset || loading->set_at[i].faulty)
			continue;
		snprintf(what, sizeof(what), "%s.%s: expected %s", table[i].section, table[i].name,
		    expected);
		fault_add(loading, &loading->set_at[i], what);
	}
}

static bool
all_above_zero(const struct string_list *numbers)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (strtod(strchr(numbers->items[i], '=') + 1, NULL) <= 0)
			return false;
	return true;
}

static void
check_all(struct loading *loading)
{
	struct settings *s = loading->settings;
	struct sockaddr_un address;

	check(loading, &s->paths.runtime_dir,
	    strlen(s->paths.runtime_dir) + strlen("/analysisd/control.sock") <
		sizeof(address.sun_path),
	    "a shorter path: a socket's name has at most 107 bytes");
	check(loading, &s->binance.symbols, !s->binance.enabled || s->binance.symbols.count > 0,
	    "at least one symbol while binance.enabled is yes");
	check(loading, &s->binance.streams, string_list_has(&s->binance.streams, "trade", 5) !=
	    string_list_has(&s->binance.streams, "aggTrade", 8),
	    "either trade or aggTrade among the streams");
	check(loading, &s->binance.weight_per_cent, s->binance.weight_per_cent >= 1 &&
	    s->binance.weight_per_cent <= 100, "1 to 100");
	check(loading, &s->binance.record, s->binance.record[0] == '\0' ||
	    s->binance.record[0] == '/', "an absolute path, or nothing");
	check(loading, &s->binance.record_rotate_us, s->binance.record_rotate_us >= 1000000,
	    "1s or more");
	check(loading, &s->storage.ring, s->storage.ring >= 16384 && s->storage.ring <= 1 << 24,
	    "16384 to 16777216");
	check(loading, &s->storage.batch, s->storage.batch >= 1 && s->storage.batch <= 1000000,
	    "1 to 1000000");
	check(loading, &s->storage.wal_limit_bytes, s->storage.wal_limit_bytes >= 1 << 20,
	    "1M or more");
	check(loading, &s->dtms.vwap_thresholds, all_above_zero(&s->dtms.vwap_thresholds),
	    "numbers above 0: else any slope is a flip");
	check(loading, &s->dtms.vwap_threshold, s->dtms.vwap_threshold > 0,
	    "a number above 0: else any slope is a flip");
	check(loading, &s->api.rows, s->api.rows >= 1 && s->api.rows <= 1000000, "1 to 1000000");
	check(loading, &s->api.connections, s->api.connections >= 1, "1 or more");
	check(loading, &s->supervisor.restart_max_us,
	    s->supervisor.restart_max_us >= s->supervisor.restart_min_us,
	    "at least supervisor.restart_min");
}

/* "binance" for hosts of the exchange itself, "sim" for every other one. */
static const char *
source_of(const char *url)
{
	static const char *const domains[] = {".binance.com", ".binance.vision", ".binance.us"};
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, ":");

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		size_t tail = strlen(domains[i]);

		if (length > tail && strncasecmp(host + length - tail, domains[i], tail) == 0)
			return "binance";
	}
	return "sim";
}

/* ---- the whole ---- */

static void
load_defaults(struct loading *loading)
{
	loading->place = (struct place){.file = "default"};
	for (size_t i = 0; i < ROWS; i++) {
		const char *expected = settings_value_read(table[i].type, table[i].initial, false,
		    (char *)loading->settings + table[i].offset, &loading->no_memory);

		loading->set_at[i] = loading->place;
		assert(expected == NULL || loading->no_memory);
		(void)expected;
	}
}

int
settings_load(struct settings *ret, const char *file, const char *const *overrides,
    size_t override_count, struct settings_faults *faults)
{
	struct loading loading = {.settings = ret, .faults = faults};
	glob_t drop_ins = {0};

	*ret = (struct settings){0};
	*faults = (struct settings_faults){0};
	settings_set_text(&ret->file, file, &loading.no_memory);
	load_defaults(&loading);
	if (!loading.no_memory) {
		load_file(&loading, file);
		load_drop_ins(&loading, file, &drop_ins);
		for (size_t i = 0; i < override_count; i++)
			load_override(&loading, overrides[i]);
		check_all(&loading);
		if (ret->binance.source[0] == '\0')
			settings_set_text(&ret->binance.source,
			    source_of(ret->binance.stream_url), &loading.no_memory);
	}
	globfree(&drop_ins);
	if (loading.no_memory)
		return -ENOMEM;
	return faults->count > 0 ? -EINVAL : 0;
}

void
settings_free(struct settings *settings)
{
	for (size_t i = 0; i < ROWS; i++)
		settings_value_free(table[i].type, (char *)settings + table[i].offset);
	string_list_free(&settings->overrides);
	free(settings->file);
	*settings = (struct settings){0};
}

void
settings_faults_free(struct settings_faults *faults)
{
	for (size_t i = 0; i < faults->count && i < SETTINGS_FAULTS_MAX; i++)
		free(faults->texts[i]);
	*faults = (struct settings_faults){0};
}

/* ---- printing ---- */

void
settings_print_table(FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (i == 0 || strcmp(table[i].section, table[i - 1].section) != 0)
			fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", table[i].section);
		fprintf(out, "# %s\n#%s = %s\n", table[i].help, table[i].name, table[i].initial);
	}
}

void
settings_print(const struct settings *settings, FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		fprintf(out, "%s.%s=", table[i].section, table[i].name);
		settings_value_print(table[i].type, (const char *)settings + table[i].offset, out);
		fputc('\n', out);
	}
}
