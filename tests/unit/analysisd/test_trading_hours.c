/* trading_hours and its reader: what was known at a bar's end. */
#define _GNU_SOURCE
#include "analysisd/trading_hours_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/tick_store.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define XAUUSD 3

struct fixture {
	struct tick_store store;
	struct database *db;
	struct trading_hours_reader *reader;
	struct trading_hours hours;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	tick_store_symbol(&f->store, XAUUSD, "mt5", "XAUUSD");
	assert_int_equal(database_open(&f->db, ROLE_ANALYSISD, DATABASE_TICKS, ACCESS_READ,
			     f->store.state_dir, &problem), 0);
	assert_int_equal(trading_hours_reader_open(&f->reader, f->db), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	trading_hours_reader_close(f->reader);
	database_close(f->db);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static void
terms(struct fixture *f, int64_t from_us, const char *sessions)
{
	tick_store_execute(&f->store, "INSERT INTO symbol_terms(symbol_id, from_us, sessions)"
	    " VALUES(%d, %lld, %s)", XAUUSD, (long long)from_us, sessions);
}

static void
offset(struct fixture *f, int64_t from_utc_us, int hours)
{
	tick_store_execute(&f->store, "INSERT INTO broker_offsets VALUES('mt5', %lld, %lld)",
	    (long long)(from_utc_us + hours * HOUR_US), (long long)(hours * HOUR_US));
}

static int
read_hours(struct fixture *f, int64_t end_us)
{
	return trading_hours_reader_read(f->reader, XAUUSD, "mt5", end_us, &f->hours);
}

/* 9 August 2024 is a Friday, day 5. */
static void
hours_are_the_brokers_and_a_slot_is_open_with_one_minute_of_it(void **state)
{
	struct fixture *f = *state;

	terms(f, 0, "'[[5,602,660]]'");
	offset(f, DAY_US - CLOCK_DAY_US, 3);
	assert_int_equal(read_hours(f, DAY_US), 1);
	assert_false(trading_hours_open(&f->hours, DAY_US + 7 * HOUR_US - CANDLE_M5_US));
	assert_true(trading_hours_open(&f->hours, DAY_US + 7 * HOUR_US));
	assert_true(trading_hours_open(&f->hours, DAY_US + 8 * HOUR_US - CANDLE_M5_US));
	assert_false(trading_hours_open(&f->hours, DAY_US + 8 * HOUR_US));
}

static void
sessions_are_those_that_were_said_before_the_bars_end(void **state)
{
	struct fixture *f = *state;

	offset(f, 0, 0);
	terms(f, DAY_US, "'[[5,0,60]]'");
	terms(f, DAY_US + HOUR_US, "'[]'");
	assert_int_equal(read_hours(f, DAY_US), 0);
	assert_int_equal(read_hours(f, DAY_US + HOUR_US), 1);
	assert_int_equal(f->hours.sessions.count, 1);
	assert_int_equal(read_hours(f, DAY_US + HOUR_US + 1), 1);
	assert_int_equal(f->hours.sessions.count, 0);
}

static void
without_sessions_or_an_offset_nothing_is_known(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_hours(f, DAY_US), 0);
	terms(f, 0, "'[[5,0,60]]'");
	assert_int_equal(read_hours(f, DAY_US), 0);
	offset(f, 0, 2);
	assert_int_equal(read_hours(f, DAY_US), 1);
	terms(f, 1, "NULL");
	assert_int_equal(read_hours(f, DAY_US), 0);
	terms(f, 2, "'[7]'");
	assert_int_equal(read_hours(f, DAY_US), 0);
}

static void
each_time_goes_by_the_offset_of_that_time(void **state)
{
	struct fixture *f = *state;

	terms(f, 0, "'[[5,600,660]]'");
	offset(f, DAY_US - CLOCK_DAY_US, 3);
	offset(f, DAY_US + 7 * HOUR_US + HOUR_US / 2, 2);
	assert_int_equal(read_hours(f, DAY_US + CLOCK_DAY_US), 1);
	/* 07:00 to 07:30 by UTC+3, and then from 09:30 of the broker on: 08:00 to 09:00. */
	assert_false(trading_hours_open(&f->hours, DAY_US + 7 * HOUR_US - CANDLE_M5_US));
	assert_true(trading_hours_open(&f->hours, DAY_US + 7 * HOUR_US));
	assert_false(trading_hours_open(&f->hours, DAY_US + 7 * HOUR_US + HOUR_US / 2));
	assert_true(trading_hours_open(&f->hours, DAY_US + 8 * HOUR_US));
	assert_false(trading_hours_open(&f->hours, DAY_US + 9 * HOUR_US));
}

static void
an_offset_of_after_the_bar_counts_only_as_the_oldest(void **state)
{
	struct fixture *f = *state;

	terms(f, 0, "'[[5,600,660]]'");
	offset(f, DAY_US + HOUR_US, 3);
	offset(f, DAY_US + 2 * HOUR_US, 4);
	assert_int_equal(read_hours(f, DAY_US), 1);
	assert_int_equal(f->hours.count, 1);
	assert_int_equal(f->hours.offsets[0].offset_us, 3 * HOUR_US);
	assert_int_equal(read_hours(f, DAY_US + HOUR_US + 1), 1);
	assert_int_equal(f->hours.count, 1);
	assert_int_equal(f->hours.offsets[0].offset_us, 3 * HOUR_US);
	assert_int_equal(read_hours(f, DAY_US + 2 * HOUR_US + 1), 1);
	assert_int_equal(f->hours.count, 2);
	assert_int_equal(f->hours.offsets[0].offset_us, 4 * HOUR_US);
}

static void
of_many_offsets_the_newest_are_kept(void **state)
{
	struct fixture *f = *state;

	terms(f, 0, "'[]'");
	for (int day = 0; day < 10; day++)
		offset(f, DAY_US + day * CLOCK_DAY_US, day % 2);
	assert_int_equal(read_hours(f, DAY_US + 20 * CLOCK_DAY_US), 1);
	assert_int_equal(f->hours.count, TRADING_HOURS_OFFSETS);
	assert_int_equal(f->hours.offsets[0].from_us, DAY_US + 9 * CLOCK_DAY_US);
	assert_int_equal(f->hours.offsets[3].from_us, DAY_US + 6 * CLOCK_DAY_US);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hours_are_the_brokers_and_a_slot_is_open_with_one_minute_of_it),
		TEST(sessions_are_those_that_were_said_before_the_bars_end),
		TEST(without_sessions_or_an_offset_nothing_is_known),
		TEST(each_time_goes_by_the_offset_of_that_time),
		TEST(an_offset_of_after_the_bar_counts_only_as_the_oldest),
		TEST(of_many_offsets_the_newest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
