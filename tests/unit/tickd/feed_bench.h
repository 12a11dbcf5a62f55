/*
 * A feed on a virtual clock, its connections in the test's hand: what it pushed, what it told.
 */
#ifndef TESTS_UNIT_TICKD_FEED_BENCH_H
#define TESTS_UNIT_TICKD_FEED_BENCH_H

#include <inttypes.h>

#include "tests/unit/tickd/fake_outside.h"
#include "tests/unit/tickd/names.h"
#include "tickd/feed/connect_attempts.h"
#include "tickd/feed/feed_binance.h"
#include "tickd/feed/handover.h"

#define SYMBOLS 3
#define SECOND CLOCK_SECOND_US
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define PUSHED_MAX 200000
#define SHUTDOWN "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}"

struct bench {
	struct settings settings;
	struct string_list names;
	struct feed *feed;
	struct tick *pushed;
	size_t pushed_count, room;
	char told_events[4096]; /* event:SYMBOL, ... */
	int64_t raw, times;
	bool closed;
};

static inline bool
on_push(void *context, const struct tick *tick)
{
	struct bench *bench = context;

	if (bench->room == 0)
		return false;
	bench->room--;
	assert_true(bench->pushed_count < PUSHED_MAX);
	bench->pushed[bench->pushed_count++] = *tick;
	return true;
}

static inline size_t
on_room(void *context)
{
	return ((struct bench *)context)->room;
}

static inline void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	struct bench *bench = context;
	size_t length = strlen(bench->told_events);

	assert_true(strlen(sentence) > 0 && strchr(sentence, '\n') == NULL);
	snprintf(bench->told_events + length, sizeof(bench->told_events) - length, "%s%s%s ", event,
	    symbol == NULL ? "" : ":", symbol == NULL ? "" : symbol);
}

static inline void
on_raw(void *context, int64_t wall_us, const char *frame, size_t length)
{
	struct bench *bench = context;

	assert_int_equal(wall_us, clock_wall_us());
	assert_true(frame[0] == '{' && length > 1);
	bench->raw++;
}

static inline void
on_event_time(void *context, int64_t event_time_ms, int64_t wall_us)
{
	assert_int_equal(wall_us, clock_wall_us());
	((struct bench *)context)->times++;
}

static inline void
on_closed(void *context)
{
	((struct bench *)context)->closed = true;
}

static inline void
start_feed(struct bench *bench)
{
	const struct feed_binance_parameters parameters = {
		.settings = &bench->settings,
		.sink = {on_push, on_room, bench},
		.tell = on_tell,
		.raw = on_raw,
		.event_time = on_event_time,
		.closed = on_closed,
		.context = bench,
	};
	struct problem problem;

	bench->closed = false;
	assert_int_equal(feed_binance_create(&bench->feed, &parameters, &problem), 0);
	bench->feed->operations->start(bench->feed);
}

static inline void
stop_feed(struct bench *bench)
{
	bench->feed->operations->stop(bench->feed);
	assert_false(bench->closed);
	outside_advance(0);
	assert_true(bench->closed);
}

static inline void
bench_open(struct bench *bench)
{
	static const char *const names[SYMBOLS] = {"BTCUSDT", "ETHUSDT", "BNBUSDT"};

	outside_open();
	*bench = (struct bench){.names = names_create(SYMBOLS), .room = SIZE_MAX / 2};
	for (int i = 0; i < SYMBOLS; i++)
		names_add(&bench->names, names[i]);
	bench->settings.binance.symbols = bench->names;
	bench->settings.binance.streams = names_create(2);
	names_add(&bench->settings.binance.streams, "trade");
	names_add(&bench->settings.binance.streams, "bookTicker");
	bench->settings.binance.source = (char *)"sim";
	bench->settings.binance.silence_us = MINUTE;
	bench->settings.binance.symbol_silence_us = MINUTE;
	bench->settings.binance.pause_limit_us = 20 * SECOND;
	bench->settings.binance.rotate_at_us = 3 * HOUR + 30 * MINUTE;
	bench->settings.storage.ring = 65536;
	bench->pushed = calloc(PUSHED_MAX, sizeof(bench->pushed[0]));
	assert_non_null(bench->pushed);
	start_feed(bench);
}

static inline void
bench_close(struct bench *bench)
{
	if (!bench->closed)
		stop_feed(bench);
	outside_close();
	names_free(&bench->settings.binance.streams);
	names_free(&bench->names);
	free(bench->pushed);
}

/* ---- frames ---- */

static inline void
give_trade(struct bench *bench, int socket, size_t symbol, int64_t id)
{
	char frame[512];
	int64_t time_ms = clock_wall_us() / CLOCK_MS_US;

	snprintf(frame, sizeof(frame),
	    "{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"E\":%" PRId64
	    ",\"s\":\"%s\",\"t\":%" PRId64 ",\"p\":\"1.5\",\"q\":\"2\",\"T\":%" PRId64
	    ",\"m\":true,\"M\":true}}",
	    time_ms, bench->names.items[symbol], id, time_ms);
	outside_give(socket, frame);
}

static inline void
give_quote(struct bench *bench, int socket, size_t symbol, int64_t id, int bid)
{
	char frame[512];

	snprintf(frame, sizeof(frame),
	    "{\"stream\":\"x@bookTicker\",\"data\":{\"u\":%" PRId64
	    ",\"s\":\"%s\",\"b\":\"%d\",\"B\":\"1\",\"a\":\"%d\",\"A\":\"1\"}}",
	    id, bench->names.items[symbol], bid, bid + 1);
	outside_give(socket, frame);
}

/* A trade of each symbol a second for so long over that connection, ids going on from *id. */
static inline void
trade_for(struct bench *bench, int socket, int64_t us, int64_t *id)
{
	for (int64_t end_us = outside.now_us + us; outside.now_us < end_us; (*id)++) {
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(bench, socket, i, *id);
		outside_advance(SECOND);
	}
}

/* Of that symbol, every trade from first to last came once and in order, and no other. */
static inline void
assert_trades(const struct bench *bench, size_t symbol, int64_t first, int64_t last)
{
	int64_t next = first;

	for (size_t i = 0; i < bench->pushed_count; i++)
		if (bench->pushed[i].symbol == symbol && (bench->pushed[i].flags & TICK_TRADE) != 0)
			assert_int_equal(bench->pushed[i].tick_id, next++);
	assert_int_equal(next, last + 1);
}

static inline int64_t
figure(struct bench *bench, const char *name)
{
	json_t *json = bench->feed->operations->status(bench->feed);
	int64_t value = json_integer_value(json_object_get(json, name));

	json_decref(json);
	return value;
}

static inline bool
is_silent(struct bench *bench, size_t symbol)
{
	json_t *json = bench->feed->operations->status(bench->feed);
	const json_t *of_symbol = json_array_get(json_object_get(json, "symbols"), symbol);
	bool silent = json_is_true(json_object_get(of_symbol, "silent"));

	json_decref(json);
	return silent;
}

static inline bool
was_told(const struct bench *bench, const char *event)
{
	return strstr(bench->told_events, event) != NULL;
}

static inline int
told_count(const struct bench *bench, const char *event)
{
	int count = 0;

	for (const char *at = bench->told_events; (at = strstr(at, event)) != NULL; at++)
		count++;
	return count;
}

#endif
