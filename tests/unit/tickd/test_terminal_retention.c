#define _GNU_SOURCE
#include "tickd/store/terminal_retention.h"

#include "tests/unit/tickd/mt5_bench.h"
#include "tickd/store/retention.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
/* Our clock, years behind what the markets of these tests say. */
#define WALL_US (FIRST_US + 1000 * CLOCK_DAY_US)

struct old {
	struct mt5_bench bench;
	struct terminal_retention *retention;
	int64_t wall_us;
};

static void
old_open(struct old *old, void **state, const char *letters)
{
	*old = (struct old){.wall_us = WALL_US};
	bench_open(&old->bench, state, letters);
	old->retention = terminal_retention_create(&old->bench.settings, old->bench.db);
	assert_non_null(old->retention);
}

static void
old_close(struct old *old)
{
	terminal_retention_free(old->retention);
	bench_close(&old->bench);
}

/* All turns until there is nothing to do, some time later; returns how many changed something. */
static int
turn_all(struct old *old)
{
	int turns = 0;

	old->wall_us += CLOCK_DAY_US;
	while (terminal_retention_waits(old->retention, old->wall_us)) {
		int result = terminal_retention_turn(old->retention, old->wall_us);

		if (result < 0)
			fail_msg("not deleted: %s", database_error(old->bench.db));
		assert_true(result <= RETENTION_SLICE);
		turns += result > 0;
	}
	return turns;
}

/* Ten slots, a quote a second. */
static void
store_ten_slots(struct mt5_bench *bench, size_t symbol)
{
	for (int slot = 0; slot < 10; slot++)
		must_store_bids(bench, symbol, 300, FIRST_US + slot * CANDLE_M5_US, CLOCK_SECOND_US,
		    slot == 0 ? FIRST_US : TICK_NONE);
}

static void
check_counts(struct old *old)
{
	assert_int_equal(number(&old->bench,
	    "SELECT count(*) FROM symbols s WHERE ticks <> (SELECT count(*) FROM unified_ticks t"
	    " WHERE t.symbol_id = s.symbol_id) OR candles <> (SELECT count(*) FROM m5_candles c"
	    " WHERE c.symbol_id = s.symbol_id)"), 0);
}

/* ---- ticks and candles ---- */

static void
ticks_and_candles_of_a_connected_terminal_are_deleted_by_its_own_clock(void **state)
{
	struct store_symbol known;
	struct old old;
	int64_t changes;

	old_open(&old, state, "AB");
	store_ten_slots(&old.bench, 0);
	store_ten_slots(&old.bench, 1);
	changes = number(&old.bench, "SELECT count(*) FROM changes");
	old.bench.settings.retention.ticks_us = 4 * CANDLE_M5_US;
	old.bench.settings.retention.m5_candles_us = 7 * CANDLE_M5_US;
	turn_all(&old);
	/* The clock is in the tenth slot: four before it are kept. */
	assert_rows(&old.bench, "SELECT symbol, ticks, candles, (ticks_from_us - 1723200000000000) /"
	    " 300000000, (SELECT min(open_time_us) - 1723200000000000 FROM m5_candles c WHERE"
	    " c.symbol_id = s.symbol_id) / 300000000 FROM symbols s ORDER BY 1",
	    "A|1500|8|5|2|\nB|1500|8|5|2|\n");
	check_counts(&old);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM m5_candles WHERE NOT complete"
	    " AND open_time_us < 1723200000000000 + 9 * 300000000"), 0);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM changes"), changes);
	/* The session that is there goes on, and counts what is left. */
	must_store_bids(&old.bench, 0, 1, FIRST_US + 10 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	check_counts(&old);
	mt5_store_symbol(old.bench.store, 0, &known);
	assert_int_equal(known.ticks, 1501);
	assert_int_equal(known.first_us, FIRST_US + 5 * CANDLE_M5_US);
	assert_int_equal(number(&old.bench, "SELECT complete FROM m5_candles JOIN symbols"
	    " USING (symbol_id) WHERE symbol = 'A' AND open_time_us = 1723200000000000 +"
	    " 9 * 300000000"), 1);
	old_close(&old);
}

static void
each_source_goes_by_its_own_clock_and_symbols_that_are_named_no_more_go_with_it(void **state)
{
	struct mt5_bench second;
	struct old old;

	old_open(&old, state, "AB");
	store_ten_slots(&old.bench, 0);
	store_ten_slots(&old.bench, 1);
	bench_begin(&second, state, old.bench.db, "mt5-two");
	bench_must_hello(&second, "A");
	must_store_bids(&second, 0, 300, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&old.bench, "C");
	old.bench.settings.retention.ticks_us = CANDLE_M5_US;
	turn_all(&old);
	assert_rows(&old.bench, "SELECT source, symbol, ticks FROM symbols ORDER BY 1, 2",
	    "mt5|A|600|\nmt5|B|600|\nmt5|C|0|\nmt5-two|A|300|\n");
	check_counts(&old);
	bench_end(&second);
	old_close(&old);
}

static void
nothing_is_done_while_the_clock_stands_and_a_terminal_need_not_be_connected(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	store_ten_slots(&old.bench, 0);
	turn_all(&old);
	old.bench.settings.retention.ticks_us = CANDLE_M5_US;
	assert_int_equal(turn_all(&old), 0);
	must_store_bids(&old.bench, 0, 1, FIRST_US + 10 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	mt5_store_free(old.bench.store);
	old.bench.store = NULL;
	assert_true(turn_all(&old) > 0);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks"), 301);
	check_counts(&old);
	old_close(&old);
}

static void
holes_that_are_younger_than_what_was_deleted_stay_incomplete(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	store_ten_slots(&old.bench, 0);
	/* What came after the tenth slot could not be read. */
	must_store_bids(&old.bench, 0, 2, FIRST_US + 12 * CANDLE_M5_US + MINUTE_US, MINUTE_US,
	    FIRST_US + 12 * CANDLE_M5_US + MINUTE_US);
	old.bench.settings.retention.ticks_us = 5 * CANDLE_M5_US;
	turn_all(&old);
	terminal_retention_free(old.retention);
	old.retention = NULL;
	bench_restart(&old.bench);
	bench_must_hello(&old.bench, "A");
	must_store_bids(&old.bench, 0, 1, FIRST_US + 13 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	must_store_bids(&old.bench, 0, 1, FIRST_US + 14 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	assert_rows(&old.bench, "SELECT (open_time_us - 1723200000000000) / 300000000, complete"
	    " FROM m5_candles WHERE open_time_us >= 1723200000000000 + 9 * 300000000",
	    "9|0|\n12|0|\n13|1|\n14|0|\n");
	old_close(&old);
}

static void
a_tick_of_some_far_future_does_not_delete_everything(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	old.wall_us = FIRST_US + 9 * CANDLE_M5_US - CLOCK_DAY_US;
	store_ten_slots(&old.bench, 0);
	must_store_bids(&old.bench, 0, 1, FIRST_US + 5000 * CLOCK_DAY_US, MINUTE_US, TICK_NONE);
	old.bench.settings.retention.ticks_us = 6 * CANDLE_M5_US;
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT (min(time_us) - 1723200000000000) / 300000000"
	    " FROM unified_ticks"), 3);
	old_close(&old);
}

static void
sources_that_never_had_a_terminal_are_kept(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	store_ten_slots(&old.bench, 0);
	sql_run(handle_of(&old.bench), "DELETE FROM broker_accounts");
	old.bench.settings.retention.ticks_us = CANDLE_M5_US;
	assert_int_equal(turn_all(&old), 0);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM unified_ticks"), 3000);
	old_close(&old);
}

/* ---- what a venue said ---- */

/* `days` behind FIRST_US; closed_days < 0: it is open. */
static void
add_position(struct old *old, int ticket, int days, int closed_days)
{
	char sql[1024], closed[32] = "NULL";
	long long opened_us = FIRST_US + days * CLOCK_DAY_US;

	if (closed_days >= 0)
		snprintf(closed, sizeof(closed), "%lld",
		    (long long)(FIRST_US + closed_days * CLOCK_DAY_US));
	snprintf(sql, sizeof(sql), "INSERT INTO positions(source, account, ticket, symbol, direction,"
	    " volume_e8, price_open_e8, opened_us, closed_us) VALUES ('mt5', '123', %d, 'A', 'BUY', 1,"
	    " 1, %lld, %s); INSERT INTO position_events(source, account, ticket, time_us, kind, symbol,"
	    " direction, volume_e8, price_open_e8) VALUES ('mt5', '123', %d, %lld, 'open', 'A', 'BUY',"
	    " 1, 1)", ticket, opened_us, closed, ticket, opened_us);
	sql_run(handle_of(&old->bench), sql);
	if (closed_days < 0)
		return;
	snprintf(sql, sizeof(sql), "INSERT INTO position_events(source, account, ticket, time_us, kind,"
	    " symbol, direction, volume_e8, price_open_e8) VALUES ('mt5', '123', %d, %s, 'closed',"
	    " 'A', 'BUY', 1, 1)", ticket, closed);
	sql_run(handle_of(&old->bench), sql);
}

static void
closed_positions_go_with_their_events_and_open_ones_keep_theirs_however_old(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	add_position(&old, 1, 0, 10);
	add_position(&old, 2, 0, 60);
	add_position(&old, 3, 0, -1);
	add_position(&old, 4, 70, 80);
	must_store_bids(&old.bench, 0, 1, FIRST_US + 100 * CLOCK_DAY_US, MINUTE_US, FIRST_US);
	turn_all(&old);
	assert_int_equal(number(&old.bench, "SELECT count(*) FROM positions"), 4); /* 0: for ever */
	old.bench.settings.retention.positions_us = 50 * CLOCK_DAY_US;
	must_store_bids(&old.bench, 0, 1, FIRST_US + 101 * CLOCK_DAY_US, MINUTE_US, TICK_NONE);
	turn_all(&old);
	assert_rows(&old.bench, "SELECT ticket FROM positions ORDER BY 1", "2|\n3|\n4|\n");
	assert_rows(&old.bench, "SELECT ticket, kind FROM position_events ORDER BY 1, seq",
	    "2|open|\n2|closed|\n3|open|\n4|open|\n4|closed|\n");
	old_close(&old);
}

static void
old_states_of_an_account_and_old_results_go_and_the_newest_state_stays(void **state)
{
	struct old old;

	old_open(&old, state, "A");
	sql_run(handle_of(&old.bench), "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 4999) INSERT INTO account_events(source, account, time_us, balance)"
	    " SELECT 'mt5', '123', 1723200000000000 + i, i FROM n");
	sql_run(handle_of(&old.bench), "INSERT INTO account_events(source, account, time_us, balance)"
	    " VALUES ('other', '123', 1, 1);"
	    "INSERT INTO action_results(source, action_id, time_us, status) VALUES"
	    " ('mt5', 'a', 1723200000000000, 'done'), ('other', 'a', 1, 'done'),"
	    " ('mt5', 'b', 1723200000000000 + 10 * 86400000000, 'sent')");
	old.bench.settings.retention.positions_us = 5 * CLOCK_DAY_US;
	must_store_bids(&old.bench, 0, 1, FIRST_US + 12 * CLOCK_DAY_US, MINUTE_US, FIRST_US);
	assert_int_equal(turn_all(&old), 3 + 1); /* slices of 2000 */
	assert_rows(&old.bench, "SELECT source, balance FROM account_events ORDER BY seq",
	    "mt5|4999.0|\nother|1.0|\n");
	assert_rows(&old.bench, "SELECT source, action_id FROM action_results ORDER BY seq",
	    "other|a|\nmt5|b|\n");
	old_close(&old);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(ticks_and_candles_of_a_connected_terminal_are_deleted_by_its_own_clock),
		promise(each_source_goes_by_its_own_clock_and_symbols_that_are_named_no_more_go_with_it),
		promise(nothing_is_done_while_the_clock_stands_and_a_terminal_need_not_be_connected),
		promise(holes_that_are_younger_than_what_was_deleted_stay_incomplete),
		promise(a_tick_of_some_far_future_does_not_delete_everything),
		promise(sources_that_never_had_a_terminal_are_kept),
		promise(closed_positions_go_with_their_events_and_open_ones_keep_theirs_however_old),
		promise(old_states_of_an_account_and_old_results_go_and_the_newest_state_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
