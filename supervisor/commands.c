#include "supervisor/commands.h"

#include <string.h>

#include "common/control.h"

static json_t *
answer_status(struct commands *commands, const json_t *request)
{
	return overview_compose(commands->overview);
}

static json_t *
answer_restart(struct commands *commands, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "child"));
	struct child *child;

	if (name == NULL)
		return control_error("bad-request", "restart: expected a child: logd, tickd or "
						    "analysisd");
	child = children_by_name(commands->children, name);
	if (child == NULL)
		return control_error("unknown-child", "%.40s: no such child: expected logd, tickd or "
						      "analysisd", name);
	if (commands->children->stopping)
		return control_error("stopping", "%s: everything is stopping", name);
	child_restart(child);
	return json_pack("{s:b, s:s, s:s}", "ok", 1, "child", child->name, "state",
	    child_state_name(child_state(child)));
}

static json_t *
answer_stop(struct commands *commands, const json_t *request)
{
	commands->stop(commands->context);
	return json_pack("{s:b}", "ok", 1);
}

json_t *
commands_answer(void *context, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(struct commands *commands, const json_t *request);
	} table[] = {{"status", answer_status}, {"restart", answer_restart}, {"stop", answer_stop}};
	const char *command = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; command != NULL && i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(command, table[i].name) == 0)
			return table[i].answer(context, request);
	return control_error("unknown-command", "expected one of the commands status, restart and "
						"stop");
}
