#define _GNU_SOURCE
#include "tickd/feed/symbol_watch.h"

#include "tests/unit/tickd/feed_bench.h"

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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_silent_symbol_is_subscribed_anew_then_its_connection_is_replaced_then_it_is_let_be),
		cmocka_unit_test(what_can_be_said_of_many_symbols_makes_few_lines),
		cmocka_unit_test(no_connection_says_more_than_five_things_in_a_second),
		cmocka_unit_test(a_refused_subscription_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
