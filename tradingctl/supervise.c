/* restart and stop: questions to the supervisor, which does the work. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/control.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"
#include "tradingctl/system_state.h"
#include "tradingctl/tick_database.h"

#define ASK_MS 5000
#define STOP_LOOK_MS 50 /* between two looks whether it has gone */

/* Takes the question; returns 0 with the answer, or the exit status with the sentence said. */
static int
ask(const struct arguments *arguments, json_t *question, json_t **ret_answer)
{
	struct problem problem;
	char path[PATH_MAX];
	json_t *answer;
	int error;

	*ret_answer = NULL;
	if (question == NULL)
		return complain(EX_OSERR, "out of memory");
	snprintf(path, sizeof(path), "%s/control.sock", arguments->settings->paths.runtime_dir);
	error = control_ask(path, question, ASK_MS, &answer, &problem);
	json_decref(question);
	if (error == -ENOENT || error == -ECONNREFUSED)
		return complain(EX_UNAVAILABLE, "no supervisor is running: nobody listens at %s",
		    path);
	if (error < 0)
		return complain(error == -EACCES ? EX_NOPERM : EX_TEMPFAIL, "%s", problem.text);
	if (control_error_message(answer) != NULL) {
		complain(1, "%s", control_error_message(answer));
		json_decref(answer);
		return 1;
	}
	*ret_answer = answer;
	return 0;
}

int
command_restart(const struct arguments *arguments)
{
	const char *child = arguments->words[0];
	bool known = false;
	json_t *answer;
	int status;

	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++)
		known |= strcmp(child, system_state_daemons[i]) == 0;
	if (!known)
		return complain(EX_USAGE, "%s: expected tickd, analysisd or logd", child);
	status = ask(arguments, json_pack("{s:s, s:s}", "command", "restart", "child", child),
	    &answer);
	if (status != 0)
		return status;
	if (arguments->json)
		return print_json_document(answer, EX_OK);
	json_decref(answer);
	printf("%s is being restarted\n", child);
	return EX_OK;
}

/* True once nobody answers any more, within what all children may take. */
static bool
wait_gone(const struct arguments *arguments)
{
	int64_t left_ms = SYSTEM_STATE_DAEMONS * arguments->settings->supervisor.stop_timeout_us /
		1000 + ASK_MS;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/control.sock", arguments->settings->paths.runtime_dir);
	for (; left_ms > 0; left_ms -= STOP_LOOK_MS) {
		json_t *question = json_pack("{s:s}", "command", "status"), *answer = NULL;
		struct problem problem;
		int error = question == NULL ? -ENOMEM :
					       control_ask(path, question, ASK_MS, &answer, &problem);

		json_decref(question);
		json_decref(answer);
		if (error == -ENOENT || error == -ECONNREFUSED)
			return true;
		if (!interrupt_wait(STOP_LOOK_MS))
			return false;
	}
	return false;
}

int
command_stop(const struct arguments *arguments)
{
	json_t *answer;
	int status = ask(arguments, json_pack("{s:s}", "command", "stop"), &answer);

	if (status != 0)
		return status;
	interrupt_catch();
	if (!wait_gone(arguments)) {
		json_decref(answer);
		return complain(EX_TEMPFAIL, "the supervisor was asked to stop and still runs");
	}
	if (arguments->json)
		return print_json_document(answer, EX_OK);
	json_decref(answer);
	puts("stopped");
	return EX_OK;
}
