/*
 * One connection of a line to the exchange: it waits, connects, is live, and ends.  What is done
 * about it is the line's.
 */
#ifndef TICKD_LEG_H
#define TICKD_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tickd/alarm.h"
#include "tickd/feed/binance_normalise.h"
#include "tickd/net/ws_connection.h"

#define LEG_CONNECT_LIMIT_US INT64_C(30000000) /* from the name's look-up to the first frame */

enum leg_state {
	LEG_IDLE,
	LEG_WAITING, /* for the next attempt */
	LEG_CONNECTING,
	LEG_LIVE,
	LEG_LEAVING, /* replaced: what it still says is not listened to */
};

struct leg;
struct link_host;

/* What happens to a leg; `context` is its line. */
struct leg_hooks {
	void (*due)(void *context, struct leg *leg); /* the wait is over */
	void (*opened)(void *context, struct leg *leg);
	void (*frame)(void *context, struct leg *leg, const char *frame, size_t length);
	/* The socket is gone; `state` is still what it was. */
	void (*closed)(void *context, struct leg *leg, const char *reason);
	void *context;
};

struct leg {
	struct leg_hooks hooks;
	enum leg_state state;
	struct ws_connection *socket; /* NULL while there is none */
	struct alarm *alarm;
	struct binance_normaliser *books;
	int64_t begun_us, opened_us; /* monotonic; 0: not */
	int64_t market_us;	     /* when something came from the market, or it was opened */
};

/* `books` becomes the leg's, NULL being out of memory.  0 or -ENOMEM; finish it in every case. */
__attribute__((warn_unused_result)) int
leg_init(struct leg *leg, uv_loop_t *loop, struct binance_normaliser *books,
    const struct leg_hooks *hooks);

/* No socket may be left. */
void
leg_finish(struct leg *leg);

/* `due` comes after delay_us. */
void
leg_wait(struct leg *leg, int64_t delay_us);

/* -ENOMEM: nothing was begun. */
__attribute__((warn_unused_result)) int
leg_connect(struct leg *leg, struct link_host *host, const char *path);

/* Back to idle, by way of leaving where there is a socket. */
void
leg_leave(struct leg *leg, const char *reason);

/* Asks for the end of a connection that misses a deadline (silence_us 0: none); `closed` comes. */
void
leg_check(struct leg *leg, int64_t silence_us, int64_t now_us);

/* "connecting", as it is shown. */
const char *
leg_state_name(enum leg_state state);

#endif
