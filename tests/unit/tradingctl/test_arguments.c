#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "tradingctl/command.h"

static const struct command ticks = {
	.name = "ticks",
	.usage = "SYMBOL",
	.accepts = OPTION_FROM | OPTION_TO | OPTION_LIMIT,
	.words_min = 1,
	.words_max = 1,
};

#define READ(arguments, ...)                                                                       \
	arguments_read(&ticks, NULL,                                                               \
	    (int)(sizeof((char *[]){"ticks", __VA_ARGS__}) / sizeof(char *)),                      \
	    (char *[]){"ticks", __VA_ARGS__, NULL}, (arguments))

static void
options_may_stand_before_and_behind_the_symbol(void **state)
{
	struct arguments arguments;

	assert_int_equal(READ(&arguments, "--json", "BTCUSDT", "--limit", "7"), 0);
	assert_true(arguments.json);
	assert_int_equal(arguments.word_count, 1);
	assert_string_equal(arguments.words[0], "BTCUSDT");
	assert_int_equal(arguments.limit, 7);
	assert_int_equal(arguments.given, OPTION_LIMIT);
}

static void
times_are_iso_or_milliseconds(void **state)
{
	struct arguments arguments;

	assert_int_equal(READ(&arguments, "X", "--from", "1970-01-01T00:00:01Z", "--to=2000"), 0);
	assert_int_equal(arguments.from_us, 1000000);
	assert_int_equal(arguments.to_us, 2000000);
}

static void
what_is_no_option_value_or_word_of_the_command_is_refused(void **state)
{
	struct arguments arguments;

	assert_int_equal(READ(&arguments, "X", "--follow"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--nothing"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "-x"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--limit"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--limit", "0"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--limit", "7x"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--limit", "99999999999999999999"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--from", "yesterday"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "--from", "2", "--to", "1"), EX_USAGE);
	assert_int_equal(READ(&arguments, "X", "Y"), EX_USAGE);
	assert_int_equal(READ(&arguments, "--json"), EX_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_before_and_behind_the_symbol),
		cmocka_unit_test(times_are_iso_or_milliseconds),
		cmocka_unit_test(what_is_no_option_value_or_word_of_the_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
