#include "analysisd/dtms/questions.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control.h"
#include "common/decimal.h"

#define DOUBLE_DIGITS 15 /* any decimal number of so many digits comes back from a double */

/* ---- one value: 0, or -EINVAL with the sentence ---- */

static bool
is_control(const unsigned char *at)
{
	return *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0); /* U+0080..U+009F */
}

static bool
is_utf8(const char *text, size_t length)
{
	json_t *string = json_stringn(text, length); /* checks it */
	bool is = string != NULL;

	json_decref(string);
	return is;
}

static bool
is_name(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (text == NULL || length == 0 || length >= TRADE_NAME_MAX || strlen(text) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (is_control((const unsigned char *)text + i))
			return false;
	return is_utf8(text, length);
}

static int
read_name(const json_t *value, const char *member, void *ret, struct problem *problem)
{
	if (!is_name(value))
		return problem_set(problem, -EINVAL,
		    "%s must be text of 1 to %d bytes without control characters", member,
		    TRADE_NAME_MAX - 1);
	memcpy(ret, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

static int
read_ticket(const json_t *value, const char *member, void *ret, struct problem *problem)
{
	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return problem_set(problem, -EINVAL, "%s must be a whole number above 0", member);
	*(int64_t *)ret = json_integer_value(value);
	return 0;
}

static int
read_direction(const json_t *value, const char *member, void *ret, struct problem *problem)
{
	if (!json_is_string(value) || !trade_direction_find(json_string_value(value), ret))
		return problem_set(problem, -EINVAL,
		    "%s must be \"BUY\" or \"SELL\", in upper case", member);
	return 0;
}

/* ---- decimals ---- */

static int
too_large(const char *member, struct problem *problem)
{
	return problem_set(problem, -EINVAL, "%s is larger than 92233720368.54775807", member);
}

static int
too_fine(const char *member, struct problem *problem)
{
	return problem_set(problem, -EINVAL, "%s has more than %d decimals", member,
	    DECIMAL_PLACES);
}

/* Digits behind the point, without the zeros at the end. */
static size_t
places_of(const char *text)
{
	const char *point = strchr(text, '.');
	size_t places = point == NULL ? 0 : strlen(point + 1);

	while (places > 0 && point[places] == '0')
		places--;
	return places;
}

static int
read_decimal_text(const char *text, size_t length, const char *member, int64_t *ret_e8,
    struct problem *problem)
{
	int error = strlen(text) == length ? decimal_parse(text, length, ret_e8) : -EINVAL;

	if (error == -EINVAL)
		return problem_set(problem, error,
		    "%s must be a number like 1.25, without exponent, sign or space", member);
	if (error < 0)
		return places_of(text) > DECIMAL_PLACES ? too_fine(member, problem) :
							  too_large(member, problem);
	return 0;
}

static int
digits_of(const char *text)
{
	int digits = 0;

	for (; *text != '\0'; text++)
		if (*text != '.' && (digits > 0 || *text != '0'))
			digits++;
	return digits;
}

/* The shortest decimal text that reads back as the same double. */
static int
read_decimal_double(double value, const char *member, int64_t *ret_e8, struct problem *problem)
{
	char text[32];
	int places = 0;

	if (value <= 0) {
		*ret_e8 = 0;
		return 0;
	}
	if (!(value < 1e11))
		return too_large(member, problem);
	do
		snprintf(text, sizeof(text), "%.*f", places, value);
	while (strtod(text, NULL) != value && ++places <= DECIMAL_PLACES);
	if (places > DECIMAL_PLACES)
		return too_fine(member, problem);
	if (digits_of(text) > DOUBLE_DIGITS)
		return problem_set(problem, -EINVAL,
		    "%s has more digits than a JSON number holds exactly: give it as a string",
		    member);
	return read_decimal_text(text, strlen(text), member, ret_e8, problem);
}

static int
read_decimal_integer(json_int_t value, const char *member, int64_t *ret_e8,
    struct problem *problem)
{
	if (value <= 0)
		*ret_e8 = 0;
	else if (__builtin_mul_overflow(value, DECIMAL_ONE, ret_e8))
		return too_large(member, problem);
	return 0;
}

static int
read_decimal(const json_t *value, const char *member, void *ret, struct problem *problem)
{
	int64_t value_e8 = 0;
	int error;

	if (json_is_string(value))
		error = read_decimal_text(json_string_value(value), json_string_length(value),
		    member, &value_e8, problem);
	else if (json_is_integer(value))
		error = read_decimal_integer(json_integer_value(value), member, &value_e8, problem);
	else if (json_is_real(value))
		error = read_decimal_double(json_real_value(value), member, &value_e8, problem);
	else
		error = problem_set(problem, -EINVAL, "%s must be a number or a decimal string",
		    member);
	if (error == 0 && value_e8 <= 0)
		error = problem_set(problem, -EINVAL, "%s must be above 0", member);
	if (error == 0)
		*(int64_t *)ret = value_e8;
	return error;
}

/* ---- all members of an object ---- */

enum form { FORM_ENABLE = 1, FORM_DISABLE = 2, FORM_EVENT = 4 };

static const struct member {
	const char *name;
	unsigned forms; /* that have it */
	bool needed;
	int (*read)(const json_t *value, const char *member, void *ret, struct problem *problem);
	size_t at; /* in struct dtms_trade */
} members[] = {
	{"command", FORM_ENABLE | FORM_DISABLE, false, NULL, 0},
	{"account", FORM_ENABLE | FORM_DISABLE | FORM_EVENT, false, read_name,
	    offsetof(struct dtms_trade, account)},
	{"ticket", FORM_ENABLE | FORM_DISABLE | FORM_EVENT, true, read_ticket,
	    offsetof(struct dtms_trade, ticket)},
	{"source", FORM_EVENT, false, read_name, offsetof(struct dtms_trade, source)},
	{"symbol", FORM_ENABLE | FORM_EVENT, true, read_name, offsetof(struct dtms_trade, symbol)},
	{"direction", FORM_ENABLE | FORM_EVENT, true, read_direction,
	    offsetof(struct dtms_trade, direction)},
	{"entry_price", FORM_ENABLE | FORM_EVENT, true, read_decimal,
	    offsetof(struct dtms_trade, entry_e8)},
	{"volume", FORM_ENABLE | FORM_EVENT, true, read_decimal,
	    offsetof(struct dtms_trade, initial_volume_e8)},
	{"stop_loss", FORM_ENABLE | FORM_EVENT, false, read_decimal,
	    offsetof(struct dtms_trade, stop_loss_e8)},
	{"take_profit", FORM_ENABLE | FORM_EVENT, false, read_decimal,
	    offsetof(struct dtms_trade, take_profit_e8)},
	{"initial_stop_loss", FORM_ENABLE | FORM_EVENT, false, read_decimal,
	    offsetof(struct dtms_trade, initial_stop_loss_e8)},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static bool
is_known(const char *name, enum form form)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if ((members[i].forms & form) != 0 && strcmp(members[i].name, name) == 0)
			return true;
	return false;
}

/* Only plain names are repeated: a cut in the midst of a character would be no JSON. */
static int
refuse_member(const char *name, struct problem *problem)
{
	bool plain = *name != '\0' && strlen(name) < TRADE_NAME_MAX;

	for (const char *at = name; plain && *at != '\0'; at++)
		plain = *at > ' ' && *at < 0x7f;
	if (!plain)
		return problem_set(problem, -EINVAL, "there is a member of an unknown name");
	return problem_set(problem, -EINVAL, "%s is no member of this question", name);
}

static int
check_known(const json_t *object, enum form form, struct problem *problem)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return problem_set(problem, -EINVAL, "one JSON object is expected");
	json_object_foreach((json_t *)object, name, value)
		if (!is_known(name, form))
			return refuse_member(name, problem);
	return 0;
}

static int
read_member(const struct member *member, const json_t *object, struct dtms_trade *trade,
    struct problem *problem)
{
	const json_t *value = json_object_get(object, member->name);

	if (member->read == NULL)
		return 0;
	if (value == NULL || json_is_null(value))
		return !member->needed ? 0 :
		    problem_set(problem, -EINVAL, "%s is missing", member->name);
	return member->read(value, member->name, (char *)trade + member->at, problem);
}

static int
read_form(const json_t *object, enum form form, struct dtms_trade *ret, struct problem *problem)
{
	struct dtms_trade trade = {
		.account = DTMS_ACCOUNT_MANUAL,
		.registered_us = TICK_NONE,
		.stop_loss_e8 = TICK_NONE,
		.take_profit_e8 = TICK_NONE,
		.initial_stop_loss_e8 = TICK_NONE,
		.hedge_ticket = TICK_NONE,
		.hedge_volume_e8 = TICK_NONE,
		.state_since_us = TICK_NONE,
		.score = NAN,
		.flat_deadline_us = TICK_NONE,
		.recovery_deadline_us = TICK_NONE,
		.vwap_counted_us = TICK_NONE,
		.last_deep_us = TICK_NONE,
		.last_deep_price_e8 = TICK_NONE,
		.closing_since_us = TICK_NONE,
		.closed_us = TICK_NONE,
	};
	int error = check_known(object, form, problem);

	for (size_t i = 0; i < MEMBERS && error == 0; i++)
		if ((members[i].forms & form) != 0)
			error = read_member(&members[i], object, &trade, problem);
	if (error < 0)
		return error;
	trade.current_volume_e8 = trade.initial_volume_e8;
	*ret = trade;
	return 0;
}

static json_t *
ask_form(const json_t *request, enum form form, struct dtms_trade *ret)
{
	struct problem problem;

	if (read_form(request, form, ret, &problem) < 0)
		return control_error("bad-request", "%s", problem.text);
	return NULL;
}

json_t *
dtms_question_trade(const json_t *request, struct dtms_trade *ret)
{
	return ask_form(request, FORM_ENABLE, ret);
}

json_t *
dtms_question_ticket(const json_t *request, struct dtms_trade *ret)
{
	return ask_form(request, FORM_DISABLE, ret);
}

int
dtms_trade_event_read(const char *text, struct dtms_trade *ret)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct problem problem;
	int error = read_form(json, FORM_EVENT, ret, &problem);

	json_decref(json);
	return error;
}
