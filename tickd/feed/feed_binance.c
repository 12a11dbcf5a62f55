#define _GNU_SOURCE
#include "tickd/feed/feed_binance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/alarm.h"
#include "tickd/feed/connect_attempts.h"
#include "tickd/feed/intake.h"
#include "tickd/feed/line.h"
#include "tickd/store/storage.h"

#define CHECK_US CLOCK_SECOND_US /* deadlines, silence, pauses and rates are looked at so often */
#define LINES_MAX 24 /* with their successors they fit the descriptors that link.c has */
#define ATTEMPTS "connect_attempts" /* as storage remembers them */

struct feed_binance {
	struct feed feed;
	struct feed_binance_parameters given;
	struct intake intake;
	struct connect_attempts attempts;
	struct alarm *check, *end;
	bool stopping;
	struct line_group group;
	size_t line_count;
	struct line *lines[LINES_MAX];
};

/* ---- attempts to connect ---- */

static int64_t
attempt(void *context)
{
	struct feed_binance *feed = context;
	int64_t now_us = clock_monotonic_us();
	int64_t wait_us = connect_attempts_wait(&feed->attempts, now_us);
	char text[CONNECT_ATTEMPTS_TEXT_SIZE];

	if (wait_us > 0)
		return wait_us;
	connect_attempts_add(&feed->attempts, now_us);
	connect_attempts_write(&feed->attempts, now_us, clock_wall_us(), text);
	storage_remember(feed->given.storage, ATTEMPTS, text);
	return 0;
}

static void
recall_attempts(struct feed_binance *feed)
{
	const char *text = storage_recall(feed->given.storage, ATTEMPTS);

	if (text != NULL)
		connect_attempts_read(&feed->attempts, text, clock_monotonic_us(), clock_wall_us());
}

/* ---- what a feed is ---- */

static void
on_check(void *context)
{
	struct feed_binance *feed = context;
	int64_t now_us = clock_monotonic_us(), wall_us = clock_wall_us();

	feed_figures_second(feed->intake.figures, now_us);
	for (size_t i = 0; i < feed->line_count; i++)
		line_check(feed->lines[i], now_us, wall_us);
	alarm_set(feed->check, CHECK_US);
}

static void
start(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	recall_attempts(feed);
	alarm_set(feed->check, CHECK_US);
	for (size_t i = 0; i < feed->line_count; i++)
		line_start(feed->lines[i]);
}

/* The end comes by an alarm, so that it never comes from inside stop(). */
static void
end_if_closed(void *context)
{
	struct feed_binance *feed = context;

	for (size_t i = 0; i < feed->line_count; i++)
		if (!line_closed(feed->lines[i]))
			return;
	alarm_set(feed->end, 0);
}

static void
stop(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	if (feed->stopping)
		return;
	feed->stopping = true;
	alarm_clear(feed->check);
	for (size_t i = 0; i < feed->line_count; i++)
		line_stop(feed->lines[i]);
	end_if_closed(feed);
}

static void
resume(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	for (size_t i = 0; i < feed->line_count && !feed->stopping; i++)
		line_resume(feed->lines[i]);
}

/* The worst of its lines. */
static const char *
state_name(const struct feed_binance *feed)
{
	const char *worst = "live";

	for (size_t i = 0; i < feed->line_count; i++)
		if (strcmp(line_state(feed->lines[i]), "live") != 0)
			worst = line_state(feed->lines[i]);
	return worst;
}

static json_t *
status(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;
	json_t *json = feed_figures_json(feed->intake.figures, "binance",
	    feed->given.settings->binance.source, state_name(feed));
	json_t *lines = json_array();
	int64_t now_us = clock_monotonic_us();

	for (size_t i = 0; i < feed->line_count; i++)
		json_array_append_new(lines, line_json(feed->lines[i], now_us));
	json_object_set_new(json, "lines", lines);
	return json;
}

static bool
healthy(const struct feed *base)
{
	return strcmp(state_name((const struct feed_binance *)base), "live") == 0;
}

/* ---- the whole ---- */

static void
free_feed(struct feed_binance *feed)
{
	for (size_t i = 0; i < feed->line_count; i++)
		line_free(feed->lines[i]);
	alarm_free(feed->check);
	alarm_free(feed->end);
	intake_finish(&feed->intake);
	free(feed);
}

static void
on_end(void *context)
{
	struct feed_binance *feed = context;

	feed->given.closed(feed->given.context);
	free_feed(feed);
}

/* Spreads the symbols over as few lines as carry them. */
static int
spread(struct feed_binance *feed, struct problem *problem)
{
	size_t all = feed->given.settings->binance.symbols.count, first = 0, count;

	for (; first < all; first += count) {
		if (feed->line_count == LINES_MAX)
			return problem_set(problem, -EINVAL,
			    "binance.symbols: more than %d connections would be needed", LINES_MAX);
		feed->lines[feed->line_count] = line_create(&feed->group, first, &count);
		if (feed->lines[feed->line_count] == NULL)
			return problem_set(problem, -ENOMEM, "out of memory");
		feed->line_count++;
	}
	return 0;
}

static int
init(struct feed_binance *feed, struct problem *problem)
{
	const struct feed_binance_parameters *given = &feed->given;
	const struct intake_hooks hooks = {
		given->tell, given->raw, given->event_time, given->context};
	int error = intake_init(&feed->intake, given->settings, &given->sink, &hooks);

	feed->check = alarm_create(given->loop, on_check, feed);
	feed->end = alarm_create(given->loop, on_end, feed);
	if (error < 0 || feed->check == NULL || feed->end == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	feed->group = (struct line_group){
		.settings = given->settings,
		.loop = given->loop,
		.host = given->host,
		.intake = &feed->intake,
		.attempt = attempt,
		.closed = end_if_closed,
		.context = feed,
	};
	return spread(feed, problem);
}

int
feed_binance_create(struct feed **ret, const struct feed_binance_parameters *parameters,
    struct problem *problem)
{
	static const struct feed_operations operations = {start, stop, resume, status, healthy};
	struct feed_binance *feed = calloc(1, sizeof(*feed));
	int error;

	if (feed == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	feed->feed.operations = &operations;
	feed->given = *parameters;
	error = init(feed, problem);
	if (error < 0) {
		free_feed(feed);
		return error;
	}
	*ret = (struct feed *)feed; /* its first member */
	return 0;
}
