/*
 * Whatever is revised, comes late or is restarted in between: what is stored is what an analysis from
 * scratch gives, to the byte, in all timeframes, and so are the facts.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

#define SEEDS 5
#define STEPS 40
#define SYMBOLS 2

/* What the tick database is made to hold, by chance that a seed decides. */
struct model {
	struct fixture *f;
	unsigned seed;
	int64_t first_us; /* the oldest candle of any symbol */
	int64_t clock_us;
	int revision;
};

static int
chance(struct model *model, int below)
{
	return rand_r(&model->seed) % below;
}

static int
any_symbol(struct model *model)
{
	return 1 + chance(model, SYMBOLS);
}

/* A slot that is over, of a symbol's whole history. */
static int64_t
any_slot(struct model *model)
{
	int64_t slots = (candle_slot(model->clock_us) - model->first_us) / CANDLE_M5_US;

	if (slots < 1)
		return model->first_us;
	/* Half of them young: there the front is. */
	if (chance(model, 2) == 0 && slots > 100)
		return candle_slot(model->clock_us) - (1 + chance(model, 100)) * CANDLE_M5_US;
	return model->first_us + chance(model, (int)slots) * CANDLE_M5_US;
}

static bool
is_over(const struct model *model, int64_t slot_us)
{
	return model->clock_us >= slot_us + CANDLE_M5_US + CLOCK_SECOND_US;
}

/* Some trades, and the candle that they would make; told when the slot was over. */
static void
write_slot(struct model *model, int symbol, int64_t slot_us)
{
	struct tick_store *store = &model->f->store;

	for (int i = chance(model, 4); i > 0; i--)
		tick_store_trade(store, symbol,
		    slot_us + chance(model, (int)CANDLE_M5_US), ++model->revision,
		    100 + chance(model, 9), 1 + chance(model, 99), chance(model, 2) == 0);
	if (is_over(model, slot_us)) {
		tick_store_revise(store, symbol, slot_us, ++model->revision);
		return;
	}
	tick_store_candle(store, symbol, slot_us, "ticks", 0);
}

/* A way of the clock, through slots of which some stay empty, a while at times. */
static void
go_on(struct model *model)
{
	int slots = 1 + chance(model, chance(model, 4) == 0 ? 200 : 20), share = 1 + chance(model, 10);

	for (int i = 0; i < slots; i++) {
		int64_t slot_us = candle_slot(model->clock_us);

		for (int symbol = 1; symbol <= SYMBOLS; symbol++)
			if (chance(model, 10) < share)
				write_slot(model, symbol, slot_us);
		model->clock_us = slot_us + CANDLE_M5_US + chance(model, 3) * CLOCK_SECOND_US;
		tick_store_clock(&model->f->store, 1, model->clock_us);
	}
}

static void
revise(struct model *model)
{
	for (int i = 1 + chance(model, 5); i > 0; i--)
		write_slot(model, any_symbol(model), any_slot(model));
}

/* Klines of a time that had nothing, or had it in part, told as one change. */
static void
add_history(struct model *model)
{
	int64_t from_us = any_slot(model) - chance(model, 300) * CANDLE_M5_US;
	int64_t before_us = from_us + (1 + chance(model, 300)) * CANDLE_M5_US;
	int symbol = any_symbol(model);

	if (before_us > candle_slot(model->clock_us) - CANDLE_M5_US)
		before_us = candle_slot(model->clock_us) - CANDLE_M5_US;
	if (before_us <= from_us)
		return;
	if (from_us < model->first_us)
		model->first_us = from_us;
	tick_store_candles(&model->f->store, symbol, from_us, before_us, "klines");
	tick_store_execute(&model->f->store,
	    "INSERT INTO changes(symbol_id, from_us, to_us) VALUES(%d, %lld, %lld)", symbol,
	    (long long)from_us, (long long)before_us);
}

static void
work(struct model *model)
{
	switch (chance(model, 4)) {
	case 0:
		drain(model->f);
		break;
	case 1:
		restart(model->f);
		break;
	default:
		for (int i = chance(model, 12); i > 0; i--)
			turn(model->f, 0);
	}
}

static void
run_model(struct fixture *f, unsigned seed)
{
	struct model model = {.f = f, .seed = seed, .first_us = DAY_US, .clock_us = DAY_US};

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_symbol(&f->store, 2, "sim", "TWO");
	for (int i = 0; i < STEPS; i++) {
		switch (chance(&model, 6)) {
		case 0:
		case 1:
			revise(&model);
			break;
		case 2:
			add_history(&model);
			break;
		default:
			go_on(&model);
		}
		work(&model);
	}
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
empty_the_databases(struct fixture *f)
{
	assert_int_equal(database_execute(f->run.analysis_db, NOTHING_IS_ANALYSED), 0);
	tick_store_execute(&f->store, "DELETE FROM symbols; DELETE FROM m5_candles;"
	    " DELETE FROM unified_ticks; DELETE FROM changes; DELETE FROM sqlite_sequence");
	restart(f);
}

static void
after_any_sequence_of_corrections_all_is_as_if_analysed_from_scratch(void **state)
{
	struct fixture *f = *state;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		print_message("seed %u\n", seed);
		run_model(f, seed);
		empty_the_databases(f);
	}
}

/* ---- single ways in which it could go wrong ---- */

static int64_t
rows_of(struct fixture *f, const char *timeframe, int64_t time_us)
{
	char sql[160];
	char *text;
	int64_t count;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM analysis_results WHERE timeframe = '%s' AND"
	    " time_us = %lld", timeframe, (long long)time_us);
	text = ask(f, sql);
	count = atoll(text);
	free(text);
	return count;
}

static void
a_longer_bar_with_empty_slots_at_its_end_is_closed_by_the_clock(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 2 * CANDLE_M5_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + 3 * CANDLE_M5_US + CLOCK_SECOND_US - 1);
	drain(f);
	assert_int_equal(rows_of(f, "M15", DAY_US), 0);
	tick_store_clock(&f->store, 1, DAY_US + 3 * CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	assert_int_equal(rows_of(f, "M15", DAY_US), 1);
	assert_int_equal(rows_of(f, "H1", DAY_US), 0);
	/* After a restart there is nothing but the clock that tells. */
	restart(f);
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	assert_int_equal(rows_of(f, "H1", DAY_US), 1);
	assert_int_equal(rows_of(f, "H4", DAY_US), 0);
	tick_store_clock(&f->store, 1, DAY_US + CLOCK_DAY_US + CLOCK_SECOND_US);
	restart(f);
	drain(f);
	assert_int_equal(rows_of(f, "D1", DAY_US), 1);
	assert_as_if_computed_anew(f);
}

static void
a_late_candle_is_in_the_longer_bars_that_were_closed_without_it(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 2 * CANDLE_M5_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + CLOCK_DAY_US + CLOCK_SECOND_US);
	drain(f);
	assert_int_equal(rows_of(f, "D1", DAY_US), 1);
	/* Behind all that there was, in the day that is over. */
	tick_store_revise(&f->store, 1, DAY_US + 5 * HOUR_US, 0);
	drain(f);
	assert_int_equal(rows_of(f, "H1", DAY_US + 5 * HOUR_US), 1);
	assert_answer(f, "SELECT json_extract(result, '$.bar.close') = (SELECT close_e8 FROM"
			 " (SELECT json_extract(result, '$.bar.close') AS close_e8 FROM"
			 " analysis_results WHERE timeframe = 'M5' AND analysis_type = 'probe_frame'"
			 " ORDER BY time_us DESC LIMIT 1)) FROM analysis_results"
			 " WHERE timeframe = 'D1'", "1");
	/* Between those that there were: the second walk ends at the front, which was further. */
	tick_store_revise(&f->store, 1, DAY_US + HOUR_US, 0);
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
a_fact_that_is_no_longer_true_is_deleted_and_the_others_stay(void **state)
{
	struct fixture *f = *state;
	const char *unknown = "SELECT count(*) FROM market_facts WHERE timeframe = 'M5' AND"
			      " time_us < 1723161600000000 + 15 * 300000000";

	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + 6 * HOUR_US, "klines");
	tick_store_clock(&f->store, 1, DAY_US + 7 * HOUR_US);
	drain(f);
	assert_answer(f, unknown, "0");
	assert_answer(f, "SELECT count(*) > 10 FROM market_facts", "1");
	/* A close beyond everything is a break; the same bar, revised, is none. */
	tick_store_execute(&f->store, "BEGIN; UPDATE m5_candles SET close_e8 = 900000000000000,"
	    " high_e8 = 900000000000000 WHERE open_time_us = %lld; INSERT INTO changes(symbol_id,"
	    " from_us, to_us) VALUES(1, %lld, %lld); COMMIT", (long long)(DAY_US + 3 * HOUR_US),
	    (long long)(DAY_US + 3 * HOUR_US), (long long)(DAY_US + 3 * HOUR_US));
	drain(f);
	assert_answer(f, "SELECT group_concat(kind || ' ' || direction || ' ' || close, ';') FROM"
			 " (SELECT * FROM market_facts WHERE timeframe = 'M5' AND time_us ="
			 " 1723161600000000 + 36 * 300000000 AND kind IN ('BOS', 'CHOCH')"
			 " ORDER BY kind)", "BOS up 9000000.0;CHOCH up 9000000.0");
	assert_as_if_computed_anew(f);
	tick_store_revise(&f->store, 1, DAY_US + 3 * HOUR_US, 2);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM market_facts WHERE close = 9000000.0", "0");
	assert_as_if_computed_anew(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_longer_bar_with_empty_slots_at_its_end_is_closed_by_the_clock),
		TEST(a_late_candle_is_in_the_longer_bars_that_were_closed_without_it),
		TEST(a_fact_that_is_no_longer_true_is_deleted_and_the_others_stay),
		TEST(after_any_sequence_of_corrections_all_is_as_if_analysed_from_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
