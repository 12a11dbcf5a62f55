#include "tickd/mt5/mt5_hello_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"
#include "tickd/mt5/json_text.h"

#define SESSIONS_MAX 100 /* of a symbol in a week */
#define DAY_MIN 1440
#define LEVEL_MAX INT32_MAX /* points: an int of the terminal */

void
mt5_hello_release(struct mt5_symbol *symbols, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(symbols[i].sessions);
}

/* A distance in points -> in 1e-8. */
static bool
read_level(struct mt5_field field, int64_t point_e8, int64_t *ret_e8)
{
	int64_t points, distance;

	if (!mt5_field_integer(field, 0, LEVEL_MAX, &points))
		return false;
	if (__builtin_mul_overflow(points, point_e8, &distance))
		return mt5_field_fault(field, "points of less than 92 billion in all");
	*ret_e8 = distance;
	return true;
}

static bool
read_tick_value(struct mt5_field field, double *ret)
{
	*ret = NAN;
	if (!mt5_field_said(field))
		return true;
	if (!mt5_field_double(field, ret))
		return false;
	return *ret >= 0 || mt5_field_fault(field, "a decimal of 0 or more");
}

static bool
is_session(const json_t *session)
{
	json_int_t values[3];

	if (json_array_size(session) != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (!json_is_integer(json_array_get(session, i)))
			return false;
		values[i] = json_integer_value(json_array_get(session, i));
	}
	return values[0] >= 0 && values[0] <= 6 && values[1] >= 0 && values[1] <= values[2] &&
	    values[2] <= DAY_MIN;
}

/* -ENOMEM, where it is no fault of the message. */
static int
read_sessions(struct mt5_field field, char **ret)
{
	size_t count;

	if (!mt5_field_said(field))
		return 0;
	if (!mt5_field_array(field, SESSIONS_MAX, &count))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!is_session(json_array_get(field.value, i))) {
			mt5_field_fault(field, "[day 0 to 6, from, to] with minutes of 0 to %d "
			    "going up, and not what is at %zu", DAY_MIN, i);
			return -EINVAL;
		}
	*ret = json_text(field.value, "");
	return *ret != NULL ? 0 : -ENOMEM;
}

static bool
read_volumes(const struct mt5_part *part, struct mt5_symbol *ret)
{
	struct mt5_field most = mt5_field_member(part, "volume_max");

	if (!mt5_field_positive(mt5_field_member(part, "volume_min"), &ret->volume_min_e8) ||
	    !mt5_field_positive(most, &ret->volume_max_e8) ||
	    !mt5_field_positive(mt5_field_member(part, "volume_step"), &ret->volume_step_e8))
		return false;
	return ret->volume_max_e8 >= ret->volume_min_e8 ||
	    mt5_field_fault(most, "no less than volume_min");
}

static bool
is_named_before(const struct mt5_symbol *symbols, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(symbols[i].name, name) == 0)
			return true;
	return false;
}

/* All but the sessions. */
static bool
read_terms(const struct mt5_part *part, struct mt5_symbol *ret)
{
	return mt5_field_text(mt5_field_member(part, "name"), ret->name, sizeof(ret->name)) &&
	    mt5_field_integer(mt5_field_member(part, "digits"), 0, DECIMAL_PLACES,
		&ret->digits) &&
	    mt5_field_positive(mt5_field_member(part, "point"), &ret->point_e8) &&
	    read_volumes(part, ret) &&
	    mt5_field_positive(mt5_field_member(part, "tick_size"), &ret->tick_size_e8) &&
	    read_tick_value(mt5_field_member(part, "tick_value"), &ret->tick_value) &&
	    read_level(mt5_field_member(part, "stops_level"), ret->point_e8,
		&ret->stops_level_e8) &&
	    read_level(mt5_field_member(part, "freeze_level"), ret->point_e8,
		&ret->freeze_level_e8);
}

static int
read_symbols(const struct mt5_part *message, size_t count, struct mt5_symbol *symbols)
{
	const json_t *array = json_object_get(message->json, "symbols");

	for (size_t i = 0; i < count; i++) {
		struct mt5_part part = {json_array_get(array, i), "symbols", i, message->problem};
		int error = -EINVAL;

		symbols[i] = (struct mt5_symbol){0};
		if (read_terms(&part, &symbols[i])) {
			if (is_named_before(symbols, i, symbols[i].name))
				mt5_field_fault(mt5_field_member(&part, "name"),
				    "a name that no symbol before it has");
			else
				error = read_sessions(mt5_field_member(&part, "sessions"),
				    &symbols[i].sessions);
		}
		if (error < 0) {
			mt5_hello_release(symbols, i);
			return error;
		}
	}
	return 0;
}

/* A text, or a number as terminals have it. */
static bool
read_account(struct mt5_field field, char *ret, size_t size)
{
	if (!json_is_integer(field.value))
		return mt5_field_text(field, ret, size);
	if (json_integer_value(field.value) <= 0)
		return mt5_field_fault(field, "the number of an account");
	snprintf(ret, size, "%" PRId64, (int64_t)json_integer_value(field.value));
	return true;
}

static bool
read_margin_mode(struct mt5_field field, bool *ret_netting)
{
	const char *mode = json_string_value(field.value);

	if (mode == NULL || (strcmp(mode, "hedging") != 0 && strcmp(mode, "netting") != 0 &&
				strcmp(mode, "exchange") != 0))
		return mt5_field_fault(field, "hedging, netting or exchange");
	*ret_netting = strcmp(mode, "hedging") != 0;
	return true;
}

static bool
read_terminal(const struct mt5_part *message, struct mt5_hello *ret)
{
	return mt5_field_text(mt5_field_member(message, "token"), ret->token,
		   sizeof(ret->token)) &&
	    read_account(mt5_field_member(message, "account"), ret->account,
		sizeof(ret->account)) &&
	    mt5_field_text(mt5_field_member(message, "server"), ret->server,
		sizeof(ret->server)) &&
	    read_margin_mode(mt5_field_member(message, "margin_mode"), &ret->netting) &&
	    mt5_field_text(mt5_field_member(message, "currency"), ret->currency,
		sizeof(ret->currency));
}

int
mt5_hello_read(const struct mt5_part *message, struct mt5_hello *ret, struct mt5_symbol **symbols,
    size_t *room)
{
	struct mt5_symbol *grown;
	int error;

	*ret = (struct mt5_hello){0};
	if (!mt5_field_integer(mt5_field_member(message, "version"), 0, INT32_MAX, &ret->version))
		return -EINVAL;
	if (ret->version != MT5_VERSION)
		return 0;
	if (!read_terminal(message, ret) ||
	    !mt5_field_array(mt5_field_member(message, "symbols"), MT5_SYMBOLS_MAX,
		&ret->symbol_count))
		return -EINVAL;
	grown = mt5_field_room(*symbols, room, ret->symbol_count, sizeof(**symbols));
	if (grown == NULL)
		return -ENOMEM;
	*symbols = ret->symbols = grown;
	error = read_symbols(message, ret->symbol_count, grown);
	if (error < 0)
		return error;
	return 0;
}
