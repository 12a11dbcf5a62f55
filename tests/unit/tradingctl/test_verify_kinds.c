/* verify of symbols whose ids are of aggregates, or ordinals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tradingctl/verify_database.h"

#define SLOT_3 "WHERE open_time_us = 1700001000000000"

static int
set_up_aggregates(void **state)
{
	return set_up_kind(state, "aggregate");
}

static int
set_up_ordinals(void **state)
{
	return set_up_kind(state, "ordinal");
}

/* ---- aggregates ---- */

static void
candles_of_aggregates_count_the_trades_inside(void **state)
{
	struct fixture *f = *state;

	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.ids, TRADES);
	assert_int_equal(f->report.complete, SLOTS - 2);
}

static void
a_candle_that_counts_aggregates_as_trades_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET trades = 30 " SLOT_3,
	    ": trades is stored as 30 instead of 90"});
}

static void
a_trade_count_that_was_lost_is_a_fault_of_its_candle(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE unified_ticks SET trade_count = NULL WHERE tick_id = 1094",
	    ": trades is stored as 90 instead of 86"});
}

static void
an_aggregate_that_is_missing_is_a_hole(void **state)
{
	struct fixture *f = *state;

	make_gap(f, SLOTS - 1, 1155, 1156, "open");
	assert_named(f, &(struct mutation){"DELETE FROM feed_gaps",
	    "ids 1155-1156 are missing and no gap tells of it"});
}

/* ---- ordinals ---- */

static void
ordinals_have_no_holes_and_candles_of_the_bid(void **state)
{
	struct fixture *f = *state;

	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.rows, TRADES);
	assert_int_equal(f->report.ids, 0);
	assert_int_equal(f->report.candles, SLOTS);
	assert_int_equal(f->report.complete, SLOTS - 2);
	assert_int_equal(json_array_size(f->report.holes), 0);
}

static void
a_bid_that_is_not_in_its_candle_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET high_e8 = high_e8 + 1 " SLOT_3,
	    ": high is stored as "});
}

static void
a_candle_of_bids_that_counts_wrongly_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET trades = 31 " SLOT_3,
	    ": trades is stored as 31 instead of 30"});
}

static void
a_candle_of_bids_with_a_wrong_volume_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET volume = volume * 2 " SLOT_3,
	    ": volume is stored as "});
}

static void
a_candle_of_bids_with_an_id_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET first_tick_id = 0 " SLOT_3,
	    ": first_tick_id is stored as 0 instead of NULL"});
}

static void
ticks_without_a_bid_count_for_nothing_but_their_volume(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO unified_ticks VALUES(1, 1700001000000001, 0, NULL, 7, NULL, 1, 2,"
		   " NULL)");
	store_slot(f, 3, true);
	settle_marks(f);
	verify(f);
	assert_sound(f);
}

static void
a_first_slot_of_ordinals_is_not_complete(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET complete = 1 WHERE open_time_us = 1700000100000000",
	    "complete is stored as 1 instead of 0"});
}

static void
a_first_slot_of_ordinals_behind_the_edge_of_wholeness_is_complete(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE symbols SET whole_from_us = 1700000100000000",
	    "complete is stored as 0 instead of 1"});
}

static void
a_slot_of_ordinals_that_is_over_is_complete(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET complete = 0 " SLOT_3,
	    "complete is stored as 0 instead of 1"});
}

/* Slot 3 begins at 1700001000000000: a terminal could not read what came before slot 4. */
static void
make_whole_again(struct fixture *f)
{
	run_sql(f, "UPDATE symbols SET whole_from_us = 1700001300000000;"
		   "UPDATE m5_candles SET complete = 0 " SLOT_3);
}

static void
slots_of_ordinals_from_before_they_were_whole_again_stay_as_they_are(void **state)
{
	struct fixture *f = *state;

	make_whole_again(f);
	verify(f);
	assert_sound(f);
}

static void
slots_of_ordinals_from_where_they_were_whole_again_are_complete(void **state)
{
	make_whole_again(*state);
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET complete = 0 WHERE open_time_us = 1700001300000000",
	    "complete is stored as 0 instead of 1"});
}

static void
ordinals_before_the_frozen_edge_are_left_alone(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(2));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET frozen_us = %jd", (intmax_t)SLOT_US(2));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.candles, SLOTS - 2);
}

#define OF(kind, name) cmocka_unit_test_setup_teardown(name, set_up_##kind, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OF(aggregates, candles_of_aggregates_count_the_trades_inside),
		OF(aggregates, a_candle_that_counts_aggregates_as_trades_is_a_fault),
		OF(aggregates, a_trade_count_that_was_lost_is_a_fault_of_its_candle),
		OF(aggregates, an_aggregate_that_is_missing_is_a_hole),
		OF(ordinals, ordinals_have_no_holes_and_candles_of_the_bid),
		OF(ordinals, a_bid_that_is_not_in_its_candle_is_a_fault),
		OF(ordinals, a_candle_of_bids_that_counts_wrongly_is_a_fault),
		OF(ordinals, a_candle_of_bids_with_a_wrong_volume_is_a_fault),
		OF(ordinals, a_candle_of_bids_with_an_id_is_a_fault),
		OF(ordinals, ticks_without_a_bid_count_for_nothing_but_their_volume),
		OF(ordinals, a_first_slot_of_ordinals_is_not_complete),
		OF(ordinals, a_first_slot_of_ordinals_behind_the_edge_of_wholeness_is_complete),
		OF(ordinals, a_slot_of_ordinals_that_is_over_is_complete),
		OF(ordinals, slots_of_ordinals_from_where_they_were_whole_again_are_complete),
		OF(ordinals, slots_of_ordinals_from_before_they_were_whole_again_stay_as_they_are),
		OF(ordinals, ordinals_before_the_frozen_edge_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
