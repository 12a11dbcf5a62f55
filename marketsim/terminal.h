/*
 * marketsim as a MetaTrader 5 terminal: an account that lives on, and a connection to tickd that is
 * made again when it ends.  It is driven by one descriptor that becomes readable when there is
 * something to do.
 */
#ifndef MARKETSIM_TERMINAL_H
#define MARKETSIM_TERMINAL_H

#include "marketsim/terminal_link.h"
#include "marketsim/terminal_session.h"
#include "marketsim/trade_source.h"

#define TERMINAL_TOKEN_MAX 128		 /* bytes with the NUL */
#define TERMINAL_WAIT_US INT64_C(250000) /* before it connects again; doubled up to ... */
#define TERMINAL_WAIT_MAX_US (10 * CLOCK_SECOND_US)

struct terminal {
	const struct terminal_options *options;
	struct trade_source source; /* whose clock is ours */
	char token[TERMINAL_TOKEN_MAX];
	struct terminal_market market;
	struct terminal_positions positions;
	struct terminal_demo demo;
	struct terminal_orders orders;
	struct terminal_session session;
	struct terminal_figures figures;
	struct terminal_link link;
	int epoll_fd, timer_fd;
	int64_t wait_us;    /* before the next connection */
	int64_t connect_us; /* monotonic: when it is to be made */
	int64_t welcomes;   /* of the figures, when the connection was begun */
	int64_t connections, broken; /* begun, and ended other than by us */
	char said[PROBLEM_SIZE]; /* the last sentence, so that it is not said again and again */
};

/*
 * Connects from now on.  `options`, the exchange's market and the object of `source` outlive it.
 * terminal->epoll_fd is then to be watched for reading.  0 or a negative errno with the sentence;
 * terminal_close() is due in both cases, and where it was never opened but is all zero.
 */
__attribute__((warn_unused_result)) int
terminal_open(struct terminal *terminal, const struct terminal_options *options, uint64_t seed,
    const struct market *exchange, const struct trade_source *source, struct problem *problem);

void
terminal_close(struct terminal *terminal);

/* Does what is to be done by now. */
void
terminal_turn(struct terminal *terminal);

/* Ends the connection without a word; it is made again. */
void
terminal_break_off(struct terminal *terminal);

#endif
