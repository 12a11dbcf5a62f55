#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/decimal.h"
#include "marketsim/feed.h"

#define START_US INT64_C(1700000000000000)

static struct instrument instruments[INSTRUMENTS_MAX];

struct stage {
	struct market market;
	struct market_history history;
	struct ring ring;
	struct feed feed;
	uint64_t cursor;
};

static struct stage *
stage_new(uint64_t seed, int64_t trades)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct problem problem;
	int count = instruments_parse("BTCUSDT,ETHUSDT", instruments, &problem);

	assert_non_null(stage);
	market_init(&stage->market, seed, instruments, count, 100, START_US, CLOCK_DAY_US);
	market_history_init(&stage->history, &stage->market, instruments);
	assert_int_equal(ring_init(&stage->ring, 1 << 22), 0);
	feed_init(&stage->feed, &stage->market, &stage->history, &stage->ring, START_US, trades);
	for (int i = 0; i < count * STREAM_KINDS; i++)
		stage->feed.listeners[i] = 1;
	return stage;
}

static void
stage_free(struct stage *stage)
{
	ring_finish(&stage->ring);
	free(stage);
}

static void
the_same_seed_gives_the_same_bytes(void **state)
{
	struct stage *one = stage_new(42, 0), *two = stage_new(42, 0);
	struct ring_frame a, b;
	int frames = 0;

	feed_publish_until(&one->feed, START_US + 30 * CLOCK_SECOND_US);
	for (int64_t at = 0; at <= 30 * CLOCK_SECOND_US; at += 12345)
		feed_publish_until(&two->feed, START_US + at);
	feed_publish_until(&two->feed, START_US + 30 * CLOCK_SECOND_US);
	while (ring_read(&one->ring, &one->cursor, &a) == 1) {
		assert_int_equal(ring_read(&two->ring, &two->cursor, &b), 1);
		assert_int_equal(a.length, b.length);
		assert_memory_equal(a.text, b.text, a.length);
		frames++;
	}
	assert_int_equal(ring_read(&two->ring, &two->cursor, &b), 0);
	assert_true(frames > 3000);
	stage_free(one);
	stage_free(two);
}

static void
a_market_that_goes_on_publishes_what_it_would_have_published(void **state)
{
	static struct market market;
	static struct market_history whole_history, later_history;
	static struct feed whole, later;
	static struct ring ring;
	int64_t begin_us = START_US + 61 * CLOCK_SECOND_US + 1234;
	struct problem problem;
	int count = instruments_parse("BTCUSDT,ETHUSDT", instruments, &problem);

	market_init(&market, 7, instruments, count, 100, START_US, CLOCK_DAY_US);
	market_history_init(&whole_history, &market, instruments);
	market_history_init(&later_history, &market, instruments);
	feed_init(&whole, &market, &whole_history, &ring, START_US, 0);
	feed_init(&later, &market, &later_history, &ring, begin_us, 0);
	feed_publish_until(&whole, begin_us - 1);
	for (int i = 0; i < count; i++) {
		assert_true(whole_history.newest_trade[i] > market.symbols[i].first_trade_id + 100);
		assert_int_equal(later_history.newest_trade[i], whole_history.newest_trade[i]);
	}
	assert_true(feed_next_time(&later) >= begin_us);
	feed_publish_until(&whole, begin_us + 45 * CLOCK_SECOND_US);
	feed_publish_until(&later, begin_us + 45 * CLOCK_SECOND_US);
	for (int i = 0; i < count; i++)
		assert_int_equal(later_history.newest_trade[i], whole_history.newest_trade[i]);
}

static void
a_market_that_goes_on_inside_a_hole_has_its_newest_trade_before_it(void **state)
{
	static struct market market;
	static struct market_history history;
	static struct feed feed;
	static struct ring ring;
	int64_t begin_us = START_US + 61 * CLOCK_SECOND_US, newest;
	struct trade_source source;
	struct problem problem;
	struct trade read;

	assert_int_equal(instruments_parse("BTCUSDT", instruments, &problem), 1);
	market_init(&market, 7, instruments, 1, 100, START_US, CLOCK_DAY_US);
	market_history_init(&history, &market, instruments);
	feed_init(&feed, &market, &history, &ring, begin_us, 0);
	newest = history.newest_trade[0] - market.symbols[0].first_trade_id + 1;
	market_add_hole(&market, 0, newest - 200, newest + 200);
	source = market_history_source(&history);
	feed_init(&feed, &market, &history, &ring, begin_us, 0);
	newest += market.symbols[0].first_trade_id - 1;
	assert_true(history.newest_trade[0] < newest - 200);
	assert_true(history.newest_trade[0] > newest - 200 - 64); /* whole orders are lacking */
	assert_int_equal(source.read(&history, 0, history.newest_trade[0], &read, 1), 1);
	assert_int_equal(read.id, history.newest_trade[0]);
	feed_publish_until(&feed, begin_us + 30 * CLOCK_SECOND_US);
	assert_int_equal(source.read(&history, 0, newest, &read, 1), 1);
	assert_true(read.id > newest + 200);
}

static int64_t
price_of(const json_t *data, const char *key)
{
	const char *text = json_string_value(json_object_get(data, key));
	int64_t value_e8;

	assert_non_null(text);
	assert_int_equal(decimal_parse(text, strlen(text), &value_e8), 0);
	return value_e8;
}

/* What the stream says of one symbol, checked frame by frame against what REST would say. */
struct listener {
	int64_t trade, update, bid, ask;
};

static void
hear_trade(struct stage *stage, struct listener *listener, int symbol, const json_t *data)
{
	struct trade_source source = market_history_source(&stage->history);
	int64_t id = json_integer_value(json_object_get(data, "t"));
	bool maker = json_is_true(json_object_get(data, "m"));
	struct trade trade;

	assert_true(listener->trade == 0 || id == listener->trade + 1);
	listener->trade = id;
	if (listener->bid > 0)
		assert_int_equal(price_of(data, "p"), maker ? listener->bid : listener->ask);
	assert_int_equal(source.read(source.object, symbol, id, &trade, 1), 1);
	assert_int_equal(trade.id, id);
	assert_int_equal(trade.price_e8, price_of(data, "p"));
	assert_int_equal(trade.quantity_e8, price_of(data, "q"));
	assert_int_equal(trade.time_us / 1000, json_integer_value(json_object_get(data, "T")));
	assert_int_equal(trade.buyer_is_maker, maker);
	assert_true(json_integer_value(json_object_get(data, "E")) >= trade.time_us / 1000);
}

static void
hear_quote(struct listener *listener, const json_t *data)
{
	int64_t update = json_integer_value(json_object_get(data, "u"));

	assert_true(update > listener->update);
	listener->update = update;
	listener->bid = price_of(data, "b");
	listener->ask = price_of(data, "a");
	assert_true(listener->bid < listener->ask);
	assert_true(price_of(data, "B") > 0 && price_of(data, "A") > 0);
}

static void
frames_are_json_and_agree_with_what_rest_reads(void **state)
{
	struct stage *stage = stage_new(1, 0);
	struct listener listeners[2] = { 0 };
	struct ring_frame frame;
	char name[64];

	feed_publish_until(&stage->feed, START_US + 60 * CLOCK_SECOND_US);
	while (ring_read(&stage->ring, &stage->cursor, &frame) == 1) {
		json_t *root = json_loadb(frame.text, frame.length, 0, NULL);
		json_t *raw = json_loadb(frame.text + frame.data, frame.length - frame.data - 1,
		    0, NULL);
		int symbol = frame.stream / STREAM_KINDS, kind = frame.stream % STREAM_KINDS;
		const json_t *data = json_object_get(root, "data");

		assert_non_null(root);
		assert_true(json_equal(raw, data));
		snprintf(name, sizeof(name), "%s@%s", instruments[symbol].lower,
		    stream_kind_names[kind]);
		assert_string_equal(json_string_value(json_object_get(root, "stream")), name);
		assert_string_equal(json_string_value(json_object_get(data, "s")),
		    instruments[symbol].name);
		if (kind == STREAM_TRADE)
			hear_trade(stage, &listeners[symbol], symbol, data);
		else if (kind == STREAM_BOOK_TICKER)
			hear_quote(&listeners[symbol], data);
		json_decref(root);
		json_decref(raw);
	}
	assert_true(listeners[0].trade - stage->market.symbols[0].first_trade_id > 1000);
	stage_free(stage);
}

static void
aggregates_hold_exactly_their_trades(void **state)
{
	struct stage *stage = stage_new(1, 0);
	struct ring_frame frame;
	int64_t last = 0, sum = 0, aggregate = 0;

	feed_publish_until(&stage->feed, START_US + 60 * CLOCK_SECOND_US);
	while (ring_read(&stage->ring, &stage->cursor, &frame) == 1) {
		json_t *root = json_loadb(frame.text, frame.length, 0, NULL);
		const json_t *data = json_object_get(root, "data");

		if (frame.stream == STREAM_TRADE) {
			last = json_integer_value(json_object_get(data, "t"));
			sum += price_of(data, "q");
		} else if (frame.stream == STREAM_AGG_TRADE) {
			int64_t id = json_integer_value(json_object_get(data, "a"));

			assert_int_equal(json_integer_value(json_object_get(data, "l")), last);
			assert_int_equal(price_of(data, "q"), sum);
			assert_true(aggregate == 0 || id == aggregate + 1);
			aggregate = id;
			sum = 0;
		}
		json_decref(root);
	}
	assert_true(aggregate > 0);
	stage_free(stage);
}

static void
the_market_stops_after_exactly_so_many_trades(void **state)
{
	struct stage *stage = stage_new(1, 777);
	int64_t trades = 0;

	feed_publish_until(&stage->feed, START_US + 3600 * CLOCK_SECOND_US);
	for (int i = 0; i < 2; i++)
		trades += stage->history.newest_trade[i] -
		    stage->market.symbols[i].first_trade_id + 1;
	assert_int_equal(trades, 777);
	assert_true(feed_next_time(&stage->feed) == INT64_MAX);
	stage_free(stage);
}

static void
a_hole_is_in_no_frame_and_in_no_answer(void **state)
{
	struct stage *stage = stage_new(1, 0);
	struct trade_source source = market_history_source(&stage->history);
	int64_t begin = stage->market.symbols[0].first_trade_id, id = begin, seen = 0;
	struct ring_frame frame;
	struct trade read[64];

	market_add_hole(&stage->market, 0, 51, 60);
	feed_publish_until(&stage->feed, START_US + 20 * CLOCK_SECOND_US);
	while (ring_read(&stage->ring, &stage->cursor, &frame) == 1) {
		json_t *root = json_loadb(frame.text, frame.length, 0, NULL);
		const json_t *data = json_object_get(root, "data");

		if (frame.stream == STREAM_TRADE) {
			assert_int_equal(source.read(&stage->history, 0, id, read, 64) > 0, 1);
			assert_int_equal(json_integer_value(json_object_get(data, "t")),
			    read[0].id);
			assert_true(read[0].id < begin + 50 || read[0].id >= begin + 60);
			id = read[0].id + 1;
			seen++;
		}
		json_decref(root);
	}
	assert_int_equal(seen, stage->feed.made[0]);
	assert_true(seen > 100 && id - begin - seen >= 10 && id - begin - seen <= 30);
	stage_free(stage);
}

static void
frames_that_nobody_wants_are_not_made(void **state)
{
	struct stage *stage = stage_new(1, 0);
	struct ring_frame frame;

	memset(stage->feed.listeners, 0, sizeof(stage->feed.listeners));
	stage->feed.listeners[STREAM_KINDS + STREAM_BOOK_TICKER] = 1;
	feed_publish_frames(&stage->feed, 1000);
	assert_true(stage->feed.frames >= 1000);
	while (ring_read(&stage->ring, &stage->cursor, &frame) == 1)
		assert_int_equal(frame.stream, STREAM_KINDS + STREAM_BOOK_TICKER);
	assert_true(stage->cursor > 0);
	stage_free(stage);
}

static void
a_reader_a_ring_behind_is_told_so(void **state)
{
	struct stage *stage = stage_new(1, 0);
	struct ring_frame frame;

	while (stage->ring.head < 2 * stage->ring.size)
		feed_publish_frames(&stage->feed, stage->feed.frames + 1000);
	assert_true(ring_read(&stage->ring, &stage->cursor, &frame) < 0);
	stage->cursor = stage->ring.head;
	assert_int_equal(ring_read(&stage->ring, &stage->cursor, &frame), 0);
	stage_free(stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(a_market_that_goes_on_publishes_what_it_would_have_published),
		cmocka_unit_test(a_market_that_goes_on_inside_a_hole_has_its_newest_trade_before_it),
		cmocka_unit_test(frames_are_json_and_agree_with_what_rest_reads),
		cmocka_unit_test(aggregates_hold_exactly_their_trades),
		cmocka_unit_test(the_market_stops_after_exactly_so_many_trades),
		cmocka_unit_test(a_hole_is_in_no_frame_and_in_no_answer),
		cmocka_unit_test(frames_that_nobody_wants_are_not_made),
		cmocka_unit_test(a_reader_a_ring_behind_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
