/* The fake of http_call.h: the exchange's REST interface, with its limits and its moods. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle.h"
#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tickd/net/http_call.h"

#define ANSWER_AFTER_US INT64_C(80000)
#define BODY_SIZE (1 << 20)
#define ROWS_MAX 1000
#define PATHS_SIZE (4 << 20)
#define MINUTE_US (60 * CLOCK_SECOND_US)
#define GRACE_US INT64_C(50000) /* a call at the very end of a ban is no violation */

struct http_call {
	char path[512];
	http_callback *callback;
	void *context;
	uint64_t event; /* 0: never answered */
};

static char body[BODY_SIZE];
static char paths[PATHS_SIZE];
static size_t paths_length;
static int64_t weight_minute;
static int weight_used;

/* ---- the query ---- */

static int64_t
query_number(const char *path, const char *name, int64_t otherwise)
{
	char wanted[32];
	const char *at;

	snprintf(wanted, sizeof(wanted), "&%s=", name);
	at = strstr(path, wanted);
	if (at == NULL) {
		wanted[0] = '?';
		at = strstr(path, wanted);
	}
	return at == NULL ? otherwise : strtoll(at + strlen(wanted), NULL, 10);
}

static struct market *
query_market(const char *path)
{
	const char *at = strstr(path, "symbol=");

	return at == NULL ? NULL : exchange_market(at + 7, strcspn(at + 7, "&"));
}

/* ---- the answers ---- */

static int
print_one(char *to, size_t size, const struct trade *trade, bool aggregate)
{
	const char *sell = trade->sell ? "true" : "false";
	long long price = trade->price_e8, quantity = trade->quantity_e8, id = trade->id;

	if (aggregate)
		return snprintf(to, size,
		    "{\"a\":%lld,\"p\":\"%lld.%08lld\",\"q\":\"%lld.%08lld\",\"f\":%lld,\"l\":%lld,"
		    "\"T\":%lld,\"m\":%s,\"M\":true},", exchange.aggregates ? id : id + 7000000,
		    price / 100000000, price % 100000000, quantity / 100000000,
		    quantity % 100000000, exchange.aggregates ? 2 * id : id,
		    exchange.aggregates ? 2 * id + 1 : id, (long long)trade->time_ms, sell);
	return snprintf(to, size,
	    "{\"id\":%lld,\"price\":\"%lld.%08lld\",\"qty\":\"%lld.%08lld\",\"quoteQty\":\"1.0\","
	    "\"time\":%lld,\"isBuyerMaker\":%s,\"isBestMatch\":true},", id, price / 100000000,
	    price % 100000000, quantity / 100000000, quantity % 100000000,
	    (long long)trade->time_ms, sell);
}

static void
answer_trades(const char *path, bool aggregate)
{
	const struct market *market = query_market(path);
	int64_t from = query_number(path, "fromId", 0), limit = query_number(path, "limit", 500);
	int64_t start_ms = query_number(path, "startTime", 0);
	int64_t end_ms = query_number(path, "endTime", INT64_MAX);
	int64_t seen_ms = (outside_exchange_us() - exchange.lag_us) / CLOCK_MS_US;
	size_t length = 1;

	if (aggregate && !exchange.aggregates && from > 0)
		from -= 7000000;
	body[0] = '[';
	for (size_t i = 0; market != NULL && i < market->count && limit > 0; i++) {
		const struct trade *trade = &market->trades[i];

		if (trade->absent || trade->id < from || trade->time_ms < start_ms ||
		    trade->time_ms > end_ms || trade->time_ms > seen_ms)
			continue;
		length += (size_t)print_one(body + length, BODY_SIZE - length, trade, aggregate);
		limit--;
	}
	snprintf(body + (length > 1 ? length - 1 : 1), 2, "]");
}

struct kline {
	int64_t open_us, count, open, high, low, close;
};

static size_t
print_kline(size_t length, const struct kline *kline)
{
	return length + (size_t)snprintf(body + length, BODY_SIZE - length,
	    "[%lld,\"%lld.%08lld\",\"%lld.%08lld\",\"%lld.%08lld\",\"%lld.%08lld\",\"1.0\",%lld,"
	    "\"1.0\",%lld,\"0.5\",\"0.5\",\"0\"],", (long long)(kline->open_us / CLOCK_MS_US),
	    (long long)kline->open / 100000000, (long long)kline->open % 100000000,
	    (long long)kline->high / 100000000, (long long)kline->high % 100000000,
	    (long long)kline->low / 100000000, (long long)kline->low % 100000000,
	    (long long)kline->close / 100000000, (long long)kline->close % 100000000,
	    (long long)((kline->open_us + CANDLE_M5_US) / CLOCK_MS_US - 1),
	    (long long)kline->count);
}

static void
answer_klines(const char *path)
{
	const struct market *market = query_market(path);
	int64_t start_ms = query_number(path, "startTime", 0);
	int64_t end_ms = query_number(path, "endTime", INT64_MAX);
	struct kline kline = {.open_us = -1};
	size_t length = 1;
	int rows = 0;

	body[0] = '[';
	for (size_t i = 0; market != NULL && i < market->count && rows < ROWS_MAX; i++) {
		const struct trade *trade = &market->trades[i];
		int64_t slot_us = candle_slot(trade->time_ms * CLOCK_MS_US);

		if (trade->absent || slot_us < start_ms * CLOCK_MS_US || trade->time_ms > end_ms)
			continue;
		if (slot_us != kline.open_us) {
			if (kline.open_us >= 0) {
				length = print_kline(length, &kline);
				rows++;
			}
			kline = (struct kline){slot_us, 0, trade->price_e8, trade->price_e8,
			    trade->price_e8, trade->price_e8};
		}
		kline.count++;
		kline.close = trade->price_e8;
		kline.high = trade->price_e8 > kline.high ? trade->price_e8 : kline.high;
		kline.low = trade->price_e8 < kline.low ? trade->price_e8 : kline.low;
	}
	if (kline.open_us >= 0 && rows < ROWS_MAX)
		length = print_kline(length, &kline);
	snprintf(body + (length > 1 ? length - 1 : 1), 2, "]");
}

static int
weight_of(const char *path)
{
	static const struct {
		const char *call;
		int weight;
	} weights[] = {{"/historicalTrades", 25}, {"/aggTrades", 4}, {"/klines", 2},
		{"/exchangeInfo", 20}};

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		if (strstr(path, weights[i].call) != NULL)
			return weights[i].weight;
	return 1;
}

static void
answer_well(const char *path)
{
	if (strstr(path, "/historicalTrades") != NULL)
		answer_trades(path, false);
	else if (strstr(path, "/aggTrades") != NULL)
		answer_trades(path, true);
	else if (strstr(path, "/klines") != NULL)
		answer_klines(path);
	else if (strstr(path, "/exchangeInfo") != NULL)
		snprintf(body, BODY_SIZE, "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\","
		    "\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":%d}],\"symbols\":[]}",
		    exchange.weight_limit);
	else
		snprintf(body, BODY_SIZE, "{\"serverTime\":%lld}",
		    (long long)(outside_exchange_us() / CLOCK_MS_US));
	if (exchange.garbled)
		body[strlen(body) / 2] = '\0';
}

/* ---- limits ---- */

static void
charge(const char *path)
{
	int64_t minute = outside_exchange_us() / MINUTE_US;

	if (outside_elapsed_us() + GRACE_US < exchange.banned_until_us)
		scenario_fail("a REST call %.1f s before the wait that the exchange asked for ended",
		    (double)(exchange.banned_until_us - outside_elapsed_us()) / 1e6);
	if (minute != weight_minute)
		weight_used = 0;
	weight_minute = minute;
	weight_used += weight_of(path);
	if (weight_used > exchange.weight_limit)
		scenario_fail("%d of a weight of %d used in a minute", weight_used,
		    exchange.weight_limit);
}

static void
answer(struct http_call *call)
{
	struct http_answer ret = {.status = 200, .body = body, .retry_after_s = -1};
	const struct market *market = query_market(call->path);

	charge(call->path);
	ret.used_weight = weight_used;
	if (exchange.answers_left != 0) {
		ret.status = exchange.status;
		exchange.answers_left -= exchange.answers_left > 0;
		snprintf(body, BODY_SIZE, "{\"code\":-1003,\"msg\":\"no\"}");
		if (exchange.retry_after_s > 0) {
			ret.retry_after_s = exchange.retry_after_s;
			exchange.banned_until_us =
			    outside_elapsed_us() + exchange.retry_after_s * CLOCK_SECOND_US;
		}
	} else if (market != NULL && market->refused_status != 0) {
		ret.status = market->refused_status;
		snprintf(body, BODY_SIZE, "{\"code\":%d,\"msg\":\"no\"}", market->refused_code);
	} else {
		answer_well(call->path);
	}
	ret.length = strlen(body);
	call->callback(call->context, &ret);
	free(call);
}

static void
on_answer(void *context)
{
	answer(context);
}

static void
on_cancelled(void *context)
{
	struct http_call *call = context;
	const struct http_answer ret = {.reason = "given up", .retry_after_s = -1,
	    .used_weight = -1};

	call->callback(call->context, &ret);
	free(call);
}

/* ---- http_call.h ---- */

struct http_call *
http_get(struct link_host *host, const char *path, http_callback *callback, void *context)
{
	struct http_call *call = calloc(1, sizeof(*call));
	int length;

	if (call == NULL)
		return NULL;
	exchange.calls++;
	call->callback = callback;
	call->context = context;
	snprintf(call->path, sizeof(call->path), "%s", path);
	length = snprintf(paths + paths_length, PATHS_SIZE - paths_length, "%s\n", path);
	if (paths_length + (size_t)length < PATHS_SIZE)
		paths_length += (size_t)length;
	if (!exchange.dead)
		call->event = outside_after(ANSWER_AFTER_US, on_answer, call);
	return call;
}

void
http_cancel(struct http_call *call)
{
	outside_cancel(call->event);
	call->event = outside_after(0, on_cancelled, call);
}

int
exchange_call_count(const char *part)
{
	int count = 0;

	for (const char *at = paths; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}
