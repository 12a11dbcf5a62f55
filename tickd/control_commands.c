#include "tickd/control_commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/control.h"

#define OFFSET_MOST_S (26 * 3600) /* no place on earth is further from UTC */

struct control_commands {
	struct control_server *server;
	struct imports *imports;
};

static json_t *
bad_request(const char *sentence)
{
	return control_error("bad-request", "import: %s", sentence);
}

/* A name that may stand in SOURCE:SYMBOL, or nothing at all. */
static bool
is_name(const json_t *value)
{
	const char *text = json_string_value(value);

	if (value == NULL)
		return true;
	return text != NULL && archive_symbol_fits(text, strlen(text));
}

static const char *
read_task(const json_t *request, struct import_task *task)
{
	const json_t *source = json_object_get(request, "source");
	const json_t *symbol = json_object_get(request, "symbol");
	const json_t *offset = json_object_get(request, "utc_offset_s");
	int64_t offset_s = json_integer_value(offset);

	*task = (struct import_task){.name = json_string_value(json_object_get(request, "name")),
		.source = json_string_value(source),
		.symbol = json_string_value(symbol),
		.utc_offset_us = offset_s * CLOCK_SECOND_US,
		.offset_given = offset != NULL,
		.confirmed = json_is_true(json_object_get(request, "confirmed"))};
	if (task->name == NULL || task->name[0] == '\0' || strlen(task->name) >= PATH_MAX)
		return "expected the file's name";
	if (!is_name(source) || !is_name(symbol))
		return "expected source and symbol of up to 63 bytes, without spaces and colons";
	if (offset != NULL && (!json_is_integer(offset) || offset_s > OFFSET_MOST_S ||
				  offset_s < -OFFSET_MOST_S))
		return "expected utc_offset_s in seconds, less than 26 hours";
	return NULL;
}

static json_t *
answer_import(struct control_commands *commands, const json_t *request)
{
	struct import_task task;
	struct problem problem;
	const char *fault = read_task(request, &task);
	int64_t number;

	if (fault != NULL)
		return bad_request(fault);
	task.file = control_server_take_file(commands->server);
	if (task.file < 0)
		return bad_request("expected the file with the request");
	number = imports_begin(commands->imports, &task, &problem);
	if (number < 0)
		return control_error(number == -EBUSY ? "busy" : "failed", "%s", problem.text);
	return json_pack("{s:I}", "import", (json_int_t)number);
}

static json_t *
answer_progress(struct control_commands *commands, const json_t *request)
{
	int64_t number = json_integer_value(json_object_get(request, "import"));
	json_t *progress = imports_progress(commands->imports, number);

	return progress != NULL ? progress :
				  control_error("unknown-import", "there is no such import");
}

static json_t *
answer_cancel(struct control_commands *commands, const json_t *request)
{
	imports_cancel(commands->imports, json_integer_value(json_object_get(request, "import")));
	return json_pack("{s:b}", "ok", 1);
}

static json_t *
answer(void *context, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(struct control_commands *commands, const json_t *request);
	} table[] = {
		{"import", answer_import},
		{"import-progress", answer_progress},
		{"import-cancel", answer_cancel},
	};
	const char *command = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; command != NULL && i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(command, table[i].name) == 0)
			return table[i].answer(context, request);
	return control_error("unknown-command", "expected one of the commands import, "
						"import-progress and import-cancel");
}

int
control_commands_create(struct control_commands **ret, uv_loop_t *loop,
    const struct settings *settings, struct imports *imports, struct problem *problem)
{
	struct control_commands *commands = calloc(1, sizeof(*commands));
	char path[PATH_MAX];
	int error;

	if (commands == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	commands->imports = imports;
	if (snprintf(path, sizeof(path), "%s/tickd/control.sock", settings->paths.runtime_dir) >=
	    (int)sizeof(path))
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
