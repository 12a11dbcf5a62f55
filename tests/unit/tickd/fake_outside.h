/*
 * The outside of a feed for tests, in place of alarm.h, the clocks, ws_connection.h, the host's
 * name and what storage remembers: time passes only by outside_advance(), and the other end of
 * each connection is the test's.
 */
#ifndef TESTS_UNIT_TICKD_FAKE_OUTSIDE_H
#define TESTS_UNIT_TICKD_FAKE_OUTSIDE_H

#include <errno.h>

#include "common/clock.h"
#include "tests/unit/common/scratch.h"
#include "tickd/alarm.h"
#include "tickd/net/link.h"
#include "tickd/net/ws_connection.h"
#include "tickd/store/storage.h"

#define OUTSIDE_SOCKETS 4096
#define OUTSIDE_SENT 64 /* messages of a connection that are kept */

struct alarm {
	struct alarm *next;
	int64_t due_us; /* 0: silent */
	void (*ring)(void *context);
	void *context;
};

struct ws_connection {
	struct ws_handler handler;
	bool open, gone, paused;
	const char *closing;
	int64_t begun_us;
	int sent_count;
	struct {
		int64_t at_us;
		char text[2048];
	} sent[OUTSIDE_SENT];
};

static struct {
	int64_t now_us, wall_ahead_us; /* of the monotonic clock */
	struct alarm *alarms;
	int alarm_count;
	struct ws_connection *sockets[OUTSIDE_SOCKETS]; /* every one that was ever begun */
	int socket_count;
	char remembered[4096];
	int jitter;
} outside;

/* ---- what the feed sees ---- */

int64_t
clock_monotonic_us(void)
{
	return outside.now_us;
}

int64_t
clock_wall_us(void)
{
	return outside.now_us + outside.wall_ahead_us;
}

struct alarm *
alarm_create(uv_loop_t *loop, void (*ring)(void *context), void *context)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));

	assert_non_null(alarm);
	alarm->ring = ring;
	alarm->context = context;
	alarm->next = outside.alarms;
	outside.alarms = alarm;
	outside.alarm_count++;
	return alarm;
}

void
alarm_set(struct alarm *alarm, int64_t delay_us)
{
	alarm->due_us = outside.now_us + (delay_us > 0 ? delay_us : 0);
}

void
alarm_clear(struct alarm *alarm)
{
	alarm->due_us = 0;
}

void
alarm_free(struct alarm *alarm)
{
	struct alarm **at = &outside.alarms;

	if (alarm == NULL)
		return;
	while (*at != alarm)
		at = &(*at)->next;
	*at = alarm->next;
	outside.alarm_count--;
	free(alarm);
}

int
alarm_jitter(void)
{
	return outside.jitter;
}

const char *
link_host_name(const struct link_host *host)
{
	return "exchange:9443";
}

const char *
storage_recall(const struct storage *storage, const char *name)
{
	assert_string_equal(name, "connect_attempts");
	return outside.remembered[0] == '\0' ? NULL : outside.remembered;
}

void
storage_remember(struct storage *storage, const char *name, const char *value)
{
	assert_true(strlen(value) < sizeof(outside.remembered));
	strcpy(outside.remembered, value);
}

struct ws_connection *
ws_connect(struct link_host *host, const char *path, const struct ws_handler *handler)
{
	struct ws_connection *socket = calloc(1, sizeof(*socket));

	assert_non_null(socket);
	assert_true(outside.socket_count < OUTSIDE_SOCKETS);
	socket->handler = *handler;
	socket->begun_us = outside.now_us;
	outside.sockets[outside.socket_count++] = socket;
	return socket;
}

void
ws_pause(struct ws_connection *connection)
{
	connection->paused = true;
}

void
ws_resume(struct ws_connection *connection)
{
	connection->paused = false;
}

int
ws_send(struct ws_connection *connection, const char *text, size_t length)
{
	if (!connection->open || connection->closing != NULL)
		return -ENOTCONN;
	assert_true(connection->sent_count < OUTSIDE_SENT);
	assert_true(length < sizeof(connection->sent[0].text));
	connection->sent[connection->sent_count].at_us = outside.now_us;
	memcpy(connection->sent[connection->sent_count++].text, text, length);
	return 0;
}

void
ws_close(struct ws_connection *connection, const char *reason)
{
	assert_false(connection->gone);
	if (connection->closing == NULL)
		connection->closing = reason;
}

/* ---- what the test does ---- */

static inline void
outside_open(void)
{
	memset(&outside, 0, sizeof(outside));
	outside.now_us = CLOCK_SECOND_US;
	outside.wall_ahead_us = INT64_C(1769904000) * CLOCK_SECOND_US; /* a midnight */
	outside.jitter = 500;
}

/* Nothing may be left behind. */
static inline void
outside_close(void)
{
	assert_int_equal(outside.alarm_count, 0);
	for (int i = 0; i < outside.socket_count; i++) {
		assert_true(outside.sockets[i]->gone);
		free(outside.sockets[i]);
	}
}

static inline void
outside_end_socket(struct ws_connection *socket, const char *reason)
{
	assert_false(socket->gone);
	socket->gone = true;
	socket->open = false;
	socket->handler.closed(socket->handler.context,
	    socket->closing != NULL ? socket->closing : reason);
}

/* What was asked to close does so. */
static inline void
outside_settle(void)
{
	for (int i = 0; i < outside.socket_count; i++)
		if (outside.sockets[i]->closing != NULL && !outside.sockets[i]->gone)
			outside_end_socket(outside.sockets[i], NULL);
}

static inline struct alarm *
outside_next_alarm(void)
{
	struct alarm *next = NULL;

	for (struct alarm *alarm = outside.alarms; alarm != NULL; alarm = alarm->next)
		if (alarm->due_us != 0 && (next == NULL || alarm->due_us < next->due_us))
			next = alarm;
	return next;
}

/* Time passes, alarms ring in their order. */
static inline void
outside_advance(int64_t us)
{
	int64_t until_us = outside.now_us + us;
	struct alarm *alarm;

	outside_settle();
	while ((alarm = outside_next_alarm()) != NULL && alarm->due_us <= until_us) {
		if (alarm->due_us > outside.now_us)
			outside.now_us = alarm->due_us;
		alarm->due_us = 0;
		alarm->ring(alarm->context);
		outside_settle();
	}
	outside.now_us = until_us;
}

/* The n-th connection that was begun; it must have been. */
static inline struct ws_connection *
outside_socket(int n)
{
	assert_true(n < outside.socket_count);
	return outside.sockets[n];
}

static inline void
outside_accept(int n)
{
	struct ws_connection *socket = outside_socket(n);

	assert_false(socket->open || socket->gone);
	socket->open = true;
	socket->handler.opened(socket->handler.context);
}

/* A frame; nobody reads it where the connection is closing or gone. */
static inline void
outside_give(int n, const char *frame)
{
	struct ws_connection *socket = outside_socket(n);

	if (socket->open && socket->closing == NULL)
		socket->handler.frame(socket->handler.context, frame, strlen(frame));
}

#endif
