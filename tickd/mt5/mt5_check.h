/*
 * What is looked at before an action leaves the house, and the orders that it is made of.  Pure.
 *
 * The machine has rounded and limited already (analysisd/dtms/actions.h): this is the last door,
 * with what is known now.
 */
#ifndef TICKD_MT5_CHECK_H
#define TICKD_MT5_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"
#include "tickd/mt5/mt5_message.h"

/* A row of dtms_actions. */
struct mt5_pending {
	char action_id[MT5_ACTION_ID_MAX], token[32];
	char account[MT5_NAME_MAX], symbol[MT5_NAME_MAX];
	char action_type[32];
	int64_t ticket, expires_us;
	char *parameters; /* JSON: analysisd/dtms/actions.h says what is in it */
	bool found_sent;  /* the newest action_results of it is `sent` */
};

/* What is known of the venue and the action's symbol now; TICK_NONE: not known, not looked at. */
struct mt5_facts {
	int64_t bid_e8, ask_e8;
	int digits; /* decimals of the symbol's prices */
	int64_t volume_min_e8, volume_step_e8, volume_max_e8, stops_level_e8, freeze_level_e8;
	const struct mt5_position *open; /* of the account, sorted by ticket */
	size_t open_count;
	int64_t orders_today, orders_most; /* 0: no limit */
};

/*
 * The orders of the action in the order in which they are to be done, as the array "orders" of
 * doc/mt5_protocol.md: a new reference; NULL with why it must not be sent in one sentence
 * (-ENOMEM in *ret_error where there was no memory, else -EPERM).
 *
 *  - A stop stands behind the price, not nearer than the stops level or the freeze level, and no
 *    present stop is loosened; one that stands there already is asked for all the same.
 *  - What is closed as a whole is closed by what is open of it now, in parts of the largest volume
 *    that may be traded; of close_all, what is no longer open is left out.
 *  - A part is closed only of a position that is as large as it was when that was decided, and
 *    nothing is opened whose token an open position carries.
 *  - close_hedge and close_all only take risk away: they are not limited by orders_most.
 *
 * `facts` NULL: nothing is looked at, the orders are as the machine meant them: for a question what
 * became of them.
 */
json_t *
mt5_check(const struct mt5_pending *action, const struct mt5_facts *facts, int *ret_error,
    struct problem *problem);

#endif
