#define _GNU_SOURCE
#include "analysisd/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/tick_store.h"

struct fixture {
	struct tick_store store; /* for its directory */
	struct database *db;
	struct facts *facts;
	struct candle swing;
};

static const struct facts_place place = {"sim", "ONE", TIMEFRAME_M15};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	assert_int_equal(database_open(&f->db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
			     f->store.state_dir, &problem), 0);
	assert_int_equal(facts_create(&f->facts, f->db), 0);
	f->swing = (struct candle){.open_time_us = DAY_US - 1800000000, .high_e8 = 700000000,
		.low_e8 = 300000000};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	facts_free(f->facts);
	database_close(f->db);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

/* A bar that broke upwards through 5 (and 6), without a swing. */
static struct structure
broken(void)
{
	return (struct structure){.known = true, .bar_us = DAY_US, .close = 6.5, .high10 = 5,
		.low10 = 3, .high15 = 6, .low15 = 2, .bos_up = true, .choch_up = true};
}

static void
write_facts(struct fixture *f, const struct structure *structure)
{
	assert_int_equal(facts_write(f->facts, &place, structure), 0);
}

static void
assert_stored(struct fixture *f, const char *expected)
{
	sqlite3_stmt *row;

	assert_int_equal(database_prepare(f->db,
			     "SELECT coalesce(group_concat(kind || ' ' || direction || ' ' ||"
			     " ((bar_us - time_us) / 60000000) || ' ' || level || ' ' || close, '; '),"
			     " '') FROM (SELECT * FROM market_facts ORDER BY kind, direction)",
			     &row), 0);
	assert_int_equal(database_step(f->db, row), 1);
	assert_string_equal((const char *)sqlite3_column_text(row, 0), expected);
	sqlite3_finalize(row);
}

static void
each_fact_is_stored_with_what_was_broken_or_the_extreme(void **state)
{
	struct fixture *f = *state;
	struct structure up = broken(), down = {.known = true, .bar_us = DAY_US, .close = 1.5,
		.low10 = 3, .low15 = 2, .bos_down = true, .choch_down = true};

	up.swing_high = up.swing_low = &f->swing;
	write_facts(f, &up);
	assert_stored(f, "BOS up 0 5.0 6.5; CHOCH up 0 6.0 6.5; swing_high up -30 7.0 6.5;"
			 " swing_low down -30 3.0 6.5");
	write_facts(f, &down);
	assert_stored(f, "BOS down 0 3.0 1.5; CHOCH down 0 2.0 1.5");
}

static void
a_bar_that_did_nothing_has_no_fact(void **state)
{
	struct fixture *f = *state;
	const struct structure nothing = {.known = true, .bar_us = DAY_US, .close = 1};

	write_facts(f, &nothing);
	assert_stored(f, "");
}

static void
a_fact_that_is_the_same_is_not_touched(void **state)
{
	struct fixture *f = *state;
	struct structure structure = broken();
	int changes;

	write_facts(f, &structure);
	changes = sqlite3_total_changes(database_handle(f->db));
	write_facts(f, &structure);
	assert_int_equal(sqlite3_total_changes(database_handle(f->db)), changes);
	structure.high10 = 5.5;
	write_facts(f, &structure);
	assert_stored(f, "BOS up 0 5.5 6.5; CHOCH up 0 6.0 6.5");
	assert_int_equal(sqlite3_total_changes(database_handle(f->db)), changes + 1);
}

static void
a_fact_that_is_no_longer_true_is_deleted_alone(void **state)
{
	struct fixture *f = *state;
	struct structure structure = broken();

	write_facts(f, &structure);
	structure.choch_up = false;
	write_facts(f, &structure);
	assert_stored(f, "BOS up 0 5.0 6.5");
}

static void
old_facts_are_deleted_in_all_timeframes_and_of_one_symbol_only(void **state)
{
	struct fixture *f = *state;
	struct structure structure = broken();

	for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++) {
		const struct facts_place mine = {"sim", "ONE", (enum timeframe)timeframe};
		const struct facts_place other = {"sim", "TWO", (enum timeframe)timeframe};

		assert_int_equal(facts_write(f->facts, &mine, &structure), 0);
		assert_int_equal(facts_write(f->facts, &other, &structure), 0);
	}
	assert_int_equal(facts_delete(f->facts, "sim", "ONE", DAY_US, 100), 0);
	assert_int_equal(facts_delete(f->facts, "sim", "ONE", DAY_US + 1, 5), 5);
	assert_int_equal(facts_delete(f->facts, "sim", "ONE", DAY_US + 1, 100), 7);
	assert_int_equal(facts_delete(f->facts, "sim", "TWO", DAY_US + 1, 100), 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_fact_is_stored_with_what_was_broken_or_the_extreme),
		TEST(a_bar_that_did_nothing_has_no_fact),
		TEST(a_fact_that_is_the_same_is_not_touched),
		TEST(a_fact_that_is_no_longer_true_is_deleted_alone),
		TEST(old_facts_are_deleted_in_all_timeframes_and_of_one_symbol_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
