#include "analysisd/analysisd.h"
#include "analysisd/dtms/machine.h"
#include "common/log.h"
#include "common/program.h"

int
main(int argc, char **argv)
{
	static const struct program_option options[] = {
		{.name = "print-dtms",
		    .help = "print the states of a trade and what leads from one to another",
		    .print = dtms_machine_print},
		{0},
	};
	static const struct program program = {
		.name = "analysisd",
		.arguments = "",
		.options = options,
		.help = "analysisd analyses the candles that tickd stores and writes the results to\n"
			"STATE/analysisd/analysis_data.db.  See analysisd(8).\n",
	};
	struct settings settings;
	int first, status;

	status = program_options(&program, argc, argv, &settings, &first);
	if (status >= 0)
		return status;
	log_open(program.name, settings.log.level);
	status = analysisd_run(&settings);
	settings_free(&settings);
	return status;
}
