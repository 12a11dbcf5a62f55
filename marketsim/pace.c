#include "marketsim/pace.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "marketsim/connection.h"
#include "marketsim/exchange.h"

#define PACE_MIN_US INT64_C(500)   /* frames are published together at the shortest */
#define PACE_MAX_US INT64_C(50000) /* pings, cuts and exchange time are looked after so often */
#define PACE_FLAT_US INT64_C(1000)
#define ADVANCE_FRAMES 256 /* flat out: made at a time */

int
pace_open(struct exchange *exchange, struct problem *problem)
{
	struct itimerspec soon = { .it_value = { 0, 1 } };

	exchange->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (exchange->timer_fd < 0)
		return problem_set(problem, -errno, "cannot make a timer: %s", strerror(errno));
	timerfd_settime(exchange->timer_fd, 0, &soon, NULL);
	exchange->begun_us = clock_monotonic_us();
	exchange->begun_market_us = exchange->source.now(exchange->source.object);
	return exchange->timer_fd;
}

static void
wake_all(struct exchange *exchange)
{
	for (struct connection *c = exchange->connections; c != NULL; c = c->next)
		if (c->subscriptions.wanted_count > 0)
			lws_callback_on_writable(c->wsi);
}

/* Everything that has happened by now; returns when to look again, in microseconds. */
static int64_t
pace_live(struct exchange *exchange)
{
	double speed = exchange->options->speed;
	int64_t passed_us = clock_monotonic_us() - exchange->begun_us;
	int64_t now_us = exchange->begun_market_us + (int64_t)((double)passed_us * speed);
	int64_t next_us;

	feed_publish_until(exchange->feed, now_us);
	wake_all(exchange);
	next_us = feed_next_time(exchange->feed);
	if (next_us > now_us + (int64_t)((double)PACE_MAX_US * speed))
		return PACE_MAX_US;
	next_us = (int64_t)((double)(next_us - now_us) / speed);
	return next_us > PACE_MIN_US ? next_us : PACE_MIN_US;
}

static int64_t
pace_flat(struct exchange *exchange)
{
	double passed_us = (double)(clock_monotonic_us() - exchange->begun_us);

	if (!exchange->pacing)
		return PACE_MAX_US;
	feed_publish_frames(exchange->feed,
	    (int64_t)(passed_us * (double)exchange->options->frames_per_second / 1e6));
	wake_all(exchange);
	return PACE_FLAT_US;
}

static int64_t
pace_capture(struct exchange *exchange)
{
	if (exchange->options->speed == 0 || exchange->connections == NULL)
		return PACE_MAX_US;
	wake_all(exchange);
	return PACE_FLAT_US;
}

void
pace_tick(struct exchange *exchange)
{
	int64_t now_us = clock_monotonic_us(), next_us;
	struct itimerspec timer = { 0 };
	uint64_t expirations;

	if (read(exchange->timer_fd, &expirations, sizeof(expirations)) < 0 && errno == EAGAIN)
		return;
	for (struct connection *c = exchange->connections, *next; c != NULL; c = next) {
		next = c->next;
		connection_tick(c, now_us);
	}
	if (exchange->capture != NULL)
		next_us = pace_capture(exchange);
	else if (exchange->options->frames_per_second == PACE_LIVE)
		next_us = pace_live(exchange);
	else
		next_us = pace_flat(exchange);
	timer.it_value.tv_nsec = next_us * 1000;
	timerfd_settime(exchange->timer_fd, 0, &timer, NULL);
}

/* How far the slowest connection that listens is behind. */
static uint64_t
slowest_behind(const struct exchange *exchange)
{
	uint64_t most = 0;

	for (const struct connection *c = exchange->connections; c != NULL; c = c->next)
		if (c->subscriptions.wanted_count > 0 && exchange->ring.head - c->cursor > most)
			most = exchange->ring.head - c->cursor;
	return most;
}

bool
pace_advance(struct exchange *exchange)
{
	uint64_t head = exchange->ring.head;

	if (exchange->feed == NULL || exchange->options->frames_per_second != 0 ||
	    slowest_behind(exchange) > exchange->ring.size / 2)
		return false;
	while (exchange->ring.head - head < STAGING_BYTES &&
	    feed_next_time(exchange->feed) != INT64_MAX)
		feed_publish_frames(exchange->feed, exchange->feed->frames + ADVANCE_FRAMES);
	if (exchange->ring.head == head)
		return false;
	if (exchange->log.open > 1)
		wake_all(exchange);
	return true;
}

void
pace_listened(struct exchange *exchange)
{
	if (exchange->pacing || exchange->options->frames_per_second <= 0)
		return;
	exchange->pacing = true;
	exchange->begun_us = clock_monotonic_us();
}
