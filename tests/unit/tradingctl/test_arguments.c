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

static const struct command dtms = {
	.name = "dtms",
	.usage = "TICKET",
	.accepts = OPTION_SL | OPTION_TP | OPTION_INITIAL_SL | OPTION_ACCOUNT | OPTION_TIMEFRAME |
	    OPTION_AT | OPTION_NOW | OPTION_TYPE,
	.words_min = 1,
	.words_max = 6,
};

#define READ_DTMS(arguments, ...)                                                                  \
	arguments_read(&dtms, NULL,                                                                \
	    (int)(sizeof((char *[]){"dtms", __VA_ARGS__}) / sizeof(char *)),                       \
	    (char *[]){"dtms", __VA_ARGS__, NULL}, (arguments))

static void
prices_are_decimals_above_0_and_kept_as_they_were_given(void **state)
{
	static char *const wrong[] = {"", "0", "-1", "x", "1e5", "1.", ".5", "1.123456789", "nan",
		"99999999999999999999", "65000.5 "};
	struct arguments arguments;

	assert_int_equal(READ_DTMS(&arguments, "7", "--sl", "65000.50", "--tp=0.00000001",
	    "--initial-sl", "64000"), 0);
	assert_string_equal(arguments.stop_loss, "65000.50");
	assert_string_equal(arguments.take_profit, "0.00000001");
	assert_string_equal(arguments.initial_stop_loss, "64000");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(READ_DTMS(&arguments, "7", "--tp", wrong[i]), EX_USAGE);
}

static void
timeframes_are_those_that_there_are(void **state)
{
	static char *const names[] = {"M5", "M15", "M30", "H1", "H4", "D1"};
	struct arguments arguments;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(READ_DTMS(&arguments, "7", "--timeframe", names[i]), 0);
		assert_string_equal(arguments.timeframe, names[i]);
	}
	assert_int_equal(READ_DTMS(&arguments, "7", "--timeframe", "M1"), EX_USAGE);
	assert_int_equal(READ_DTMS(&arguments, "7", "--timeframe", "m5"), EX_USAGE);
}

static void
words_and_times_of_options_are_kept(void **state)
{
	struct arguments arguments;

	assert_int_equal(READ_DTMS(&arguments, "7", "--account", "demo", "--type", "x", "--at",
	    "2000", "--now"), 0);
	assert_string_equal(arguments.account, "demo");
	assert_string_equal(arguments.type, "x");
	assert_int_equal(arguments.at_us, 2000000);
	assert_int_equal(arguments.given, OPTION_ACCOUNT | OPTION_TYPE | OPTION_AT | OPTION_NOW);
	assert_int_equal(READ_DTMS(&arguments, "7", "--at", "noon"), EX_USAGE);
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
		cmocka_unit_test(prices_are_decimals_above_0_and_kept_as_they_were_given),
		cmocka_unit_test(timeframes_are_those_that_there_are),
		cmocka_unit_test(times_are_iso_or_milliseconds),
		cmocka_unit_test(words_and_times_of_options_are_kept),
		cmocka_unit_test(what_is_no_option_value_or_word_of_the_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
