#include "analysisd/dtms/rails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "common/clock.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define MIDNIGHT_US (INT64_C(20600) * CLOCK_DAY_US)
#define NOW_US (MIDNIGHT_US + 600 * MINUTE_US) /* 10:00 */

static struct rails_account account;
static struct settings settings;
static char text[128];

static int
start(void **state)
{
	rails_start(&account);
	account.balance = 10000;
	memset(&settings, 0, sizeof(settings));
	settings.dtms.daily_loss = 2;
	settings.dtms.hourly_loss = 1;
	settings.dtms.stops_in_row = 3;
	settings.dtms.spread_limit = 2;
	return 0;
}

/* A position that was closed; the balance is that after it. */
static void
close_position(int64_t time_us, double profit, bool stopped)
{
	struct rails_closed closed = {.time_us = time_us, .profit = profit, .stopped = stopped};

	rails_add_closed(&account, &closed);
	account.balance += profit;
}

static const char *
refuse(enum dtms_action action, double spread, double median)
{
	return rails_refuse(&account, &settings, action, NOW_US, spread, median, text);
}

/* Whether both actions that open something are refused, and no other one is. */
static bool
opening_is_refused(void)
{
	bool hedge = refuse(ACTION_OPEN_HEDGE, 1, 1) != NULL;

	for (int action = ACTION_NONE; action < ACTIONS; action++)
		if (action != ACTION_OPEN_HEDGE && action != ACTION_RE_ADD_POSITION)
			assert_null(refuse((enum dtms_action)action, 1, 1));
	assert_int_equal(refuse(ACTION_RE_ADD_POSITION, 1, 1) != NULL, hedge);
	return hedge;
}

/* ---- losses ---- */

static void
an_account_without_losses_is_not_held_back(void **state)
{
	assert_false(opening_is_refused());
	close_position(NOW_US - MINUTE_US, 500, false);
	assert_false(opening_is_refused());
}

static void
the_daily_loss_is_of_the_balance_before_it_and_reached_at_its_limit(void **state)
{
	close_position(MIDNIGHT_US, -199.99, false);
	assert_false(opening_is_refused());
	close_position(MIDNIGHT_US + MINUTE_US, -0.01, false);
	assert_true(opening_is_refused());
	assert_string_equal(refuse(ACTION_OPEN_HEDGE, 1, 1),
	    "2.00 % of the balance lost since midnight UTC: the limit is 2 %");
}

static void
what_was_lost_yesterday_is_not_lost_today(void **state)
{
	close_position(MIDNIGHT_US - 1, -5000, false);
	assert_false(opening_is_refused());
	settings.dtms.hourly_loss = 0;
	close_position(MIDNIGHT_US, -99, false); /* 1.98 % of the 5000 left */
	assert_false(opening_is_refused());
	close_position(NOW_US, -1, false);
	assert_true(opening_is_refused());
}

static void
gains_of_the_day_are_set_against_its_losses(void **state)
{
	settings.dtms.hourly_loss = 0;
	close_position(MIDNIGHT_US, 300, false);
	close_position(MIDNIGHT_US + MINUTE_US, -450, false);
	assert_false(opening_is_refused());
	close_position(MIDNIGHT_US + 2 * MINUTE_US, -50, false);
	assert_true(opening_is_refused());
}

static void
the_hourly_loss_has_its_own_limit_and_passes_with_the_hour(void **state)
{
	close_position(NOW_US - 60 * MINUTE_US, -100, false);
	assert_false(opening_is_refused());
	close_position(NOW_US - 60 * MINUTE_US + 1, -100, false);
	settings.dtms.daily_loss = 5;
	assert_true(opening_is_refused());
	assert_string_equal(refuse(ACTION_RE_ADD_POSITION, 1, 1),
	    "1.01 % of the balance lost within an hour: the limit is 1 %");
}

static void
an_account_that_reports_no_balance_has_no_limit_of_loss(void **state)
{
	account.balance = NAN;
	close_position(NOW_US, -1e6, false);
	assert_false(opening_is_refused());
}

static void
an_account_that_lost_all_is_held_back(void **state)
{
	account.balance = 0;
	close_position(NOW_US, -1, false);
	assert_true(opening_is_refused());
}

static void
a_profit_that_was_not_said_counts_as_none(void **state)
{
	close_position(NOW_US, -250, false);
	account.closed[0].profit = NAN;
	assert_false(opening_is_refused());
}

static void
only_so_many_positions_are_remembered(void **state)
{
	close_position(NOW_US, -1000, false);
	assert_true(opening_is_refused());
	for (int i = 0; i < RAILS_CLOSED_KEPT; i++)
		close_position(NOW_US, 0, false);
	assert_false(opening_is_refused());
	assert_int_equal(account.count, RAILS_CLOSED_KEPT);
}

/* ---- stops in a row ---- */

static void
three_stops_in_a_row_hold_back_until_another_close(void **state)
{
	close_position(NOW_US, 0, true);
	close_position(NOW_US, 0, false);
	close_position(NOW_US, 0, true);
	close_position(NOW_US, 0, true);
	assert_false(opening_is_refused());
	close_position(NOW_US, 0, true);
	assert_true(opening_is_refused());
	assert_string_equal(refuse(ACTION_OPEN_HEDGE, 1, 1),
	    "stopped out 3 times in a row: the limit is 3");
	close_position(NOW_US, 0, false);
	assert_false(opening_is_refused());
}

static void
limits_of_zero_are_none(void **state)
{
	memset(&settings.dtms, 0, sizeof(settings.dtms));
	for (int i = 0; i < 5; i++)
		close_position(NOW_US, -1000, true);
	assert_false(opening_is_refused());
	assert_null(refuse(ACTION_TIGHTEN_SL, 100, 1));
}

static void
an_account_of_which_nothing_is_known_is_not_held_back(void **state)
{
	assert_null(rails_refuse(NULL, &settings, ACTION_OPEN_HEDGE, NOW_US, 1, 1, text));
	assert_non_null(rails_refuse(NULL, &settings, ACTION_OPEN_HEDGE, NOW_US, 3, 1, text));
}

/* ---- the spread ---- */

static void
a_wide_spread_leaves_close_all_and_the_timers(void **state)
{
	for (int action = ACTION_NONE; action < ACTIONS; action++) {
		bool stays = action == ACTION_NONE || action == ACTION_CLOSE_ALL ||
		    action >= ACTION_START_FLAT_TIMER;

		assert_null(refuse((enum dtms_action)action, 0.5, 0.25));
		assert_int_equal(refuse((enum dtms_action)action, nextafter(0.5, 1), 0.25) == NULL,
		    stays);
	}
	assert_string_equal(refuse(ACTION_CLOSE_HEDGE, 0.75, 0.25),
	    "the spread of 0.75 is above 2 times its median of the day, 0.25");
}

static void
a_spread_without_a_median_says_nothing(void **state)
{
	assert_null(refuse(ACTION_TIGHTEN_SL, NAN, 1));
	assert_null(refuse(ACTION_TIGHTEN_SL, 1, NAN));
	assert_null(refuse(ACTION_TIGHTEN_SL, 1, 0));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_account_without_losses_is_not_held_back),
		TEST(the_daily_loss_is_of_the_balance_before_it_and_reached_at_its_limit),
		TEST(what_was_lost_yesterday_is_not_lost_today),
		TEST(gains_of_the_day_are_set_against_its_losses),
		TEST(the_hourly_loss_has_its_own_limit_and_passes_with_the_hour),
		TEST(an_account_that_reports_no_balance_has_no_limit_of_loss),
		TEST(an_account_that_lost_all_is_held_back),
		TEST(a_profit_that_was_not_said_counts_as_none),
		TEST(only_so_many_positions_are_remembered),
		TEST(three_stops_in_a_row_hold_back_until_another_close),
		TEST(limits_of_zero_are_none),
		TEST(an_account_of_which_nothing_is_known_is_not_held_back),
		TEST(a_wide_spread_leaves_close_all_and_the_timers),
		TEST(a_spread_without_a_median_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
