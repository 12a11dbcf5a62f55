#include <stdio.h>
#include <sysexits.h>

#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/print_json.h"
#include "tradingctl/state_tables.h"
#include "tradingctl/tick_database.h"

static json_t *
or_null(json_t *value)
{
	return value == NULL ? json_null() : json_incref(value);
}

static int
print_json(const struct system_state *state, json_t *faults, int status)
{
	json_t *daemons = json_object();

	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++)
		json_object_set_new(daemons, system_state_daemons[i], or_null(state->daemons[i]));
	return print_json_document(json_pack("{s:b, s:O, s:o, s:o}", "ok", status == EX_OK, "faults",
	    faults, "system", or_null(state->published), "daemons", daemons), status);
}

static int
print_text(const struct system_state *state, const json_t *faults, int status)
{
	const json_t *fault;
	size_t i;

	if (state_tables_print(state) < 0)
		return complain(EX_OSERR, "out of memory");
	putchar('\n');
	if (json_array_size(faults) == 0)
		puts("all is well");
	json_array_foreach(faults, i, fault) {
		printf("WRONG: %s\n", json_string_value(fault));
	}
	return status;
}

int
command_status(const struct arguments *arguments)
{
	struct system_state state;
	struct problem problem;
	json_t *faults;
	int error = system_state_read(arguments->settings, &state, &problem), status;

	if (error < 0) {
		system_state_finish(&state);
		return complain(exit_status_of(error), "%s", problem.text);
	}
	faults = system_state_faults(&state);
	status = json_array_size(faults) == 0 ? EX_OK : 1;
	status = faults == NULL ? complain(EX_OSERR, "out of memory") :
	    arguments->json	? print_json(&state, faults, status) :
				  print_text(&state, faults, status);
	json_decref(faults);
	system_state_finish(&state);
	return status;
}
