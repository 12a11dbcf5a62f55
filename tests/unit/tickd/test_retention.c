#define _GNU_SOURCE
#include "tickd/retention.h"

#include "common/clock.h"
#include "tests/unit/tickd/store_bench.h"
#include "tickd/store_prune.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define LONG_AGO_US (FIRST_US - 100 * CANDLE_M5_US)
/* Our clock, at the moment of the market's newest trade. */
#define WALL_US (FIRST_US + 1000 * CLOCK_DAY_US)

struct old {
	struct bench bench;
	struct settings settings;
	struct retention retention;
};

static void
old_open(struct old *old, void **state)
{
	*old = (struct old){0};
	bench_open(&old->bench, state);
	old->settings.binance.symbols = old->bench.names;
	retention_init(&old->retention, &old->settings, old->bench.store);
}

/* All turns until there is nothing to do; returns how many changed something. */
static int
turn_all(struct old *old)
{
	int turns = 0;

	while (retention_waits(&old->retention, WALL_US)) {
		int result = retention_turn(&old->retention, WALL_US);

		if (result < 0)
			fail_msg("not deleted: %s", database_error(old->bench.db));
		assert_true(result <= RETENTION_SLICE);
		turns += result > 0;
	}
	return turns;
}

static void
must_write_only(struct old *old, const struct tick *ticks, size_t count)
{
	struct store_result result;

	assert_int_equal(bench_write(&old->bench, ticks, count, &result), 0);
}

static void
check_counts(struct old *old)
{
	assert_int_equal(number(&old->bench,
	    "SELECT count(*) FROM symbols s WHERE ticks <> (SELECT count(*) FROM unified_ticks t"
	    " WHERE t.symbol_id = s.symbol_id) OR candles <> (SELECT count(*) FROM m5_candles c"
	    " WHERE c.symbol_id = s.symbol_id)"), 0);
	check_ledger_rows(&old->bench);
	for (int i = 0; i < SYMBOLS; i++)
		check_totals(&old->bench, i);
}

/* Ten slots of symbol 0, 750 trades each from id 1 on. */
#define A_SLOT 750
#define TRADES (10 * A_SLOT)

static void
write_ten_slots(struct old *old)
{
	static struct tick ticks[TRADES];

	must_write_only(old, ticks, trades(ticks, 1, TRADES, FIRST_US, CANDLE_M5_US / A_SLOT));
}

static void
ticks_older_than_retention_are_deleted_at_a_slot_s_edge_and_their_candles_stay(void **state)
{
	struct store_symbol known;
	struct old old;

	old_open(&old, state);
	write_ten_slots(&old);
	old.settings.retention.ticks_us = 6 * CANDLE_M5_US - CLOCK_SECOND_US;
	assert_int_equal(turn_all(&old), 1 + (3 * A_SLOT + RETENTION_SLICE - 1) / RETENTION_SLICE);
	assert_int_equal(number(&old.bench, "SELECT min(time_us) FROM unified_ticks"),
	    FIRST_US + 3 * CANDLE_M5_US);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM m5_candles"), 10);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.ticks, 7 * A_SLOT);
	assert_int_equal(known.first_us, FIRST_US + 3 * CANDLE_M5_US);
	assert_int_equal(known.first_id, 3 * A_SLOT + 1);
	assert_int_equal(known.frozen_us, FIRST_US + 3 * CANDLE_M5_US);
	assert_int_equal(known.whole_from_us, FIRST_US + 3 * CANDLE_M5_US);
	check_counts(&old);
	/* Complete and never told of: what stands was true of ticks that are gone. */
	assert_int_equal(candle_column(&old.bench, "complete", 2), 1);
	assert_int_equal(candle_column(&old.bench, "complete", 3), 1);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM changes"), 0);
	assert_int_equal(turn_all(&old), 0);
	bench_close(&old.bench);
}

static void
ticks_of_deleted_slots_are_not_taken_again_and_their_candles_never_change(void **state)
{
	static struct tick ticks[A_SLOT];
	char *before, *after;
	struct store_result result;
	struct old old;
	size_t count;

	old_open(&old, state);
	write_ten_slots(&old);
	old.settings.retention.ticks_us = 6 * CANDLE_M5_US;
	turn_all(&old);
	before = tick_database_dump(handle_of(&old.bench));
	count = trades(ticks, 1, 50, FIRST_US, 1000);
	assert_int_equal(bench_write(&old.bench, ticks, count, &result), 0);
	assert_int_equal(result.too_old, 50);
	assert_int_equal(result.stored, 0);
	assert_int_equal(result.gaps_opened, 0);
	assert_int_equal(store_add_page(old.bench.store, 0, ticks, count, NOW_US, &result), 0);
	assert_int_equal(result.too_old, 50);
	bench_restart(&old.bench, true);
	assert_int_equal(store_add_page(old.bench.store, 0, ticks, count, NOW_US, &result), 0);
	after = tick_database_dump(handle_of(&old.bench));
	assert_same_dump(after, before);
	free(before);
	free(after);
	bench_close(&old.bench);
}

static void
gaps_among_deleted_ticks_are_given_up_and_one_over_the_edge_is_still_filled(void **state)
{
	struct tick ticks[100];
	struct store_symbol known;
	struct store_result result;
	struct old old;
	size_t count = trades(ticks, 1, 10, FIRST_US, 1000);

	old_open(&old, state);
	count += trades(ticks + count, 21, 30, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 41, 50, FIRST_US + 3 * CANDLE_M5_US + 60000, 1000);
	count += trades(ticks + count, 51, 60, FIRST_US + 5 * CANDLE_M5_US, 1000);
	must_write_only(&old, ticks, count);
	old.settings.retention.ticks_us = 2 * CANDLE_M5_US; /* slots 0 to 2 go */
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT missing_first_id FROM feed_gaps"
					    " WHERE state = 'unfillable'"
					    " AND reason = 'older than retention.ticks'"), 11);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.due.first_id, 31);
	assert_int_equal(known.due.last_id, 40);
	assert_int_equal(candle_column(&old.bench, "complete", 3), 0);
	/* 31 to 35 are of before the edge, the rest of after it. */
	count = trades(ticks, 31, 35, FIRST_US + 2 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 36, 40, FIRST_US + 3 * CANDLE_M5_US, 1000);
	assert_int_equal(store_add_page(old.bench.store, 0, ticks, count, NOW_US, &result), 0);
	assert_int_equal(result.stored, 5);
	assert_int_equal(result.too_old, 5);
	assert_int_equal(result.gaps_filled, 1);
	assert_int_equal(candle_column(&old.bench, "complete", 3), 1);
	assert_int_equal(candle_column(&old.bench, "trades", 3), 15);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.gaps, 0);
	check_counts(&old);
	bench_close(&old.bench);
}

static void
a_gap_is_still_found_when_no_tick_of_the_symbol_is_left(void **state)
{
	struct tick ticks[50], other;
	struct store_symbol known;
	struct old old;
	uint64_t chance = 1;

	old_open(&old, state);
	must_write_only(&old, ticks, trades(ticks, 1, 10, FIRST_US, 1000));
	other = trade_at(1, 1, FIRST_US + 8 * CANDLE_M5_US, &chance);
	must_write_only(&old, &other, 1);
	old.settings.retention.ticks_us = 4 * CANDLE_M5_US;
	turn_all(&old);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.ticks, 0);
	assert_int_equal(known.newest_id, 10);
	assert_int_equal(known.first_us, TICK_NONE);
	bench_restart(&old.bench, true);
	/* The next id, and its slot is whole; then a jump. */
	must_write_only(&old, ticks, trades(ticks, 11, 20, FIRST_US + 8 * CANDLE_M5_US, 1000));
	must_write_only(&old, ticks, trades(ticks, 31, 40, FIRST_US + 10 * CANDLE_M5_US, 1000));
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.due.first_id, 21);
	assert_int_equal(known.due.last_id, 30);
	must_write_only(&old, ticks, trades(ticks, 21, 30, FIRST_US + 9 * CANDLE_M5_US, 1000));
	assert_int_equal(candle_column(&old.bench, "complete", 8), 1);
	assert_int_equal(candle_column(&old.bench, "complete", 9), 1);
	check_counts(&old);
	bench_close(&old.bench);
}

static void
nothing_is_deleted_where_retention_is_nought(void **state)
{
	char *before, *after;
	struct old old;

	old_open(&old, state);
	write_ten_slots(&old);
	before = tick_database_dump(handle_of(&old.bench));
	assert_int_equal(turn_all(&old), 0);
	after = tick_database_dump(handle_of(&old.bench));
	assert_same_dump(after, before);
	free(before);
	free(after);
	bench_close(&old.bench);
}

/* A trade dated in some far future, as a sick source may send, is no reason to delete. */
static void
the_market_s_clock_counts_only_as_far_as_ours_goes(void **state)
{
	struct tick ticks[50], other;
	uint64_t chance = 1;
	struct old old;

	old_open(&old, state);
	must_write_only(&old, ticks, trades(ticks, 1, 10, WALL_US - HOUR_US, 1000));
	other = trade_at(1, 1, WALL_US + 1000 * CLOCK_DAY_US, &chance);
	must_write_only(&old, &other, 1);
	old.settings.retention.ticks_us = 2 * HOUR_US;
	assert_int_equal(turn_all(&old), 0);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks"), 11);
	bench_close(&old.bench);
}

static void
candles_go_when_they_are_old_but_never_before_their_ticks(void **state)
{
	struct candle page[50];
	struct store_symbol known;
	struct old old;

	old_open(&old, state);
	write_ten_slots(&old);
	for (int i = 0; i < 50; i++)
		page[i] = (struct candle){.open_time_us = FIRST_US - (50 - i) * CANDLE_M5_US,
			.open_e8 = 1, .high_e8 = 1, .low_e8 = 1, .close_e8 = 1, .trades = 1,
			.first_tick_id = TICK_NONE, .last_tick_id = TICK_NONE,
			.origin = CANDLE_KLINES, .complete = true};
	assert_int_equal(store_add_history(old.bench.store, 0, page, 50, FIRST_US), 0);
	old.settings.retention.m5_candles_us = 20 * CANDLE_M5_US;
	assert_int_equal(turn_all(&old), 1);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM m5_candles"), 10 + 11);
	check_counts(&old);
	/* The round of this slot is over; an hour less is kept after the next one. */
	old.settings.retention.m5_candles_us = CANDLE_M5_US;
	retention_init(&old.retention, &old.settings, old.bench.store);
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM m5_candles"), 10);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.candles, 10);
	check_counts(&old);
	bench_close(&old.bench);
}

static void
closed_gaps_and_told_changes_go_by_our_clock(void **state)
{
	struct tick ticks[60];
	struct store_result result;
	struct old old;
	size_t count = trades(ticks, 1, 10, FIRST_US, 1000);

	old_open(&old, state);
	count += trades(ticks + count, 21, 30, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 41, 50, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write_only(&old, ticks, count);
	count = trades(ticks, 11, 20, FIRST_US + 500000, 1000);
	assert_int_equal(store_add_page(old.bench.store, 0, ticks, count, WALL_US - HOUR_US,
			     &result), 0);
	count = trades(ticks, 31, 40, FIRST_US + CANDLE_M5_US + 500000, 1000);
	assert_int_equal(store_add_page(old.bench.store, 0, ticks, count, WALL_US, &result), 0);
	assert_true(number(&old.bench, "SELECT count(*) FROM changes") > 1);
	old.settings.retention.gaps_us = HOUR_US / 2;
	old.settings.retention.changes_us = HOUR_US / 2;
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM feed_gaps"), 1);
	assert_int_equal(number(&old.bench, "SELECT first_id FROM feed_gaps"), 31);
	assert_int_equal(number(&old.bench, "SELECT min(told_us) FROM changes"), WALL_US);
	check_counts(&old);
	bench_close(&old.bench);
}

static void
other_sources_are_kept(void **state)
{
	struct problem problem;
	struct store_result result;
	struct tick ticks[50];
	struct store *import;
	struct old old;

	old_open(&old, state);
	assert_int_equal(store_create(&import, old.bench.db, "import", &old.bench.names,
			     TICK_IDS_TRADE, &problem), 0);
	assert_int_equal(store_add_page(import, 0, ticks, trades(ticks, 1, 50, LONG_AGO_US, 1000),
			     NOW_US, &result), 0);
	store_free(import);
	write_ten_slots(&old);
	old.settings.retention.ticks_us = old.settings.retention.m5_candles_us = CANDLE_M5_US;
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT ticks FROM symbols WHERE source = 'import'"
					    " AND symbol = 'S0' AND frozen_us IS NULL"), 50);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks t JOIN symbols"
					    " USING(symbol_id) WHERE source = 'import'"), 50);
	bench_close(&old.bench);
}

/* Whatever was deleted when: the rest fits together, and a new start goes on where it stood. */
static void
a_restart_between_any_two_slices_changes_nothing(void **state)
{
	struct store_symbol known;
	struct old old;
	int turns = 0;

	old_open(&old, state);
	write_ten_slots(&old);
	old.settings.retention.ticks_us = CANDLE_M5_US;
	for (int idle = 0; idle < 20; turns++) {
		int result = retention_turn(&old.retention, WALL_US);

		assert_true(result >= 0);
		idle = result == 0 ? idle + 1 : 0;
		check_counts(&old);
		bench_restart(&old.bench, turns % 2);
		check_counts(&old);
		store_symbol(old.bench.store, 0, &known);
		assert_int_equal(known.first_id, 8 * A_SLOT + 1);
		assert_int_equal(known.first_us, FIRST_US + 8 * CANDLE_M5_US);
		retention_init(&old.retention, &old.settings, old.bench.store);
	}
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks"), 2 * A_SLOT);
	bench_close(&old.bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(ticks_older_than_retention_are_deleted_at_a_slot_s_edge_and_their_candles_stay),
		promise(ticks_of_deleted_slots_are_not_taken_again_and_their_candles_never_change),
		promise(gaps_among_deleted_ticks_are_given_up_and_one_over_the_edge_is_still_filled),
		promise(a_gap_is_still_found_when_no_tick_of_the_symbol_is_left),
		promise(nothing_is_deleted_where_retention_is_nought),
		promise(the_market_s_clock_counts_only_as_far_as_ours_goes),
		promise(candles_go_when_they_are_old_but_never_before_their_ticks),
		promise(closed_gaps_and_told_changes_go_by_our_clock),
		promise(other_sources_are_kept),
		promise(a_restart_between_any_two_slices_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
