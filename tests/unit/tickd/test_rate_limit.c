#define _GNU_SOURCE
#include "tickd/rate_limit.h"

#include "tests/unit/common/scratch.h"

#define SECOND_US INT64_C(1000000)

static int64_t
answered(int status, int64_t retry_after_s, int64_t used_weight)
{
	struct rate_limit limit = {0};

	return rate_limit_answer(&limit, status, retry_after_s, used_weight);
}

static void
an_answer_within_the_weight_needs_no_wait(void **state)
{
	assert_int_equal(answered(200, -1, -1), 0);
	assert_int_equal(answered(200, -1, 2), 0);
	assert_int_equal(answered(200, -1, 4799), 0);
}

static void
at_four_fifths_of_the_weight_a_minute_passes(void **state)
{
	assert_int_equal(answered(200, -1, 4800), 60 * SECOND_US);
	assert_int_equal(answered(200, -1, 6000), 60 * SECOND_US);
}

static void
too_many_requests_and_a_ban_wait_as_long_as_the_exchange_says(void **state)
{
	assert_int_equal(answered(429, 7, -1), 7 * SECOND_US);
	assert_int_equal(answered(418, 259200, -1), 259200 * SECOND_US);
	assert_int_equal(answered(429, -1, -1), 60 * SECOND_US);
	assert_int_equal(answered(418, -1, -1), 60 * SECOND_US);
	assert_int_equal(answered(429, 0, -1), 60 * SECOND_US);
}

static void
a_refusal_is_asked_again_slowly(void **state)
{
	assert_int_equal(answered(403, -1, -1), RATE_LIMIT_REFUSED_US);
	assert_int_equal(answered(451, -1, -1), RATE_LIMIT_REFUSED_US);
}

static void
failures_double_the_wait_up_to_a_minute_and_a_success_forgets_them(void **state)
{
	static const int64_t expected_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	static const int statuses[] = {0, 500, 502, 503, 404, 301};
	struct rate_limit limit = {0};

	for (size_t i = 0; i < sizeof(expected_s) / sizeof(expected_s[0]); i++)
		assert_int_equal(rate_limit_answer(&limit, statuses[i % 6], -1, -1),
		    expected_s[i] * SECOND_US);
	assert_int_equal(rate_limit_answer(&limit, 200, -1, 1), 0);
	assert_int_equal(rate_limit_answer(&limit, 503, -1, -1), SECOND_US);
}

/* The headers come from outside: a huge number is a long wait, not one that overflows. */
static void
a_senseless_header_never_shortens_a_wait(void **state)
{
	static const int64_t huge[] = {
		INT64_MAX, INT64_MAX / 1000000 + 1, INT64_MAX / 1000, INT64_C(99999999999999)};

	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		assert_true(answered(429, huge[i], -1) >= 60 * SECOND_US);
		assert_true(answered(418, huge[i], -1) >= 60 * SECOND_US);
		assert_true(answered(200, -1, huge[i]) >= 60 * SECOND_US);
	}
}

static void
every_status_is_explained_in_words(void **state)
{
	static const int statuses[] = {0, 200, 403, 418, 429, 451, 500, 599};
	char texts[8][100];

	for (int i = 0; i < 8; i++) {
		rate_limit_explain(statuses[i], "cannot connect", texts[i], sizeof(texts[i]));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(texts[i], texts[j]);
	}
	assert_string_equal(texts[0], "cannot connect");
	assert_non_null(strstr(texts[2], "firewall"));
	assert_non_null(strstr(texts[5], "country"));
	assert_non_null(strstr(texts[6], "500"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_within_the_weight_needs_no_wait),
		cmocka_unit_test(at_four_fifths_of_the_weight_a_minute_passes),
		cmocka_unit_test(too_many_requests_and_a_ban_wait_as_long_as_the_exchange_says),
		cmocka_unit_test(a_refusal_is_asked_again_slowly),
		cmocka_unit_test(failures_double_the_wait_up_to_a_minute_and_a_success_forgets_them),
		cmocka_unit_test(a_senseless_header_never_shortens_a_wait),
		cmocka_unit_test(every_status_is_explained_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
