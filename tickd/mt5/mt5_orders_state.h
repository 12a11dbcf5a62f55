/*
 * What the parts of mt5_orders share: mt5_orders (what happens to each), mt5_orders_jobs (questions
 * to the databases), mt5_orders_line (what is said to the terminal).  Nobody else includes this.
 */
#ifndef TICKD_MT5_ORDERS_STATE_H
#define TICKD_MT5_ORDERS_STATE_H

#include "tickd/mt5/mt5_order.h"
#include "tickd/mt5/mt5_orders.h"
#include "tickd/mt5/mt5_pending.h"

#define MT5_SETTLE_US INT64_C(2000000) /* after a connection at the least: nothing is sent */
#define MT5_LATE_MAX 16 /* results at a time of what is not under way: the others are passed over */

/* An action under way. */
struct live_order {
	bool used;
	struct mt5_order order;
	struct mt5_pending action; /* its parameters are ours */
	json_t *orders;		   /* of the last check; NULL: not since our start */
	bool recorded;		   /* `sent` is committed */
	bool confirming;	   /* whether it still stands is asked */
	/* Of one that is over: what is recorded of it. */
	bool recording;
	const char *status; /* "done" or "failed" */
	char comment[160];
	bool answered;
	struct mt5_result result;
};

struct mt5_orders {
	const struct settings *settings;
	const char *source;
	struct storage *storage;
	struct mt5_orders_hooks hooks;
	struct mt5_pending_reader *reader;
	struct live_order live[MT5_LIVE_MAX];
	char account[MT5_NAME_MAX]; /* connected; "": none */
	int64_t connected_us;	    /* monotonic */
	int64_t reports;	    /* first reports of all positions of a connection */
	int64_t reported;	    /* the present connection's; 0: it is not stored yet */
	struct mt5_look *facts;	    /* the newest look; NULL before the first, when nothing is live */
	bool looking, look_again;
	bool sent_known; /* all that was `sent` before our start is under way or over */
	int jobs, late;	 /* under way */
	bool closing, stopped;
	bool stranger_told, unreadable_told;
	int64_t done, failed;
};

/* ---- mt5_orders_line ---- */

/* The action as a line, to be freed; NULL: out of memory. */
char *
orders_line(const struct mt5_orders *orders, const struct live_order *live, bool check);

/* ---- mt5_orders_jobs: each is answered on the loop thread, and not at all once it is closed ---- */

/* Looks as soon as the look that is under way has ended. */
void
orders_look(struct mt5_orders *orders);

/* Whether the action may leave, now that `sent` is committed. */
void
orders_confirm(struct mt5_orders *orders, struct live_order *live);

/* Whose result is it? */
void
orders_ask_late(struct mt5_orders *orders, const struct mt5_result *result);

/* ---- their answers: mt5_orders ---- */

/* `look` is the orders' own from now on. */
void
orders_looked(struct mt5_orders *orders, struct mt5_look *look);

/* As mt5_pending_stands(). */
void
orders_confirmed(struct mt5_orders *orders, const char *action_id, int result, const char *why);

void
orders_late(struct mt5_orders *orders, const struct mt5_result *result,
    enum mt5_answered answered);

void
orders_unreadable(struct mt5_orders *orders, int error, const char *sentence);

void
orders_free(struct mt5_orders *orders);

#endif
