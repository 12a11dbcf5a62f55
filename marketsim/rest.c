#include "marketsim/rest.h"

#include <string.h>

#include "common/clock.h"
#include "marketsim/answers.h"

enum call { CALL_PING, CALL_TIME, CALL_INFO, CALL_TRADES, CALL_HISTORY, CALL_AGG, CALL_KLINES };

static const struct {
	const char *path;
	enum call call;
	int weight;
} routes[] = {
	{ "/api/v3/ping", CALL_PING, 1 },
	{ "/api/v3/time", CALL_TIME, 1 },
	{ "/api/v3/exchangeInfo", CALL_INFO, 20 },
	{ "/api/v3/trades", CALL_TRADES, 25 },
	{ "/api/v3/historicalTrades", CALL_HISTORY, 25 },
	{ "/api/v3/aggTrades", CALL_AGG, 4 },
	{ "/api/v3/klines", CALL_KLINES, 2 },
};

static void
refuse(struct rest_answer *answer, int status, int code, const char *text)
{
	answer->status = status;
	answer->body.length = 0;
	body_print(&answer->body, "{\"code\":%d,\"msg\":\"%s\"}", code, text);
}

static void
answer_info(struct rest *rest, const char *text, struct rest_answer *ret)
{
	char name[INSTRUMENT_NAME_SIZE];
	int only = -1;

	if (query_value(text, "symbol", name, sizeof(name))) {
		only = trade_source_find(&rest->source, name);
		if (only < 0) {
			refuse(ret, 400, -1121, "Invalid symbol.");
			return;
		}
	}
	answer_exchange_info(&ret->body, &rest->source, only, rest->weights.limit);
}

static void
answer_market(struct rest *rest, enum call call, const char *text, struct rest_answer *ret)
{
	struct query_fault fault;
	struct query query;

	query_parse(&query, text, &rest->source, &fault);
	if (fault.code == 0 && call == CALL_KLINES && query.interval_us == 0) {
		refuse(ret, 400, -1102,
		    "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.");
		return;
	}
	if (fault.code == 0 && call == CALL_AGG && query.from_id != QUERY_NONE &&
	    (query.start_us != QUERY_NONE || query.end_us != QUERY_NONE)) {
		refuse(ret, 400, -1128, "Combination of optional parameters invalid.");
		return;
	}
	if (fault.code != 0) {
		refuse(ret, 400, fault.code, fault.text);
		return;
	}
	if (call == CALL_TRADES)
		query.from_id = QUERY_NONE;
	if (call == CALL_KLINES)
		answer_klines(&ret->body, &rest->source, &query);
	else if (call == CALL_AGG)
		answer_agg_trades(&ret->body, &rest->source, &query);
	else
		answer_trades(&ret->body, &rest->source, &query);
}

static void
answer_call(struct rest *rest, enum call call, const char *query, struct rest_answer *ret)
{
	switch (call) {
	case CALL_PING:
		body_add(&ret->body, "{}");
		break;
	case CALL_TIME:
		body_add(&ret->body, "{\"serverTime\":");
		body_add_integer(&ret->body,
		    rest->source.now(rest->source.object) / CLOCK_MS_US);
		body_add(&ret->body, "}");
		break;
	case CALL_INFO:
		answer_info(rest, query, ret);
		break;
	default:
		answer_market(rest, call, query, ret);
		break;
	}
}

void
rest_answer(struct rest *rest, const char *path, const char *query, const char *address,
    int64_t wall_us, struct rest_answer *ret)
{
	size_t at = 0, count = sizeof(routes) / sizeof(routes[0]);
	int retry_s;

	*ret = (struct rest_answer){ .status = 200 };
	while (at < count && strcmp(routes[at].path, path) != 0)
		at++;
	if (!weights_charge(&rest->weights, address, at < count ? routes[at].weight : 1, wall_us,
		&ret->used_weight, &retry_s)) {
		ret->retry_after_s = retry_s;
		refuse(ret, 429, -1003,
		    "Too much request weight used; current limit is per IP and minute. "
		    "Please use WebSocket Streams for live updates to avoid polling the API.");
	} else if (at == count) {
		refuse(ret, 404, -1000, "There is no such path.");
	} else {
		answer_call(rest, routes[at].call, query, ret);
	}
	if (ret->body.failed)
		ret->status = 500;
}
