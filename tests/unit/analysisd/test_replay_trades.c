/*
 * A replay of what DTMS decided: the same actions as live, whatever people had said before and
 * wherever the range begins and ends.
 */
#define _GNU_SOURCE
#include "analysisd/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/dtms_run.h"

#define LOT INT64_C(100000000)
#define ACTIONS "SELECT action_id FROM dtms_actions ORDER BY action_id"
#define CHECKS "SELECT ticket || '@' || time_us FROM dtms_checks ORDER BY ticket, time_us"

/* Into a file beside the databases of the run. */
static void
replay(struct dtms_run *run, int64_t from_us, int64_t to_us, char path[static 128])
{
	struct replay_counts counts;

	snprintf(path, 128, "%s/replay.db", run->store.state_dir);
	unlink(path);
	if (replay_into(&run->settings, from_us, to_us, path, &counts, &run->problem) < 0)
		fail_msg("%s", run->problem.text);
}

/* The answers of the replay and of what is live are the same; the query names no database. */
static void
assert_same(struct dtms_run *run, int64_t from_us, int64_t to_us, const char *sql)
{
	char path[128], *live = run_query(run, sql), *replayed;
	sqlite3 *handle;
	sqlite3_stmt *row;
	char *text = strdup("");

	replay(run, from_us, to_us, path);
	assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &row, NULL), SQLITE_OK);
	while (sqlite3_step(row) == SQLITE_ROW) {
		assert_true(asprintf(&replayed, "%s%s%s", text, text[0] == '\0' ? "" : " ",
				(const char *)sqlite3_column_text(row, 0)) >= 0);
		free(text);
		text = replayed;
	}
	sqlite3_finalize(row);
	sqlite3_close(handle);
	assert_string_equal(text, live);
	free(text);
	free(live);
}

static int
set_up(void **state)
{
	static const char *const overrides[] = {"mt5.aliases=LENT=binance:LEND"};
	struct dtms_run *run = run_open(overrides, 1);

	/* What a replay reads it from. */
	free((char *)run->settings.paths.state_dir);
	run->settings.paths.state_dir = strdup(run->store.state_dir);
	*state = run;
	return 0;
}

static int
tear_down(void **state)
{
	run_close(*state);
	return 0;
}

static void
what_was_off_before_its_source_came_is_off_in_a_replay(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + 3 * HOUR_US);
	run_to(run, START_US);
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	run_symbol(run, 2, "mt5", "TWO", falling, START_US + 3 * HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 40 * MINUTE_US);
	assert_query(run, CHECKS, "");
	assert_same(run, START_US - HOUR_US, START_US + 40 * MINUTE_US, CHECKS);
	/* From then on it is told itself. */
	run_ask_well(run, "{\"command\": \"dtms-on\"}");
	run_to(run, START_US + 2 * HOUR_US);
	assert_true(run_number(run, "SELECT count(*) FROM dtms_actions") > 0);
	assert_same(run, START_US - HOUR_US, START_US + 2 * HOUR_US, CHECKS);
}

/* Live an instant waits for a lender for five seconds, and goes on without it. */
static void
the_last_instant_is_replayed_also_where_a_lender_is_silent(void **state)
{
	struct dtms_run *run = *state;
	int64_t to_us = START_US + 20 * MINUTE_US;

	run_symbol(run, 1, "mt5", "LENT", falling, START_US + HOUR_US);
	run_symbol(run, 2, "binance", "LEND", quiet, START_US + 10 * MINUTE_US);
	run_position(run, "mt5", to_us - 10 * CLOCK_SECOND_US, "open", 9, "LENT", "BUY", LOT, 0, "");
	tick_store_clock(&run->store, 1, to_us + 5 * CLOCK_SECOND_US);
	tick_store_clock(&run->store, 2, START_US + 10 * MINUTE_US);
	run_drain(run);
	assert_int_equal(run_number(run, "SELECT max(time_us) FROM dtms_checks"), to_us);
	assert_same(run, START_US, to_us, CHECKS);
	/* And none after it. */
	assert_same(run, START_US, to_us + 29 * CLOCK_SECOND_US, CHECKS);
}

/* A venue whose words come out of order: the first one waits, and the others behind it. */
static void
a_replay_skips_no_position_whose_time_goes_backwards(void **state)
{
	struct dtms_run *run = *state;
	int64_t from_us = START_US + 10 * MINUTE_US;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 3 * HOUR_US);
	run_position(run, "mt5", from_us + 2 * MINUTE_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", from_us - 2 * MINUTE_US, "changed", 10, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 2 * HOUR_US);
	assert_true(run_number(run, "SELECT count(*) FROM dtms_checks WHERE ticket = 9") > 0);
	assert_same(run, from_us, START_US + 2 * HOUR_US, CHECKS);
	assert_same(run, from_us, START_US + 2 * HOUR_US, ACTIONS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_off_before_its_source_came_is_off_in_a_replay),
		TEST(the_last_instant_is_replayed_also_where_a_lender_is_silent),
		TEST(a_replay_skips_no_position_whose_time_goes_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
