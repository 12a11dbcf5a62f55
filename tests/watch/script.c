#define _GNU_SOURCE
#include "tests/watch/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/control.h"
#include "tests/watch/broker.h"
#include "tests/watch/expect.h"
#include "tests/watch/market.h"
#include "tests/watch/same.h"
#include "tests/watch/venue_commands.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"
#include "tests/watch/words.h"

#define BEGIN_US INT64_C(1789981200000000) /* 2026-09-21T09:00:00Z */
#define HISTORY_MAX_US (40 * CLOCK_DAY_US) /* what a replay begins before */
#define SETTINGS_MAX 16

static struct {
	const char *overrides[SETTINGS_MAX];
	size_t override_count;
	struct settings settings;
	bool began, started;
	int64_t every_us;
	bool killing; /* after each look */
	json_t *answer; /* of the last question */
	bool asked;	/* just now: a refusal that is not expected fails the scenario */
} script = {.every_us = 5 * CLOCK_SECOND_US};

/* ---- setting up ---- */

static void
begin(void)
{
	if (script.began)
		return;
	script.began = true;
	market_begin(BEGIN_US);
}

static void
do_set(void)
{
	if (script.override_count == SETTINGS_MAX)
		watch_fail("more than %d settings", SETTINGS_MAX);
	char *setting = strtok(NULL, "");

	if (setting == NULL)
		watch_fail("expected SECTION.NAME=VALUE");
	script.overrides[script.override_count++] = strdup(setting);
}

static void
do_symbols(void)
{
	char *name;

	begin();
	while ((name = strtok(NULL, " ")) != NULL)
		market_add(name);
}

static void
do_history(void)
{
	char *symbol = script_word("a symbol"), *wave, *period;
	int days = (int)script_number("days");
	double price = script_number("a price");

	wave = strtok(NULL, " ");
	period = strtok(NULL, " ");
	market_history(symbol, days, price, wave == NULL ? 0 : strtod(wave, NULL),
	    period == NULL ? 0 : script_duration(period));
}

static void
do_start(void)
{
	char state_dir[4200];
	struct settings_faults faults;

	snprintf(state_dir, sizeof(state_dir), "paths.state_dir=%s", watch_folder());
	script.overrides[script.override_count++] = state_dir;
	if (settings_load(&script.settings, "/dev/null", script.overrides, script.override_count,
		&faults) < 0)
		watch_fail("%s", faults.count > 0 ? faults.texts[0] : "out of memory");
	settings_faults_free(&faults);
	market_step(script.every_us);
	watched_begin(&script.settings);
	same_begin(&script.settings, BEGIN_US - HISTORY_MAX_US);
	script.started = true;
	watched_look();
}

/* ---- the market ---- */

static void
do_price(void)
{
	char *symbol = script_word("a symbol"), *took;
	double price = script_number("a price");

	took = strtok(NULL, " ");
	market_go_to(symbol, price, took == NULL ? 0 : script_duration(took));
}

static void
do_spread(void)
{
	struct market_line *line = market_line(script_word("a symbol"));

	line->spread = script_number("an amount");
}

static void
do_buys(void)
{
	struct market_line *line = market_line(script_word("a symbol"));

	line->buys = script_number("a share");
}

static void
do_volume(void)
{
	struct market_line *line = market_line(script_word("a symbol"));

	line->volume = script_number("an amount");
}

static void
do_quiet(void)
{
	market_line(script_word("a symbol"))->quiet = true;
}

static void
do_loud(void)
{
	market_line(script_word("a symbol"))->quiet = false;
}

static void
do_wander(void)
{
	struct market_line *line = market_line(script_word("a symbol"));

	line->wander = script_number("a share");
	line->seed = (uint64_t)script_number("a seed") * 0x9e3779b97f4a7c15 + 1;
}

static void
do_lose(void)
{
	market_line(script_word("a symbol"))->lost = true;
}

static void
do_fill(void)
{
	market_fill(script_word("a symbol"));
}

static void
do_every(void)
{
	script.every_us = script_duration(script_word("a time"));
}

static void
look(void)
{
	if (!script.started)
		return;
	watched_look();
	if (script.killing)
		watched_kill();
	broker_turn();
}

/* On multiples of the step, so that a time that was reached late delays nothing. */
static void
step_until(int64_t until_us)
{
	int64_t every_us = script.every_us, now_us = market_now();
	int64_t next_us = now_us - now_us % every_us + every_us;

	market_step((next_us < until_us ? next_us : until_us) - now_us);
	look();
}

static void
pass(int64_t until_us)
{
	while (market_now() < until_us)
		step_until(until_us);
}

/* "HH:MM[:SS]", today or tomorrow. */
static int64_t
read_time_of_day(const char *text)
{
	int hours, minutes, seconds = 0;
	int64_t midnight_us = market_now() - market_now() % CLOCK_DAY_US, time_us;

	if (sscanf(text, "%d:%d:%d", &hours, &minutes, &seconds) < 2)
		watch_fail("%s: expected HH:MM", text);
	time_us = midnight_us + ((hours * 60 + minutes) * 60 + seconds) * CLOCK_SECOND_US;
	return time_us > market_now() ? time_us : time_us + CLOCK_DAY_US;
}

static void
do_at(void)
{
	char *text = script_word("a time");

	pass(text[0] == '+' ? market_now() + script_duration(text + 1) : read_time_of_day(text));
}

static void
do_jump(void)
{
	market_step(script_duration(script_word("a time")));
	look();
}

static void
do_until(void)
{
	int64_t end_us = market_now() + script_duration(script_word("a time"));
	struct expectation failed;
	char *rest = strtok(NULL, ""), words[1024];

	if (rest == NULL)
		watch_fail("until what?");
	while (snprintf(words, sizeof(words), "%s", rest),
	    !expect_holds(words, script.answer, &failed)) {
		if (market_now() >= end_us)
			watch_fail("it never was so: %s", failed.text);
		step_until(end_us);
	}
}

/* ---- people ---- */

static void
ask(json_t *request)
{
	json_decref(script.answer);
	script.answer = watched_ask(request);
	script.asked = true;
}

/* What may stand behind a command: NAME VALUE ... */
static json_t *
add_options(json_t *request)
{
	static const char *const names[][2] = {{"sl", "stop_loss"}, {"tp", "take_profit"},
		{"initial-sl", "initial_stop_loss"}, {"account", "account"}};
	char *name;

	while ((name = strtok(NULL, " ")) != NULL) {
		size_t i = 0;

		while (i < 4 && strcmp(names[i][0], name) != 0)
			i++;
		if (i == 4)
			watch_fail("%s: no such option", name);
		json_object_set_new(request, names[i][1], json_string(script_word(name)));
	}
	return request;
}

static void
do_enable(void)
{
	json_t *request = json_pack("{s:s}", "command", "dtms-enable");

	json_object_set_new(request, "ticket", json_integer((json_int_t)script_number("a ticket")));
	json_object_set_new(request, "symbol", json_string(script_word("a symbol")));
	json_object_set_new(request, "direction", json_string(script_word("BUY or SELL")));
	json_object_set_new(request, "entry_price", json_string(script_word("a price")));
	json_object_set_new(request, "volume", json_string(script_word("a volume")));
	ask(add_options(request));
}

static void
do_disable(void)
{
	json_int_t ticket = (json_int_t)script_number("a ticket");

	ask(add_options(json_pack("{s:s, s:I}", "command", "dtms-disable", "ticket", ticket)));
}

static void
do_off(void)
{
	ask(json_pack("{s:s}", "command", "dtms-off"));
}

static void
do_on(void)
{
	ask(json_pack("{s:s}", "command", "dtms-on"));
}

static void
do_ask(void)
{
	char *text = strtok(NULL, "");
	json_t *request = text == NULL ? NULL : json_loads(text, 0, NULL);

	if (request == NULL)
		watch_fail("expected JSON");
	ask(request);
	script.asked = false;
}

/* ---- the rest ---- */

static void
do_kill(void)
{
	char *how = strtok(NULL, " ");

	script.killing = how != NULL && strcmp(how, "ALWAYS") == 0;
	if (how == NULL)
		watched_kill();
	else if (strcmp(how, "EVERY") == 0)
		watched_kill_every((int)script_number("writes"));
	else
		watched_kill_every(0);
	if (how == NULL)
		watched_look();
}

/* "same", "same analyses", "same of TICKET", "same from TIME", "same twice". */
static void
expect_same(char *words)
{
	char *how, *what;

	strtok(words, " ");
	how = strtok(NULL, " ");
	what = strtok(NULL, " ");
	if (how == NULL)
		same_as_replayed(NULL);
	else if (strcmp(how, "analyses") == 0)
		same_analyses();
	else if (strcmp(how, "twice") == 0)
		same_twice();
	else if (strcmp(how, "of") == 0 && what != NULL)
		same_as_replayed(what);
	else if (strcmp(how, "from") == 0 && what != NULL)
		same_from(market_now() - script_duration(what));
	else
		watch_fail("same as what?");
}

static void
do_expect(void)
{
	char *rest = strtok(NULL, "");
	struct expectation failed;

	if (rest == NULL)
		watch_fail("expected what?");
	if (strncmp(rest, "same", 4) == 0)
		expect_same(rest);
	else if (!expect_holds(rest, script.answer, &failed))
		watch_fail("%s", failed.text);
}

static const struct {
	const char *name;
	void (*obey)(void);
} commands[] = {
	{"SET", do_set}, {"SYMBOLS", do_symbols}, {"HISTORY", do_history}, {"START", do_start},
	{"PRICE", do_price}, {"SPREAD", do_spread}, {"BUYS", do_buys}, {"VOLUME", do_volume},
	{"WANDER", do_wander}, {"QUIET", do_quiet}, {"LOUD", do_loud}, {"LOSE", do_lose},
	{"FILL", do_fill}, {"EVERY", do_every}, {"AT", do_at}, {"UNTIL", do_until},
	{"JUMP", do_jump}, {"ENABLE", do_enable}, {"DISABLE", do_disable}, {"OFF", do_off},
	{"ON", do_on}, {"ASK", do_ask}, {"POSITION", venue_command_position},
	{"ACCOUNT", venue_command_account}, {"TERMS", venue_command_terms},
	{"ANSWER", venue_command_answer}, {"BROKER", venue_command_broker}, {"KILL", do_kill},
	{"EXPECT", do_expect},
};

/* A question whose refusal is not the next thing that is expected should have been obeyed. */
static void
check_answer(const char *line)
{
	const char *message = script.asked ? control_error_message(script.answer) : NULL;

	script.asked = false;
	if (message != NULL && strncmp(line, "EXPECT refused ", 15) != 0)
		watch_fail("the question before was refused: %s", message);
}

void
script_line(char *line)
{
	char *name;

	line[strcspn(line, "#\n")] = '\0';
	for (size_t end = strlen(line); end > 0 && line[end - 1] == ' '; end--)
		line[end - 1] = '\0';
	if (line[0] != '\0')
		check_answer(line);
	name = strtok(line, " ");
	if (name == NULL)
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].obey();
			return;
		}
	watch_fail("%s: there is no such command", name);
}

void
script_end(void)
{
	check_answer("");
	json_decref(script.answer);
	if (script.started)
		watched_end();
	broker_end();
	if (script.began)
		market_end();
	settings_free(&script.settings);
}
