/* verify against candles and counters: a database that is sound at first, then broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SLOT_TRADES 3000 /* ten a second */
#define SLOTS 9		 /* more than one page of rows */
#include "tests/unit/tradingctl/verify_database.h"

#define SLOT_3 "WHERE open_time_us = 1700001000000000"

static void
a_sound_database_has_no_fault(void **state)
{
	struct fixture *f = *state;

	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.rows, TRADES);
	assert_int_equal(f->report.ids, TRADES);
	assert_int_equal(f->report.first_id, FIRST_ID);
	assert_int_equal(f->report.last_id, LAST_ID);
	assert_int_equal(f->report.runs.count, 1);
	assert_int_equal(f->report.candles, SLOTS);
	assert_int_equal(f->report.complete, SLOTS - 2);
	assert_int_equal(f->report.hole_counts.holes, 0);
	assert_int_equal(f->report.halts.count, 0);
	assert_true(f->progress >= VERIFY_PAGE_ROWS);
}

/* ---- candles ---- */

static void
a_candle_with_a_wrong_open_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET open_e8 = open_e8 + 1 " SLOT_3,
	    "candle 2023-11-14T22:30:00Z: open is stored as "});
}

static void
a_candle_with_a_wrong_high_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET high_e8 = high_e8 + 1 " SLOT_3,
	    "candle 2023-11-14T22:30:00Z: high is stored as "});
}

static void
a_candle_with_a_wrong_low_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET low_e8 = low_e8 - 1 " SLOT_3,
	    "candle 2023-11-14T22:30:00Z: low is stored as "});
}

static void
a_candle_with_a_wrong_close_is_a_fault(void **state)
{
	assert_named(*state,
	    &(struct mutation){"UPDATE m5_candles SET close_e8 = close_e8 + 1 " SLOT_3,
	    "candle 2023-11-14T22:30:00Z: close is stored as "});
}

static void
a_candle_with_a_volume_off_by_one_bit_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET quote_volume = quote_volume * 1.0000000000000003 " SLOT_3,
	    ": quote_volume is stored as "});
}

static void
a_candle_with_a_wrong_taker_volume_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET taker_buy_volume = 0.0 " SLOT_3,
	    ": taker_buy_volume is stored as 0 instead of "});
}

static void
a_candle_with_a_trade_too_many_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET trades = trades + 1 " SLOT_3,
	    ": trades is stored as 3001 instead of 3000"});
}

static void
a_candle_with_a_wrong_first_or_last_id_is_a_fault(void **state)
{
	assert_named(*state,
	    &(struct mutation){"UPDATE m5_candles SET last_tick_id = NULL " SLOT_3,
	    ": last_tick_id is stored as NULL instead of 12999"});
}

static void
a_tick_with_a_wrong_price_is_a_fault_of_its_candle(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE unified_ticks SET price_e8 = 1 WHERE tick_id = 11000", ": low is stored as "});
}

static void
a_candle_that_is_missing_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "DELETE FROM m5_candles " SLOT_3 "; UPDATE symbols SET candles = candles - 1",
	    "candle 2023-11-14T22:30:00Z is missing: 3000 trades of it are stored"});
}

static void
a_candle_that_retention_has_deleted_is_none(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DELETE FROM m5_candles " SLOT_3);
	settle_marks(f);
	f->rules.candles_kept_us = 3 * CANDLE_M5_US;
	verify(f);
	assert_sound(f);
}

static void
a_candle_without_ticks_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO m5_candles SELECT symbol_id, open_time_us + 300000000, open_e8, high_e8,"
	    " low_e8, close_e8, volume, quote_volume, taker_buy_volume, trades, first_tick_id,"
	    " last_tick_id, origin, revision, complete FROM m5_candles"
	    " ORDER BY open_time_us DESC LIMIT 1; UPDATE symbols SET candles = candles + 1",
	    "is stored, but no tick of it"});
}

static void
a_candle_that_begins_inside_a_slot_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO m5_candles SELECT symbol_id, open_time_us + 1, open_e8, high_e8, low_e8,"
	    " close_e8, volume, quote_volume, taker_buy_volume, trades, first_tick_id,"
	    " last_tick_id, origin, revision, complete FROM m5_candles " SLOT_3
	    "; UPDATE symbols SET candles = candles + 1",
	    "candle 2023-11-14T22:30:00.000001Z does not begin where a slot does"});
}

static void
a_candle_with_a_revision_that_nobody_told_of_is_a_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO changes(symbol_id, from_us, to_us, told_us) VALUES(1, %jd, %jd, 5)",
	    (intmax_t)SLOT_US(1), (intmax_t)SLOT_US(2));
	assert_named(f, &(struct mutation){"UPDATE m5_candles SET revision = 1 " SLOT_3,
	    "candle 2023-11-14T22:30:00Z: its revision is 1, but 0 changes of it were told"});
}

static void
a_candle_whose_revision_was_not_raised_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "INSERT INTO changes(symbol_id, from_us, to_us, told_us) SELECT 1, open_time_us,"
	    " open_time_us + 300000000, 5 FROM m5_candles, (SELECT 1 UNION ALL SELECT 2) " SLOT_3,
	    "its revision is 0, but 2 changes of it were told"});
}

static void
a_revision_below_0_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET revision = -1 " SLOT_3,
	    "its revision is -1"});
}

/* Told when it came late, again when it changed; what retention took nobody can count. */
static void
revisions_that_were_told_are_sound(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE m5_candles SET revision = 1 " SLOT_3);
	run_sql(f, "INSERT INTO changes(symbol_id, from_us, to_us, told_us) SELECT 1, open_time_us,"
		   " open_time_us + 300000000, %jd FROM m5_candles,"
		   " (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) " SLOT_3,
	    (intmax_t)SLOT_US(SLOTS));
	run_sql(f, "DELETE FROM changes WHERE seq = 1");
	verify(f);
	assert_sound(f);
}

static void
a_candle_wrongly_called_incomplete_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET complete = 0 " SLOT_3,
	    "complete is stored as 0 instead of 1"});
}

static void
a_first_slot_is_complete_only_where_nothing_is_missing_before_it(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET complete = 1 WHERE open_time_us = 1700000100000000",
	    "candle 2023-11-14T22:15:00Z: complete is stored as 1 instead of 0"});
}

static void
a_first_slot_behind_the_edge_of_wholeness_is_complete(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE symbols SET whole_from_us = 1700000100000000");
	store_slot(f, 0, true);
	verify(f);
	assert_sound(f);
}

static void
a_first_slot_behind_the_edge_that_is_called_incomplete_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE symbols SET whole_from_us = 1699999800000000",
	    "candle 2023-11-14T22:15:00Z: complete is stored as 0 instead of 1"});
}

static void
a_first_slot_in_which_the_edge_lies_is_not_complete(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE symbols SET whole_from_us = 1700000400000000");
	store_slot(f, 0, true);
	verify(f);
	assert_one_fault(f, "complete is stored as 1 instead of 0");
}

static void
a_candle_beside_a_hole_must_not_be_complete(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 1, SLOT_ID(1), SLOT_ID(1), "open"); /* the first of slot 1 */
	store_slot(f, 0, false);
	store_slot(f, 1, true);
	verify(f);
	assert_one_fault(f, "candle 2023-11-14T22:20:00Z: complete is stored as 1 instead of 0");
}

static void
the_last_slot_may_stay_open(void **state)
{
	assert_named(*state, &(struct mutation){
	    "UPDATE m5_candles SET complete = 1 WHERE open_time_us = 1700002500000000",
	    "complete is stored as 1 instead of 0"});
}

static void
candles_from_history_are_left_alone(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO m5_candles VALUES(1, 1699999800000000, 1, 1, 1, 1, 1.0, 1.0, 1.0, 1,"
		   " NULL, NULL, 'klines', 0, 1)");
	run_sql(f, "UPDATE m5_candles SET origin = 'klines', complete = 1, high_e8 = high_e8 * 2"
		   " WHERE open_time_us = 1700000100000000"); /* the ticks begin in this one */
	settle_marks(f);
	verify(f);
	assert_sound(f);
}

static void
history_stays_where_ours_has_holes(void **state)
{
	struct fixture *f = *state;

	make_gap(f, 3, SLOT_ID(3) + 10, SLOT_ID(3) + 19, "unfillable");
	run_sql(f, "UPDATE m5_candles SET origin = 'klines', complete = 1, trades = 3000 " SLOT_3);
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.unfillable_ids, 10);
}

static void
history_in_the_place_of_a_complete_candle_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE m5_candles SET origin = 'klines' " SLOT_3,
	    "is of klines, but all of its ticks are stored"});
}

static void
stored_quotes_are_no_trades_and_no_holes(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + 5, -tick_id * 10, NULL, NULL,"
		   " price_e8, price_e8 + 1, 2, NULL FROM unified_ticks WHERE tick_id %% 100 = 0");
	settle_marks(f);
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.ids, TRADES);
	assert_true(f->report.rows > TRADES);
}

/* ---- counters ---- */

static void
a_counter_of_ticks_that_is_off_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE symbols SET ticks = ticks + 1",
	    "symbols.ticks says 25501, but 25500 rows are stored"});
}

static void
a_counter_of_candles_that_is_off_is_a_fault(void **state)
{
	assert_named(*state, &(struct mutation){"UPDATE symbols SET candles = candles - 1",
	    "symbols.candles says 8, but 9 rows are stored"});
}

/* ---- retention ---- */

/* Ticks before slot 2 are deleted, their candles stay. */
static void
freeze(struct fixture *f)
{
	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(2));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET frozen_us = %jd, first_id = %d", (intmax_t)SLOT_US(2),
	    FIRST_ID);
}

static void
what_retention_deleted_is_not_missing_and_its_candles_are_frozen(void **state)
{
	struct fixture *f = *state;

	freeze(f);
	run_sql(f, "UPDATE m5_candles SET high_e8 = high_e8 + 1 WHERE open_time_us = %jd",
	    (intmax_t)SLOT_US(1));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
	assert_int_equal(f->report.candles, SLOTS - 2);
}

static void
a_slot_behind_what_retention_deleted_is_not_frozen(void **state)
{
	struct fixture *f = *state;

	freeze(f);
	assert_named(f, &(struct mutation){"UPDATE m5_candles SET high_e8 = high_e8 + 1"
	    " WHERE open_time_us = 1700000700000000", ": high is stored as "});
}

static void
a_slot_behind_what_retention_deleted_stays_complete(void **state)
{
	struct fixture *f = *state;

	freeze(f);
	assert_named(f, &(struct mutation){"UPDATE m5_candles SET complete = 0"
	    " WHERE open_time_us = 1700000700000000", "complete is stored as 0 instead of 1"});
}

static void
a_tick_from_before_what_retention_deleted_is_a_fault(void **state)
{
	struct fixture *f = *state;

	freeze(f);
	assert_named(f, &(struct mutation){"INSERT INTO unified_ticks VALUES(1, 1700000600000000,"
	    " 6000, 1, 1, NULL, NULL, 1, NULL); UPDATE symbols SET ticks = ticks + 1",
	    "1 ticks are stored from before 2023-11-14T22:25:00Z, where all are deleted"});
}

static void
everything_may_be_deleted_by_retention(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DELETE FROM unified_ticks");
	run_sql(f, "UPDATE symbols SET ticks = 0, frozen_us = %jd", (intmax_t)SLOT_US(SLOTS));
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.ids, 0);
}

/* ---- halts ---- */

static void
a_long_pause_without_a_missing_id_is_told_and_no_fault(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "UPDATE unified_ticks SET time_us = time_us + 3600000000 WHERE time_us >= %jd",
	    (intmax_t)SLOT_US(SLOTS - 1));
	run_sql(f, "DELETE FROM m5_candles WHERE open_time_us = %jd", (intmax_t)SLOT_US(SLOTS - 1));
	store_slot(f, SLOTS - 1 + 12, false);
	settle_marks(f);
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.halts.count, 1);
	assert_int_equal(f->report.halts.items[0].to_us, SLOT_US(SLOTS - 1 + 12));
	assert_int_equal(f->report.halts.items[0].from_us, SLOT_US(SLOTS - 1) - STEP_US);
}

static void
a_long_pause_with_a_missing_id_is_no_halt(void **state)
{
	struct fixture *f = *state;

	make_gap(f, SLOTS - 1, SLOT_ID(SLOTS - 1), SLOT_ID(SLOTS - 1), "open");
	run_sql(f, "UPDATE unified_ticks SET time_us = time_us + 3600000000 WHERE time_us >= %jd",
	    (intmax_t)SLOT_US(SLOTS - 1));
	run_sql(f, "DELETE FROM m5_candles WHERE open_time_us = %jd", (intmax_t)SLOT_US(SLOTS - 1));
	store_slot(f, SLOTS - 2, false);
	store_slot(f, SLOTS - 1 + 12, false);
	settle_marks(f);
	verify(f);
	assert_sound(f);
	assert_int_equal(f->report.halts.count, 0);
}

/* ---- while the writer goes on ---- */

/* What comes while it reads must not look like a fault. */
struct growth {
	struct fixture *f;
	int pages;
};

static void
grow(void *context, int64_t rows)
{
	struct growth *growth = context;
	struct fixture *f = growth->f;

	run_sql(f, "BEGIN");
	if (growth->pages++ == 0) /* behind the reader: a late tick in a slot it has passed */
		run_sql(f, "INSERT INTO unified_ticks VALUES(1, 1700000700000001, 999999999, 1, 1,"
			   " NULL, NULL, 0, NULL)");
	/* Ahead of it: the open slot ends, the one after it begins, and goes on. */
	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + %d, tick_id + 1, price_e8,"
		   " volume_e8, NULL, NULL, 1, NULL FROM unified_ticks"
		   " WHERE flags & 1 ORDER BY time_us DESC LIMIT 1",
	    growth->pages == 1 ? 250000000 : 10000000);
	store_slot(f, SLOTS - 1, true);
	store_slot(f, SLOTS, false);
	settle_marks(f);
	run_sql(f, "COMMIT");
}

static void
a_writer_that_goes_on_is_no_fault(void **state)
{
	struct fixture *f = *state;
	struct growth growth = {.f = f};

	verify_with(f, grow, &growth);
	assert_int_equal(growth.pages, 2);
	assert_sound(f);
	assert_int_equal(f->report.ids, TRADES + 2);
}

/* A gap behind the reader is filled while it reads on. */
static void
fill(void *context, int64_t rows)
{
	struct growth *growth = context;
	struct fixture *f = growth->f;

	if (growth->pages++ > 0)
		return;
	run_sql(f, "BEGIN");
	run_sql(f, "INSERT INTO unified_ticks SELECT symbol_id, time_us + 1, tick_id + 1, price_e8,"
		   " volume_e8, NULL, NULL, 1, NULL FROM unified_ticks WHERE tick_id = 4009");
	run_sql(f, "UPDATE feed_gaps SET state = 'filled', filled_us = 4, missing_first_id = NULL,"
		   " missing_last_id = NULL, missing_from_us = NULL, missing_to_us = NULL");
	store_slot(f, 1, true);
	settle_marks(f);
	run_sql(f, "COMMIT");
}

static void
a_gap_that_is_filled_meanwhile_is_no_fault(void **state)
{
	struct fixture *f = *state;
	struct growth growth = {.f = f};

	make_gap(f, 1, 4010, 4010, "filling");
	verify_with(f, fill, &growth);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
}

/* Retention deletes what the reader has read, and some of what it will. */
static void
retain(void *context, int64_t rows)
{
	struct growth *growth = context;
	struct fixture *f = growth->f;

	if (growth->pages++ > 0)
		return;
	run_sql(f, "BEGIN");
	run_sql(f, "DELETE FROM unified_ticks WHERE time_us < %jd", (intmax_t)SLOT_US(SLOTS - 1));
	settle_marks(f);
	run_sql(f, "UPDATE symbols SET frozen_us = %jd, first_id = %d",
	    (intmax_t)SLOT_US(SLOTS - 1), FIRST_ID);
	run_sql(f, "COMMIT");
}

static void
what_retention_deletes_meanwhile_is_no_fault(void **state)
{
	struct fixture *f = *state;
	struct growth growth = {.f = f};

	verify_with(f, retain, &growth);
	assert_sound(f);
	assert_int_equal(f->report.hole_counts.holes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(a_sound_database_has_no_fault),
		PROMISE(a_candle_with_a_wrong_open_is_a_fault),
		PROMISE(a_candle_with_a_wrong_high_is_a_fault),
		PROMISE(a_candle_with_a_wrong_low_is_a_fault),
		PROMISE(a_candle_with_a_wrong_close_is_a_fault),
		PROMISE(a_candle_with_a_volume_off_by_one_bit_is_a_fault),
		PROMISE(a_candle_with_a_wrong_taker_volume_is_a_fault),
		PROMISE(a_candle_with_a_trade_too_many_is_a_fault),
		PROMISE(a_candle_with_a_wrong_first_or_last_id_is_a_fault),
		PROMISE(a_tick_with_a_wrong_price_is_a_fault_of_its_candle),
		PROMISE(a_candle_that_is_missing_is_a_fault),
		PROMISE(a_candle_that_retention_has_deleted_is_none),
		PROMISE(a_candle_without_ticks_is_a_fault),
		PROMISE(a_candle_that_begins_inside_a_slot_is_a_fault),
		PROMISE(a_candle_with_a_revision_that_nobody_told_of_is_a_fault),
		PROMISE(a_candle_whose_revision_was_not_raised_is_a_fault),
		PROMISE(a_revision_below_0_is_a_fault),
		PROMISE(revisions_that_were_told_are_sound),
		PROMISE(a_candle_wrongly_called_incomplete_is_a_fault),
		PROMISE(a_first_slot_is_complete_only_where_nothing_is_missing_before_it),
		PROMISE(a_first_slot_behind_the_edge_of_wholeness_is_complete),
		PROMISE(a_first_slot_behind_the_edge_that_is_called_incomplete_is_a_fault),
		PROMISE(a_first_slot_in_which_the_edge_lies_is_not_complete),
		PROMISE(a_candle_beside_a_hole_must_not_be_complete),
		PROMISE(the_last_slot_may_stay_open),
		PROMISE(candles_from_history_are_left_alone),
		PROMISE(history_stays_where_ours_has_holes),
		PROMISE(history_in_the_place_of_a_complete_candle_is_a_fault),
		PROMISE(stored_quotes_are_no_trades_and_no_holes),
		PROMISE(a_counter_of_ticks_that_is_off_is_a_fault),
		PROMISE(a_counter_of_candles_that_is_off_is_a_fault),
		PROMISE(what_retention_deleted_is_not_missing_and_its_candles_are_frozen),
		PROMISE(a_slot_behind_what_retention_deleted_is_not_frozen),
		PROMISE(a_slot_behind_what_retention_deleted_stays_complete),
		PROMISE(a_tick_from_before_what_retention_deleted_is_a_fault),
		PROMISE(everything_may_be_deleted_by_retention),
		PROMISE(a_long_pause_without_a_missing_id_is_told_and_no_fault),
		PROMISE(a_long_pause_with_a_missing_id_is_no_halt),
		PROMISE(a_writer_that_goes_on_is_no_fault),
		PROMISE(a_gap_that_is_filled_meanwhile_is_no_fault),
		PROMISE(what_retention_deletes_meanwhile_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
