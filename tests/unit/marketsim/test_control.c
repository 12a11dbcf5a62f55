#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/control.h"

static struct instrument instruments[INSTRUMENTS_MAX];
static struct trade_source source = { .instruments = instruments };
static struct subscriptions subscriptions;
static int listeners[STREAMS_MAX];

static int
begin(void **state)
{
	struct problem problem;

	source.count = instruments_parse("BTCUSDT,\xe5\xb8\x81USDT", instruments, &problem);
	memset(listeners, 0, sizeof(listeners));
	subscriptions_init(&subscriptions, listeners);
	return source.count == 2 ? 0 : -1;
}

static int
end(void **state)
{
	subscriptions_finish(&subscriptions);
	return 0;
}

static void
assert_answer(const char *message, const char *answer)
{
	struct body reply = { 0 };

	control_handle(&subscriptions, &source, message, strlen(message), &reply);
	body_add_bytes(&reply, "", 1);
	assert_string_equal(reply.text, answer);
	body_free(&reply);
}

static void
subscribing_is_answered_and_counted_once(void **state)
{
	const char *message =
	    "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\",\"btcusdt@trade\"],\"id\":1}";

	assert_answer(message, "{\"result\":null,\"id\":1}");
	assert_answer(message, "{\"result\":null,\"id\":1}");
	assert_int_equal(listeners[STREAM_TRADE], 1);
	assert_int_equal(subscriptions.count, 1);
}

static void
a_name_that_nobody_knows_is_silent_but_listed(void **state)
{
	assert_answer("{\"method\":\"SUBSCRIBE\",\"params\":[\"nope@trade\",\"btcusdt@aggTrade\"],"
		      "\"id\":\"x\"}",
	    "{\"result\":null,\"id\":\"x\"}");
	assert_answer("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":3}",
	    "{\"result\":[\"nope@trade\",\"btcusdt@aggTrade\"],\"id\":3}");
	assert_int_equal(subscriptions.wanted_count, 1);
}

static void
unsubscribing_ends_it(void **state)
{
	assert_answer("{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@bookTicker\"],\"id\":1}",
	    "{\"result\":null,\"id\":1}");
	assert_int_equal(listeners[STREAM_BOOK_TICKER], 1);
	assert_answer("{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@bookTicker\"],\"id\":2}",
	    "{\"result\":null,\"id\":2}");
	assert_int_equal(listeners[STREAM_BOOK_TICKER], 0);
	assert_int_equal(subscriptions.count, 0);
}

static void
nonsense_is_answered_with_an_error(void **state)
{
	assert_answer("{", "{\"error\":{\"code\":3,\"msg\":\"Invalid JSON\"},\"id\":null}");
	assert_answer("[]",
	    "{\"error\":{\"code\":2,\"msg\":\"Invalid request: method is missing\"},\"id\":null}");
	assert_answer("{\"method\":\"DANCE\",\"id\":5}",
	    "{\"error\":{\"code\":2,\"msg\":\"Invalid request: unknown method\"},\"id\":5}");
	assert_answer("{\"method\":\"SUBSCRIBE\",\"params\":[7],\"id\":6}",
	    "{\"error\":{\"code\":2,\"msg\":\"Invalid request: params must be an array of stream "
	    "names\"},\"id\":6}");
}

static void
more_than_1024_streams_are_refused(void **state)
{
	char name[STREAM_NAME_SIZE];

	for (int i = 0; i < SUBSCRIPTIONS_MAX; i++) {
		int length = snprintf(name, sizeof(name), "coin%d@trade", i);

		assert_int_equal(subscriptions_add(&subscriptions, name, (size_t)length, -1), 1);
	}
	assert_int_equal(subscriptions_add(&subscriptions, "btcusdt@trade", 13, 0), -E2BIG);
	assert_answer("{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\"],\"id\":6}",
	    "{\"error\":{\"code\":2,\"msg\":\"Invalid request: more than 1024 streams\"},"
	    "\"id\":6}");
}

static void
stream_names_are_lower_case_and_exact(void **state)
{
	assert_int_equal(stream_of_name(instruments, 2, "btcusdt@trade", 13), 0);
	assert_int_equal(stream_of_name(instruments, 2, "BTCUSDT@trade", 13), -1);
	assert_int_equal(stream_of_name(instruments, 2, "btcusdt@trades", 14), -1);
	assert_int_equal(stream_of_name(instruments, 2, "btcusdt", 7), -1);
	assert_int_equal(stream_of_name(instruments, 2, "\xe5\xb8\x81usdt@trade", 13),
	    STREAM_KINDS + STREAM_TRADE);
}

static void
symbols_that_could_not_stand_in_json_are_refused(void **state)
{
	struct problem problem;

	assert_int_equal(instruments_parse("BTC\"USDT", instruments, &problem), -EINVAL);
	assert_int_equal(instruments_parse("", instruments, &problem), -EINVAL);
	assert_int_equal(instruments_parse("A,,B", instruments, &problem), -EINVAL);
	assert_int_equal(instruments_parse("A,B,A", instruments, &problem), -EINVAL);
	assert_string_equal(problem.text, "A is given twice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(subscribing_is_answered_and_counted_once, begin,
		    end),
		cmocka_unit_test_setup_teardown(a_name_that_nobody_knows_is_silent_but_listed,
		    begin, end),
		cmocka_unit_test_setup_teardown(unsubscribing_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(nonsense_is_answered_with_an_error, begin, end),
		cmocka_unit_test_setup_teardown(more_than_1024_streams_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(stream_names_are_lower_case_and_exact, begin, end),
		cmocka_unit_test_setup_teardown(symbols_that_could_not_stand_in_json_are_refused,
		    begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
