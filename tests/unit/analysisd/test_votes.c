#include "analysisd/analyses/votes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

/* One letter a vote: u, d, 0 or - for none. */
static struct verdict
count(const char *letters)
{
	struct votes votes = {0};

	for (; *letters != '\0'; letters++)
		votes_add(&votes, "vote", *letters == 'u' ? 1 : *letters == 'd' ? -1 :
			*letters == '0' ? 0 : NAN);
	return votes_count(&votes);
}

static void
assert_verdict(const char *letters, int direction, double strength, double agreement)
{
	struct verdict verdict = count(letters);

	assert_true(verdict.known);
	assert_int_equal(verdict.direction, direction);
	assert_true(fabs(verdict.strength - strength) < 1e-15);
	assert_true(fabs(verdict.agreement - agreement) < 1e-15);
}

static void
a_third_of_the_votes_more_on_one_side_is_a_direction(void **state)
{
	assert_verdict("uuuuuu", 1, 1, 1);
	assert_verdict("dddddd", -1, 1, 1);
	assert_verdict("uu0000", 1, 1.0 / 3, 1.0 / 3);
	assert_verdict("dd0000", -1, 1.0 / 3, 1.0 / 3);
	assert_verdict("u00000", 0, 1.0 / 6, 5.0 / 6);
	assert_verdict("uuudd0", 0, 1.0 / 6, 1.0 / 6);
	assert_verdict("000000", 0, 0, 1);
}

static void
what_has_no_vote_weakens_the_agreement_but_not_the_strength(void **state)
{
	assert_verdict("uuu---", 1, 1, 0.5);
	assert_verdict("ddd0--", -1, 0.75, 0.5);
}

static void
less_than_half_of_the_votes_is_no_verdict(void **state)
{
	assert_false(count("uu---").known);
	assert_false(count("----").known);
	assert_false(count("").known);
	assert_true(isnan(count("uu---").strength));
	assert_true(isnan(count("uu---").agreement));
	assert_true(count("uu--").known);
}

static void
any_votes_give_a_strength_and_an_agreement_within_0_and_1(void **state)
{
	unsigned seed = 3;

	for (int i = 0; i < 5000; i++) {
		char letters[VOTES_MAX + 1] = "";
		struct verdict verdict;
		int length = rand_r(&seed) % (VOTES_MAX + 1);

		for (int at = 0; at < length; at++)
			letters[at] = "ud0-"[rand_r(&seed) % 4];
		letters[length] = '\0';
		verdict = count(letters);
		if (!verdict.known)
			continue;
		assert_true(verdict.strength >= 0 && verdict.strength <= 1);
		assert_true(verdict.agreement >= 0 && verdict.agreement <= 1);
		assert_true((verdict.direction != 0) == (verdict.strength >= 1.0 / 3));
	}
}

static void
what_differs_by_rounding_is_equal(void **state)
{
	assert_true(vote_compare(0.1 + 0.2, 0.3) == 0);
	assert_true(vote_compare(60000.01, 60000) == 1);
	assert_true(vote_compare(59999.99, 60000) == -1);
	assert_true(isnan(vote_compare(NAN, 1)));
	assert_true(isnan(vote_compare(1, NAN)));
}

static void
a_vote_takes_more_than_the_slack(void **state)
{
	assert_true(vote_sign(5, 5) == 0);
	assert_true(vote_sign(-5, 5) == 0);
	assert_true(vote_sign(5.1, 5) == 1);
	assert_true(vote_sign(-5.1, 5) == -1);
	assert_true(isnan(vote_sign(NAN, 5)));
}

static void
votes_are_written_by_their_names(void **state)
{
	struct votes votes = {0};
	struct json_text json;

	votes_add(&votes, "price", 1);
	votes_add(&votes, "order", -1);
	votes_add(&votes, "slope", 0);
	votes_add(&votes, "di", NAN);
	json_text_start(&json);
	votes_write(&json, &votes);
	json_text_close(&json);
	assert_string_equal(json.text,
	    "{\"votes\":{\"price\":1,\"order\":-1,\"slope\":0,\"di\":null}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_third_of_the_votes_more_on_one_side_is_a_direction),
		cmocka_unit_test(what_has_no_vote_weakens_the_agreement_but_not_the_strength),
		cmocka_unit_test(less_than_half_of_the_votes_is_no_verdict),
		cmocka_unit_test(any_votes_give_a_strength_and_an_agreement_within_0_and_1),
		cmocka_unit_test(what_differs_by_rounding_is_equal),
		cmocka_unit_test(a_vote_takes_more_than_the_slack),
		cmocka_unit_test(votes_are_written_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
