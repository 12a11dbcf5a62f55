#include <stdio.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/program.h"
#include "tickd/tickd.h"

int
main(int argc, char **argv)
{
	struct import_files files = {0};
	const struct program_option options[] = {
		{.name = "import",
		    .help = "no feeds: store what the files hold and leave, or wait for tradingctl",
		    .given = &files.only},
		{0},
	};
	const struct program program = {.name = "tickd",
		.arguments = "[--import [FILE]...]",
		.help = "Collects ticks into unified_tick_pipeline.db.  See tickd(8).\n",
		.options = options};
	struct settings settings;
	int first, status = program_options(&program, argc, argv, &settings, &first);

	if (status >= 0)
		return status;
	if (first < argc && !files.only) {
		fprintf(stderr, "tickd: %s: no arguments are expected without --import\n",
		    argv[first]);
		settings_free(&settings);
		return EX_USAGE;
	}
	files.names = argv + first;
	files.count = argc - first;
	log_open(program.name, settings.log.level);
	status = tickd_run(&settings, &files);
	settings_free(&settings);
	return status;
}
