/* The fake of ws_connection.h and link.h: connections that the script opens, feeds and cuts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tickd/net/link.h"
#include "tickd/net/ws_connection.h"

#define OPEN_AFTER_US INT64_C(20000)
#define CLOSE_AFTER_US INT64_C(2000)
#define REPLY_AFTER_US INT64_C(30000)
#define STREAMS_MAX 1024
#define MESSAGES_MAX 5 /* a second, by the exchange's rule */
#define ATTEMPTS_MAX 300
#define ATTEMPTS_WINDOW_US INT64_C(300000000)
#define SENT_SIZE (1 << 20)

struct ws_connection {
	struct ws_connection *next;
	int number;
	struct ws_handler handler;
	bool open, paused;
	uint64_t event; /* what is to happen to it next */
	char reason[128];
	char subscribed[65536]; /* "btcusdt@trade/..." with a / at both ends */
	char held[1 << 20];	/* frames while it is paused, a NUL behind each */
	size_t held_length;
	int64_t sent_us[MESSAGES_MAX];
	int sent_next, reply_id;
};

struct link_host {
	char name[128];
};

static struct ws_connection *connections;
static int64_t attempts_us[ATTEMPTS_MAX];
static char sent[SENT_SIZE];
static size_t sent_length;

/* ---- link.h ---- */

int
link_host_create(struct link *link, const char *url, const char *ca_file, struct link_host **ret,
    struct problem *problem)
{
	static struct link_host hosts[2];
	static int next;

	*ret = &hosts[next++ % 2];
	snprintf((*ret)->name, sizeof((*ret)->name), "%s", strstr(url, "://") + 3);
	return 0;
}

const char *
link_host_name(const struct link_host *host)
{
	return host->name;
}

/* ---- ws_connection.h ---- */

static void
remove_connection(struct ws_connection *connection)
{
	struct ws_connection **at = &connections;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	outside_cancel(connection->event);
}

static void
on_end(void *context)
{
	struct ws_connection *connection = context;
	struct ws_handler handler = connection->handler;
	char reason[sizeof(connection->reason)];

	memcpy(reason, connection->reason, sizeof(reason));
	remove_connection(connection);
	free(connection);
	handler.closed(handler.context, reason);
}

static void
end_later(struct ws_connection *connection, int64_t delay_us, const char *reason)
{
	outside_cancel(connection->event);
	snprintf(connection->reason, sizeof(connection->reason), "%s", reason);
	connection->event = outside_after(delay_us, on_end, connection);
}

static void
on_open(void *context)
{
	struct ws_connection *connection = context;

	connection->event = 0;
	connection->open = true;
	connection->handler.opened(connection->handler.context);
}

static void
count_attempt(void)
{
	int64_t now_us = outside_elapsed_us(), oldest_us = attempts_us[exchange.attempts % ATTEMPTS_MAX];

	if (exchange.attempts >= ATTEMPTS_MAX && now_us - oldest_us < ATTEMPTS_WINDOW_US)
		scenario_fail("more than %d attempts to connect in five minutes", ATTEMPTS_MAX);
	attempts_us[exchange.attempts++ % ATTEMPTS_MAX] = now_us;
}

struct ws_connection *
ws_connect(struct link_host *host, const char *path, const struct ws_handler *handler)
{
	struct ws_connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	count_attempt();
	connection->number = exchange.attempts;
	connection->handler = *handler;
	snprintf(connection->subscribed, sizeof(connection->subscribed), "/%s/",
	    strchr(path, '=') + 1);
	connection->next = connections;
	connections = connection;
	if (exchange.refusing)
		end_later(connection, OPEN_AFTER_US, "connection refused");
	else
		connection->event = outside_after(OPEN_AFTER_US, on_open, connection);
	return connection;
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
	for (size_t at = 0; at < connection->held_length && !connection->paused;) {
		size_t length = strlen(connection->held + at);

		connection->handler.frame(connection->handler.context, connection->held + at, length);
		at += length + 1;
	}
	connection->held_length = 0;
}

void
ws_close(struct ws_connection *connection, const char *reason)
{
	if (connection->reason[0] == '\0')
		end_later(connection, CLOSE_AFTER_US, reason);
}

/* ---- control messages ---- */

static void
on_reply(void *context)
{
	char text[64];
	int id = (int)(intptr_t)context % 100000, number = (int)(intptr_t)context / 100000;

	snprintf(text, sizeof(text), "{\"result\":null,\"id\":%d}", id);
	exchange_deliver_text(number, text);
}

static void
count_message(struct ws_connection *connection)
{
	int64_t now_us = outside_elapsed_us();
	int64_t *oldest_us = &connection->sent_us[connection->sent_next++ % MESSAGES_MAX];

	if (*oldest_us != 0 && now_us - *oldest_us < CLOCK_SECOND_US)
		scenario_fail("more than %d messages in a second on one connection", MESSAGES_MAX);
	*oldest_us = now_us;
}

/* Every "name@stream" of the message is added or taken away. */
static void
change_subscriptions(struct ws_connection *connection, const char *text, bool add)
{
	for (const char *at = strchr(text, '['); at != NULL && (at = strchr(at, '"')) != NULL;) {
		size_t length = strcspn(at + 1, "\"");
		char wanted[128], *found;

		if (memchr(at + 1, '@', length) == NULL)
			break;
		snprintf(wanted, sizeof(wanted), "/%.*s/", (int)length, at + 1);
		found = strstr(connection->subscribed, wanted);
		if (!add && found != NULL)
			memmove(found, found + length + 1, strlen(found + length + 1) + 1);
		if (add && found == NULL)
			strncat(connection->subscribed, wanted + 1,
			    sizeof(connection->subscribed) - strlen(connection->subscribed) - 1);
		for (size_t i = 0; add && i < exchange.count; i++)
			if (strncasecmp(exchange.markets[i].name, at + 1,
				strlen(exchange.markets[i].name)) == 0)
				exchange.markets[i].muted = exchange.markets[i].halted_stream;
		at += length + 2;
	}
}

int
ws_send(struct ws_connection *connection, const char *text, size_t length)
{
	const char *id = strstr(text, "\"id\":");
	char copy[4096];

	snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
	count_message(connection);
	if (sent_length + length + 1 < SENT_SIZE) {
		memcpy(sent + sent_length, copy, length);
		sent_length += length;
		sent[sent_length++] = '\n';
		sent[sent_length] = '\0';
	}
	change_subscriptions(connection, copy, strstr(copy, "\"SUBSCRIBE\"") != NULL);
	if (id != NULL)
		outside_after(REPLY_AFTER_US, on_reply,
		    (void *)(intptr_t)(connection->number * 100000 + atoi(id + 5) % 100000));
	return 0;
}

int
exchange_sent_count(const char *part)
{
	int count = 0;

	for (const char *at = sent; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

/* ---- the script's side ---- */

static void
deliver(struct ws_connection *connection, const char *text)
{
	size_t length = strlen(text);

	if (!connection->open || connection->reason[0] != '\0')
		return;
	if (!connection->paused) {
		connection->handler.frame(connection->handler.context, text, length);
		return;
	}
	if (connection->held_length + length + 1 > sizeof(connection->held))
		return; /* the exchange would cut it; scenarios do not pause for so long */
	memcpy(connection->held + connection->held_length, text, length + 1);
	connection->held_length += length + 1;
}

/* A frame on its way to a slow connection. */
struct slow_frame {
	int number;
	char text[512];
};

static void
on_slow_frame(void *context)
{
	struct slow_frame *frame = context;

	for (struct ws_connection *at = connections; at != NULL; at = at->next)
		if (at->number == frame->number) {
			deliver(at, frame->text);
			break;
		}
	free(frame);
}

static void
send_to(struct ws_connection *connection, const char *text)
{
	struct slow_frame *frame;

	if (connection->number != exchange.slow_connection) {
		deliver(connection, text);
		return;
	}
	frame = calloc(1, sizeof(*frame));
	if (frame == NULL)
		scenario_fail("out of memory");
	frame->number = connection->number;
	snprintf(frame->text, sizeof(frame->text), "%s", text);
	outside_after(exchange.slow_us, on_slow_frame, frame);
}

void
exchange_deliver_text(int number, const char *text)
{
	struct ws_connection *next;

	for (struct ws_connection *at = connections; at != NULL; at = next) {
		next = at->next; /* the handler may not free it: closing takes time */
		if (number == 0 || at->number == number)
			send_to(at, text);
	}
}

static int
print_trade(char *text, size_t size, const struct market *market, const struct trade *trade,
    const char *stream)
{
	long long event_ms = outside_exchange_us() / CLOCK_MS_US;

	if (exchange.aggregates)
		return snprintf(text, size,
		    "{\"stream\":\"%s\",\"data\":{\"e\":\"aggTrade\",\"E\":%lld,\"s\":\"%s\","
		    "\"a\":%lld,\"p\":\"%lld.%08lld\",\"q\":\"%lld.%08lld\",\"f\":%lld,\"l\":%lld,"
		    "\"T\":%lld,\"m\":%s,\"M\":true}}", stream, event_ms, market->name,
		    (long long)trade->id, (long long)trade->price_e8 / 100000000,
		    (long long)trade->price_e8 % 100000000,
		    (long long)trade->quantity_e8 / 100000000,
		    (long long)trade->quantity_e8 % 100000000, (long long)trade->id * 2,
		    (long long)trade->id * 2 + 1, (long long)trade->time_ms,
		    trade->sell ? "true" : "false");
	return snprintf(text, size,
	    "{\"stream\":\"%s\",\"data\":{\"e\":\"trade\",\"E\":%lld,\"s\":\"%s\",\"t\":%lld,"
	    "\"p\":\"%lld.%08lld\",\"q\":\"%lld.%08lld\",\"T\":%lld,\"m\":%s,\"M\":true}}", stream,
	    event_ms, market->name, (long long)trade->id, (long long)trade->price_e8 / 100000000,
	    (long long)trade->price_e8 % 100000000, (long long)trade->quantity_e8 / 100000000,
	    (long long)trade->quantity_e8 % 100000000, (long long)trade->time_ms,
	    trade->sell ? "true" : "false");
}

void
exchange_deliver(const struct market *market, const struct trade *trade, int number)
{
	char stream[64], wanted[80], text[512];
	struct ws_connection *next;
	size_t i;

	for (i = 0; market->name[i] != '\0'; i++)
		stream[i] = (char)tolower(market->name[i]);
	snprintf(stream + i, sizeof(stream) - i, exchange.aggregates ? "@aggTrade" : "@trade");
	snprintf(wanted, sizeof(wanted), "/%s/", stream);
	if (trade->absent || market->muted)
		return;
	print_trade(text, sizeof(text), market, trade, stream);
	for (struct ws_connection *at = connections; at != NULL; at = next) {
		next = at->next;
		if ((number == 0 || at->number == number) && strstr(at->subscribed, wanted) != NULL)
			send_to(at, text);
	}
}

void
exchange_cut(int number, const char *reason)
{
	struct ws_connection *next;

	for (struct ws_connection *at = connections; at != NULL; at = next) {
		next = at->next;
		if (number == 0 || at->number == number)
			end_later(at, 0, reason);
	}
}

int
exchange_open_count(void)
{
	int count = 0;

	for (struct ws_connection *at = connections; at != NULL; at = at->next)
		count += at->open && at->reason[0] == '\0';
	return count;
}
