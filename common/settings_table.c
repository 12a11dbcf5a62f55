#include "common/settings_table.h"

#include <assert.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)

static const struct settings_row rows[] = {
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
	{"mt5", "enabled", BOOL, AT(mt5.enabled), "no", "let terminals connect"},
	{"mt5", "listen", LISTEN, AT(mt5.listen), "127.0.0.1:9443",
	    "ADDRESS:PORT where they connect; beyond this machine only with TLS"},
	{"mt5", "certificate", TEXT, AT(mt5.certificate), "",
	    "PEM file of the certificate that they are shown; empty: no TLS"},
	{"mt5", "key", TEXT, AT(mt5.key), "", "PEM file of the certificate's key"},
	{"mt5", "token_file", TEXT, AT(mt5.token_file), "/etc/trading/mt5.token",
	    "file of the token by which a terminal is known"},
	{"mt5", "source", TEXT, AT(mt5.source), "mt5",
	    "the name stored with all that the account sends"},
	{"mt5", "history", DURATION, AT(mt5.history_us), "30d",
	    "bars asked for from before the first tick; 0 is none"},
	{"mt5", "connections", COUNT, AT(mt5.connections), "16", "open connections at the most"},
	{"mt5", "silence", DURATION, AT(mt5.silence_us), "30s",
	    "a bridge that is silent for so long is closed"},
	{"mt5", "orders_per_day", COUNT, AT(mt5.orders_per_day), "200",
	    "orders sent for one account in a day (UTC) at the most; 0 is no limit"},
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

#undef AT
#define AT(member) offsetof(struct settings_account, member)

static const struct settings_row account_rows[] = {
	{"mt5.NAME", "token_file", TEXT, AT(token_file), "",
	    "one more account, of the source NAME: its token's file, no other account's"},
	{"mt5.NAME", "aliases", ALIASES, AT(aliases), "",
	    "of this account alone, in place of those of [mt5]; empty: those of [mt5]"},
	{"mt5.NAME", "mode", MODE_OR_NONE, AT(mode), "", "advise or execute; empty: that of [dtms]"},
};

struct settings_table
settings_table(void)
{
	return (struct settings_table){rows, sizeof(rows) / sizeof(rows[0])};
}

struct settings_table
settings_account_table(void)
{
	return (struct settings_table){
		account_rows, sizeof(account_rows) / sizeof(account_rows[0])};
}

const struct settings_row *
settings_table_find(struct settings_table table, const char *section, const char *name)
{
	for (size_t i = 0; i < table.count; i++)
		if (strcmp(table.rows[i].section, section) == 0 &&
		    strcmp(table.rows[i].name, name) == 0)
			return table.rows + i;
	return NULL;
}

void
settings_table_defaults(struct settings_table table, void *target, bool *no_memory)
{
	for (size_t i = 0; i < table.count; i++) {
		const struct settings_row *row = &table.rows[i];
		const char *expected = settings_value_read(row->type, row->initial, false,
		    (char *)target + row->offset, no_memory);

		assert(expected == NULL || *no_memory);
		(void)expected;
	}
}

void
settings_table_free(struct settings_table table, void *target)
{
	for (size_t i = 0; i < table.count; i++)
		settings_value_free(table.rows[i].type, (char *)target + table.rows[i].offset);
}
