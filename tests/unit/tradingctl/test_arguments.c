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

static const struct command import = {
	.name = "import",
	.usage = "FILE...",
	.accepts = OPTION_SOURCE | OPTION_SYMBOL | OPTION_UTC_OFFSET | OPTION_YES,
	.words_min = 1,
	.words_max = 1000,
};

#define READ_IMPORT(arguments, ...)                                                                \
	arguments_read(&import, NULL,                                                              \
	    (int)(sizeof((char *[]){"import", __VA_ARGS__}) / sizeof(char *)),                     \
	    (char *[]){"import", __VA_ARGS__, NULL}, (arguments))

static void
any_number_of_files_may_follow(void **state)
{
	struct arguments arguments;

	assert_int_equal(READ_IMPORT(&arguments, "a", "--yes", "b", "--source=x", "c", "d", "e"), 0);
	assert_int_equal(arguments.word_count, 5);
	assert_string_equal(arguments.words[0], "a");
	assert_string_equal(arguments.words[4], "e");
	assert_string_equal(arguments.source, "x");
	assert_int_equal(arguments.given, OPTION_YES | OPTION_SOURCE);
}

static void
offsets_are_hours_and_minutes_with_their_sign(void **state)
{
	static char *const wrong[] = {"", "3", "+3", "+03", "03:00", "+24:00", "+03:60", "+03:00x",
		"+-3:00", "+3:000", "Z"};
	struct arguments arguments;

	assert_int_equal(READ_IMPORT(&arguments, "a", "--utc-offset", "+03:00"), 0);
	assert_int_equal(arguments.utc_offset_s, 10800);
	assert_int_equal(READ_IMPORT(&arguments, "a", "--utc-offset", "-05:30"), 0);
	assert_int_equal(arguments.utc_offset_s, -19800);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(READ_IMPORT(&arguments, "a", "--utc-offset", wrong[i]), EX_USAGE);
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
		cmocka_unit_test(any_number_of_files_may_follow),
		cmocka_unit_test(offsets_are_hours_and_minutes_with_their_sign),
		cmocka_unit_test(options_may_stand_before_and_behind_the_symbol),
		cmocka_unit_test(times_are_iso_or_milliseconds),
		cmocka_unit_test(what_is_no_option_value_or_word_of_the_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
