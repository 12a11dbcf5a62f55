#define _GNU_SOURCE
#include "tickd/mt5/mt5_orders_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
orders_of(const struct live_order *live)
{
	struct problem problem;
	json_t *orders;
	int error;

	if (live->orders != NULL)
		return json_incref(live->orders);
	orders = mt5_check(&live->action, NULL, &error, &problem);
	/* What cannot be read can be asked after all the same: the token is what is looked for. */
	return orders == NULL ? json_array() : orders;
}

/*
 * The last second of the broker's clock in which it may be ordered: a clock that shows it is in it,
 * so it ends before the time is over.
 */
static int64_t
expires_of(const struct mt5_orders *orders, const struct live_order *live)
{
	int64_t until_us = orders->hooks.venue_now(orders->hooks.context) + MT5_TAKE_US;

	if (until_us > live->action.expires_us)
		until_us = live->action.expires_us;
	return orders->hooks.server_time(orders->hooks.context, until_us) - 1;
}

char *
orders_line(const struct mt5_orders *orders, const struct live_order *live, bool check)
{
	const struct mt5_pending *action = &live->action;
	json_int_t expires_s = expires_of(orders, live);
	json_t *message = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:o}", "type", "action",
	    "action_id", action->action_id, "token", action->token, "action", action->action_type,
	    "symbol", action->symbol, "ticket", (json_int_t)action->ticket, "expires", expires_s,
	    "check", check, "orders", orders_of(live));
	char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
	char *line = NULL;

	json_decref(message);
	if (text != NULL && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}
