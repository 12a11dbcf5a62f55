#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "marketsim/candle.h"
#include "marketsim/feed.h"
#include "marketsim/query.h"
#include "marketsim/rest.h"

#define START_US INT64_C(1700000047000000) /* inside a minute */
#define WALL_US INT64_C(1800000000000000)

static struct market market;
static struct market_history history;
static struct ring ring;
static struct feed feed;
static struct rest rest;
static struct instrument instruments[INSTRUMENTS_MAX];

static int
open_market(void **state)
{
	struct problem problem;
	int count = instruments_parse("BTCUSDT,ETHUSDT", instruments, &problem);

	market_init(&market, 1, instruments, count, 20, START_US, CLOCK_DAY_US);
	market_history_init(&history, &market, instruments);
	feed_init(&feed, &market, &history, &ring, START_US, 0);
	rest = (struct rest){ .source = market_history_source(&history) };
	rest.weights.limit = 100000000;
	feed_publish_until(&feed, START_US + 600 * CLOCK_SECOND_US);
	return ring_init(&ring, 1 << 16);
}

static int
close_market(void **state)
{
	ring_finish(&ring);
	return 0;
}

/* The parsed answer, to be given back with json_decref(). */
static json_t *
ask(const char *path, const char *query, int status)
{
	struct rest_answer answer;
	json_t *root;

	rest_answer(&rest, path, query, "127.0.0.1", WALL_US, &answer);
	assert_int_equal(answer.status, status);
	root = json_loadb(answer.body.text, answer.body.length, 0, NULL);
	assert_non_null(root);
	body_free(&answer.body);
	return root;
}

static void
assert_refused(const char *path, const char *query, int code)
{
	json_t *root = ask(path, query, 400);

	assert_int_equal(json_integer_value(json_object_get(root, "code")), code);
	json_decref(root);
}

static int64_t
field(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void
bad_parameters_are_refused_in_the_exchanges_words(void **state)
{
	assert_refused("/api/v3/klines", "symbol=NOPE&interval=5m&", -1121);
	assert_refused("/api/v3/klines", "symbol=BTCUSDT&interval=7m&", -1120);
	assert_refused("/api/v3/klines", "symbol=BTCUSDT&", -1102);
	assert_refused("/api/v3/aggTrades", "limit=5&", -1102);
	assert_refused("/api/v3/aggTrades", "symbol=BTCUSDT&fromId=x&", -1100);
	assert_refused("/api/v3/aggTrades", "symbol=BTCUSDT&fromId=99999999999999999999&", -1130);
	assert_refused("/api/v3/aggTrades", "symbol=BTCUSDT&fromId=5&startTime=5&", -1128);
	assert_refused("/api/v3/aggTrades", "symbol=BTCUSDT&startTime=6&endTime=5&", -1127);
	assert_refused("/api/v3/exchangeInfo", "symbol=NOPE&", -1121);
	json_decref(ask("/api/v3/nothing", "", 404));
}

static void
trades_begin_with_from_id_and_are_contiguous(void **state)
{
	char query[128];
	int64_t from = history.newest_trade[0] - 1500;
	json_t *root;

	snprintf(query, sizeof(query), "symbol=BTCUSDT&fromId=%lld&limit=5000&", (long long)from);
	root = ask("/api/v3/historicalTrades", query, 200);
	assert_int_equal(json_array_size(root), QUERY_LIMIT_MAX);
	for (size_t i = 0; i < QUERY_LIMIT_MAX; i++)
		assert_int_equal(field(json_array_get(root, i), "id"), from + (int64_t)i);
	json_decref(root);
}

static void
the_newest_trades_end_with_what_was_published(void **state)
{
	json_t *root = ask("/api/v3/trades", "symbol=ETHUSDT&limit=3&", 200);

	assert_int_equal(json_array_size(root), 3);
	assert_int_equal(field(json_array_get(root, 2), "id"), history.newest_trade[1]);
	json_decref(root);
}

static void
a_page_beyond_the_live_edge_is_empty(void **state)
{
	int64_t beyond = history.newest_trade[0] + 1;
	char query[128];
	json_t *root;

	snprintf(query, sizeof(query), "symbol=BTCUSDT&fromId=%lld&", (long long)beyond);
	root = ask("/api/v3/historicalTrades", query, 200);
	assert_int_equal(json_array_size(root), 0);
	json_decref(root);
}

static void
aggregates_page_by_id_without_a_hole(void **state)
{
	json_t *newest = ask("/api/v3/aggTrades", "symbol=BTCUSDT&limit=700&", 200);
	json_t *first = json_array_get(newest, 0), *page;
	char query[128];

	assert_int_equal(json_array_size(newest), 700);
	snprintf(query, sizeof(query), "symbol=BTCUSDT&limit=700&fromId=%lld&",
	    (long long)field(first, "a"));
	page = ask("/api/v3/aggTrades", query, 200);
	assert_true(json_equal(newest, page));
	for (size_t i = 1; i < 700; i++) {
		const json_t *one = json_array_get(page, i - 1), *two = json_array_get(page, i);

		assert_int_equal(field(two, "a"), field(one, "a") + 1);
		assert_int_equal(field(two, "f"), field(one, "l") + 1);
	}
	json_decref(newest);
	json_decref(page);
}

static void
aggregates_by_time_lie_within_it(void **state)
{
	int64_t from = START_US / 1000 + 5000, to = from + 7000;
	char query[128];
	json_t *root;

	snprintf(query, sizeof(query), "symbol=BTCUSDT&startTime=%lld&endTime=%lld&limit=1000&",
	    (long long)from, (long long)to);
	root = ask("/api/v3/aggTrades", query, 200);
	assert_true(json_array_size(root) > 5);
	for (size_t i = 0; i < json_array_size(root); i++)
		assert_in_range(field(json_array_get(root, i), "T"), from, to);
	json_decref(root);
}

static json_t *
aggregates_between(int64_t from_ms, int64_t to_ms)
{
	char query[128];

	snprintf(query, sizeof(query), "symbol=BTCUSDT&startTime=%lld&endTime=%lld&limit=1000&",
	    (long long)from_ms, (long long)to_ms);
	return ask("/api/v3/aggTrades", query, 200);
}

static void
windows_of_time_join_without_a_hole_or_an_overlap(void **state)
{
	int64_t from = START_US / 1000 - 60000, last_id = 0, last_trade = 0, count = 0;

	for (; from < START_US / 1000 + 60000; from += 1713) { /* over the start of the market */
		json_t *page = aggregates_between(from, from + 1712), *one;
		size_t i;

		json_array_foreach(page, i, one) {
			assert_true(last_id == 0 || field(one, "a") == last_id + 1);
			assert_true(last_id == 0 || field(one, "f") == last_trade + 1);
			last_id = field(one, "a");
			last_trade = field(one, "l");
			count++;
		}
		json_decref(page);
	}
	assert_true(count > 300);
}

static void
a_kline_counts_the_trades_of_its_aggregates(void **state)
{
	json_t *klines = ask("/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=8&", 200), *row;
	size_t i, j;

	json_array_foreach(klines, i, row) {
		int64_t open_ms = json_integer_value(json_array_get(row, 0)), trades = 0;
		json_t *page = aggregates_between(open_ms, open_ms + 59999), *one;

		assert_in_range(json_array_size(page), 1, 999);
		json_array_foreach(page, j, one)
			trades += field(one, "l") - field(one, "f") + 1;
		assert_int_equal(json_integer_value(json_array_get(row, 8)), trades);
		json_decref(page);
	}
	json_decref(klines);
}

static void
a_lag_hides_what_is_newer_and_keeps_the_time(void **state)
{
	int64_t known_ms = history.now_us / 1000 - 30000, before, newest;
	json_t *root = ask("/api/v3/historicalTrades", "symbol=BTCUSDT&limit=1&", 200);

	before = field(json_array_get(root, 0), "id");
	json_decref(root);
	rest.source.lag_us = 30 * CLOCK_SECOND_US;
	root = ask("/api/v3/historicalTrades", "symbol=BTCUSDT&limit=1000&", 200);
	assert_int_equal(json_array_size(root), 1000);
	newest = field(json_array_get(root, 999), "id");
	assert_true(newest < before);
	assert_true(field(json_array_get(root, 999), "time") <= known_ms);
	json_decref(root);
	root = ask("/api/v3/aggTrades", "symbol=BTCUSDT&limit=1&", 200);
	assert_int_equal(field(json_array_get(root, 0), "l"), newest);
	json_decref(root);
	root = ask("/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=1&", 200);
	assert_true(json_integer_value(json_array_get(json_array_get(root, 0), 0)) <= known_ms);
	json_decref(root);
	root = ask("/api/v3/time", "", 200);
	assert_int_equal(field(root, "serverTime"), history.now_us / 1000);
	json_decref(root);
	rest.source.lag_us = 0;
}

/* The status of one more call at that time; *ret_retry_s is what it was told. */
static int
call(int64_t wall_us, int *ret_retry_s)
{
	struct rest_answer answer;

	rest_answer(&rest, "/api/v3/ping", "", "10.0.0.9", wall_us, &answer);
	body_free(&answer.body);
	*ret_retry_s = answer.retry_after_s;
	return answer.status;
}

static void
every_nth_call_is_refused_and_an_early_one_is_banned(void **state)
{
	int64_t second = CLOCK_SECOND_US;
	int retry_s;

	memset(&rest.tally, 0, sizeof(rest.tally));
	rest.ordinal = 0;
	rest.faults = (struct rest_options){ .every_429 = 2, .retry_after_s = 10 };
	assert_int_equal(call(WALL_US, &retry_s), 200);
	assert_int_equal(call(WALL_US, &retry_s), 429);
	assert_int_equal(retry_s, 10);
	assert_int_equal(call(WALL_US + 10 * second, &retry_s), 200); /* as soon as allowed */
	assert_int_equal(rest.bans.early, 0);
	assert_int_equal(call(WALL_US + 10 * second, &retry_s), 429);
	assert_int_equal(call(WALL_US + 20 * second - 1, &retry_s), 418);
	assert_int_equal(retry_s, 10);
	assert_int_equal(call(WALL_US + 25 * second, &retry_s), 418);
	assert_int_equal(retry_s, 5);
	assert_int_equal(rest.bans.early, 2);
	assert_int_equal(rest.bans.items[1].early_left_us, 1);
	assert_int_equal(call(WALL_US + 30 * second, &retry_s), 200);
	assert_int_equal(rest.tally.statuses[418], 2);
	rest.faults = (struct rest_options){ 0 };
}

static void
calling_on_over_the_weight_is_a_ban(void **state)
{
	int64_t minute_us = WALL_US + 120 * CLOCK_SECOND_US;
	int retry_s;

	assert_int_equal(WALL_US % (60 * CLOCK_SECOND_US), 0);
	memset(&rest.weights, 0, sizeof(rest.weights));
	rest.weights.limit = 1;
	rest.faults.retry_after_s = 5;
	assert_int_equal(call(minute_us, &retry_s), 200);
	assert_int_equal(call(minute_us + 1, &retry_s), 429);
	assert_int_equal(retry_s, 60);
	assert_int_equal(call(minute_us + CLOCK_SECOND_US, &retry_s), 418);
	assert_int_equal(retry_s, 59);
	assert_int_equal(call(minute_us + 60 * CLOCK_SECOND_US, &retry_s), 200);
	assert_int_equal(rest.tally.over_weight, 1);
	rest.weights.limit = 100000000;
}

static int64_t
e8_at(const json_t *row, size_t column)
{
	const char *text = json_string_value(json_array_get(row, column));
	int64_t value_e8;

	assert_non_null(text);
	assert_int_equal(decimal_parse(text, strlen(text), &value_e8), 0);
	return value_e8;
}

/* Folds the trades of [from, to) again, on its own way. */
static void
check_kline(const json_t *row, int64_t from_us, int64_t to_us)
{
	struct trade_source *source = &rest.source;
	int64_t id = source->at_time(source->object, 0, from_us), n = 0;
	int64_t high = 0, low = INT64_MAX, volume = 0, taker = 0;
	struct trade trade;

	for (; id <= history.newest_trade[0]; id++, n++) {
		source->read(source->object, 0, id, &trade, 1);
		if (trade.time_us >= to_us)
			break;
		if (n == 0)
			assert_int_equal(e8_at(row, 1), trade.price_e8);
		high = trade.price_e8 > high ? trade.price_e8 : high;
		low = trade.price_e8 < low ? trade.price_e8 : low;
		volume += trade.quantity_e8;
		taker += trade.buyer_is_maker ? 0 : trade.quantity_e8;
	}
	assert_int_equal(json_integer_value(json_array_get(row, 8)), n);
	if (n == 0)
		return;
	assert_int_equal(e8_at(row, 2), high);
	assert_int_equal(e8_at(row, 3), low);
	assert_int_equal(e8_at(row, 5), volume);
	assert_int_equal(e8_at(row, 9), taker);
}

static void
klines_equal_the_candles_folded_from_trades(void **state)
{
	json_t *root = ask("/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=20&", 200);
	int64_t end_us = candle_open_time(60 * CLOCK_SECOND_US, history.now_us);

	assert_int_equal(json_array_size(root), 20);
	for (size_t i = 0; i < 20; i++) {
		const json_t *row = json_array_get(root, i);
		int64_t open_us = json_integer_value(json_array_get(row, 0)) * CLOCK_MS_US;

		assert_int_equal(open_us, end_us - (19 - (int64_t)i) * 60 * CLOCK_SECOND_US);
		assert_int_equal(json_integer_value(json_array_get(row, 6)),
		    open_us / 1000 + 59999);
		check_kline(row, open_us, open_us + 60 * CLOCK_SECOND_US);
	}
	json_decref(root);
}

static void
klines_reach_back_to_the_history_and_no_further(void **state)
{
	json_t *root =
	    ask("/api/v3/klines", "symbol=BTCUSDT&interval=1h&startTime=0&limit=1000&", 200);
	int64_t hour = 3600 * CLOCK_SECOND_US, count = 0;

	for (int64_t at = candle_open_time(hour, START_US - CLOCK_DAY_US); at <= history.now_us;
	     at += hour)
		count++;
	assert_int_equal(json_array_size(root), count);
	json_decref(root);
}

static void
klines_start_at_start_time_and_stop_at_end_time(void **state)
{
	int64_t minute_ms = 60000, open = START_US / 1000 / minute_ms * minute_ms;
	int64_t from = open + 1, to = open + 3 * minute_ms;
	char query[128];
	json_t *root;

	snprintf(query, sizeof(query), "symbol=BTCUSDT&interval=1m&startTime=%lld&endTime=%lld&",
	    (long long)from, (long long)to);
	root = ask("/api/v3/klines", query, 200);
	assert_int_equal(json_array_size(root), 3);
	assert_int_equal(json_integer_value(json_array_get(json_array_get(root, 0), 0)),
	    open + minute_ms);
	json_decref(root);
}

static void
weight_over_the_limit_is_429_until_the_minute_is_over(void **state)
{
	struct rest_answer answer;

	memset(&rest.weights, 0, sizeof(rest.weights));
	rest.weights.limit = 50;
	for (int i = 1; i <= 3; i++) {
		rest_answer(&rest, "/api/v3/exchangeInfo", "", "10.0.0.1", WALL_US, &answer);
		assert_int_equal(answer.used_weight, 20 * i);
		assert_int_equal(answer.status, i < 3 ? 200 : 429);
		assert_int_equal(answer.retry_after_s > 0, i == 3);
		body_free(&answer.body);
	}
	rest_answer(&rest, "/api/v3/time", "", "10.0.0.2", WALL_US, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.used_weight, 1);
	body_free(&answer.body);
	rest_answer(&rest, "/api/v3/time", "", "10.0.0.1", WALL_US + 60 * CLOCK_SECOND_US, &answer);
	assert_int_equal(answer.status, 200);
	body_free(&answer.body);
	rest.weights.limit = 100000000;
}

static void
weeks_begin_on_monday(void **state)
{
	/* 2026-07-15 was a Wednesday */
	int64_t wednesday_us, monday_us;

	assert_int_equal(clock_parse("2026-07-15T13:00:00", &wednesday_us), 0);
	assert_int_equal(clock_parse("2026-07-13", &monday_us), 0);
	assert_int_equal(candle_open_time(candle_interval("1w"), wednesday_us), monday_us);
	assert_int_equal(candle_interval("2m"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_parameters_are_refused_in_the_exchanges_words),
		cmocka_unit_test(trades_begin_with_from_id_and_are_contiguous),
		cmocka_unit_test(the_newest_trades_end_with_what_was_published),
		cmocka_unit_test(a_page_beyond_the_live_edge_is_empty),
		cmocka_unit_test(aggregates_page_by_id_without_a_hole),
		cmocka_unit_test(aggregates_by_time_lie_within_it),
		cmocka_unit_test(windows_of_time_join_without_a_hole_or_an_overlap),
		cmocka_unit_test(a_kline_counts_the_trades_of_its_aggregates),
		cmocka_unit_test(a_lag_hides_what_is_newer_and_keeps_the_time),
		cmocka_unit_test(every_nth_call_is_refused_and_an_early_one_is_banned),
		cmocka_unit_test(calling_on_over_the_weight_is_a_ban),
		cmocka_unit_test(klines_equal_the_candles_folded_from_trades),
		cmocka_unit_test(klines_reach_back_to_the_history_and_no_further),
		cmocka_unit_test(klines_start_at_start_time_and_stop_at_end_time),
		cmocka_unit_test(weight_over_the_limit_is_429_until_the_minute_is_over),
		cmocka_unit_test(weeks_begin_on_monday),
	};

	return cmocka_run_group_tests(tests, open_market, close_market);
}
