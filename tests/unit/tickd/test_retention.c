#define _GNU_SOURCE
#include "tickd/store/retention.h"

#include "common/clock.h"
#include "tests/unit/tickd/store_bench.h"
#include "tickd/store/store_prune.h"

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

/* Or each round would have it ask for the slots in which nothing was traded. */
static void
retention_gives_the_history_nothing_to_fetch(void **state)
{
	struct store_symbol known;
	struct tick ticks[50];
	struct old old;
	size_t count = trades(ticks, 1, 10, FIRST_US, 1000);

	old_open(&old, state);
	count += trades(ticks + count, 11, 20, FIRST_US + 7 * CANDLE_M5_US, 1000);
	must_write_only(&old, ticks, count);
	assert_int_equal(store_add_history(old.bench.store, 0, NULL, 0, FIRST_US, NOW_US), 0);
	old.settings.retention.ticks_us = 4 * CANDLE_M5_US;
	turn_all(&old);
	store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.ticks, 10);
	assert_int_equal(known.first_us, FIRST_US + 3 * CANDLE_M5_US);
	assert_true(known.history_until_us >= candle_slot(known.first_us));
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
	assert_int_equal(store_add_history(old.bench.store, 0, page, 50, FIRST_US, NOW_US), 0);
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
told_changes_go_within_the_hour_while_the_market_stands_still(void **state)
{
	struct tick tick;
	struct old old;

	old_open(&old, state);
	must_write_only(&old, &tick, trades(&tick, 1, 1, FIRST_US, 1000));
	old.settings.retention.changes_us = HOUR_US / 2;
	turn_all(&old);
	sql_run(handle_of(&old.bench), "INSERT INTO changes(symbol_id, from_us, to_us, told_us)"
				       " VALUES (1, 1, 2, 3)");
	assert_int_equal(turn_all(&old), 0);
	assert_true(retention_waits(&old.retention, WALL_US + HOUR_US));
	while (retention_waits(&old.retention, WALL_US + HOUR_US))
		assert_true(retention_turn(&old.retention, WALL_US + HOUR_US) >= 0);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM changes"), 0);
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

/* ---- any interleaving ---- */

#define SEEDS 8
#define PAGE_MAX 200

/* Between the first and the newest id every one is stored or in the ledger, and not in both. */
static void
check_ids(struct bench *bench, int symbol)
{
	const char *of = "(SELECT symbol_id FROM symbols WHERE symbol = ";
	struct store_symbol known;

	store_symbol(bench->store, (size_t)symbol, &known);
	if (known.newest_id == TICK_NONE)
		return;
	assert_int_equal(known.newest_id - known.first_id + 1, number(bench,
	    "SELECT (SELECT count(*) FROM unified_ticks WHERE flags & 1 AND symbol_id = %s 'S%d')"
	    "  AND tick_id >= %lld AND time_us >= %lld)"
	    " + (SELECT coalesce(sum(missing_last_id - max(missing_first_id, %lld) + 1), 0)"
	    "  FROM feed_gaps WHERE state <> 'filled' AND missing_last_id >= %lld"
	    "  AND symbol_id = %s 'S%d'))", of, symbol, (long long)known.first_id,
	    (long long)known.frozen_us, (long long)known.first_id, (long long)known.first_id, of,
	    symbol));
}

/* Candles whose ticks are kept are those of all that was ever delivered. */
static void
check_kept_candles(struct bench *bench, int symbol)
{
	const struct model_symbol *model = &bench->model->symbols[symbol];
	struct store_symbol known;

	store_symbol(bench->store, (size_t)symbol, &known);
	for (size_t i = 0; i < model->candle_count; i++) {
		const struct candle *candle = &model->candles[i];

		if (candle->open_time_us < known.frozen_us)
			continue;
		if (number(bench,
			"SELECT count(*) FROM m5_candles c JOIN symbols USING(symbol_id)"
			" WHERE symbol = 'S%d' AND open_time_us = %lld AND c.trades = %lld"
			" AND complete = %d AND open_e8 = %lld AND close_e8 = %lld"
			" AND first_tick_id = %lld AND last_tick_id = %lld", symbol,
			(long long)candle->open_time_us, (long long)candle->trades,
			candle->complete, (long long)candle->open_e8, (long long)candle->close_e8,
			(long long)candle->first_tick_id, (long long)candle->last_tick_id) != 1)
			fail_msg("S%d slot %lld, ids %lld to %lld must have %lld trades and be %s",
			    symbol, (long long)((candle->open_time_us - FIRST_US) / CANDLE_M5_US),
			    (long long)candle->first_tick_id, (long long)candle->last_tick_id,
			    (long long)candle->trades, candle->complete ? "complete" : "incomplete");
	}
}

static void
check_kept(struct old *old)
{
	model_fold(old->bench.model);
	check_counts(old);
	for (int i = 0; i < SYMBOLS; i++) {
		check_ids(&old->bench, i);
		check_kept_candles(&old->bench, i);
	}
}

/* A page from the oldest gap on, as a backfill would fetch it. */
static void
fill_some(struct old *old, const struct deliveries *exchange, uint32_t symbol, size_t most)
{
	static struct tick page[PAGE_MAX];
	struct store_symbol known;
	struct store_result result;
	size_t count;

	store_symbol(old->bench.store, symbol, &known);
	if (known.due.first_id == TICK_NONE)
		return;
	count = exchange_page(exchange, symbol, known.due.first_id, page, most);
	assert_int_equal(store_add_page(old->bench.store, symbol, page, count, NOW_US, &result), 0);
	for (size_t i = 0; i < count; i++) {
		page[i].symbol = symbol;
		(void)model_add(old->bench.model, &page[i]);
	}
}

static void
deliver_while_it_ages(uint64_t seed)
{
	struct deliveries *live = deliveries_create(seed, false);
	struct deliveries *exchange = exchange_create(seed);
	uint64_t chance = seed + 7000;
	void *folder = NULL;
	struct old old;

	assert_int_equal(scratch_make(&folder), 0);
	old_open(&old, &folder);
	old.settings.retention.ticks_us = 2 * CANDLE_M5_US;
	for (size_t at = 0, count; at < live->count; at += count) {
		count = 1 + (size_t)chance_below(&chance, 60);
		count = count < live->count - at ? count : live->count - at;
		must_write_only(&old, live->ticks + at, count);
		for (size_t i = 0; i < count; i++)
			(void)model_add(old.bench.model, &live->ticks[at + i]);
		if (chance_below(&chance, 3) == 0)
			fill_some(&old, exchange, (uint32_t)chance_below(&chance, SYMBOLS),
			    1 + (size_t)chance_below(&chance, PAGE_MAX));
		if (chance_below(&chance, 2) == 0)
			assert_true(retention_turn(&old.retention, WALL_US) >= 0);
		check_kept(&old);
	}
	turn_all(&old);
	check_kept(&old);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks JOIN symbols"
					    " USING(symbol_id) WHERE time_us < frozen_us"), 0);
	assert_true(number(&old.bench, "SELECT min(frozen_us) FROM symbols") > FIRST_US);
	free(live);
	free(exchange);
	bench_close(&old.bench);
	assert_int_equal(scratch_remove(&folder), 0);
}

static void
any_mix_of_deliveries_and_deletions_leaves_what_is_kept_whole(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		deliver_while_it_ages(chance_seed() + seed);
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
		promise(retention_gives_the_history_nothing_to_fetch),
		promise(nothing_is_deleted_where_retention_is_nought),
		promise(the_market_s_clock_counts_only_as_far_as_ours_goes),
		promise(candles_go_when_they_are_old_but_never_before_their_ticks),
		promise(told_changes_go_within_the_hour_while_the_market_stands_still),
		promise(closed_gaps_and_told_changes_go_by_our_clock),
		promise(other_sources_are_kept),
		promise(a_restart_between_any_two_slices_changes_nothing),
		cmocka_unit_test(any_mix_of_deliveries_and_deletions_leaves_what_is_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
