#define _GNU_SOURCE
#include "analysisd/dtms/dtms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/dtms_run.h"

#define LOT INT64_C(100000000)
#define ENABLE_BUY                                                                                 \
	"{\"command\": \"dtms-enable\", \"ticket\": 5, \"symbol\": \"ONE\", \"direction\": \"BUY\","      \
	" \"entry_price\": \"101000\", \"volume\": \"2\", \"stop_loss\": \"90000\"}"
/* States and actions as they came. */
#define WALK                                                                                       \
	"SELECT state_from || '>' || state_to || ':' || action_type FROM dtms_actions ORDER BY id"
#define STATE "SELECT state FROM dtms_trades"
#define ACTIONS "SELECT action_type FROM dtms_actions"

static int
set_up(void **state)
{
	*state = run_open(NULL, 0);
	return 0;
}

static int
set_up_execute(void **state)
{
	static const char *const overrides[] = {"dtms.mode=execute"};

	*state = run_open(overrides, 1);
	return 0;
}

static int
tear_down(void **state)
{
	run_close(*state);
	return 0;
}

/* Minute by minute, as it is live. */
static void
live(struct dtms_run *run, int64_t from_us, int64_t until_us)
{
	for (int64_t at_us = from_us; at_us < until_us; at_us += MINUTE_US)
		run_to(run, at_us);
	run_to(run, until_us);
}

/* As it is live, until the query says anything; the clock is then a second past that instant. */
static int64_t
live_until(struct dtms_run *run, const char *sql)
{
	int64_t at_us = START_US + MINUTE_US + CLOCK_SECOND_US;

	char *said = run_query(run, sql);

	while (said[0] == '\0') {
		free(said);
		assert_true(at_us < START_US + 5 * HOUR_US);
		run_to(run, at_us += DTMS_GRID_US);
		said = run_query(run, sql);
	}
	free(said);
	return at_us;
}

/* ---- a trade that people enabled ---- */

static void
an_enabled_trade_walks_from_warning_to_hedge_to_closing(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", falling, START_US + 6 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	live(run, START_US + 2 * MINUTE_US, START_US + 5 * HOUR_US);
	assert_query(run, WALK,
	    "HEALTHY>WARNING_L1:tighten_sl WARNING_L1>WARNING_L2:partial_close"
	    " WARNING_L1>WARNING_L2:move_sl_breakeven WARNING_L2>HEDGED:open_hedge"
	    " WARNING_L2>HEDGED:start_flat_timer HEDGED>CLOSING:close_all");
	/* The flat timer, to the second; and never two transitions within 600 s. */
	assert_query(run, "SELECT max(time_us) - min(time_us) FROM dtms_actions WHERE"
			  " state_to = 'HEDGED' OR state_from = 'HEDGED'", "4500000000");
	assert_query(run, "SELECT min(gap) >= 600000000 FROM (SELECT time_us - lag(time_us) OVER"
			  " (ORDER BY time_us) AS gap FROM (SELECT DISTINCT time_us FROM dtms_actions))",
	    "1");
	assert_query(run, "SELECT DISTINCT mode || status FROM dtms_actions WHERE action_type NOT IN"
			  " ('start_flat_timer', 'move_sl_breakeven')", "adviseadvised");
	assert_query(run, "SELECT status FROM dtms_actions WHERE action_type = 'start_flat_timer'",
	    "done");
	/* The stop cannot go to an entry below which the price is. */
	assert_query(run, "SELECT status || ' ' || (error IS NOT NULL) FROM dtms_actions WHERE"
			  " action_type = 'move_sl_breakeven'", "skipped 1");
}

static void
an_enabled_trade_recovers_with_the_structure(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", recovering, START_US + 6 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	live(run, START_US + 2 * MINUTE_US, START_US + 4 * HOUR_US);
	assert_query(run, "SELECT state_to FROM dtms_actions WHERE action_type IN ('open_hedge',"
			  " 'start_recovery_timer', 're_add_position') ORDER BY id",
	    "HEDGED RECOVERING HEALTHY");
	assert_query(run, "SELECT max(time_us) - min(time_us) FROM dtms_actions WHERE action_type IN"
			  " ('start_recovery_timer', 're_add_position')", "1800000000");
}

static void
what_is_decided_is_told_once_it_is_stored(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", falling, START_US + 2 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	assert_int_equal(run->told, 0);
	(void)live_until(run, ACTIONS);
	assert_int_equal(run->told, 1);
	assert_string_equal(run->last_told, "sim:ONE manual/5 tighten_sl: first warning");
	assert_int_equal(run_figures(run).actions, 1);
	assert_int_equal(run_figures(run).trades, 1);
}

static void
an_instant_is_decided_a_second_after_it(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	run_to(run, START_US);
	run_ask_well(run, ENABLE_BUY);
	run_to(run, START_US + 31 * CLOCK_SECOND_US - 1);
	assert_query(run, "SELECT next_us FROM dtms_progress", "1723197630000000");
	run_to(run, START_US + 31 * CLOCK_SECOND_US);
	assert_query(run, "SELECT next_us FROM dtms_progress", "1723197660000000");
	assert_int_equal(run_figures(run).last_instant_us, START_US + 30 * CLOCK_SECOND_US);
}

static void
a_disabled_trade_is_closed_and_watched_no_more(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", falling, START_US + 2 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	run_to(run, START_US + 5 * MINUTE_US);
	run_ask_well(run, "{\"command\": \"dtms-disable\", \"ticket\": 5}");
	run_to(run, START_US + 2 * HOUR_US);
	assert_query(run, "SELECT state || ' ' || closed_reason || ' ' || (closed_us - 1723197600000000)"
			  " FROM dtms_trades", "CLOSED disabled 300000000");
	assert_query(run, WALK, "");
	assert_int_equal(run_figures(run).trades, 0);
	/* And it can be enabled again: another trade of that ticket. */
	run_ask_well(run, ENABLE_BUY);
	run_to(run, START_US + 2 * HOUR_US + 2 * MINUTE_US);
	assert_query(run, "SELECT closed_us IS NULL FROM dtms_trades ORDER BY registered_us", "0 1");
}

static void
a_break_of_character_closes_at_once(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", breaking, START_US + 2 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	live(run, START_US + 2 * MINUTE_US, START_US + HOUR_US);
	/* By the bar that closes at 10:15, and not later for the warning that came before. */
	assert_query(run, "SELECT action_type || time_us FROM dtms_actions WHERE state_to = 'CLOSING'",
	    "close_all1723198500000000");
	assert_query(run, "SELECT reason FROM dtms_actions WHERE state_to = 'CLOSING'",
	    "structure broke");
}

static void
old_data_moves_no_trade_and_it_is_shown_stale(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + 20 * MINUTE_US);
	run_symbol(run, 2, "sim", "TWO", quiet, START_US + 3 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	run_to(run, START_US + 30 * MINUTE_US);
	assert_query(run, "SELECT stale FROM dtms_trades", "0");
	/* The other symbol's clock goes on: bars of ONE are 600 s old and more. */
	run_to(run, START_US + 31 * MINUTE_US);
	assert_query(run, "SELECT stale FROM dtms_trades", "1");
	assert_int_equal(run_figures(run).stale, 1);
	run_to(run, START_US + 3 * HOUR_US);
	assert_query(run, WALK, "");
	assert_query(run, "SELECT count(*) FROM dtms_checks WHERE time_us > 1723197600000000 +"
			  " 1830000000", "0");
}

static void
a_source_without_trades_is_passed_over_without_a_write(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	live(run, START_US, START_US + HOUR_US);
	assert_query(run, "SELECT count(*) FROM dtms_progress", "0");
	assert_false(dtms_is_due(run->dtms));
}

static void
markets_are_loaded_one_by_one_before_the_instant_that_needs_them(void **state)
{
	static const char *const symbols[] = {"ONE", "TWO", "THREE"};
	struct dtms_run *run = *state;
	bool wrote;

	for (int i = 0; i < 3; i++) {
		run_symbol(run, i + 1, "mt5", symbols[i], quiet, START_US + HOUR_US);
		run_position(run, "mt5", START_US, "open", i + 1, symbols[i], "BUY", LOT, 0, "");
	}
	tick_store_clock(&run->store, 1, START_US + CLOCK_SECOND_US);
	assert_int_equal(market_reader_symbols(run->reader, on_run_symbol, run), 0);
	/* A turn without any time does one thing. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dtms_turn(run->dtms, 0, &wrote, &run->problem), 1);
		assert_false(wrote);
	}
	assert_int_equal(dtms_turn(run->dtms, 0, &wrote, &run->problem), 0);
	assert_true(wrote);
	assert_query(run, "SELECT count(*) FROM dtms_trades", "3");
}

/* ---- what the venue says ---- */

static void
a_position_of_the_venue_is_watched_without_stops(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "SELL", LOT, 0, "");
	run_to(run, START_US + 2 * MINUTE_US);
	assert_query(run, "SELECT account || ticket || direction || origin || registered_us"
			  " || (stop_loss_e8 IS NULL) FROM dtms_trades",
	    "79SELLvenue17231976600000001");
}

static void
volume_and_stops_are_what_the_venue_says(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", 4 * LOT, 0, "");
	run_position(run, "mt5", START_US + MINUTE_US, "changed", 9, "ONE", "BUY", 4 * LOT,
	    PRICE_E8 - 5 * LOT, "");
	run_position(run, "mt5", START_US + 2 * MINUTE_US, "changed", 9, "ONE", "BUY", 3 * LOT,
	    PRICE_E8 - 2 * LOT, "");
	run_to(run, START_US + 5 * MINUTE_US);
	assert_query(run, "SELECT json_array(initial_volume_e8 / 100000000,"
			  " current_volume_e8 / 100000000, closed_volume_e8 / 100000000,"
			  " (10000000000000 - stop_loss_e8) / 100000000,"
			  " (10000000000000 - initial_stop_loss_e8) / 100000000) FROM dtms_trades",
	    "[4,3,1,2,5]");
}

/* One that the trade got later says of the risk what a first one would: behind the entry, or nothing. */
static void
a_stop_that_comes_later_is_the_initial_one_only_behind_the_entry(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US, "open", 10, "ONE", "SELL", LOT, 0, "");
	for (int i = 0; i < 2; i++)
		run_position(run, "mt5", START_US + MINUTE_US, "changed", 9 + i, "ONE",
		    i == 0 ? "BUY" : "SELL", LOT, PRICE_E8, "");
	run_to(run, START_US + 2 * MINUTE_US);
	assert_query(run, "SELECT count(*) FROM dtms_trades WHERE initial_stop_loss_e8 IS NULL", "2");
	for (int i = 0; i < 2; i++)
		run_position(run, "mt5", START_US + 3 * MINUTE_US, "changed", 9 + i, "ONE",
		    i == 0 ? "BUY" : "SELL", LOT, PRICE_E8 - LOT, "");
	run_to(run, START_US + 4 * MINUTE_US);
	assert_query(run, "SELECT json_group_array((10000000000000 - initial_stop_loss_e8)"
			  " / 100000000) FROM dtms_trades ORDER BY ticket", "[1,null]");
}

/* What DTMS asked for itself tells no risk: R stays the ATR. */
static void
a_stop_that_dtms_asked_for_is_not_the_initial_one(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 5 * HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	at_us = live_until(run, ACTIONS);
	run_position(run, "mt5", at_us + CLOCK_SECOND_US, "changed", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	run_to(run, at_us + MINUTE_US);
	assert_query(run, "SELECT (stop_loss_e8 IS NULL) || (initial_stop_loss_e8 IS NULL)"
			  " FROM dtms_trades", "01");
}

static void
a_trade_ends_when_the_venue_says_so_and_by_nothing_else(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + 5 * HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	/* Hours without a word of it. */
	live(run, START_US, START_US + 3 * HOUR_US);
	run_restart(run);
	run_to(run, START_US + 4 * HOUR_US);
	assert_query(run, STATE, "HEALTHY");
	run_position(run, "mt5", START_US + 4 * HOUR_US, "closed", 9, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 4 * HOUR_US + MINUTE_US);
	assert_query(run, "SELECT state || ' ' || closed_reason FROM dtms_trades", "CLOSED sl");
}

static void
a_position_of_a_symbol_without_data_waits_for_it(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	live(run, START_US, START_US + 10 * MINUTE_US);
	assert_int_equal(run->told, 1); /* once */
	assert_query(run, STATE, "HEALTHY");
	assert_query(run, "SELECT count(*) FROM dtms_checks", "0");
	run_symbol(run, 2, "mt5", "TWO", quiet, START_US + HOUR_US);
	run_to(run, START_US + 20 * MINUTE_US);
	assert_query(run, "SELECT count(*) > 0 FROM dtms_checks", "1");
}

/* Until the trade of the venue is HEDGED, in execute; the token that the hedge has to carry. */
static char *
run_to_hedge(struct dtms_run *run)
{
	int64_t at_us = START_US + 2 * MINUTE_US;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 6 * HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	while (run_number(run, "SELECT count(*) FROM dtms_trades WHERE state = 'HEDGED'") == 0) {
		run_to(run, at_us += MINUTE_US);
		assert_true(at_us < START_US + 5 * HOUR_US);
	}
	return run_query(run, "SELECT token FROM dtms_actions WHERE action_type = 'open_hedge'");
}

static int64_t
hedged_since(struct dtms_run *run)
{
	return run_number(run, "SELECT time_us FROM dtms_actions WHERE action_type = 'open_hedge'");
}

static void
our_hedge_is_adopted_by_its_trade_and_no_trade_of_its_own(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	assert_query(run, "SELECT DISTINCT status FROM dtms_actions WHERE action_type = 'open_hedge'",
	    "pending");
	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_to(run, at_us + MINUTE_US);
	assert_query(run, "SELECT ticket || ' ' || hedge_ticket || ' ' || hedge_volume_e8 FROM"
			  " dtms_trades", "9 77 100000000");
	assert_query(run, "SELECT parent_ticket || kind FROM dtms_adopted", "9hedge");
	/* Also after a restart. */
	run_restart(run);
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, "SELECT hedge_ticket FROM dtms_trades", "77");
	free(token);
}

static void
a_hedge_that_its_own_stop_closed_brings_the_trade_back(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + 2 * MINUTE_US, "closed", 77, "ONE", "SELL", LOT, PRICE_E8,
	    token);
	run_to(run, at_us + 4 * MINUTE_US);
	assert_query(run, "SELECT state || (hedge_ticket IS NULL) FROM dtms_trades", "WARNING_L21");
	assert_query(run, "SELECT action_type FROM dtms_actions WHERE state_from = 'HEDGED'",
	    "stop_flat_timer");
	/* That it is said again is nothing of the next hedge. */
	while (run_number(run, "SELECT count(*) FROM dtms_trades WHERE state = 'HEDGED'") == 0) {
		run_to(run, at_us += MINUTE_US);
		assert_true(at_us < START_US + 5 * HOUR_US);
	}
	run_position(run, "mt5", at_us, "closed", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, STATE, "HEDGED");
	free(token);
}

static void
a_trade_that_is_closed_has_its_hedge_closed(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + MINUTE_US, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, "SELECT state_from || state_to || status FROM dtms_actions WHERE"
			  " action_type = 'close_hedge'", "HEDGEDCLOSEDpending");
	/* What opens for it from now on is nobody's: people are told. */
	assert_int_equal(run->alerts, 0);
	run_position(run, "mt5", at_us + 3 * MINUTE_US, "open", 78, "ONE", "SELL", LOT, 0, token);
	run_position(run, "mt5", at_us + 3 * MINUTE_US, "open", 79, "ONE", "SELL", LOT, 0,
	    "tdm0123456789abcdef");
	run_to(run, at_us + 5 * MINUTE_US);
	assert_int_equal(run->alerts, 3); /* those two, and that nobody took the order in time */
	assert_query(run, "SELECT count(*) FROM dtms_trades", "1");
	free(token);
}

static void
what_became(struct dtms_run *run, int64_t time_us, const char *action_id, const char *status,
    const char *comment)
{
	tick_store_execute(&run->store, "INSERT INTO action_results(source, action_id, time_us, status,"
	    " comment) VALUES('mt5', '%s', %lld, '%s', '%s')", action_id, (long long)time_us, status,
	    comment);
}

#define LEFT "mt5:ONE 7/77 -: the trade that it hedges is closed, and the order to close it came to "  \
	     "nothing: close it by hand if it is open still"

/* Its trade ends; `ret_id` is of the order to close the hedge, if that was written. */
static int64_t
leave_hedge(struct dtms_run *run, char **ret_id)
{
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + MINUTE_US, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + 2 * MINUTE_US);
	*ret_id = run_query(run, "SELECT action_id FROM dtms_actions WHERE"
				 " action_type = 'close_hedge'");
	assert_int_equal(run->alerts, 0);
	free(token);
	return at_us + 2 * MINUTE_US;
}

static void
a_hedge_that_could_not_be_closed_with_its_trade_is_an_alert(void **state)
{
	struct dtms_run *run = *state;
	char *action_id;
	int64_t at_us = leave_hedge(run, &action_id);

	what_became(run, at_us, action_id, "sent", "");
	what_became(run, at_us, action_id, "failed", "the market is closed, and then it expired");
	run_to(run, at_us + MINUTE_US);
	assert_int_equal(run->alerts, 1);
	assert_string_equal(run->last_told, LEFT);
	what_became(run, at_us + MINUTE_US, action_id, "done", ""); /* late, and all is well */
	run_to(run, at_us + 3 * MINUTE_US);
	assert_int_equal(run->alerts, 1);
	free(action_id);
}

static void
a_hedge_whose_order_nobody_took_in_time_is_an_alert(void **state)
{
	struct dtms_run *run = *state;
	char *action_id;
	int64_t at_us = leave_hedge(run, &action_id);

	run_to(run, at_us + 3 * MINUTE_US);
	assert_query(run, "SELECT error FROM dtms_actions WHERE action_type = 'close_hedge'",
	    "expired");
	assert_int_equal(run->alerts, 1);
	assert_string_equal(run->last_told, LEFT);
	run_to(run, at_us + 5 * MINUTE_US);
	assert_int_equal(run->alerts, 1);
	free(action_id);
}

static void
a_hedge_whose_order_is_held_back_is_an_alert(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + MINUTE_US, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + 20 * MINUTE_US); /* analysisd was away */
	assert_query(run, "SELECT error FROM dtms_actions WHERE action_type = 'close_hedge'",
	    "expired before it was decided");
	assert_int_equal(run->alerts, 1);
	assert_string_equal(run->last_told, LEFT);
	free(token);
}

#define VOLUMES "SELECT json_array(current_volume_e8 / 100000000, closed_volume_e8 / 100000000)"   \
		" FROM dtms_trades"

/* An order that re-adds to ticket 9, registered at START_US; its token ends with aa. */
static void
add_re_add(struct dtms_run *run)
{
	assert_int_equal(database_execute(run->analysis_db,
			     "INSERT INTO dtms_actions(action_id, token, account, ticket, registered_us,"
			     " source, symbol, action_type, parameters, reason, state_from, state_to,"
			     " market, mode, status, time_us, expires_us, created_us) VALUES('a',"
			     " 'tdm00000000000000aa', '7', 9, 1723197600000000, 'mt5', 'ONE',"
			     " 're_add_position', '{}', '', 'RECOVERING', 'HEALTHY', '{}', 'execute',"
			     " 'sent', 1, 2, 3)"), 0);
}

/* What closes or moves something opens nothing, whatever a venue writes into a comment. */
static void
a_position_with_the_token_of_an_order_that_opens_none_is_nobody_s(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + 2 * HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	add_re_add(run);
	assert_int_equal(database_execute(run->analysis_db,
			     "UPDATE dtms_actions SET action_type = 'partial_close'"), 0);
	run_position(run, "mt5", START_US + 6 * MINUTE_US, "open", 80, "ONE", "SELL", LOT, 0,
	    "tdm00000000000000aa");
	run_to(run, START_US + 7 * MINUTE_US);
	assert_query(run, VOLUMES, "[2,0]");
	assert_query(run, "SELECT count(*) FROM dtms_adopted", "0");
	assert_int_equal(run->alerts, 1);
}

static void
what_is_re_added_is_volume_of_its_trade(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + 2 * HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", 4 * LOT, 0, "");
	run_position(run, "mt5", START_US + 1, "changed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	add_re_add(run);
	run_position(run, "mt5", START_US + 6 * MINUTE_US, "open", 80, "ONE", "BUY", LOT, 0,
	    "tdm00000000000000aa by hand");
	run_to(run, START_US + 7 * MINUTE_US);
	/* What is open again is no longer closed. */
	assert_query(run, VOLUMES, "[3,1]");
	/* The trade's own position has 2 lots; one of them goes. */
	run_position(run, "mt5", START_US + 8 * MINUTE_US, "changed", 9, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 9 * MINUTE_US);
	assert_query(run, VOLUMES, "[2,2]");
	run_position(run, "mt5", START_US + 10 * MINUTE_US, "closed", 80, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 11 * MINUTE_US);
	assert_query(run, VOLUMES, "[1,2]");
}

/* A venue that says it twice, or takes it back, as after a lost connection. */
static void
what_is_re_added_is_closed_once_however_often_the_venue_says_so(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = START_US + 6 * MINUTE_US;

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + 2 * HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, START_US + 5 * MINUTE_US);
	add_re_add(run);
	run_position(run, "mt5", at_us, "open", 80, "ONE", "BUY", LOT, 0, "tdm00000000000000aa");
	run_position(run, "mt5", at_us + 1, "closed", 80, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", at_us + 2, "closed", 80, "ONE", "BUY", LOT, 0, "");
	run_to(run, at_us + MINUTE_US);
	assert_query(run, VOLUMES, "[2,0]");
	run_position(run, "mt5", at_us + 2 * MINUTE_US, "open", 80, "ONE", "BUY", LOT, 0,
	    "tdm00000000000000aa");
	run_to(run, at_us + 3 * MINUTE_US);
	assert_query(run, VOLUMES, "[3,0]");
	assert_query(run, "SELECT closed_us IS NULL FROM dtms_adopted", "1");
}

/* Until the first warning asks for its stop. */
static int64_t
live_to_warning(struct dtms_run *run)
{
	run_symbol(run, 1, "mt5", "ONE", falling, START_US + 5 * HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	return live_until(run, ACTIONS);
}

static void
what_the_venue_answers_is_the_actions_status(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = live_to_warning(run);

	assert_query(run, "SELECT action_type || mode || status FROM dtms_actions",
	    "tighten_slexecutepending");
	tick_store_execute(&run->store, "INSERT INTO action_results(source, action_id, time_us, status,"
	    " comment) VALUES('mt5', '7/9/HEALTHY>WARNING_L1/%lld/tighten_sl', %lld, 'failed',"
	    " 'invalid stops')", (long long)(at_us - CLOCK_SECOND_US),
	    (long long)(at_us + CLOCK_SECOND_US));
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, "SELECT status || ' ' || error FROM dtms_actions", "failed invalid stops");
}

static void
an_order_that_nobody_took_expires(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = live_to_warning(run);

	assert_query(run, "SELECT status || (expires_us - time_us) FROM dtms_actions",
	    "pending60000000");
	run_to(run, at_us + MINUTE_US);
	assert_query(run, "SELECT status FROM dtms_actions", "pending");
	run_to(run, at_us + MINUTE_US + DTMS_GRID_US);
	assert_query(run, "SELECT status || ' ' || error FROM dtms_actions", "skipped expired");
}

/* Nothing else is to be done then, and it expires all the same. */
static void
the_last_order_of_the_last_trade_expires_as_well(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + MINUTE_US, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + 2 * MINUTE_US);
#define CLOSE_HEDGE "SELECT status || coalesce(error, '') FROM dtms_actions WHERE action_type ="     \
		    " 'close_hedge'"
	assert_query(run, CLOSE_HEDGE, "pending");
	assert_int_equal(run_figures(run).trades, 0);
	/* Decided 29 s after the close, at the next instant. */
	run_to(run, at_us + MINUTE_US + 29 * CLOCK_SECOND_US + MINUTE_US + CLOCK_SECOND_US);
	assert_query(run, CLOSE_HEDGE, "pending");
	run_restart(run);
	run_to(run, at_us + 5 * MINUTE_US);
	assert_query(run, CLOSE_HEDGE, "skippedexpired");
	free(token);
}

static void
an_order_is_of_its_account_whatever_the_ticket_is(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us;

	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	tick_store_execute(&run->store, "UPDATE position_events SET account = '8'");
	at_us = live_to_warning(run);
#define STATUSES "SELECT account || status FROM dtms_actions ORDER BY account"
	assert_query(run, STATUSES, "7pending 8pending");
	run_position(run, "mt5", at_us, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + DTMS_GRID_US);
	assert_query(run, STATUSES, "7skipped 8pending");
}

static void
an_order_that_is_late_from_the_start_is_never_pending(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	/* All at once: analysisd was away. */
	run_to(run, START_US + 40 * MINUTE_US);
	assert_query(run, "SELECT DISTINCT status FROM dtms_actions", "skipped");
	assert_query(run, "SELECT state_to FROM dtms_actions LIMIT 1", "WARNING_L1");
}

static void
a_wide_spread_holds_everything_back_but_closing(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	tick_store_execute(&run->store, "UPDATE unified_ticks SET ask_e8 = bid_e8 + 900000000 WHERE"
	    " time_us >= %lld", (long long)(START_US + 14 * MINUTE_US));
	(void)live_until(run, ACTIONS);
	assert_query(run, "SELECT status || ' ' || (error LIKE '%spread%') FROM dtms_actions",
	    "skipped 1");
	assert_query(run, STATE, "WARNING_L1");
}

/* A hedge whose trade is closed protects nothing: rails.h. */
static void
a_wide_spread_does_not_hold_back_the_hedge_of_a_closed_trade(void **state)
{
	struct dtms_run *run = *state;
	char *token = run_to_hedge(run);
	int64_t at_us = hedged_since(run) + CLOCK_SECOND_US;

	tick_store_execute(&run->store, "UPDATE unified_ticks SET ask_e8 = bid_e8 + 900000000 WHERE"
	    " time_us >= %lld", (long long)at_us);
	run_position(run, "mt5", at_us, "open", 77, "ONE", "SELL", LOT, PRICE_E8, token);
	run_position(run, "mt5", at_us + MINUTE_US, "closed", 9, "ONE", "BUY", 2 * LOT, 0, "");
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, "SELECT state_from || state_to || status FROM dtms_actions WHERE"
			  " action_type = 'close_hedge'", "HEDGEDCLOSEDpending");
	free(token);
}

/* ---- off and on ---- */

static void
off_stops_all_at_once_and_over_a_restart(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = live_to_warning(run);

	assert_query(run, "SELECT status FROM dtms_actions", "pending");
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	assert_query(run, "SELECT status || error FROM dtms_actions", "skippedDTMS is off");
	assert_true(run_figures(run).off);
	run_restart(run);
	live(run, at_us, START_US + 2 * HOUR_US);
	assert_true(run_figures(run).off);
	assert_query(run, "SELECT count(*) || ' ' || max(state_to) FROM dtms_actions", "1 WARNING_L1");
	/* What the venue closes is closed all the same. */
	run_position(run, "mt5", START_US + 2 * HOUR_US, "open", 10, "ONE", "BUY", LOT, 0, "");
	run_position(run, "mt5", START_US + 2 * HOUR_US + MINUTE_US, "closed", 10, "ONE", "BUY", LOT,
	    0, "");
	run_to(run, START_US + 2 * HOUR_US + 3 * MINUTE_US);
	assert_query(run, STATE " WHERE ticket = 10", "CLOSED");
	run_ask_well(run, "{\"command\": \"dtms-on\"}");
	live(run, START_US + 2 * HOUR_US + 3 * MINUTE_US, START_US + 3 * HOUR_US);
	assert_false(run_figures(run).off);
	assert_query(run, "SELECT count(*) > 1 FROM dtms_actions", "1");
}

/* It went out before people said so; tickd had stored that, and no instant taken it in. */
static void
what_was_sent_before_off_is_what_the_venue_says_it_is(void **state)
{
	struct dtms_run *run = *state;
	int64_t at_us = live_to_warning(run);

	tick_store_execute(&run->store, "INSERT INTO action_results(source, action_id, time_us, status,"
	    " comment) VALUES('mt5', '7/9/HEALTHY>WARNING_L1/%lld/tighten_sl', %lld, 'sent', '')",
	    (long long)(at_us - CLOCK_SECOND_US), (long long)(at_us + 1));
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	assert_query(run, "SELECT status FROM dtms_actions", "skipped");
	tick_store_execute(&run->store, "INSERT INTO action_results(source, action_id, time_us, status,"
	    " comment) SELECT source, action_id, time_us + 1, 'done', NULL FROM action_results");
	run_to(run, at_us + 2 * MINUTE_US);
	assert_query(run, "SELECT status || (error IS NULL) FROM dtms_actions", "done1");
}

static void
off_that_waits_for_its_instant_holds_back_what_is_decided_before(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "mt5", "ONE", falling, START_US + HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "ONE", "BUY", 2 * LOT,
	    PRICE_E8 / 2, "");
	run_to(run, START_US + 5 * MINUTE_US);
	/* The clock is ahead of what is decided: that of the first warning is among what is due. */
	tick_store_execute(&run->store, "UPDATE symbols SET newest_us = %lld",
	    (long long)(START_US + 20 * MINUTE_US));
	assert_int_equal(market_reader_symbols(run->reader, on_run_symbol, run), 0);
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	run_to(run, START_US + HOUR_US);
	assert_query(run, "SELECT state_to || status || error FROM dtms_actions",
	    "WARNING_L1skippedDTMS is off");
}

static void
a_source_that_comes_later_is_off_as_well(void **state)
{
	struct dtms_run *run = *state;

	run_symbol(run, 1, "sim", "ONE", quiet, START_US + HOUR_US);
	run_to(run, START_US);
	run_ask_well(run, "{\"command\": \"dtms-off\"}");
	run_symbol(run, 2, "mt5", "TWO", falling, START_US + HOUR_US);
	run_position(run, "mt5", START_US + MINUTE_US, "open", 9, "TWO", "BUY", LOT, 0, "");
	run_to(run, START_US + 40 * MINUTE_US);
	assert_query(run, STATE, "HEALTHY");
	assert_query(run, "SELECT off FROM dtms_progress WHERE source = 'mt5'", "1");
	assert_query(run, "SELECT count(*) FROM dtms_actions", "0");
}

/* ---- order flow that is lent ---- */

static void
an_instant_waits_for_the_lenders_clock_for_five_seconds(void **state)
{
	static const char *const overrides[] = {"mt5.aliases=ONE=sim:TWO"};
	struct dtms_run *run = run_open(overrides, 1);

	run_symbol(run, 1, "mt5", "ONE", quiet, START_US + HOUR_US);
	run_symbol(run, 2, "sim", "TWO", quiet, START_US + HOUR_US);
	run_position(run, "mt5", START_US, "open", 9, "ONE", "BUY", LOT, 0, "");
	run_to(run, START_US + 2 * CLOCK_SECOND_US);
	assert_int_equal(run_figures(run).last_instant_us, START_US);
	tick_store_clock(&run->store, 1, START_US + 32 * CLOCK_SECOND_US);
	run_drain(run);
	assert_int_equal(run_figures(run).last_instant_us, START_US);
	tick_store_clock(&run->store, 1, START_US + 35 * CLOCK_SECOND_US);
	run_drain(run);
	assert_int_equal(run_figures(run).last_instant_us, START_US + 30 * CLOCK_SECOND_US);
	tick_store_clock(&run->store, 1, START_US + 62 * CLOCK_SECOND_US);
	tick_store_clock(&run->store, 2, START_US + 60 * CLOCK_SECOND_US);
	run_drain(run);
	assert_int_equal(run_figures(run).last_instant_us, START_US + 60 * CLOCK_SECOND_US);
	assert_query(run, "SELECT json_extract(market, '$.flow.lent') FROM dtms_checks", "1");
	run_close(run);
}

/* ---- the same when run again ---- */

/* Trades of people and of the venue, on two sources, said in advance. */
static void
fill_scene(struct dtms_run *run)
{
	static const char *const texts[] = {"open", "changed", "closed"};

	run_symbol(run, 1, "mt5", "ONE", recovering, START_US + 5 * HOUR_US);
	run_symbol(run, 2, "mt5", "TWO", falling, START_US + 5 * HOUR_US);
	run_symbol(run, 3, "sim", "THREE", breaking, START_US + 5 * HOUR_US);
	for (int64_t ticket = 1; ticket <= 6; ticket++)
		for (int i = 0; i < (ticket % 3 == 0 ? 3 : 1); i++)
			run_position(run, "mt5", START_US + (i * 70 + ticket) * MINUTE_US + i,
			    texts[i], ticket, ticket % 2 == 0 ? "ONE" : "TWO",
			    ticket < 4 ? "BUY" : "SELL", (4 - i) * LOT, i == 0 ? 0 : PRICE_E8 / 2, "");
	assert_int_equal(database_execute(run->analysis_db,
			     "INSERT INTO dtms_events(source, time_us, kind, account, ticket, trade,"
			     " created_us) VALUES('sim', 1723197605000000, 'enable', 'manual', 50,"
			     " '{\"ticket\": 50, \"source\": \"sim\", \"symbol\": \"THREE\","
			     " \"direction\": \"BUY\", \"entry_price\": \"99000\", \"volume\": \"1\"}', 0),"
			     " ('sim', 1723199000000000, 'off', NULL, NULL, NULL, 0),"
			     " ('sim', 1723201000000000, 'on', NULL, NULL, NULL, 0),"
			     " ('mt5', 1723202000000000, 'disable', '7', 5, NULL, 0)"), 0);
}

static void
restarts_at_any_instant_give_the_same_bytes_as_one_run(void **state)
{
	struct dtms_run *run = run_open(NULL, 0), *other;
	char *live_said, *again;
	unsigned seed = 8;

	fill_scene(run);
	for (int64_t at_us = START_US; at_us < START_US + 5 * HOUR_US;
	    at_us += CLOCK_SECOND_US + rand_r(&seed) % (50 * CLOCK_SECOND_US))
		run_to(run, at_us);
	run_to(run, START_US + 5 * HOUR_US);
	live_said = run_everything(run);
	assert_true(run_number(run, "SELECT count(DISTINCT state_to) FROM dtms_actions") >= 5);

	for (int way = 0; way < 3; way++) {
		other = run_open(NULL, 0);
		fill_scene(other);
		/* Way 0 is a replay: all of it at once. */
		for (int64_t at_us = START_US; at_us < START_US + 5 * HOUR_US && way > 0;
		    at_us += rand_r(&seed) % (1200 * CLOCK_SECOND_US)) {
			run_to(other, at_us);
			run_restart(other);
		}
		run_to(other, START_US + 5 * HOUR_US);
		again = run_everything(other);
		assert_string_equal(live_said, again);
		free(again);
		run_close(other);
	}
	free(live_said);
	run_close(run);
}

static void
what_is_old_is_deleted_and_the_rest_stays(void **state)
{
	static const char *const overrides[] = {"retention.dtms_actions=60m"};
	struct dtms_run *run = run_open(overrides, 1);

	run_symbol(run, 1, "sim", "ONE", falling, START_US + 5 * HOUR_US);
	run_to(run, START_US + MINUTE_US);
	run_ask_well(run, ENABLE_BUY);
	live(run, START_US + 2 * MINUTE_US, START_US + 2 * HOUR_US);
	assert_true(dtms_retain(run->dtms, 1000, &run->problem) > 0);
	assert_query(run, "SELECT min(time_us) >= 1723197600000000 + 3600000000 FROM"
			  " (SELECT time_us FROM dtms_actions UNION SELECT time_us FROM dtms_checks)",
	    "1");
	assert_query(run, STATE, "HEDGED");
	assert_int_equal(dtms_retain(run->dtms, 1000, &run->problem), 0);
	run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define EXECUTE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_execute, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_enabled_trade_walks_from_warning_to_hedge_to_closing),
		TEST(an_enabled_trade_recovers_with_the_structure),
		TEST(what_is_decided_is_told_once_it_is_stored),
		TEST(an_instant_is_decided_a_second_after_it),
		TEST(a_disabled_trade_is_closed_and_watched_no_more),
		TEST(a_break_of_character_closes_at_once),
		TEST(old_data_moves_no_trade_and_it_is_shown_stale),
		TEST(a_source_without_trades_is_passed_over_without_a_write),
		TEST(markets_are_loaded_one_by_one_before_the_instant_that_needs_them),
		TEST(a_position_of_the_venue_is_watched_without_stops),
		TEST(volume_and_stops_are_what_the_venue_says),
		TEST(a_stop_that_comes_later_is_the_initial_one_only_behind_the_entry),
		EXECUTE_TEST(a_stop_that_dtms_asked_for_is_not_the_initial_one),
		TEST(a_trade_ends_when_the_venue_says_so_and_by_nothing_else),
		TEST(a_position_of_a_symbol_without_data_waits_for_it),
		EXECUTE_TEST(our_hedge_is_adopted_by_its_trade_and_no_trade_of_its_own),
		EXECUTE_TEST(a_hedge_that_its_own_stop_closed_brings_the_trade_back),
		EXECUTE_TEST(a_trade_that_is_closed_has_its_hedge_closed),
		EXECUTE_TEST(a_hedge_that_could_not_be_closed_with_its_trade_is_an_alert),
		EXECUTE_TEST(a_hedge_whose_order_nobody_took_in_time_is_an_alert),
		EXECUTE_TEST(a_hedge_whose_order_is_held_back_is_an_alert),
		EXECUTE_TEST(a_position_with_the_token_of_an_order_that_opens_none_is_nobody_s),
		EXECUTE_TEST(what_is_re_added_is_volume_of_its_trade),
		EXECUTE_TEST(what_is_re_added_is_closed_once_however_often_the_venue_says_so),
		EXECUTE_TEST(what_the_venue_answers_is_the_actions_status),
		EXECUTE_TEST(an_order_that_nobody_took_expires),
		EXECUTE_TEST(the_last_order_of_the_last_trade_expires_as_well),
		EXECUTE_TEST(an_order_is_of_its_account_whatever_the_ticket_is),
		EXECUTE_TEST(an_order_that_is_late_from_the_start_is_never_pending),
		EXECUTE_TEST(a_wide_spread_holds_everything_back_but_closing),
		EXECUTE_TEST(a_wide_spread_does_not_hold_back_the_hedge_of_a_closed_trade),
		EXECUTE_TEST(off_stops_all_at_once_and_over_a_restart),
		EXECUTE_TEST(what_was_sent_before_off_is_what_the_venue_says_it_is),
		EXECUTE_TEST(off_that_waits_for_its_instant_holds_back_what_is_decided_before),
		TEST(a_source_that_comes_later_is_off_as_well),
		cmocka_unit_test(an_instant_waits_for_the_lenders_clock_for_five_seconds),
		cmocka_unit_test(restarts_at_any_instant_give_the_same_bytes_as_one_run),
		cmocka_unit_test(what_is_old_is_deleted_and_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
