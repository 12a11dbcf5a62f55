#define _GNU_SOURCE
#include "tickd/gaps.h"

#include "tests/unit/tickd/tick_database.h"

#define SYMBOL 5
#define NOW_US INT64_C(77)

struct ledger {
	struct database *db;
	struct gaps *gaps;
};

/* With the ids 10 to 19 missing between times 100 and 200. */
static struct ledger
ledger_open(void **state)
{
	struct ledger ledger = {.db = tick_database_open(state)};
	const struct gap gap = {10, 19, 100, 200};

	assert_int_equal(gaps_create(&ledger.gaps, ledger.db), 0);
	assert_int_equal(gaps_open(ledger.gaps, SYMBOL, &gap, NOW_US), 0);
	return ledger;
}

static void
ledger_close(struct ledger *ledger)
{
	gaps_free(ledger->gaps);
	database_close(ledger->db);
}

static int
fill(struct ledger *ledger, int64_t id, int64_t time_us, struct gap *ret)
{
	return gaps_fill(ledger->gaps, SYMBOL, id, time_us, NOW_US + 1, ret);
}

/* The open gaps of the symbol as "first-last(from-to) ..." */
static void
assert_open(struct ledger *ledger, const char *expected)
{
	char text[512] = "";
	sqlite3_stmt *row;
	size_t at = 0;

	assert_int_equal(sqlite3_prepare_v2(database_handle(ledger->db),
			     "SELECT printf('%d-%d(%d-%d) ', first_id, last_id, from_us, to_us)"
			     " FROM feed_gaps WHERE symbol_id = 5 AND state = 'open'"
			     " ORDER BY first_id", -1, &row, NULL), SQLITE_OK);
	while (sqlite3_step(row) == SQLITE_ROW)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
		    (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	assert_string_equal(text, expected);
}

static void
a_gap_is_written_open_with_its_times(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_open(&ledger, "10-19(100-200) ");
	assert_int_equal(sql_number(database_handle(ledger.db),
			     "SELECT opened_us FROM feed_gaps WHERE filled_us IS NULL"), NOW_US);
	ledger_close(&ledger);
}

static void
an_id_at_an_end_shortens_the_gap(void **state)
{
	struct ledger ledger = ledger_open(state);
	struct gap was;

	assert_int_equal(fill(&ledger, 10, 110, &was), 1);
	assert_int_equal(was.first_id, 10);
	assert_int_equal(was.last_id, 19);
	assert_int_equal(was.from_us, 100);
	assert_int_equal(was.to_us, 200);
	assert_open(&ledger, "11-19(110-200) ");
	assert_int_equal(fill(&ledger, 19, 190, &was), 1);
	assert_int_equal(was.first_id, 11);
	assert_open(&ledger, "11-18(110-190) ");
	ledger_close(&ledger);
}

static void
an_id_in_the_middle_splits_the_gap(void **state)
{
	struct ledger ledger = ledger_open(state);
	struct gap was;

	assert_int_equal(fill(&ledger, 14, 150, &was), 1);
	assert_open(&ledger, "10-13(100-150) 15-19(150-200) ");
	assert_int_equal(fill(&ledger, 17, 170, &was), 1);
	assert_int_equal(was.first_id, 15);
	assert_open(&ledger, "10-13(100-150) 15-16(150-170) 18-19(170-200) ");
	ledger_close(&ledger);
}

static void
the_last_missing_id_closes_the_gap_as_filled(void **state)
{
	struct ledger ledger = ledger_open(state);
	struct gap was;

	for (int64_t id = 10; id < 20; id++)
		assert_int_equal(fill(&ledger, id, 100 + id, &was), 1);
	assert_int_equal(was.first_id, 19);
	assert_int_equal(was.last_id, 19);
	assert_open(&ledger, "");
	assert_int_equal(sql_number(database_handle(ledger.db),
			     "SELECT count(*) FROM feed_gaps WHERE state = 'filled'"
			     " AND filled_us = 78"), 1);
	/* What is filled is not filled again. */
	assert_int_equal(fill(&ledger, 19, 190, &was), 0);
	ledger_close(&ledger);
}

static void
any_order_of_filling_closes_every_part(void **state)
{
	uint64_t chance = chance_seed();

	for (int round = 0; round < 20; round++) {
		void *folder = NULL;
		bool missing[20] = {false};
		struct ledger ledger;
		struct gap was;

		assert_int_equal(scratch_make(&folder), 0);
		ledger = ledger_open(&folder);
		memset(missing + 10, true, 10);
		for (int left = 10; left > 0;) {
			int64_t id = 10 + chance_below(&chance, 10);
			int64_t sum;

			assert_int_equal(fill(&ledger, id, 100 + 10 * (id - 9), &was), missing[id]);
			left -= missing[id];
			missing[id] = false;
			sum = sql_number(database_handle(ledger.db),
			    "SELECT coalesce(sum(last_id - first_id + 1), 0) FROM feed_gaps"
			    " WHERE state = 'open'");
			assert_int_equal(sum, left);
			for (int64_t i = 10; i < 20; i++)
				assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, i, i), missing[i]);
		}
		ledger_close(&ledger);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

static void
ids_outside_and_other_symbols_fill_nothing(void **state)
{
	struct ledger ledger = ledger_open(state);
	struct gap was;

	assert_int_equal(fill(&ledger, 9, 1, &was), 0);
	assert_int_equal(fill(&ledger, 20, 1, &was), 0);
	assert_int_equal(gaps_fill(ledger.gaps, SYMBOL + 1, 15, 1, NOW_US, &was), 0);
	assert_open(&ledger, "10-19(100-200) ");
	ledger_close(&ledger);
}

static void
a_range_touches_a_gap_when_they_share_an_id(void **state)
{
	struct ledger ledger = ledger_open(state);

	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 9), 0);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 10), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 12, 13), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 1, 100), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 19, 30), 1);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL, 20, 30), 0);
	assert_int_equal(gaps_touch(ledger.gaps, SYMBOL + 1, 1, 100), 0);
	ledger_close(&ledger);
}

static void
the_summary_counts_what_is_not_filled(void **state)
{
	struct ledger ledger = ledger_open(state);
	const struct gap later = {30, 40, 300, 400}, unfillable = {50, 60, 500, 600};
	sqlite3 *handle = database_handle(ledger.db);
	int64_t count, top;
	struct gap was;

	assert_int_equal(gaps_open(ledger.gaps, SYMBOL, &later, NOW_US), 0);
	assert_int_equal(gaps_open(ledger.gaps, SYMBOL, &unfillable, NOW_US), 0);
	sql_run(handle, "UPDATE feed_gaps SET state = 'unfillable' WHERE first_id = 50");
	assert_int_equal(gaps_summary(ledger.gaps, SYMBOL, &count, &top), 0);
	assert_int_equal(count, 3);
	assert_int_equal(top, 60);
	for (int64_t id = 10; id < 20; id++)
		assert_int_equal(fill(&ledger, id, 150, &was), 1);
	sql_run(handle, "UPDATE feed_gaps SET state = 'filled' WHERE first_id = 50");
	assert_int_equal(gaps_summary(ledger.gaps, SYMBOL, &count, &top), 0);
	assert_int_equal(count, 1);
	assert_int_equal(top, 40);
	assert_int_equal(gaps_summary(ledger.gaps, SYMBOL + 1, &count, &top), 0);
	assert_int_equal(count, 0);
	assert_int_equal(top, -1);
	ledger_close(&ledger);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_gap_is_written_open_with_its_times),
		promise(an_id_at_an_end_shortens_the_gap),
		promise(an_id_in_the_middle_splits_the_gap),
		promise(the_last_missing_id_closes_the_gap_as_filled),
		cmocka_unit_test(any_order_of_filling_closes_every_part),
		promise(ids_outside_and_other_symbols_fill_nothing),
		promise(a_range_touches_a_gap_when_they_share_an_id),
		promise(the_summary_counts_what_is_not_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
