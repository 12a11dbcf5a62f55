/*
 * What every command of tradingctl is given, and the one way in which they refuse.
 */
#ifndef TRADINGCTL_COMMAND_H
#define TRADINGCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"

/* Options that a command may accept, as bits; --json is accepted by all. */
enum command_option {
	OPTION_FROM = 1,
	OPTION_TO = 2,
	OPTION_LIMIT = 4,
	OPTION_FOLLOW = 8,
	OPTION_SAMPLE = 16,
	OPTION_QUICK = 32,
	OPTION_WHOLE = 64,
	OPTION_ALL = 128,
	OPTION_SOURCE = 256,
	OPTION_SYMBOL = 512,
	OPTION_UTC_OFFSET = 1024,
	OPTION_YES = 2048,
	OPTION_ACCOUNT = 4096,
	OPTION_SL = 8192,
	OPTION_TP = 16384,
	OPTION_INITIAL_SL = 32768,
	OPTION_TYPE = 65536,
	OPTION_TIMEFRAME = 131072,
	OPTION_AT = 262144,
	OPTION_NOW = 524288,
};

#define COMMAND_LIMIT_MAX 100000000 /* --limit at the most */

struct arguments {
	const struct settings *settings;
	unsigned given; /* bits of enum command_option */
	bool json;
	int64_t from_us, to_us; /* valid where given */
	int64_t limit;
	const char *source, *symbol;
	int64_t utc_offset_s;
	const char *account, *type;
	const char *timeframe;				      /* "M5" .. "D1" */
	const char *stop_loss, *take_profit, *initial_stop_loss; /* decimals above 0, as given */
	int64_t at_us;
	char **words; /* after the command's name, in argv */
	int word_count;
};

struct command {
	const char *name;
	const char *usage; /* what follows the name, for people */
	const char *help;  /* one line */
	unsigned accepts;
	int words_min, words_max;
	/* Returns the exit status. */
	int (*run)(const struct arguments *arguments);
};

/* Every command, ended by a NULL name. */
extern const struct command commands[];

/* Prints "tradingctl: SENTENCE" on stderr and returns exit_status. */
__attribute__((format(printf, 2, 3))) int
complain(int exit_status, const char *format, ...);

/* "usage: tradingctl NAME USAGE", and EX_USAGE. */
int
complain_usage(const struct command *command);

/* True for a decimal above 0 that can be stored: a price, a volume. */
bool
is_positive_decimal(const char *text);

/*
 * Reads what follows the command's name (argv[0]).  Returns 0, or EX_USAGE with the sentence said.
 */
int
arguments_read(const struct command *command, const struct settings *settings, int argc, char **argv,
    struct arguments *ret);

#endif
