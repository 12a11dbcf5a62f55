#define _GNU_SOURCE
#include "marketsim/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/program.h"
#include "marketsim/option_value.h"

#define EVER INT64_C(9000000000000000000) /* a number that a double can hold */

enum kind {
	KIND_SPECIAL,	/* read_special() knows it */
	KIND_INTEGER,	/* int64_t, from least to most */
	KIND_DOUBLE,	/* the same for a double */
	KIND_SHARE,	/* double: a probability */
	KIND_DURATION,	/* int64_t microseconds, at most `most` */
	KIND_TEXT,	/* const char *, the caller's argv */
};

enum special {
	LISTEN,
	TLS_DIR,
	NO_TLS,
	SYMBOLS,
	START_TIME,
	SINCE,
	CAPTURE,
	MUTE,
	HOLE,
	MT5,
	MT5_SYMBOLS,
	MT5_OFFSET,
	MT5_DST,
	MT5_PRINT,
	VERSION,
	HELP,
};

#define AT(member) offsetof(struct options, member)
#define FAULT(member) offsetof(struct options, exchange.faults.member)
#define REST(member) offsetof(struct options, exchange.rest.member)
#define TERMINAL(member) offsetof(struct options, terminal.member)

/* An option's number for getopt is FIRST + its place here. */
#define FIRST 256

static const struct row {
	const char *name, *argument, *help;
	enum kind kind;
	size_t at; /* where its value goes; KIND_SPECIAL: which one it is */
	double least, most;
} table[] = {
    {"listen", "ADDRESS:PORT", "default 127.0.0.1:9443; port 0: any", KIND_SPECIAL, LISTEN, 0, 0},
    {"tls-dir", "DIR", "ca.pem and the server's key live there", KIND_SPECIAL, TLS_DIR, 0, 0},
    {"no-tls", "", "ws: and http: instead of wss: and https:", KIND_SPECIAL, NO_TLS, 0, 0},
    {"seed", "N", "the same seed is the same market (1)", KIND_INTEGER, AT(exchange.seed), -EVER,
	EVER},
    {"symbols", "A,B,C", "default BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", KIND_SPECIAL, SYMBOLS, 0, 0},
    {"rate", "N", "trades a second over all symbols (50)", KIND_DOUBLE, AT(rate), 0.001, 1e8},
    {"speed", "X", "exchange time runs X times as fast (1)", KIND_DOUBLE, AT(exchange.speed), 0,
	1e6},
    {"history", "T", "how far REST reaches back (30d)", KIND_DURATION, AT(history_us), 0,
	MARKET_HISTORY_MAX_US},
    {"start-time", "TIME", "exchange time at the start (now)", KIND_SPECIAL, START_TIME, 0, 0},
    {"since", "TIME", "when the market began (at the start)", KIND_SPECIAL, SINCE, 0, 0},
    {"trades", "N", "stop the market after N trades", KIND_INTEGER, AT(trades), 1, EVER},
    {"frames-per-second", "N", "exactly N; 0: as fast as clients read", KIND_INTEGER,
	AT(exchange.frames_per_second), 0, 1e9},
    {"capture", "FILE...", "play recorded frames (.gz, .zst, a folder)", KIND_SPECIAL, CAPTURE, 0,
	0},
    {"port-file", "FILE", "write the port there when ready", KIND_TEXT, AT(port_file), 0, 0},
    {"ping-interval", "T", "between pings (20s)", KIND_DURATION, AT(exchange.ping_interval_us), 0,
	CLOCK_DAY_US},
    {"weight-limit", "N", "request weight a minute (6000)", KIND_INTEGER,
	AT(exchange.weight_limit), 1, 1e9},
    {"cut-after", "N", "end each connection after N frames", KIND_INTEGER, FAULT(cut_after), 0,
	EVER},
    {"cut-every", "T", "reset each connection after that time", KIND_DURATION,
	FAULT(cut_every_us), 0, CLOCK_DAY_US},
    {"max-age", "T", "close each connection at that age", KIND_DURATION, FAULT(max_age_us), 0,
	CLOCK_DAY_US},
    {"shutdown-every", "T", "announce serverShutdown at that age", KIND_DURATION,
	FAULT(shutdown_every_us), 0, CLOCK_DAY_US},
    {"shutdown-lead", "T", "and close so much later (0)", KIND_DURATION, FAULT(shutdown_lead_us),
	0, CLOCK_DAY_US},
    {"silence-after", "N", "no more data after N frames, only pings", KIND_INTEGER,
	FAULT(silence_after), 0, EVER},
    {"mute", "SYMBOL:AFTER", "one symbol's silence; also SYMBOL:AFTER:for-ever", KIND_SPECIAL,
	MUTE, 0, 0},
    {"hole", "SYMBOL:N-M", "the N-th to the M-th trade never existed", KIND_SPECIAL, HOLE, 0, 0},
    {"slow", "BYTES", "a second for each connection", KIND_INTEGER, FAULT(bytes_per_second), 0,
	1e9},
    {"drop-frames", "P", "leave out a frame with probability P", KIND_SHARE, FAULT(drop), 0, 1},
    {"repeat", "P", "send a frame twice", KIND_SHARE, FAULT(repeat), 0, 1},
    {"swap", "P", "send a trade after the one that follows it", KIND_SHARE, FAULT(swap), 0, 1},
    {"malformed", "P", "add a broken frame with probability P", KIND_SHARE, FAULT(malformed), 0,
	1},
    {"huge", "P", "add a frame of over 64 KiB", KIND_SHARE, FAULT(huge), 0, 1},
    {"unknown", "P", "add unknown events and keys", KIND_SHARE, FAULT(unknown), 0, 1},
    {"rest-429", "N", "answer every N-th REST call with 429", KIND_INTEGER, REST(every_429), 0,
	EVER},
    {"rest-418", "N", "answer every N-th REST call with 418", KIND_INTEGER, REST(every_418), 0,
	EVER},
    {"retry-after", "S", "seconds of those two (5)", KIND_INTEGER, REST(retry_after_s), 1, 86400},
    {"rest-lag", "T", "REST knows what is older than that", KIND_DURATION, REST(lag_us), 0,
	CLOCK_DAY_US},
    {"rest-delay", "T", "before each REST answer", KIND_DURATION, REST(delay_us), 0,
	3600 * CLOCK_SECOND_US},
    {"rest-error", "P", "500, 502 or a cut with probability P", KIND_SHARE, REST(error), 0, 1},
    {"rest-malformed", "P", "broken answers with probability P", KIND_SHARE, REST(malformed), 0,
	1},
    {"mt5", "HOST:PORT", "be a terminal too, and connect to tickd there", KIND_SPECIAL, MT5, 0, 0},
    {"mt5-token-file", "FILE", "its token", KIND_TEXT, TERMINAL(token_file), 0, 0},
    {"mt5-token", "TOKEN", "the same, for everybody to see", KIND_TEXT, TERMINAL(token), 0, 0},
    {"mt5-tls-ca", "FILE", "connect with TLS; who may have signed", KIND_TEXT, TERMINAL(ca_file), 0,
	0},
    {"mt5-symbols", "A,B,C", "default EURUSD,XAUUSD,BTCUSD", KIND_SPECIAL, MT5_SYMBOLS, 0, 0},
    {"mt5-account", "N", "its account (1234567)", KIND_TEXT, TERMINAL(account), 0, 0},
    {"mt5-server", "NAME", "its broker's server (Marketsim-Demo)", KIND_TEXT, TERMINAL(server), 0,
	0},
    {"mt5-offset", "+HH:MM", "the broker's clock against UTC (+03:00)", KIND_SPECIAL, MT5_OFFSET, 0,
	0},
    {"mt5-dst", "TIME", "an hour more from then on; TIME,back: an hour less", KIND_SPECIAL, MT5_DST,
	0, 0},
    {"mt5-rate", "N", "ticks a second over all its symbols (10)", KIND_DOUBLE, TERMINAL(rate), 0.001,
	1e7},
    {"mt5-flood", "N", "the same, in few long lines", KIND_DOUBLE, TERMINAL(flood), 0.001, 1e7},
    {"mt5-demo", "T", "between positions of its own (5m); 0: none", KIND_DURATION,
	TERMINAL(demo_us), 0, CLOCK_DAY_US},
    {"mt5-print", "FROM,TO", "print its ticks from FROM until before TO and end", KIND_SPECIAL,
	MT5_PRINT, 0, 0},
    {"version", "", "print the version", KIND_SPECIAL, VERSION, 0, 0},
    {"help", "", "print this help", KIND_SPECIAL, HELP, 0, 0},
};

#define OPTION_COUNT (sizeof(table) / sizeof(table[0]))

static void
print_usage(FILE *out)
{
	char name[64];

	fprintf(out, "usage: marketsim [OPTION]...\n");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		snprintf(name, sizeof(name), "--%s %s", table[i].name, table[i].argument);
		fprintf(out, "  %-26s %s\n", name, table[i].help);
	}
}

static bool
read_hole(struct options *options, const char *text)
{
	struct hole_option *hole = &options->holes[options->hole_count];

	if (options->hole_count == MARKET_HOLES_MAX ||
	    !option_hole(text, hole->symbol, &hole->first, &hole->last))
		return false;
	options->hole_count++;
	return true;
}

static bool
read_mute(struct mute_options *mutes, const char *text)
{
	if (mutes->count == MUTES_MAX || !option_mute(text, &mutes->rules[mutes->count]))
		return false;
	mutes->count++;
	return true;
}

static bool
read_terminal(struct terminal_options *terminal, enum special option, const char *text,
    struct problem *problem)
{
	int count;

	switch (option) {
	case MT5:
		return option_address(text, terminal->host, sizeof(terminal->host),
		    &terminal->port);
	case MT5_SYMBOLS:
		count = terminal_symbols_parse(text, terminal->symbols, problem);
		if (count > 0)
			terminal->symbol_count = count;
		return count > 0;
	case MT5_OFFSET:
		return terminal_option_offset(text, &terminal->clock.offset_us);
	case MT5_DST:
		return terminal_option_dst(text, &terminal->clock);
	default:
		return terminal_option_span(text, &terminal->print_from_us,
		    &terminal->print_to_us);
	}
}

static bool
read_special(struct options *options, enum special option, const char *text,
    struct problem *problem)
{
	switch (option) {
	case LISTEN:
		return option_address(text, options->address, sizeof(options->address),
		    &options->exchange.port);
	case TLS_DIR:
		return snprintf(options->tls_dir, sizeof(options->tls_dir), "%s", text) <
		       (int)sizeof(options->tls_dir);
	case NO_TLS:
		options->tls_dir[0] = '\0';
		return true;
	case SYMBOLS:
		options->instrument_count = instruments_parse(text, options->instruments, problem);
		return options->instrument_count > 0;
	case START_TIME:
		return clock_parse(text, &options->start_us) == 0 && options->start_us >= 0;
	case SINCE:
		return clock_parse(text, &options->since_us) == 0 && options->since_us > 0;
	case MUTE:
		return read_mute(&options->exchange.mutes, text);
	case HOLE:
		return read_hole(options, text);
	case MT5:
	case MT5_SYMBOLS:
	case MT5_OFFSET:
	case MT5_DST:
	case MT5_PRINT:
		return read_terminal(&options->terminal, option, text, problem);
	default:
		options->captures[options->capture_count++] = text;
		return true;
	}
}

/* One option.  False: what it is given makes no sense; the problem may say more. */
static bool
read_option(struct options *options, const struct row *row, const char *text,
    struct problem *problem)
{
	void *value = (char *)options + row->at;

	switch (row->kind) {
	case KIND_INTEGER:
		return option_integer(text, (int64_t)row->least, (int64_t)row->most, value);
	case KIND_DOUBLE:
	case KIND_SHARE:
		return option_double(text, row->least, row->most, value);
	case KIND_DURATION:
		return option_duration(text, (int64_t)row->most, value);
	case KIND_TEXT:
		*(const char **)value = text;
		return true;
	default:
		return read_special(options, (enum special)row->at, text, problem);
	}
}

static void
set_defaults(struct options *options)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct problem ignored;

	memset(options, 0, sizeof(*options));
	snprintf(options->address, sizeof(options->address), "127.0.0.1");
	if (state != NULL && state[0] == '/')
		snprintf(options->tls_dir, sizeof(options->tls_dir), "%s/marketsim", state);
	else
		snprintf(options->tls_dir, sizeof(options->tls_dir), "%s/.marketsim",
		    home != NULL ? home : ".");
	options->instrument_count =
	    instruments_parse("BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", options->instruments, &ignored);
	options->rate = 50;
	options->history_us = 30 * CLOCK_DAY_US;
	options->start_us = clock_wall_us();
	options->exchange = (struct exchange_options){
	    .port = 9443,
	    .seed = 1,
	    .speed = 1,
	    .frames_per_second = PACE_LIVE,
	    .ping_interval_us = 20 * CLOCK_SECOND_US,
	    .weight_limit = WEIGHT_LIMIT,
	    .rest.retry_after_s = RETRY_AFTER_S,
	};
	terminal_options_default(&options->terminal);
}

static bool
is_traded(const struct options *options, const char *symbol)
{
	for (int i = 0; i < options->instrument_count; i++)
		if (strcmp(options->instruments[i].name, symbol) == 0)
			return true;
	return false;
}

/* What is said about symbols; those of a capture are known only when it has been read. */
static const char *
wrong_symbol(const struct options *options)
{
	const struct mute_options *mutes = &options->exchange.mutes;

	for (int i = 0; i < options->hole_count; i++)
		if (!is_traded(options, options->holes[i].symbol))
			return "--hole: no such symbol among --symbols";
	for (int i = 0; i < mutes->count; i++)
		if (!is_traded(options, mutes->rules[i].symbol))
			return "--mute: no such symbol among --symbols";
	return NULL;
}

/* What only the whole command line can tell. */
static const char *
contradiction(struct options *options)
{
	bool captured = options->capture_count > 0;

	if (captured && options->exchange.frames_per_second > 0)
		return "--frames-per-second: a capture has its own pace (see --speed)";
	if (captured && options->exchange.frames_per_second == 0)
		options->exchange.speed = 0;
	if (!captured && options->exchange.speed == 0)
		return "--speed 0 is for captures (see --frames-per-second 0)";
	if (options->since_us > options->start_us)
		return "--since lies behind the exchange time at the start";
	if (options->hole_count > 0 && captured)
		return "--hole counts the trades of a market: not with --capture";
	if (captured && (options->terminal.host[0] != '\0' || options->terminal.print_to_us != 0))
		return "--mt5 needs a market: not with --capture";
	if (options->terminal.flood > 0)
		options->terminal.rate = options->terminal.flood;
	if (terminal_options_contradiction(&options->terminal) != NULL)
		return terminal_options_contradiction(&options->terminal);
	options->exchange.address = options->address;
	return captured ? NULL : wrong_symbol(options);
}

static int
refuse(const char *option, const char *text, const struct problem *problem)
{
	if (problem->text[0] != '\0')
		fprintf(stderr, "marketsim: --%s: %s\n", option, problem->text);
	else
		fprintf(stderr, "marketsim: --%s %s: not what is expected (see --help)\n", option,
		    text);
	return EX_USAGE;
}

/* Files after the first are plain arguments: --capture A B. */
static int
take_arguments(struct options *options, int argc, char **argv)
{
	const char *what;

	if (optind < argc && options->capture_count == 0) {
		fprintf(stderr, "marketsim: %s: no arguments are expected\n", argv[optind]);
		return EX_USAGE;
	}
	for (; optind < argc; optind++)
		options->captures[options->capture_count++] = argv[optind];
	what = contradiction(options);
	if (what == NULL)
		return -1;
	fprintf(stderr, "marketsim: %s\n", what);
	return EX_USAGE;
}

static void
name_options(struct option options[static OPTION_COUNT + 1])
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		options[i] = (struct option){ table[i].name, table[i].argument[0] != '\0', NULL,
			FIRST + (int)i };
}

/* Is it an option that only asks for something to be printed? */
static bool
is_question(int option)
{
	const struct row *row = option >= FIRST ? &table[option - FIRST] : NULL;

	if (option == 'h' || (row != NULL && row->kind == KIND_SPECIAL && row->at == HELP))
		print_usage(stdout);
	else if (option == 'V' || (row != NULL && row->kind == KIND_SPECIAL && row->at == VERSION))
		printf("marketsim %s\n", PROGRAM_VERSION);
	else
		return false;
	return true;
}

int
options_read(struct options *options, int argc, char **argv)
{
	struct option known[OPTION_COUNT + 1] = {0};
	struct problem problem = {""};
	int option;

	set_defaults(options);
	options->captures = calloc((size_t)argc + 1, sizeof(*options->captures));
	if (options->captures == NULL)
		return EX_OSERR;
	name_options(known);
	while ((option = getopt_long(argc, argv, "hV", known, NULL)) != -1) {
		if (option == '?') /* getopt has said why */
			return EX_USAGE;
		if (is_question(option))
			return EX_OK;
		if (!read_option(options, &table[option - FIRST], optarg, &problem))
			return refuse(table[option - FIRST].name, optarg, &problem);
	}
	return take_arguments(options, argc, argv);
}
