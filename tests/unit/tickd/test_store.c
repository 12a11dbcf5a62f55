#define _GNU_SOURCE
#include "tickd/store/store.h"

#include "tests/unit/tickd/store_bench.h"

static void
a_slot_joined_on_both_sides_is_complete_once_it_is_over(void **state)
{
	struct bench bench;
	struct tick ticks[20];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	/* Nobody knows what was before the first id; and the second slot still runs. */
	assert_int_equal(candle_column(&bench, "complete", 0), 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	must_write(&bench, ticks, trades(ticks, 7, 7, FIRST_US + 2 * CANDLE_M5_US, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM changes"), 0);
	bench_close(&bench);
}

static void
another_symbol_s_trade_a_second_past_the_end_ends_a_slot(void **state)
{
	struct bench bench;
	struct tick ticks[20], other;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	uint64_t chance = 1;

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	other = trade_at(1, 9, FIRST_US + 2 * CANDLE_M5_US + GRACE_US - 1, &chance);
	must_write(&bench, &other, 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	other = trade_at(1, 10, FIRST_US + 2 * CANDLE_M5_US + GRACE_US, &chance);
	must_write(&bench, &other, 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	check_all(&bench);
	bench_close(&bench);
}

static void
a_tick_of_a_closed_slot_raises_the_revision_and_tells_the_change(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	struct store_result result;
	size_t count = trades(ticks, 1, 5, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 7, 9, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 10, 12, FIRST_US + 2 * CANDLE_M5_US, 1000);
	result = must_write(&bench, ticks, count);
	assert_int_equal(result.gaps_opened, 1);
	assert_int_equal(result.gap.first_id, 6);
	assert_int_equal(result.gap.last_id, 6);
	assert_int_equal(result.gap_symbol, 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	result = must_write(&bench, ticks,
	    trades(ticks, 6, 6, FIRST_US + CANDLE_M5_US - 1000, 1000));
	assert_int_equal(result.late, 1);
	assert_int_equal(result.gaps_filled, 1);
	assert_int_equal(candle_column(&bench, "revision", 0), 1);
	assert_int_equal(candle_column(&bench, "trades", 0), 6);
	/* Its neighbour is whole now too, which those who read it must learn. */
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 2), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM changes"), 2);
	assert_int_equal(result.change_seq, number(&bench, "SELECT max(seq) FROM changes"));
	check_all(&bench);
	bench_close(&bench);
}

static void
a_late_trade_alone_in_its_slot_completes_that_slot_as_well(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 5, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 7, 9, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	must_write(&bench, ticks, trades(ticks, 6, 6, FIRST_US + CANDLE_M5_US, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

static void
a_hole_that_opens_and_closes_within_a_batch_leaves_closed_candles_untouched(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	uint64_t chance = 1;

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	ticks[count++] = trade_at(1, 1, FIRST_US + 3 * CANDLE_M5_US, &chance);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	/* One that is stored already, a jump, and the one in between. */
	count = 1;
	ticks[0] = ticks[4];
	count += trades(ticks + count, 8, 8, FIRST_US + 3 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 7, 7, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	bench_close(&bench);
}

static void
the_slot_of_the_first_id_is_complete_once_the_id_before_it_is_stored(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 100, 105, FIRST_US + CANDLE_M5_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 106, 107, FIRST_US + 2 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 108, 109, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	must_write(&bench, ticks, trades(ticks, 99, 99, FIRST_US + 1000, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

/* All ids are stored and no gap is open; yet the trade between 102 and 104 is another slot's. */
static void
a_slot_whose_ids_lie_in_two_slots_is_not_complete(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 100, 101, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 102, 102, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 103, 103, FIRST_US + 2 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 104, 104, FIRST_US + CANDLE_M5_US + 5000, 1000);
	count += trades(ticks + count, 105, 106, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps"), 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	bench_close(&bench);
}

static void
a_first_batch_that_begins_with_a_later_id_has_a_ledger_of_real_times(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 110, 112, FIRST_US + CANDLE_M5_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 100, 102, FIRST_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(number(&bench, "SELECT missing_first_id FROM feed_gaps"), 103);
	assert_int_equal(number(&bench, "SELECT missing_last_id FROM feed_gaps"), 109);
	assert_in_range(number(&bench, "SELECT missing_from_us FROM feed_gaps"), FIRST_US,
	    FIRST_US + 2000);
	assert_int_equal(number(&bench, "SELECT missing_to_us FROM feed_gaps"),
	    FIRST_US + CANDLE_M5_US);
	must_write(&bench, ticks, trades(ticks, 103, 109, FIRST_US + 3000, 1000));
	check_all(&bench);
	bench_close(&bench);
}

static void
an_id_at_the_end_of_the_numbers_overflows_nothing(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	struct store_result result;

	bench_open(&bench, state);
	must_write(&bench, ticks, count);
	count = trades(ticks, 9, 9, FIRST_US + CANDLE_M5_US, 1000);
	ticks[0].tick_id = INT64_C(999999999999999999); /* the scanner lets through no larger one */
	count += trades(ticks + 1, 4, 4, FIRST_US + 3 * CANDLE_M5_US, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	bench_close(&bench);
}

static void
an_empty_batch_and_one_of_quotes_alone_are_stored(void **state)
{
	struct bench bench;
	struct tick quotes[3] = {quote_at(0, 1, FIRST_US), quote_at(0, 2, FIRST_US + 5),
		quote_at(3, 1, FIRST_US + CANDLE_M5_US)};

	bench_open(&bench, state);
	must_write(&bench, quotes, 0);
	must_write(&bench, quotes, 3);
	must_write(&bench, quotes, 3);
	check_all(&bench);
	assert_int_equal(number(&bench, "SELECT count(*) FROM m5_candles"), 0);
	bench_close(&bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_slot_whose_ids_lie_in_two_slots_is_not_complete),
		promise(a_slot_joined_on_both_sides_is_complete_once_it_is_over),
		promise(another_symbol_s_trade_a_second_past_the_end_ends_a_slot),
		promise(a_tick_of_a_closed_slot_raises_the_revision_and_tells_the_change),
		promise(a_late_trade_alone_in_its_slot_completes_that_slot_as_well),
		promise(a_hole_that_opens_and_closes_within_a_batch_leaves_closed_candles_untouched),
		promise(the_slot_of_the_first_id_is_complete_once_the_id_before_it_is_stored),
		promise(a_first_batch_that_begins_with_a_later_id_has_a_ledger_of_real_times),
		promise(an_id_at_the_end_of_the_numbers_overflows_nothing),
		promise(an_empty_batch_and_one_of_quotes_alone_are_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
