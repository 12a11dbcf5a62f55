#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/program.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"

const struct command commands[] = {
	{"status", "", "every process, feed and database; 1 when something is wrong", 0, 0, 0,
	    command_status},
	{"watch", "[--limit N]", "the same and the newest prices, each second, until Ctrl-C",
	    OPTION_LIMIT, 0, 0, command_watch},
	{"ticks", "SYMBOL [--from TIME] [--to TIME] [--limit N] [--follow]",
	    "stored ticks; the newest 20 without --from",
	    OPTION_FROM | OPTION_TO | OPTION_LIMIT | OPTION_FOLLOW, 1, 1, command_ticks},
	{"candles", "SYMBOL [--from TIME] [--to TIME] [--limit N]",
	    "stored M5 candles; the newest 20 without --from",
	    OPTION_FROM | OPTION_TO | OPTION_LIMIT, 1, 1, command_candles},
	{"gaps", "[SYMBOL] [--all] [--follow]",
	    "what is missing, and how far it is filled; --all shows what was filled as well",
	    OPTION_ALL | OPTION_FOLLOW, 0, 1, command_gaps},
	{"analysis", "SYMBOL [--type T] [--timeframe TF] [--limit N] [--at TIME] [--now]",
	    "stored results, the newest of each type; --now has them computed afresh",
	    OPTION_TYPE | OPTION_TIMEFRAME | OPTION_LIMIT | OPTION_AT | OPTION_NOW, 1, 1,
	    command_analysis},
	{"dtms", "[--all] [--account A] | TICKET [--account A] [--limit N] | off | on |\n"
		 "      enable TICKET SYMBOL BUY|SELL ENTRY VOLUME [--sl P] [--tp P]"
		 " [--initial-sl P] [--account A] |\n      disable TICKET [--account A]",
	    "the trades under watch; one trade and why it stands so; what changes them",
	    OPTION_ALL | OPTION_ACCOUNT | OPTION_LIMIT | OPTION_SL | OPTION_TP | OPTION_INITIAL_SL,
	    0, INT_MAX, command_dtms},
	{"actions", "[TICKET] [--symbol S] [--account A] [--limit N]",
	    "what DTMS decided should be done, and what became of it: the newest 20",
	    OPTION_SYMBOL | OPTION_ACCOUNT | OPTION_LIMIT, 0, 1, command_actions},
	{"verify", "[SYMBOL] [--quick] [--whole]",
	    "ids without holes, candles recomputed, integrity of all three; 1 when not",
	    OPTION_QUICK | OPTION_WHOLE, 0, 1, command_verify},
	{"import", "[--source S] [--symbol X] [--utc-offset +03:00] [--yes] FILE...",
	    "store what archives, MT5 exports and recordings hold; again is harmless",
	    OPTION_SOURCE | OPTION_SYMBOL | OPTION_UTC_OFFSET | OPTION_YES, 1, INT_MAX,
	    command_import},
	{"access", "", "who may do what with which database, from real attempts", 0, 0, 0,
	    command_access},
	{"settings", "[--sample]", "the settings in force, or a commented file of all", OPTION_SAMPLE,
	    0, 0, command_settings},
	{"restart", "CHILD", "have the supervisor restart tickd, analysisd or logd", 0, 1, 1,
	    command_restart},
	{"stop", "", "have the supervisor stop everything, itself too", 0, 0, 0, command_stop},
	{0},
};

/* `settings --sample` is what one asks before there is a file to read. */
static int
print_sample(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "settings") != 0 || strcmp(argv[2], "--sample") != 0)
		return -1;
	settings_print_table(stdout);
	return EX_OK;
}

static int
run_command(const struct settings *settings, int argc, char **argv)
{
	struct arguments arguments;
	int status;

	for (const struct command *command = commands; command->name != NULL; command++) {
		if (strcmp(command->name, argv[0]) != 0)
			continue;
		status = arguments_read(command, settings, argc, argv, &arguments);
		return status != 0 ? status : command->run(&arguments);
	}
	return complain(EX_USAGE, "%s: no such command; `tradingctl -h` lists them", argv[0]);
}

/* The list of commands as the help shows it. */
static void
list_commands(char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "Commands, each with --json:\n");

	for (const struct command *command = commands; command->name != NULL; command++)
		if (length < size)
			length += (size_t)snprintf(text + length, size - length,
			    "  %s%s%s\n      %s\n", command->name,
			    command->usage[0] == '\0' ? "" : " ", command->usage, command->help);
}

int
main(int argc, char **argv)
{
	char help[8192];
	struct program program = {.name = "tradingctl", .arguments = "COMMAND [...]", .help = help};
	struct settings settings;
	int first, status;

	list_commands(help, sizeof(help));
	status = print_sample(argc, argv);
	if (status < 0)
		status = program_options(&program, argc, argv, &settings, &first);
	if (status >= 0)
		return status;
	if (first == argc)
		status = complain(EX_USAGE, "a command is missing; `tradingctl -h` lists them");
	else
		status = run_command(&settings, argc - first, argv + first);
	settings_free(&settings);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = complain(EX_IOERR, "the output cannot be written");
	return status;
}
