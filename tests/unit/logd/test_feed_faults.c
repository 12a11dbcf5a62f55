#include "logd/feed_faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

#define NOW_US INT64_C(7000000000)

/* A feed that is well, in every member that it publishes. */
static json_t *
well(void)
{
	json_t *feed = json_loads(
	    "{\"name\":\"binance\",\"source\":\"sim\",\"state\":\"live\","
	    "\"rest\":{\"weight_used\":120,\"weight_limit\":6000,\"wait_s\":0,\"why\":null},"
	    "\"backfill\":{\"state\":\"idle\",\"symbol\":null,\"missing\":0,\"filled\":0,"
	    "\"per_second\":0,\"eta_s\":null},"
	    "\"clock\":{\"offset_ms\":12,\"frames_offset_ms\":-8,\"alarm\":false},"
	    "\"recorder\":{\"file\":\"f\",\"bytes\":1,\"frames\":1,\"lost\":0},"
	    "\"symbols\":[{\"symbol\":\"BTCUSDT\",\"silent\":false}]}", 0, NULL);

	assert_non_null(feed);
	return feed;
}

static void
set(json_t *feed, const char *object, const char *member, json_t *value)
{
	json_object_set_new(json_object_get(feed, object), member, value);
}

/* The one sentence, or NULL when there is none; valid until the next call. */
static const char *
look(struct feed_watch *watch, const json_t *feed, int64_t now_us)
{
	static char sentence[512];
	json_t *faults = feed_faults_look(watch, feed, now_us);
	size_t count = json_array_size(faults);

	assert_true(count <= 1);
	if (count == 1)
		strcpy(sentence, json_string_value(json_array_get(faults, 0)));
	json_decref(faults);
	return count == 1 ? sentence : NULL;
}

static void
a_feed_that_is_well_has_no_fault(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	assert_null(look(&watch, feed, NOW_US));
	assert_null(look(&watch, feed, 2 * NOW_US));
	json_decref(feed);
}

static void
a_feed_that_says_nothing_of_itself_has_no_fault(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = json_object();

	assert_null(look(&watch, feed, NOW_US));
	assert_null(look(&watch, NULL, 2 * NOW_US));
	assert_int_equal(feed_faults_missing(feed), -1);
	json_decref(feed);
}

static void
a_clock_alarm_says_how_far_off_and_which_way(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	set(feed, "clock", "offset_ms", json_integer(3215));
	assert_null(look(&watch, feed, NOW_US));
	set(feed, "clock", "alarm", json_true());
	assert_string_equal(look(&watch, feed, NOW_US),
	    "our clock is 3.215 s behind the exchange's: set it right");
	set(feed, "clock", "offset_ms", json_null());
	set(feed, "clock", "frames_offset_ms", json_integer(-2001));
	assert_string_equal(look(&watch, feed, NOW_US),
	    "our clock is 2.001 s ahead of the exchange's: set it right");
	json_decref(feed);
}

static void
a_long_wait_of_rest_is_a_fault_only_while_ids_are_missing(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	set(feed, "rest", "wait_s", json_integer(7000));
	set(feed, "rest", "why", json_string("the exchange has banned this address (418)"));
	assert_null(look(&watch, feed, NOW_US));
	set(feed, "backfill", "missing", json_integer(1234));
	assert_string_equal(look(&watch, feed, NOW_US), "1234 missing ids cannot be asked for within"
	    " 7000 s: the exchange has banned this address (418)");
	set(feed, "rest", "wait_s", json_integer(FEED_FAULTS_WAIT_S));
	assert_null(look(&watch, feed, NOW_US));
	json_decref(feed);
}

static void
missing_ids_that_do_not_become_fewer_are_a_fault_after_five_minutes(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	set(feed, "backfill", "missing", json_integer(5000));
	assert_null(look(&watch, feed, NOW_US));
	assert_null(look(&watch, feed, NOW_US + FEED_FAULTS_STUCK_US - 1));
	assert_string_equal(look(&watch, feed, NOW_US + FEED_FAULTS_STUCK_US),
	    "5000 ids are missing, and none was filled for 300 s");
	/* A page is filled. */
	set(feed, "backfill", "missing", json_integer(4000));
	assert_null(look(&watch, feed, NOW_US + FEED_FAULTS_STUCK_US + 1));
	json_decref(feed);
}

static void
a_backfill_that_new_gaps_outrun_is_not_stuck(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	for (int i = 1; i < 10; i++) {
		set(feed, "backfill", "missing", json_integer(i * 5000));
		set(feed, "backfill", "filled", json_integer(i * 1000));
		assert_null(look(&watch, feed, NOW_US + i * (FEED_FAULTS_STUCK_US - 1)));
	}
	json_decref(feed);
}

static void
a_gap_that_opens_long_after_the_last_is_given_its_time(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	assert_null(look(&watch, feed, NOW_US));
	set(feed, "backfill", "missing", json_integer(1));
	assert_null(look(&watch, feed, NOW_US + 10 * FEED_FAULTS_STUCK_US));
	assert_null(look(&watch, feed, NOW_US + 11 * FEED_FAULTS_STUCK_US - 1));
	assert_non_null(look(&watch, feed, NOW_US + 11 * FEED_FAULTS_STUCK_US));
	json_decref(feed);
}

static void
a_recorder_that_loses_frames_is_a_fault_for_a_minute(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well();

	set(feed, "recorder", "lost", json_integer(3));
	assert_string_equal(look(&watch, feed, NOW_US), "the recorder loses frames: 3 so far");
	assert_non_null(look(&watch, feed, NOW_US + FEED_FAULTS_LOSS_US - 1));
	assert_null(look(&watch, feed, NOW_US + FEED_FAULTS_LOSS_US));
	set(feed, "recorder", "lost", json_integer(4));
	assert_non_null(look(&watch, feed, NOW_US + FEED_FAULTS_LOSS_US));
	/* tickd is started anew. */
	set(feed, "recorder", "lost", json_integer(0));
	assert_null(look(&watch, feed, NOW_US + 2 * FEED_FAULTS_LOSS_US));
	json_decref(feed);
}

static void
a_silent_symbol_is_named(void **state)
{
	json_t *symbol = json_pack("{s:s, s:b}", "symbol", "BTCUSDT", "silent", 0);
	json_t *faults = feed_faults_of_symbol(symbol);

	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
	json_object_set_new(symbol, "silent", json_true());
	faults = feed_faults_of_symbol(symbol);
	assert_int_equal(json_array_size(faults), 1);
	assert_string_equal(json_string_value(json_array_get(faults, 0)),
	    "BTCUSDT is silent, against its own rate, while its connection lives");
	json_decref(faults);
	json_decref(symbol);
	faults = feed_faults_of_symbol(NULL);
	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
}

static void
several_faults_are_all_said(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well(), *faults;

	set(feed, "clock", "alarm", json_true());
	set(feed, "recorder", "lost", json_integer(1));
	faults = feed_faults_look(&watch, feed, NOW_US);
	assert_int_equal(json_array_size(faults), 2);
	json_decref(faults);
	json_decref(feed);
}

static void
a_reason_too_long_to_be_said_is_cut_and_is_still_text(void **state)
{
	struct feed_watch watch = {0};
	json_t *feed = well(), *faults;
	char why[1024];

	for (size_t i = 0; i + 2 < sizeof(why); i += 2)
		memcpy(why + i, "\xc3\xa9", 3);
	for (int shift = 0; shift < 2; shift++) {
		set(feed, "backfill", "missing", json_integer(shift == 0 ? 1 : 10));
		set(feed, "rest", "wait_s", json_integer(7000));
		set(feed, "rest", "why", json_string(why));
		faults = feed_faults_look(&watch, feed, NOW_US);
		assert_int_equal(json_array_size(faults), 1);
		assert_non_null(strstr(json_string_value(json_array_get(faults, 0)), "\xc3\xa9"));
		json_decref(faults);
	}
	json_decref(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feed_that_is_well_has_no_fault),
		cmocka_unit_test(a_feed_that_says_nothing_of_itself_has_no_fault),
		cmocka_unit_test(a_clock_alarm_says_how_far_off_and_which_way),
		cmocka_unit_test(a_long_wait_of_rest_is_a_fault_only_while_ids_are_missing),
		cmocka_unit_test(missing_ids_that_do_not_become_fewer_are_a_fault_after_five_minutes),
		cmocka_unit_test(a_backfill_that_new_gaps_outrun_is_not_stuck),
		cmocka_unit_test(a_gap_that_opens_long_after_the_last_is_given_its_time),
		cmocka_unit_test(a_recorder_that_loses_frames_is_a_fault_for_a_minute),
		cmocka_unit_test(a_silent_symbol_is_named),
		cmocka_unit_test(several_faults_are_all_said),
		cmocka_unit_test(a_reason_too_long_to_be_said_is_cut_and_is_still_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
