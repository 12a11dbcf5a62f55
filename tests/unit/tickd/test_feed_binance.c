#define _GNU_SOURCE
#include "tickd/feed/feed_binance.h"

#include "tests/unit/tickd/feed_bench.h"

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
		cmocka_unit_test(without_room_nothing_is_read_and_no_successor_is_begun),
		cmocka_unit_test(
		    a_connection_paused_for_too_long_is_closed_and_comes_back_with_room),
		cmocka_unit_test(held_ticks_without_room_are_handed_on_when_there_is_some),
		cmocka_unit_test(successors_left_for_want_of_room_are_begun_ever_more_rarely),
		cmocka_unit_test(held_ticks_outlive_the_connection_that_brought_them),
		cmocka_unit_test(what_cannot_be_understood_is_counted_and_survived),
		cmocka_unit_test(aggregates_are_taken_where_they_were_asked_for),
		cmocka_unit_test(the_exchange_s_clock_is_heard_ten_times_a_second_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
