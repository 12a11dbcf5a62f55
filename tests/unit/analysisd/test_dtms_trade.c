#include "analysisd/dtms/trade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#define E8(price) ((int64_t)((price) * 100) * 1000000)

static struct problem problem;

/* ---- names ---- */

static void
every_state_is_found_by_its_name(void **state)
{
	static const char *const names[] = {"HEALTHY", "WARNING_L1", "WARNING_L2", "HEDGED",
		"RECOVERING", "CLOSING", "CLOSED"};
	enum dtms_state found;

	for (int i = 0; i < DTMS_STATES; i++) {
		assert_string_equal(dtms_state_name((enum dtms_state)i), names[i]);
		assert_true(dtms_state_find(names[i], &found));
		assert_int_equal(found, i);
	}
}

static void
a_name_that_is_none_is_not_found(void **state)
{
	enum dtms_state found = DTMS_HEDGED;
	enum trade_direction direction = TRADE_SELL;

	assert_false(dtms_state_find("healthy", &found));
	assert_false(dtms_state_find("", &found));
	assert_int_equal(found, DTMS_HEDGED);
	assert_false(trade_direction_find("LONG", &direction));
	assert_int_equal(direction, TRADE_SELL);
}

static void
a_direction_is_found_by_its_name(void **state)
{
	enum trade_direction direction;

	assert_true(trade_direction_find("BUY", &direction));
	assert_int_equal(direction, TRADE_BUY);
	assert_true(trade_direction_find("SELL", &direction));
	assert_int_equal(direction, TRADE_SELL);
	assert_string_equal(trade_direction_name(TRADE_BUY), "BUY");
	assert_string_equal(trade_direction_name(TRADE_SELL), "SELL");
}

/* ---- registration ---- */

/* Without stops; its members are not those of an earlier life. */
static struct dtms_trade
trade_of(enum trade_direction direction)
{
	struct dtms_trade trade;

	memset(&trade, 0x5a, sizeof(trade));
	trade.direction = direction;
	trade.entry_e8 = E8(100);
	trade.initial_volume_e8 = E8(0.2);
	trade.stop_loss_e8 = TICK_NONE;
	trade.take_profit_e8 = TICK_NONE;
	trade.initial_stop_loss_e8 = TICK_NONE;
	return trade;
}

static void
a_new_trade_is_healthy_and_nothing_is_counted_or_checked(void **state)
{
	struct dtms_trade trade = trade_of(TRADE_BUY);

	dtms_trade_start(&trade, 77);
	assert_int_equal(trade.state, DTMS_HEALTHY);
	assert_int_equal(trade.registered_us, 77);
	assert_int_equal(trade.state_since_us, 77);
	assert_true(isnan(trade.score));
	assert_int_equal(trade.current_volume_e8, E8(0.2));
	assert_int_equal(trade.closed_volume_e8, 0);
	assert_true(trade.hedge_ticket == TICK_NONE && trade.hedge_volume_e8 == TICK_NONE);
	assert_false(trade.hedge_lost);
	assert_true(trade.flat_deadline_us == TICK_NONE);
	assert_true(trade.recovery_deadline_us == TICK_NONE);
	assert_int_equal(trade.vwap_cross_count, 0);
	assert_int_equal(trade.vwap_flip, 0);
	assert_true(trade.vwap_counted_us == TICK_NONE);
	assert_true(trade.last_deep_us == TICK_NONE && trade.last_deep_price_e8 == TICK_NONE);
	assert_int_equal(trade.close_attempts, 0);
	assert_true(trade.closing_since_us == TICK_NONE && trade.closed_us == TICK_NONE);
	assert_false(trade.stale);
	assert_string_equal(trade.closed_reason, "");
}

static int64_t
initial_stop(enum trade_direction direction, int64_t stop_e8, int64_t initial_e8)
{
	struct dtms_trade trade = trade_of(direction);

	trade.stop_loss_e8 = stop_e8;
	trade.initial_stop_loss_e8 = initial_e8;
	dtms_trade_start(&trade, 77);
	return trade.initial_stop_loss_e8;
}

static void
the_first_stop_is_the_initial_one_unless_it_was_moved_before(void **state)
{
	assert_int_equal(initial_stop(TRADE_BUY, E8(90), TICK_NONE), E8(90));
	assert_int_equal(initial_stop(TRADE_SELL, E8(110), TICK_NONE), E8(110));
	assert_int_equal(initial_stop(TRADE_BUY, E8(102), E8(95)), E8(95));
	assert_true(initial_stop(TRADE_BUY, E8(100), TICK_NONE) == TICK_NONE);
	assert_true(initial_stop(TRADE_BUY, E8(102), TICK_NONE) == TICK_NONE);
	assert_true(initial_stop(TRADE_SELL, E8(98), TICK_NONE) == TICK_NONE);
	assert_true(initial_stop(TRADE_SELL, TICK_NONE, TICK_NONE) == TICK_NONE);
}

/* ---- what can be watched ---- */

static int
check(const struct dtms_trade *trade)
{
	problem.text[0] = '\0';
	return dtms_trade_check(trade, E8(101), E8(101.5), &problem);
}

static void
a_trade_without_stop_and_target_can_be_watched(void **state)
{
	struct dtms_trade trade = trade_of(TRADE_BUY);

	assert_int_equal(check(&trade), 0);
	trade.direction = TRADE_SELL;
	assert_int_equal(check(&trade), 0);
}

static void
volume_entry_and_direction_are_needed(void **state)
{
	struct dtms_trade trade = trade_of(TRADE_BUY);

	trade.initial_volume_e8 = 0;
	assert_int_equal(check(&trade), -EINVAL);
	assert_string_equal(problem.text, "the volume must be above 0: 0 is not");
	trade = trade_of(TRADE_BUY);
	trade.entry_e8 = TICK_NONE;
	assert_int_equal(check(&trade), -EINVAL);
	assert_string_equal(problem.text, "the entry price is missing");
	trade = trade_of((enum trade_direction)0);
	assert_int_equal(check(&trade), -EINVAL);
	assert_string_equal(problem.text, "the direction must be BUY or SELL");
}

static void
no_price_is_zero_or_below(void **state)
{
	struct dtms_trade trade = trade_of(TRADE_BUY);

	trade.stop_loss_e8 = 0;
	assert_int_equal(check(&trade), -EINVAL);
	assert_string_equal(problem.text, "the stop loss must be above 0: 0 is not");
	trade = trade_of(TRADE_SELL);
	trade.take_profit_e8 = -1;
	assert_int_equal(check(&trade), -EINVAL);
	assert_string_equal(problem.text, "the take profit must be above 0: -0.00000001 is not");
}

/* 0 where the trade can be watched with that stop, target and initial stop. */
static int
check_stops(enum trade_direction direction, double stop, double target, double initial)
{
	struct dtms_trade trade = trade_of(direction);

	trade.stop_loss_e8 = isnan(stop) ? TICK_NONE : E8(stop);
	trade.take_profit_e8 = isnan(target) ? TICK_NONE : E8(target);
	trade.initial_stop_loss_e8 = isnan(initial) ? TICK_NONE : E8(initial);
	return check(&trade);
}

static void
a_stop_is_on_its_side_of_entry_and_price(void **state)
{
	assert_int_equal(check_stops(TRADE_BUY, 99.5, NAN, NAN), 0);
	assert_int_equal(check_stops(TRADE_BUY, 100, NAN, NAN), -EINVAL);
	assert_string_equal(problem.text, "the stop loss of a BUY must be below its entry price: "
					  "100 is not below 100");
	assert_int_equal(check_stops(TRADE_SELL, 102, NAN, NAN), 0);
	assert_int_equal(check_stops(TRADE_SELL, 101.5, NAN, NAN), -EINVAL);
	assert_string_equal(problem.text, "the stop loss of a SELL must be above its price: "
					  "101.5 is not above 101.5");
	assert_int_equal(check_stops(TRADE_SELL, 99.5, NAN, NAN), -EINVAL);
}

static void
a_stop_that_was_moved_beyond_the_entry_needs_its_initial_one(void **state)
{
	assert_int_equal(check_stops(TRADE_BUY, 100.5, NAN, 98), 0);
	assert_int_equal(check_stops(TRADE_BUY, 101, NAN, 98), -EINVAL);
	assert_int_equal(check_stops(TRADE_BUY, 100.5, NAN, 100), -EINVAL);
	assert_string_equal(problem.text, "the initial stop loss of a BUY must be below its entry "
					  "price: 100 is not below 100");
}

static void
a_target_is_on_its_side_of_entry_and_price(void **state)
{
	assert_int_equal(check_stops(TRADE_BUY, NAN, 101.01, NAN), 0);
	assert_int_equal(check_stops(TRADE_BUY, NAN, 101, NAN), -EINVAL);
	assert_int_equal(check_stops(TRADE_BUY, NAN, 99, NAN), -EINVAL);
	assert_int_equal(check_stops(TRADE_SELL, NAN, 99.99, NAN), 0);
	assert_int_equal(check_stops(TRADE_SELL, NAN, 100, NAN), -EINVAL);
}

static void
a_price_that_is_not_known_is_not_looked_at(void **state)
{
	struct dtms_trade trade = trade_of(TRADE_BUY);

	trade.stop_loss_e8 = E8(99);
	trade.take_profit_e8 = E8(101);
	assert_int_equal(dtms_trade_check(&trade, TICK_NONE, TICK_NONE, &problem), 0);
	assert_int_equal(dtms_trade_check(&trade, E8(101), TICK_NONE, &problem), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_is_found_by_its_name),
		cmocka_unit_test(a_name_that_is_none_is_not_found),
		cmocka_unit_test(a_direction_is_found_by_its_name),
		cmocka_unit_test(a_new_trade_is_healthy_and_nothing_is_counted_or_checked),
		cmocka_unit_test(the_first_stop_is_the_initial_one_unless_it_was_moved_before),
		cmocka_unit_test(a_trade_without_stop_and_target_can_be_watched),
		cmocka_unit_test(volume_entry_and_direction_are_needed),
		cmocka_unit_test(no_price_is_zero_or_below),
		cmocka_unit_test(a_stop_is_on_its_side_of_entry_and_price),
		cmocka_unit_test(a_stop_that_was_moved_beyond_the_entry_needs_its_initial_one),
		cmocka_unit_test(a_target_is_on_its_side_of_entry_and_price),
		cmocka_unit_test(a_price_that_is_not_known_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
