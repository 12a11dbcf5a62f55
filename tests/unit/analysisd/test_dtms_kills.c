/* DTMS is killed at any write: no action is lost, none is given twice. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/control.h"
#include "tests/unit/analysisd/dtms_run.h"
#include "tests/unit/failing_vfs.h"

#define LOT INT64_C(100000000)
#define END_US (START_US + 150 * MINUTE_US)
#define STEP_US (7 * DTMS_GRID_US + 11 * CLOCK_SECOND_US) /* several instants at once */

static void
fill(struct dtms_run *run)
{
	run_symbol(run, 1, "mt5", "ONE", recovering, END_US);
	run_symbol(run, 2, "mt5", "TWO", falling, END_US);
	run_position(run, "mt5", START_US, "open", 1, "ONE", "BUY", 4 * LOT, PRICE_E8 / 2, "");
	run_position(run, "mt5", START_US, "open", 2, "TWO", "SELL", 4 * LOT, 0, "");
	run_position(run, "mt5", START_US + 5 * MINUTE_US, "open", 3, "TWO", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US + 50 * MINUTE_US, "changed", 3, "TWO", "BUY", LOT / 2, 0, "");
	run_position(run, "mt5", START_US + 90 * MINUTE_US, "closed", 3, "TWO", "BUY", LOT / 2, 0, "");
	assert_int_equal(database_execute(run->analysis_db,
			     "INSERT INTO dtms_events(source, time_us, kind, account, ticket, created_us)"
			     " VALUES('mt5', 1723201000000000, 'disable', '7', 2, 0)"), 0);
}

static void
set_clock(struct dtms_run *run, int64_t clock_us)
{
	tick_store_execute(&run->store, "UPDATE symbols SET newest_us = %lld", (long long)clock_us);
}

/* What an unbroken run says; the caller's. */
static char *
unbroken(void)
{
	struct dtms_run *run = run_open(NULL, 0);
	char *said;

	fill(run);
	for (int64_t at_us = START_US; at_us < END_US; at_us += STEP_US)
		run_to(run, at_us);
	run_to(run, END_US);
	said = run_everything(run);
	assert_true(run_number(run, "SELECT count(*) FROM dtms_actions") > 8);
	run_close(run);
	return said;
}

/* How far one kill is from the next, in writes: the long run leaves none out. */
static int
stride(void)
{
	const char *whole = getenv("TRADING_LONG");

	return whole != NULL && *whole != '\0' ? 1 : 4;
}

/*
 * Each step is killed at its first write, then at its second ... until it gets through: what was
 * killed is gone, and another process goes on from what is stored.  With a stride every step begins
 * at another write.  Returns the kills.
 */
static int
step_through_kills(struct dtms_run *run, int64_t clock_us, enum failing_call call, int code)
{
	int kills = 0, result, first = 1 + (int)(clock_us / STEP_US % stride());

	set_clock(run, clock_us);
	for (int nth = first;; nth += stride()) {
		failing_arm(call, nth, code, true);
		result = run_turns(run, CLOCK_DAY_US);
		if (failing_disarm() == 0)
			break;
		kills++;
		/* It ends without another write that would have been possible. */
		failing_arm(FAILING_WRITE, 1, code, true);
		dtms_free(run->dtms);
		database_close(run->analysis_db);
		(void)failing_disarm();
		market_table_finish(&run->table);
		market_reader_close(run->reader);
		run_start(run);
	}
	assert_int_equal(result, 0);
	return kills;
}

static void
run_through_kills(enum failing_call call, int code, int kills_least)
{
	struct dtms_run *run = run_open(NULL, 0);
	char *expected = unbroken(), *said;
	int kills = 0;

	fill(run);
	for (int64_t at_us = START_US; at_us < END_US; at_us += STEP_US)
		kills += step_through_kills(run, at_us, call, code);
	kills += step_through_kills(run, END_US, call, code);
	assert_true(kills >= kills_least);
	said = run_everything(run);
	assert_string_equal(expected, said);
	assert_query(run, "PRAGMA integrity_check", "ok");
	free(said);
	free(expected);
	run_close(run);
}

static void
a_kill_between_any_two_writes_loses_and_repeats_no_action(void **state)
{
	run_through_kills(FAILING_WRITE, SQLITE_IOERR_WRITE, 300 / stride());
}

static void
a_full_disk_at_any_write_loses_and_repeats_no_action(void **state)
{
	run_through_kills(FAILING_WRITE, SQLITE_FULL, 300 / stride());
}

static void
a_question_that_cannot_be_stored_is_said_and_not_kept(void **state)
{
	static const char question[] = "{\"command\": \"dtms-off\"}";
	struct dtms_run *run = run_open(NULL, 0);
	json_t *answer;
	int failed = 0;

	fill(run);
	run_to(run, START_US + MINUTE_US);
	for (int nth = 1;; nth++) {
		failing_arm(FAILING_WRITE, nth, SQLITE_FULL, false);
		answer = run_ask(run, question);
		if (failing_disarm() == 0)
			break;
		failed++;
		assert_non_null(control_error_message(answer));
		assert_query(run, "SELECT count(*) FROM dtms_events WHERE kind = 'off'", "0");
		assert_false(run_figures(run).off);
		json_decref(answer);
	}
	assert_true(failed > 0);
	assert_true(json_is_true(json_object_get(answer, "off")));
	assert_query(run, "SELECT count(*) FROM dtms_events WHERE kind = 'off'", "2");
	json_decref(answer);
	run_close(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_between_any_two_writes_loses_and_repeats_no_action),
		cmocka_unit_test(a_full_disk_at_any_write_loses_and_repeats_no_action),
		cmocka_unit_test(a_question_that_cannot_be_stored_is_said_and_not_kept),
	};

	return cmocka_run_group_tests(tests, failing_vfs_begin, NULL);
}
