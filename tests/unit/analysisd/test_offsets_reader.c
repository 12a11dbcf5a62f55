#define _GNU_SOURCE
#include "analysisd/offsets_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "tests/unit/analysisd/tick_store.h"

#define SECOND CLOCK_SECOND_US
#define OURS 3
#define THEIRS 5

struct fixture {
	struct tick_store store;
	struct database *db;
	struct offsets_reader *reader;
	struct offsets offsets;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	tick_store_symbol(&f->store, OURS, "mt5", "XAUUSD");
	tick_store_symbol(&f->store, THEIRS, "binance", "PAXGUSDT");
	assert_int_equal(database_open(&f->db, ROLE_ANALYSISD, DATABASE_TICKS, ACCESS_READ,
			     f->store.state_dir, &problem), 0);
	assert_int_equal(offsets_reader_open(&f->reader, f->db), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	offsets_reader_close(f->reader);
	database_close(f->db);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static void
tick(struct fixture *f, int symbol_id, int64_t time_us, int64_t id, int64_t price_e8)
{
	tick_store_tick(&f->store, symbol_id, time_us, id, price_e8, price_e8);
}

static void
read_offsets(struct fixture *f)
{
	const struct offsets_pairing pairing = {OURS, THEIRS, TICK_NONE, "binance:PAXGUSDT"};

	assert_int_equal(offsets_reader_read(f->reader, &pairing, DAY_US, &f->offsets), 0);
}

static void
the_other_symbol_is_found_by_source_and_name(void **state)
{
	struct fixture *f = *state;
	struct offsets_pairing found = {.against = "binance:PAXGUSDT"};
	/* An alias that names no source pairs with nobody. */
	static const char *const nobody[] = {"sim:PAXGUSDT", "binance:PAXG", "PAXGUSDT"};

	assert_int_equal(offsets_reader_find(f->reader, &found), 1);
	assert_int_equal(found.theirs, THEIRS);
	assert_int_equal(found.frozen_us, TICK_NONE);
	tick_store_execute(&f->store, "UPDATE symbols SET frozen_us = 7 WHERE symbol_id = %d", THEIRS);
	assert_int_equal(offsets_reader_find(f->reader, &found), 1);
	assert_int_equal(found.frozen_us, 7);
	found.theirs = -1;
	for (int i = 0; i < 3; i++) {
		found.against = nobody[i];
		assert_int_equal(offsets_reader_find(f->reader, &found), 0);
	}
	assert_int_equal(found.theirs, -1);
}

static void
without_ticks_there_are_no_pairs(void **state)
{
	struct fixture *f = *state;

	read_offsets(f);
	assert_int_equal(f->offsets.count, 0);
	tick(f, OURS, DAY_US - 5, 1, 300);
	read_offsets(f);
	assert_int_equal(f->offsets.count, 0);
	assert_string_equal(f->offsets.against, "binance:PAXGUSDT");
}

static void
a_tick_of_the_instant_itself_is_too_late_and_one_30_s_before_is_not_too_old(void **state)
{
	struct fixture *f = *state;

	tick(f, OURS, DAY_US, 1, 300);
	tick(f, OURS, DAY_US - 30 * SECOND, 2, 200);
	tick(f, THEIRS, DAY_US - 1, 3, 100);
	read_offsets(f);
	assert_int_equal(f->offsets.count, 1);
	assert_int_equal(f->offsets.pairs[0].time_us, DAY_US);
	assert_true(f->offsets.pairs[0].ours == 200e-8 && f->offsets.pairs[0].weight == 0);
	tick_store_execute(&f->store,
	    "UPDATE unified_ticks SET time_us = time_us - 1 WHERE tick_id = 2");
	read_offsets(f);
	assert_int_equal(f->offsets.count, 0);
}

static void
the_hour_has_120_instants_and_ends_at_the_opening(void **state)
{
	struct fixture *f = *state;

	for (int i = -10; i < 4000; i += 10) {
		tick(f, OURS, DAY_US - i * SECOND - SECOND, i, 200);
		tick(f, THEIRS, DAY_US - i * SECOND - SECOND, i, 100);
	}
	read_offsets(f);
	assert_int_equal(f->offsets.count, 120);
	assert_int_equal(f->offsets.pairs[0].time_us, DAY_US - 3570 * SECOND);
	assert_int_equal(f->offsets.pairs[119].time_us, DAY_US);
	assert_true(f->offsets.pairs[119].weight == 1 - 1.0 / 30);
}

static void
of_one_moment_the_tick_with_the_larger_id_counts(void **state)
{
	struct fixture *f = *state;

	tick(f, OURS, DAY_US - SECOND, 7, 300);
	tick(f, OURS, DAY_US - SECOND, -900, 200);
	tick(f, OURS, DAY_US - SECOND, 6, 250);
	tick(f, THEIRS, DAY_US - SECOND, 1, 100);
	read_offsets(f);
	assert_true(f->offsets.pairs[0].ours == 300e-8);
}

static void
a_newer_tick_without_a_price_is_passed_over(void **state)
{
	struct fixture *f = *state;

	tick(f, OURS, DAY_US - 6 * SECOND, 1, 300);
	tick(f, OURS, DAY_US - SECOND, 2, 200);
	tick(f, THEIRS, DAY_US - SECOND, 1, 100);
	tick_store_execute(&f->store,
	    "UPDATE unified_ticks SET price_e8 = NULL, ask_e8 = NULL WHERE tick_id = 2");
	read_offsets(f);
	assert_int_equal(f->offsets.count, 1);
	assert_true(f->offsets.pairs[0].ours == 300e-8);
	assert_true(fabs(f->offsets.pairs[0].weight - 0.8) < 1e-15);
}

static void
trades_without_quotes_are_paired_by_their_price(void **state)
{
	struct fixture *f = *state;

	tick(f, OURS, DAY_US - SECOND, 1, 300);
	tick(f, THEIRS, DAY_US - SECOND, 2, 100);
	tick_store_execute(&f->store,
	    "UPDATE unified_ticks SET price_e8 = 120, bid_e8 = NULL, ask_e8 = NULL"
	    " WHERE tick_id = 2");
	read_offsets(f);
	assert_true(fabs(f->offsets.pairs[0].offset - 180e-8) < 1e-20);
}

/* Every tick of both sides looked at for every instant. */
static int
count_by_hand(const int64_t *ours, const int64_t *theirs, int ticks)
{
	int count = 0;

	for (int n = 0; n < OFFSETS_INSTANTS; n++) {
		int64_t at_us = DAY_US - n * OFFSETS_STEP_US;
		bool our = false, their = false;

		for (int i = 0; i < ticks; i++) {
			our |= ours[i] < at_us && ours[i] >= at_us - OFFSETS_AGE_MAX_US;
			their |= theirs[i] < at_us && theirs[i] >= at_us - OFFSETS_AGE_MAX_US;
		}
		count += our && their;
	}
	return count;
}

static void
pairs_equal_those_found_by_looking_at_all_ticks(void **state)
{
	struct fixture *f = *state;
	int64_t ours[150], theirs[150];
	unsigned seed = 21;

	tick_store_execute(&f->store, "BEGIN IMMEDIATE");
	for (int i = 0; i < 150; i++) {
		ours[i] = DAY_US + 60 * SECOND - rand_r(&seed) % 4000 * SECOND;
		theirs[i] = DAY_US + 60 * SECOND - rand_r(&seed) % 4000 * SECOND;
		tick(f, OURS, ours[i], i, 200);
		tick(f, THEIRS, theirs[i], i, 100);
	}
	tick_store_execute(&f->store, "COMMIT");
	read_offsets(f);
	assert_int_equal(f->offsets.count, count_by_hand(ours, theirs, 150));
	assert_in_range(f->offsets.count, 10, 110);
}

static void
no_snapshot_is_held_after_a_read(void **state)
{
	struct fixture *f = *state;

	tick(f, OURS, DAY_US - SECOND, 1, 300);
	tick(f, THEIRS, DAY_US - SECOND, 1, 100);
	read_offsets(f);
	/* A reader in the way would make this -EAGAIN. */
	assert_int_equal(database_truncate_wal(f->store.db, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_other_symbol_is_found_by_source_and_name),
		TEST(without_ticks_there_are_no_pairs),
		TEST(a_tick_of_the_instant_itself_is_too_late_and_one_30_s_before_is_not_too_old),
		TEST(the_hour_has_120_instants_and_ends_at_the_opening),
		TEST(of_one_moment_the_tick_with_the_larger_id_counts),
		TEST(a_newer_tick_without_a_price_is_passed_over),
		TEST(trades_without_quotes_are_paired_by_their_price),
		TEST(pairs_equal_those_found_by_looking_at_all_ticks),
		TEST(no_snapshot_is_held_after_a_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
