#define _GNU_SOURCE
#include "tickd/rest/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/alarm.h"
#include "tickd/net/link.h"
#include "tickd/rest/exchange_info.h"
#include "tickd/rest/rate_limit.h"
#include "tickd/rest/rest_wait.h"

#define DEADLINE_US INT64_C(10000000)	   /* of one call, from the name's look-up on */
#define INFO_WEIGHT 20			   /* of exchangeInfo */
#define INFO_EVERY_US INT64_C(21600000000) /* the exchange changes its limits rarely: 6 h */
#define INFO_RETRY_US INT64_C(60000000)
#define WAIT_STEP_US CLOCK_SECOND_US	   /* so often a wait looks at the wall clock */

struct rest {
	const struct settings *settings;
	struct link_host *host;
	feed_tell *tell;
	void *context;
	void (*closed)(void *context);
	void *closed_context;

	struct alarm *next; /* the next call may go, or a wait ends; once it stops: the end */
	struct alarm *deadline;
	struct alarm *info; /* exchangeInfo is due */
	struct rate_limit limit;
	bool clock_known;
	int64_t clock_us; /* the exchange's clock minus our monotonic one */

	struct rest_queue queue;
	struct rest_wait wait;
	struct rest_call *call; /* under way */
	struct http_call *http;
	int64_t sent_us, asked_us; /* by the exchange's clock, and by our monotonic one */
	bool late, stopping;
	size_t info_symbol; /* the one that exchangeInfo is asked of */
};

static void pump(struct rest *rest);

static int64_t
exchange_now_us(const struct rest *rest)
{
	return rest->clock_known ? clock_monotonic_us() + rest->clock_us : clock_wall_us();
}

void
rest_set_clock(struct rest *rest, int64_t exchange_us)
{
	rest->clock_us = exchange_us - clock_monotonic_us();
	rest->clock_known = true;
}

/* How long the next call has to wait for weight; 0 when there is none. */
static int64_t
pace(const struct rest *rest)
{
	const struct rest_call *next = rest_queue_next(&rest->queue);

	return next == NULL ? 0 :
	    rate_limit_delay(&rest->limit, next->weight, exchange_now_us(rest));
}

static void
free_call(struct rest_call *call)
{
	if (call != NULL)
		free(call->path);
	free(call);
}

/* ---- what is told ---- */

static void
tell_waiting(struct rest *rest, int64_t delay_us)
{
	char sentence[400];

	snprintf(sentence, sizeof(sentence),
	    "%.100s: %.200s; nothing is asked for %" PRId64 " s", link_host_name(rest->host),
	    rest->wait.why, (delay_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
	rest->tell(rest->context, LOG_WARNING, "rest-waiting", NULL, sentence);
}

static void
tell_well(struct rest *rest)
{
	char sentence[160];

	snprintf(sentence, sizeof(sentence), "%.100s answers again", link_host_name(rest->host));
	rest->tell(rest->context, LOG_NOTICE, "rest-well", NULL, sentence);
}

static void
note_outcome(struct rest *rest, const struct http_answer *answer)
{
	int64_t delay_us =
	    rate_limit_answer(&rest->limit, answer->status, answer->retry_after_s);

	if (delay_us == 0 && rest_wait_well(&rest->wait))
		tell_well(rest);
	if (delay_us > 0 &&
	    rest_wait_begin(&rest->wait, answer->status, answer->reason, delay_us))
		tell_waiting(rest, delay_us);
}

/* ---- calls ---- */

static void
finish_stop(struct rest *rest)
{
	alarm_free(rest->next);
	alarm_free(rest->deadline);
	alarm_free(rest->info);
	rest->closed(rest->closed_context);
	free(rest);
}

static void
on_deadline(void *context)
{
	struct rest *rest = context;

	rest->late = true;
	http_cancel(rest->http); /* its answer still comes */
}

static void
on_answer(void *context, const struct http_answer *given)
{
	struct rest *rest = context;
	struct rest_call *call = rest->call;
	struct http_answer answer = *given;

	rest->call = NULL;
	rest->http = NULL;
	alarm_clear(rest->deadline);
	if (rest->stopping) {
		free_call(call);
		alarm_set(rest->next, 0);
		return;
	}
	if (answer.status == 0 && rest->late)
		answer.reason = "no answer within 10 s";
	if (answer.sent_us == 0)
		answer.sent_us = rest->asked_us;
	if (answer.received_us == 0)
		answer.received_us = clock_monotonic_us();
	rate_limit_told(&rest->limit, call->weight, answer.used_weight, rest->sent_us,
	    exchange_now_us(rest));
	note_outcome(rest, &answer);
	if (call->callback != NULL)
		call->callback(call->context, &answer);
	free_call(call);
	pump(rest);
}

static void
send_next(struct rest *rest)
{
	static const struct http_answer failed = {
		.reason = "out of memory or descriptors", .retry_after_s = -1};
	struct rest_call *call = rest_queue_next(&rest->queue);

	rest->late = false;
	rest->sent_us = exchange_now_us(rest);
	rest->asked_us = clock_monotonic_us();
	rest->http = http_get(rest->host, call->path, on_answer, rest);
	if (rest->http == NULL) {
		note_outcome(rest, &failed);
		alarm_set(rest->next, rest_wait_left(&rest->wait));
		return;
	}
	rest->call = rest_queue_take(&rest->queue);
	rate_limit_spend(&rest->limit, call->weight, rest->sent_us);
	alarm_set(rest->deadline, DEADLINE_US);
}

/* Sends the next call when it may go, or sees to it that it will. */
static void
pump(struct rest *rest)
{
	int64_t wait_us;

	if (rest->stopping || rest->call != NULL)
		return;
	wait_us = rest_wait_left(&rest->wait);
	if (wait_us == 0)
		wait_us = pace(rest);
	if (wait_us > 0)
		alarm_set(rest->next, wait_us < WAIT_STEP_US ? wait_us : WAIT_STEP_US);
	else if (rest_queue_next(&rest->queue) != NULL)
		send_next(rest);
}

static void
on_next(void *context)
{
	struct rest *rest = context;

	if (rest->stopping)
		finish_stop(rest);
	else
		pump(rest);
}

struct rest_call *
rest_get(struct rest *rest, const char *path, int weight, enum rest_priority priority,
    http_callback *callback, void *context)
{
	struct rest_call *call = rest->stopping ? NULL : calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	*call = (struct rest_call){
		.rest = rest,
		.path = strdup(path),
		.weight = weight,
		.priority = priority,
		.callback = callback,
		.context = context,
	};
	if (call->path == NULL) {
		free(call);
		return NULL;
	}
	rest_queue_add(&rest->queue, call);
	pump(rest);
	return call;
}

void
rest_cancel(struct rest_call *call)
{
	call->callback = NULL;
	/* Where it is under way already, what is said of it is of use to the queue. */
	if (rest_queue_remove(&call->rest->queue, call))
		free_call(call);
}

/* ---- what the exchange allows ---- */

static void
on_info(void *context, const struct http_answer *answer)
{
	struct rest *rest = context;
	int64_t weight, interval_us, delay_us = INFO_RETRY_US;

	if (answer->status == 200 &&
	    exchange_info_parse(answer->body, answer->length, &weight, &interval_us) == 0) {
		rate_limit_set(&rest->limit, weight, interval_us);
		delay_us = INFO_EVERY_US;
	} else if (rate_limit_answered(answer->status)) {
		/* A symbol that it does not know is refused: the next one, then. */
		rest->info_symbol = (rest->info_symbol + 1) % rest->settings->binance.symbols.count;
	}
	alarm_set(rest->info, delay_us);
}

/* Of one symbol: the answer for all of them has many megabytes. */
static void
ask_info(void *context)
{
	struct rest *rest = context;
	const struct string_list *symbols = &rest->settings->binance.symbols;
	char symbol[REST_SYMBOL_SIZE], path[REST_SYMBOL_SIZE + 64];

	snprintf(path, sizeof(path), "/api/v3/exchangeInfo?symbol=%s",
	    rest_symbol(symbols->items[rest->info_symbol], symbol));
	if (rest_get(rest, path, INFO_WEIGHT, REST_SMALL, on_info, rest) == NULL)
		alarm_set(rest->info, INFO_RETRY_US);
}

/* ---- the whole ---- */

struct rest *
rest_create(const struct settings *settings, uv_loop_t *loop, struct link_host *host,
    struct storage *storage, feed_tell *tell, void *context)
{
	struct rest *rest = calloc(1, sizeof(*rest));

	if (rest == NULL)
		return NULL;
	rest->settings = settings;
	rest->host = host;
	rest->wait.storage = storage;
	rest->tell = tell;
	rest->context = context;
	rate_limit_init(&rest->limit, settings->binance.weight_per_cent);
	rest_queue_init(&rest->queue);
	rest->next = alarm_create(loop, on_next, rest);
	rest->deadline = alarm_create(loop, on_deadline, rest);
	rest->info = alarm_create(loop, ask_info, rest);
	if (rest->next == NULL || rest->deadline == NULL || rest->info == NULL) {
		alarm_free(rest->next);
		alarm_free(rest->deadline);
		alarm_free(rest->info);
		free(rest);
		return NULL;
	}
	return rest;
}

void
rest_start(struct rest *rest)
{
	if (rest_wait_recall(&rest->wait))
		tell_waiting(rest, rest_wait_left(&rest->wait));
	ask_info(rest);
	pump(rest);
}

void
rest_stop(struct rest *rest, void (*closed)(void *context), void *context)
{
	rest->stopping = true;
	rest->closed = closed;
	rest->closed_context = context;
	while (rest_queue_next(&rest->queue) != NULL)
		free_call(rest_queue_take(&rest->queue));
	alarm_clear(rest->next);
	alarm_clear(rest->info);
	if (rest->http == NULL)
		alarm_set(rest->next, 0);
	else if (!rest->late)
		http_cancel(rest->http); /* its answer ends it */
}

bool
rest_waiting(const struct rest *rest)
{
	return rest->wait.until_us != 0;
}

const char *
rest_host(const struct rest *rest)
{
	return link_host_name(rest->host);
}

json_t *
rest_status(const struct rest *rest)
{
	int64_t wait_us = rest->wait.until_us != 0 ? rest->wait.until_us - clock_monotonic_us() :
	    rest->call == NULL			   ? pace(rest) :
						     0;
	const char *why = rest->wait.why;

	if (wait_us <= 0) {
		wait_us = 0;
		why = NULL;
	} else if (rest->wait.until_us == 0) {
		why = "our share of the weight of this minute is used";
	}
	return json_pack("{s:I, s:I, s:I, s:s?}", "weight_used",
	    (json_int_t)rate_limit_used(&rest->limit, exchange_now_us(rest)), "weight_limit",
	    (json_int_t)rest->limit.weight, "wait_s",
	    (json_int_t)((wait_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US), "why", why);
}

/* Letters and digits as they are; all else, for a name may be any UTF-8, by its bytes. */
const char *
rest_symbol(const char *symbol, char text[static REST_SYMBOL_SIZE])
{
	size_t at = 0;

	for (; *symbol != '\0' && at + 4 <= REST_SYMBOL_SIZE; symbol++) {
		unsigned char c = (unsigned char)*symbol;
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';

		at += (size_t)snprintf(text + at, REST_SYMBOL_SIZE - at,
		    plain ? "%c" : "%%%02X", c);
	}
	text[at] = '\0';
	return text;
}
