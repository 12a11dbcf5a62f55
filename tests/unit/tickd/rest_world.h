/*
 * The world around what asks the exchange's REST interface, by a clock of its own: alarms, one HTTP
 * host, a ledger in memory instead of storage, and the lines that were told.  It stands in for
 * alarm.h, clock_now.c, http_call.h, link_host_name(), storage.h and what is used of store.h.
 */
#ifndef TESTS_UNIT_TICKD_REST_WORLD_H
#define TESTS_UNIT_TICKD_REST_WORLD_H

#include <errno.h>
#include <inttypes.h>

#include "common/candle.h"
#include "common/clock.h"
#include "tests/unit/common/scratch.h"
#include "tickd/alarm.h"
#include "tickd/net/http_call.h"
#include "tickd/net/link.h"
#include "tickd/rest/rest.h"
#include "tickd/store/storage.h"

#define SECOND CLOCK_SECOND_US
#define WORLD_SYMBOLS 3
#define WORLD_IDS 12000
#define WORLD_CALLS 2000
#define WORLD_TOLD 64
#define WORLD_BEGIN_US INT64_C(1767225600000000) /* 2026-01-01, the edge of a minute */

struct alarm {
	struct alarm *next;
	int64_t at_us; /* INT64_MAX: silent */
	void (*ring)(void *context);
	void *context;
};

struct http_call {
	http_callback *callback;
	void *context;
	int64_t answer_us; /* INT64_MAX: when the test says so */
	bool cancelled;
};

/* What is missing of a symbol: ids below `ids`, of which the ledger says so. */
enum world_id { ID_STORED, ID_MISSING, ID_GIVEN_UP, ID_NONE };

struct storage {
	struct {
		enum world_id ids[WORLD_IDS];
		struct tick ticks[WORLD_IDS]; /* what pages brought */
		int64_t backfilled, history_until_us, whole_from_us, first_us, first_id, newest_us;
		int64_t newest_id;
		size_t candles;
		const char *reason; /* of the last one given up */
	} symbols[WORLD_SYMBOLS];
	struct storage_job *jobs, **jobs_end;
	int jobs_waiting, jobs_most;
	bool stuck;  /* no job is run */
	int result;  /* of the next jobs, instead of running them */
	bool deaf;   /* pages change nothing in the ledger */
	char remembered[100];
	bool remembered_any;
	int remembers;
};

struct world {
	int64_t now_us, wall_minus_us; /* monotonic; the wall clock minus it */
	struct alarm *alarms;
	struct http_call *call;
	char path[400];
	struct {
		char path[400];
		int64_t at_us; /* since the beginning */
	} calls[WORLD_CALLS];
	int call_count;
	/* Writes an answer's body; NULL: the test answers by world_answer(). */
	int (*serve)(const char *path, struct http_answer *answer, char *body, size_t size);
	int64_t latency_us;
	struct storage storage;
	struct {
		char event[40], symbol[40], sentence[400];
		int level;
	} told[WORLD_TOLD];
	int told_count;
	bool closed;
};

static struct world world;
static struct settings world_settings;

/* ---- time ---- */

int64_t
clock_monotonic_us(void)
{
	return world.now_us;
}

int64_t
clock_wall_us(void)
{
	return world.now_us + world.wall_minus_us;
}

struct alarm *
alarm_create(uv_loop_t *loop, void (*ring)(void *context), void *context)
{
	struct alarm *alarm = malloc(sizeof(*alarm));

	assert_non_null(alarm);
	*alarm = (struct alarm){world.alarms, INT64_MAX, ring, context};
	world.alarms = alarm;
	return alarm;
}

void
alarm_set(struct alarm *alarm, int64_t delay_us)
{
	alarm->at_us = world.now_us + (delay_us > 0 ? delay_us : 0);
}

void
alarm_clear(struct alarm *alarm)
{
	alarm->at_us = INT64_MAX;
}

void
alarm_free(struct alarm *alarm)
{
	struct alarm **at = &world.alarms;

	if (alarm == NULL)
		return;
	while (*at != alarm)
		at = &(*at)->next;
	*at = alarm->next;
	free(alarm);
}

int
alarm_jitter(void)
{
	return 500;
}

/* ---- the host ---- */

const char *
link_host_name(const struct link_host *host)
{
	return "api.test:443";
}

struct http_call *
http_get(struct link_host *host, const char *path, http_callback *callback, void *context)
{
	assert_null(world.call); /* one call at a time */
	assert_true(world.call_count < WORLD_CALLS);
	world.call = malloc(sizeof(*world.call));
	assert_non_null(world.call);
	*world.call = (struct http_call){callback, context, INT64_MAX, false};
	if (world.serve != NULL)
		world.call->answer_us = world.now_us + world.latency_us;
	snprintf(world.path, sizeof(world.path), "%s", path);
	snprintf(world.calls[world.call_count].path, sizeof(world.path), "%s", path);
	world.calls[world.call_count++].at_us = world.now_us - SECOND;
	return world.call;
}

void
http_cancel(struct http_call *call)
{
	assert_ptr_equal(call, world.call);
	call->cancelled = true;
	call->answer_us = world.now_us;
}

static inline void
world_answer_with(const struct http_answer *answer)
{
	struct http_call *call = world.call;

	assert_non_null(call);
	world.call = NULL;
	call->callback(call->context, answer);
	free(call);
}

static inline void
world_answer(int status, const char *body)
{
	world_answer_with(&(struct http_answer){.status = status,
	    .reason = status == 0 ? "connection refused" : NULL,
	    .body = body,
	    .length = strlen(body),
	    .retry_after_s = -1,
	    .used_weight = -1});
}

static inline void
world_serve(void)
{
	static char body[HTTP_BODY_MAX];
	struct http_answer answer = {.retry_after_s = -1, .used_weight = -1};

	if (world.call->cancelled) {
		answer.reason = "given up";
	} else {
		answer.status = world.serve(world.path, &answer, body, sizeof(body));
		answer.body = body;
		answer.length = strlen(body);
	}
	world_answer_with(&answer);
}

static inline int
world_asked(const char *part)
{
	int count = 0;

	for (int i = 0; i < world.call_count; i++)
		count += strstr(world.calls[i].path, part) != NULL;
	return count;
}

/* The number behind `name` in a path; -1 without it. */
static inline int64_t
world_number(const char *path, const char *name)
{
	const char *at = strstr(path, name);

	return at == NULL ? -1 : strtoll(at + strlen(name), NULL, 10);
}

/* ---- storage ---- */

void
storage_submit(struct storage *storage, struct storage_job *job)
{
	job->next = NULL;
	*storage->jobs_end = job;
	storage->jobs_end = &job->next;
	if (++storage->jobs_waiting > storage->jobs_most)
		storage->jobs_most = storage->jobs_waiting;
}

const char *
storage_recall(const struct storage *storage, const char *name)
{
	assert_string_equal(name, "rest_wait_until");
	return storage->remembered_any ? storage->remembered : NULL;
}

void
storage_remember(struct storage *storage, const char *name, const char *value)
{
	assert_string_equal(name, "rest_wait_until");
	storage->remembered_any = true;
	storage->remembers++;
	snprintf(storage->remembered, sizeof(storage->remembered), "%s", value);
}

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret)
{
	const enum world_id *ids = storage->symbols[symbol].ids;

	*ret = (struct store_symbol){
		.due.first_id = TICK_NONE,
		.newest_us = storage->symbols[symbol].newest_us,
		.newest_id = storage->symbols[symbol].newest_id,
		.history_until_us = storage->symbols[symbol].history_until_us,
		.whole_from_us = storage->symbols[symbol].whole_from_us,
		.first_us = storage->symbols[symbol].first_us,
		.first_id = storage->symbols[symbol].first_id,
		.backfilled = storage->symbols[symbol].backfilled,
	};
	for (int64_t id = 1; id < WORLD_IDS; id++) {
		if (ids[id] != ID_MISSING)
			continue;
		ret->missing++;
		ret->gaps += ids[id - 1] != ID_MISSING;
		if (ret->due.first_id == TICK_NONE || ret->due.last_id == id - 1)
			ret->due.last_id = id;
		if (ret->due.first_id == TICK_NONE)
			ret->due.first_id = id;
	}
	if (ret->due.first_id == TICK_NONE)
		return;
	ret->due.from_us = WORLD_BEGIN_US + ret->due.first_id * 1000;
	ret->due.to_us = WORLD_BEGIN_US + ret->due.last_id * 1000;
}

int
store_add_page(struct store *store, size_t symbol, const struct tick *ticks, size_t count,
    int64_t now_us, struct store_result *ret)
{
	struct storage *storage = &world.storage;

	for (size_t i = 0; i < count && !storage->deaf; i++) {
		int64_t id = ticks[i].tick_id;

		assert_true(id >= 0 && id < WORLD_IDS);
		assert_true(i == 0 || id > ticks[i - 1].tick_id);
		assert_int_equal(ticks[i].symbol, symbol);
		storage->symbols[symbol].backfilled += storage->symbols[symbol].ids[id] == ID_MISSING;
		storage->symbols[symbol].ids[id] = ID_STORED;
		storage->symbols[symbol].ticks[id] = ticks[i];
	}
	return 0;
}

int
store_give_up(struct store *store, size_t symbol, int64_t first_id, int64_t last_id,
    const char *reason, int64_t now_us)
{
	for (int64_t id = first_id; id <= last_id; id++)
		if (world.storage.symbols[symbol].ids[id] == ID_MISSING)
			world.storage.symbols[symbol].ids[id] = ID_GIVEN_UP;
	world.storage.symbols[symbol].reason = reason;
	return 0;
}

int
store_begin_at(struct store *store, size_t symbol, int64_t slot_us, int64_t first_id,
    int64_t now_us)
{
	world.storage.symbols[symbol].whole_from_us = slot_us;
	for (int64_t id = first_id; id < world.storage.symbols[symbol].first_id; id++)
		world.storage.symbols[symbol].ids[id] = ID_MISSING;
	world.storage.symbols[symbol].first_id = first_id;
	return 0;
}

int
store_add_history(struct store *store, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us, int64_t now_us)
{
	world.storage.symbols[symbol].history_until_us = until_us;
	world.storage.symbols[symbol].candles += count;
	return 0;
}

static inline void
world_run_job(void)
{
	struct storage *storage = &world.storage;
	struct storage_job *job = storage->jobs;
	struct store_result result;

	storage->jobs = job->next;
	if (storage->jobs == NULL)
		storage->jobs_end = &storage->jobs;
	storage->jobs_waiting--;
	job->done(job, storage->result != 0 ? storage->result : job->run(job, NULL, NULL, &result));
}

/* ---- what is told ---- */

static inline void
world_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	assert_true(world.told_count < WORLD_TOLD);
	world.told[world.told_count].level = level;
	snprintf(world.told[world.told_count].event, 40, "%s", event);
	snprintf(world.told[world.told_count].symbol, 40, "%s", symbol == NULL ? "" : symbol);
	snprintf(world.told[world.told_count++].sentence, 400, "%s", sentence);
}

static inline int
world_told(const char *event)
{
	int count = 0;

	for (int i = 0; i < world.told_count; i++)
		count += strcmp(world.told[i].event, event) == 0;
	return count;
}

static inline const char *
world_sentence(const char *event)
{
	for (int i = world.told_count - 1; i >= 0; i--)
		if (strcmp(world.told[i].event, event) == 0)
			return world.told[i].sentence;
	return "";
}

/* ---- turning it ---- */

static inline void
world_closed(void *context)
{
	world.closed = true;
}

/* What happens next by itself, if it does before end_us. */
static inline bool
world_step(int64_t end_us)
{
	struct alarm *first = NULL;

	if (world.storage.jobs != NULL && !world.storage.stuck) {
		world_run_job();
		return true;
	}
	for (struct alarm *alarm = world.alarms; alarm != NULL; alarm = alarm->next)
		if (first == NULL || alarm->at_us < first->at_us)
			first = alarm;
	if (world.call != NULL && world.call->answer_us <= end_us &&
	    (first == NULL || world.call->answer_us <= first->at_us)) {
		world.now_us = world.call->answer_us;
		world_serve();
		return true;
	}
	if (first == NULL || first->at_us > end_us)
		return false;
	world.now_us = first->at_us;
	first->at_us = INT64_MAX;
	first->ring(first->context);
	return true;
}

static inline void
world_run(int64_t duration_us)
{
	int64_t end_us = world.now_us + duration_us;
	int64_t steps = 0;

	while (world_step(end_us))
		assert_true(++steps < 1000000); /* it turns in circles */
	world.now_us = end_us;
}

/* The wall clock is set by so much. */
static inline void
world_set_clock(int64_t by_us)
{
	world.wall_minus_us += by_us;
}

static inline int
world_make(void **state)
{
	static char *names[] = {"BTCUSDT", "ETHUSDT", "XRPUSDT"};
	static char *streams[] = {"trade", "bookTicker"};

	memset(&world, 0, sizeof(world));
	/* Neither zero nor an edge of anything. */
	world.now_us = SECOND;
	world.wall_minus_us = WORLD_BEGIN_US - SECOND;
	world.latency_us = 50000;
	world.storage.jobs_end = &world.storage.jobs;
	for (size_t i = 0; i < WORLD_SYMBOLS; i++) {
		world.storage.symbols[i].history_until_us = TICK_NONE;
		world.storage.symbols[i].whole_from_us = TICK_NONE;
		world.storage.symbols[i].first_us = TICK_NONE;
		world.storage.symbols[i].first_id = TICK_NONE;
		world.storage.symbols[i].newest_us = TICK_NONE;
		world.storage.symbols[i].newest_id = WORLD_IDS - 1;
	}
	memset(&world_settings, 0, sizeof(world_settings));
	world_settings.binance.symbols = (struct string_list){names, WORLD_SYMBOLS};
	world_settings.binance.streams = (struct string_list){streams, 2};
	world_settings.binance.weight_per_cent = 80;
	world_settings.binance.clock_alarm_us = 2 * SECOND;
	world_settings.binance.history_us = CLOCK_DAY_US;
	return 0;
}

/* Everything is freed: what is left would be a leak. */
static inline int
world_remove(void **state)
{
	while (world_step(world.now_us))
		;
	return world.alarms != NULL || world.call != NULL;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_remove)

#endif
