#include "tickd/rest/trades_answer.h"

#include <errno.h>
#include <jansson.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "tickd/feed/binance_event.h"

/* What the two calls name their members. */
static const struct names {
	const char *id, *price, *quantity, *time, *maker;
} names[] = {
	[TICK_IDS_TRADE] = {"id", "price", "qty", "time", "isBuyerMaker"},
	[TICK_IDS_AGGREGATE] = {"a", "p", "q", "T", "m"},
};

static bool
get_number(const json_t *row, const char *key, int64_t minimum, int64_t maximum, int64_t *ret)
{
	const json_t *value = json_object_get(row, key);

	*ret = json_integer_value(value);
	return json_is_integer(value) && *ret >= minimum && *ret <= maximum;
}

static bool
get_decimal(const json_t *row, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(row, key);

	return json_is_string(value) &&
	    decimal_parse(json_string_value(value), json_string_length(value), ret) == 0 &&
	    *ret >= 0;
}

/* The trades inside an aggregate; -1 and no trades for a withdrawn one. */
static bool
get_trades(const json_t *row, struct trades_row *ret)
{
	int64_t last;

	if (!get_number(row, "f", -1, BINANCE_ID_MAX, &ret->first_trade_id) ||
	    !get_number(row, "l", -1, BINANCE_ID_MAX, &last) || last < ret->first_trade_id)
		return false;
	ret->trade_count = ret->first_trade_id < 0 ? 0 : last - ret->first_trade_id + 1;
	return ret->first_trade_id >= 0 || last < 0;
}

static bool
parse_row(enum tick_ids kind, const json_t *row, struct trades_row *ret)
{
	const struct names *name = &names[kind];
	const json_t *maker = json_object_get(row, name->maker);
	bool traded;

	if (!json_is_object(row) || !get_number(row, name->id, 0, BINANCE_ID_MAX, &ret->id) ||
	    !get_number(row, name->time, 1, BINANCE_TIME_MAX_MS, &ret->time_ms) ||
	    !get_decimal(row, name->price, &ret->price_e8) ||
	    !get_decimal(row, name->quantity, &ret->quantity_e8) || !json_is_boolean(maker))
		return false;
	ret->buyer_is_maker = json_is_true(maker);
	ret->first_trade_id = ret->id;
	ret->trade_count = 1;
	if (kind == TICK_IDS_AGGREGATE && !get_trades(row, ret))
		return false;
	traded = ret->price_e8 > 0 && ret->quantity_e8 > 0;
	return ret->trade_count > 0 ? traded : ret->price_e8 == 0 && ret->quantity_e8 == 0;
}

static int
parse_rows(enum tick_ids kind, const json_t *array, struct trades_row *rows)
{
	int64_t last_id = -1;
	size_t count = json_array_size(array);

	for (size_t i = 0; i < count; i++) {
		if (!parse_row(kind, json_array_get(array, i), &rows[i]) || rows[i].id <= last_id)
			return -EINVAL;
		last_id = rows[i].id;
	}
	return (int)count;
}

int
trades_answer_parse(enum tick_ids kind, const char *body, size_t length,
    struct trades_row rows[static TRADES_ANSWER_MAX])
{
	json_t *array = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	int count = -EINVAL;

	if (json_is_array(array) && json_array_size(array) <= TRADES_ANSWER_MAX)
		count = parse_rows(kind, array, rows);
	json_decref(array);
	return count;
}

void
trades_answer_tick(enum tick_ids kind, const struct trades_row *row, uint32_t symbol,
    struct tick *ret)
{
	*ret = (struct tick){
		.time_us = row->time_ms * CLOCK_MS_US,
		.tick_id = row->id,
		.price_e8 = row->price_e8,
		.volume_e8 = row->quantity_e8,
		.bid_e8 = TICK_NONE,
		.ask_e8 = TICK_NONE,
		.flags = TICK_TRADE | TICK_BACKFILLED | (row->buyer_is_maker ? TICK_SELL : 0),
		.symbol = symbol,
		.trade_count = kind == TICK_IDS_AGGREGATE ? row->trade_count : 0,
	};
}

int
trades_answer_code(const char *body, size_t length)
{
	json_t *root = json_loadb(body, length, 0, NULL);
	json_int_t code = json_integer_value(json_object_get(root, "code"));

	json_decref(root);
	return code < 0 && code >= -99999 ? (int)code : 0;
}
