#include "tickd/mt5/mt5_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"

#define CLOSES_MAX 100 /* parts in which one position is closed */

/* An action on its way to its orders. */
struct check {
	const struct mt5_pending *action;
	const struct mt5_facts *facts; /* NULL: nothing is looked at */
	json_t *parameters, *orders;
	struct problem *problem;
};

#define refuse(check, ...) (problem_set((check)->problem, -EPERM, __VA_ARGS__), -EPERM)

/* ---- parameters: 0, -EPERM ---- */

static int
lacks(const struct check *check, const char *name)
{
	return refuse(check, "the action's parameters lack %s", name);
}

static int
read_decimal(const struct check *check, const json_t *object, const char *name, int64_t *ret_e8)
{
	const json_t *value = json_object_get(object, name);
	int64_t value_e8;

	if (!json_is_string(value) ||
	    decimal_parse(json_string_value(value), json_string_length(value), &value_e8) < 0 ||
	    value_e8 <= 0)
		return lacks(check, name);
	*ret_e8 = value_e8;
	return 0;
}

static int
read_ticket(const struct check *check, const json_t *object, const char *name, int64_t *ret)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return lacks(check, name);
	*ret = json_integer_value(value);
	return 0;
}

static int
read_direction(const struct check *check, bool *ret_sell)
{
	const char *name = json_string_value(json_object_get(check->parameters, "direction"));

	if (name == NULL || (strcmp(name, "BUY") != 0 && strcmp(name, "SELL") != 0))
		return lacks(check, "direction");
	*ret_sell = strcmp(name, "SELL") == 0;
	return 0;
}

/* ---- what is open ---- */

static int
compare_ticket(const void *ticket, const void *position)
{
	int64_t wanted = *(const int64_t *)ticket;
	int64_t is = ((const struct mt5_position *)position)->ticket;

	return (wanted > is) - (wanted < is);
}

static const struct mt5_position *
find_open(const struct check *check, int64_t ticket)
{
	const struct mt5_facts *facts = check->facts;

	return facts->open_count == 0 ? NULL : bsearch(&ticket, facts->open, facts->open_count,
	    sizeof(facts->open[0]), compare_ticket);
}

static int
not_open(const struct check *check, int64_t ticket)
{
	return refuse(check, "ticket %" PRId64 " is not open any more", ticket);
}

/* *ret is NULL where nothing is looked at. */
static int
need_open(const struct check *check, int64_t ticket, const struct mt5_position **ret)
{
	const struct mt5_position *position;

	*ret = NULL;
	if (check->facts == NULL)
		return 0;
	position = find_open(check, ticket);
	if (position == NULL)
		return not_open(check, ticket);
	if (strcmp(position->symbol, check->action->symbol) != 0)
		return refuse(check, "ticket %" PRId64 " is a position of %s, not of %s", ticket,
		    position->symbol, check->action->symbol);
	*ret = position;
	return 0;
}

/* ---- stops ---- */

static int64_t
level_of(const struct mt5_facts *facts)
{
	int64_t level_e8 = 0;

	if (facts->stops_level_e8 != TICK_NONE)
		level_e8 = facts->stops_level_e8;
	if (facts->freeze_level_e8 != TICK_NONE && facts->freeze_level_e8 > level_e8)
		level_e8 = facts->freeze_level_e8;
	return level_e8;
}

/* Of a position of that direction: behind the price at which it is closed. */
static int
check_behind(const struct check *check, int64_t stop_e8, bool sell)
{
	const struct mt5_facts *facts = check->facts;
	char stop[DECIMAL_SIZE], price[DECIMAL_SIZE], level[DECIMAL_SIZE];
	int64_t price_e8 = sell ? facts->ask_e8 : facts->bid_e8;
	int64_t level_e8 = level_of(facts), distance_e8;

	if (price_e8 == TICK_NONE)
		return refuse(check, "no price of %s is known", check->action->symbol);
	distance_e8 = sell ? stop_e8 - price_e8 : price_e8 - stop_e8;
	if (distance_e8 > 0 && distance_e8 >= level_e8)
		return 0;
	decimal_format(stop_e8, facts->digits, stop);
	decimal_format(price_e8, facts->digits, price);
	decimal_format(level_e8, facts->digits, level);
	if (level_e8 == 0)
		return refuse(check, "a stop at %s is not %s the price %s", stop,
		    sell ? "above" : "below", price);
	return refuse(check, "a stop at %s is not %s the price %s by the %s that the broker wants",
	    stop, sell ? "above" : "below", price, level);
}

/* It was set by the machine; people may have moved the present one since. */
static int
check_moved(const struct check *check, int64_t stop_e8, const struct mt5_position *position)
{
	char stop[DECIMAL_SIZE], present[DECIMAL_SIZE];
	int64_t present_e8 = position->stop_loss_e8;

	if (present_e8 == stop_e8)
		return 0;
	if (present_e8 != TICK_NONE &&
	    (position->sell ? stop_e8 > present_e8 : stop_e8 < present_e8)) {
		decimal_format(stop_e8, check->facts->digits, stop);
		decimal_format(present_e8, check->facts->digits, present);
		return refuse(check, "the stop of ticket %" PRId64 " stands at %s already: %s would "
		    "loosen it", position->ticket, present, stop);
	}
	return check_behind(check, stop_e8, position->sell);
}

/* ---- volumes ---- */

static int
bad_volume(const struct check *check, int64_t volume_e8, const char *what, int64_t limit_e8)
{
	char volume[DECIMAL_SIZE], limit[DECIMAL_SIZE];

	decimal_format(volume_e8, 0, volume);
	decimal_format(limit_e8, 0, limit);
	return refuse(check, "a volume of %s is %s %s", volume, what, limit);
}

static int
check_volume(const struct check *check, int64_t volume_e8)
{
	const struct mt5_facts *facts = check->facts;

	if (facts->volume_min_e8 != TICK_NONE && volume_e8 < facts->volume_min_e8)
		return bad_volume(check, volume_e8, "less than the smallest", facts->volume_min_e8);
	if (facts->volume_max_e8 != TICK_NONE && volume_e8 > facts->volume_max_e8)
		return bad_volume(check, volume_e8, "more than the largest", facts->volume_max_e8);
	if (facts->volume_step_e8 != TICK_NONE && facts->volume_step_e8 > 0 &&
	    volume_e8 % facts->volume_step_e8 != 0)
		return bad_volume(check, volume_e8, "not a multiple of", facts->volume_step_e8);
	return 0;
}

static int
grown_or_shrunk(const struct check *check, const struct mt5_position *position, int64_t volume_e8,
    int64_t meant_e8)
{
	char open[DECIMAL_SIZE], volume[DECIMAL_SIZE], meant[DECIMAL_SIZE];

	decimal_format(position->volume_e8, 0, open);
	decimal_format(volume_e8, 0, volume);
	decimal_format(meant_e8, 0, meant);
	return refuse(check, "ticket %" PRId64 " has a volume of %s by now: to close %s of it was to "
	    "leave %s", position->ticket, open, volume, meant);
}

/*
 * What remains must be a position still, and one that can be closed; and what the machine meant to
 * remain: where a part was closed since, by people or by this very action, another one is too much.
 */
static int
check_remaining(const struct check *check, int64_t volume_e8, const struct mt5_position *position)
{
	int64_t remaining_e8 = position->volume_e8 - volume_e8, meant_e8 = remaining_e8;

	if (json_object_get(check->parameters, "remaining_volume") != NULL &&
	    read_decimal(check, check->parameters, "remaining_volume", &meant_e8) < 0)
		return -EPERM;

	if (remaining_e8 <= 0)
		return bad_volume(check, volume_e8, "not a part of the position's",
		    position->volume_e8);
	if (check->facts->volume_min_e8 != TICK_NONE && remaining_e8 < check->facts->volume_min_e8)
		return bad_volume(check, remaining_e8, "what would remain, less than the smallest",
		    check->facts->volume_min_e8);
	if (meant_e8 != remaining_e8)
		return grown_or_shrunk(check, position, volume_e8, meant_e8);
	return 0;
}

/* ---- orders: 0, -ENOMEM ---- */

static int
add(const struct check *check, json_t *order)
{
	return json_array_append_new(check->orders, order) < 0 ? -ENOMEM : 0;
}

static const char *
price_text(const struct check *check, int64_t price_e8, char text[static DECIMAL_SIZE])
{
	decimal_format(price_e8, check->facts == NULL ? 0 : check->facts->digits, text);
	return text;
}

static int
add_modify(const struct check *check, int64_t ticket, int64_t stop_e8)
{
	char stop[DECIMAL_SIZE];

	return add(check, json_pack("{s:s, s:I, s:s}", "do", "modify", "ticket", (json_int_t)ticket,
			      "sl", price_text(check, stop_e8, stop)));
}

static int
add_close(const struct check *check, int64_t ticket, int64_t volume_e8)
{
	char volume[DECIMAL_SIZE];

	decimal_format(volume_e8, 0, volume);
	return add(check, json_pack("{s:s, s:I, s:s}", "do", "close", "ticket", (json_int_t)ticket,
			      "volume", volume));
}

static int
add_open(const struct check *check, bool sell, int64_t volume_e8, int64_t stop_e8)
{
	char volume[DECIMAL_SIZE], stop[DECIMAL_SIZE];

	decimal_format(volume_e8, 0, volume);
	return add(check, json_pack("{s:s, s:s, s:s, s:s}", "do", "open", "direction",
			      sell ? "sell" : "buy", "volume", volume, "sl",
			      price_text(check, stop_e8, stop)));
}

/* All that is open of it. */
static int
add_closes(const struct check *check, const struct mt5_position *position)
{
	int64_t most_e8 = check->facts->volume_max_e8, left_e8 = position->volume_e8;
	int error = 0;

	if (most_e8 <= 0) /* not known */
		most_e8 = left_e8;
	if (left_e8 / CLOSES_MAX > most_e8)
		return bad_volume(check, left_e8, "far more than the largest", most_e8);
	for (; left_e8 > 0 && error == 0; left_e8 -= most_e8)
		error = add_close(check, position->ticket, left_e8 < most_e8 ? left_e8 : most_e8);
	return error;
}

/* ---- each action: 0, -EPERM, -ENOMEM ---- */

static int
move_stop(const struct check *check)
{
	const struct mt5_position *position;
	int64_t ticket = check->action->ticket, stop_e8 = 0;
	int error = read_decimal(check, check->parameters, "stop_loss", &stop_e8);

	if (error == 0)
		error = need_open(check, ticket, &position);
	if (error == 0 && position != NULL)
		error = check_moved(check, stop_e8, position);
	return error < 0 ? error : add_modify(check, ticket, stop_e8);
}

static int
partial_close(const struct check *check)
{
	const struct mt5_position *position = NULL;
	int64_t ticket = 0, volume_e8 = 0;
	int error = read_ticket(check, check->parameters, "ticket", &ticket);

	if (error == 0)
		error = read_decimal(check, check->parameters, "volume", &volume_e8);
	if (error == 0)
		error = need_open(check, ticket, &position);
	if (error == 0 && position != NULL)
		error = check_volume(check, volume_e8);
	if (error == 0 && position != NULL)
		error = check_remaining(check, volume_e8, position);
	return error < 0 ? error : add_close(check, ticket, volume_e8);
}

/* A terminal that has lost its mark would open it once more. */
static int
check_unopened(const struct check *check)
{
	const struct mt5_facts *facts = check->facts;
	size_t length = strlen(check->action->token);

	for (size_t i = 0; facts != NULL && length > 0 && i < facts->open_count; i++)
		if (strncmp(facts->open[i].comment, check->action->token, length) == 0)
			return refuse(check, "it was opened already: ticket %" PRId64,
			    facts->open[i].ticket);
	return 0;
}

/* A position beside the trade's, whose direction is the other one of a hedge. */
static int
open_beside(const struct check *check, bool hedge)
{
	const struct mt5_position *position = NULL;
	int64_t volume_e8 = 0, stop_e8 = 0;
	bool sell = false;
	int error = read_direction(check, &sell);

	if (error == 0)
		error = read_decimal(check, check->parameters, "volume", &volume_e8);
	if (error == 0)
		error = read_decimal(check, check->parameters, "stop_loss", &stop_e8);
	if (error == 0)
		error = check_unopened(check);
	if (error == 0)
		error = need_open(check, check->action->ticket, &position);
	if (error == 0 && position != NULL && (sell == position->sell) == hedge)
		error = refuse(check, "%s of the %s position %" PRId64 " cannot be a %s",
		    hedge ? "a hedge" : "a re-add", position->sell ? "SELL" : "BUY",
		    position->ticket, sell ? "SELL" : "BUY");
	if (error == 0 && position != NULL)
		error = check_volume(check, volume_e8);
	if (error == 0 && position != NULL)
		error = check_behind(check, stop_e8, sell);
	return error < 0 ? error : add_open(check, sell, volume_e8, stop_e8);
}

static int
open_hedge(const struct check *check)
{
	return open_beside(check, true);
}

static int
re_add_position(const struct check *check)
{
	return open_beside(check, false);
}

/* Of `object`; what is not open any more is left out where there may be others. */
static int
close_whole(const struct check *check, const json_t *object, const char *ticket_name,
    const char *volume_name, bool left_out)
{
	const struct mt5_position *position;
	int64_t ticket = 0, volume_e8 = 0;
	int error = read_ticket(check, object, ticket_name, &ticket);

	if (error == 0)
		error = read_decimal(check, object, volume_name, &volume_e8);
	if (error < 0)
		return error;
	if (check->facts == NULL)
		return add_close(check, ticket, volume_e8);
	if (left_out && find_open(check, ticket) == NULL)
		return 0;
	error = need_open(check, ticket, &position);
	return error < 0 ? error : add_closes(check, position);
}

static int
close_hedge(const struct check *check)
{
	return close_whole(check, check->parameters, "ticket", "volume", false);
}

static int
close_all(const struct check *check)
{
	const json_t *re_adds = json_object_get(check->parameters, "re_adds");
	const json_t *hedge = json_object_get(check->parameters, "hedge_ticket");
	int error = 0;

	if (hedge != NULL && !json_is_null(hedge))
		error = close_whole(check, check->parameters, "hedge_ticket", "hedge_volume", true);
	for (size_t i = 0; i < json_array_size(re_adds) && error == 0; i++)
		error = close_whole(check, json_array_get(re_adds, i), "ticket", "volume", true);
	if (error == 0)
		error = close_whole(check, check->parameters, "ticket", "volume", true);
	if (error == 0 && json_array_size(check->orders) == 0)
		error = not_open(check, check->action->ticket);
	return error;
}

/* ---- all of them ---- */

static const struct kind {
	const char *name;
	bool limited; /* by the orders of a day */
	int (*build)(const struct check *check);
} kinds[] = {
	{"tighten_sl", true, move_stop},
	{"partial_close", true, partial_close},
	{"move_sl_breakeven", true, move_stop},
	{"open_hedge", true, open_hedge},
	{"close_hedge", false, close_hedge},
	{"close_all", false, close_all},
	{"re_add_position", true, re_add_position},
};

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int
check_day(const struct check *check, const struct kind *kind)
{
	const struct mt5_facts *facts = check->facts;

	if (facts == NULL || !kind->limited || facts->orders_most == 0 ||
	    facts->orders_today < facts->orders_most)
		return 0;
	return refuse(check, "%" PRId64 " actions were sent today, and mt5.orders_per_day is %" PRId64,
	    facts->orders_today, facts->orders_most);
}

static int
build(struct check *check)
{
	const struct kind *kind = find_kind(check->action->action_type);
	int error;

	if (kind == NULL)
		return refuse(check, "%s is nothing that can be ordered",
		    check->action->action_type);
	error = check_day(check, kind);
	if (error < 0)
		return error;
	if (!json_is_object(check->parameters))
		return refuse(check, "the action's parameters are no JSON object");
	return check->orders == NULL ? -ENOMEM : kind->build(check);
}

json_t *
mt5_check(const struct mt5_pending *action, const struct mt5_facts *facts, int *ret_error,
    struct problem *problem)
{
	struct check check = {
		.action = action,
		.facts = facts,
		.parameters = json_loads(action->parameters, 0, NULL),
		.orders = json_array(),
		.problem = problem,
	};
	int error = build(&check);

	json_decref(check.parameters);
	if (error == 0)
		return check.orders;
	json_decref(check.orders);
	*ret_error = error;
	return NULL;
}
