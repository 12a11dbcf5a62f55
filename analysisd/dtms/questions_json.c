#include "analysisd/dtms/questions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"

/* ---- values: a new reference, NULL when out of memory ---- */

static json_t *
decimal_or_null(int64_t value_e8)
{
	char text[DECIMAL_SIZE];

	if (value_e8 == TICK_NONE)
		return json_null();
	decimal_format(value_e8, 0, text);
	return json_string(text);
}

static json_t *
integer_or_null(int64_t value)
{
	return value == TICK_NONE ? json_null() : json_integer(value);
}

static json_t *
number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *
time_or_null(int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	return time_us == TICK_NONE ? json_null() : json_string(clock_format(time_us, 6, text));
}

/* Null for "".  A venue's words may have been cut in the midst of a character. */
static json_t *
text_or_null(const char *text)
{
	char plain[TRADE_NAME_MAX];
	json_t *string = *text == '\0' ? json_null() : json_string(text);

	if (string != NULL)
		return string;
	snprintf(plain, sizeof(plain), "%s", text);
	for (char *at = plain; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	return json_string(plain);
}

/* ---- objects ---- */

/* One member of an object; value NULL: out of memory. */
struct pair {
	const char *name;
	json_t *value;
};

/* Takes the values over.  Returns a new reference, NULL when out of memory. */
static json_t *
object_of(const struct pair *pairs, size_t count)
{
	json_t *object = json_object();
	bool failed = object == NULL;

	for (size_t i = 0; i < count; i++)
		failed |= json_object_set_new(object, pairs[i].name, pairs[i].value) < 0;
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

const char *
dtms_origin_name(bool venue)
{
	return venue ? "venue" : "enabled";
}

json_t *
dtms_trade_json(const struct dtms_trade *trade)
{
	const struct pair pairs[] = {
		{"account", text_or_null(trade->account)},
		{"ticket", json_integer(trade->ticket)},
		{"symbol", text_or_null(trade->symbol)},
		{"source", text_or_null(trade->source)},
		{"direction", json_string(trade_direction_name(trade->direction))},
		{"origin", json_string(dtms_origin_name(trade->venue))},
		{"state", json_string(dtms_state_name(trade->state))},
		{"state_since", time_or_null(trade->state_since_us)},
		{"state_since_us", integer_or_null(trade->state_since_us)},
		{"score", number_or_null(trade->score)},
		{"entry_price", decimal_or_null(trade->entry_e8)},
		{"initial_volume", decimal_or_null(trade->initial_volume_e8)},
		{"current_volume", decimal_or_null(trade->current_volume_e8)},
		{"closed_volume", decimal_or_null(trade->closed_volume_e8)},
		{"stop_loss", decimal_or_null(trade->stop_loss_e8)},
		{"take_profit", decimal_or_null(trade->take_profit_e8)},
		{"initial_stop_loss", decimal_or_null(trade->initial_stop_loss_e8)},
		{"hedge_ticket", integer_or_null(trade->hedge_ticket)},
		{"hedge_volume", decimal_or_null(trade->hedge_volume_e8)},
		{"flat_deadline", time_or_null(trade->flat_deadline_us)},
		{"recovery_deadline", time_or_null(trade->recovery_deadline_us)},
		{"vwap_cross_count", json_integer(trade->vwap_cross_count)},
		{"last_deep_time", time_or_null(trade->last_deep_us)},
		{"last_deep_price", decimal_or_null(trade->last_deep_price_e8)},
		{"stale", json_boolean(trade->stale)},
		{"registered", time_or_null(trade->registered_us)},
		{"registered_us", integer_or_null(trade->registered_us)},
		{"closed", time_or_null(trade->closed_us)},
		{"closed_reason", text_or_null(trade->closed_reason)},
	};

	return object_of(pairs, sizeof(pairs) / sizeof(pairs[0]));
}

json_t *
dtms_trade_event_json(const struct dtms_trade *trade)
{
	const struct pair pairs[] = {
		{"account", text_or_null(trade->account)},
		{"ticket", json_integer(trade->ticket)},
		{"source", text_or_null(trade->source)},
		{"symbol", text_or_null(trade->symbol)},
		{"direction", json_string(trade_direction_name(trade->direction))},
		{"entry_price", decimal_or_null(trade->entry_e8)},
		{"volume", decimal_or_null(trade->initial_volume_e8)},
		{"stop_loss", decimal_or_null(trade->stop_loss_e8)},
		{"take_profit", decimal_or_null(trade->take_profit_e8)},
		{"initial_stop_loss", decimal_or_null(trade->initial_stop_loss_e8)},
	};

	return object_of(pairs, sizeof(pairs) / sizeof(pairs[0]));
}
