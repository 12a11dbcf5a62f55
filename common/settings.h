/*
 * Settings: INI files, one table in settings_table.c that names every setting once with its type,
 * default and one line of help.
 *
 * Read in this order, later wins: the defaults, the file, conf.d/NAME.conf beside it in lexical
 * order, the -o options.  Every fault is kept with its file:line, so that -n can show them all.
 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SETTINGS_DEFAULT_FILE "/etc/trading/trading.conf"

struct string_list {
	char **items;
	size_t count;
};

/* The quotes of [binance] quotes=: which book tickers become rows of their own. */
enum settings_quotes { QUOTES_ON_TRADE, QUOTES_ALL };

/* [dtms] mode=: what becomes of an action for an account whose venue takes orders. */
enum settings_mode { MODE_ADVISE, MODE_EXECUTE };

/* An account of MetaTrader 5.  All that it sends is stored under the name of its source. */
struct settings_account {
	char *source; /* letters, digits, - and _ */
	char *token_file;
	struct string_list aliases; /* its own; see settings_aliases() */
	int mode;		    /* enum settings_mode */
};

struct settings_mt5 {
	bool enabled;
	char *listen;		 /* ADDRESS:PORT */
	char *certificate, *key; /* PEM files; both "" for none, which is only so on loopback */
	char *token_file, *source;  /* these and ... */
	struct string_list aliases; /* ... of [mt5]: NAME=SYMBOL, NAME=SOURCE:SYMBOL */
	int64_t history_us;	    /* bars asked for from before the first tick; 0: none */
	int64_t connections;
	int64_t silence_us;	/* a bridge silent for so long is closed */
	int64_t orders_per_day; /* of one account, in a day (UTC); 0: no limit */
	/* The first is that of [mt5] itself and shares its texts; then each [mt5.NAME] in its turn. */
	struct settings_account *accounts;
	size_t account_count;
};

struct settings {
	char *file;		      /* the main file as given */
	struct string_list overrides; /* the -o options as given, to hand on to children */

	struct {
		char *state_dir, *runtime_dir;
	} paths;
	struct {
		bool enabled;
		struct string_list symbols; /* upper case, no doubles */
		char *stream_url, *rest_url;
		char *ca_file;		  /* "" is the system's trust store */
		char *source;		  /* "binance" for the exchange's own hosts, else "sim" */
		struct string_list streams; /* "trade" or "aggTrade", "bookTicker" */
		int quotes;		  /* enum settings_quotes */
		int64_t history_us;
		int64_t pause_limit_us; /* a paused socket is closed after this */
		int64_t silence_us;	/* no frame at all for so long: reconnect */
		int64_t symbol_silence_us; /* 0: not looked at */
		int64_t rotate_at_us;	/* since midnight UTC */
		int64_t weight_per_cent, clock_alarm_us;
		char *record;		/* "" or a folder */
		int64_t record_rotate_us, record_limit_bytes;
	} binance;
	struct {
		int64_t ring;	      /* ticks between the loop and the storage thread */
		int64_t batch;	      /* rows a transaction at the most */
		int64_t commit_delay_us; /* from the first tick of a batch to its commit */
		int64_t wal_limit_bytes;
	} storage;
	struct {
		int64_t ticks_us, m5_candles_us, dtms_actions_us, analysis_results_us;
		int64_t system_health_us, api_logs_us, gaps_us, changes_us, positions_us;
	} retention; /* 0: kept for ever */
	struct settings_mt5 mt5;
	struct {
		int mode; /* enum settings_mode */
		struct string_list vwap_thresholds; /* NAME=NUMBER; see settings_number() */
		double vwap_threshold;		    /* of all others */
		double daily_loss, hourly_loss;	    /* per cent of the balance; 0: no limit */
		int64_t stops_in_row;		    /* 0: no limit */
		double spread_limit;		    /* times its median of the day; 0: no limit */
	} dtms;
	struct {
		char *listen; /* ADDRESS:PORT */
		int64_t connections, rows, body_bytes, query_time_us;
	} api;
	struct {
		int64_t restart_min_us, restart_max_us, stable_after_us, ready_timeout_us;
		int64_t watchdog_us, stop_timeout_us, max_deaths; /* 0: never */
	} supervisor;
	struct {
		int level; /* syslog's: LOG_ERR .. LOG_DEBUG */
	} log;
};

#define SETTINGS_FAULTS_MAX 32 /* more are counted, not kept */

struct settings_faults {
	char *texts[SETTINGS_FAULTS_MAX]; /* "FILE:LINE: SECTION.NAME = VALUE: expected ..." */
	size_t count;
};

/*
 * Reads all sources into *ret.  Returns 0; -EINVAL with the faults listed; -ENOMEM.
 * *ret is to be given to settings_free() in every case; *faults to settings_faults_free().
 */
__attribute__((warn_unused_result)) int
settings_load(struct settings *ret, const char *file, const char *const *overrides,
    size_t override_count, struct settings_faults *faults);

void
settings_free(struct settings *settings);

void
settings_faults_free(struct settings_faults *faults);

/* Prints the table as a commented sample file: `SECTION.NAME`s, defaults and help. */
void
settings_print_table(FILE *out);

/* Prints every setting in force as SECTION.NAME=VALUE lines, fit to be given to -o. */
void
settings_print(const struct settings *settings, FILE *out);

/* What stands for `name` in a list of NAME=..., NULL where it is not named.  Borrowed. */
const char *
settings_alias(const struct string_list *aliases, const char *name);

/* The number of `name` in a list of NAME=NUMBER, or `otherwise`. */
double
settings_number(const struct string_list *numbers, const char *name, double otherwise);

/* The account whose source has that name; NULL where none has.  Borrowed. */
const struct settings_account *
settings_account(const struct settings *settings, const char *source);

/* The aliases in force for symbols of that source: its account's own, or those of [mt5]. */
const struct string_list *
settings_aliases(const struct settings *settings, const char *source);

/* enum settings_mode of that source: its account's; that of [dtms] where it is no account. */
int
settings_mode(const struct settings *settings, const char *source);

/* Splits "ADDRESS:PORT" or "[V6]:PORT" into caller's buffers.  Returns 0 or -EINVAL. */
__attribute__((warn_unused_result)) int
settings_split_listen(const char *listen, char address[static 64], int *ret_port);

#endif
