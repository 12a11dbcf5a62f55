#define _GNU_SOURCE
#include "tickd/rest/rate_limit.h"

#include "tests/unit/common/scratch.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define EDGE (INT64_C(29453760) * MINUTE)

static struct rate_limit
fresh(void)
{
	struct rate_limit limit;

	rate_limit_init(&limit, 80);
	return limit;
}

static int64_t
answered(int status, int64_t retry_after_s)
{
	struct rate_limit limit = fresh();

	return rate_limit_answer(&limit, status, retry_after_s);
}

/* ---- weight ---- */

static void
our_share_of_the_weight_may_be_used_and_not_more(void **state)
{
	struct rate_limit limit = fresh();

	for (int i = 0; i < 192; i++) { /* 4800 / 25 */
		assert_int_equal(rate_limit_delay(&limit, 25, EDGE + i * 1000), 0);
		rate_limit_spend(&limit, 25, EDGE + i * 1000);
	}
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 4800);
	assert_int_equal(rate_limit_delay(&limit, 1, EDGE + SECOND), 59 * SECOND + RATE_LIMIT_MARGIN_US);
	/* What is smaller and still fits may go. */
	limit.used = 4799;
	assert_int_equal(rate_limit_delay(&limit, 1, EDGE + SECOND), 0);
	assert_true(rate_limit_delay(&limit, 2, EDGE + SECOND) > 0);
}

static void
the_minute_ends_by_its_edge_and_not_sixty_seconds_later(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 4800, EDGE + 58 * SECOND);
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE + 59 * SECOND),
	    SECOND + RATE_LIMIT_MARGIN_US);
	assert_int_equal(rate_limit_used(&limit, EDGE + MINUTE), 0);
	/* How well its clock is known: asked in between, the answer is the same moment. */
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE + MINUTE), RATE_LIMIT_MARGIN_US);
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE + MINUTE + RATE_LIMIT_MARGIN_US), 0);
}

static void
what_other_programs_use_counts_as_well(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 25, EDGE);
	rate_limit_told(&limit, 25, 4790, EDGE, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 4790);
	assert_true(rate_limit_delay(&limit, 25, EDGE + SECOND) > 0);
	assert_int_equal(rate_limit_delay(&limit, 4, EDGE + SECOND), 0);
}

static void
an_answer_that_says_less_or_nothing_does_not_lower_our_own_count(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 1000, EDGE);
	rate_limit_told(&limit, 1000, 5, EDGE, EDGE + SECOND);
	rate_limit_told(&limit, 1000, -1, EDGE, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 1000);
}

static void
an_answer_across_the_edge_is_counted_on_the_right_side(void **state)
{
	struct rate_limit limit = fresh();

	/* The old minute's count: what the new one has used is this call at the most. */
	rate_limit_spend(&limit, 4000, EDGE - SECOND);
	rate_limit_told(&limit, 4000, 4300, EDGE - SECOND, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 4000);
	limit = fresh();
	rate_limit_spend(&limit, 4000, EDGE - 2 * SECOND);
	rate_limit_spend(&limit, 25, EDGE - SECOND);
	rate_limit_told(&limit, 25, 4025, EDGE - SECOND, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 25);
	/* The new one's. */
	limit = fresh();
	rate_limit_spend(&limit, 4000, EDGE - SECOND);
	rate_limit_told(&limit, 25, 300, EDGE - SECOND, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 300);
}

static void
a_clock_that_goes_back_over_the_edge_forgets_nothing(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 4790, EDGE + SECOND);
	rate_limit_spend(&limit, 10, EDGE - SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE - SECOND), 4800);
	assert_true(rate_limit_delay(&limit, 1, EDGE - SECOND) > 0);
}

static void
a_senseless_clock_that_is_corrected_stops_nothing(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 4800, EDGE * 100);
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE + SECOND), 0);
}

static void
the_limit_is_the_one_that_the_exchange_says(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_set(&limit, 100, MINUTE);
	rate_limit_spend(&limit, 60, EDGE);
	assert_int_equal(rate_limit_delay(&limit, 20, EDGE), 0);
	assert_true(rate_limit_delay(&limit, 21, EDGE) > 0);
	/* Of ten seconds: the header speaks of the minute and is no use. */
	rate_limit_set(&limit, 100, 10 * SECOND);
	rate_limit_spend(&limit, 80, EDGE);
	rate_limit_told(&limit, 80, 99, EDGE, EDGE + SECOND);
	assert_int_equal(rate_limit_used(&limit, EDGE + SECOND), 80);
	assert_int_equal(rate_limit_delay(&limit, 1, EDGE + SECOND),
	    9 * SECOND + RATE_LIMIT_MARGIN_US);
}

static void
a_call_that_alone_is_over_our_share_goes_when_nothing_is_used(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_set(&limit, 20, MINUTE);
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE), 0);
	rate_limit_spend(&limit, 25, EDGE);
	assert_true(rate_limit_delay(&limit, 25, EDGE) > 0);
}

static void
a_senseless_count_makes_no_wait_longer_than_the_minute(void **state)
{
	struct rate_limit limit = fresh();

	rate_limit_spend(&limit, 1, EDGE);
	rate_limit_told(&limit, 1, INT64_MAX, EDGE, EDGE + SECOND);
	assert_int_equal(rate_limit_delay(&limit, 25, EDGE + SECOND),
	    59 * SECOND + RATE_LIMIT_MARGIN_US);
}

/* ---- answers ---- */

static void
an_answer_needs_no_wait_also_when_it_refuses_this_one_call(void **state)
{
	static const int statuses[] = {200, 204, 400, 401, 404};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		assert_int_equal(answered(statuses[i], -1), 0);
		assert_true(rate_limit_answered(statuses[i]));
	}
}

static void
too_many_requests_and_a_ban_wait_as_long_as_the_exchange_says(void **state)
{
	assert_int_equal(answered(429, 7), 7 * SECOND);
	assert_int_equal(answered(418, 259200), 259200 * SECOND);
	assert_int_equal(answered(429, -1), MINUTE);
	assert_int_equal(answered(429, 0), MINUTE);
	assert_int_equal(answered(418, -1), 2 * MINUTE);
	assert_true(rate_limit_demanded(429) && rate_limit_demanded(418));
	assert_false(rate_limit_demanded(403) || rate_limit_demanded(503));
}

static void
a_refusal_is_asked_again_slowly(void **state)
{
	assert_int_equal(answered(403, -1), RATE_LIMIT_REFUSED_US);
	assert_int_equal(answered(451, -1), RATE_LIMIT_REFUSED_US);
}

static void
failures_double_the_wait_up_to_a_minute_and_a_success_forgets_them(void **state)
{
	static const int64_t expected_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	static const int statuses[] = {0, 500, 502, 503, 504, 301};
	struct rate_limit limit = fresh();

	for (size_t i = 0; i < sizeof(expected_s) / sizeof(expected_s[0]); i++)
		assert_int_equal(rate_limit_answer(&limit, statuses[i % 6], -1),
		    expected_s[i] * SECOND);
	assert_int_equal(rate_limit_answer(&limit, 200, -1), 0);
	assert_int_equal(rate_limit_answer(&limit, 503, -1), SECOND);
}

/* The headers come from outside: a huge number is a long wait, not one that overflows. */
static void
a_senseless_header_never_shortens_a_wait(void **state)
{
	static const int64_t huge[] = {
		INT64_MAX, INT64_MAX / 1000000 + 1, INT64_MAX / 1000, INT64_C(99999999999999)};

	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		assert_int_equal(answered(429, huge[i]), RATE_LIMIT_BAN_MAX_S * SECOND);
		assert_int_equal(answered(418, huge[i]), RATE_LIMIT_BAN_MAX_S * SECOND);
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
		cmocka_unit_test(our_share_of_the_weight_may_be_used_and_not_more),
		cmocka_unit_test(the_minute_ends_by_its_edge_and_not_sixty_seconds_later),
		cmocka_unit_test(what_other_programs_use_counts_as_well),
		cmocka_unit_test(an_answer_that_says_less_or_nothing_does_not_lower_our_own_count),
		cmocka_unit_test(an_answer_across_the_edge_is_counted_on_the_right_side),
		cmocka_unit_test(a_clock_that_goes_back_over_the_edge_forgets_nothing),
		cmocka_unit_test(a_senseless_clock_that_is_corrected_stops_nothing),
		cmocka_unit_test(the_limit_is_the_one_that_the_exchange_says),
		cmocka_unit_test(a_call_that_alone_is_over_our_share_goes_when_nothing_is_used),
		cmocka_unit_test(a_senseless_count_makes_no_wait_longer_than_the_minute),
		cmocka_unit_test(an_answer_needs_no_wait_also_when_it_refuses_this_one_call),
		cmocka_unit_test(too_many_requests_and_a_ban_wait_as_long_as_the_exchange_says),
		cmocka_unit_test(a_refusal_is_asked_again_slowly),
		cmocka_unit_test(failures_double_the_wait_up_to_a_minute_and_a_success_forgets_them),
		cmocka_unit_test(a_senseless_header_never_shortens_a_wait),
		cmocka_unit_test(every_status_is_explained_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
