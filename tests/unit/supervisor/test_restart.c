#include "supervisor/restart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S INT64_C(1000000)
#define MS INT64_C(1000)

static const struct restart_policy defaults = {100 * MS, 30 * S, 60 * S, 0};

/* Death after death of a child that never gets ready. */
static void
the_delay_doubles_from_the_least_to_the_ceiling(void **state)
{
	static const struct {
		int64_t delay_us;
		bool failing;
	} expected[] = {{0, false}, {100 * MS, false}, {200 * MS, false}, {400 * MS, false},
	    {800 * MS, false}, {1600 * MS, false}, {3200 * MS, false}, {6400 * MS, false},
	    {12800 * MS, false},
	    {23600 * MS, false}, /* 25.6 s and a quarter would pass the ceiling */
	     {22500 * MS, true}, {22500 * MS, true}};
	struct restart_history history = {0};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct restart_decision decision =
		    restart_on_death(&defaults, &history, 0, false, 0);

		assert_int_equal(decision.verdict, RESTART_LATER);
		assert_int_equal(decision.delay_us, expected[i].delay_us);
		assert_int_equal(decision.failing, expected[i].failing);
	}
}

static void
jitter_moves_the_delay_by_less_than_a_quarter_and_never_past_the_ceiling(void **state)
{
	for (int64_t deaths = 1; deaths < 40; deaths++) {
		struct restart_history low = {deaths}, high = {deaths};
		struct restart_decision least = restart_on_death(&defaults, &low, 0, false, 0),
					most = restart_on_death(&defaults, &high, 0, false, 0.999999);

		assert_true(least.delay_us >= defaults.min_us);
		assert_true(most.delay_us <= defaults.max_us);
		assert_true(most.delay_us > least.delay_us);
		assert_true(most.delay_us - least.delay_us <= least.delay_us / 2);
	}
}

static void
a_stable_run_forgets_the_deaths_before_it(void **state)
{
	struct restart_history history = {12};
	struct restart_decision decision =
	    restart_on_death(&defaults, &history, 60 * S, false, 0.5);

	assert_int_equal(decision.delay_us, 0);
	assert_int_equal(history.deaths, 1);
	assert_false(decision.failing);
}

static void
a_run_a_moment_too_short_forgets_nothing(void **state)
{
	struct restart_history history = {3};
	struct restart_decision decision =
	    restart_on_death(&defaults, &history, 60 * S - 1, false, 0);

	assert_int_equal(history.deaths, 4);
	assert_int_equal(decision.delay_us, 400 * MS);
}

static void
a_run_that_was_never_ready_is_not_stable_however_long_it_took(void **state)
{
	const struct restart_policy at_once = {100 * MS, 30 * S, 0, 0};
	struct restart_history history = {3};

	(void)restart_on_death(&at_once, &history, 0, false, 0);
	assert_int_equal(history.deaths, 4);
}

static void
what_another_try_cannot_mend_fails_at_once(void **state)
{
	struct restart_history history = {0};

	assert_int_equal(restart_on_death(&defaults, &history, 0, true, 0).verdict, RESTART_FAILED);
}

static void
max_deaths_in_a_row_is_the_end_and_a_stable_run_begins_anew(void **state)
{
	const struct restart_policy three = {1, 1, 60 * S, 3};
	struct restart_history history = {0};

	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    restart_on_death(&three, &history, 1, false, 0).verdict, RESTART_LATER);
	assert_int_equal(restart_on_death(&three, &history, 61 * S, false, 0).verdict, RESTART_LATER);
	assert_int_equal(restart_on_death(&three, &history, 1, false, 0).verdict, RESTART_LATER);
	assert_int_equal(restart_on_death(&three, &history, 1, false, 0).verdict, RESTART_FAILED);
}

static void
a_crash_loop_is_never_given_up_by_default(void **state)
{
	struct restart_history history = {INT64_C(1) << 40};
	struct restart_decision decision = restart_on_death(&defaults, &history, 0, false, 0.5);

	assert_int_equal(decision.verdict, RESTART_LATER);
	assert_true(decision.failing);
}

static void
a_least_delay_of_zero_still_slows_down(void **state)
{
	const struct restart_policy none = {0, 1 * S, 60 * S, 0};
	struct restart_history history = {11};

	assert_int_equal(restart_on_death(&none, &history, 0, false, 0).delay_us, 750 * MS);
}

static void
asking_for_it_forgets_what_was(void **state)
{
	struct restart_history history = {9};

	restart_forget(&history);
	assert_int_equal(restart_on_death(&defaults, &history, 0, false, 0.5).delay_us, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_delay_doubles_from_the_least_to_the_ceiling),
		cmocka_unit_test(
		    jitter_moves_the_delay_by_less_than_a_quarter_and_never_past_the_ceiling),
		cmocka_unit_test(a_stable_run_forgets_the_deaths_before_it),
		cmocka_unit_test(a_run_a_moment_too_short_forgets_nothing),
		cmocka_unit_test(a_run_that_was_never_ready_is_not_stable_however_long_it_took),
		cmocka_unit_test(what_another_try_cannot_mend_fails_at_once),
		cmocka_unit_test(max_deaths_in_a_row_is_the_end_and_a_stable_run_begins_anew),
		cmocka_unit_test(a_crash_loop_is_never_given_up_by_default),
		cmocka_unit_test(a_least_delay_of_zero_still_slows_down),
		cmocka_unit_test(asking_for_it_forgets_what_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
