#define _GNU_SOURCE
#include "tests/scenario/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/measure.h"
#include "tests/scenario/outside.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/storage_side.h"

#define WORDS_MAX 16
#define FEED_EVERY_US INT64_C(10000)

struct line {
	char text[4096];
	char *words[WORDS_MAX];
	int count;
	const char *rest; /* all behind the first word */
};

/* ---- words ---- */

static const char *
word(const struct line *line, int at)
{
	if (at >= line->count)
		scenario_fail("%s: word %d is missing", line->words[0], at);
	return line->words[at];
}

static bool
is(const struct line *line, int at, const char *wanted)
{
	return at < line->count && strcmp(line->words[at], wanted) == 0;
}

/* "250ms", "5s", "3m", "2h", "1d"; seconds without a unit. */
static int64_t
duration(const char *text)
{
	static const struct {
		const char *unit;
		double us;
	} units[] = {{"ms", 1e3}, {"s", 1e6}, {"", 1e6}, {"m", 6e7}, {"h", 3.6e9}, {"d", 8.64e10}};
	char *end;
	double number = strtod(text, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && end != text; i++)
		if (strcmp(end, units[i].unit) == 0)
			return (int64_t)llround(number * units[i].us);
	scenario_fail("%s is no duration", text);
}

static void
range(const char *text, long long *first, long long *last)
{
	if (sscanf(text, "%lld..%lld", first, last) != 2 || *first > *last)
		scenario_fail("%s is no range FIRST..LAST", text);
}

static int
connection_number(const struct line *line, int at)
{
	return is(line, at, "all") ? 0 : atoi(word(line, at));
}

static struct market *
market_of(const struct line *line, int at)
{
	return exchange_market(word(line, at), strlen(word(line, at)));
}

/* ---- commands ---- */

static void
do_set(const struct line *line)
{
	if (stage.started)
		scenario_fail("SET comes before START");
	stage_set(line->rest);
	exchange.aggregates |= strstr(line->rest, "aggTrade") != NULL;
}

/* The text is longer than a line of a script may be. */
static void
do_symbols(const struct line *line)
{
	static char text[SYMBOLS_MAX * 10 + 32];
	int count = atoi(word(line, 1)), length = sprintf(text, "binance.symbols=");

	if (stage.started || count < 1 || count > SYMBOLS_MAX)
		scenario_fail("SYMBOLS 1 to %d, before START", SYMBOLS_MAX);
	for (int i = 1; i <= count; i++) {
		const char *name = text + length + (i > 1);

		length += sprintf(text + length, "%sS%04dUSDT", i > 1 ? "," : "", i);
		exchange_market(name, strlen(name));
	}
	stage_set(text);
}

static void
do_at(const struct line *line)
{
	const char *text = word(line, 1);
	int64_t until_us = text[0] == '+' ? outside_elapsed_us() + duration(text + 1) :
	    duration(text);

	if (until_us < outside_elapsed_us())
		scenario_fail("it is %.3f s already", (double)outside_elapsed_us() / 1e6);
	outside_run_until(until_us);
}

static void
do_silence(const struct line *line)
{
	outside_run_until(outside_elapsed_us() + duration(word(line, 1)));
}

/* PAST SYMBOL COUNT EVERY: traded before now, seen by nobody. */
static void
do_past(const struct line *line)
{
	struct market *market = market_of(line, 1);
	int64_t count = atoll(word(line, 2)), every_us = duration(word(line, 3));

	for (int64_t i = count; i > 0; i--)
		market_make(market, (outside_exchange_us() - i * every_us) / CLOCK_MS_US, false);
}

static void
make_some(const struct line *line, bool on_streams)
{
	struct market *market = market_of(line, 1);
	int64_t every_us = line->count > 3 ? duration(word(line, 3)) : FEED_EVERY_US;

	for (long long i = atoll(word(line, 2)); i > 0; i--) {
		market_make(market, 0, on_streams);
		outside_run_until(outside_elapsed_us() + every_us);
	}
}

static void
do_feed(const struct line *line)
{
	make_some(line, true);
}

static void
do_lose(const struct line *line)
{
	make_some(line, false);
}

/* REPEAT CONNECTION SYMBOL FIRST..LAST */
static void
do_repeat(const struct line *line)
{
	struct market *market = market_of(line, 2);
	long long first, last;

	range(word(line, 3), &first, &last);
	for (long long id = first; id <= last; id++) {
		const struct trade *trade = market_trade(market, id);

		if (trade == NULL)
			scenario_fail("there is no trade %lld", id);
		exchange_deliver(market, trade, connection_number(line, 1));
	}
}

static void
on_traffic(void *context)
{
	struct market *market = context;

	market_make(market, 0, true);
	market->event = outside_after(market->every_us, on_traffic, market);
}

static void
set_traffic(struct market *market, int64_t every_us, int64_t first_us)
{
	outside_cancel(market->event);
	market->every_us = every_us;
	if (every_us > 0)
		market->event = outside_after(first_us, on_traffic, market);
}

/* All symbols do not trade at the same moment. */
static void
do_traffic(const struct line *line)
{
	int64_t every_us = is(line, 2, "off") ? 0 : duration(word(line, 2));

	if (!is(line, 1, "all")) {
		set_traffic(market_of(line, 1), every_us, every_us);
		return;
	}
	for (size_t i = 0; i < exchange.count; i++)
		set_traffic(&exchange.markets[i], every_us,
		    every_us * (int64_t)(i + 1) / (int64_t)exchange.count);
}

/* DROP|MUTE|HALT|HEAR SYMBOL */
static void
do_mood(const struct line *line)
{
	struct market *market = market_of(line, 1);

	market->dropped = is(line, 0, "DROP");
	market->halted_stream = is(line, 0, "HALT");
	market->muted = is(line, 0, "MUTE") || market->halted_stream;
}

static void
do_frame(const struct line *line)
{
	exchange_deliver_text(connection_number(line, 1), line->rest + strlen(word(line, 1)) + 1);
}

static void
do_shutdown(const struct line *line)
{
	exchange_deliver_text(connection_number(line, 1),
	    "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}");
}

static void
do_cut(const struct line *line)
{
	exchange_cut(connection_number(line, 1), "cut");
}

static void
do_refuse(const struct line *line)
{
	exchange.refusing = is(line, 0, "REFUSE");
}

static void
do_slow(const struct line *line)
{
	exchange.slow_connection = atoi(word(line, 1));
	exchange.slow_us = duration(word(line, 2));
}

static void
rest_status(const struct line *line)
{
	exchange.status = atoi(word(line, 2));
	exchange.retry_after_s = 0;
	exchange.answers_left = 1;
	for (int at = 3; at < line->count; at += 2) {
		if (is(line, at, "retry"))
			exchange.retry_after_s = atoi(word(line, at + 1));
		else if (is(line, at, "times"))
			exchange.answers_left = atoi(word(line, at + 1));
		else
			scenario_fail("REST status N [retry S] [times N]");
	}
}

static void
rest_hole(const struct line *line)
{
	struct market *market = market_of(line, 2);
	long long first, last;

	range(word(line, 3), &first, &last);
	for (long long id = first; id <= last; id++)
		((struct trade *)market_trade(market, id))->absent = true;
}

static void
rest_refuse(const struct line *line)
{
	struct market *market = market_of(line, 2);

	market->refused_status = atoi(word(line, 3));
	market->refused_code = atoi(word(line, 4));
}

static void
do_rest(const struct line *line)
{
	exchange.dead = is(line, 1, "dead");
	exchange.garbled = is(line, 1, "garbled");
	if (is(line, 1, "status"))
		rest_status(line);
	else if (is(line, 1, "lag"))
		exchange.lag_us = duration(word(line, 2));
	else if (is(line, 1, "limit"))
		exchange.weight_limit = atoi(word(line, 2));
	else if (is(line, 1, "hole"))
		rest_hole(line);
	else if (is(line, 1, "refuse"))
		rest_refuse(line);
	else if (is(line, 1, "ok"))
		exchange.answers_left = 0;
	else if (!exchange.dead && !exchange.garbled)
		scenario_fail("REST ok|dead|garbled|status|lag|limit|hole|refuse");
}

static void
do_disk(const struct line *line)
{
	storage_side_break(is(line, 1, "broken"));
}

static void
do_clock(const struct line *line)
{
	const char *text = word(line, 2);
	int64_t us = text[0] == '-' ? -duration(text + 1) : duration(text);

	if (is(line, 1, "ahead"))
		outside_set_exchange_ahead(us);
	else if (is(line, 1, "jump"))
		outside_jump_wall(us);
	else
		scenario_fail("CLOCK ahead|jump DURATION");
}

static void
do_start(const struct line *line)
{
	stage_start();
}

static void
do_restart(const struct line *line)
{
	stage_stop(is(line, 0, "KILL"));
	stage_start();
}

static void
do_stop(const struct line *line)
{
	stage_stop(false);
}

static void
compare(const struct line *line)
{
	const char *operator= word(line, line->count - 2);
	double wanted = strtod(word(line, line->count - 1), NULL), found;
	char what[512];

	snprintf(what, sizeof(what), "%.*s", (int)(strstr(line->rest, operator) - line->rest - 1),
	    line->rest);
	found = measure(what);
	if ((strcmp(operator, "=") == 0 && found == wanted) ||
	    (strcmp(operator, "<=") == 0 && found <= wanted) ||
	    (strcmp(operator, ">=") == 0 && found >= wanted))
		return;
	scenario_fail("%s is %.15g", what, found);
}

static void
do_expect(const struct line *line)
{
	long long first, last;

	if (is(line, 1, "whole")) {
		expect_whole();
	} else if (is(line, 1, "stored")) {
		range(word(line, 3), &first, &last);
		expect_stored(word(line, 2), first, last);
	} else if (line->count >= 4) {
		compare(line);
	} else {
		scenario_fail("EXPECT whole | stored SYMBOL FIRST..LAST | MEASURE =|<=|>= NUMBER");
	}
}

static const struct {
	const char *name;
	void (*obey)(const struct line *line);
} commands[] = {
	{"SET", do_set}, {"SYMBOLS", do_symbols}, {"START", do_start}, {"AT", do_at}, {"SILENCE", do_silence},
	{"PAST", do_past}, {"FEED", do_feed}, {"LOSE", do_lose}, {"REPEAT", do_repeat},
	{"TRAFFIC", do_traffic}, {"DROP", do_mood}, {"MUTE", do_mood}, {"HALT", do_mood},
	{"HEAR", do_mood}, {"FRAME", do_frame}, {"SHUTDOWN", do_shutdown}, {"CUT", do_cut},
	{"REFUSE", do_refuse}, {"ACCEPT", do_refuse}, {"SLOW", do_slow}, {"REST", do_rest},
	{"DISK", do_disk}, {"CLOCK", do_clock}, {"RESTART", do_restart}, {"KILL", do_restart},
	{"STOP", do_stop}, {"EXPECT", do_expect},
};

void
script_line(const char *text)
{
	struct line line = {.count = 0};
	char copy[sizeof(line.text)];

	snprintf(copy, sizeof(copy), "%s", text);
	copy[strcspn(copy, "\n")] = '\0';
	snprintf(line.text, sizeof(line.text), "%s", copy);
	for (char *at = strtok(line.text, " \t"); at != NULL && line.count < WORDS_MAX;
	     at = strtok(NULL, " \t"))
		line.words[line.count++] = at;
	if (line.count == 0 || line.words[0][0] == '#')
		return;
	line.rest = copy + strcspn(copy, " \t") + strspn(copy + strcspn(copy, " \t"), " \t");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, line.words[0]) == 0) {
			commands[i].obey(&line);
			return;
		}
	scenario_fail("%s is no command", line.words[0]);
}
