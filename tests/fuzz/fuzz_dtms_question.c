/*
 * Questions about trades: whatever JSON comes, what is taken can be watched, is exactly what was
 * said, and is read back from a stored event as it was; what is refused says so in one sentence and
 * changes nothing.
 */
#define _GNU_SOURCE
#include "analysisd/dtms/questions.h"

#include "common/control.h"
#include "common/decimal.h"
#include "tests/fuzz/target.h"
#include "tests/unit/analysisd/same_trade.h"

#define INPUT_MAX 16384

static const struct dtms_trade untouched = {.ticket = 42, .account = "untouched"};

static void
check_refusal(json_t *error, const struct dtms_trade *trade)
{
	json_t *inner = json_object_get(error, "error");
	const char *message = json_string_value(json_object_get(inner, "message"));

	PROMISE(message != NULL && *message != '\0' && strlen(message) < PROBLEM_SIZE - 1);
	PROMISE(strcmp(json_string_value(json_object_get(inner, "code")), "bad-request") == 0);
	PROMISE(trade_difference(trade, &untouched) == NULL);
	json_decref(error);
}

static void
check_name(const char *name)
{
	json_t *string = json_string(name); /* NULL where it is no UTF-8 */

	PROMISE(string != NULL && *name != '\0' && strlen(name) < TRADE_NAME_MAX);
	for (const char *at = name; *at != '\0'; at++)
		PROMISE((unsigned char)*at >= 0x20 && *at != 0x7f);
	json_decref(string);
}

/* The decimal text without zeros that say nothing. */
static void
plain(const char *text, char ret[INPUT_MAX + 1])
{
	size_t length;

	while (text[0] == '0' && text[1] != '.' && text[1] != '\0')
		text++;
	snprintf(ret, INPUT_MAX + 1, "%s", text);
	if (strchr(ret, '.') == NULL)
		return;
	for (length = strlen(ret); ret[length - 1] == '0'; length--)
		ret[length - 1] = '\0';
	if (ret[length - 1] == '.')
		ret[length - 1] = '\0';
}

/* What was read of a member says the same as the member. */
static void
check_exact(const json_t *said, int64_t value_e8)
{
	char text[DECIMAL_SIZE], expected[INPUT_MAX + 1];

	if (said == NULL || json_is_null(said)) {
		PROMISE(value_e8 == TICK_NONE);
		return;
	}
	PROMISE(value_e8 > 0);
	decimal_format(value_e8, 0, text);
	if (json_is_string(said)) {
		plain(json_string_value(said), expected);
		PROMISE(strcmp(text, expected) == 0);
	} else if (json_is_integer(said)) {
		PROMISE(value_e8 % DECIMAL_ONE == 0);
		PROMISE(value_e8 / DECIMAL_ONE == json_integer_value(said));
	} else {
		PROMISE(json_is_real(said) && strtod(text, NULL) == json_real_value(said));
	}
}

static void
check_figures(const json_t *request, const struct dtms_trade *trade)
{
	PROMISE(trade->direction == TRADE_BUY || trade->direction == TRADE_SELL);
	PROMISE(trade->entry_e8 > 0 && trade->initial_volume_e8 > 0);
	PROMISE(trade->current_volume_e8 == trade->initial_volume_e8);
	PROMISE(trade->closed_volume_e8 == 0 && trade->state == DTMS_HEALTHY && !trade->venue);
	check_name(trade->symbol);
	check_exact(json_object_get(request, "entry_price"), trade->entry_e8);
	check_exact(json_object_get(request, "volume"), trade->initial_volume_e8);
	check_exact(json_object_get(request, "stop_loss"), trade->stop_loss_e8);
	check_exact(json_object_get(request, "take_profit"), trade->take_profit_e8);
	check_exact(json_object_get(request, "initial_stop_loss"), trade->initial_stop_loss_e8);
}

static void
check_ticket(const json_t *request, const struct dtms_trade *trade)
{
	check_name(trade->account);
	PROMISE(trade->ticket > 0);
	PROMISE(trade->ticket == json_integer_value(json_object_get(request, "ticket")));
}

static void
check_round_trip(const struct dtms_trade *trade)
{
	json_t *event = dtms_trade_event_json(trade), *shown = dtms_trade_json(trade);
	struct dtms_trade back = untouched;
	char *text;

	PROMISE(event != NULL && shown != NULL);
	text = json_dumps(event, JSON_COMPACT);
	PROMISE(text != NULL && dtms_trade_event_read(text, &back) == 0);
	PROMISE(trade_difference(&back, trade) == NULL);
	free(text);
	json_decref(event);
	json_decref(shown);
}

static void
ask(const json_t *request)
{
	struct dtms_trade trade = untouched, ticket = untouched;
	json_t *error = dtms_question_trade(request, &trade);

	if (error != NULL) {
		check_refusal(error, &trade);
	} else {
		check_ticket(request, &trade);
		check_figures(request, &trade);
		check_round_trip(&trade);
	}
	error = dtms_question_ticket(request, &ticket);
	if (error != NULL)
		check_refusal(error, &ticket);
	else
		check_ticket(request, &ticket);
}

static void
read_event(const char *text, const json_t *json)
{
	struct dtms_trade trade = untouched;

	if (dtms_trade_event_read(text, &trade) < 0) {
		PROMISE(trade_difference(&trade, &untouched) == NULL);
		return;
	}
	PROMISE(json != NULL);
	check_ticket(json, &trade);
	check_figures(json, &trade);
	check_round_trip(&trade);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT_MAX + 1];
	json_t *json;

	if (size > INPUT_MAX || memchr(data, 0, size) != NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (json != NULL)
		ask(json);
	read_event(text, json);
	json_decref(json);
	return 0;
}
