/*
 * What tradingctl may ask for: {"command":"status"}, {"command":"restart","child":NAME},
 * {"command":"stop"}.
 */
#ifndef SUPERVISOR_COMMANDS_H
#define SUPERVISOR_COMMANDS_H

#include <jansson.h>

#include "supervisor/children.h"
#include "supervisor/overview.h"

struct commands {
	struct children *children;
	struct overview *overview;
	void (*stop)(void *context); /* must not end the control server before the loop turns */
	void *context;
};

/* A control_handler; `context` is a struct commands. */
json_t *
commands_answer(void *context, const json_t *request);

#endif
