/*
 * Ticks are read while their slot forms; what is stored at its close is what reading it then would
 * give, however late ticks come.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

#define SLOTS 14 /* more than the half hour that the flow looks back on */

/* The kinds of sources: single trades, aggregates, trades with quotes between, quotes alone. */
enum kind { TRADES = 1, AGGREGATES, TRADES_AND_QUOTES, QUOTES };

struct tape {
	struct fixture *f;
	unsigned seed;
	int64_t clock_us, id;
};

static int
chance(struct tape *tape, int below)
{
	return rand_r(&tape->seed) % below;
}

/* The candle that tickd would keep, and the change that it would tell of a slot that is over. */
static void
count_into_candle(struct tape *tape, enum kind kind, int64_t slot_us)
{
	struct tick_store *store = &tape->f->store;

	if (tape->clock_us >= slot_us + CANDLE_M5_US + CLOCK_SECOND_US)
		tick_store_revise(store, kind, slot_us, (int)tape->id);
	else
		tick_store_candle(store, kind, slot_us, "ticks", 0);
	tick_store_execute(store, "UPDATE m5_candles SET trades = (SELECT coalesce(sum(coalesce("
	    "trade_count, 1)), 0) FROM unified_ticks WHERE symbol_id = %d AND time_us >= %lld AND"
	    " time_us < %lld AND flags & %d) WHERE symbol_id = %d AND open_time_us = %lld", kind,
	    (long long)slot_us, (long long)(slot_us + CANDLE_M5_US),
	    kind == QUOTES ? TICK_QUOTE : TICK_TRADE, kind, (long long)slot_us);
}

static void
add_tick(struct tape *tape, enum kind kind, int64_t time_us)
{
	struct tick_store *store = &tape->f->store;
	bool quote = kind == QUOTES || (kind == TRADES_AND_QUOTES && chance(tape, 2) == 0);

	tick_store_trade(store, kind, time_us, ++tape->id, 1000 + chance(tape, 9),
	    1 + chance(tape, 99), chance(tape, 2) == 0);
	if (quote)
		tick_store_execute(store, "UPDATE unified_ticks SET flags = %d, price_e8 = NULL,"
		    " volume_e8 = NULL WHERE tick_id = %lld", TICK_QUOTE, (long long)tape->id);
	if (kind == AGGREGATES)
		tick_store_execute(store, "UPDATE unified_ticks SET trade_count = %d WHERE tick_id = %lld",
		    1 + chance(tape, 4), (long long)tape->id);
	count_into_candle(tape, kind, candle_slot(time_us));
}

/* Most come in time; some are seconds late, a few a minute, which may be after the slot's end. */
static int64_t
lateness(struct tape *tape)
{
	switch (chance(tape, 40)) {
	case 0:
		return chance(tape, 60 * (int)CLOCK_SECOND_US);
	case 1:
		return chance(tape, 3 * (int)CLOCK_SECOND_US);
	default:
		return chance(tape, (int)CLOCK_SECOND_US);
	}
}

static void
go_on(struct tape *tape)
{
	int64_t pause_us = 1 + chance(tape, 30) * chance(tape, 30) * 20000;

	tape->clock_us += pause_us;
	for (int i = chance(tape, 5); i > 0; i--)
		add_tick(tape, (enum kind)(1 + chance(tape, 4)), tape->clock_us - lateness(tape));
	tick_store_clock(&tape->f->store, 1, tape->clock_us);
}

static void
ticks_read_ahead_give_what_reading_at_the_close_gives(void **state)
{
	struct fixture *f = *state;
	struct tape tape = {.f = f, .seed = 3, .clock_us = DAY_US};

	tick_store_symbol(&f->store, TRADES, "sim", "TRADES");
	tick_store_symbol(&f->store, AGGREGATES, "sim", "AGGREGATES");
	tick_store_symbol(&f->store, TRADES_AND_QUOTES, "sim", "BOTH");
	tick_store_symbol(&f->store, QUOTES, "sim", "QUOTES");
	tick_store_candles(&f->store, TRADES, DAY_US - HOUR_US, DAY_US, "klines");
	while (tape.clock_us < DAY_US + SLOTS * CANDLE_M5_US) {
		go_on(&tape);
		turn(f, chance(&tape, 20) == 0 ? 0 : LONG_US);
		if (chance(&tape, 400) == 0)
			restart(f);
	}
	drain(f);
	assert_as_if_computed_anew(f);
}

/* "DEFINED of ALL" of the newest candle's ten windows. */
#define WINDOWS_WITH_Z                                                                             \
	"SELECT (SELECT count(*) FROM json_each(result) j WHERE j.key LIKE 'w%' AND"               \
	" json_extract(j.value, '$.z') IS NOT NULL) FROM analysis_results WHERE"                    \
	" analysis_type = 'probe_ticks' ORDER BY time_us DESC LIMIT 1"

/* Trades of changing size every ten seconds, with their candles. */
static void
fill_trades(struct fixture *f, int64_t from_us, int64_t before_us)
{
	int64_t id = from_us / CLOCK_SECOND_US;

	tick_store_candles(&f->store, 1, from_us, before_us, "ticks");
	for (int64_t us = from_us; us < before_us; us += 10 * CLOCK_SECOND_US, id++)
		tick_store_trade(&f->store, 1, us, id, 100, 1 + (int)(id * 7919 % 97), id % 3 == 0);
}

static void
the_flow_of_a_slot_is_known_at_once_after_a_start(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	fill_trades(f, DAY_US, DAY_US + HOUR_US);
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US - CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	restart(f);
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, WINDOWS_WITH_Z, "10");
}

static void
the_flow_is_undefined_where_trades_are_not_stored(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US - HOUR_US, DAY_US, "klines");
	fill_trades(f, DAY_US, DAY_US + HOUR_US);
	/* Half an hour after the klines the first window has 60 before it. */
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US / 2 + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, WINDOWS_WITH_Z, "0");
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US / 2 + CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, WINDOWS_WITH_Z, "10");
	/* The same where it is said that ticks begin a minute after the first candle. */
	tick_store_execute(&f->store, "UPDATE symbols SET ticks_from_us = %lld",
	    (long long)(DAY_US + 60 * CLOCK_SECOND_US));
	tick_store_revise(&f->store, 1, DAY_US, 0);
	drain(f);
	assert_answer(f, WINDOWS_WITH_Z, "8");
	assert_as_if_computed_anew(f);
}

/* ---- ticks that are no longer stored ---- */

#define TICK_ROWS                                                                                  \
	"SELECT group_concat(time_us || ' ' || result || ' ' || created_us, char(10)) FROM (SELECT" \
	" * FROM analysis_results WHERE analysis_type = 'probe_ticks' ORDER BY time_us)"

/* As tickd does it: what is older than the edge, which it says first. */
static void
delete_ticks(struct fixture *f, int64_t edge_us)
{
	tick_store_execute(&f->store, "UPDATE symbols SET frozen_us = %lld, ticks_from_us = %lld",
	    (long long)edge_us, (long long)edge_us);
	tick_store_execute(&f->store, "DELETE FROM unified_ticks WHERE time_us < %lld",
	    (long long)edge_us);
}

static void
what_was_said_of_ticks_stays_when_they_are_deleted(void **state)
{
	struct fixture *f = *state;
	char *before, *after;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	fill_trades(f, DAY_US, DAY_US + 4 * HOUR_US);
	tick_store_clock(&f->store, 1, DAY_US + 4 * HOUR_US + CLOCK_SECOND_US);
	drain(f);
	before = ask(f, TICK_ROWS);
	delete_ticks(f, DAY_US + 2 * HOUR_US);
	/* A candle of an hour before is said to have changed, and then everything may have. */
	tick_store_execute(&f->store, "INSERT INTO changes(symbol_id, from_us, to_us) VALUES(1, %lld,"
	    " %lld)", (long long)(DAY_US + HOUR_US), (long long)(DAY_US + HOUR_US));
	drain(f);
	stop(f);
	tick_store_execute(&f->store, "INSERT INTO changes(symbol_id, from_us, to_us) VALUES(1, 1, 1);"
	    " DELETE FROM changes");
	start(f);
	drain(f);
	assert_true(figures_of(f).analysed >= 48);
	after = ask(f, TICK_ROWS);
	assert_same_lines(before, after);
	assert_same_lines(after, before);
	free(before);
	free(after);
}

static void
what_does_not_look_at_ticks_follows_its_candles_when_they_are_deleted(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	fill_trades(f, DAY_US, DAY_US + 4 * HOUR_US);
	tick_store_clock(&f->store, 1, DAY_US + 4 * HOUR_US + CLOCK_SECOND_US);
	drain(f);
	delete_ticks(f, DAY_US + 2 * HOUR_US);
	tick_store_candles(&f->store, 1, DAY_US - HOUR_US, DAY_US, "klines"); /* history, late */
	tick_store_execute(&f->store, "UPDATE symbols SET history_until_us = %lld",
	    (long long)DAY_US);
	drain(f);
	assert_answer(f, "SELECT json_extract(result, '$.bars') FROM analysis_results WHERE"
			 " analysis_type = 'probe_frame' AND timeframe = 'M5' AND time_us ="
			 " 1723161600000000", "13");
}

/* tickd says first, and deletes in slices: what is still there is a part. */
static void
of_ticks_that_are_being_deleted_nothing_is_said(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	fill_trades(f, DAY_US, DAY_US + HOUR_US);
	delete_ticks(f, DAY_US + 60 * CLOCK_SECOND_US);
	tick_store_execute(&f->store, "UPDATE symbols SET frozen_us = %lld",
	    (long long)(DAY_US + CANDLE_M5_US));
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, "SELECT group_concat(json_extract(result, '$.ticks')) FROM (SELECT result"
			 " FROM analysis_results WHERE analysis_type = 'probe_ticks'"
			 " ORDER BY time_us LIMIT 3)", "0,30,30");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ticks_read_ahead_give_what_reading_at_the_close_gives),
		TEST(the_flow_of_a_slot_is_known_at_once_after_a_start),
		TEST(the_flow_is_undefined_where_trades_are_not_stored),
		TEST(what_was_said_of_ticks_stays_when_they_are_deleted),
		TEST(what_does_not_look_at_ticks_follows_its_candles_when_they_are_deleted),
		TEST(of_ticks_that_are_being_deleted_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
