/* verify against ids and the ledger of gaps: one thing is broken, and exactly that is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tradingctl/verify_database.h"

#define FILLED                                                                                     \
	"UPDATE feed_gaps SET state = 'filled', filled_us = 4, reason = NULL,"                     \
	" missing_first_id = NULL, missing_last_id = NULL, missing_from_us = NULL,"                \
	" missing_to_us = NULL"

static const char *
hole_text(const struct fixture *f, const char *key)
{
	const char *text =
	    json_string_value(json_object_get(json_array_get(f->report.holes, 0), key));

	return text == NULL ? "" : text;
}

/* ---- holes ---- */

static void
a_hole_that_no_gap_tells_of_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "open");
	run_sql(f, "DELETE FROM feed_gaps");
	run_sql(f, "UPDATE m5_candles SET complete = 0"); /* of this slot alone it would be right */
	for (int n = 1; n < SLOTS - 1; n++)
		store_slot(f, n, n != 3);
	verify(f);
	assert_one_fault(f, "ids 1095-1098 are missing and no gap tells of it");
	assert_int_equal(f->report.hole_counts.unknown_ids, 4);
	assert_int_equal(json_array_size(f->report.holes), 1);
	assert_string_equal(hole_text(f, "kind"), "loss");
	assert_string_equal(hole_text(f, "from"), "2023-11-14T22:30:40.000Z");
	assert_string_equal(hole_text(f, "to"), "2023-11-14T22:31:30.000Z");
}

static void
a_hole_that_is_to_be_filled_is_told_and_no_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "filling");
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.open_ids, 4);
	assert_int_equal(f->report.runs.count, 2);
	assert_string_equal(hole_text(f, "kind"), "loss");
	assert_string_equal(hole_text(f, "state"), "filling");
}

static void
a_hole_that_never_is_filled_is_told_with_its_reason(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "unfillable");
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.unfillable_ids, 4);
	assert_int_equal(f->report.hole_counts.open_ids, 0);
	assert_string_equal(hole_text(f, "kind"), "unfillable");
	assert_string_equal(hole_text(f, "reason"), "refused");
}

static void
ids_before_the_first_stored_one_are_a_hole_as_well(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE symbols SET first_id = 900;"
	    "UPDATE m5_candles SET complete = 1 WHERE open_time_us = 1700000100000000",
	    "ids 900-999 are missing and no gap tells of it"});
}

static void
ids_before_the_first_stored_one_may_be_in_the_ledger(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO feed_gaps VALUES(1, 1, 900, 999, 1700000000000000,"
		   " 1700000100000000, 3, 'open', NULL, NULL, 950, 999, 1700000000000000,"
		   " 1700000100000000)");
	run_sql(f, "UPDATE symbols SET first_id = 950, whole_from_us = 1699999800000000");
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.open_ids, 50);
}

static void
ids_behind_the_last_stored_one_are_a_hole_as_well(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE symbols SET newest_id = newest_id + 2",
	    "ids 1165-1166 are missing and no gap tells of it"});
}

static void
ids_that_the_marks_do_not_hold_are_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE symbols SET newest_id = newest_id - 2",
	    "symbols.first_id and newest_id do not hold the ids 1000-1164"});
}

static void
the_same_trade_at_two_times_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + 1, tick_id, price_e8,"
		   " volume_e8, bid_e8, ask_e8, flags, trade_count FROM unified_ticks"
		   " WHERE tick_id = 1155");
	store_slot(f, SLOTS - 1, false);
	settle_marks(f);
	verify(f);
	assert_one_fault(f, "1 ids are stored at two times, 1155 the first of them");
}

/* ---- the ledger ---- */

static void
a_gap_that_is_open_although_its_ids_are_stored_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO feed_gaps VALUES(1, 1, 1010, 1013, 1, 2, 3, 'open', NULL, NULL, 1010, 1013,"
	    " 1, 2)", "the gap 1010-1013 is open, but its ids are stored"});
}

static void
a_gap_of_which_some_ids_are_stored_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "open");
	assert_named(f, &(struct mutation){
	    "UPDATE feed_gaps SET last_id = 1100, missing_last_id = 1100",
	    "the gap 1095-1100 is open, but 2 of its ids are stored"});
}

static void
a_gap_that_is_called_filled_without_its_ids_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, SLOTS - 1, 1155, 1156, "open"); /* its slot is over for nobody yet */
	assert_named(f, &(struct mutation){FILLED,
	    "ids 1155-1156 are missing and their gap is called filled"});
}

static void
a_filled_gap_that_says_that_ids_are_missing_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO feed_gaps VALUES(1, 1, 1010, 1013, 1, 2, 3, 'filled', 4, NULL, 1010, 1013,"
	    " 1, 2)", "the gap 1010-1013 is filled, but says that something is missing"});
}

static void
a_filled_gap_without_its_end_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO feed_gaps VALUES(1, 1, 1010, 1013, 1, 2, 3, 'filled', NULL, NULL, NULL,"
	    " NULL, NULL, NULL)", "the gap 1010-1013 is filled, but does not say when"});
}

static void
an_open_gap_that_does_not_say_what_is_missing_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, SLOTS - 1, 1155, 1156, "open");
	assert_named(f, &(struct mutation){"UPDATE feed_gaps SET missing_from_us = NULL",
	    "the gap 1155-1156 is open, but does not say what is missing"});
}

static void
a_gap_that_misses_ids_outside_itself_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "open");
	assert_named(f, &(struct mutation){"UPDATE feed_gaps SET first_id = 1096",
	    "the gap 1096-1098 says that 1095-1098 are missing of it"});
}

static void
a_gap_that_ends_before_it_begins_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO feed_gaps VALUES(1, 1, 1013, 1010, 1, 2, 3, 'open', NULL, NULL, 1013, 1010,"
	    " 1, 2)", "the gap 1013-1010 ends before it begins"});
}

static void
an_unfillable_gap_without_a_reason_is_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "unfillable");
	assert_named(f, &(struct mutation){"UPDATE feed_gaps SET reason = ''",
	    "the gap 1095-1098 is unfillable without a reason"});
}

static void
gaps_that_overlap_are_a_fault(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, 1095, 1098, "open");
	assert_named(f, &(struct mutation){
	    "INSERT INTO feed_gaps SELECT 2, 1, 1097, 1098, from_us, to_us, 3, 'open', NULL, NULL,"
	    " 1097, 1098, from_us, to_us FROM feed_gaps",
	    "the gaps 1095-1098 and 1097-1098 overlap"});
}

static void
a_gap_of_ids_that_were_never_seen_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO feed_gaps VALUES(1, 1, 5000, 5001, 1, 2, 3, 'open', NULL, NULL, 5000, 5001,"
	    " 1, 2)", "the gap 5000-5001 lies outside the ids that were seen"});
}

static void
filled_gaps_are_sound(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO feed_gaps VALUES(1, 1, 1010, 1013, 1, 2, 3, 'filled', 4, NULL, NULL,"
		   " NULL, NULL, NULL)");
	verify(f);
	assert_sound(f);
}

/* ---- retention ---- */

static void
a_filled_gap_may_have_been_deleted_by_retention(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO feed_gaps VALUES(1, 1, 1010, 1013, 1, 2, 3, 'filled', 4, NULL, NULL,"
		   " NULL, NULL, NULL)");
	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(2));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET first_id = 1000, frozen_us = %jd", (intmax_t)SLOT_US(2));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
}

static void
what_was_given_up_and_would_be_deleted_by_now_is_not_told(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 1, 1040, 1043, "unfillable");
	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(3));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET first_id = 1000, frozen_us = %jd", (intmax_t)SLOT_US(3));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
}

/* As the writer leaves it: what is accounted for begins behind what was given up. */
static void
a_gap_from_before_what_retention_deleted_may_stay_in_the_ledger(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 1, 1040, 1043, "unfillable");
	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(3));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET frozen_us = %jd, whole_from_us = %jd", (intmax_t)SLOT_US(3),
	    (intmax_t)SLOT_US(3));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(a_hole_that_no_gap_tells_of_is_a_fault),
		PROMISE(a_hole_that_is_to_be_filled_is_told_and_no_fault),
		PROMISE(a_hole_that_never_is_filled_is_told_with_its_reason),
		PROMISE(ids_before_the_first_stored_one_are_a_hole_as_well),
		PROMISE(ids_before_the_first_stored_one_may_be_in_the_ledger),
		PROMISE(ids_behind_the_last_stored_one_are_a_hole_as_well),
		PROMISE(ids_that_the_marks_do_not_hold_are_a_fault),
		PROMISE(the_same_trade_at_two_times_is_a_fault),
		PROMISE(a_gap_that_is_open_although_its_ids_are_stored_is_a_fault),
		PROMISE(a_gap_of_which_some_ids_are_stored_is_a_fault),
		PROMISE(a_gap_that_is_called_filled_without_its_ids_is_a_fault),
		PROMISE(a_filled_gap_that_says_that_ids_are_missing_is_a_fault),
		PROMISE(a_filled_gap_without_its_end_is_a_fault),
		PROMISE(an_open_gap_that_does_not_say_what_is_missing_is_a_fault),
		PROMISE(a_gap_that_misses_ids_outside_itself_is_a_fault),
		PROMISE(a_gap_that_ends_before_it_begins_is_a_fault),
		PROMISE(an_unfillable_gap_without_a_reason_is_a_fault),
		PROMISE(gaps_that_overlap_are_a_fault),
		PROMISE(a_gap_of_ids_that_were_never_seen_is_a_fault),
		PROMISE(filled_gaps_are_sound),
		PROMISE(a_filled_gap_may_have_been_deleted_by_retention),
		PROMISE(what_was_given_up_and_would_be_deleted_by_now_is_not_told),
		PROMISE(a_gap_from_before_what_retention_deleted_may_stay_in_the_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
