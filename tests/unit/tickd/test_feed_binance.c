#define _GNU_SOURCE
#include "tickd/feed/feed_binance.h"

#include <inttypes.h>

#include "tests/unit/tickd/fake_outside.h"
#include "tests/unit/tickd/names.h"
#include "tickd/feed/connect_attempts.h"
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

static bool
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

static size_t
on_room(void *context)
{
	return ((struct bench *)context)->room;
}

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	struct bench *bench = context;
	size_t length = strlen(bench->told_events);

	assert_true(strlen(sentence) > 0 && strchr(sentence, '\n') == NULL);
	snprintf(bench->told_events + length, sizeof(bench->told_events) - length, "%s%s%s ", event,
	    symbol == NULL ? "" : ":", symbol == NULL ? "" : symbol);
}

static void
on_raw(void *context, int64_t wall_us, const char *frame, size_t length)
{
	struct bench *bench = context;

	assert_int_equal(wall_us, clock_wall_us());
	assert_true(frame[0] == '{' && length > 1);
	bench->raw++;
}

static void
on_event_time(void *context, int64_t event_time_ms, int64_t wall_us)
{
	assert_int_equal(wall_us, clock_wall_us());
	((struct bench *)context)->times++;
}

static void
on_closed(void *context)
{
	((struct bench *)context)->closed = true;
}

static void
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

static void
stop_feed(struct bench *bench)
{
	bench->feed->operations->stop(bench->feed);
	assert_false(bench->closed);
	outside_advance(0);
	assert_true(bench->closed);
}

static void
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

static void
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

static void
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

static void
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
static void
trade_for(struct bench *bench, int socket, int64_t us, int64_t *id)
{
	for (int64_t end_us = outside.now_us + us; outside.now_us < end_us; (*id)++) {
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(bench, socket, i, *id);
		outside_advance(SECOND);
	}
}

/* Of that symbol, every trade from first to last came once and in order, and no other. */
static void
assert_trades(const struct bench *bench, size_t symbol, int64_t first, int64_t last)
{
	int64_t next = first;

	for (size_t i = 0; i < bench->pushed_count; i++)
		if (bench->pushed[i].symbol == symbol && (bench->pushed[i].flags & TICK_TRADE) != 0)
			assert_int_equal(bench->pushed[i].tick_id, next++);
	assert_int_equal(next, last + 1);
}

static int64_t
figure(struct bench *bench, const char *name)
{
	json_t *json = bench->feed->operations->status(bench->feed);
	int64_t value = json_integer_value(json_object_get(json, name));

	json_decref(json);
	return value;
}

static bool
is_silent(struct bench *bench, size_t symbol)
{
	json_t *json = bench->feed->operations->status(bench->feed);
	const json_t *of_symbol = json_array_get(json_object_get(json, "symbols"), symbol);
	bool silent = json_is_true(json_object_get(of_symbol, "silent"));

	json_decref(json);
	return silent;
}

static bool
was_told(const struct bench *bench, const char *event)
{
	return strstr(bench->told_events, event) != NULL;
}

static int
told_count(const struct bench *bench, const char *event)
{
	int count = 0;

	for (const char *at = bench->told_events; (at = strstr(at, event)) != NULL; at++)
		count++;
	return count;
}

/* ---- connecting ---- */

static void
a_lost_connection_is_tried_again_at_once_then_ever_more_rarely(void **state)
{
	struct bench bench;
	int64_t before_us = 0;

	bench_open(&bench);
	outside.jitter = 999;
	outside_accept(0);
	outside_end_socket(outside_socket(0), "reset");
	for (int i = 1; i < 12; i++) {
		while (outside.socket_count == i)
			outside_advance(CLOCK_MS_US);
		before_us = outside_socket(i)->begun_us - outside_socket(i - 1)->begun_us;
		outside_end_socket(outside_socket(i), "refused");
	}
	assert_int_equal(outside_socket(1)->begun_us, outside_socket(0)->begun_us);
	assert_in_range(before_us, 30 * SECOND, 31 * SECOND);
	assert_true(was_told(&bench, "feed-disconnected"));
	bench_close(&bench);
}

static void
a_connection_that_does_not_come_up_is_given_up_in_time(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_advance(29 * SECOND);
	assert_int_equal(outside.socket_count, 1);
	outside_advance(4 * SECOND);
	assert_true(outside_socket(0)->gone);
	assert_int_equal(outside.socket_count, 2);
	bench_close(&bench);
}

static void
a_connection_that_delivers_nothing_of_the_market_is_replaced(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_accept(0);
	for (int i = 0; i < 65; i++) {
		outside_give(0, "{\"stream\":\"x@depth\",\"data\":{\"e\":\"depthUpdate\"}}");
		outside_advance(SECOND);
	}
	assert_true(outside_socket(0)->gone);
	assert_int_equal(outside.socket_count, 2);
	bench_close(&bench);
}

static void
without_a_limit_on_silence_a_quiet_connection_is_left_alone(void **state)
{
	struct bench bench;

	bench_open(&bench);
	bench.settings.binance.silence_us = 0;
	outside_accept(0);
	outside_advance(HOUR);
	assert_int_equal(outside.socket_count, 1);
	bench_close(&bench);
}

/* All that the address made in the last five minutes counts, whoever made it. */
static void
attempts_stay_below_the_exchange_s_limit_over_restarts(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside.jitter = 0;
	for (int restart = 0; restart < 400; restart++) {
		stop_feed(&bench);
		start_feed(&bench);
		outside_advance(CLOCK_MS_US);
	}
	assert_int_equal(outside.socket_count, CONNECT_ATTEMPTS_MAX);
	outside_advance(298 * SECOND);
	assert_int_equal(outside.socket_count, CONNECT_ATTEMPTS_MAX);
	outside_advance(3 * SECOND);
	assert_int_equal(outside.socket_count, CONNECT_ATTEMPTS_MAX + 1);
	bench_close(&bench);
}

static void
the_end_never_comes_from_inside_of_stop(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_accept(0);
	stop_feed(&bench); /* looks for it */
	start_feed(&bench);
	outside_end_socket(outside_socket(1), "refused");
	stop_feed(&bench);
	start_feed(&bench);
	outside_accept(2);
	outside_advance(4 * HOUR); /* its successor is connecting */
	stop_feed(&bench);
	bench_close(&bench);
}

/* ---- rotation ---- */

static void
at_its_time_a_successor_takes_over_and_no_trade_is_lost_or_doubled(void **state)
{
	struct bench bench;
	int64_t id = 1, both;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 3 * HOUR + 29 * MINUTE, &id);
	assert_int_equal(outside.socket_count, 1);
	while (outside.socket_count == 1)
		trade_for(&bench, 0, SECOND, &id);
	assert_in_range(outside.now_us, 3 * HOUR + 30 * MINUTE, 3 * HOUR + 31 * MINUTE);
	assert_int_equal(figure(&bench, "rotations"), 0);
	outside_accept(1);
	/* The successor hears the next three trades, of which the old one brings the first. */
	both = id;
	for (int64_t ahead = 0; ahead < 3; ahead++)
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, 1, i, both + ahead);
	assert_trades(&bench, 0, 1, both - 1);
	outside_advance(SECOND / 2);
	give_trade(&bench, 0, 0, both);
	give_trade(&bench, 0, 0, both + 1);
	give_trade(&bench, 0, 1, both);
	outside_advance(SECOND / 2);
	assert_int_equal(figure(&bench, "rotations"), 0);
	give_trade(&bench, 0, 2, both);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_non_null(outside_socket(0)->closing);
	for (size_t i = 0; i < SYMBOLS; i++) {
		give_trade(&bench, 0, i, both + 2); /* not listened to */
		assert_trades(&bench, i, 1, both + 2);
	}
	id = both + 3;
	trade_for(&bench, 1, 2 * MINUTE, &id);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	assert_true(was_told(&bench, "feed-rotated"));
	bench_close(&bench);
}

static void
a_successor_that_is_behind_brings_nothing_again(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	give_trade(&bench, 1, 0, id);
	trade_for(&bench, 0, 3 * SECOND, &id);
	assert_int_equal(figure(&bench, "rotations"), 1);
	for (int64_t behind = 3; behind > 0; behind--)
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, 1, i, id - behind);
	trade_for(&bench, 1, 3 * SECOND, &id);
	/* The first second of the three that the old one had brought was before the take-over. */
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

static void
a_shutdown_is_answered_by_a_successor_at_once(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	assert_int_equal(outside.socket_count, 2);
	assert_int_equal(outside_socket(1)->begun_us, outside.now_us);
	assert_false(outside_socket(0)->gone);
	/* It dies before the successor has brought anything. */
	outside_accept(1);
	outside_end_socket(outside_socket(0), "closed by the other side");
	trade_for(&bench, 1, MINUTE, &id);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	bench_close(&bench);
}

static void
a_successor_that_fails_is_tried_again_while_the_old_one_delivers(void **state)
{
	struct bench bench;
	int64_t id = 1;
	int before;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	for (int i = 1; i < 6; i++) {
		outside_end_socket(outside_socket(i), "refused");
		before = outside.socket_count;
		while (outside.socket_count == before)
			trade_for(&bench, 0, SECOND, &id);
	}
	assert_true(was_told(&bench, "rotation-delayed"));
	assert_int_equal(figure(&bench, "reconnects"), 0);
	outside_accept(6);
	give_trade(&bench, 6, 1, id);
	trade_for(&bench, 0, 2 * SECOND, &id);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_true(outside_socket(0)->gone);
	bench_close(&bench);
}

static void
when_the_old_one_dies_first_the_successor_is_the_line(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_end_socket(outside_socket(0), "closed by the other side");
	outside_advance(SECOND);
	assert_int_equal(outside.socket_count, 2);
	outside_accept(1);
	trade_for(&bench, 1, MINUTE, &id);
	assert_int_equal(outside.socket_count, 2);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "reconnects"), 1);
	bench_close(&bench);
}

static void
a_full_list_of_held_ticks_ends_the_overlap_without_a_loss(void **state)
{
	struct bench bench;
	int64_t id = 1, held;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	held = id;
	for (int i = 0; i < HANDOVER_TICKS; i++)
		give_trade(&bench, 1, 0, held++);
	assert_int_equal(figure(&bench, "rotations"), 0);
	give_trade(&bench, 1, 0, held++);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_trades(&bench, 0, 1, held - 1);
	bench_close(&bench);
}

static void
a_held_trade_carries_the_bid_and_ask_of_its_own_moment(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	give_quote(&bench, 1, 0, 500, 70);
	give_trade(&bench, 1, 0, id);
	give_quote(&bench, 1, 0, 501, 80);
	give_trade(&bench, 1, 0, id + 1);
	give_quote(&bench, 0, 0, 502, 90);
	outside_end_socket(outside_socket(0), "closed by the other side");
	assert_int_equal(bench.pushed[bench.pushed_count - 2].bid_e8, INT64_C(7000000000));
	assert_int_equal(bench.pushed[bench.pushed_count - 1].bid_e8, INT64_C(8000000000));
	assert_int_equal(bench.pushed[bench.pushed_count - 1].ask_e8, INT64_C(8100000000));
	bench_close(&bench);
}

static void
a_second_shutdown_right_after_a_rotation_is_answered_as_well(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	for (int i = 0; i < 3; i++) {
		outside_give(i, SHUTDOWN);
		while (outside.socket_count < i + 2)
			trade_for(&bench, i, SECOND, &id);
		outside_accept(i + 1);
		give_trade(&bench, i + 1, 0, id);
		trade_for(&bench, i, 3 * SECOND, &id);
		assert_true(outside_socket(i)->gone);
		for (int64_t behind = 3; behind > 0; behind--)
			for (size_t k = 0; k < SYMBOLS; k++)
				give_trade(&bench, i + 1, k, id - behind);
	}
	assert_int_equal(figure(&bench, "rotations"), 3);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

static void
a_week_of_it_rotates_every_day_and_loses_nothing(void **state)
{
	struct bench bench;
	int64_t id = 1;
	int line = 0;

	bench_open(&bench);
	outside_accept(0);
	for (int minute = 0; minute < 7 * 24 * 60; minute++) {
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, line, i, id);
		for (size_t i = 0; i < SYMBOLS && outside.socket_count == line + 2; i++)
			give_trade(&bench, line + 1, i, id);
		id++;
		for (int i = 0; i < 3; i++) {
			outside_advance(20 * SECOND);
			if (outside.socket_count == line + 2 && !outside_socket(line + 1)->open)
				outside_accept(line + 1);
		}
		line += outside_socket(line)->gone;
	}
	assert_in_range(figure(&bench, "rotations"), 7, 12);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	for (int i = 1; i < outside.socket_count; i++)
		assert_true(outside_socket(i)->begun_us - outside_socket(i - 1)->begun_us <
		    23 * HOUR + 32 * MINUTE);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

/* ---- back-pressure ---- */

static void
without_room_nothing_is_read_and_no_successor_is_begun(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	give_trade(&bench, 1, 0, id);
	bench.room = 8000;
	give_trade(&bench, 0, 0, id);
	assert_true(outside_socket(0)->paused);
	outside_advance(2 * SECOND);
	assert_true(outside_socket(1)->gone);
	assert_int_equal(outside.socket_count, 2);
	bench.room = SIZE_MAX / 2;
	bench.feed->operations->resume(bench.feed);
	assert_false(outside_socket(0)->paused);
	outside_advance(2 * SECOND);
	assert_int_equal(outside.socket_count, 3);
	bench_close(&bench);
}

static void
a_connection_paused_for_too_long_is_closed_and_comes_back_with_room(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	bench.room = 8000;
	give_trade(&bench, 0, 0, id++);
	outside_advance(22 * SECOND);
	assert_true(outside_socket(0)->gone);
	assert_int_equal(outside.socket_count, 1);
	bench.room = SIZE_MAX / 2;
	bench.feed->operations->resume(bench.feed);
	assert_int_equal(outside.socket_count, 2);
	bench_close(&bench);
}

static void
held_ticks_without_room_are_handed_on_when_there_is_some(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	for (int i = 0; i < 100; i++)
		give_trade(&bench, 1, 0, id + i);
	bench.room = 10;
	outside_end_socket(outside_socket(0), "closed by the other side");
	assert_trades(&bench, 0, 1, id + 9);
	assert_true(outside_socket(1)->paused);
	give_trade(&bench, 1, 0, id + 100); /* was on the way */
	bench.room = SIZE_MAX / 2;
	bench.feed->operations->resume(bench.feed);
	assert_false(outside_socket(1)->paused);
	give_trade(&bench, 1, 0, id + 101);
	assert_trades(&bench, 0, 1, id + 101);
	bench_close(&bench);
}

/* Storage that is full again and again must not cost an attempt to connect each time. */
static void
successors_left_for_want_of_room_are_begun_ever_more_rarely(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	for (int i = 0; i < 300; i++) {
		outside_advance(SECOND);
		bench.room = 8000;
		give_trade(&bench, 0, 0, id++);
		assert_true(outside_socket(0)->paused);
		outside_advance(CLOCK_MS_US);
		bench.room = SIZE_MAX / 2;
		bench.feed->operations->resume(bench.feed);
	}
	assert_in_range(outside.socket_count, 3, 30);
	outside_end_socket(outside_socket(0), "closed by the other side");
	outside_advance(CLOCK_MS_US);
	assert_int_equal(outside.sockets[outside.socket_count - 1]->begun_us / SECOND,
	    outside.now_us / SECOND);
	bench_close(&bench);
}

static void
held_ticks_outlive_the_connection_that_brought_them(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	for (int i = 0; i < 100; i++)
		give_trade(&bench, 1, 0, id + i);
	bench.room = 10;
	outside_end_socket(outside_socket(0), "closed by the other side");
	outside_end_socket(outside_socket(1), "closed by the other side");
	outside_advance(5 * SECOND);
	assert_int_equal(outside.socket_count, 2); /* nobody could take what it would bring */
	bench.room = SIZE_MAX / 2;
	bench.feed->operations->resume(bench.feed);
	assert_trades(&bench, 0, 1, id + 99);
	assert_int_equal(outside.socket_count, 3);
	outside_accept(2);
	give_trade(&bench, 2, 0, id + 100);
	assert_trades(&bench, 0, 1, id + 100);
	bench_close(&bench);
}

/* ---- silence of one symbol ---- */

/* Trades of all symbols but the first, for so many seconds. */
static void
trade_others(struct bench *bench, int socket, int seconds, int64_t *id)
{
	for (int i = 0; i < seconds; i++, (*id)++) {
		for (size_t k = 1; k < SYMBOLS; k++)
			give_trade(bench, socket, k, *id);
		outside_advance(SECOND);
	}
}

static void
a_silent_symbol_is_subscribed_anew_then_its_connection_is_replaced_then_it_is_let_be(void **state)
{
	struct bench bench;
	int64_t id = 1;
	struct ws_connection *socket;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	trade_others(&bench, 0, 58, &id);
	assert_false(is_silent(&bench, 0));
	socket = outside_socket(0);
	assert_int_equal(socket->sent_count, 0);
	trade_others(&bench, 0, 4, &id);
	assert_true(is_silent(&bench, 0));
	assert_false(is_silent(&bench, 1));
	assert_true(was_told(&bench, "symbol-silent:BTCUSDT"));
	assert_int_equal(socket->sent_count, 2);
	assert_string_equal(socket->sent[0].text,
	    "{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@trade\",\"btcusdt@bookTicker\"],\"id\":1}");
	assert_string_equal(socket->sent[1].text,
	    "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\",\"btcusdt@bookTicker\"],\"id\":2}");
	outside_give(0, "{\"result\":null,\"id\":1}");
	outside_give(0, "{\"result\":null,\"id\":2}");
	trade_others(&bench, 0, 60, &id);
	assert_int_equal(outside.socket_count, 2);
	outside_accept(1);
	give_trade(&bench, 1, 1, id);
	trade_others(&bench, 0, 7, &id);
	assert_int_equal(figure(&bench, "rotations"), 1);
	trade_others(&bench, 1, 60, &id);
	assert_true(was_told(&bench, "symbol-quiet:BTCUSDT"));
	assert_true(is_silent(&bench, 0));
	trade_others(&bench, 1, 3600, &id);
	assert_int_equal(outside.socket_count, 2);
	give_trade(&bench, 1, 0, 61);
	outside_advance(SECOND);
	assert_false(is_silent(&bench, 0));
	assert_true(was_told(&bench, "symbol-back:BTCUSDT"));
	bench_close(&bench);
}

/* Half a market may halt at once, and every message may be refused. */
static void
what_can_be_said_of_many_symbols_makes_few_lines(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	for (int i = 0; i < 1000; i++)
		outside_give(0, "{\"error\":{\"code\":2,\"msg\":\"no\"},\"id\":1}");
	assert_int_equal(told_count(&bench, "subscription-refused"), 20);
	trade_for(&bench, 0, 61 * SECOND, &id);
	outside_give(0, "{\"error\":{\"code\":2,\"msg\":\"no\"},\"id\":1}");
	assert_int_equal(told_count(&bench, "subscription-refused"), 21);
	bench_close(&bench);
}

static void
no_connection_says_more_than_five_things_in_a_second(void **state)
{
	struct bench bench;
	const struct ws_connection *socket;
	char name[32];

	bench_open(&bench);
	stop_feed(&bench);
	names_free(&bench.names);
	bench.names = names_create(60);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "S%dUSDT", i);
		names_add(&bench.names, name);
	}
	bench.settings.binance.symbols = bench.names;
	start_feed(&bench);
	outside_accept(1);
	socket = outside_socket(1);
	for (int64_t i = 0; i < 1300; i++) {
		give_trade(&bench, 1, 0, i);
		outside_advance(SECOND);
	}
	/* 59 symbols that never traded, in four batches of two messages. */
	assert_in_range(socket->sent_count, 8, OUTSIDE_SENT - 1);
	for (int i = 3; i < socket->sent_count; i++)
		assert_true(socket->sent[i].at_us - socket->sent[i - 3].at_us > SECOND);
	bench_close(&bench);
}

static void
a_refused_subscription_is_told(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_accept(0);
	outside_give(0, "{\"result\":null,\"id\":1}");
	assert_false(was_told(&bench, "subscription-refused"));
	outside_give(0, "{\"error\":{\"code\":2,\"msg\":\"Invalid request\"},\"id\":1}");
	assert_true(was_told(&bench, "subscription-refused"));
	bench_close(&bench);
}

/* ---- frames ---- */

static void
what_cannot_be_understood_is_counted_and_survived(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_accept(0);
	outside_give(0, "{\"stream\":");
	outside_give(0, "{\"stream\":\"x\",\"data\":{\"e\":\"news\"}}");
	outside_give(0, "{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":2,\"s\":\"BTCUSDT\","
			"\"a\":7,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":2,\"T\":1,\"m\":true}}");
	outside_socket(0)->handler.frame(outside_socket(0)->handler.context, NULL, 0);
	give_trade(&bench, 0, 0, 5);
	assert_trades(&bench, 0, 5, 5);
	assert_int_equal(figure(&bench, "frames"), 5);
	assert_int_equal(figure(&bench, "malformed"), 1);
	assert_int_equal(figure(&bench, "unknown"), 2);
	assert_int_equal(figure(&bench, "oversize"), 1);
	assert_int_equal(bench.raw, 4);
	assert_true(was_told(&bench, "frame-malformed"));
	bench_close(&bench);
}

static void
aggregates_are_taken_where_they_were_asked_for(void **state)
{
	struct bench bench;

	bench_open(&bench);
	stop_feed(&bench);
	strcpy(bench.settings.binance.streams.items[1], "aggTrade");
	start_feed(&bench);
	outside_accept(1);
	outside_give(1, "{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":2,\"s\":\"BTCUSDT\","
			"\"a\":7,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":2,\"T\":1,\"m\":true}}");
	give_trade(&bench, 1, 0, 5);
	assert_trades(&bench, 0, 7, 7);
	assert_int_equal(bench.pushed[0].trade_count, 2);
	assert_int_equal(figure(&bench, "unknown"), 1);
	bench_close(&bench);
}

static void
the_exchange_s_clock_is_heard_ten_times_a_second_at_the_most(void **state)
{
	struct bench bench;

	bench_open(&bench);
	outside_accept(0);
	for (int64_t i = 0; i < 1000; i++) {
		give_trade(&bench, 0, 0, i);
		outside_advance(10 * CLOCK_MS_US);
	}
	assert_in_range(bench.times, 90, 101);
	bench_close(&bench);
}

/* ---- two connections by chance ---- */

/* All trades of the market in one order; each connection brings them in that order, behind by its
   own time, from the moment on at which it listened. */
#define WALK_TRADES 3000
#define WALK_STEP_US (20 * CLOCK_MS_US)
#define WALK_BEHIND 25 /* half a second */

struct walk {
	struct bench bench;
	struct {
		size_t symbol;
		int64_t id;
	} market[WALK_TRADES];
	int64_t ids[SYMBOLS];
	int made;
	int at[OUTSIDE_SOCKETS]; /* what each connection brings next */
};

/* Brings some of what it has not brought yet; it is so many trades behind at the most. */
static void
walk_bring(struct walk *walk, int i, int behind, uint64_t *chance)
{
	const struct ws_connection *socket = outside_socket(i);

	while (socket->open && socket->closing == NULL && walk->at[i] < walk->made &&
	    (walk->at[i] < walk->made - behind || chance_below(chance, 3) != 0)) {
		int at = walk->at[i]++;

		give_trade(&walk->bench, i, walk->market[at].symbol, walk->market[at].id);
	}
}

static void
walk_step(struct walk *walk, uint64_t *chance)
{
	size_t symbol = (size_t)chance_below(chance, SYMBOLS);

	walk->market[walk->made].symbol = symbol;
	walk->market[walk->made++].id = walk->ids[symbol]++;
	for (int i = 0; i < outside.socket_count; i++) {
		if (!outside_socket(i)->gone && !outside_socket(i)->open &&
		    chance_below(chance, 20) == 0) {
			outside_accept(i);
			walk->at[i] = walk->made;
		}
		walk_bring(walk, i, WALK_BEHIND, chance);
	}
	outside_advance(WALK_STEP_US);
}

/* The connection that delivers, and not its successor. */
static int
oldest_open(void)
{
	for (int i = 0; i < outside.socket_count; i++)
		if (outside_socket(i)->open)
			return i;
	return -1;
}

static void
any_number_of_rotations_hands_on_each_trade_once_and_in_order(void **state)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	uint64_t chance = chance_seed();

	assert_non_null(walk);
	for (int run = 0; run < 60; run++) {
		memset(walk, 0, sizeof(*walk));
		bench_open(&walk->bench);
		outside_accept(0);
		while (walk->made < WALK_TRADES - 600) {
			if (chance_below(&chance, 400) == 0)
				outside_give(oldest_open(), SHUTDOWN);
			walk_step(walk, &chance);
		}
		while (walk->made < WALK_TRADES)
			walk_step(walk, &chance);
		for (int i = 0; i < outside.socket_count; i++)
			walk_bring(walk, i, 0, &chance);
		outside_advance(10 * SECOND);
		assert_int_equal(figure(&walk->bench, "reconnects"), 0);
		assert_true(figure(&walk->bench, "rotations") > 0);
		for (size_t i = 0; i < SYMBOLS; i++)
			assert_trades(&walk->bench, i, 0, walk->ids[i] - 1);
		bench_close(&walk->bench);
	}
	free(walk);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_connection_is_tried_again_at_once_then_ever_more_rarely),
		cmocka_unit_test(a_connection_that_does_not_come_up_is_given_up_in_time),
		cmocka_unit_test(a_connection_that_delivers_nothing_of_the_market_is_replaced),
		cmocka_unit_test(without_a_limit_on_silence_a_quiet_connection_is_left_alone),
		cmocka_unit_test(attempts_stay_below_the_exchange_s_limit_over_restarts),
		cmocka_unit_test(the_end_never_comes_from_inside_of_stop),
		cmocka_unit_test(at_its_time_a_successor_takes_over_and_no_trade_is_lost_or_doubled),
		cmocka_unit_test(a_successor_that_is_behind_brings_nothing_again),
		cmocka_unit_test(a_shutdown_is_answered_by_a_successor_at_once),
		cmocka_unit_test(a_successor_that_fails_is_tried_again_while_the_old_one_delivers),
		cmocka_unit_test(when_the_old_one_dies_first_the_successor_is_the_line),
		cmocka_unit_test(a_full_list_of_held_ticks_ends_the_overlap_without_a_loss),
		cmocka_unit_test(a_held_trade_carries_the_bid_and_ask_of_its_own_moment),
		cmocka_unit_test(a_second_shutdown_right_after_a_rotation_is_answered_as_well),
		cmocka_unit_test(a_week_of_it_rotates_every_day_and_loses_nothing),
		cmocka_unit_test(without_room_nothing_is_read_and_no_successor_is_begun),
		cmocka_unit_test(a_connection_paused_for_too_long_is_closed_and_comes_back_with_room),
		cmocka_unit_test(held_ticks_without_room_are_handed_on_when_there_is_some),
		cmocka_unit_test(successors_left_for_want_of_room_are_begun_ever_more_rarely),
		cmocka_unit_test(held_ticks_outlive_the_connection_that_brought_them),
		cmocka_unit_test(
		    a_silent_symbol_is_subscribed_anew_then_its_connection_is_replaced_then_it_is_let_be),
		cmocka_unit_test(what_can_be_said_of_many_symbols_makes_few_lines),
		cmocka_unit_test(no_connection_says_more_than_five_things_in_a_second),
		cmocka_unit_test(a_refused_subscription_is_told),
		cmocka_unit_test(what_cannot_be_understood_is_counted_and_survived),
		cmocka_unit_test(aggregates_are_taken_where_they_were_asked_for),
		cmocka_unit_test(the_exchange_s_clock_is_heard_ten_times_a_second_at_the_most),
		cmocka_unit_test(any_number_of_rotations_hands_on_each_trade_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
