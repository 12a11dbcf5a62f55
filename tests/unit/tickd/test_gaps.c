#define _GNU_SOURCE
#include "tickd/store/gaps.h"

#include "common/tick.h"
#include "tests/unit/tickd/tick_database.h"

#define SYMBOL 5
#define NOW_US INT64_C(77)

struct ledger {
	struct database *db;
	struct gaps *gaps;
	struct gaps_totals totals;
};

static void
open_gap(struct ledger *ledger, int64_t first_id, int64_t last_id)
{
	const struct gap gap = {first_id, last_id, 10 * first_id, 10 * last_id};

	assert_int_equal(gaps_open(ledger->gaps, SYMBOL, &gap, NULL, NOW_US, &ledger->totals), 0);
}

/* With the ids 10 to 19 missing between times 100 and 190. */
static struct ledger
ledger_open(void **state)
{
	struct ledger ledger = {.db = tick_database_open(state)};

	assert_int_equal(gaps_create(&ledger.gaps, ledger.db), 0);
	assert_int_equal(gaps_read_totals(ledger.gaps, SYMBOL, &ledger.totals), 0);
	open_gap(&ledger, 10, 19);
	return ledger;
}

static void
ledger_close(struct ledger *ledger)
{
	gaps_free(ledger->gaps);
	database_close(ledger->db);
}

/* Ids first..last came, each at ten times its number: how many were missing. */
static int64_t
fill(struct ledger *ledger, int64_t first_id, int64_t last_id, bool page)
{
	const struct gap ids = {first_id, last_id, 10 * first_id, 10 * last_id};
	struct gaps_filled filled;
	int64_t sum = 0;
	int result;

	while ((result = gaps_fill_range(ledger->gaps, SYMBOL, &ids, page, NOW_US + 1,
		    &ledger->totals, &filled)) == 1)
		sum += filled.ids;
	assert_int_equal(result, 0);
	return sum;
}

/* The rows as "state first-last: missing-missing(from-to); ..." in the order of their ids. */
static void
assert_rows(struct ledger *ledger, const char *expected)
{
	char text[1024] = "";
	sqlite3_stmt *row;
	size_t at = 0;

	assert_int_equal(sqlite3_prepare_v2(database_handle(ledger->db),
			     "SELECT printf('%s %d-%d: %d-%d(%d-%d); ', state, first_id, last_id,"
			     " missing_first_id, missing_last_id, missing_from_us, missing_to_us)"
			     " FROM feed_gaps WHERE symbol_id = 5 ORDER BY first_id",
			     -1, &row, NULL), SQLITE_OK);
	while (sqlite3_step(row) == SQLITE_ROW)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
		    (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	assert_string_equal(text, expected);
}

/* What was counted on the way is what the rows say. */
static void
check_totals(struct ledger *ledger)
{
	struct gaps_totals read;

	assert_int_equal(gaps_refresh(ledger->gaps, SYMBOL, &ledger->totals), 0);
	assert_int_equal(gaps_read_totals(ledger->gaps, SYMBOL, &read), 0);
	assert_int_equal(ledger->totals.due_count, read.due_count);
	assert_int_equal(ledger->totals.due_ids, read.due_ids);
	assert_int_equal(ledger->totals.unfillable, read.unfillable);
	assert_int_equal(ledger->totals.top, read.top);
	assert_int_equal(ledger->totals.due.first_id, read.due.first_id);
	assert_int_equal(ledger->totals.due.last_id, read.due.last_id);
}

static int64_t
number(struct ledger *ledger, const char *sql)
{
	return sql_number(database_handle(ledger->db), sql);
}

static void
a_gap_is_written_open_with_its_times(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_rows(&ledger, "open 10-19: 10-19(100-190); ");
	assert_int_equal(number(&ledger, "SELECT opened_us FROM feed_gaps WHERE filled_us IS NULL"),
	    NOW_US);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.due_count, 1);
	assert_int_equal(ledger.totals.due_ids, 10);
	assert_int_equal(ledger.totals.top, 19);
	assert_int_equal(ledger.totals.due.to_us, 190);
	ledger_close(&ledger);
}

static void
ids_at_an_end_shorten_what_is_missing_and_leave_what_was_opened(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_int_equal(fill(&ledger, 10, 10, false), 1);
	assert_rows(&ledger, "open 10-19: 11-19(100-190); ");
	assert_int_equal(fill(&ledger, 18, 25, false), 2);
	assert_rows(&ledger, "open 10-19: 11-17(100-180); ");
	assert_int_equal(fill(&ledger, 5, 12, true), 2);
	assert_rows(&ledger, "filling 10-19: 13-17(120-180); ");
	check_totals(&ledger);
	ledger_close(&ledger);
}

static void
ids_in_the_middle_split_a_gap_in_two_that_share_what_was_opened(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_int_equal(fill(&ledger, 14, 14, false), 1);
	assert_rows(&ledger, "open 10-14: 10-13(100-140); open 15-19: 15-19(140-190); ");
	assert_int_equal(fill(&ledger, 16, 17, true), 2);
	assert_rows(&ledger, "open 10-14: 10-13(100-140); filling 15-17: 15-15(140-160);"
			     " filling 18-19: 18-19(170-190); ");
	check_totals(&ledger);
	assert_int_equal(ledger.totals.due_count, 3);
	assert_int_equal(ledger.totals.due_ids, 7);
	ledger_close(&ledger);
}

static void
the_last_missing_id_closes_the_gap_as_filled(void **state)
{
	struct ledger ledger = ledger_open(state);

	for (int64_t id = 10; id < 20; id++)
		assert_int_equal(fill(&ledger, id, id, false), 1);
	assert_int_equal(number(&ledger, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'"
					 " AND filled_us = 78 AND first_id = 10 AND last_id = 19"
					 " AND missing_first_id IS NULL AND missing_to_us IS NULL"),
	    1);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.due_count, 0);
	assert_int_equal(ledger.totals.due.first_id, TICK_NONE);
	assert_int_equal(ledger.totals.top, -1);
	/* What is filled is not filled again. */
	assert_int_equal(fill(&ledger, 19, 19, false), 0);
	ledger_close(&ledger);
}

static void
one_range_fills_all_the_gaps_that_it_covers(void **state)
{
	struct ledger ledger = ledger_open(state);

	open_gap(&ledger, 30, 39);
	open_gap(&ledger, 50, 59);
	assert_int_equal(fill(&ledger, 15, 54, true), 5 + 10 + 5);
	assert_int_equal(number(&ledger, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'"), 1);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.due_ids, 10);
	assert_int_equal(ledger.totals.due.first_id, 10);
	assert_int_equal(ledger.totals.due.last_id, 14);
	ledger_close(&ledger);
}

static void
ids_outside_and_other_symbols_fill_nothing(void **state)
{
	struct ledger ledger = ledger_open(state);
	const struct gap inside = {15, 15, 1, 1};
	struct gaps_filled filled;

	assert_int_equal(fill(&ledger, 1, 9, true), 0);
	assert_int_equal(fill(&ledger, 20, 99, true), 0);
	assert_int_equal(gaps_fill_range(ledger.gaps, SYMBOL + 1, &inside, true, NOW_US,
			     &ledger.totals, &filled), 0);
	assert_rows(&ledger, "open 10-19: 10-19(100-190); ");
	ledger_close(&ledger);
}

static void
a_range_touches_a_gap_when_they_share_an_id(void **state)
{
	struct ledger ledger = ledger_open(state);

	open_gap(&ledger, 90, 99);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 9), 0);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 10), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 12, 13), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 100), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 19, 30), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 20, 89), 0);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL + 1, 1, 100), 0);
	ledger_close(&ledger);
}

static void
what_is_given_up_stays_missing_and_is_not_due(void **state)
{
	struct ledger ledger = ledger_open(state);

	open_gap(&ledger, 30, 39);
	assert_int_equal(gaps_give_up(ledger.gaps, SYMBOL, 1, 25, "halt", NOW_US + 2,
			     &ledger.totals), 0);
	assert_rows(&ledger, "unfillable 10-19: 10-19(100-190); open 30-39: 30-39(300-390); ");
	assert_int_equal(number(&ledger, "SELECT filled_us FROM feed_gaps WHERE reason = 'halt'"),
	    NOW_US + 2);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 12, 12), 1);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.due.first_id, 30);
	assert_int_equal(ledger.totals.due_count, 1);
	assert_int_equal(ledger.totals.due_ids, 10);
	assert_int_equal(ledger.totals.unfillable, 1);
	ledger_close(&ledger);
}

static void
a_part_that_is_given_up_leaves_the_rest_to_be_filled(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_int_equal(gaps_give_up(ledger.gaps, SYMBOL, 13, 15, "x", NOW_US, &ledger.totals), 0);
	assert_rows(&ledger, "open 10-12: 10-12(100-190); unfillable 13-15: 13-15(100-190);"
			     " open 16-19: 16-19(100-190); ");
	check_totals(&ledger);
	assert_int_equal(fill(&ledger, 1, 99, true), 10);
	check_totals(&ledger);
	assert_int_equal(number(&ledger, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'"
					 " AND reason IS NULL"), 3);
	assert_int_equal(ledger.totals.unfillable, 0);
	ledger_close(&ledger);
}

static void
an_unfillable_gap_is_filled_by_what_comes_after_all(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_int_equal(gaps_give_up(ledger.gaps, SYMBOL, 1, 99, "x", NOW_US, &ledger.totals), 0);
	assert_int_equal(fill(&ledger, 12, 13, true), 2);
	assert_rows(&ledger, "unfillable 10-13: 10-11(100-120); unfillable 14-19: 14-19(130-190); ");
	check_totals(&ledger);
	assert_int_equal(fill(&ledger, 10, 19, false), 8);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.top, -1);
	ledger_close(&ledger);
}

static void
gaps_of_deleted_ticks_are_given_up_and_forgotten_when_they_are_old(void **state)
{
	struct ledger ledger = ledger_open(state);

	open_gap(&ledger, 30, 39);
	open_gap(&ledger, 50, 59);
	assert_int_equal(gaps_give_up_before(ledger.gaps, SYMBOL, 391, "old", NOW_US,
			     &ledger.totals), 0);
	check_totals(&ledger);
	assert_int_equal(ledger.totals.unfillable, 2);
	assert_int_equal(ledger.totals.due.first_id, 50);
	assert_int_equal(gaps_delete_unfillable(ledger.gaps, SYMBOL, NOW_US, 391, 9,
			     &ledger.totals), 0);
	assert_int_equal(gaps_delete_unfillable(ledger.gaps, SYMBOL, NOW_US + 1, 390, 9,
			     &ledger.totals), 1);
	assert_int_equal(fill(&ledger, 50, 59, true), 10);
	assert_int_equal(gaps_delete_filled(ledger.gaps, NOW_US + 1, 9), 0);
	assert_int_equal(gaps_delete_filled(ledger.gaps, NOW_US + 2, 9), 1);
	assert_rows(&ledger, "unfillable 30-39: 30-39(300-390); ");
	check_totals(&ledger);
	ledger_close(&ledger);
}

/* ---- any order ---- */

#define IDS 60

/* The ledger must agree with a plain list of what is missing and what of it was given up. */
static void
check_against(struct ledger *ledger, const bool *missing, const bool *given_up)
{
	int64_t due = 0;

	for (int64_t id = 0; id < IDS; id++) {
		assert_int_equal(gaps_touch(ledger->gaps, SYMBOL, id, id), missing[id]);
		due += missing[id] && !given_up[id];
	}
	check_totals(ledger);
	assert_int_equal(ledger->totals.due_ids, due);
	assert_int_equal(number(ledger, "SELECT sum(last_id - first_id + 1) FROM feed_gaps"), 40);
	assert_int_equal(number(ledger, "SELECT count(*) FROM feed_gaps WHERE missing_first_id <"
					" first_id OR missing_last_id > last_id"), 0);
}

static void
any_order_of_filling_and_giving_up_is_kept_account_of(void **state)
{
	uint64_t chance = chance_seed();

	for (int round = 0; round < 25; round++) {
		bool missing[IDS] = {false}, given_up[IDS] = {false};
		struct ledger ledger;
		void *folder = NULL;

		assert_int_equal(scratch_make(&folder), 0);
		ledger = ledger_open(&folder);
		open_gap(&ledger, 25, 54);
		memset(missing + 10, true, 10);
		memset(missing + 25, true, 30);
		for (int step = 0; step < 25; step++) {
			int64_t first = chance_below(&chance, IDS);
			int64_t last = first + chance_below(&chance, 8), expected = 0;
			bool give_up = chance_below(&chance, 4) == 0;

			last = last < IDS ? last : IDS - 1;
			for (int64_t id = first; id <= last; id++) {
				expected += missing[id];
				given_up[id] = give_up && missing[id] ? true : given_up[id];
				missing[id] = give_up && missing[id];
			}
			if (give_up)
				assert_int_equal(gaps_give_up(ledger.gaps, SYMBOL, first, last, "x",
						     NOW_US, &ledger.totals), 0);
			else
				assert_int_equal(fill(&ledger, first, last, step % 2), expected);
			check_against(&ledger, missing, given_up);
		}
		ledger_close(&ledger);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

/* Each of these would read the whole ledger of a symbol otherwise, once an id. */
static void
each_question_is_answered_by_an_index(void **state)
{
	static const char *const questions[] = {
		"SELECT gap_id FROM feed_gaps WHERE symbol_id = 1 AND state <> 'filled'"
		" AND missing_first_id <= 2 ORDER BY missing_first_id DESC LIMIT 1",
		"SELECT gap_id FROM feed_gaps WHERE symbol_id = 1 AND state IN ('open', 'filling')"
		" ORDER BY missing_first_id LIMIT 1",
	};
	struct ledger ledger = ledger_open(state);

	for (int i = 0; i < 2; i++) {
		char sql[400];
		sqlite3_stmt *row;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", questions[i]);
		assert_int_equal(sqlite3_prepare_v2(database_handle(ledger.db), sql, -1, &row, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_step(row), SQLITE_ROW);
		assert_non_null(strstr((const char *)sqlite3_column_text(row, 3),
		    i == 0 ? "feed_gaps_missing (symbol_id=? AND missing_first_id<?)" :
			     "feed_gaps_due (symbol_id=?)"));
		assert_int_equal(sqlite3_step(row), SQLITE_DONE);
		sqlite3_finalize(row);
	}
	ledger_close(&ledger);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_gap_is_written_open_with_its_times),
		promise(ids_at_an_end_shorten_what_is_missing_and_leave_what_was_opened),
		promise(ids_in_the_middle_split_a_gap_in_two_that_share_what_was_opened),
		promise(the_last_missing_id_closes_the_gap_as_filled),
		promise(one_range_fills_all_the_gaps_that_it_covers),
		promise(ids_outside_and_other_symbols_fill_nothing),
		promise(a_range_touches_a_gap_when_they_share_an_id),
		promise(what_is_given_up_stays_missing_and_is_not_due),
		promise(a_part_that_is_given_up_leaves_the_rest_to_be_filled),
		promise(an_unfillable_gap_is_filled_by_what_comes_after_all),
		promise(gaps_of_deleted_ticks_are_given_up_and_forgotten_when_they_are_old),
		cmocka_unit_test(any_order_of_filling_and_giving_up_is_kept_account_of),
		promise(each_question_is_answered_by_an_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
