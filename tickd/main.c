#include "common/log.h"
#include "common/program.h"
#include "tickd/tickd.h"

int
main(int argc, char **argv)
{
	static const struct program program = {.name = "tickd",
		.arguments = "",
		.help = "Collects ticks into unified_tick_pipeline.db.  See tickd(8).\n"};
	struct settings settings;
	int first, status = program_options(&program, argc, argv, &settings, &first);

	if (status >= 0)
		return status;
	log_open(program.name, settings.log.level);
	status = tickd_run(&settings);
	settings_free(&settings);
	return status;
}
