#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"
#include "tradingctl/state_tables.h"
#include "tradingctl/tick_database.h"

#define REDRAW_MS 1000
#define CLEAR "\033[H\033[J" /* cursor home, erase what is below */

static const char *
system_word(const struct system_state *state)
{
	const char *status =
	    json_string_value(json_object_get(state->published, "system_status"));

	return status == NULL ? "no supervisor" : status;
}

/* ---- the three forms ---- */

static int
draw(const struct system_state *state, const json_t *faults, const char *now)
{
	const json_t *fault;
	size_t i;

	printf(CLEAR "%s  %s\n\n", now, system_word(state));
	if (state_tables_print(state) < 0)
		return complain(EX_OSERR, "out of memory");
	putchar('\n');
	if (state_feeds(state) != NULL && state_tables_print_symbols(state) < 0)
		return complain(EX_OSERR, "out of memory");
	putchar('\n');
	json_array_foreach(faults, i, fault) {
		printf("WRONG: %s\n", json_string_value(fault));
	}
	return EX_OK;
}

/* A terminal has a rate for all its symbols together, and quotes where an exchange has prices. */
static void
print_feed(const json_t *feed)
{
	bool terminal = json_object_get(feed, "listen") != NULL;
	char price[STATE_TEXT_SIZE], rate[STATE_TEXT_SIZE], name[STATE_TEXT_SIZE];
	const json_t *symbol;
	size_t i;

	if (terminal)
		printf("  %s %s %s/s", state_text(json_object_get(feed, "name"), name),
		    state_text(json_object_get(feed, "state"), price),
		    state_text(json_object_get(feed, "ticks_per_second"), rate));
	json_array_foreach(json_object_get(feed, "symbols"), i, symbol) {
		state_text(json_object_get(symbol, "symbol"), name);
		if (terminal)
			printf("  %s %s/%s", name, state_text(json_object_get(symbol, "bid"), price),
			    state_text(json_object_get(symbol, "ask"), rate));
		else
			printf("  %s %s %s/s", name,
			    state_text(json_object_get(symbol, "price"), price),
			    state_text(json_object_get(symbol, "ticks_per_second"), rate));
	}
}

static int
print_line(const struct system_state *state, const json_t *faults, const char *now)
{
	const json_t *feed, *fault;
	size_t i;

	printf("%s %s", now, system_word(state));
	json_array_foreach(state_feeds(state), i, feed) {
		print_feed(feed);
	}
	json_array_foreach(faults, i, fault) {
		printf("  WRONG: %s", json_string_value(fault));
	}
	putchar('\n');
	return EX_OK;
}

static int
print_json(const struct system_state *state, json_t *faults, const char *now)
{
	json_t *feeds = json_deep_copy(state_feeds(state));

	return print_json_line(json_pack("{s:s, s:b, s:O, s:s, s:O*, s:o*}", "time", now, "ok",
	    json_array_size(faults) == 0, "faults", faults, "system_status", system_word(state),
	    "processes", json_object_get(state->published, "processes"), "feeds", feeds), EX_OK);
}

/* Nothing runs: that too is something to watch until it does. */
static int
print_nothing(const struct arguments *arguments, bool terminal, const char *now, const char *why)
{
	if (arguments->json)
		return print_json_line(json_pack("{s:s, s:b, s:[s], s:s}", "time", now, "ok", false,
		    "faults", why, "system_status", "not running"), EX_OK);
	printf("%s%s %s\n", terminal ? CLEAR : "", now, why);
	return EX_OK;
}

static int
show(const struct arguments *arguments, bool terminal)
{
	struct system_state state;
	struct problem problem;
	char now[CLOCK_TEXT_SIZE];
	json_t *faults = NULL;
	int error = system_state_read(arguments->settings, &state, &problem), status;

	clock_format(clock_wall_us(), 0, now);
	if (error == 0)
		faults = system_state_faults(&state);
	if (error == -EACCES)
		status = complain(exit_status_of(error), "%s", problem.text);
	else if (error < 0)
		status = print_nothing(arguments, terminal, now, problem.text);
	else if (faults == NULL)
		status = complain(EX_OSERR, "out of memory");
	else if (arguments->json)
		status = print_json(&state, faults, now);
	else
		status = terminal ? draw(&state, faults, now) : print_line(&state, faults, now);
	json_decref(faults);
	system_state_finish(&state);
	if (status == EX_OK && fflush(stdout) != 0)
		status = complain(EX_IOERR, "the output cannot be written");
	return status;
}

int
command_watch(const struct arguments *arguments)
{
	bool terminal = isatty(STDOUT_FILENO) == 1;
	int64_t left = arguments->given & OPTION_LIMIT ? arguments->limit : INT64_MAX;
	int status;

	interrupt_catch();
	do
		status = show(arguments, terminal);
	while (status == EX_OK && --left > 0 && interrupt_wait(REDRAW_MS));
	return status;
}
