/*
 * One WebSocket client: its subscriptions, where it reads, its pings and its faults.
 */
#ifndef MARKETSIM_CONNECTION_H
#define MARKETSIM_CONNECTION_H

#include "marketsim/exchange.h"
#include "marketsim/message_rate.h"
#include "marketsim/slow_line.h"
#include "marketsim/subscriptions.h"

#define PONG_TIMEOUT_US (60 * CLOCK_SECOND_US)
#define GOODBYE_US (5 * CLOCK_SECOND_US) /* to a client that does not read it: then it is cut */
#define MESSAGES_PER_SECOND 5  /* from the client; one more and it is disconnected */
#define MESSAGE_MAX (64 << 10) /* bytes of one */

enum ending {
	ENDING_NOT,
	ENDING_CUT,	/* as soon as what is staged has gone, without a word */
	ENDING_GOODBYE, /* the same with a closing handshake */
};

/* A trade that was taken out of the stream, to be sent behind the next one of its stream. */
struct held_frame {
	char text[FRAME_MAX];
	size_t length; /* 0: there is none */
	int stream, copies;
	int64_t since_us;
};

struct connection {
	struct connection *next, **link; /* in exchange->connections */
	struct exchange *exchange;
	struct lws *wsi;
	bool raw; /* /ws: data without the stream's name */
	enum ending ending;
	struct subscriptions subscriptions;
	struct faults faults;
	struct mute_state mute;
	struct slow_line line;
	struct held_frame held;
	uint64_t cursor;	/* in the ring */
	size_t capture_at;	/* next captured frame */
	int64_t opened_us;	/* monotonic, as all below */
	int64_t ending_us;	/* when it was decided that it ends */
	int64_t capture_begun_us; /* 0: not yet */
	int64_t pinged_us;	/* the last ping */
	int64_t ping_sent_us;	/* when it really went out */
	bool ping_due, pong_missing;
	bool shutdown_due, shutdown_told;
	char ping[24];		/* its payload, to be copied by the pong */
	int64_t second_us;	/* when the second began that messages are counted in */
	int messages;
	struct message_rate rate;
	struct connection_record *record; /* the exchange's log keeps it */
	struct body incoming, replies;
};

/* `path` and `streams` (the query's, "" when absent) decide what is subscribed.  0 or -errno. */
__attribute__((warn_unused_result)) int
connection_open(struct connection *connection, struct exchange *exchange, struct lws *wsi,
    const char *path, const char *streams);

void
connection_close(struct connection *connection);

/* Each returns 0, or -1 when libwebsockets is to close the connection. */
int
connection_writable(struct connection *connection);

int
connection_receive(struct connection *connection, const void *bytes, size_t length, bool last);

int
connection_pong(struct connection *connection, const void *payload, size_t length);

/* Every now and then: pings and what falls due. */
void
connection_tick(struct connection *connection, int64_t now_us);

#endif
