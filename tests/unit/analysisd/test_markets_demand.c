/* One bar, analysed when somebody asks for it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tests/unit/analysisd/market_run.h"

/* Thirteen hours and three minutes of the day are over. */
#define NOW_US (DAY_US + 13 * HOUR_US + 180 * CLOCK_SECOND_US)

static void
fill(struct fixture *f)
{
	fill_three_days(f);
	tick_store_symbol(&f->store, 3, "mt5", "TWO");
	tick_store_clock(&f->store, 1, NOW_US);
}

static int
demand(struct fixture *f, const char *source, const char *symbol, enum timeframe timeframe,
    int64_t time_us, json_t **ret, struct problem *problem)
{
	*ret = NULL;
	return markets_analyse(f->run.markets, source, symbol, timeframe, time_us, ret, problem);
}

static json_t *
demand_well(struct fixture *f, enum timeframe timeframe, int64_t time_us)
{
	struct problem problem;
	json_t *answer;

	if (demand(f, "sim", "ONE", timeframe, time_us, &answer, &problem) != 0)
		fail_msg("%s", problem.text);
	assert_non_null(answer);
	return answer;
}

static void
assert_refused(struct fixture *f, const char *source, const char *symbol, enum timeframe timeframe,
    int64_t time_us, int error, const char *sentence)
{
	struct problem problem;
	json_t *answer;

	assert_int_equal(demand(f, source, symbol, timeframe, time_us, &answer, &problem), error);
	assert_null(answer);
	assert_string_equal(problem.text, sentence);
}

static void
a_bar_asked_for_is_what_the_walk_stores(void **state)
{
	static const int64_t times_us[] = {DAY_US - 24 * HOUR_US, DAY_US, DAY_US + 8 * HOUR_US};
	struct fixture *f = *state;
	char *before, *after;

	fill(f);
	drain(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "UPDATE analysis_results SET created_us = 1"), 0);
	before = ask(f, ALL);
	for (int timeframe = 0; timeframe < TIMEFRAME_D1; timeframe++)
		for (size_t i = 0; i < 3; i++)
			json_decref(demand_well(f, (enum timeframe)timeframe, times_us[i]));
	json_decref(demand_well(f, TIMEFRAME_D1, DAY_US - 24 * HOUR_US));
	after = ask(f, ALL);
	assert_same_lines(before, after);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE created_us <> 1", "0");
	free(before);
	free(after);
}

static void
rows_that_are_missing_or_wrong_are_written_and_counted(void **state)
{
	struct fixture *f = *state;
	char *before, *after;
	int64_t results;

	fill(f);
	drain(f);
	before = ask(f, ALL);
	results = figures_of(f).results;
	assert_int_equal(database_execute(f->run.analysis_db, "UPDATE analysis_results SET result ="
			     " '{}' WHERE symbol = 'ONE' AND timeframe = 'H1' AND time_us ="
			     " 1723161600000000; DELETE FROM market_facts WHERE symbol = 'ONE' AND"
			     " timeframe = 'H1' AND time_us = 1723161600000000"), 0);
	json_decref(demand_well(f, TIMEFRAME_H1, DAY_US));
	after = ask(f, ALL);
	assert_same_lines(before, after);
	assert_int_equal(figures_of(f).results, results);
	free(before);
	free(after);
}

static void
a_bar_that_the_walk_has_not_come_to_is_analysed_and_counted_once(void **state)
{
	struct fixture *f = *state;

	fill(f);
	json_decref(demand_well(f, TIMEFRAME_M5, DAY_US));
	assert_answer(f, ROWS, "2");
	assert_int_equal(figures_of(f).results, PROBE_M5);
	drain(f);
	assert_answer(f, "SELECT sum(results) = (SELECT count(*) FROM analysis_results)"
			 " FROM analysis_progress", "1");
	assert_as_if_computed_anew(f);
}

static void
the_answer_names_the_bar_and_each_result_with_its_confidence(void **state)
{
	struct fixture *f = *state;
	json_t *answer, *result;

	fill(f);
	answer = demand_well(f, TIMEFRAME_M5, DAY_US + HOUR_US);
	assert_string_equal(json_string_value(json_object_get(answer, "source")), "sim");
	assert_string_equal(json_string_value(json_object_get(answer, "symbol")), "ONE");
	assert_string_equal(json_string_value(json_object_get(answer, "timeframe")), "M5");
	assert_string_equal(json_string_value(json_object_get(answer, "time")), "2024-08-09T01:00:00Z");
	assert_int_equal(json_object_size(json_object_get(answer, "results")), 2);
	result = json_object_get(json_object_get(answer, "results"), "probe_ticks");
	assert_true(json_real_value(json_object_get(result, "confidence")) == 0.5);
	/* A trade every 61 s: at 3660, 3721, 3782 and 3843. */
	assert_int_equal(json_integer_value(json_object_get(result, "ticks")), 4);
	json_decref(answer);
}

static void
without_a_time_it_is_the_newest_bar_that_has_closed(void **state)
{
	static const struct {
		enum timeframe timeframe;
		const char *time;
	} newest[] = {{TIMEFRAME_M5, "2024-08-09T12:55:00Z"}, {TIMEFRAME_M30, "2024-08-09T12:30:00Z"},
		{TIMEFRAME_H4, "2024-08-09T08:00:00Z"}, {TIMEFRAME_D1, "2024-08-08T00:00:00Z"}};
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < sizeof(newest) / sizeof(newest[0]); i++) {
		json_t *answer = demand_well(f, newest[i].timeframe, TICK_NONE);

		assert_string_equal(json_string_value(json_object_get(answer, "time")), newest[i].time);
		json_decref(answer);
	}
}

static void
what_is_too_old_to_be_kept_is_told_but_not_stored(void **state)
{
	struct fixture *f = *state;

	f->keep.results_us = HOUR_US;
	restart(f);
	fill(f);
	drain(f);
	json_decref(demand_well(f, TIMEFRAME_M5, DAY_US));
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE time_us = 1723161600000000", "0");
	assert_answer(f, "SELECT count(*) FROM market_facts WHERE time_us = 1723161600000000", "0");
}

static void
what_cannot_be_answered_is_said_in_one_sentence(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, NULL, "ONE", TIMEFRAME_M5, TICK_NONE, -ENOENT, "no symbol ONE is known");
	fill(f);
	assert_refused(f, "binance", "ONE", TIMEFRAME_M5, TICK_NONE, -ENOENT,
	    "no symbol ONE of source binance is known, but sim:ONE");
	assert_refused(f, NULL, "TWO", TIMEFRAME_M5, TICK_NONE, -EINVAL,
	    "TWO is the symbol of several sources: say which of sim:TWO, mt5:TWO");
	assert_refused(f, "mt5", "TWO", TIMEFRAME_M5, TICK_NONE, -ENOENT,
	    "no M5 bar of TWO has closed yet");
	assert_refused(f, NULL, "ONE", TIMEFRAME_H1, DAY_US + CANDLE_M5_US, -EINVAL,
	    "no H1 bar opens at 2024-08-09T00:05:00Z");
	assert_refused(f, NULL, "ONE", TIMEFRAME_H1, DAY_US + 13 * HOUR_US, -EBUSY,
	    "the H1 bar of 2024-08-09T13:00:00Z is not closed yet");
	assert_refused(f, NULL, "ONE", TIMEFRAME_M5, DAY_US + 13 * HOUR_US, -EBUSY,
	    "the M5 bar of 2024-08-09T13:00:00Z is not closed yet");
	assert_refused(f, NULL, "ONE", TIMEFRAME_H4, DAY_US - 80 * HOUR_US, -ENOENT,
	    "ONE has no candle in the H4 bar of 2024-08-05T16:00:00Z");
	assert_answer(f, "SELECT count(*) FROM analysis_results", "0");
}

static void
a_failed_write_leaves_all_as_it_was_and_is_said(void **state)
{
	struct fixture *f = *state;
	struct problem problem;
	json_t *answer;

	fill(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "CREATE TEMP TRIGGER full BEFORE INSERT ON main.analysis_results WHEN"
			     " NEW.analysis_type = 'probe_ticks' BEGIN SELECT RAISE(ABORT, 'no room');"
			     " END"), 0);
	assert_true(demand(f, "sim", "ONE", TIMEFRAME_M5, DAY_US, &answer, &problem) < 0);
	assert_non_null(strstr(problem.text, "analysis_data.db: no room"));
	assert_answer(f, ROWS, "0");
	assert_int_equal(figures_of(f).results, 0);
	assert_int_equal(database_execute(f->run.analysis_db, "DROP TRIGGER full"), 0);
	json_decref(demand_well(f, TIMEFRAME_M5, DAY_US));
	drain(f);
	assert_as_if_computed_anew(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bar_asked_for_is_what_the_walk_stores),
		TEST(rows_that_are_missing_or_wrong_are_written_and_counted),
		TEST(a_bar_that_the_walk_has_not_come_to_is_analysed_and_counted_once),
		TEST(the_answer_names_the_bar_and_each_result_with_its_confidence),
		TEST(without_a_time_it_is_the_newest_bar_that_has_closed),
		TEST(what_is_too_old_to_be_kept_is_told_but_not_stored),
		TEST(what_cannot_be_answered_is_said_in_one_sentence),
		TEST(a_failed_write_leaves_all_as_it_was_and_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
