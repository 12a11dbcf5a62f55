#include "tradingctl/dtms_trade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tradingctl/columns.h"
#include "tradingctl/dtms_text.h"

static int
print_and_free(struct columns *columns, const char *title)
{
	int error;

	printf("\n%s\n", title);
	error = columns_print(columns, true, stdout);
	columns_free(columns);
	return error;
}

/* ---- how it stands ---- */

const char *
dtms_trade_why(const json_t *trade, const json_t *checks)
{
	const char *reason = json_string_value(json_object_get(trade, "closed_reason"));
	const json_t *newest = NULL;

	if (reason != NULL)
		return reason;
	for (size_t i = json_array_size(checks); i > 0; i--) {
		const json_t *check = json_array_get(checks, i - 1);

		if (newest == NULL)
			newest = check;
		if (!json_equal(json_object_get(check, "state_from"),
			json_object_get(check, "state_to"))) {
			newest = check;
			break;
		}
	}
	return json_string_value(json_object_get(newest, "reason"));
}

static void
print_line(const json_t *object, const char *name, const char *const *members)
{
	char text[DTMS_TEXT_SIZE];

	printf("  %-14s", name);
	for (; members[0] != NULL; members += 2)
		printf(" %s %s%s", members[0], dtms_text(object, members[1], text),
		    members[2] == NULL ? "" : ",");
	putchar('\n');
}

/* NAME: word member, word member, ... */
#define PRINT_LINE(object, name, ...)                                                              \
	print_line((object), (name), (const char *const[]){__VA_ARGS__, NULL, NULL})

static void
print_head(const json_t *document, const json_t *trade)
{
	char text[DTMS_TEXT_SIZE], more[DTMS_TEXT_SIZE], score[DTMS_TEXT_SIZE];

	printf("%s %s: ", dtms_text_whole(trade, "account"), dtms_text(trade, "ticket", text));
	printf("%s:%s %s, %s since %s, score %s\n", dtms_text_whole(trade, "source"),
	    dtms_text_whole(trade, "symbol"), dtms_text(trade, "direction", text),
	    dtms_text_whole(trade, "state"), dtms_text(trade, "state_since", more),
	    dtms_text_score(json_object_get(trade, "score"), score));
	printf("  why            %s\n", dtms_text_whole(document, "why"));
	if (json_is_true(json_object_get(json_object_get(document, "source"), "off")))
		puts("  DTMS is OFF: no action is taken");
	if (json_is_true(json_object_get(trade, "stale")))
		puts("  stale: nothing is decided until there are new bars");
}

static void
print_standing(const json_t *trade)
{
	char text[DTMS_TEXT_SIZE];

	PRINT_LINE(trade, "price", "now", "price", "entry", "entry_price");
	PRINT_LINE(trade, "stops", "stop loss", "stop_loss", "at first", "initial_stop_loss",
	    "take profit", "take_profit");
	PRINT_LINE(trade, "volume", "now", "current_volume", "at first", "initial_volume",
	    "closed of it", "closed_volume");
	PRINT_LINE(trade, "hedge", "ticket", "hedge_ticket", "volume", "hedge_volume",
	    "ended without us", "hedge_lost");
	printf("  timers         %s\n", dtms_text_timers(trade, text));
	PRINT_LINE(trade, "deadlines", "flat", "flat_deadline", "recovery", "recovery_deadline");
	PRINT_LINE(trade, "VWAP", "crossed", "vwap_cross_count", "flip", "vwap_flip");
	PRINT_LINE(trade, "deep check", "last", "last_deep_time", "at price", "last_deep_price");
	PRINT_LINE(trade, "closing", "attempts", "close_attempts", "last", "closing_since");
	PRINT_LINE(trade, "registered", "at", "registered", "by", "origin");
	PRINT_LINE(trade, "closed", "at", "closed", "why", "closed_reason");
}

/* ---- the newest deep check ---- */

static void
add_signal(struct columns *columns, const char *name, const json_t *signal)
{
	static const char *const figures[] = {"raw", "weight", "multiplier", "score"};
	bool missing = json_is_true(json_object_get(signal, "missing"));
	char text[DTMS_TEXT_SIZE];

	columns_add(columns, "  %s", name);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		columns_add(columns, "%s",
		    missing && i == 0 ? "missing" : dtms_text(signal, figures[i], text));
	columns_add(columns, "%s", dtms_text_whole(signal, "detail"));
}

static int
print_signals(const json_t *check)
{
	struct columns *columns =
	    columns_create("  signal|>raw|>x weight|>x regime|>= score|detail");
	json_t *signals = json_object_get(json_object_get(check, "market"), "signals");
	char text[DTMS_TEXT_SIZE], title[3 * DTMS_TEXT_SIZE];
	const char *name;
	json_t *signal;

	if (columns == NULL)
		return -ENOMEM;
	json_object_foreach(signals, name, signal) {
		add_signal(columns, name, signal);
	}
	snprintf(title, sizeof(title), "newest deep check: %s (%s), score %s",
	    dtms_text_whole(check, "time"), dtms_text_whole(check, "cause"),
	    dtms_text_score(json_object_get(check, "score"), text));
	return print_and_free(columns, title);
}

static void
print_market(const json_t *market)
{
	const json_t *regime = json_object_get(market, "regime");
	const json_t *flow = json_object_get(market, "flow");

	PRINT_LINE(market, "market", "price", "price", "bid", "bid", "ask", "ask", "spread",
	    "spread", "of usual", "spread_median");
	PRINT_LINE(market, "VWAP", "at", "vwap", "slope", "vwap_slope", "threshold",
	    "vwap_threshold", "crossed", "vwap_cross_count");
	PRINT_LINE(regime, "regime", "session", "session", "volatility", "volatility", "structure",
	    "structure");
	PRINT_LINE(market, "ATR", "M15", "atr");
	if (json_is_object(flow))
		PRINT_LINE(flow, "flow", "buyers' share", "buy_share", "z", "z", "lent", "lent");
	else
		puts("  flow           missing");
}

static int
print_check(const json_t *check)
{
	int error;

	if (!json_is_object(check)) {
		puts("\nno deep check was made yet");
		return 0;
	}
	error = print_signals(check);
	print_market(json_object_get(check, "market"));
	return error;
}

/* ---- its history ---- */

static int
print_checks(const json_t *checks)
{
	struct columns *columns = columns_create("  time (UTC)|cause|state|>score|reason");
	char text[DTMS_TEXT_SIZE];
	const json_t *check;
	size_t i;

	if (columns == NULL)
		return -ENOMEM;
	json_array_foreach(checks, i, check) {
		columns_add(columns, "  %s", dtms_text_whole(check, "time"));
		columns_add(columns, "%s", dtms_text_whole(check, "cause"));
		columns_add(columns, "%s", dtms_text_states(check, text));
		columns_add(columns, "%s",
		    dtms_text_score(json_object_get(check, "score"), text));
		columns_add(columns, "%s", dtms_text_whole(check, "reason"));
	}
	return print_and_free(columns, "checks");
}

/* The parameters as they are stored, without the braces. */
static void
add_parameters(struct columns *columns, const json_t *parameters)
{
	char *text = json_dumps(parameters, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t length = text == NULL ? 0 : strlen(text);

	if (length >= 2 && text[0] == '{')
		columns_add(columns, "%.*s", (int)(length - 2), text + 1);
	else
		columns_add(columns, "%s", text == NULL ? "-" : text);
	free(text);
}

static int
print_actions(const json_t *actions)
{
	struct columns *columns =
	    columns_create("  time (UTC)|action|parameters|mode|status|state|reason|error");
	char text[DTMS_TEXT_SIZE];
	const json_t *action;
	size_t i;

	if (columns == NULL)
		return -ENOMEM;
	json_array_foreach(actions, i, action) {
		columns_add(columns, "  %s", dtms_text_whole(action, "time"));
		columns_add(columns, "%s", dtms_text_whole(action, "action_type"));
		add_parameters(columns, json_object_get(action, "parameters"));
		columns_add(columns, "%s", dtms_text_whole(action, "mode"));
		columns_add(columns, "%s", dtms_text_whole(action, "status"));
		columns_add(columns, "%s", dtms_text_states(action, text));
		columns_add(columns, "%s", dtms_text_whole(action, "reason"));
		columns_add(columns, "%s", dtms_text_whole(action, "error"));
	}
	return print_and_free(columns, "actions");
}

static int
print_adopted(const json_t *adopted)
{
	struct columns *columns = columns_create("  ticket|kind|>volume|opened (UTC)|closed (UTC)");
	char text[DTMS_TEXT_SIZE];
	const json_t *position;
	size_t i;

	if (columns == NULL)
		return -ENOMEM;
	json_array_foreach(adopted, i, position) {
		columns_add(columns, "  %s", dtms_text(position, "ticket", text));
		columns_add(columns, "%s", dtms_text_whole(position, "kind"));
		columns_add(columns, "%s", dtms_text(position, "volume", text));
		columns_add(columns, "%s", dtms_text_whole(position, "opened"));
		columns_add(columns, "%s", dtms_text_whole(position, "closed"));
	}
	return print_and_free(columns, "positions that its actions opened");
}

int
dtms_trade_print(const json_t *document)
{
	const json_t *trade = json_object_get(document, "trade");
	const json_t *actions = json_object_get(document, "actions");
	const json_t *checks = json_object_get(document, "checks");
	const json_t *adopted = json_object_get(document, "adopted");
	int error;

	print_head(document, trade);
	print_standing(trade);
	error = print_check(json_object_get(document, "check"));
	if (error == 0 && json_array_size(checks) > 0)
		error = print_checks(checks);
	if (error == 0 && json_array_size(actions) > 0)
		error = print_actions(actions);
	if (error == 0 && json_array_size(adopted) > 0)
		error = print_adopted(adopted);
	return error;
}
