#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "analysisd/analysisd.h"
#include "analysisd/dtms/machine.h"
#include "analysisd/replay.h"
#include "analysisd/replay_options.h"
#include "common/log.h"
#include "common/program.h"

/* What was asked for beside the work of the daemon; with an exit status where that is wrong. */
static int
run(const struct settings *settings, const struct replay_words *words)
{
	struct replay_options replay;
	struct problem problem;
	int error;

	if (!words->replay && !words->into)
		return analysisd_run(settings);
	error = replay_options_read(words, &replay, &problem);
	if (error < 0) {
		fprintf(stderr, "analysisd: %s\n", problem.text);
		return error == -EEXIST ? EX_CANTCREAT : EX_USAGE;
	}
	return analysisd_replay(settings, replay.from_us, replay.to_us, replay.file);
}

int
main(int argc, char **argv)
{
	struct replay_words words = {0};
	const struct program_option options[] = {
		{.name = "print-dtms",
		    .help = "print the states of a trade and what leads from one to another",
		    .print = dtms_machine_print},
		{.name = "replay", .arguments = "FROM TO",
		    .help = "decide what is stored of that time anew, into the file of --into",
		    .given = &words.replay, .ret_values = words.range},
		{.name = "into", .arguments = "FILE", .help = "a new file for --replay",
		    .given = &words.into, .ret_values = &words.file},
		{0},
	};
	const struct program program = {
		.name = "analysisd",
		.arguments = "",
		.options = options,
		.help = "analysisd analyses the candles that tickd stores and writes the results\n"
			"to STATE/analysisd/analysis_data.db.  See analysisd(8).\n",
	};
	struct settings settings;
	int first, status;

	status = program_options(&program, argc, argv, &settings, &first);
	if (status >= 0)
		return status;
	log_open(program.name, settings.log.level);
	status = run(&settings, &words);
	settings_free(&settings);
	return status;
}
