#define _GNU_SOURCE
#include "tradingctl/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/decimal.h"

int
complain(int exit_status, const char *format, ...)
{
	va_list arguments;

	/* What was already found goes out before the sentence that ends it. */
	fflush(stdout);
	fputs("tradingctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return exit_status;
}

int
complain_usage(const struct command *command)
{
	return complain(EX_USAGE, "usage: tradingctl %s%s%s", command->name,
	    command->usage[0] == '\0' ? "" : " ", command->usage);
}

static int
read_time(const struct command *command, const char *option, const char *text, int64_t *ret_us)
{
	if (clock_parse(text, ret_us) == 0)
		return 0;
	return complain(EX_USAGE,
	    "%s --%s %s: expected a time, as 2026-01-31T23:59:59Z, or milliseconds since 1970",
	    command->name, option, text);
}

static int
read_limit(const struct command *command, const char *text, int64_t *ret)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 || value > COMMAND_LIMIT_MAX)
		return complain(EX_USAGE, "%s --limit %s: expected a number from 1 to %d",
		    command->name, text, COMMAND_LIMIT_MAX);
	*ret = value;
	return 0;
}

/* "+03:00", "-05:30". */
static int
read_offset(const struct command *command, const char *text, int64_t *ret_s)
{
	int hours, minutes, length = 0;
	char sign;

	if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &length) == 3 && length == 6 &&
	    text[length] == '\0' && (sign == '+' || sign == '-') && hours >= 0 && hours <= 23 &&
	    minutes >= 0 && minutes <= 59) {
		*ret_s = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
		return 0;
	}
	return complain(EX_USAGE, "%s --utc-offset %s: expected hours and minutes, as +03:00",
	    command->name, text);
}

bool
is_positive_decimal(const char *text)
{
	int64_t value_e8;

	return decimal_parse(text, strlen(text), &value_e8) == 0 && value_e8 > 0;
}

static int
read_price(const struct command *command, const char *option, const char *text, const char **ret)
{
	if (!is_positive_decimal(text))
		return complain(EX_USAGE, "%s --%s %s: expected a price above 0, as 65000.5",
		    command->name, option, text);
	*ret = text;
	return 0;
}

static int
read_timeframe(const struct command *command, const char *text, const char **ret)
{
	if (candle_fold_length(text) == 0)
		return complain(EX_USAGE, "%s --timeframe %s: expected M5, M15, M30, H1, H4 or D1",
		    command->name, text);
	*ret = text;
	return 0;
}

/* Options that are words, kept as they are. */
static void
read_word(int option, const char *text, struct arguments *ret)
{
	if (option == OPTION_SOURCE)
		ret->source = text;
	else if (option == OPTION_SYMBOL)
		ret->symbol = text;
	else if (option == OPTION_ACCOUNT)
		ret->account = text;
	else if (option == OPTION_TYPE)
		ret->type = text;
}

static int
read_option(const struct command *command, const struct option *option, struct arguments *ret)
{
	if (option->val == 'j') {
		ret->json = true;
		return 0;
	}
	if (!(command->accepts & (unsigned)option->val))
		return complain(EX_USAGE, "%s does not take --%s", command->name, option->name);
	ret->given |= (unsigned)option->val;
	switch (option->val) {
	case OPTION_FROM:
		return read_time(command, option->name, optarg, &ret->from_us);
	case OPTION_TO:
		return read_time(command, option->name, optarg, &ret->to_us);
	case OPTION_LIMIT:
		return read_limit(command, optarg, &ret->limit);
	case OPTION_UTC_OFFSET:
		return read_offset(command, optarg, &ret->utc_offset_s);
	case OPTION_SL:
		return read_price(command, option->name, optarg, &ret->stop_loss);
	case OPTION_TP:
		return read_price(command, option->name, optarg, &ret->take_profit);
	case OPTION_INITIAL_SL:
		return read_price(command, option->name, optarg, &ret->initial_stop_loss);
	case OPTION_TIMEFRAME:
		return read_timeframe(command, optarg, &ret->timeframe);
	case OPTION_AT:
		return read_time(command, option->name, optarg, &ret->at_us);
	default:
		read_word(option->val, optarg, ret);
		return 0;
	}
}

static int
read_options(const struct command *command, int argc, char **argv, struct arguments *ret)
{
	/* 'j' is more than one bit: no command's. */
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"from", required_argument, NULL, OPTION_FROM},
		{"to", required_argument, NULL, OPTION_TO},
		{"limit", required_argument, NULL, OPTION_LIMIT},
		{"follow", no_argument, NULL, OPTION_FOLLOW},
		{"sample", no_argument, NULL, OPTION_SAMPLE},
		{"quick", no_argument, NULL, OPTION_QUICK},
		{"whole", no_argument, NULL, OPTION_WHOLE},
		{"all", no_argument, NULL, OPTION_ALL},
		{"source", required_argument, NULL, OPTION_SOURCE},
		{"symbol", required_argument, NULL, OPTION_SYMBOL},
		{"utc-offset", required_argument, NULL, OPTION_UTC_OFFSET},
		{"yes", no_argument, NULL, OPTION_YES},
		{"account", required_argument, NULL, OPTION_ACCOUNT},
		{"sl", required_argument, NULL, OPTION_SL},
		{"tp", required_argument, NULL, OPTION_TP},
		{"initial-sl", required_argument, NULL, OPTION_INITIAL_SL},
		{"type", required_argument, NULL, OPTION_TYPE},
		{"timeframe", required_argument, NULL, OPTION_TIMEFRAME},
		{"at", required_argument, NULL, OPTION_AT},
		{"now", no_argument, NULL, OPTION_NOW},
		{0},
	};
	int index, found, status = 0;

	optind = 0; /* glibc: begin anew, the options before the command are read */
	opterr = 0;
	while (status == 0 && (found = getopt_long(argc, argv, ":", options, &index)) != -1) {
		if (found == ':')
			status = complain(EX_USAGE, "%s %s: a value is missing", command->name,
			    argv[optind - 1]);
		else if (found == '?')
			status = complain(EX_USAGE, "%s: %s: no such option", command->name,
			    argv[optind - 1]);
		else
			status = read_option(command, &options[index], ret);
	}
	return status;
}

int
arguments_read(const struct command *command, const struct settings *settings, int argc, char **argv,
    struct arguments *ret)
{
	int status;

	*ret = (struct arguments){.settings = settings};
	status = read_options(command, argc, argv, ret);
	if (status != 0)
		return status;
	if (argc - optind < command->words_min || argc - optind > command->words_max)
		return complain_usage(command);
	ret->words = argv + optind;
	ret->word_count = argc - optind;
	if ((ret->given & OPTION_FROM) && (ret->given & OPTION_TO) && ret->from_us > ret->to_us)
		return complain(EX_USAGE, "%s: --from is after --to", command->name);
	return 0;
}
