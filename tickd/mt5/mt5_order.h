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
#define MT5_CHECK_US INT64_C(5000000)	 /* to a question what became of it, and between two */
#define MT5_GIVE_UP_US INT64_C(120000000) /* in doubt, and after it expired: not known for good */
#define MT5_TAKE_US INT64_C(10000000)	  /* a sending is taken up for so long: its `expires` */
#define MT5_CLOCKS_US INT64_C(2000000)	  /* by which two clocks may go apart meanwhile */
#define MT5_LIFE_US INT64_C(60000000)	  /* of any action, whatever the venue's clock shows */
#define MT5_MEANING_SIZE 32		 /* bytes of mt5_retcode_meaning()'s buffer */

enum mt5_retcode_class {
	RETCODE_DONE, RETCODE_UNKNOWN, RETCODE_SOON, RETCODE_LATER, RETCODE_STOP,
	RETCODE_NOT_ORDERED, RETCODE_EXPIRED,
};

enum mt5_retcode_class
mt5_retcode_class(int64_t retcode);

/* In words: "requote", "not enough money"; "retcode 10099" of one that nobody documents. */
const char *
mt5_retcode_meaning(int64_t retcode, char text[static MT5_MEANING_SIZE]);

enum mt5_order_state {
	ORDER_RECORDING, /* `sent` is on its way to the database */
	ORDER_READY,	 /* nothing of it is ordered: to be sent at due_us */
	ORDER_OUT,	 /* sent on this connection: an answer is awaited until due_us */
	ORDER_UNKNOWN,	 /* to be asked after at due_us */
	ORDER_ASKED,	 /* asked on this connection: an answer is awaited until due_us */
	ORDER_OVER,	 /* done or failed is to be recorded: nothing happens any more */
	ORDER_STATES
};

enum mt5_order_event {
	EVENT_RECORDED,	    /* `sent` is committed, and was not taken back since */
	EVENT_DISCONNECTED,
	EVENT_RESULT,	    /* with a retcode */
	EVENT_TURN,	    /* time went by */
	ORDER_EVENTS
};

enum mt5_order_do {
	DO_NOTHING,
	DO_CONFIRM, /* where it was not taken back, EVENT_RECORDED is to follow */
	DO_SEND,    /* the action itself */
	DO_CHECK,   /* the action with "check" */
	DO_DONE,    /* record it, with *ret_why */
	DO_FAIL,    /* record it, with *ret_why */
};

#define MT5_RETCODE_NONE (-1)

struct mt5_order {
	enum mt5_order_state state;
	int64_t expires_us;  /* the venue's clock (UTC): it may still be sent at that time */
	int64_t deadline_us; /* the same, monotonic: the venue's clock may stand still, or go back */
	int64_t alone_us;    /* monotonic: until then a terminal may take up what it did not answer */
	int64_t due_us;	     /* monotonic, of READY, OUT, UNKNOWN and ASKED */
	int64_t doubt_us;    /* monotonic: since then nobody knows what became of it */
	int64_t retcode;     /* the last one, or MT5_RETCODE_NONE */
	char why[96];
};

/* How things stand when something happens. */
struct mt5_moment {
	bool connected;	  /* a terminal of its account is there to send to */
	const char *held; /* why nothing may be ordered now, NULL: it may */
	int64_t venue_us; /* UTC at the venue */
	int64_t now_us;	  /* monotonic */
};

/* A new one is RECORDING; one that is found `sent` after a start is UNKNOWN. */
void
mt5_order_begin(struct mt5_order *order, int64_t expires_us, bool found_sent,
    const struct mt5_moment *moment);

/*
 * What is to be done now.  It is sent at an EVENT_RECORDED only, also when it is sent once more, so
 * that what was taken back does not leave.  *ret_why, of DO_DONE and DO_FAIL, is one sentence: the
 * order's own, the moment's, or static.
 *
 * MT5_NOT_ORDERED counts as the answer to a question only: it may be one that was asked before the
 * action was sent once more.  Even then nothing is sent before alone_us: what left on a connection
 * that was lost may lie unread at a terminal that only looks dead, and its marks may not be those of
 * the terminal that was asked.
 */
enum mt5_order_do
mt5_order_event(struct mt5_order *order, enum mt5_order_event event, int64_t retcode,
    const struct mt5_moment *moment, const char **ret_why);

#endif
