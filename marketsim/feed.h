/*
 * The market goes on: takes the orders of all symbols in the order of their times, makes frames
 * of them and publishes them in the ring and, for REST, in the history.
 */
#ifndef MARKETSIM_FEED_H
#define MARKETSIM_FEED_H

#include "marketsim/market_history.h"
#include "marketsim/ring.h"

#define STREAMS_MAX (INSTRUMENTS_MAX * STREAM_KINDS)

struct feed {
	const struct market *market;
	struct market_history *history;
	struct ring *ring;
	int64_t trades_left; /* until the market stops; INT64_MAX: never */
	int64_t frames;	     /* of trades and quotes so far, asked for by anyone or not */
	int64_t made[INSTRUMENTS_MAX]; /* trades of each symbol so far */
	int listeners[STREAMS_MAX]; /* connections a stream; without any no frame is made */
	struct walk walks[INSTRUMENTS_MAX];
	struct order orders[INSTRUMENTS_MAX]; /* the next of each symbol */
};

/*
 * All are the caller's and outlive the feed, which goes on from begin_us: what lies before is
 * history.  `trades` 0 means no limit.
 */
void
feed_init(struct feed *feed, const struct market *market, struct market_history *history,
    struct ring *ring, int64_t begin_us, int64_t trades);

/* When the next order comes (exchange time); INT64_MAX: the market has stopped. */
int64_t
feed_next_time(const struct feed *feed);

/* Publishes everything up to and with that exchange time. */
void
feed_publish_until(struct feed *feed, int64_t time_us);

/* Publishes whole orders until `frames` were made in all since the start. */
void
feed_publish_frames(struct feed *feed, int64_t frames);

#endif
