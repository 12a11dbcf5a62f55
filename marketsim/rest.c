#include "marketsim/rest.h"

#include <string.h>

#include "common/clock.h"
#include "marketsim/answers.h"

enum call { CALL_PING, CALL_TIME, CALL_INFO, CALL_TRADES, CALL_HISTORY, CALL_AGG, CALL_KLINES };

static const struct {
	const char *path;
	enum call call;
	int weight;
} routes[REST_CALLS] = {
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

/* Whole seconds, never fewer than what is left: who waits them is not too early. */
static int
seconds_of(int64_t left_us)
{
	return (int)((left_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
}

static void
refuse_429(struct rest_answer *answer, int64_t left_us)
{
	answer->retry_after_s = seconds_of(left_us);
	refuse(answer, 429, -1003,
	    "Too much request weight used; current limit is per IP and minute. "
	    "Please use WebSocket Streams for live updates to avoid polling the API.");
}

static void
refuse_418(struct rest_answer *answer, int64_t wall_us, int64_t left_us)
{
	answer->status = 418;
	answer->retry_after_s = seconds_of(left_us);
	answer->body.length = 0;
	body_print(&answer->body,
	    "{\"code\":-1003,\"msg\":\"Way too much request weight used; IP banned until %lld. "
	    "Please use WebSocket Streams for live updates to avoid bans.\"}",
	    (long long)((wall_us + left_us) / CLOCK_MS_US));
}

/* A ban that runs, the weight, or a refusal on purpose.  True: the call is not answered. */
static bool
is_refused(struct rest *rest, int weight, const char *address, int64_t wall_us,
    struct rest_answer *ret)
{
	int64_t retry_us = rest->faults.retry_after_s * CLOCK_SECOND_US, left_us, minute_us;
	bool within;

	if (bans_refuse(&rest->bans, address, wall_us, retry_us, &left_us)) {
		weights_charge(&rest->weights, address, 0, wall_us, &ret->used_weight, &minute_us);
		refuse_418(ret, wall_us, left_us);
		return true;
	}
	within = weights_charge(&rest->weights, address, weight, wall_us, &ret->used_weight,
	    &minute_us);
	if (ret->used_weight > rest->tally.weight_most)
		rest->tally.weight_most = ret->used_weight;
	if (!within) {
		rest->tally.over_weight++;
		bans_begin(&rest->bans, address, 429, wall_us, wall_us + minute_us);
		refuse_429(ret, minute_us);
		return true;
	}
	ret->fate = rest_fate(&rest->faults, rest->seed, rest->ordinal++);
	if (ret->fate != FATE_429 && ret->fate != FATE_418)
		return false;
	bans_begin(&rest->bans, address, ret->fate == FATE_429 ? 429 : 418, wall_us,
	    wall_us + retry_us);
	if (ret->fate == FATE_429)
		refuse_429(ret, retry_us);
	else
		refuse_418(ret, wall_us, retry_us);
	return true;
}

/* A call that was answered well, spoiled on purpose. */
static void
spoil(const struct rest *rest, struct rest_answer *answer)
{
	if (answer->fate == FATE_500)
		refuse(answer, 500, -1000, "An unknown error occurred while processing the request.");
	if (answer->fate == FATE_MALFORMED)
		rest_spoil(&answer->body, rest->seed, rest->ordinal - 1);
	if (answer->fate != FATE_502)
		return;
	answer->status = 502;
	answer->is_html = true;
	answer->body.length = 0;
	body_add(&answer->body, "<html><head><title>502 Bad Gateway</title></head></html>");
}

void
rest_answer(struct rest *rest, const char *path, const char *query, const char *address,
    int64_t wall_us, struct rest_answer *ret)
{
	size_t at = 0;

	*ret = (struct rest_answer){ .status = 200 };
	while (at < REST_CALLS && strcmp(routes[at].path, path) != 0)
		at++;
	rest->tally.calls[at]++;
	if (!is_refused(rest, at < REST_CALLS ? routes[at].weight : 1, address, wall_us, ret)) {
		if (at == REST_CALLS)
			refuse(ret, 404, -1000, "There is no such path.");
		else
			answer_call(rest, routes[at].call, query, ret);
		spoil(rest, ret);
	}
	if (ret->body.failed)
		ret->status = 500;
	if (ret->fate == FATE_CUT || ret->fate == FATE_CUT_SHORT)
		rest->tally.cut++;
	else
		rest->tally.statuses[ret->status]++;
}

void
rest_add_tally(const struct rest *rest, struct body *body)
{
	const struct rest_tally *tally = &rest->tally;
	const char *comma = "";

	body_add(body, "\"rest\":{\"calls\":{");
	for (size_t i = 0; i < REST_CALLS; i++)
		body_print(body, "\"%s\":%lld,", routes[i].path, (long long)tally->calls[i]);
	body_print(body, "\"other\":%lld},\"statuses\":{", (long long)tally->calls[REST_CALLS]);
	for (int i = 0; i < REST_STATUSES; i++) {
		if (tally->statuses[i] == 0)
			continue;
		body_print(body, "%s\"%d\":%lld", comma, i, (long long)tally->statuses[i]);
		comma = ",";
	}
	body_print(body,
	    "},\"cut\":%lld,\"weight_limit\":%d,\"weight_most\":%d,\"over_weight\":%lld,",
	    (long long)tally->cut, rest->weights.limit, tally->weight_most,
	    (long long)tally->over_weight);
	bans_add(&rest->bans, body);
	body_add(body, "}");
}
