/*
 * The exchange: one port, WebSocket streams and REST, on libwebsockets' own event loop.
 */
#ifndef MARKETSIM_EXCHANGE_H
#define MARKETSIM_EXCHANGE_H

#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"
#include "marketsim/capture.h"
#include "marketsim/connection_log.h"
#include "marketsim/faults.h"
#include "marketsim/feed.h"
#include "marketsim/mute.h"
#include "marketsim/rest.h"

#define CONNECTIONS_MAX 64		/* WebSocket connections at a time */
#define BACKLOG_BYTES (32 << 20)	/* a live client this far behind is dropped */
#define FLAT_OUT_BYTES (1 << 20)	/* flat out: small, so that it stays in the cache */
#define STAGING_BYTES (64 << 10)	/* one write: many frames */
#define STAGING_SIZE (STAGING_BYTES + 6 * FAULT_FRAME_MAX) /* a frame, twice, and its extras */
#define PACE_LIVE INT64_C(-1) /* frames_per_second: by exchange time */

struct exchange_options {
	const char *address;
	int port; /* 0: any */
	const char *certificate_file, *key_file; /* both NULL: no TLS */
	uint64_t seed;
	double speed; /* exchange seconds a second; captures: 0 is as fast as the client reads */
	int64_t frames_per_second; /* PACE_LIVE, 0: as fast as clients read, or exactly so many */
	int64_t ping_interval_us;
	int64_t weight_limit;
	struct faults_options faults;
	struct mute_options mutes;
	struct rest_options rest;
};

struct connection;

/* Somebody else who lives on the exchange's loop. */
struct exchange_guest {
	int fd; /* readable when there is something to do; the guest's own */
	const char *name; /* in the report */
	const char *path; /* of what it may be asked over HTTP */
	void *object;	  /* what the functions are given */
	void (*turn)(void *object);
	void (*ask)(void *object, const char *query, struct body *answer);
	void (*report)(const void *object, struct body *body); /* one JSON object */
};

struct exchange {
	const struct exchange_options *options;
	struct lws_context *context;
	struct trade_source source;
	struct rest rest;
	struct feed *feed;	       /* NULL when a capture is played */
	const struct capture *capture; /* or NULL */
	struct ring ring;
	int listeners[STREAMS_MAX]; /* when there is no feed to count them */
	struct connection *connections; /* a list */
	struct connection_log log;
	struct mutes mutes;
	const struct exchange_guest *guest; /* or NULL */
	int64_t first_ids[INSTRUMENTS_MAX]; /* of each symbol's first trade since the start */
	int64_t begun_us;	 /* monotonic: the market's start or the first subscription */
	int64_t begun_market_us; /* exchange time then */
	bool pacing;		 /* frames_per_second > 0: the first subscription has come */
	int timer_fd;		     /* closed with the context that watches it */
	unsigned char staging[LWS_PRE + STAGING_SIZE];
};

/*
 * Listens.  `feed` or `capture` is NULL; both outlive the exchange.  0 or a negative errno with
 * the sentence; exchange_close() is due in both cases.
 */
__attribute__((warn_unused_result)) int
exchange_open(struct exchange *exchange, const struct exchange_options *options,
    const struct trade_source *source, struct feed *feed, const struct capture *capture,
    struct problem *problem);

/* The guest outlives the exchange.  0 or a negative errno with the sentence. */
__attribute__((warn_unused_result)) int
exchange_invite(struct exchange *exchange, const struct exchange_guest *guest,
    struct problem *problem);

void
exchange_close(struct exchange *exchange);

/* The port that is really listened on. */
int
exchange_port(const struct exchange *exchange);

/* Serves until *stop is set (by a signal handler). */
void
exchange_run(struct exchange *exchange, const volatile sig_atomic_t *stop);

#endif
