#define _GNU_SOURCE
#include "tickd/mt5/mt5_entrance.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define SECOND INT64_C(1000000)
#define TOKEN "0123456789abcdef"

/* ---- tokens ---- */

static const char *
token_of(void **state, const char *text)
{
	static char token[MT5_TOKEN_MAX + 1];
	struct problem problem;

	if (mt5_token_read(scratch_file(state, "token", text), token, &problem) < 0)
		fail_msg("%s", problem.text);
	return token;
}

static const char *
refused(void **state, const char *text)
{
	static struct problem problem;
	char token[MT5_TOKEN_MAX + 1] = "untouched";

	assert_int_equal(
	    mt5_token_read(scratch_file(state, "token", text), token, &problem), -EINVAL);
	assert_string_equal(token, "untouched");
	assert_memory_equal(problem.text, *state, strlen(*state));
	return problem.text + strlen(*state) + 1;
}

static void
a_token_is_the_first_line_without_space_around_it(void **state)
{
	char longest[MT5_TOKEN_MAX + 2] = "";

	assert_string_equal(token_of(state, TOKEN), TOKEN);
	assert_string_equal(token_of(state, TOKEN "\n"), TOKEN);
	assert_string_equal(token_of(state, " \t" TOKEN " \r\nanother line\n"), TOKEN);
	memset(longest, '~', MT5_TOKEN_MAX);
	assert_string_equal(token_of(state, longest), longest);
	assert_string_equal(token_of(state, "!\"#$%&'()*+,-./:;<=>?@"), "!\"#$%&'()*+,-./:;<=>?@");
}

static void
what_is_no_token_is_said(void **state)
{
	char longer[1000];

	assert_string_equal(refused(state, ""), "token: a token has 16 to 127 characters");
	assert_string_equal(refused(state, "\n" TOKEN), "token: a token has 16 to 127 characters");
	assert_string_equal(refused(state, "0123456789abcde"),
	    "token: a token has 16 to 127 characters");
	memset(longer, 'x', sizeof(longer));
	longer[MT5_TOKEN_MAX + 1] = '\0';
	assert_string_equal(refused(state, longer), "token: a token has 16 to 127 characters");
	longer[MT5_TOKEN_MAX + 1] = 'x';
	longer[999] = '\0';
	assert_string_equal(refused(state, longer), "token: a token has 16 to 127 characters");
	assert_string_equal(refused(state, "01234567 89abcdef"),
	    "token: a token has printable characters only, and no space");
	assert_string_equal(refused(state, "0123456789abcdef\xc3\xa9"),
	    "token: a token has printable characters only, and no space");
}

static void
a_file_that_is_not_there_is_said(void **state)
{
	char token[MT5_TOKEN_MAX + 1] = "untouched";
	struct problem problem;

	assert_int_equal(mt5_token_read(scratch_path(state, "none"), token, &problem), -ENOENT);
	assert_string_equal(strstr(problem.text, "none"),
	    "none cannot be read: No such file or directory");
	assert_int_equal(mt5_token_read(*state, token, &problem), -EISDIR);
	assert_string_equal(token, "untouched");
}

static void
a_token_equals_itself_alone(void **state)
{
	char token[MT5_TOKEN_MAX + 1] = "", other[MT5_TOKEN_MAX + 3] = "";

	assert_true(mt5_token_equal(TOKEN, TOKEN));
	for (size_t i = 0; i < strlen(TOKEN); i++) {
		snprintf(other, sizeof(other), TOKEN);
		other[i] ^= 1;
		assert_false(mt5_token_equal(TOKEN, other));
		other[i] = '\0';
		assert_false(mt5_token_equal(TOKEN, other));
	}
	assert_false(mt5_token_equal(TOKEN, TOKEN "0"));
	assert_false(mt5_token_equal(TOKEN, ""));
	assert_false(mt5_token_equal("", ""));
	memset(token, 'x', MT5_TOKEN_MAX);
	memset(other, 'x', MT5_TOKEN_MAX);
	assert_true(mt5_token_equal(token, other));
	memset(other, 'x', MT5_TOKEN_MAX + 1);
	assert_false(mt5_token_equal(token, other));
}

/* ---- addresses ---- */

static struct mt5_entrance *
created(void)
{
	struct mt5_entrance *entrance = mt5_entrance_create();

	assert_non_null(entrance);
	return entrance;
}

static void
three_wrong_tokens_in_a_minute_are_refused_for_a_minute(void **state)
{
	struct mt5_entrance *entrance = created();

	assert_false(mt5_entrance_refused(entrance, "10.0.0.1", 0));
	assert_false(mt5_entrance_failed(entrance, "10.0.0.1", 0));
	assert_false(mt5_entrance_failed(entrance, "10.0.0.1", 30 * SECOND));
	assert_false(mt5_entrance_refused(entrance, "10.0.0.1", 59 * SECOND));
	assert_true(mt5_entrance_failed(entrance, "10.0.0.1", 60 * SECOND - 1));
	assert_true(mt5_entrance_refused(entrance, "10.0.0.1", 60 * SECOND));
	assert_true(mt5_entrance_refused(entrance, "10.0.0.1", 120 * SECOND - 2));
	assert_false(mt5_entrance_refused(entrance, "10.0.0.1", 120 * SECOND - 1));
	mt5_entrance_free(entrance);
}

static void
three_in_more_than_a_minute_are_not(void **state)
{
	struct mt5_entrance *entrance = created();

	for (int i = 0; i < 100; i++)
		assert_false(mt5_entrance_failed(entrance, "10.0.0.1", i * 30 * SECOND));
	assert_false(mt5_entrance_failed(entrance, "10.0.0.1", 99 * 30 * SECOND + 30 * SECOND));
	assert_true(mt5_entrance_failed(entrance, "10.0.0.1", 99 * 30 * SECOND + 30 * SECOND + 1));
	mt5_entrance_free(entrance);
}

static void
who_waits_and_guesses_again_is_refused_again(void **state)
{
	struct mt5_entrance *entrance = created();
	int64_t now = 0;

	for (int i = 0; i < 5; i++) {
		assert_false(mt5_entrance_failed(entrance, "::1", now));
		assert_false(mt5_entrance_failed(entrance, "::1", now));
		assert_true(mt5_entrance_failed(entrance, "::1", now));
		/* One that came in before: it is refused already, and no longer for that. */
		assert_false(mt5_entrance_failed(entrance, "::1", now + 59 * SECOND));
		now += MT5_FAILURES_US;
		assert_false(mt5_entrance_refused(entrance, "::1", now));
	}
	mt5_entrance_free(entrance);
}

static void
an_address_answers_for_itself_alone(void **state)
{
	struct mt5_entrance *entrance = created();

	for (int i = 0; i < 3; i++)
		(void)mt5_entrance_failed(entrance, "10.0.0.1", i);
	assert_true(mt5_entrance_refused(entrance, "10.0.0.1", 3));
	assert_false(mt5_entrance_refused(entrance, "10.0.0.10", 3));
	assert_false(mt5_entrance_refused(entrance, "10.0.0.", 3));
	assert_false(mt5_entrance_failed(entrance, "10.0.0.2", 3));
	mt5_entrance_free(entrance);
}

static void
the_one_that_failed_longest_ago_is_forgotten(void **state)
{
	struct mt5_entrance *entrance = created();
	char address[32];

	for (int i = 0; i < 3; i++)
		(void)mt5_entrance_failed(entrance, "first", i);
	for (int i = 1; i < MT5_ADDRESSES_MAX; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		assert_false(mt5_entrance_failed(entrance, address, 10 + i));
	}
	assert_true(mt5_entrance_refused(entrance, "first", 2000));
	assert_false(mt5_entrance_failed(entrance, "one too many", 2000));
	assert_false(mt5_entrance_refused(entrance, "first", 2000));
	assert_false(mt5_entrance_failed(entrance, "one too many", 2001));
	assert_true(mt5_entrance_failed(entrance, "one too many", 2002));
	/* The newest ones are all there. */
	assert_false(mt5_entrance_failed(entrance, "10.0.3.255", 2003));
	assert_true(mt5_entrance_failed(entrance, "10.0.3.255", 2004));
	mt5_entrance_free(entrance);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
		ON_DISK(a_token_is_the_first_line_without_space_around_it),
		ON_DISK(what_is_no_token_is_said),
		ON_DISK(a_file_that_is_not_there_is_said),
		cmocka_unit_test(a_token_equals_itself_alone),
		cmocka_unit_test(three_wrong_tokens_in_a_minute_are_refused_for_a_minute),
		cmocka_unit_test(three_in_more_than_a_minute_are_not),
		cmocka_unit_test(who_waits_and_guesses_again_is_refused_again),
		cmocka_unit_test(an_address_answers_for_itself_alone),
		cmocka_unit_test(the_one_that_failed_longest_ago_is_forgotten),
	};

	return cmocka_run_group_tests_name("tickd/mt5_entrance", tests, NULL, NULL);
}
