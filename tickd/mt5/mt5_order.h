/*
 * What is done with one action next.  Pure: a table of states and events.
 *
 * Of the terminal's retcodes (mt5.md): 10008 to 10010 and 10025 are done; 10012 is not known; 10004,
 * 10020, 10021 and 10031 may be tried again soon, 10018 and 10024 later; all others end it.
 */
#ifndef TICKD_MT5_ORDER_H
#define TICKD_MT5_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define MT5_ANSWER_US INT64_C(15000000)	 /* no result for so long: it is not known what became of it */
#define MT5_SOON_US INT64_C(1000000)	 /* a try after a requote */
#define MT5_LATER_US INT64_C(5000000)	 /* a try after "too many requests" or a closed market */
#define MT5_CHECK_US INT64_C(5000000)	 /* between two questions what became of it */
#define MT5_GIVE_UP_US INT64_C(120000000) /* after it expired: not known for good */

enum mt5_retcode_class {
	RETCODE_DONE, RETCODE_UNKNOWN, RETCODE_SOON, RETCODE_LATER, RETCODE_STOP,
	RETCODE_NOT_ORDERED, RETCODE_EXPIRED,
};

enum mt5_retcode_class
mt5_retcode_class(int64_t retcode);

/* In words: "requote", "not enough money"; "retcode 10099" of one that nobody documents. */
const char *
mt5_retcode_meaning(int64_t retcode, char text[static 32]);

enum mt5_order_state {
	ORDER_RECORDING, /* `sent` is on its way to the database */
	ORDER_READY,	 /* to be sent at due_us */
	ORDER_OUT,	 /* sent on this connection: an answer is awaited */
	ORDER_UNKNOWN,	 /* to be asked after at due_us */
	ORDER_ASKED,	 /* asked on this connection */
	ORDER_OVER,	 /* done or failed is recorded */
};

enum mt5_order_event {
	EVENT_RECORDED,	    /* `sent` is committed */
	EVENT_DISCONNECTED,
	EVENT_RESULT,	    /* with a retcode */
	EVENT_TURN,	    /* time went by */
};

enum mt5_order_do {
	DO_NOTHING,
	DO_SEND,  /* the action itself */
	DO_CHECK, /* the action with "check" */
	DO_DONE,  /* record it */
	DO_FAIL,  /* record it, with *why */
};

struct mt5_order {
	enum mt5_order_state state;
	int64_t expires_us;   /* the venue's clock (UTC) */
	int64_t due_us;	      /* monotonic, of READY, OUT, UNKNOWN and ASKED */
	int64_t retcode;      /* the last one */
};

/* A new one is RECORDING; one that is found `sent` after a start is UNKNOWN. */
void
mt5_order_begin(struct mt5_order *order, int64_t expires_us, bool found_sent, int64_t now_us);

/* venue_us: UTC at the venue; connected: a terminal is there to send to.  *ret_why: of DO_FAIL. */
enum mt5_order_do
mt5_order_event(struct mt5_order *order, enum mt5_order_event event, int64_t retcode,
    bool connected, int64_t venue_us, int64_t now_us, const char **ret_why);

#endif
