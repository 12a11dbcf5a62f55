#define _GNU_SOURCE
#include "marketsim/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/program.h"

enum {
	OPTION_LISTEN = 256,
	OPTION_TLS_DIR,
	OPTION_NO_TLS,
	OPTION_SEED,
	OPTION_SYMBOLS,
	OPTION_RATE,
	OPTION_SPEED,
	OPTION_HISTORY,
	OPTION_START_TIME,
	OPTION_SINCE,
	OPTION_TRADES,
	OPTION_FRAMES,
	OPTION_CAPTURE,
	OPTION_PORT_FILE,
	OPTION_PING,
	OPTION_WEIGHT,
	OPTION_CUT_AFTER,
	OPTION_CUT_EVERY,
	OPTION_SILENCE,
	OPTION_DROP,
	OPTION_MALFORMED,
	OPTION_HUGE,
	OPTION_UNKNOWN,
};

static const struct {
	struct option option;
	const char *argument, *help;
} table[] = {
    {{"listen", 1, NULL, OPTION_LISTEN}, "ADDRESS:PORT", "default 127.0.0.1:9443; port 0: any"},
    {{"tls-dir", 1, NULL, OPTION_TLS_DIR}, "DIR", "ca.pem and the server's key live there"},
    {{"no-tls", 0, NULL, OPTION_NO_TLS}, "", "ws: and http: instead of wss: and https:"},
    {{"seed", 1, NULL, OPTION_SEED}, "N", "the same seed is the same market (1)"},
    {{"symbols", 1, NULL, OPTION_SYMBOLS}, "A,B,C", "default BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT"},
    {{"rate", 1, NULL, OPTION_RATE}, "N", "trades a second over all symbols (50)"},
    {{"speed", 1, NULL, OPTION_SPEED}, "X", "exchange time runs X times as fast (1)"},
    {{"history", 1, NULL, OPTION_HISTORY}, "D", "how far REST reaches back (30d)"},
    {{"start-time", 1, NULL, OPTION_START_TIME}, "TIME", "exchange time at the start (now)"},
    {{"since", 1, NULL, OPTION_SINCE}, "TIME", "when the market began (at the start)"},
    {{"trades", 1, NULL, OPTION_TRADES}, "N", "stop the market after N trades"},
    {{"frames-per-second", 1, NULL, OPTION_FRAMES}, "N", "exactly N; 0: as fast as clients read"},
    {{"capture", 1, NULL, OPTION_CAPTURE}, "FILE...", "play recorded frames (also .gz, .zst)"},
    {{"port-file", 1, NULL, OPTION_PORT_FILE}, "FILE", "write the port there when ready"},
    {{"ping-interval", 1, NULL, OPTION_PING}, "T", "between pings (20s)"},
    {{"weight-limit", 1, NULL, OPTION_WEIGHT}, "N", "request weight a minute (6000)"},
    {{"cut-after", 1, NULL, OPTION_CUT_AFTER}, "N", "end each connection after N frames"},
    {{"cut-every", 1, NULL, OPTION_CUT_EVERY}, "T", "reset each connection after that time"},
    {{"silence-after", 1, NULL, OPTION_SILENCE}, "N", "no more data after N frames, only pings"},
    {{"drop-frames", 1, NULL, OPTION_DROP}, "P", "leave out a frame with probability P"},
    {{"malformed", 1, NULL, OPTION_MALFORMED}, "P", "add a broken frame with probability P"},
    {{"huge", 1, NULL, OPTION_HUGE}, "P", "add a frame of over 64 KiB"},
    {{"unknown", 1, NULL, OPTION_UNKNOWN}, "P", "add unknown events and keys"},
    {{"version", 0, NULL, 'V'}, "", "print the version"},
    {{"help", 0, NULL, 'h'}, "", "print this help"},
};

#define OPTION_COUNT (sizeof(table) / sizeof(table[0]))

static void
print_usage(FILE *out)
{
	char name[64];

	fprintf(out, "usage: marketsim [OPTION]...\n");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		snprintf(name, sizeof(name), "--%s %s", table[i].option.name, table[i].argument);
		fprintf(out, "  %-26s %s\n", name, table[i].help);
	}
}

/* A whole number between `least` and `most`.  False: it is none. */
static bool
read_integer(const char *text, int64_t least, int64_t most, int64_t *ret)
{
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
		return false;
	*ret = value;
	return true;
}

static bool
read_double(const char *text, double least, double most, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= least && value <= most))
		return false;
	*ret = value;
	return true;
}

/* N with ms, s, m, h or d; without a unit it is seconds. */
static bool
read_duration(const char *text, int64_t most_us, int64_t *ret_us)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {{"", CLOCK_SECOND_US}, {"ms", CLOCK_MS_US}, {"s", CLOCK_SECOND_US},
	    {"m", 60 * CLOCK_SECOND_US}, {"h", 3600 * CLOCK_SECOND_US}, {"d", CLOCK_DAY_US}};
	char *end;
	double value = strtod(text, &end);

	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, end) == 0 && value >= 0 &&
		    value * (double)units[i].us <= (double)most_us) {
			*ret_us = (int64_t)(value * (double)units[i].us);
			return true;
		}
	return false;
}

/* "ADDRESS:PORT" or "[V6]:PORT". */
static bool
read_listen(struct options *options, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	int64_t port;

	if (colon == NULL || !read_integer(colon + 1, 0, 65535, &port))
		return false;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof(options->address))
		return false;
	memcpy(options->address, text, length);
	options->address[length] = '\0';
	options->exchange.port = (int)port;
	return true;
}

static bool
read_fault(struct faults_options *faults, int option, const char *text)
{
	switch (option) {
	case OPTION_CUT_AFTER:
		return read_integer(text, 0, INT64_MAX, &faults->cut_after);
	case OPTION_CUT_EVERY:
		return read_duration(text, CLOCK_DAY_US, &faults->cut_every_us);
	case OPTION_SILENCE:
		return read_integer(text, 0, INT64_MAX, &faults->silence_after);
	case OPTION_DROP:
		return read_double(text, 0, 1, &faults->drop);
	case OPTION_MALFORMED:
		return read_double(text, 0, 1, &faults->malformed);
	case OPTION_HUGE:
		return read_double(text, 0, 1, &faults->huge);
	default:
		return read_double(text, 0, 1, &faults->unknown);
	}
}

static bool
read_numbers(struct options *options, int option, const char *text)
{
	int64_t value;

	switch (option) {
	case OPTION_SEED:
		if (!read_integer(text, INT64_MIN, INT64_MAX, &value))
			return false;
		options->exchange.seed = (uint64_t)value;
		return true;
	case OPTION_WEIGHT:
		if (!read_integer(text, 1, INT_MAX / 2, &value))
			return false;
		options->exchange.weight_limit = (int)value;
		return true;
	case OPTION_RATE:
		return read_double(text, 0.001, 1e8, &options->rate);
	case OPTION_SPEED:
		return read_double(text, 0, 1e6, &options->exchange.speed);
	case OPTION_HISTORY:
		return read_duration(text, MARKET_HISTORY_MAX_US, &options->history_us);
	case OPTION_START_TIME:
		return clock_parse(text, &options->start_us) == 0 && options->start_us >= 0;
	case OPTION_SINCE:
		return clock_parse(text, &options->since_us) == 0 && options->since_us > 0;
	case OPTION_TRADES:
		return read_integer(text, 1, INT64_MAX - 1, &options->trades);
	case OPTION_FRAMES:
		return read_integer(text, 0, 1000000000, &options->exchange.frames_per_second);
	case OPTION_PING:
		return read_duration(text, CLOCK_DAY_US, &options->exchange.ping_interval_us);
	default:
		return read_fault(&options->exchange.faults, option, text);
	}
}

/* One option.  False: what it is given makes no sense; the problem may say more. */
static bool
read_option(struct options *options, int option, const char *text, struct problem *problem)
{
	switch (option) {
	case OPTION_LISTEN:
		return read_listen(options, text);
	case OPTION_TLS_DIR:
		return snprintf(options->tls_dir, sizeof(options->tls_dir), "%s", text) <
		       (int)sizeof(options->tls_dir);
	case OPTION_NO_TLS:
		options->tls_dir[0] = '\0';
		return true;
	case OPTION_SYMBOLS:
		options->instrument_count = instruments_parse(text, options->instruments, problem);
		return options->instrument_count > 0;
	case OPTION_CAPTURE:
		options->captures[options->capture_count++] = text;
		return true;
	case OPTION_PORT_FILE:
		options->port_file = text;
		return true;
	default:
		return read_numbers(options, option, text);
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
	};
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
	options->exchange.address = options->address;
	return NULL;
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

int
options_read(struct options *options, int argc, char **argv)
{
	struct option options_known[OPTION_COUNT + 1] = {0};
	struct problem problem = {""};
	int option, index = 0;

	set_defaults(options);
	options->captures = calloc((size_t)argc + 1, sizeof(*options->captures));
	if (options->captures == NULL)
		return EX_OSERR;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		options_known[i] = table[i].option;
	while ((option = getopt_long(argc, argv, "hV", options_known, &index)) != -1) {
		if (option == 'h' || option == 'V') {
			if (option == 'h')
				print_usage(stdout);
			else
				printf("marketsim %s\n", PROGRAM_VERSION);
			return EX_OK;
		}
		if (option == '?') /* getopt has said why */
			return EX_USAGE;
		if (!read_option(options, option, optarg, &problem))
			return refuse(options_known[index].name, optarg, &problem);
	}
	return take_arguments(options, argc, argv);
}
