#define _GNU_SOURCE
#include "common/settings.h"

#include <errno.h>
#include <syslog.h>

#include "tests/unit/common/scratch.h"

#define OVERRIDES_MAX 128

struct loaded {
	struct settings settings;
	struct settings_faults faults;
	int error;
};

/* Loads `file`, over it the NULL-terminated overrides; NULL is none. */
static struct loaded
load(const char *file, const char *const *overrides)
{
	struct loaded loaded;
	size_t count = 0;

	while (overrides != NULL && overrides[count] != NULL)
		count++;
	loaded.error = settings_load(&loaded.settings, file, overrides, count, &loaded.faults);
	return loaded;
}

static struct loaded
load_text(void **state, const char *text)
{
	return load(scratch_file(state, "trading.conf", text), NULL);
}

static void
finish(struct loaded *loaded)
{
	settings_free(&loaded->settings);
	settings_faults_free(&loaded->faults);
}

/* The text has exactly one fault: FILE:line: rest. */
static void
assert_fault(void **state, const char *text, int line, const char *rest)
{
	struct loaded loaded = load_text(state, text);
	char expected[1024];

	snprintf(expected, sizeof(expected), "%s:%d: %s", scratch_path(state, "trading.conf"), line,
	    rest);
	assert_int_equal(loaded.error, -EINVAL);
	assert_string_equal(loaded.faults.texts[0], expected);
	assert_int_equal(loaded.faults.count, 1);
	finish(&loaded);
}

static void
assert_list(const struct string_list *list, const char *expected)
{
	char joined[8192] = "";

	for (size_t i = 0; i < list->count; i++) {
		strcat(joined, i == 0 ? "" : ",");
		strcat(joined, list->items[i]);
	}
	assert_string_equal(joined, expected);
}

/* ---- values ---- */

static void
an_empty_file_leaves_every_default(void **state)
{
	struct loaded loaded = load_text(state, "");
	const struct settings *s = &loaded.settings;

	assert_int_equal(loaded.error, 0);
	assert_int_equal(loaded.faults.count, 0);
	assert_string_equal(s->file, scratch_path(state, "trading.conf"));
	assert_string_equal(s->paths.state_dir, "/var/lib/trading");
	assert_string_equal(s->paths.runtime_dir, "/run/trading");
	assert_true(s->binance.enabled);
	assert_list(&s->binance.symbols, "BTCUSDT");
	assert_string_equal(s->binance.stream_url, "wss://stream.binance.com:9443");
	assert_string_equal(s->binance.rest_url, "https://api.binance.com");
	assert_string_equal(s->binance.ca_file, "");
	assert_string_equal(s->binance.source, "binance");
	assert_list(&s->binance.streams, "trade,bookTicker");
	assert_int_equal(s->binance.quotes, QUOTES_ON_TRADE);
	assert_int_equal(s->binance.history_us, INT64_C(30) * 86400 * 1000000);
	assert_int_equal(s->storage.batch, 10000);
	assert_int_equal(s->storage.commit_delay_us, 5000);
	assert_int_equal(s->storage.wal_limit_bytes, 256 << 20);
	assert_string_equal(s->api.listen, "127.0.0.1:8000");
	assert_int_equal(s->supervisor.watchdog_us, 10000000);
	assert_int_equal(s->log.level, LOG_INFO);
	assert_list(&s->mt5.aliases, "");
	assert_int_equal(s->dtms.mode, MODE_ADVISE);
	assert_true(s->dtms.vwap_threshold == 0.001);
	assert_true(s->dtms.daily_loss == 2 && s->dtms.hourly_loss == 1);
	assert_int_equal(s->dtms.stops_in_row, 3);
	assert_true(s->dtms.spread_limit == 2);
	assert_int_equal(s->overrides.count, 0);
	finish(&loaded);
}

static void
values_of_every_type_are_read(void **state)
{
	struct loaded loaded = load_text(state,
	    "# a comment\n; another\n[paths]\nstate_dir = /srv/state\n"
	    "[binance]\nenabled=OFF\nsymbols = ETHUSDT, BTCUSDT\tSOLUSDT\nstreams=trade\n"
	    "quotes=all\nhistory=0\nsilence = 90s\npause_limit=2m\nca_file=/etc/ca.pem\n"
	    "[storage]\nring=16384\nwal_limit = 2G\ncommit_delay=7ms\n[api]\nlisten=[::1]:0\nbody=512\n"
	    "[supervisor]\nstable_after=1h\n[log]\nlevel=debug\n");
	const struct settings *s = &loaded.settings;

	assert_int_equal(loaded.error, 0);
	assert_string_equal(s->paths.state_dir, "/srv/state");
	assert_false(s->binance.enabled);
	assert_list(&s->binance.symbols, "ETHUSDT,BTCUSDT,SOLUSDT");
	assert_list(&s->binance.streams, "trade");
	assert_int_equal(s->binance.quotes, QUOTES_ALL);
	assert_int_equal(s->binance.history_us, 0);
	assert_int_equal(s->binance.silence_us, 90000000);
	assert_int_equal(s->binance.pause_limit_us, 120000000);
	assert_string_equal(s->binance.ca_file, "/etc/ca.pem");
	assert_int_equal(s->storage.ring, 16384);
	assert_int_equal(s->storage.wal_limit_bytes, INT64_C(2) << 30);
	assert_int_equal(s->storage.commit_delay_us, 7000);
	assert_string_equal(s->api.listen, "[::1]:0");
	assert_int_equal(s->api.body_bytes, 512);
	assert_int_equal(s->supervisor.stable_after_us, INT64_C(3600000000));
	assert_int_equal(s->log.level, LOG_DEBUG);
	finish(&loaded);
}

static void
every_word_for_yes_and_no_is_known(void **state)
{
	static const char *const words[2][4] = {
		{"no", "False", "OFF", "0"}, {"yes", "True", "ON", "1"}};

	for (int yes = 0; yes < 2; yes++)
		for (int i = 0; i < 4; i++) {
			char option[64];
			struct loaded loaded;

			snprintf(option, sizeof(option), "binance.enabled=%s", words[yes][i]);
			loaded = load(scratch_file(state, "trading.conf", ""),
			    (const char *const[]){option, NULL});
			assert_int_equal(loaded.error, 0);
			assert_int_equal(loaded.settings.binance.enabled, yes);
			finish(&loaded);
		}
}

static void
the_source_is_binance_only_for_the_exchange_s_own_hosts(void **state)
{
	static const char *const cases[][2] = {
		{"wss://stream.binance.com:9443", "binance"}, {"wss://stream.binance.com", "binance"},
		{"wss://STREAM.Binance.US:443", "binance"}, {"wss://data-stream.binance.vision", "binance"},
		{"wss://127.0.0.1:9443", "sim"}, {"ws://localhost:1", "sim"},
		{"wss://stream.binance.com.example.org", "sim"}, {"wss://notbinance.com", "sim"},
		{"wss://.binance.com", "sim"}, {"wss://[::1]:9443", "sim"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char option[128];
		struct loaded loaded;

		snprintf(option, sizeof(option), "binance.stream_url=%s", cases[i][0]);
		loaded = load(scratch_file(state, "trading.conf", ""),
		    (const char *const[]){option, NULL});
		assert_int_equal(loaded.error, 0);
		assert_string_equal(loaded.settings.binance.source, cases[i][1]);
		finish(&loaded);
	}
}

static void
a_source_that_is_set_stays(void **state)
{
	struct loaded loaded = load_text(state, "[binance]\nsource=paper\n");

	assert_int_equal(loaded.error, 0);
	assert_string_equal(loaded.settings.binance.source, "paper");
	finish(&loaded);
}

/* dtms.md, "Regime". */
static void
the_thresholds_of_vwap_are_those_of_the_paper(void **state)
{
	static const struct {
		const char *symbol;
		double threshold;
	} cases[] = {{"XAUUSD", 0.001}, {"BTCUSD", 0.002}, {"BTCUSDT", 0.002}, {"EURUSD", 0.0005},
		{"GBPUSD", 0.0005}, {"USDJPY", 0.0007}, {"GBPJPY", 0.0007}, {"EURJPY", 0.0007},
		{"ETHUSDT", 0.001}, {"", 0.001}, {"XAU", 0.001}, {"XAUUSDc", 0.001}};
	struct loaded loaded = load_text(state, "");
	const struct settings *s = &loaded.settings;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(settings_number(&s->dtms.vwap_thresholds, cases[i].symbol,
				s->dtms.vwap_threshold) == cases[i].threshold);
	finish(&loaded);
}

static void
modes_and_numbers_are_read(void **state)
{
	struct loaded loaded = load_text(state, "[dtms]\nmode = execute\ndaily_loss = 2.25\n"
	    "hourly_loss = 0\nspread_limit=0.00000001\nstops_in_row = 0\nvwap_threshold = 1\n");
	const struct settings *s = &loaded.settings;

	assert_int_equal(loaded.error, 0);
	assert_int_equal(s->dtms.mode, MODE_EXECUTE);
	assert_true(s->dtms.daily_loss == 2.25 && s->dtms.hourly_loss == 0);
	assert_true(s->dtms.spread_limit == 0.00000001);
	assert_int_equal(s->dtms.stops_in_row, 0);
	assert_true(s->dtms.vwap_threshold == 1);
	finish(&loaded);
}

static void
an_alias_is_found_by_its_whole_name_in_the_broker_s_spelling(void **state)
{
	struct loaded loaded = load_text(state, "[mt5]\n"
	    "aliases = XAUUSDc=XAUUSD, XAUUSD=binance:PAXGUSDT\tBTCUSD.r=BTCUSD\n");
	const struct string_list *aliases = &loaded.settings.mt5.aliases;

	assert_int_equal(loaded.error, 0);
	assert_string_equal(settings_alias(aliases, "XAUUSDc"), "XAUUSD");
	assert_string_equal(settings_alias(aliases, "XAUUSD"), "binance:PAXGUSDT");
	assert_string_equal(settings_alias(aliases, "BTCUSD.r"), "BTCUSD");
	assert_null(settings_alias(aliases, "XAUUSDC"));
	assert_null(settings_alias(aliases, "XAU"));
	assert_null(settings_alias(aliases, "XAUUSDcc"));
	assert_null(settings_alias(aliases, ""));
	assert_null(settings_alias(aliases, "XAUUSDc=XAUUSD"));
	finish(&loaded);
}

/* ---- lists over several lines ---- */

static void
lists_of_names_with_values_go_on_in_indented_lines_as_well(void **state)
{
	struct loaded loaded = load_text(state, "[mt5]\naliases =\n  XAUUSDc=XAUUSD\n"
	    "  EURUSDc=EURUSD,\n\tXAUUSD=binance:PAXGUSDT\n"
	    "[dtms]\nvwap_thresholds = XAUUSD=0.002,\n  EURUSD=0.0004 A=7\nmode=execute\n");
	const struct settings *s = &loaded.settings;

	assert_int_equal(loaded.error, 0);
	assert_list(&s->mt5.aliases, "XAUUSDc=XAUUSD,EURUSDc=EURUSD,XAUUSD=binance:PAXGUSDT");
	/* What is given takes the default's place: it is not added to it. */
	assert_list(&s->dtms.vwap_thresholds, "XAUUSD=0.002,EURUSD=0.0004,A=7");
	assert_true(settings_number(&s->dtms.vwap_thresholds, "EURUSD", 9) == 0.0004);
	assert_true(settings_number(&s->dtms.vwap_thresholds, "BTCUSD", 9) == 9);
	assert_int_equal(s->dtms.mode, MODE_EXECUTE);
	finish(&loaded);
}


static void
a_list_goes_on_in_indented_lines(void **state)
{
	struct loaded loaded = load_text(state,
	    "[binance]\nsymbols = BTCUSDT, ETHUSDT,\n  SOLUSDT XRPUSDT\n\n\tBNBUSDT\nenabled = yes\n");

	assert_int_equal(loaded.error, 0);
	assert_list(&loaded.settings.binance.symbols, "BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT,BNBUSDT");
	finish(&loaded);
}

static void
a_list_that_is_itself_indented_replaces_the_default(void **state)
{
	struct loaded loaded =
	    load_text(state, "[log]\nlevel=info\n[binance]\n  symbols = ETHUSDT\n  SOLUSDT\n");

	assert_int_equal(loaded.error, 0);
	assert_list(&loaded.settings.binance.symbols, "ETHUSDT,SOLUSDT");
	finish(&loaded);
}

static void
two_hundred_symbols_fit_in_lines_of_ten(void **state)
{
	struct loaded loaded;
	char text[8192] = "[binance]\nsymbols =\n";

	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), 32, "%sCOIN%03dUSDT,%s", i % 10 == 0 ? "  " : " ", i,
		    i % 10 == 9 ? "\n" : "");
	loaded = load_text(state, text);
	assert_int_equal(loaded.error, 0);
	assert_int_equal(loaded.settings.binance.symbols.count, 200);
	assert_string_equal(loaded.settings.binance.symbols.items[199], "COIN199USDT");
	finish(&loaded);
}

static void
a_line_that_is_too_long_is_one_fault_and_the_next_line_counts_on(void **state)
{
	struct loaded loaded;
	char text[8192] = "[binance]\nsymbols = ", expected[512];

	for (int i = 0; i < 200; i++)
		strcat(text, "BTCUSDT,");
	strcat(text, "\n[log]\nlevel = loud\n");
	loaded = load_text(state, text);
	assert_int_equal(loaded.error, -EINVAL);
	assert_int_equal(loaded.faults.count, 2);
	snprintf(expected, sizeof(expected),
	    "%s:2: the line is too long: let the list go on in indented lines",
	    scratch_path(state, "trading.conf"));
	assert_string_equal(loaded.faults.texts[0], expected);
	snprintf(expected, sizeof(expected),
	    "%s:4: log.level = loud: expected error, warning, notice, info or debug",
	    scratch_path(state, "trading.conf"));
	assert_string_equal(loaded.faults.texts[1], expected);
	finish(&loaded);
}

/* ---- order ---- */

static void
drop_ins_win_in_lexical_order_and_options_win_over_all(void **state)
{
	const char *file = scratch_file(state, "trading.conf",
	    "[storage]\nbatch=1\nring=20001\n[api]\nrows=1\nconnections=1\n[binance]\nsymbols=AUSDT\n");
	struct loaded loaded;

	assert_int_equal(mkdir(scratch_path(state, "conf.d"), 0700), 0);
	scratch_file(state, "conf.d/20-b.conf", "[storage]\nbatch=3\n[api]\nrows=3\n");
	scratch_file(state, "conf.d/10-a.conf",
	    "[storage]\nbatch=2\nring=20002\n[api]\nrows=2\n[binance]\nsymbols=BUSDT\n");
	scratch_file(state, "conf.d/30-no.conf.bak", "[storage]\nbatch=9\n");
	loaded = load(file, (const char *const[]){"api.rows=4", "api.rows=5", NULL});
	assert_int_equal(loaded.error, 0);
	assert_int_equal(loaded.settings.api.connections, 1);
	assert_int_equal(loaded.settings.storage.ring, 20002);
	assert_int_equal(loaded.settings.storage.batch, 3);
	assert_int_equal(loaded.settings.api.rows, 5);
	assert_list(&loaded.settings.binance.symbols, "BUSDT");
	assert_list(&loaded.settings.overrides, "api.rows=4,api.rows=5");
	finish(&loaded);
}

static void
a_fault_in_a_drop_in_names_that_file(void **state)
{
	const char *file = scratch_file(state, "trading.conf", "");
	struct loaded loaded;
	char expected[512];

	assert_int_equal(mkdir(scratch_path(state, "conf.d"), 0700), 0);
	scratch_file(state, "conf.d/10-a.conf", "\n\n[api]\n\nrows = many\n");
	loaded = load(file, NULL);
	assert_int_equal(loaded.error, -EINVAL);
	snprintf(expected, sizeof(expected), "%s:5: api.rows = many: expected a whole number",
	    scratch_path(state, "conf.d/10-a.conf"));
	assert_string_equal(loaded.faults.texts[0], expected);
	finish(&loaded);
}

/* ---- faults ---- */

static void
every_wrong_value_is_named_with_its_line_and_what_was_expected(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *rest;
	} cases[] = {
		{"[log]\nlevel = loud\n", 2,
		    "log.level = loud: expected error, warning, notice, info or debug"},
		{"[binance]\n\nenabled = maybe\n", 3, "binance.enabled = maybe: expected yes or no"},
		{"[binance]\nhistory = 30\n", 2,
		    "binance.history = 30: expected a whole number with ms, s, m, h or d"},
		{"[binance]\nhistory = -1d\n", 2,
		    "binance.history = -1d: expected a whole number with ms, s, m, h or d"},
		{"[binance]\nhistory = 99999999999d\n", 2,
		    "binance.history = 99999999999d: expected a whole number with ms, s, m, h or d"},
		{"[storage]\nwal_limit = 1T\n", 2,
		    "storage.wal_limit = 1T: expected a whole number of bytes, or with K, M or G"},
		{"[api]\nrows = 1.5\n", 2, "api.rows = 1.5: expected a whole number"},
		{"[api]\nlisten = 8000\n", 2,
		    "api.listen = 8000: expected ADDRESS:PORT, as 127.0.0.1:8000"},
		{"[paths]\nstate_dir = state\n", 2, "paths.state_dir = state: expected an absolute path"},
		{"[binance]\nrest_url = https://a/b\n", 2,
		    "binance.rest_url = https://a/b: expected a URL without a path, as "
		    "wss://stream.binance.com:9443"},
		{"[binance]\nstream_url = ftp://a\n", 2,
		    "binance.stream_url = ftp://a: expected a URL without a path, as "
		    "wss://stream.binance.com:9443"},
		{"[binance]\nsymbols = btcusdt\n", 2,
		    "binance.symbols = btcusdt: expected symbols in upper case separated by commas, as "
		    "BTCUSDT,ETHUSDT"},
		{"[binance]\nsymbols = A,\n B,\n A\n", 4,
		    "binance.symbols = A: expected each one only once"},
		{"[binance]\nstreams = trade,depth\n", 2,
		    "binance.streams = trade,depth: expected trade or aggTrade, and bookTicker, separated by "
		    "commas"},
		{"[binance]\nquotes = some\n", 2, "binance.quotes = some: expected on_trade or all"},
		{"[dtms]\nmode = on\n", 2, "dtms.mode = on: expected advise or execute"},
		{"[dtms]\nmode =\n", 2, "dtms.mode = : expected advise or execute"},
		{"[dtms]\nstops_in_row = 2.5\n", 2,
		    "dtms.stops_in_row = 2.5: expected a whole number"},
		{"[binance]\ncolour = red\n", 2, "binance.colour: no such setting"},
		{"level = info\n", 1, ".level: no such setting"},
		{"[log]\nlevel = info\nnonsense\n", 3, "expected [SECTION] or NAME = VALUE"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(state, cases[i].text, cases[i].line, cases[i].rest);
}

static void
a_number_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = {"", "-1", "-0", "+1", "1e-3", ".5", "5.", "0x1", "nan", "inf",
		"1,5", "2%", "0.123456789", "99999999999999999999"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[128], rest[256];

		snprintf(text, sizeof(text), "[dtms]\ndaily_loss = %s\n", wrong[i]);
		snprintf(rest, sizeof(rest),
		    "dtms.daily_loss = %s: expected a decimal number that is not negative", wrong[i]);
		assert_fault(state, text, 2, rest);
	}
}

/* In a line that goes on, so that the fault is of one item and has its own line. */
static void
assert_item_faults(void **state, const char *section, const char *name, const char *first,
    const char *const *wrong, const char *expected)
{
	for (size_t i = 0; wrong[i] != NULL; i++) {
		char text[256], rest[256];

		snprintf(text, sizeof(text), "[%s]\n%s = %s\n  %s\n", section, name, first, wrong[i]);
		snprintf(rest, sizeof(rest), "%s.%s = %s: expected %s", section, name, wrong[i],
		    expected);
		assert_fault(state, text, 3, rest);
	}
}

static void
an_alias_that_is_none_is_refused_and_so_is_a_name_twice(void **state)
{
	static const char *const wrong[] = {"XAUUSD", "=XAUUSD", "XAUUSD=", "XAUUSD=xauusd",
		"XAUUSD=:PAXGUSDT", "XAUUSD=binance:", "XAUUSD=binance:paxg", "A=B=C", "=", "A=a:b:C",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456=A", "A=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", NULL};
	static const char *const twice[] = {"XAUUSDc=GOLD", "XAUUSDc=XAUUSD",
		"B=B XAUUSDc=binance:PAXGUSDT", NULL};

	assert_item_faults(state, "mt5", "aliases", "XAUUSDc=XAUUSD", wrong,
	    "NAME=SYMBOL or NAME=SOURCE:SYMBOL separated by commas, as XAUUSDc=XAUUSD");
	assert_item_faults(state, "mt5", "aliases", "XAUUSDc=XAUUSD", twice, "each one only once");
}

static void
a_threshold_that_is_none_is_refused_and_so_is_a_name_twice(void **state)
{
	static const char *const wrong[] = {"EURUSD", "=1", "EURUSD=", "EURUSD=-1", "EURUSD=1e-3",
		"EURUSD=a", "EURUSD=0.1=2", "EURUSD=.1", "0.001", NULL};
	static const char *const twice[] = {"XAUUSD=0.002", "A=1,XAUUSD=0.001", NULL};

	assert_item_faults(state, "dtms", "vwap_thresholds", "XAUUSD=0.001", wrong,
	    "NAME=NUMBER separated by commas, as XAUUSD=0.001");
	assert_item_faults(state, "dtms", "vwap_thresholds", "XAUUSD=0.001", twice,
	    "each one only once");
}

static void
what_must_hold_across_settings_is_named_where_it_was_set(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *rest;
	} cases[] = {
		{"[binance]\nsymbols =\n", 2,
		    "binance.symbols: expected at least one symbol while binance.enabled is yes"},
		{"[binance]\nstreams = bookTicker\n", 2,
		    "binance.streams: expected either trade or aggTrade among the streams"},
		{"[storage]\nring = 100\n", 2, "storage.ring: expected 16384 to 16777216"},
		{"[storage]\nbatch = 0\n", 2, "storage.batch: expected 1 to 1000000"},
		{"[storage]\nwal_limit = 1K\n", 2, "storage.wal_limit: expected 1M or more"},
		{"[api]\nrows = 1000001\n", 2, "api.rows: expected 1 to 1000000"},
		{"[api]\n\nconnections = 0\n", 3, "api.connections: expected 1 or more"},
		{"[dtms]\nvwap_threshold = 0.0\n", 2,
		    "dtms.vwap_threshold: expected a number above 0: else any slope is a flip"},
		{"[dtms]\nvwap_thresholds = A=1,B=0\n", 2,
		    "dtms.vwap_thresholds: expected numbers above 0: else any slope is a flip"},
		{"[supervisor]\nrestart_min = 5s\nrestart_max = 4s\n", 3,
		    "supervisor.restart_max: expected at least supervisor.restart_min"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(state, cases[i].text, cases[i].line, cases[i].rest);
}

static void
a_runtime_dir_too_long_for_sockets_is_refused_with_the_limit(void **state)
{
	const int longest = 107 - (int)strlen("/analysisd/control.sock");
	char name[128], text[256];
	struct loaded loaded;

	memset(name, 'r', sizeof(name));
	name[0] = '/';
	snprintf(text, sizeof(text), "[paths]\nruntime_dir = %.*s\n", longest, name);
	loaded = load_text(state, text);
	assert_int_equal(loaded.error, 0);
	finish(&loaded);
	snprintf(text, sizeof(text), "[paths]\nruntime_dir = %.*s\n", longest + 1, name);
	assert_fault(state, text, 2,
	    "paths.runtime_dir: expected a shorter path: a socket's name has at most 107 bytes");
}

static void
every_fault_is_kept_up_to_the_limit_and_the_rest_is_counted(void **state)
{
	char text[8192] = "[log]\n";
	struct loaded loaded;

	for (int i = 0; i < SETTINGS_FAULTS_MAX + 5; i++)
		strcat(text, "level = loud\n");
	loaded = load_text(state, text);
	assert_int_equal(loaded.error, -EINVAL);
	assert_int_equal(loaded.faults.count, SETTINGS_FAULTS_MAX + 5);
	for (int i = 0; i < SETTINGS_FAULTS_MAX; i++) {
		char line[32];

		snprintf(line, sizeof(line), "trading.conf:%d: ", i + 2);
		assert_non_null(strstr(loaded.faults.texts[i], line));
	}
	finish(&loaded);
}

static void
a_file_that_cannot_be_read_is_said_with_its_cause(void **state)
{
	struct loaded loaded = load(scratch_path(state, "none.conf"), NULL);

	assert_int_equal(loaded.error, -EINVAL);
	assert_int_equal(loaded.faults.count, 1);
	assert_non_null(strstr(loaded.faults.texts[0], "/none.conf: cannot be read: No such file"));
	finish(&loaded);
	loaded = load(*state, NULL);
	assert_int_equal(loaded.error, -EINVAL);
	assert_non_null(strstr(loaded.faults.texts[0], ": cannot be read: it is no file"));
	finish(&loaded);
}

static void
options_that_are_none_are_named(void **state)
{
	static const char *const cases[][2] = {
		{"nonsense", "-o: nonsense: expected SECTION.NAME=VALUE"},
		{"a=b.c", "-o: a=b.c: expected SECTION.NAME=VALUE"},
		{"log.colour=red", "-o: log.colour: no such setting"},
		{"log.level=", "-o: log.level = : expected error, warning, notice, info or debug"},
		{"", "-o: : expected SECTION.NAME=VALUE"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct loaded loaded = load(scratch_file(state, "trading.conf", ""),
		    (const char *const[]){cases[i][0], NULL});

		assert_int_equal(loaded.error, -EINVAL);
		assert_int_equal(loaded.faults.count, 1);
		assert_string_equal(loaded.faults.texts[0], cases[i][1]);
		finish(&loaded);
	}
}

/* ---- printing ---- */

/* settings_print() of what the overrides make, split in lines that are options themselves. */
static char *
printed(void **state, const char *const *overrides)
{
	struct loaded loaded = load(scratch_file(state, "trading.conf", ""), overrides);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(loaded.error, 0);
	settings_print(&loaded.settings, out);
	fclose(out);
	finish(&loaded);
	return text;
}

static char *
printed_again(void **state, const char *text)
{
	const char *options[OVERRIDES_MAX] = {0};
	char *copy = strdup(text), *rest = copy, *line, *again;
	size_t count = 0;

	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		assert_true(count < OVERRIDES_MAX - 1);
		options[count++] = line;
	}
	again = printed(state, options);
	free(copy);
	return again;
}

static void
what_is_printed_is_accepted_by_o_and_printed_the_same_again(void **state)
{
	static const char *const strange[] = {"binance.symbols=ETHUSDT,BTCUSDT", "binance.enabled=off",
	    "binance.history=0", "binance.silence=1500ms", "storage.wal_limit=3000000",
	    "storage.ring=1048576", "binance.quotes=all", "log.level=debug", "api.listen=[::1]:9",
	    "binance.stream_url=ws://127.0.0.1:5", "supervisor.stable_after=36h", "api.body=3K",
	    "mt5.aliases=XAUUSDc=XAUUSD XAUUSD=binance:PAXGUSDT,BTCUSD.r=BTCUSD",
	    "dtms.mode=execute", "dtms.vwap_thresholds=XAUUSD=0.00123456,A=12",
	    "dtms.vwap_threshold=0.00000001", "dtms.daily_loss=2.50", "dtms.hourly_loss=0",
	    "dtms.spread_limit=12345678.12345678", NULL};
	char *text = printed(state, NULL), *again = printed_again(state, text);

	assert_string_equal(again, text);
	free(text);
	free(again);
	text = printed(state, strange);
	again = printed_again(state, text);
	assert_string_equal(again, text);
	assert_non_null(strstr(text, "\nbinance.silence=1500ms\n"));
	assert_non_null(strstr(text, "\nbinance.source=sim\n"));
	assert_non_null(strstr(text, "\nsupervisor.stable_after=36h\n"));
	assert_non_null(strstr(text, "\napi.body=3K\n"));
	assert_non_null(strstr(text,
	    "\nmt5.aliases=XAUUSDc=XAUUSD,XAUUSD=binance:PAXGUSDT,BTCUSD.r=BTCUSD\n"));
	assert_non_null(strstr(text, "\ndtms.mode=execute\n"));
	assert_non_null(strstr(text, "\ndtms.vwap_thresholds=XAUUSD=0.00123456,A=12\n"));
	assert_non_null(strstr(text, "\ndtms.vwap_threshold=0.00000001\n"));
	assert_non_null(strstr(text, "\ndtms.daily_loss=2.5\n"));
	assert_non_null(strstr(text, "\ndtms.hourly_loss=0\n"));
	assert_non_null(strstr(text, "\ndtms.spread_limit=12345678.12345678\n"));
	free(text);
	free(again);
}

static void
the_printed_table_is_a_sample_file_of_the_defaults(void **state)
{
	char *table = NULL, *defaults, *uncommented;
	size_t size;
	FILE *out = open_memstream(&table, &size);
	struct loaded loaded;

	settings_print_table(out);
	fclose(out);
	loaded = load_text(state, table); /* as it is, all comments */
	assert_int_equal(loaded.error, 0);
	finish(&loaded);
	strstr(table, "\n#[")[1] = '\0'; /* the account that there is not */
	for (char *at = table; (at = strstr(at, "\n#")) != NULL; at++)
		if (at[2] != ' ')
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
	loaded = load_text(state, table);
	assert_int_equal(loaded.error, 0);
	uncommented = NULL;
	out = open_memstream(&uncommented, &size);
	settings_print(&loaded.settings, out);
	fclose(out);
	defaults = printed(state, NULL);
	assert_string_equal(uncommented, defaults);
	finish(&loaded);
	free(table);
	free(defaults);
	free(uncommented);
}

static void
an_address_and_its_port_are_split(void **state)
{
	static const char *const wrong[] = {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "a:65536",
	    "a:-1", "a:+1", "a: 1", "a:1x", "a:99999999999999999999", "[]:1"};
	char address[64], longest[80];
	int port = 0;

	assert_int_equal(settings_split_listen("127.0.0.1:8000", address, &port), 0);
	assert_string_equal(address, "127.0.0.1");
	assert_int_equal(port, 8000);
	assert_int_equal(settings_split_listen("[fe80::1]:65535", address, &port), 0);
	assert_string_equal(address, "fe80::1");
	assert_int_equal(port, 65535);
	assert_int_equal(settings_split_listen("localhost:0", address, &port), 0);
	assert_int_equal(port, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (settings_split_listen(wrong[i], address, &port) != -EINVAL)
			fail_msg("accepted: \"%s\"", wrong[i]);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 64, ":1", 3);
	assert_int_equal(settings_split_listen(longest, address, &port), -EINVAL);
	assert_int_equal(settings_split_listen(longest + 1, address, &port), 0);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(an_empty_file_leaves_every_default),
		ON_DISK(values_of_every_type_are_read),
		ON_DISK(every_word_for_yes_and_no_is_known),
		ON_DISK(the_source_is_binance_only_for_the_exchange_s_own_hosts),
		ON_DISK(a_source_that_is_set_stays),
		ON_DISK(the_thresholds_of_vwap_are_those_of_the_paper),
		ON_DISK(modes_and_numbers_are_read),
		ON_DISK(an_alias_is_found_by_its_whole_name_in_the_broker_s_spelling),
		ON_DISK(lists_of_names_with_values_go_on_in_indented_lines_as_well),
		ON_DISK(a_list_goes_on_in_indented_lines),
		ON_DISK(a_list_that_is_itself_indented_replaces_the_default),
		ON_DISK(two_hundred_symbols_fit_in_lines_of_ten),
		ON_DISK(a_line_that_is_too_long_is_one_fault_and_the_next_line_counts_on),
		ON_DISK(drop_ins_win_in_lexical_order_and_options_win_over_all),
		ON_DISK(a_fault_in_a_drop_in_names_that_file),
		ON_DISK(every_wrong_value_is_named_with_its_line_and_what_was_expected),
		ON_DISK(a_number_that_is_none_is_refused),
		ON_DISK(an_alias_that_is_none_is_refused_and_so_is_a_name_twice),
		ON_DISK(a_threshold_that_is_none_is_refused_and_so_is_a_name_twice),
		ON_DISK(what_must_hold_across_settings_is_named_where_it_was_set),
		ON_DISK(a_runtime_dir_too_long_for_sockets_is_refused_with_the_limit),
		ON_DISK(every_fault_is_kept_up_to_the_limit_and_the_rest_is_counted),
		ON_DISK(a_file_that_cannot_be_read_is_said_with_its_cause),
		ON_DISK(options_that_are_none_are_named),
		ON_DISK(what_is_printed_is_accepted_by_o_and_printed_the_same_again),
		ON_DISK(the_printed_table_is_a_sample_file_of_the_defaults),
		cmocka_unit_test(an_address_and_its_port_are_split),
	};

	return cmocka_run_group_tests_name("common/settings", tests, NULL, NULL);
}
