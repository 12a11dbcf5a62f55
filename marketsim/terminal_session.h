/*
 * One connection to tickd as a conversation: hello, welcome, and then ticks from where it wants
 * them, candles of what was before, positions and orders.  No sockets: lines in, lines out.
 */
#ifndef MARKETSIM_TERMINAL_SESSION_H
#define MARKETSIM_TERMINAL_SESSION_H

#include <jansson.h>

#include "common/problem.h"
#include "marketsim/body.h"
#include "marketsim/terminal_bars.h"
#include "marketsim/terminal_demo.h"
#include "marketsim/terminal_options.h"
#include "marketsim/terminal_orders.h"

#define SESSION_LINES_MAX 64	 /* of ticks, not acknowledged */
#define SESSION_LINE_TICKS 3500	 /* a line at the most; 60 bytes each */
#define SESSION_LINE_BARS 64	 /* likewise; they take time to be folded */
#define SESSION_FILL_BYTES (256 << 10) /* of ticks at a time: then what is there is written first */
#define SESSION_EVERY_US (10 * CLOCK_SECOND_US) /* pings, positions and the account */
#define SESSION_SILENCE_US (30 * CLOCK_SECOND_US) /* tickd says nothing: it is gone */
#define SESSION_TICKS_US INT64_C(50000)	      /* ticks are looked for so often ... */
#define SESSION_FLOOD_US INT64_C(200000)      /* ... or, of a flood, so often */

/* What a test may ask: over the whole run. */
struct terminal_figures {
	int64_t ticks[TERMINAL_SYMBOLS_MAX]; /* sent, repetitions too */
	int64_t lines, acks, bars, results, closed;
	int64_t welcomes, errors;
	char last_error[128]; /* "code: message" of tickd's last one */
};

struct session_symbol {
	bool welcome; /* it is known where to go on */
	struct tick_walk walk;
	struct terminal_tick tick; /* the next one to be sent */
	int64_t from_us;   /* UTC: complete from then on, to be said in the first line; then 0 */
	int64_t sent, acked; /* seq */
	bool bars_wanted;
	struct bar_walk bars;
};

struct terminal_session {
	const struct terminal_market *market;
	const struct terminal_options *options;
	struct terminal_positions *positions;
	struct terminal_demo *demo;
	struct terminal_orders *orders;
	struct terminal_figures *figures;
	bool welcome;
	int turn;	       /* the symbol that is looked at first */
	int64_t ticks_due_us;  /* monotonic, as the following */
	int64_t told_us;       /* the last ping, positions and account */
	int64_t heard_us;      /* tickd's last line */
	int64_t positions_seq; /* of the last report */
	int64_t changes_told, deals_told, balance_told;
	bool cut_at_action; /* the connection ends when an action has been carried out */
	struct session_symbol symbols[TERMINAL_SYMBOLS_MAX];
};

/* The pointers are the caller's and set; all else begins anew.  Adds the hello to `out`. */
void
session_begin(struct terminal_session *session, const char *token, int64_t now_us,
    int64_t monotonic_us, struct body *out);

/*
 * A line of tickd's.  now_us is UTC at the exchange.  0, or a negative errno with the sentence:
 * the connection is to end, at once.
 */
__attribute__((warn_unused_result)) int
session_line(struct terminal_session *session, const char *line, size_t length, int64_t now_us,
    int64_t monotonic_us, struct body *out, struct problem *problem);

/*
 * Adds one piece of what is due: a line for most, at most one for each symbol.  True: there is
 * more.  The account has been looked after up to now_us.
 */
bool
session_fill(struct terminal_session *session, int64_t now_us, int64_t monotonic_us,
    struct body *out);

/* Tickd has said nothing for too long. */
bool
session_is_silent(const struct terminal_session *session, int64_t monotonic_us);

#endif
