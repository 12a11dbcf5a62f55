/* What is too old is neither computed nor kept, and nothing else is touched by that. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

#define NEWEST_US (DAY_US + 13 * HOUR_US) /* the clock of fill_three_days(), once it is set */
#define COUNTS_ARE_RIGHT                                                                           \
	"SELECT sum(results) = (SELECT count(*) FROM analysis_results) FROM analysis_progress"

/* Another age from the next run on. */
static void
keep(struct fixture *f, int64_t results_us)
{
	f->keep.results_us = results_us;
	restart(f);
}

/* Slices of at most `limit` rows until nothing is left.  Returns the rows deleted. */
static int64_t
retain(struct fixture *f, int limit)
{
	struct problem problem;
	int64_t deleted = 0;
	int slice;

	do {
		slice = markets_retain(f->run.markets, limit, &problem);
		if (slice < 0)
			fail_msg("%s", problem.text);
		assert_true(slice <= limit);
		deleted += slice;
	} while (slice == limit);
	return deleted;
}

/* Rows of the table that open before before_us. */
static int64_t
older(struct fixture *f, const char *table, int64_t before_us)
{
	char sql[128];
	char *text;
	int64_t rows;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE time_us < %lld", table,
	    (long long)before_us);
	text = ask(f, sql);
	rows = atoll(text);
	free(text);
	return rows;
}

/* The oldest result in M5, counted in slots from DAY_US; -1000000 without one. */
static int64_t
oldest(struct fixture *f, const char *source)
{
	char sql[256];
	char *text;
	int64_t slots;

	snprintf(sql, sizeof(sql), "SELECT coalesce((min(time_us) - %lld) / %lld, -1000000) FROM"
	    " analysis_results WHERE source = '%s' AND timeframe = 'M5'", (long long)DAY_US, (long long)CANDLE_M5_US, source);
	text = ask(f, sql);
	slots = atoll(text);
	free(text);
	return slots;
}

static void
analyse_three_days(struct fixture *f)
{
	fill_three_days(f);
	tick_store_clock(&f->store, 1, NEWEST_US);
	drain(f);
}

static void
results_older_than_the_setting_are_deleted_in_slices_and_counted(void **state)
{
	struct fixture *f = *state;
	int64_t before, old, old_facts;

	analyse_three_days(f);
	before = figures_of(f).results;
	old = older(f, "analysis_results", DAY_US - 11 * HOUR_US);
	old_facts = older(f, "market_facts", DAY_US - 11 * HOUR_US);
	assert_true(old > PROBE_M5 * (60 - 11) * (12 + 8) && old_facts > 0);
	keep(f, CLOCK_DAY_US);
	drain(f);
	assert_int_equal(retain(f, 100), old + old_facts);
	assert_int_equal(oldest(f, "sim"), -11 * 12);
	assert_int_equal(older(f, "analysis_results", DAY_US - 11 * HOUR_US), 0);
	assert_int_equal(older(f, "market_facts", DAY_US - 11 * HOUR_US), 0);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
	assert_int_equal(figures_of(f).results, before - old);
	assert_int_equal(retain(f, 100), 0);
	restart(f);
	drain(f);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
	assert_int_equal(oldest(f, "sim"), -11 * 12);
}

static void
the_age_is_counted_from_the_newest_candle_of_the_source(void **state)
{
	struct fixture *f = *state;

	analyse_three_days(f);
	keep(f, 12 * HOUR_US);
	drain(f);
	retain(f, 1000);
	assert_int_equal(oldest(f, "sim"), 12);
	/* A symbol that has gone quiet grows old with the others of its source. */
	tick_store_clock(&f->store, 2, NEWEST_US + 6 * HOUR_US);
	drain(f);
	retain(f, 1000);
	assert_int_equal(oldest(f, "sim"), 7 * 12);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
}

static void
an_age_of_0_keeps_all(void **state)
{
	struct fixture *f = *state;

	analyse_three_days(f);
	assert_int_equal(retain(f, 1000), 0);
	assert_int_equal(oldest(f, "sim"), -60 * 12);
}

static void
sources_without_a_live_feed_are_kept(void **state)
{
	struct fixture *f = *state;

	f->keep = (struct sources_keep){HOUR_US, "binance"};
	restart(f);
	analyse_three_days(f);
	assert_int_equal(retain(f, 1000), 0);
	assert_int_equal(oldest(f, "sim"), -60 * 12);
}

static void
what_is_too_old_is_never_computed(void **state)
{
	struct fixture *f = *state;

	keep(f, CLOCK_DAY_US);
	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US - 20 * CLOCK_DAY_US, DAY_US, "klines");
	tick_store_clock(&f->store, 1, DAY_US + CLOCK_SECOND_US);
	drain(f);
	assert_int_equal(oldest(f, "sim"), -288);
	assert_int_equal(figures_of(f).analysed, 288);
	assert_int_equal(retain(f, 1000), 0);
}

static void
what_was_deleted_does_not_come_back_with_a_late_change(void **state)
{
	struct fixture *f = *state;

	analyse_three_days(f);
	keep(f, CLOCK_DAY_US);
	retain(f, 1000);
	drain(f);
	retain(f, 1000);
	/* Before the cut, reaching over it; and history older than all. */
	tick_store_revise(&f->store, 1, DAY_US - 12 * HOUR_US, 1);
	tick_store_candles(&f->store, 1, DAY_US - 90 * HOUR_US, DAY_US - 60 * HOUR_US, "klines");
	tick_store_execute(&f->store, "UPDATE symbols SET history_until_us = %lld WHERE symbol_id = 1",
	    (long long)(DAY_US - 60 * HOUR_US));
	drain(f);
	restart(f);
	drain(f);
	assert_int_equal(oldest(f, "sim"), -11 * 12);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
	assert_as_if_computed_anew(f);
}

static void
lost_changes_bring_nothing_back_that_was_deleted(void **state)
{
	struct fixture *f = *state;

	analyse_three_days(f);
	keep(f, CLOCK_DAY_US);
	drain(f);
	retain(f, 1000);
	stop(f);
	tick_store_revise(&f->store, 1, DAY_US - 50 * HOUR_US, 1);
	tick_store_execute(&f->store, "DELETE FROM changes");
	start(f);
	drain(f);
	assert_int_equal(oldest(f, "sim"), -11 * 12);
	assert_as_if_computed_anew(f);
}

/* All that is not older than the cut, as text. */
static char *
ask_young(struct fixture *f, int64_t from_us)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "SELECT group_concat(source || symbol || analysis_type || time_us ||"
	    " result || confidence || input_revision, char(10)) FROM (SELECT * FROM analysis_results"
	    " WHERE time_us >= %lld ORDER BY source, symbol, analysis_type, time_us)",
	    (long long)from_us);
	return ask(f, sql);
}

static void
what_is_kept_is_the_same_to_the_byte_as_if_all_were(void **state)
{
	struct fixture *f = *state;
	char *whole, *kept;

	analyse_three_days(f);
	whole = ask_young(f, NEWEST_US - 20 * HOUR_US);
	assert_int_equal(database_execute(f->run.analysis_db,
			     NOTHING_IS_ANALYSED), 0);
	keep(f, 20 * HOUR_US);
	drain_by(f, 0);
	kept = ask_young(f, 0);
	assert_same_lines(whole, kept);
	free(whole);
	free(kept);
}

static void
live_results_are_deleted_as_they_grow_old_and_only_then(void **state)
{
	struct fixture *f = *state;

	keep(f, 2 * HOUR_US);
	fill_three_days(f);
	for (int slot = 1; slot <= 60; slot++) {
		tick_store_clock(&f->store, 1, DAY_US + slot * CANDLE_M5_US + CLOCK_SECOND_US);
		drain(f);
		retain(f, 1000);
		assert_int_equal(oldest(f, "sim"), slot - 24);
	}
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
}

static void
a_way_back_that_grows_too_old_in_the_midst_of_a_candle_is_given_up(void **state)
{
	struct fixture *f = *state;

	keep(f, 2 * HOUR_US);
	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_execute(&f->store, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
	    " LIMIT 35000) INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8, ask_e8,"
	    " flags) SELECT 1, %lld + i / 2, i, 100000000, 100000000 + i, 2 FROM n",
	    (long long)DAY_US);
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	tick_store_revise(&f->store, 1, DAY_US, 1);
	assert_true(turn(f, 0)); /* the front has nothing to do */
	assert_true(turn(f, 0)); /* 10000 of the ticks are read */
	assert_int_equal(figures_of(f).analysed, 12);
	tick_store_clock(&f->store, 1, DAY_US + 9 * HOUR_US);
	drain(f);
	assert_int_equal(figures_of(f).analysed, 12);
	tick_store_candles(&f->store, 1, DAY_US + 9 * HOUR_US, DAY_US + 10 * HOUR_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + 10 * HOUR_US + CLOCK_SECOND_US);
	drain(f);
	retain(f, 1000);
	assert_int_equal(oldest(f, "sim"), 9 * 12);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
	assert_as_if_computed_anew(f);
}

static void
a_longer_age_brings_the_results_back(void **state)
{
	struct fixture *f = *state;

	analyse_three_days(f);
	keep(f, 6 * HOUR_US);
	drain(f);
	retain(f, 1000);
	assert_int_equal(oldest(f, "sim"), 7 * 12);
	keep(f, CLOCK_DAY_US);
	drain(f);
	assert_int_equal(oldest(f, "sim"), -11 * 12);
	keep(f, 0);
	drain(f);
	assert_int_equal(oldest(f, "sim"), -60 * 12);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
	assert_as_if_computed_anew(f);
}

static void
a_failed_slice_leaves_all_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct problem problem;

	analyse_three_days(f);
	keep(f, CLOCK_DAY_US);
	drain(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "CREATE TEMP TRIGGER broken BEFORE DELETE ON main.analysis_results WHEN"
			     " OLD.id = 50 BEGIN SELECT RAISE(ABORT, 'no room'); END"), 0);
	assert_true(markets_retain(f->run.markets, 1000, &problem) < 0);
	assert_non_null(strstr(problem.text, "analysis_data.db: no room"));
	restart(f);
	assert_int_equal(oldest(f, "sim"), -60 * 12);
	assert_answer(f, COUNTS_ARE_RIGHT, "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(results_older_than_the_setting_are_deleted_in_slices_and_counted),
		TEST(the_age_is_counted_from_the_newest_candle_of_the_source),
		TEST(an_age_of_0_keeps_all),
		TEST(sources_without_a_live_feed_are_kept),
		TEST(what_is_too_old_is_never_computed),
		TEST(what_was_deleted_does_not_come_back_with_a_late_change),
		TEST(lost_changes_bring_nothing_back_that_was_deleted),
		TEST(what_is_kept_is_the_same_to_the_byte_as_if_all_were),
		TEST(live_results_are_deleted_as_they_grow_old_and_only_then),
		TEST(a_way_back_that_grows_too_old_in_the_midst_of_a_candle_is_given_up),
		TEST(a_longer_age_brings_the_results_back),
		TEST(a_failed_slice_leaves_all_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
