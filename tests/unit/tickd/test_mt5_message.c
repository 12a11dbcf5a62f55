#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include "tests/unit/tickd/failing_memory.h"
#include "tests/unit/tickd/terminal_messages.h"

static void
what_is_no_json_object_is_not_json_and_nothing_of_it_is_repeated(void **state)
{
	static const char *const lines[] = {"", "{", "hello", "{\"type\":\"ping\"} x", "[", "{]",
		"{\"type\":\"pi\nng\"}", "{\"type\":\"\xff\"}", "{\"type\":\"\xc3\"}",
		"{\"type\":\"\\u0000\"}", "{\"type\":\"a\",\"type\":\"a\"}",
		"{\"type\":\"ping\",\"x\":99999999999999999999}", "{\"type\":\"ping\",\"x\":01}",
		"{\"token\":\"sesame\",}", "{\"token\":\"sesame\",\"token\":\"sesame\"}"};
	static const char *const others[] = {"[]", "[1]"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *said = refused(state, lines[i], -EBADMSG);

		assert_int_equal(strncmp(said, "expected a JSON object: from byte ", 34), 0);
		assert_null(strstr(said, "sesame"));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(refused(state, others[i], -EBADMSG), "expected a JSON object");
}

static void
a_line_with_a_nul_is_not_json(void **state)
{
	static const char text[] = "{\"type\":\"pi\0ng\"}";
	struct mt5_message message;
	struct problem problem;

	assert_int_equal(terminal_line(*state, mt5_message_read, text, sizeof(text) - 1, &message,
			     &problem),
	    -EBADMSG);
}

static void
a_message_says_its_type(void **state)
{
	assert_string_equal(refused(state, "{}", -EINVAL), "type: expected a text");
	assert_string_equal(refused(state, "{\"type\":5}", -EINVAL), "type: expected a text");
	assert_string_equal(refused(state, "{\"type\":null}", -EINVAL), "type: expected a text");
}

static void
an_unknown_type_is_told_by_its_name_cut_between_characters(void **state)
{
	struct mt5_message message = message_of(state, "{\"type\":\"news\",\"about\":[1]}");
	char text[128];

	assert_int_equal(message.type, MT5_UNKNOWN);
	assert_string_equal(message.name, "news");
	assert_int_equal(message.clocks.server_s, TICK_NONE);
	message = message_of(state, "{\"type\":\"\"}");
	assert_int_equal(message.type, MT5_UNKNOWN);
	/* 62 letters and one of two bytes: the 63 bytes that fit would end within it. */
	snprintf(text, sizeof(text), "{\"type\":\"%.62s\xc3\xa4z\"}", letters(62) + 1);
	message = message_of(state, text);
	assert_int_equal(message.type, MT5_UNKNOWN);
	assert_int_equal(strlen(message.name), 62);
	snprintf(text, sizeof(text), "{\"type\":\"%.61s\xc3\xa4z\"}", letters(61) + 1);
	message = message_of(state, text);
	assert_string_equal(message.name + 61, "\xc3\xa4");
	/* The beginning of a known one is not that one. */
	assert_int_equal(message_of(state, "{\"type\":\"pings\"}").type, MT5_UNKNOWN);
}

static void
members_that_nobody_knows_are_passed_over(void **state)
{
	struct mt5_message message = message_of(state,
	    "{\"colour\":\"red\",\"type\":\"ping\",\"time_gmt\":2,\"time_server\":1,\"x\":{}}");

	assert_int_equal(message.type, MT5_PING);
	assert_int_equal(message.clocks.server_s, 1);
	assert_int_equal(message.clocks.gmt_s, 2);
}

static void
a_ping_brings_both_clocks(void **state)
{
	static const struct fault faults[] = {
		{"time_server", NULL,
		    "time_server: expected a time in seconds, before the year 2200"},
		{"time_gmt", "-1", "time_gmt: expected a time in seconds, before the year 2200"},
	};
	struct mt5_message message = message_of(state, example_ping);

	assert_int_equal(message.type, MT5_PING);
	assert_int_equal(message.clocks.server_s, 1724000001);
	assert_int_equal(message.clocks.gmt_s, 1723989201);
	CHECK_FAULTS(state, example_ping, faults);
}

/* ---- memory ---- */

static const char *const examples[] = {example_hello, example_ticks, example_bars,
	example_account, example_positions, example_closed, example_result, example_ping};

static void
read_with_failing_memory(const char *line, terminal_read *read)
{
	bool failed = true;
	int no_memory = 0;

	for (int nth = 1; failed; nth++) {
		struct mt5_reader *reader = mt5_reader_create();
		struct mt5_message message = {.type = MT5_UNKNOWN};
		struct problem problem;
		int error;

		assert_non_null(reader);
		failing_memory_arm(nth);
		error = read(reader, line, strlen(line), &message, &problem);
		failed = failing_memory_disarm();
		/* jansson calls some bad syntax; of a text that grows it may lose a byte. */
		assert_true(failed || error == 0);
		assert_true(error == 0 || error == -ENOMEM || error == -EBADMSG);
		no_memory += error == -ENOMEM;
		if (error < 0)
			assert_int_equal(message.type, MT5_UNKNOWN);
		/* It goes on as if nothing had been. */
		assert_int_equal(read(reader, line, strlen(line), &message, &problem), 0);
		assert_int_not_equal(message.type, MT5_UNKNOWN);
		mt5_reader_free(reader);
	}
	assert_true(no_memory > 0);
}

static void
every_allocation_may_fail(void **state)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		read_with_failing_memory(examples[i], mt5_message_read);
		read_with_failing_memory(examples[i], mt5_message_judge);
	}
}

static void
a_reader_is_used_again_for_messages_of_all_kinds_and_sizes(void **state)
{
	char *large = hello_of(20, "LAST");

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
			message_of(state, examples[i]);
		assert_int_equal(message_of(state, large).hello.symbol_count, 20);
		/* A hello that fails after its first symbols owns nothing any more. */
		refused(state, "{\"type\":\"hello\",\"version\":1}", -EINVAL);
	}
	free(large);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_is_no_json_object_is_not_json_and_nothing_of_it_is_repeated),
		TEST(a_line_with_a_nul_is_not_json),
		TEST(a_message_says_its_type),
		TEST(an_unknown_type_is_told_by_its_name_cut_between_characters),
		TEST(members_that_nobody_knows_are_passed_over),
		TEST(a_ping_brings_both_clocks),
		TEST(every_allocation_may_fail),
		TEST(a_reader_is_used_again_for_messages_of_all_kinds_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
