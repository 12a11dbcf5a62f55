/*
 * The actions of one source on their way to its terminal and back: each ordered at most once, and
 * none later than it expires.  Loop thread.
 *
 *   pending in dtms_actions -> checked (mt5_check.h) -> `sent` is committed -> action to the terminal
 *   -> result -> done or failed is committed
 *
 * Where nobody knows what became of a `sent` one (a connection that ended, our own end, 10012) the
 * terminal is asked with "check": it looks at its mark of the action, deals and positions and never
 * orders.  Only where it says MT5_NOT_ORDERED, and it is not too late, is the action sent again,
 * checked anew.  The policy of one order is pure: mt5_order.h.
 *
 * To a terminal that has just connected nothing is said for two seconds, nor until it has told all
 * that is open: what happened to the positions meanwhile may make an order wrong.
 *
 * analysisd may take an action back at any time (DTMS is off, its trade is closed): that is looked
 * at once more whenever it is to be sent, and is not sent then.  What analysisd says after that is
 * too late: the terminal's word counts.  So does a terminal's late word on what failed without one.
 *
 * Each sending is to be taken up within MT5_TAKE_US: a line that lies unread on a connection that was
 * lost is worth nothing by the time at which the action is sent on another one.
 */
#ifndef TICKD_MT5_ORDERS_H
#define TICKD_MT5_ORDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/mt5/mt5_message.h"

struct mt5_orders;
struct storage;

struct mt5_orders_hooks {
	/*
	 * Has a row of action_results written (mt5_store_result()), in order; mt5_orders_recorded()
	 * follows when it is committed, or refused for good.  False: out of memory.
	 */
	bool (*record)(void *context, const char *action_id, const char *status,
	    const struct mt5_result *result, const char *comment);
	/* A line to the terminal, taken over.  False: none is connected; it may say so meanwhile. */
	bool (*send)(void *context, char *line);
	/* The broker's time of `utc_us` in seconds, rather too early than too late. */
	int64_t (*server_time)(void *context, int64_t utc_us);
	/* What the time is at the venue by now (UTC): never behind the source's clock. */
	int64_t (*venue_now)(void *context);
	feed_tell *tell;
	void *context;
};

/*
 * `settings`, `source` and `storage` outlive it; its questions to the databases run as jobs of
 * `storage`.  In advise mode nothing is ever sent: what is `sent` from before is still cleared up.
 */
__attribute__((warn_unused_result)) int
mt5_orders_create(struct mt5_orders **ret, const struct settings *settings, const char *source,
    struct storage *storage, const struct mt5_orders_hooks *hooks);

/* A job of it may still run: it is freed behind that. */
void
mt5_orders_close(struct mt5_orders *orders);

/* A terminal is welcome, of the account that is stored as `account`; or gone. */
void
mt5_orders_connected(struct mt5_orders *orders, const char *account);
void
mt5_orders_disconnected(struct mt5_orders *orders);

/* All that is open in the account, as the terminal told it since it connected, is committed. */
void
mt5_orders_reported(struct mt5_orders *orders);

void
mt5_orders_recorded(struct mt5_orders *orders, const char *action_id, const char *status);

void
mt5_orders_result(struct mt5_orders *orders, const struct mt5_result *result);

/* Something may be new, or due: analysisd committed, a second went by. */
void
mt5_orders_turn(struct mt5_orders *orders, int64_t now_us);

/*
 * {"pending","sent","done","failed","today"}: under way and not sent, sent without an answer, ended
 * since the start, sent on this day of the source's clock.  A new reference.
 */
json_t *
mt5_orders_status(const struct mt5_orders *orders);

#endif
