#include "marketsim/terminal_control.h"

#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"
#include "marketsim/query.h"
#include "marketsim/terminal.h"

#define VALUE_SIZE 64

/* A decimal of the query; 0 where it is missing, -1 where it is none. */
static int64_t
decimal_of(const char *query, const char *name)
{
	char value[VALUE_SIZE];
	int64_t value_e8;

	if (!query_value(query, name, value, sizeof(value)))
		return 0;
	return decimal_parse(value, strlen(value), &value_e8) < 0 || value_e8 < 0 ? -1 : value_e8;
}

static int64_t
integer_of(const char *query, const char *name)
{
	char value[VALUE_SIZE];

	return query_value(query, name, value, sizeof(value)) ? strtoll(value, NULL, 10) : 0;
}

static struct terminal_result
open_position(struct terminal *terminal, const char *query)
{
	char symbol[VALUE_SIZE] = "", type[VALUE_SIZE] = "";
	int64_t stop_e8 = decimal_of(query, "sl"), take_e8 = decimal_of(query, "tp");
	int number;

	query_value(query, "symbol", symbol, sizeof(symbol));
	query_value(query, "type", type, sizeof(type));
	number = terminal_market_find(&terminal->market, symbol);
	if (number < 0 || stop_e8 < 0 || take_e8 < 0)
		return (struct terminal_result){ .retcode = RETCODE_INVALID };
	return terminal_order_open(&terminal->orders, number, strcmp(type, "sell") == 0,
	    decimal_of(query, "volume"), stop_e8, take_e8, "",
	    terminal->source.now(terminal->source.object));
}

static struct terminal_result
carry_out(struct terminal *terminal, const char *what, const char *query)
{
	struct terminal_result done = { .retcode = RETCODE_DONE };

	if (strcmp(what, "open") == 0)
		return open_position(terminal, query);
	if (strcmp(what, "close") == 0)
		return terminal_order_close(&terminal->orders, integer_of(query, "ticket"),
		    decimal_of(query, "volume"), "client");
	if (strcmp(what, "modify") == 0)
		return terminal_order_modify(&terminal->orders, integer_of(query, "ticket"),
		    decimal_of(query, "sl"), decimal_of(query, "tp"));
	if (strcmp(what, "refuse") == 0) {
		terminal->orders.refuse_retcode = integer_of(query, "retcode");
		terminal->orders.refuse_count = integer_of(query, "orders");
		terminal->orders.refuse_behind = integer_of(query, "behind");
	} else if (strcmp(what, "break") == 0) {
		terminal_break_off(terminal);
	} else if (strcmp(what, "break-behind-action") == 0) {
		terminal->session.cut_at_action = true;
	} else {
		done.retcode = RETCODE_INVALID;
	}
	return done;
}

void
terminal_report(const struct terminal *terminal, struct body *body)
{
	const struct terminal_figures *figures = &terminal->figures;

	body_print(body,
	    "{\"connected\":%s,\"connections\":%lld,\"welcomes\":%lld,\"broken\":%lld,"
	    "\"lines\":%lld,\"acks\":%lld,\"bars\":%lld,\"results\":%lld,\"closed\":%lld,"
	    "\"errors\":%lld,\"actions\":%lld,\"orders\":%lld,\"open\":%d,\"ticks\":{",
	    terminal->session.welcome && terminal->link.state == LINK_OPEN ? "true" : "false",
	    (long long)terminal->connections, (long long)figures->welcomes,
	    (long long)terminal->broken, (long long)figures->lines, (long long)figures->acks,
	    (long long)figures->bars, (long long)figures->results, (long long)figures->closed,
	    (long long)figures->errors, (long long)terminal->orders.carried_out,
	    (long long)terminal->orders.orders, terminal->positions.count);
	for (int i = 0; i < terminal->market.count; i++)
		body_print(body, "%s\"%s\":%lld", i > 0 ? "," : "",
		    terminal->market.symbols[i].name, (long long)figures->ticks[i]);
	body_add(body, "}}");
}

void
terminal_control(struct terminal *terminal, const char *query, struct body *answer)
{
	char what[VALUE_SIZE];
	struct terminal_result result;

	if (!query_value(query, "do", what, sizeof(what))) {
		terminal_report(terminal, answer);
		return;
	}
	result = carry_out(terminal, what, query);
	body_print(answer, "{\"retcode\":%lld,\"ticket\":%lld,\"price\":\"",
	    (long long)result.retcode, (long long)result.ticket);
	body_add_e8(answer, result.price_e8);
	body_add(answer, "\"}");
}
