/* Rows of DTMS as words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tradingctl/dtms_text.h"

static void
assert_timers(const char *expected, json_t *trade)
{
	char text[DTMS_TEXT_SIZE];

	assert_string_equal(dtms_text_timers(trade, text), expected);
	json_decref(trade);
}

static void
timers_that_run_are_told_with_the_time_that_is_left(void **state)
{
	assert_timers("-", json_pack("{s:n, s:n}", "flat_left_s", "recovery_left_s"));
	assert_timers("-", json_object());
	assert_timers("flat 01:15:00", json_pack("{s:f}", "flat_left_s", 4500.0));
	assert_timers("flat 00:00:00", json_pack("{s:f}", "flat_left_s", 0.5));
	assert_timers("flat over", json_pack("{s:f}", "flat_left_s", 0.0));
	assert_timers("flat over, recovery 00:29:59",
	    json_pack("{s:f, s:f}", "flat_left_s", -7.0, "recovery_left_s", 1799.9));
}

static void
a_score_has_its_sign_and_two_decimals(void **state)
{
	json_t *score = json_real(-4.205), *null = json_null();
	char text[DTMS_TEXT_SIZE];

	assert_string_equal(dtms_text_score(score, text), "-4.21");
	json_real_set(score, 1);
	assert_string_equal(dtms_text_score(score, text), "+1.00");
	assert_string_equal(dtms_text_score(null, text), "-");
	assert_string_equal(dtms_text_score(NULL, text), "-");
	json_decref(score);
	json_decref(null);
}

static void
a_change_of_state_names_both_and_a_state_that_stays_is_named_once(void **state)
{
	json_t *row = json_pack("{s:s, s:s}", "state_from", "HEDGED", "state_to", "RECOVERING");
	char text[DTMS_TEXT_SIZE];

	assert_string_equal(dtms_text_states(row, text), "HEDGED > RECOVERING");
	json_object_set_new(row, "state_to", json_string("HEDGED"));
	assert_string_equal(dtms_text_states(row, text), "HEDGED");
	json_decref(row);
}

static void
a_member_of_any_kind_becomes_a_word_of_bounded_length(void **state)
{
	char text[DTMS_TEXT_SIZE], longer[2 * DTMS_TEXT_SIZE];
	json_t *row = json_pack("{s:s, s:i, s:f, s:b, s:n}", "word", "as it is", "integer", 7,
	    "real", 0.1, "boolean", 0, "null");

	assert_string_equal(dtms_text(row, "word", text), "as it is");
	assert_string_equal(dtms_text(row, "integer", text), "7");
	assert_string_equal(dtms_text(row, "real", text), "0.1");
	assert_string_equal(dtms_text(row, "boolean", text), "no");
	assert_string_equal(dtms_text(row, "null", text), "-");
	assert_string_equal(dtms_text(row, "absent", text), "-");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	json_object_set_new(row, "word", json_string(longer));
	assert_int_equal(strlen(dtms_text(row, "word", text)), DTMS_TEXT_SIZE - 1);
	json_decref(row);
}

static void
dtms_is_off_when_it_is_off_for_any_source(void **state)
{
	json_t *sources = json_pack("[{s:b}, {s:b}]", "off", 0, "off", 0);

	assert_false(dtms_text_is_off(sources));
	json_object_set_new(json_array_get(sources, 1), "off", json_true());
	assert_true(dtms_text_is_off(sources));
	json_decref(sources);
	assert_false(dtms_text_is_off(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_that_run_are_told_with_the_time_that_is_left),
		cmocka_unit_test(a_score_has_its_sign_and_two_decimals),
		cmocka_unit_test(a_change_of_state_names_both_and_a_state_that_stays_is_named_once),
		cmocka_unit_test(a_member_of_any_kind_becomes_a_word_of_bounded_length),
		cmocka_unit_test(dtms_is_off_when_it_is_off_for_any_source),
	};

	return cmocka_run_group_tests_name("tradingctl/dtms_text", tests, NULL, NULL);
}
