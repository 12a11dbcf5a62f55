#define _GNU_SOURCE
#include "analysisd/market_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tests/unit/analysisd/tick_store.h"

struct fixture {
	struct tick_store store;
	struct market_reader *reader;
	int64_t times[64]; /* what callbacks were given */
	int count;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	assert_int_equal(market_reader_open(&f->reader, f->store.state_dir, &problem), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	market_reader_close(f->reader);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static int
keep_candle(void *context, const struct candle *candle)
{
	struct fixture *f = context;

	f->times[f->count++] = candle->open_time_us;
	return 0;
}

static int
keep_tick(void *context, const struct tick *tick)
{
	struct fixture *f = context;

	f->times[f->count++] = tick->tick_id;
	return 0;
}

static void
keep_change(void *context, const struct market_change *change)
{
	struct fixture *f = context;

	f->times[f->count++] = change->from_us;
}

static void
a_database_that_is_not_there_is_missing_not_made(void **state)
{
	struct fixture *f = *state;
	struct market_reader *reader;
	struct problem problem;

	assert_int_equal(market_reader_open(&reader, "/tmp/there-is-no-such-directory", &problem),
	    -ENOENT);
	assert_non_null(strstr(problem.text, "does not exist yet"));
	assert_non_null(f->reader);
}

static void
candles_come_in_order_and_in_pages(void **state)
{
	struct fixture *f = *state;

	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 10 * CANDLE_M5_US, "ticks");
	tick_store_candles(&f->store, 2, DAY_US, DAY_US + 3 * CANDLE_M5_US, "ticks");
	assert_int_equal(market_reader_candles(f->reader, 1, DAY_US + CANDLE_M5_US,
			     DAY_US + 8 * CANDLE_M5_US, 5, keep_candle, f), 5);
	assert_int_equal(market_reader_candles(f->reader, 1, DAY_US + 6 * CANDLE_M5_US,
			     DAY_US + 8 * CANDLE_M5_US, 5, keep_candle, f), 2);
	for (int i = 0; i < 7; i++)
		assert_int_equal(f->times[i], DAY_US + (i + 1) * CANDLE_M5_US);
}

static void
candles_come_backwards_from_a_moment_in_pages(void **state)
{
	struct fixture *f = *state;

	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 10 * CANDLE_M5_US, "ticks");
	tick_store_candles(&f->store, 2, DAY_US, DAY_US + 10 * CANDLE_M5_US, "ticks");
	assert_int_equal(market_reader_candles_back(f->reader, 1, DAY_US + 7 * CANDLE_M5_US, 4,
			     keep_candle, f), 4);
	assert_int_equal(market_reader_candles_back(f->reader, 1, f->times[3], 4, keep_candle, f),
	    3);
	assert_int_equal(market_reader_candles_back(f->reader, 1, DAY_US, 4, keep_candle, f), 0);
	assert_int_equal(f->count, 7);
	for (int i = 0; i < 7; i++)
		assert_int_equal(f->times[i], DAY_US + (6 - i) * CANDLE_M5_US);
}

static void
ticks_of_one_instant_are_paged_by_id(void **state)
{
	struct fixture *f = *state;

	for (int id = 0; id < 9; id++)
		tick_store_tick(&f->store, 1, DAY_US + id / 4, id, 5, 6);
	assert_int_equal(market_reader_ticks(f->reader, 1, DAY_US, INT64_MIN, DAY_US + 2, 3,
			     keep_tick, f), 3);
	assert_int_equal(market_reader_ticks(f->reader, 1, DAY_US, 2, DAY_US + 2, 99, keep_tick, f),
	    5);
	for (int id = 0; id < 8; id++)
		assert_int_equal(f->times[id], id);
}

static int
refuse(void *context, const struct tick *tick)
{
	return -ENOMEM;
}

static void
a_callback_that_refuses_ends_the_page(void **state)
{
	struct fixture *f = *state;

	tick_store_tick(&f->store, 1, DAY_US, 1, 5, 6);
	assert_int_equal(market_reader_ticks(f->reader, 1, 0, 0, INT64_MAX, 9, refuse, f), -ENOMEM);
	assert_int_equal(market_reader_ticks(f->reader, 1, 0, 0, INT64_MAX, 9, keep_tick, f), 1);
}

static void
changes_come_after_the_one_that_was_seen(void **state)
{
	struct fixture *f = *state;
	struct market_changes_kept kept;

	assert_int_equal(market_reader_changes_kept(f->reader, &kept), 0);
	assert_int_equal(kept.first_seq, TICK_NONE);
	assert_int_equal(kept.last_seq, 0);
	for (int i = 0; i < 5; i++)
		tick_store_revise(&f->store, 1, DAY_US + i * CANDLE_M5_US, 1);
	tick_store_execute(&f->store, "DELETE FROM changes WHERE seq < 3");
	assert_int_equal(market_reader_changes_kept(f->reader, &kept), 0);
	assert_int_equal(kept.first_seq, 3);
	assert_int_equal(kept.last_seq, 5);
	assert_int_equal(market_reader_changes(f->reader, 3, 99, keep_change, f), 2);
	assert_int_equal(f->times[0], DAY_US + 3 * CANDLE_M5_US);
	tick_store_execute(&f->store, "DELETE FROM changes");
	assert_int_equal(market_reader_changes_kept(f->reader, &kept), 0);
	assert_int_equal(kept.last_seq, 5);
}

static void
no_snapshot_is_held_after_a_read(void **state)
{
	struct fixture *f = *state;

	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 10 * CANDLE_M5_US, "ticks");
	assert_int_equal(market_reader_candles(f->reader, 1, 0, INT64_MAX, 5, keep_candle, f), 5);
	/* A reader in the way would make this -EAGAIN. */
	assert_int_equal(database_truncate_wal(f->store.db, 0), 0);
	assert_int_equal(database_wal_bytes(f->store.db), 0);
}

static void
a_slots_trades_before_a_moment_are_its_candles_less_those_behind_it(void **state)
{
	struct fixture *f = *state;
	int64_t count = -1;

	/* An aggregate of 5, a single trade, a quote; the candle knows of 6 more before them. */
	tick_store_candle(&f->store, 1, DAY_US, "ticks", 0);
	tick_store_execute(&f->store, "UPDATE m5_candles SET trades = 12, first_tick_id = 1"
	    " WHERE symbol_id = 1 AND open_time_us = %lld", (long long)DAY_US);
	for (int id = 0; id < 3; id++)
		tick_store_tick(&f->store, 1, DAY_US + 100 + id, id, 5, 6);
	tick_store_execute(&f->store, "UPDATE unified_ticks SET trade_count = 5 WHERE tick_id = 0");
	tick_store_execute(&f->store, "UPDATE unified_ticks SET flags = 2 WHERE tick_id = 2");
	assert_int_equal(market_reader_count_trades(f->reader, 1, DAY_US, DAY_US + 100, &count), 1);
	assert_int_equal(count, 6);
	assert_int_equal(market_reader_count_trades(f->reader, 1, DAY_US, DAY_US + 101, &count), 1);
	assert_int_equal(count, 11);
	assert_int_equal(market_reader_count_trades(f->reader, 1, DAY_US + CANDLE_M5_US, INT64_MAX,
			     &count), 0);
}

static void
ticks_are_counted_from_a_moment_to_before_another(void **state)
{
	struct fixture *f = *state;
	int64_t count;

	for (int id = 0; id < 9; id++)
		tick_store_tick(&f->store, 1, DAY_US + id, id, 5, 6);
	tick_store_tick(&f->store, 2, DAY_US + 3, 3, 5, 6);
	assert_int_equal(market_reader_count_ticks(f->reader, 1, DAY_US + 2, DAY_US + 7, &count), 0);
	assert_int_equal(count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_database_that_is_not_there_is_missing_not_made),
		TEST(candles_come_in_order_and_in_pages),
		TEST(candles_come_backwards_from_a_moment_in_pages),
		TEST(ticks_are_counted_from_a_moment_to_before_another),
		TEST(a_slots_trades_before_a_moment_are_its_candles_less_those_behind_it),
		TEST(ticks_of_one_instant_are_paged_by_id),
		TEST(a_callback_that_refuses_ends_the_page),
		TEST(changes_come_after_the_one_that_was_seen),
		TEST(no_snapshot_is_held_after_a_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
