#include "analysisd/control_commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/control.h"

struct control_commands {
	struct control_server *server;
	struct control_hooks hooks;
};

static json_t *
answer(void *context, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(struct engine *engine, const json_t *request);
	} table[] = {
		{"analyse", engine_answer_analyse},
		{"dtms-enable", engine_answer_dtms},
		{"dtms-disable", engine_answer_dtms},
		{"dtms-off", engine_answer_dtms},
		{"dtms-on", engine_answer_dtms},
		{"dtms-status", engine_answer_dtms},
	};
	struct control_commands *commands = context;
	const char *command = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; command != NULL && i < sizeof(table) / sizeof(table[0]); i++) {
		struct engine *engine;
		json_t *said;

		if (strcmp(command, table[i].name) != 0)
			continue;
		engine = commands->hooks.engine(commands->hooks.context);
		if (engine == NULL)
			return control_error("waiting", "%s cannot be read yet: ask again later",
			    access_database_file(DATABASE_TICKS));
		said = table[i].answer(engine, request);
		commands->hooks.asked(commands->hooks.context);
		return said;
	}
	return control_error("unknown-command", "expected one of the commands analyse, dtms-enable, "
	    "dtms-disable, dtms-off, dtms-on and dtms-status");
}

int
control_commands_create(struct control_commands **ret, uv_loop_t *loop,
    const struct settings *settings, const struct control_hooks *hooks, struct problem *problem)
{
	struct control_commands *commands = calloc(1, sizeof(*commands));
	char path[PATH_MAX];
	int error;

	if (commands == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	commands->hooks = *hooks;
	if (snprintf(path, sizeof(path), "%s/analysisd/control.sock",
		settings->paths.runtime_dir) >= (int)sizeof(path))
		error = problem_set(problem, -ENAMETOOLONG, "%.200s...: the path is too long",
		    settings->paths.runtime_dir);
	else
		error = control_server_create(&commands->server, loop, path, answer, commands,
		    problem);
	if (error < 0)
		free(commands);
	else
		*ret = commands;
	return error;
}

void
control_commands_close(struct control_commands *commands)
{
	if (commands == NULL)
		return;
	control_server_close(commands->server);
	free(commands);
}
