#define _GNU_SOURCE
#include "tickd/feed_binance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "tickd/binance_normalise.h"
#include "tickd/binance_scan.h"
#include "tickd/binance_streams.h"
#include "tickd/feed_figures.h"
#include "tickd/link.h"
#include "tickd/reconnect.h"
#include "tickd/symbol_table.h"
#include "tickd/ws_connection.h"

#define PAUSE_ROOM 8192	 /* fewer free places than this: stop reading */
#define RESUME_SHARE 2	 /* read again when 1/RESUME_SHARE of the ring is free */
#define CHECK_MS 1000	 /* silence, pauses and rates are looked at so often */
#define CONNECTIONS_MAX 16
#define CONNECT_LIMIT_US INT64_C(30000000) /* from the name's look-up to the first frame */
#define FULL_NAP_NS 200000 /* with no place at all, the loop itself waits: nothing is dropped */
#define TELL_BURST 5	 /* lines about bad frames in TELL_WINDOW_US */
#define TELL_WINDOW_US INT64_C(60000000)

enum state { IDLE, CONNECTING, LIVE, WAITING, PAUSED, CLOSED };

struct connection {
	struct feed_binance *feed;
	struct ws_connection *socket; /* NULL while there is none */
	uv_timer_t timer;	      /* the next attempt */
	struct reconnect reconnect;
	enum state state;
	size_t first, count; /* its symbols */
	int64_t begun_us, opened_us, last_frame_us, paused_us; /* monotonic; 0: not */
	char path[BINANCE_PATH_SIZE];
};

struct feed_binance {
	struct feed feed;
	const struct settings *settings;
	struct link_host *host;
	struct feed_sink sink;
	feed_tell *tell;
	void (*closed)(void *context);
	void *context;
	uv_timer_t timer;
	bool stopping;
	int open_handles;
	struct symbol_table *symbols;
	struct binance_normaliser *normaliser;
	struct feed_figures *figures;
	struct log_limit malformed_limit, foreign_limit, lost_limit;
	size_t connection_count;
	struct connection connections[CONNECTIONS_MAX];
};

static void connect_now(struct connection *connection);
static void on_check_timer_closed(uv_handle_t *handle);
static void on_connect_timer_closed(uv_handle_t *handle);

/* ---- frames ---- */

/* Hands a tick on.  Reading stops long before the last place; without any the loop waits. */
static void
push(struct feed_binance *feed, const struct tick *tick)
{
	static const struct timespec nap = {.tv_nsec = FULL_NAP_NS};

	while (!feed->sink.push(feed->sink.context, tick))
		nanosleep(&nap, NULL);
}

static void
tell_malformed(struct feed_binance *feed, const char *frame, size_t length, int64_t now_us)
{
	char start[65], sentence[256];
	int64_t suppressed;
	size_t shown = length < sizeof(start) - 1 ? length : sizeof(start) - 1;

	if (!log_limit_pass(&feed->malformed_limit, TELL_BURST, TELL_WINDOW_US, now_us, &suppressed))
		return;
	for (size_t i = 0; i < shown; i++)
		start[i] = frame[i] >= ' ' && frame[i] <= '~' ? frame[i] : '?';
	start[shown] = '\0';
	snprintf(sentence, sizeof(sentence),
	    "a malformed frame of %zu bytes was passed over: %s (%" PRId64 " more before it)", length,
	    start, suppressed);
	feed->tell(feed->context, LOG_WARNING, "frame-malformed", NULL, sentence);
}

static void
tell_foreign(struct feed_binance *feed, const struct binance_event *event, int64_t now_us)
{
	char sentence[256];
	int64_t suppressed;

	if (!log_limit_pass(&feed->foreign_limit, TELL_BURST, TELL_WINDOW_US, now_us, &suppressed))
		return;
	snprintf(sentence, sizeof(sentence),
	    "a frame of %.*s, which the settings do not name, was not stored (%" PRId64
	    " more before it)", (int)event->symbol_length, event->symbol, suppressed);
	feed->tell(feed->context, LOG_WARNING, "frame-foreign", NULL, sentence);
}

static void
take_event(struct feed_binance *feed, const struct binance_event *event, int64_t now_us)
{
	struct tick tick;
	int result = binance_normalise(feed->normaliser, event, now_us, &tick);

	if (result < 0) {
		feed->figures->foreign++;
		tell_foreign(feed, event, now_us);
		return;
	}
	if (event->kind == BINANCE_TRADE)
		feed_figures_trade(feed->figures, &tick, event->event_time_ms);
	if (result == 1)
		push(feed, &tick);
}

static void
pause_if_full(struct connection *connection, int64_t now_us)
{
	struct feed_binance *feed = connection->feed;

	if (connection->state != LIVE || feed->sink.room(feed->sink.context) >= PAUSE_ROOM)
		return;
	ws_pause(connection->socket);
	connection->state = PAUSED;
	connection->paused_us = now_us;
}

static void
on_frame(void *context, const char *frame, size_t length)
{
	struct connection *connection = context;
	struct feed_binance *feed = connection->feed;
	int64_t now_us = clock_monotonic_us();
	struct binance_event event;

	connection->last_frame_us = now_us;
	feed->figures->frames++;
	if (frame == NULL) {
		feed->figures->oversize++;
		return;
	}
	binance_scan(frame, length, &event);
	switch (event.kind) {
	case BINANCE_TRADE:
	case BINANCE_QUOTE:
		take_event(feed, &event, now_us);
		pause_if_full(connection, now_us);
		break;
	case BINANCE_MALFORMED:
		feed->figures->malformed++;
		tell_malformed(feed, frame, length, now_us);
		break;
	case BINANCE_SHUTDOWN:
		ws_close(connection->socket, "the exchange announced its shutdown");
		break;
	case BINANCE_UNKNOWN:
		feed->figures->unknown++;
		break;
	case BINANCE_REPLY:
		break;
	}
}

/* ---- connecting ---- */

static bool
has_room(const struct feed_binance *feed)
{
	return feed->sink.room(feed->sink.context) >=
	    (size_t)feed->settings->storage.ring / RESUME_SHARE;
}

static void
on_opened(void *context)
{
	struct connection *connection = context;
	struct feed_binance *feed = connection->feed;
	char sentence[160];

	connection->state = LIVE;
	connection->opened_us = connection->last_frame_us = clock_monotonic_us();
	/* What was traded meanwhile has moved the book. */
	binance_normaliser_reset(feed->normaliser, connection->first, connection->count);
	snprintf(sentence, sizeof(sentence), "connected to %.90s for %zu symbols",
	    link_host_name(feed->host), connection->count);
	feed->tell(feed->context, LOG_INFO, "feed-connected", NULL, sentence);
}

static void
on_connect_timer(uv_timer_t *timer)
{
	connect_now(timer->data);
}

static void
finish_if_closed(struct feed_binance *feed)
{
	for (size_t i = 0; i < feed->connection_count; i++)
		if (feed->connections[i].socket != NULL)
			return;
	uv_close((uv_handle_t *)&feed->timer, on_check_timer_closed);
	for (size_t i = 0; i < feed->connection_count; i++)
		uv_close((uv_handle_t *)&feed->connections[i].timer, on_connect_timer_closed);
}

static void
wait_and_connect(struct connection *connection)
{
	int64_t now_us = clock_monotonic_us(), delay_us;
	int64_t open_us = connection->opened_us == 0 ? 0 : now_us - connection->opened_us;
	uint32_t random = 0;

	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	delay_us = reconnect_delay(&connection->reconnect, open_us, now_us, (int)(random % 1000));
	connection->opened_us = connection->paused_us = 0;
	connection->state = WAITING;
	uv_timer_start(&connection->timer, on_connect_timer, (uint64_t)(delay_us / 1000), 0);
}

static void
on_closed(void *context, const char *reason)
{
	struct connection *connection = context;
	struct feed_binance *feed = connection->feed;
	char sentence[400];
	int64_t suppressed;

	connection->socket = NULL;
	if (feed->stopping) {
		connection->state = CLOSED;
		finish_if_closed(feed);
		return;
	}
	feed->figures->reconnects++;
	snprintf(sentence, sizeof(sentence), "%s %.90s: %.200s; trying again",
	    connection->opened_us == 0 ? "cannot connect to" : "lost", link_host_name(feed->host),
	    reason);
	wait_and_connect(connection);
	if (log_limit_pass(&feed->lost_limit, TELL_BURST, TELL_WINDOW_US, clock_monotonic_us(),
		&suppressed))
		feed->tell(feed->context, LOG_WARNING, "feed-disconnected", NULL, sentence);
}

static void
connect_now(struct connection *connection)
{
	struct feed_binance *feed = connection->feed;
	const struct ws_handler handler = {on_opened, on_frame, on_closed, connection};

	if (!has_room(feed)) {
		connection->state = PAUSED; /* resume() connects */
		return;
	}
	connection->state = CONNECTING;
	connection->begun_us = clock_monotonic_us();
	reconnect_attempt(&connection->reconnect, connection->begun_us);
	connection->socket = ws_connect(feed->host, connection->path, &handler);
	if (connection->socket == NULL)
		wait_and_connect(connection);
}

/* ---- once a second ---- */

static void
check_connection(struct connection *connection, int64_t now_us)
{
	const struct settings *settings = connection->feed->settings;

	if (connection->socket == NULL)
		return;
	if (connection->state == CONNECTING && now_us - connection->begun_us > CONNECT_LIMIT_US)
		ws_close(connection->socket, "it did not come up in time");
	/* A paused socket cannot answer pings: better to leave than to be thrown out. */
	if (connection->state == PAUSED &&
	    now_us - connection->paused_us > settings->binance.pause_limit_us)
		ws_close(connection->socket, "storage could not keep up, closed on purpose");
	if (connection->state == LIVE &&
	    now_us - connection->last_frame_us > settings->binance.silence_us)
		ws_close(connection->socket, "no frame for too long");
}

static void
on_check(uv_timer_t *timer)
{
	struct feed_binance *feed = timer->data;
	int64_t now_us = clock_monotonic_us();

	feed_figures_second(feed->figures, now_us);
	for (size_t i = 0; i < feed->connection_count; i++)
		check_connection(&feed->connections[i], now_us);
}

/* ---- what a feed is ---- */

static void
start(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	uv_timer_start(&feed->timer, on_check, CHECK_MS, CHECK_MS);
	for (size_t i = 0; i < feed->connection_count; i++)
		connect_now(&feed->connections[i]);
}

static void
stop(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	feed->stopping = true;
	uv_timer_stop(&feed->timer);
	for (size_t i = 0; i < feed->connection_count; i++) {
		uv_timer_stop(&feed->connections[i].timer);
		if (feed->connections[i].socket != NULL)
			ws_close(feed->connections[i].socket, "stopping");
	}
	finish_if_closed(feed);
}

static void
resume(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	for (size_t i = 0; i < feed->connection_count && !feed->stopping; i++) {
		struct connection *connection = &feed->connections[i];

		if (connection->state != PAUSED || !has_room(feed))
			continue;
		if (connection->socket == NULL) {
			connect_now(connection);
			continue;
		}
		connection->state = LIVE;
		connection->last_frame_us = clock_monotonic_us();
		connection->paused_us = 0;
		ws_resume(connection->socket);
	}
}

/* The worst of its connections. */
static const char *
state_name(const struct feed_binance *feed)
{
	static const char *const names[] = {
		"stopped", "connecting", "live", "waiting", "paused", "stopped"};
	enum state worst = LIVE;

	for (size_t i = 0; i < feed->connection_count; i++)
		if (feed->connections[i].state != LIVE)
			worst = feed->connections[i].state;
	return names[worst];
}

static json_t *
status(struct feed *base)
{
	struct feed_binance *feed = (struct feed_binance *)base;

	return feed_figures_json(feed->figures, "binance", feed->settings->binance.source,
	    state_name(feed));
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
	feed_figures_free(feed->figures);
	binance_normaliser_free(feed->normaliser);
	symbol_table_free(feed->symbols);
	free(feed);
}

static void
handle_closed(struct feed_binance *feed)
{
	if (--feed->open_handles > 0)
		return;
	feed->closed(feed->context);
	free_feed(feed);
}

static void
on_check_timer_closed(uv_handle_t *handle)
{
	handle_closed(handle->data);
}

static void
on_connect_timer_closed(uv_handle_t *handle)
{
	handle_closed(((struct connection *)handle->data)->feed);
}

/* Spreads the symbols over as few connections as carry them. */
static int
spread(struct feed_binance *feed, uv_loop_t *loop, struct problem *problem)
{
	const struct settings *settings = feed->settings;
	size_t first = 0;

	while (first < settings->binance.symbols.count) {
		struct connection *connection = &feed->connections[feed->connection_count];

		if (feed->connection_count == CONNECTIONS_MAX)
			return problem_set(problem, -EINVAL,
			    "binance.symbols: more than %d connections would be needed",
			    CONNECTIONS_MAX);
		connection->feed = feed;
		connection->first = first;
		connection->count = binance_streams_path(&settings->binance.symbols, first,
		    &settings->binance.streams, connection->path);
		first += connection->count;
		feed->connection_count++;
	}
	uv_timer_init(loop, &feed->timer);
	feed->timer.data = feed;
	feed->open_handles = 1 + (int)feed->connection_count;
	for (size_t i = 0; i < feed->connection_count; i++) {
		uv_timer_init(loop, &feed->connections[i].timer);
		feed->connections[i].timer.data = &feed->connections[i];
	}
	return 0;
}

int
feed_binance_create(struct feed **ret, const struct settings *settings, uv_loop_t *loop,
    struct link_host *host, const struct feed_sink *sink, feed_tell *tell,
    void (*closed)(void *context), void *context, struct problem *problem)
{
	static const struct feed_operations operations = {start, stop, resume, status, healthy};
	const struct string_list *symbols = &settings->binance.symbols;
	struct feed_binance *feed = calloc(1, sizeof(*feed));
	int error;

	if (feed == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	feed->feed.operations = &operations;
	feed->settings = settings;
	feed->host = host;
	feed->sink = *sink;
	feed->tell = tell;
	feed->closed = closed;
	feed->context = context;
	feed->symbols = symbol_table_create(symbols);
	feed->figures = feed_figures_create(symbols);
	if (feed->symbols != NULL)
		feed->normaliser = binance_normaliser_create(feed->symbols, symbols->count,
		    (enum settings_quotes)settings->binance.quotes);
	error = feed->normaliser == NULL || feed->figures == NULL ?
	    problem_set(problem, -ENOMEM, "out of memory") : spread(feed, loop, problem);
	if (error < 0) {
		free_feed(feed);
		return error;
	}
	*ret = (struct feed *)feed; /* its first member */
	return 0;
}
