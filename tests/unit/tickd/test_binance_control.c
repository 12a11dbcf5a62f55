#define _GNU_SOURCE
#include "tickd/feed/binance_control.h"

#include "tests/unit/tickd/names.h"

static void
a_message_names_each_stream_of_the_symbols_as_the_exchange_wants_it(void **state)
{
	struct string_list streams = names_create(2), symbols = names_create(3);
	const size_t wanted[] = {2, 0};
	char *text;

	names_add(&streams, "trade");
	names_add(&streams, "bookTicker");
	names_add(&symbols, "BTCUSDT");
	names_add(&symbols, "ETHUSDT");
	names_add(&symbols, "\xe5\xb8\x81\xe5\xae\x89USDT");
	text = binance_control_message("SUBSCRIBE", &symbols, wanted, 2, &streams, 7);
	assert_non_null(text);
	assert_string_equal(text,
	    "{\"method\":\"SUBSCRIBE\",\"params\":[\"\xe5\xb8\x81\xe5\xae\x89usdt@trade\","
	    "\"\xe5\xb8\x81\xe5\xae\x89usdt@bookTicker\",\"btcusdt@trade\",\"btcusdt@bookTicker\"],"
	    "\"id\":7}");
	free(text);
	names_free(&symbols);
	names_free(&streams);
}

static struct binance_reply
read_reply(const char *text)
{
	struct binance_reply reply;

	binance_control_reply(text, strlen(text), &reply);
	return reply;
}

static void
a_result_is_known_by_its_id(void **state)
{
	struct binance_reply reply = read_reply("{\"result\":null,\"id\":12}");

	assert_int_equal(reply.id, 12);
	assert_false(reply.refused);
}

static void
a_refusal_says_why_in_printable_words(void **state)
{
	struct binance_reply reply = read_reply(
	    "{\"error\":{\"code\":2,\"msg\":\"Invalid\\n request \xc3\xa4\"},\"id\":3}");

	assert_int_equal(reply.id, 3);
	assert_true(reply.refused);
	assert_string_equal(reply.reason, "Invalid? request ?? (code 2)");
	reply = read_reply("{\"code\":3,\"msg\":\"Invalid JSON\",\"id\":4}");
	assert_true(reply.refused);
	assert_string_equal(reply.reason, "Invalid JSON (code 3)");
	reply = read_reply("{\"error\":5,\"id\":\"x\"}");
	assert_int_equal(reply.id, -1);
	assert_string_equal(reply.reason, "no reason given (code 0)");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_names_each_stream_of_the_symbols_as_the_exchange_wants_it),
		cmocka_unit_test(a_result_is_known_by_its_id),
		cmocka_unit_test(a_refusal_says_why_in_printable_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
