#include "analysisd/analyses/inputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/analysis_run.h"

static void
push_complete(bool complete)
{
	run_push_candle((struct candle){.open_e8 = 100, .high_e8 = 100, .low_e8 = 100,
		.close_e8 = 100, .complete = complete});
}

static void
skip_slots(int count)
{
	run.next_us += count * timeframe_length(run.timeframe);
}

static void
assert_coverage(int64_t slots, int64_t present, int64_t complete)
{
	struct inputs_coverage coverage = inputs_coverage(run_frame());

	assert_int_equal(coverage.slots, slots);
	assert_int_equal(coverage.present, present);
	assert_int_equal(coverage.complete, complete);
	assert_true(inputs_confidence(run_frame()) == (double)complete / (double)slots);
}

static void
of_m5_it_is_a_day_of_slots_whatever_is_held(void **state)
{
	run_start(TIMEFRAME_M5);
	push_complete(true);
	assert_coverage(288, 1, 1);
	skip_slots(3);
	push_complete(false);
	assert_coverage(288, 2, 1);
}

static void
of_m5_it_counts_no_bar_older_than_a_day(void **state)
{
	run_start(TIMEFRAME_M5);
	/* Every second slot; of these every third is complete. */
	for (int i = 0; i < 288; i++) {
		push_complete(i % 3 == 0);
		skip_slots(1);
	}
	assert_coverage(288, 144, 48);
}

static void
of_longer_timeframes_it_is_the_span_of_the_newest_50_bars(void **state)
{
	for (int timeframe = TIMEFRAME_M15; timeframe < TIMEFRAMES; timeframe++) {
		run_start((enum timeframe)timeframe);
		push_complete(true);
		assert_coverage(1, 1, 1);
		push_complete(false);
		assert_coverage(2, 2, 1);
		for (int i = 0; i < 48; i++)
			push_complete(true);
		assert_coverage(50, 50, 49);
		push_complete(true); /* the first of all falls out */
		assert_coverage(50, 50, 49);
		push_complete(true); /* and the incomplete one */
		assert_coverage(50, 50, 50);
	}
}

static void
slots_without_a_bar_lengthen_the_span(void **state)
{
	run_start(TIMEFRAME_H1);
	push_complete(true);
	skip_slots(7);
	push_complete(true);
	assert_coverage(9, 2, 2);
	for (int i = 0; i < 48; i++)
		push_complete(true);
	assert_coverage(57, 50, 50);
	push_complete(true);
	assert_coverage(50, 50, 50);
}

static void
confidence_in_a_verdict_is_coverage_times_agreement(void **state)
{
	json_t *result;
	double value;

	run_start(TIMEFRAME_H4);
	for (int i = 0; i < 8; i++)
		push_complete(i >= 2);
	json_text_start(&run.json);
	value = inputs_write_agreement(&run.json, run_frame(), 0.5);
	json_text_close(&run.json);
	assert_true(value == 0.375);
	result = json_loads(run.json.text, 0, NULL);
	assert_keys(member(result, "confidence"),
	    "value coverage agreement slots present complete ");
	assert_number(result, "confidence.value", 0.375);
	assert_number(result, "confidence.coverage", 0.75);
	assert_number(result, "confidence.agreement", 0.5);
	assert_number(result, "confidence.slots", 8);
	json_decref(result);
}

static void
without_a_verdict_there_is_no_confidence(void **state)
{
	run_start(TIMEFRAME_M5);
	push_complete(true);
	json_text_start(&run.json);
	assert_true(isnan(inputs_write_agreement(&run.json, run_frame(), NAN)));
	json_text_close(&run.json);
	assert_non_null(strstr(run.json.text, "{\"value\":null,"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_m5_it_is_a_day_of_slots_whatever_is_held),
		cmocka_unit_test(of_m5_it_counts_no_bar_older_than_a_day),
		cmocka_unit_test(of_longer_timeframes_it_is_the_span_of_the_newest_50_bars),
		cmocka_unit_test(slots_without_a_bar_lengthen_the_span),
		cmocka_unit_test(confidence_in_a_verdict_is_coverage_times_agreement),
		cmocka_unit_test(without_a_verdict_there_is_no_confidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
