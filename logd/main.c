#include <stdio.h>

#include "common/log.h"
#include "common/program.h"
#include "logd/logd.h"

int
main(int argc, char **argv)
{
	static const struct program program = {
		.name = "logd",
		.arguments = "",
		.help = "Serves the HTTP interface and the dashboard, and keeps the logs of both.\n",
	};
	struct settings settings;
	struct problem problem;
	int first, status = program_options(&program, argc, argv, &settings, &first);
	int error;

	if (status >= 0)
		return status;
	log_open(program.name, settings.log.level);
	error = logd_run(&settings, &status, &problem);
	if (error < 0) {
		log_event(LOG_ERR, "failed", NULL, "%s", problem.text);
		status = program_exit_status(error);
	}
	settings_free(&settings);
	return status;
}
