/*
 * What tickd has ordered: actions of one or more orders, each action carried out at most once.
 *
 * The token of an action is marked before its first order; what is marked is never ordered again,
 * only answered.  Where none of its orders was executed and a refusal says that they may be later, as
 * a requote does, the mark is taken off again.  Marks last as long as the run.
 */
#ifndef MARKETSIM_TERMINAL_ORDERS_H
#define MARKETSIM_TERMINAL_ORDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "marketsim/terminal_positions.h"

#define TERMINAL_TOKENS_MAX 1024 /* marked; the oldest are forgotten */
#define TERMINAL_TOKEN_SIZE 64

/* Of the trade server, and two of the protocol's own. */
enum terminal_retcode {
	RETCODE_NEVER_ORDERED = 0,
	RETCODE_TOO_OLD = 1,
	RETCODE_REQUOTE = 10004,
	RETCODE_REJECTED = 10006,
	RETCODE_DONE = 10009,
	RETCODE_INVALID = 10013,
	RETCODE_INVALID_VOLUME = 10014,
	RETCODE_INVALID_STOPS = 10016,
	RETCODE_MARKET_CLOSED = 10018,
	RETCODE_PRICE_CHANGED = 10020,
	RETCODE_NO_PRICE = 10021,
	RETCODE_TOO_MANY_REQUESTS = 10024,
	RETCODE_NO_CHANGES = 10025,
	RETCODE_POSITION_CLOSED = 10036,
	RETCODE_LIMIT_POSITIONS = 10040,
};

struct terminal_result {
	int64_t retcode;
	int64_t ticket; /* of the position that came of it; 0: none */
	int64_t price_e8, volume_e8; /* of the last deal; 0: none */
};

struct terminal_orders {
	struct terminal_positions *positions;
	int64_t last_ticket;
	int64_t carried_out; /* actions, checks and repetitions not among them */
	int64_t orders;
	int64_t refuse_retcode, refuse_count; /* so many of the next orders are answered like that ... */
	int64_t refuse_behind;		      /* ... once so many have gone well */
	int64_t token_count; /* ever */
	struct {
		char token[TERMINAL_TOKEN_SIZE];
		struct terminal_result result;
	} marked[TERMINAL_TOKENS_MAX];
};

/* `positions` outlives it. */
void
terminal_orders_init(struct terminal_orders *orders, struct terminal_positions *positions);

/*
 * Each carries out one order at `now_us` (UTC) and returns its result.  Stops of 0 are none.  The
 * comment is cut.
 */
struct terminal_result
terminal_order_open(struct terminal_orders *orders, int symbol, bool sell, int64_t volume_e8,
    int64_t stop_loss_e8, int64_t take_profit_e8, const char *comment, int64_t now_us);

struct terminal_result
terminal_order_close(struct terminal_orders *orders, int64_t ticket, int64_t volume_e8,
    const char *reason);

struct terminal_result
terminal_order_modify(struct terminal_orders *orders, int64_t ticket, int64_t stop_loss_e8,
    int64_t take_profit_e8);

/* Carries out an `action` of the protocol, or says what became of it.  False: it is none. */
bool
terminal_orders_act(struct terminal_orders *orders, const json_t *action, int64_t now_us,
    struct terminal_result *ret);

#endif
