/*
 * RUNTIME/analysisd/control.sock: what analysisd answers.
 *
 *   {"command":"dtms-enable", ...}, "dtms-disable", "dtms-off", "dtms-on", "dtms-status"
 *       see dtms_answer() and questions.h
 *   {"command":"analyse","symbol":S[,"timeframe":T][,"time":US]}  see engine_answer_analyse()
 */
#ifndef ANALYSISD_CONTROL_COMMANDS_H
#define ANALYSISD_CONTROL_COMMANDS_H

#include <uv.h>

#include "analysisd/engine.h"
#include "common/problem.h"
#include "common/settings.h"

struct control_commands;

/* What they ask of. */
struct control_hooks {
	struct engine *(*engine)(void *context); /* NULL while there is none to ask */
	void (*asked)(void *context);		 /* called after each answer: rows may have come */
	void *context;
};

/* Whoever calls holds the lease of the database.  0 or -errno. */
__attribute__((warn_unused_result)) int
control_commands_create(struct control_commands **ret, uv_loop_t *loop,
    const struct settings *settings, const struct control_hooks *hooks, struct problem *problem);

/* NULL is allowed. */
void
control_commands_close(struct control_commands *commands);

#endif
