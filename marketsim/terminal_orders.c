#include "marketsim/terminal_orders.h"

#include <stdio.h>
#include <string.h>

#include "common/decimal.h"
#include "marketsim/terminal_demo.h"

void
terminal_orders_init(struct terminal_orders *orders, struct terminal_positions *positions)
{
	memset(orders, 0, sizeof(*orders));
	orders->positions = positions;
}

static struct terminal_result
only(int64_t retcode)
{
	return (struct terminal_result){ .retcode = retcode };
}

/* An order that a test wants to see refused. */
static bool
refused(struct terminal_orders *orders)
{
	orders->orders++;
	if (orders->refuse_count == 0 || orders->refuse_behind-- > 0)
		return false;
	orders->refuse_behind = 0;
	orders->refuse_count--;
	return true;
}

static const struct terminal_symbol *
symbol_of(const struct terminal_orders *orders, int symbol)
{
	return &orders->positions->market->symbols[symbol];
}

/* Both stops lie on their side of the price at which it would be closed, and far enough from it. */
static bool
stops_are_good(const struct terminal_orders *orders, int symbol, bool sell, int64_t stop_loss_e8,
    int64_t take_profit_e8)
{
	const struct terminal_symbol *of = symbol_of(orders, symbol);
	const struct terminal_tick *tick = &orders->positions->current[symbol];
	int64_t price_e8 = sell ? tick->ask_e8 : tick->bid_e8, sign = sell ? -1 : 1;
	int64_t least_e8 = of->stops_level * of->point_e8;

	if (stop_loss_e8 % of->point_e8 != 0 || take_profit_e8 % of->point_e8 != 0)
		return false;
	return (stop_loss_e8 == 0 || sign * (price_e8 - stop_loss_e8) >= least_e8) &&
	    (take_profit_e8 == 0 || sign * (take_profit_e8 - price_e8) >= least_e8);
}

static bool
volume_is_good(const struct terminal_symbol *of, int64_t volume_e8)
{
	return volume_e8 >= of->volume_min_e8 && volume_e8 <= of->volume_max_e8 &&
	    volume_e8 % of->volume_step_e8 == 0;
}

struct terminal_result
terminal_order_open(struct terminal_orders *orders, int symbol, bool sell, int64_t volume_e8,
    int64_t stop_loss_e8, int64_t take_profit_e8, const char *comment, int64_t now_us)
{
	const struct terminal_tick *tick = &orders->positions->current[symbol];
	int64_t ticket = terminal_ticket_of_order(now_us);
	struct terminal_position position = {
		.symbol = symbol,
		.sell = sell,
		.volume_e8 = volume_e8,
		.price_open_e8 = sell ? tick->bid_e8 : tick->ask_e8,
		.stop_loss_e8 = stop_loss_e8,
		.take_profit_e8 = take_profit_e8,
		.opened_us = now_us,
	};

	if (refused(orders))
		return only(orders->refuse_retcode);
	if (tick->time_us == 0)
		return only(RETCODE_NO_PRICE);
	if (!volume_is_good(symbol_of(orders, symbol), volume_e8))
		return only(RETCODE_INVALID_VOLUME);
	if (!stops_are_good(orders, symbol, sell, stop_loss_e8, take_profit_e8))
		return only(RETCODE_INVALID_STOPS);
	position.ticket = ticket > orders->last_ticket ? ticket : orders->last_ticket + 2;
	snprintf(position.comment, sizeof(position.comment), "%s", comment);
	if (terminal_positions_open(orders->positions, &position) < 0)
		return only(RETCODE_LIMIT_POSITIONS);
	orders->last_ticket = position.ticket;
	return (struct terminal_result){ RETCODE_DONE, position.ticket, position.price_open_e8,
		volume_e8 };
}

struct terminal_result
terminal_order_close(struct terminal_orders *orders, int64_t ticket, int64_t volume_e8,
    const char *reason)
{
	struct terminal_position *position = terminal_positions_find(orders->positions, ticket);
	const struct terminal_symbol *of;
	int64_t price_e8;

	if (refused(orders))
		return only(orders->refuse_retcode);
	if (position == NULL)
		return only(RETCODE_POSITION_CLOSED);
	of = symbol_of(orders, position->symbol);
	if (volume_e8 > position->volume_e8 || !volume_is_good(of, volume_e8))
		return only(RETCODE_INVALID_VOLUME);
	price_e8 = terminal_positions_close(orders->positions, position, volume_e8, reason);
	return (struct terminal_result){ RETCODE_DONE, 0, price_e8, volume_e8 };
}

struct terminal_result
terminal_order_modify(struct terminal_orders *orders, int64_t ticket, int64_t stop_loss_e8,
    int64_t take_profit_e8)
{
	struct terminal_position *position = terminal_positions_find(orders->positions, ticket);

	if (refused(orders))
		return only(orders->refuse_retcode);
	if (position == NULL)
		return only(RETCODE_POSITION_CLOSED);
	if (position->stop_loss_e8 == stop_loss_e8 && position->take_profit_e8 == take_profit_e8)
		return only(RETCODE_NO_CHANGES);
	if (!stops_are_good(orders, position->symbol, position->sell, stop_loss_e8, take_profit_e8))
		return only(RETCODE_INVALID_STOPS);
	terminal_positions_modify(orders->positions, position, stop_loss_e8, take_profit_e8);
	return only(RETCODE_DONE);
}

/* The mark of that token, or -1. */
static int
find_mark(const struct terminal_orders *orders, const char *token)
{
	for (int i = 0; i < TERMINAL_TOKENS_MAX && i < orders->token_count; i++)
		if (strcmp(orders->marked[i].token, token) == 0)
			return i;
	return -1;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* A decimal string, or -1 where there is none. */
static int64_t
decimal_of(const json_t *object, const char *name)
{
	const char *text = text_of(object, name);
	int64_t value_e8;

	return decimal_parse(text, strlen(text), &value_e8) < 0 || value_e8 < 0 ? -1 : value_e8;
}

/* The ticket of an order, or that of its action. */
static int64_t
ticket_of(const json_t *action, const json_t *order)
{
	const json_t *own = json_object_get(order, "ticket");

	return json_integer_value(own != NULL ? own : json_object_get(action, "ticket"));
}

static struct terminal_result
open_one(struct terminal_orders *orders, const json_t *action, const json_t *order, int64_t now_us)
{
	const char *direction = text_of(order, "direction");
	int symbol = terminal_market_find(orders->positions->market, text_of(action, "symbol"));
	int64_t volume_e8 = decimal_of(order, "volume"), stop_e8 = decimal_of(order, "sl");
	bool sell = strcmp(direction, "sell") == 0;

	if (symbol < 0 || volume_e8 < 0 || stop_e8 < 0 || (!sell && strcmp(direction, "buy") != 0))
		return only(RETCODE_INVALID);
	return terminal_order_open(orders, symbol, sell, volume_e8, stop_e8, 0,
	    text_of(action, "token"), now_us);
}

static struct terminal_result
do_one(struct terminal_orders *orders, const json_t *action, const json_t *order, int64_t now_us)
{
	const char *what = text_of(order, "do");
	int64_t ticket = ticket_of(action, order), value_e8;
	const struct terminal_position *position;

	if (strcmp(what, "open") == 0)
		return open_one(orders, action, order, now_us);
	value_e8 = decimal_of(order, strcmp(what, "close") == 0 ? "volume" : "sl");
	if (value_e8 < 0)
		return only(RETCODE_INVALID);
	if (strcmp(what, "close") == 0)
		return terminal_order_close(orders, ticket, value_e8, "expert");
	if (strcmp(what, "modify") != 0)
		return only(RETCODE_INVALID);
	position = terminal_positions_find(orders->positions, ticket);
	return terminal_order_modify(orders, ticket, value_e8,
	    position != NULL ? position->take_profit_e8 : 0);
}

/* A refusal by which nothing was ordered, and may be later. */
static bool
may_be_repeated(int64_t retcode)
{
	return retcode == RETCODE_REQUOTE || retcode == RETCODE_MARKET_CLOSED ||
	    retcode == RETCODE_PRICE_CHANGED || retcode == RETCODE_NO_PRICE ||
	    retcode == RETCODE_TOO_MANY_REQUESTS;
}

/*
 * One order after the other; the first that fails ends it.  What came of all is one result;
 * *ret_done counts those that did not fail.
 */
static struct terminal_result
carry_out(struct terminal_orders *orders, const json_t *action, int64_t now_us, int *ret_done)
{
	const json_t *list = json_object_get(action, "orders");
	struct terminal_result whole = only(RETCODE_INVALID);

	*ret_done = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct terminal_result one =
		    do_one(orders, action, json_array_get(list, i), now_us);

		whole.retcode = one.retcode;
		if (one.ticket != 0)
			whole.ticket = one.ticket;
		if (one.price_e8 != 0) {
			whole.price_e8 = one.price_e8;
			whole.volume_e8 = one.volume_e8;
		}
		if (one.retcode != RETCODE_DONE && one.retcode != RETCODE_NO_CHANGES)
			break;
		++*ret_done;
	}
	return whole;
}

bool
terminal_orders_act(struct terminal_orders *orders, const json_t *action, int64_t now_us,
    struct terminal_result *ret)
{
	const char *token = text_of(action, "token");
	const json_t *expires = json_object_get(action, "expires");
	int64_t server_us = terminal_clock_server(&orders->positions->market->clock, now_us);
	int mark = find_mark(orders, token), done;

	if (token[0] == '\0' || strlen(token) >= TERMINAL_TOKEN_SIZE ||
	    text_of(action, "action_id")[0] == '\0')
		return false;
	if (mark >= 0) {
		*ret = orders->marked[mark].result;
		return true;
	}
	if (json_is_true(json_object_get(action, "check"))) {
		*ret = only(RETCODE_NEVER_ORDERED);
		return true;
	}
	if (expires != NULL && server_us / CLOCK_SECOND_US > json_integer_value(expires)) {
		*ret = only(RETCODE_TOO_OLD);
		return true;
	}
	mark = (int)(orders->token_count++ % TERMINAL_TOKENS_MAX);
	snprintf(orders->marked[mark].token, TERMINAL_TOKEN_SIZE, "%s", token);
	orders->carried_out++;
	*ret = carry_out(orders, action, now_us, &done);
	if (done > 0 && may_be_repeated(ret->retcode))
		ret->retcode = RETCODE_REJECTED; /* to repeat it would be in vain */
	orders->marked[mark].result = *ret;
	if (may_be_repeated(ret->retcode))
		orders->marked[mark].token[0] = '\0';
	return true;
}
