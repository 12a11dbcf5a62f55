#define _GNU_SOURCE
#include "tickd/mt5/mt5_reply.h"

#include "tests/unit/common/scratch.h"
#include "tests/unit/tickd/failing_memory.h"

static const struct mt5_welcome_symbol symbols[] = {
	{"EURUSD", {INT64_C(1724000000123), 2}, TICK_NONE},
	{"XAUUSD", {TICK_NONE, 0}, 1721397600},
	{"A \"b\" \xc3\xa4", {5, 0}, 300},
};
static const int64_t tickets[] = {5, INT64_MAX};
static const struct mt5_welcome welcome = {"mt5", symbols, 3, tickets, 2, false};

/* One line: its only newline is its end. */
static void
assert_line(char *line, const char *expected)
{
	assert_non_null(line);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	line[strlen(line) - 1] = '\0';
	assert_string_equal(line, expected);
	free(line);
}

static void
a_welcome_says_from_where_to_go_on(void **state)
{
	assert_line(mt5_reply_welcome(&welcome),
	    "{\"type\":\"welcome\",\"version\":1,\"source\":\"mt5\",\"mode\":\"advise\","
	    "\"resume\":{\"EURUSD\":{\"time_msc\":1724000000123,\"count_in_ms\":2},"
	    "\"A \\\"b\\\" \xc3\xa4\":{\"time_msc\":5,\"count_in_ms\":0}},"
	    "\"bars\":{\"XAUUSD\":1721397600,\"A \\\"b\\\" \xc3\xa4\":300},"
	    "\"open\":[5,9223372036854775807]}");
}

static void
a_welcome_to_a_new_source_is_empty(void **state)
{
	const struct mt5_welcome empty = {.source = "mt5.second", .execute = true};

	assert_line(mt5_reply_welcome(&empty),
	    "{\"type\":\"welcome\",\"version\":1,\"source\":\"mt5.second\",\"mode\":\"execute\","
	    "\"resume\":{},\"bars\":{},\"open\":[]}");
}

static void
an_acknowledgement_names_symbol_and_number(void **state)
{
	assert_line(mt5_reply_ack("EURUSD", 7),
	    "{\"type\":\"ack\",\"symbol\":\"EURUSD\",\"seq\":7}");
	assert_line(mt5_reply_ack("EURUSD", INT64_C(999999999999999999)),
	    "{\"type\":\"ack\",\"symbol\":\"EURUSD\",\"seq\":999999999999999999}");
}

static void
a_pong_is_a_pong(void **state)
{
	assert_line(mt5_reply_pong(), "{\"type\":\"pong\"}");
}

static void
an_error_has_a_code_and_a_sentence(void **state)
{
	assert_line(mt5_reply_error("bad-message", "seq: expected an integer from 0 to 9"),
	    "{\"type\":\"error\",\"code\":\"bad-message\","
	    "\"message\":\"seq: expected an integer from 0 to 9\"}");
	assert_line(mt5_reply_error("token", "two\nlines \"are\" one"),
	    "{\"type\":\"error\",\"code\":\"token\","
	    "\"message\":\"two\\nlines \\\"are\\\" one\"}");
}

static char *
reply(int kind)
{
	switch (kind) {
	case 0:
		return mt5_reply_welcome(&welcome);
	case 1:
		return mt5_reply_ack("EURUSD", 7);
	default:
		return mt5_reply_error("token", "no such token");
	}
}

static void
every_allocation_may_fail(void **state)
{
	for (int kind = 0; kind < 3; kind++) {
		char *whole = reply(kind);
		bool failed = true;

		assert_non_null(whole);
		for (int nth = 1; failed; nth++) {
			char *line;

			failing_memory_arm(nth);
			line = reply(kind);
			failed = failing_memory_disarm();
			if (failed)
				assert_null(line);
			else
				assert_string_equal(line, whole);
			free(line);
		}
		free(whole);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_welcome_says_from_where_to_go_on),
		cmocka_unit_test(a_welcome_to_a_new_source_is_empty),
		cmocka_unit_test(an_acknowledgement_names_symbol_and_number),
		cmocka_unit_test(a_pong_is_a_pong),
		cmocka_unit_test(an_error_has_a_code_and_a_sentence),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
