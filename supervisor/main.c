/*
 * trading-supervisor: starts logd, tickd and analysisd, watches them, restarts the dead.
 */
#include <sysexits.h>

#include "common/access.h"
#include "common/log.h"
#include "common/program.h"
#include "supervisor/supervisor.h"

int
main(int argc, char **argv)
{
	const struct program program = {.name = access_role_name(ROLE_SUPERVISOR),
		.arguments = "",
		.help =
		"Starts logd, tickd and analysisd, which are expected beside it, and keeps them up.\n"};
	struct settings settings;
	int first, status;

	status = program_options(&program, argc, argv, &settings, &first);
	if (status >= 0)
		return status;
	log_open(program.name, settings.log.level);
	status = supervisor_run(&settings);
	settings_free(&settings);
	return status;
}
