#define _GNU_SOURCE
#include "tests/watch/broker.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/watch/market.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"

#define POSITIONS_MAX 256
#define ORDERS_MAX 64
#define FIRST_TICKET 900001 /* of what it opens itself */

struct position {
	char *account, *symbol, *token;
	bool buy, open;
	int64_t ticket;
	double volume, price, stop_loss;
};

struct order {
	char *id, *type, *account, *symbol, *token, *source;
	int64_t ticket;
	json_t *parameters;
};

static struct {
	bool obeys, stops;
	int64_t next_ticket;
	struct position positions[POSITIONS_MAX];
	size_t count;
	struct order orders[ORDERS_MAX]; /* sent, and done at the next turn */
	size_t order_count;
	int64_t taken; /* the newest action that was looked at: dtms_actions.id */
} broker = {.next_ticket = FIRST_TICKET};

void
broker_begin(bool with_stops)
{
	broker.obeys = true;
	broker.stops = with_stops;
}

/* ---- positions ---- */

static struct position *
find(const char *account, int64_t ticket)
{
	for (size_t i = 0; i < broker.count; i++) {
		struct position *position = &broker.positions[i];

		if (position->open && position->ticket == ticket &&
		    strcmp(position->account, account) == 0)
			return position;
	}
	return NULL;
}

static struct position *
add(const struct venue_words *words)
{
	struct position *position = &broker.positions[broker.count];

	if (broker.count++ == POSITIONS_MAX)
		watch_fail("more than %d positions", POSITIONS_MAX);
	position->account = strdup(words->account);
	position->symbol = strdup(words->symbol);
	position->token = strdup(words->comment == NULL ? "" : words->comment);
	position->ticket = words->ticket;
	position->buy = strcmp(words->direction, "BUY") == 0;
	position->open = true;
	return position;
}

void
broker_note(const char *kind, const struct venue_words *words)
{
	struct position *position = find(words->account, words->ticket);

	if (position == NULL && strcmp(kind, "open") == 0)
		position = add(words);
	if (position == NULL)
		return;
	position->volume = words->volume;
	position->price = words->price;
	position->stop_loss = words->stop_loss;
	position->open = strcmp(kind, "closed") != 0;
}

static double
profit_of(const struct position *position)
{
	int sign = position->buy ? 1 : -1;

	return sign * position->volume * (market_price(position->symbol, sign) - position->price);
}

static void
say(const char *kind, const struct position *position, const char *reason)
{
	const struct venue_words words = {.account = position->account, .symbol = position->symbol,
		.direction = position->buy ? "BUY" : "SELL", .comment = position->token,
		.reason = reason, .ticket = position->ticket, .volume = position->volume,
		.price = position->price, .stop_loss = position->stop_loss, .take_profit = NAN,
		.profit = profit_of(position)};

	venue_position(kind, &words);
	broker_note(kind, &words);
}

/* What has met its stop is closed by it. */
static void
meet_stops(void)
{
	for (size_t i = 0; i < broker.count; i++) {
		struct position *position = &broker.positions[i];
		int sign = position->buy ? 1 : -1;

		if (position->open && !isnan(position->stop_loss) &&
		    sign * (market_price(position->symbol, sign) - position->stop_loss) <= 0)
			say("closed", position, "sl");
	}
}

/* ---- orders ---- */

/* NAN where there is none. */
static double
parameter(const struct order *order, const char *name)
{
	const json_t *value = json_object_get(order->parameters, name);

	if (json_is_string(value))
		return strtod(json_string_value(value), NULL);
	return json_is_integer(value) ? (double)json_integer_value(value) : NAN;
}

static bool
close_one(const struct order *order, const char *name)
{
	double ticket = parameter(order, name);
	struct position *position = isnan(ticket) ? NULL : find(order->account, (int64_t)ticket);

	if (position != NULL)
		say("closed", position, "expert");
	return position != NULL;
}

static bool
open_one(const struct order *order)
{
	const char *direction = json_string_value(json_object_get(order->parameters, "direction"));
	const struct venue_words words = {.account = order->account, .symbol = order->symbol,
		.direction = direction, .comment = order->token, .ticket = broker.next_ticket++,
		.volume = parameter(order, "volume"),
		.price = market_price(order->symbol, strcmp(direction, "BUY") == 0 ? -1 : 1),
		.stop_loss = parameter(order, "stop_loss"), .take_profit = NAN};

	venue_position("open", &words);
	broker_note("open", &words);
	return true;
}

static bool
move_stop(const struct order *order, struct position *position)
{
	if (position == NULL)
		return false;
	position->stop_loss = parameter(order, "stop_loss");
	say("changed", position, NULL);
	return true;
}

static bool
reduce(const struct order *order, struct position *position)
{
	if (position == NULL)
		return false;
	position->volume = parameter(order, "remaining_volume");
	say("changed", position, NULL);
	return true;
}

static bool
obey(const struct order *order)
{
	struct position *position = find(order->account, order->ticket);

	if (strcmp(order->type, "tighten_sl") == 0 || strcmp(order->type, "move_sl_breakeven") == 0)
		return move_stop(order, position);
	if (strcmp(order->type, "partial_close") == 0)
		return reduce(order, position);
	if (strcmp(order->type, "close_hedge") == 0)
		return close_one(order, "ticket");
	if (strcmp(order->type, "close_all") == 0) {
		close_one(order, "hedge_ticket");
		return close_one(order, "ticket");
	}
	return open_one(order);
}

static void
free_order(struct order *order)
{
	free(order->id);
	free(order->type);
	free(order->account);
	free(order->symbol);
	free(order->token);
	free(order->source);
	json_decref(order->parameters);
}

static void
finish_orders(void)
{
	for (size_t i = 0; i < broker.order_count; i++) {
		struct order *order = &broker.orders[i];
		bool done = obey(order);

		venue_answer(order->source, order->id, done ? "done" : "failed",
		    done ? NULL : "there is no such position");
		free_order(order);
	}
	broker.order_count = 0;
}

static char *
text(sqlite3_stmt *row, int column)
{
	return strdup((const char *)sqlite3_column_text(row, column));
}

static void
take_order(sqlite3_stmt *row)
{
	struct order *order = &broker.orders[broker.order_count];

	if (broker.order_count++ == ORDERS_MAX)
		watch_fail("more than %d orders at once", ORDERS_MAX);
	*order = (struct order){.id = text(row, 0), .type = text(row, 1), .account = text(row, 2),
		.symbol = text(row, 3), .token = text(row, 4), .source = text(row, 5),
		.ticket = sqlite3_column_int64(row, 6),
		.parameters = json_loads((const char *)sqlite3_column_text(row, 7), 0, NULL)};
	venue_answer(order->source, order->id, "sent", NULL);
}

static void
take_orders(void)
{
	struct database *db = watched_database();
	sqlite3_stmt *row;

	if (database_prepare(db, "SELECT action_id, action_type, account, symbol, token, source, ticket,"
	    " parameters, id FROM dtms_actions WHERE status = 'pending' AND id > ?1 ORDER BY id",
	    &row) < 0)
		watch_fail("%s", database_error(db));
	sqlite3_bind_int64(row, 1, broker.taken);
	while (sqlite3_step(row) == SQLITE_ROW) {
		take_order(row);
		broker.taken = sqlite3_column_int64(row, 8);
	}
	sqlite3_finalize(row);
}

void
broker_turn(void)
{
	if (!broker.obeys)
		return;
	if (broker.stops)
		meet_stops();
	finish_orders();
	take_orders();
}

void
broker_end(void)
{
	for (size_t i = 0; i < broker.order_count; i++)
		free_order(&broker.orders[i]);
	for (size_t i = 0; i < broker.count && i < POSITIONS_MAX; i++) {
		free(broker.positions[i].account);
		free(broker.positions[i].symbol);
		free(broker.positions[i].token);
	}
}
