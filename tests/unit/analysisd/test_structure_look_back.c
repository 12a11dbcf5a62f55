#include "analysisd/structure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/analysis_run.h"

#define BARS 700

/* What structure_measure() said of a bar when it closed. */
static struct said {
	int64_t bar_us;
	int bos, choch;
	bool swing_high, swing_low; /* known at this bar's close */
} said[BARS];

static void
remember(int bar)
{
	struct structure structure = structure_measure(run_frame());

	said[bar] = (struct said){
		.bar_us = structure.bar_us,
		.bos = structure.bos_up - structure.bos_down,
		.choch = structure.choch_up - structure.choch_down,
		.swing_high = structure.swing_high != NULL,
		.swing_low = structure.swing_low != NULL,
	};
}

/* The newest bar up to `bar` of which it was said, among those that can still be judged. */
static void
assert_last(struct structure_break last, int bar, bool choch)
{
	int oldest = bar - (bar < FRAME_SEED_BARS ? bar : FRAME_SEED_BARS - 1);

	for (int at = bar; at >= oldest + STRUCTURE_BARS_MIN - 1; at--) {
		int direction = choch ? said[at].choch : said[at].bos;

		if (direction == 0)
			continue;
		assert_int_equal(last.back, bar - at);
		assert_int_equal(last.bar_us, said[at].bar_us);
		assert_int_equal(last.direction, direction);
		return;
	}
	assert_int_equal(last.back, -1);
}

static void
the_last_break_is_the_one_that_was_told_when_its_bar_closed(void **state)
{
	for (unsigned seed = 1; seed <= 4; seed++) {
		unsigned chance = seed;
		double price = 60000;

		run_start(TIMEFRAME_M15);
		for (int bar = 0; bar < BARS; bar++) {
			run_random(&chance, &price);
			remember(bar);
			assert_last(structure_last_bos(run_frame()), bar, false);
			assert_last(structure_last_choch(run_frame()), bar, true);
		}
	}
}

static void
a_swing_is_found_again_as_long_as_its_neighbours_are_held(void **state)
{
	unsigned chance = 9;
	double price = 60000;
	int found = 0;

	run_start(TIMEFRAME_M15);
	for (int bar = 0; bar < BARS; bar++) {
		run_random(&chance, &price);
		remember(bar);
	}
	for (int64_t back = 0; back < FRAME_SEED_BARS; back++) {
		const struct candle *bar = frame_state_bar(run_frame(), back);
		bool known = back >= 2 && back - 2 <= FRAME_SEED_BARS - STRUCTURE_BARS_MIN;
		const struct said *at = known ? &said[BARS - 1 - back + 2] : NULL;

		assert_ptr_equal(structure_swing_high(run_frame(), back),
		    known && at->swing_high ? bar : NULL);
		assert_ptr_equal(structure_swing_low(run_frame(), back),
		    known && at->swing_low ? bar : NULL);
		found += known && at->swing_high;
	}
	assert_true(found > 50);
}

static void
an_empty_frame_and_a_flat_one_have_neither(void **state)
{
	run_start(TIMEFRAME_H1);
	assert_int_equal(structure_last_bos(run_frame()).back, -1);
	assert_null(structure_swing_high(run_frame(), 2));
	run_flat(100, 50);
	assert_int_equal(structure_last_bos(run_frame()).back, -1);
	assert_int_equal(structure_last_choch(run_frame()).back, -1);
	for (int back = -1; back < 101; back++)
		assert_null(structure_swing_low(run_frame(), back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_break_is_the_one_that_was_told_when_its_bar_closed),
		cmocka_unit_test(a_swing_is_found_again_as_long_as_its_neighbours_are_held),
		cmocka_unit_test(an_empty_frame_and_a_flat_one_have_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
