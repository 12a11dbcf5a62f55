#include "tickd/mt5/mt5_trading_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Optional: *ret is untouched where it is not said. */
static bool
read_double_said(struct mt5_field field, double *ret)
{
	return !mt5_field_said(field) || mt5_field_double(field, ret);
}

static bool
read_price_said(struct mt5_field field, int64_t *ret_e8)
{
	return !mt5_field_said(field) || mt5_field_or_none(field, ret_e8);
}

bool
mt5_account_read(const struct mt5_part *message, struct mt5_account *ret)
{
	*ret = (struct mt5_account){.equity = NAN};
	return mt5_field_double(mt5_field_member(message, "balance"), &ret->balance) &&
	    read_double_said(mt5_field_member(message, "equity"), &ret->equity);
}

bool
mt5_closed_read(const struct mt5_part *message, struct mt5_closed *ret)
{
	*ret = (struct mt5_closed){.price_e8 = TICK_NONE, .profit = NAN};
	return mt5_field_integer(mt5_field_member(message, "ticket"), 1, INT64_MAX,
		   &ret->ticket) &&
	    mt5_field_milliseconds(mt5_field_member(message, "time_msc"), &ret->server_ms) &&
	    read_price_said(mt5_field_member(message, "price"), &ret->price_e8) &&
	    read_double_said(mt5_field_member(message, "profit"), &ret->profit) &&
	    mt5_field_text(mt5_field_member(message, "reason"), ret->reason, sizeof(ret->reason));
}

bool
mt5_result_read(const struct mt5_part *message, struct mt5_result *ret)
{
	struct mt5_field comment = mt5_field_member(message, "comment");

	*ret = (struct mt5_result){.price_e8 = TICK_NONE, .volume_e8 = TICK_NONE};
	return mt5_field_text(mt5_field_member(message, "action_id"), ret->action_id,
		   sizeof(ret->action_id)) &&
	    mt5_field_integer(mt5_field_member(message, "retcode"), 0, INT32_MAX,
		&ret->retcode) &&
	    mt5_field_integer(mt5_field_member(message, "ticket"), 0, INT64_MAX, &ret->ticket) &&
	    read_price_said(mt5_field_member(message, "price"), &ret->price_e8) &&
	    read_price_said(mt5_field_member(message, "volume"), &ret->volume_e8) &&
	    (!mt5_field_said(comment) ||
		mt5_field_comment(comment, ret->comment, sizeof(ret->comment)));
}

static bool
read_side(struct mt5_field field, bool *ret_sell)
{
	const char *side = json_string_value(field.value);

	if (side == NULL || (strcmp(side, "buy") != 0 && strcmp(side, "sell") != 0))
		return mt5_field_fault(field, "buy or sell");
	*ret_sell = strcmp(side, "sell") == 0;
	return true;
}

static bool
read_position(const struct mt5_part *part, struct mt5_position *ret)
{
	return mt5_field_integer(mt5_field_member(part, "ticket"), 1, INT64_MAX, &ret->ticket) &&
	    mt5_field_text(mt5_field_member(part, "symbol"), ret->symbol, sizeof(ret->symbol)) &&
	    read_side(mt5_field_member(part, "type"), &ret->sell) &&
	    mt5_field_amount(mt5_field_member(part, "volume"), &ret->volume_e8) &&
	    mt5_field_positive(mt5_field_member(part, "price_open"), &ret->price_open_e8) &&
	    mt5_field_or_none(mt5_field_member(part, "sl"), &ret->stop_loss_e8) &&
	    mt5_field_or_none(mt5_field_member(part, "tp"), &ret->take_profit_e8) &&
	    mt5_field_milliseconds(mt5_field_member(part, "time_msc"), &ret->opened_server_ms) &&
	    mt5_field_integer(mt5_field_member(part, "magic"), INT64_MIN, INT64_MAX,
		&ret->magic) &&
	    mt5_field_comment(mt5_field_member(part, "comment"), ret->comment,
		sizeof(ret->comment));
}

static int
compare_tickets(const void *a, const void *b)
{
	const struct mt5_position *left = a, *right = b;

	return (left->ticket > right->ticket) - (left->ticket < right->ticket);
}

static bool
sort_positions(struct mt5_position *positions, size_t count, struct problem *problem)
{
	qsort(positions, count, sizeof(*positions), compare_tickets);
	for (size_t i = 1; i < count; i++)
		if (positions[i].ticket == positions[i - 1].ticket) {
			problem_set(problem, -EINVAL,
			    "positions: expected ticket %" PRId64 " to be there once",
			    positions[i].ticket);
			return false;
		}
	return true;
}

static bool
read_positions_head(const struct mt5_part *message, struct mt5_positions *ret)
{
	struct mt5_field complete = mt5_field_member(message, "complete");

	*ret = (struct mt5_positions){0};
	return mt5_field_integer(mt5_field_member(message, "seq"), 0, MT5_SEQ_MAX, &ret->seq) &&
	    (!mt5_field_said(complete) || mt5_field_boolean(complete, &ret->complete)) &&
	    mt5_field_array(mt5_field_member(message, "positions"), MT5_POSITIONS_MAX,
		&ret->count);
}

int
mt5_positions_read(const struct mt5_part *message, struct mt5_positions *ret,
    struct mt5_position **positions, size_t *room)
{
	const json_t *array = json_object_get(message->json, "positions");
	struct mt5_position *grown;

	if (!read_positions_head(message, ret))
		return -EINVAL;
	grown = mt5_field_room(*positions, room, ret->count, sizeof(**positions));
	if (grown == NULL)
		return -ENOMEM;
	*positions = ret->positions = grown;
	for (size_t i = 0; i < ret->count; i++) {
		struct mt5_part part = {json_array_get(array, i), "positions", i,
			message->problem};

		if (!read_position(&part, &grown[i]))
			return -EINVAL;
	}
	return sort_positions(grown, ret->count, message->problem) ? 0 : -EINVAL;
}
