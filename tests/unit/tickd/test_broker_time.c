#define _GNU_SOURCE
#include "tickd/mt5/broker_time.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_message.h"

#define HOUR_S 3600
#define SECOND CLOCK_SECOND_US
#define HOUR (3600 * SECOND)

static int64_t
at(const char *text)
{
	int64_t time_us;

	assert_int_equal(clock_parse(text, &time_us), 0);
	return time_us;
}

/* A broker whose clock is `offset_us` ahead is asked at that moment of UTC and of our monotonic. */
static enum broker_clock
measure(struct broker_time *time, int64_t utc_us, int64_t offset_us, int64_t now_us)
{
	return broker_time_measure(time, (utc_us + offset_us) / SECOND, utc_us / SECOND, now_us);
}

static struct broker_time
known(int64_t utc_us, int64_t offset_us)
{
	struct broker_time time;

	broker_time_start(&time);
	assert_int_equal(measure(&time, utc_us, offset_us, 0), BROKER_CLOCK_CHANGED);
	return time;
}

/* From the old offset, last seen then, to the new one, first seen then: the new one's beginning. */
static int64_t
change(const char *seen, int64_t old_us, const char *first, int64_t new_us)
{
	struct broker_time time = known(at(seen), old_us);

	assert_int_equal(measure(&time, at(first), new_us, 0), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(time.count, 2);
	assert_int_equal(time.offsets[1].offset_us, new_us);
	return time.offsets[1].from_server_us;
}

/* ---- what an offset is ---- */

static void
the_first_offset_counts_at_once(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z");
	struct broker_time time = known(now, 3 * HOUR);

	assert_int_equal(time.count, 1);
	assert_int_equal(time.offsets[0].offset_us, 3 * HOUR);
	assert_int_equal(broker_time_utc(&time, now + 3 * HOUR), now);
	/* Of before nothing else is known. */
	assert_int_equal(broker_time_utc(&time, now - 1000 * HOUR), now - 1003 * HOUR);
	assert_int_equal(measure(&time, now + SECOND, 3 * HOUR, SECOND), BROKER_CLOCK_AGREES);
	assert_int_equal(broker_time_turn(&time, 2 * SECOND), BROKER_CLOCK_AGREES);
}

static void
an_offset_is_the_nearest_quarter_of_an_hour(void **state)
{
	static const struct {
		int difference_s, minutes;
	} cases[] = {
		{0, 0}, {449, 0}, {451, 15}, {-449, 0}, {-451, -15},
		{3 * HOUR_S + 420, 180}, {3 * HOUR_S - 420, 180}, /* seven minutes off */
		{2 * HOUR_S + 1, 120}, {-5 * HOUR_S, -300}, {-5 * HOUR_S - 420, -300},
		{-4 * HOUR_S + 420, -240}, {5 * HOUR_S + 1800, 330}, {5 * HOUR_S + 2700 - 3, 345},
		{-3 * HOUR_S - 1800 + 100, -210}, {15 * HOUR_S, 900}, {-15 * HOUR_S, -900},
	};
	int64_t gmt_s = at("2024-08-01T12:00:00Z") / SECOND;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct broker_time time;

		broker_time_start(&time);
		assert_int_equal(broker_time_measure(&time, gmt_s + cases[i].difference_s, gmt_s,
				     0), BROKER_CLOCK_CHANGED);
		assert_int_equal(time.offsets[0].offset_us, cases[i].minutes * 60 * SECOND);
	}
}

static void
more_than_15_hours_from_utc_is_no_clock(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z"), gmt_s = now / SECOND;
	struct broker_time time = known(now, 3 * HOUR), before = time;

	assert_int_equal(broker_time_measure(&time, gmt_s + 15 * HOUR_S + 1, gmt_s, 0),
	    BROKER_CLOCK_ABSURD);
	assert_int_equal(broker_time_measure(&time, gmt_s - 15 * HOUR_S - 1, gmt_s, 0),
	    BROKER_CLOCK_ABSURD);
	assert_int_equal(broker_time_measure(&time, INT64_MAX, INT64_MIN, 0), BROKER_CLOCK_ABSURD);
	assert_int_equal(broker_time_measure(&time, INT64_MIN, INT64_MAX, 0), BROKER_CLOCK_ABSURD);
	assert_int_equal(broker_time_measure(&time, INT64_MAX, INT64_MAX, 0), BROKER_CLOCK_ABSURD);
	assert_int_equal(broker_time_measure(&time, -1, -1, 0), BROKER_CLOCK_ABSURD);
	assert_memory_equal(&time, &before, sizeof(time));
}

/* ---- when another one is believed ---- */

static void
another_offset_counts_after_a_minute(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z");
	struct broker_time time = known(now, 3 * HOUR);

	assert_int_equal(measure(&time, now + 5 * SECOND, 2 * HOUR, 100), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, 100), BROKER_CLOCK_DIFFERS);
	assert_int_equal(measure(&time, now + 64 * SECOND, 2 * HOUR, 99 + BROKER_AGREEMENT_US),
	    BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, 99 + BROKER_AGREEMENT_US), BROKER_CLOCK_DIFFERS);
	assert_int_equal(time.count, 1);
	assert_int_equal(measure(&time, now + 65 * SECOND, 2 * HOUR, 100 + BROKER_AGREEMENT_US),
	    BROKER_CLOCK_CHANGED);
	assert_int_equal(time.offsets[1].offset_us, 2 * HOUR);
	assert_int_equal(measure(&time, now + 66 * SECOND, 2 * HOUR, 101 + BROKER_AGREEMENT_US),
	    BROKER_CLOCK_AGREES);
}

static void
a_minute_of_silence_does_not_speak_against_it(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z");
	struct broker_time time = known(now, -5 * HOUR);

	assert_int_equal(measure(&time, now, -4 * HOUR, 100), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, 100 + BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(broker_time_turn(&time, 101 + BROKER_AGREEMENT_US), BROKER_CLOCK_AGREES);
	assert_int_equal(broker_time_present(&time, now - 4 * HOUR), now);
}

static void
one_word_against_it_and_it_is_gone(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z");
	struct broker_time time = known(now, 3 * HOUR);

	for (int i = 1; i <= 20; i++) {
		now += 50 * SECOND;
		assert_int_equal(measure(&time, now, 2 * HOUR, i * 50 * SECOND),
		    BROKER_CLOCK_DIFFERS);
		assert_int_equal(measure(&time, now, 3 * HOUR, i * 50 * SECOND + SECOND),
		    BROKER_CLOCK_AGREES);
		assert_int_equal(broker_time_turn(&time, i * 50 * SECOND + 2 * SECOND),
		    BROKER_CLOCK_AGREES);
	}
	assert_int_equal(time.count, 1);
}

static void
a_third_offset_begins_the_minute_anew(void **state)
{
	int64_t now = at("2024-08-01T12:00:00Z");
	struct broker_time time = known(now, 3 * HOUR);

	assert_int_equal(measure(&time, now, 2 * HOUR, 0), BROKER_CLOCK_DIFFERS);
	assert_int_equal(measure(&time, now, HOUR, 50 * SECOND), BROKER_CLOCK_DIFFERS);
	assert_int_equal(measure(&time, now, HOUR, 100 * SECOND), BROKER_CLOCK_DIFFERS);
	assert_int_equal(measure(&time, now, HOUR, 110 * SECOND), BROKER_CLOCK_CHANGED);
	assert_int_equal(time.offsets[1].offset_us, HOUR);
	assert_int_equal(time.count, 2);
}

/* ---- from when on it holds ---- */

/* As the tables of the time zones have them: Athens and New York, 2024 to 2031. */
static const struct {
	const char *eu_forward, *eu_back, *us_forward, *us_back;
} moments[] = {
	{"2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z",
	    "2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"},
	{"2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z",
	    "2025-03-09T07:00:00Z", "2025-11-02T06:00:00Z"},
	{"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z",
	    "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
	{"2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z",
	    "2027-03-14T07:00:00Z", "2027-11-07T06:00:00Z"},
	{"2028-03-26T01:00:00Z", "2028-10-29T01:00:00Z",
	    "2028-03-12T07:00:00Z", "2028-11-05T06:00:00Z"},
	{"2029-03-25T01:00:00Z", "2029-10-28T01:00:00Z",
	    "2029-03-11T07:00:00Z", "2029-11-04T06:00:00Z"},
	{"2030-03-31T01:00:00Z", "2030-10-27T01:00:00Z",
	    "2030-03-10T07:00:00Z", "2030-11-03T06:00:00Z"},
	{"2031-03-30T01:00:00Z", "2031-10-26T01:00:00Z",
	    "2031-03-09T07:00:00Z", "2031-11-02T06:00:00Z"},
};

/* Seen `before_us` before the moment and `after_us` behind it. */
static void
check_change(const char *moment, int64_t old_us, int64_t new_us, int64_t before_us,
    int64_t after_us)
{
	struct broker_time time = known(at(moment) - before_us, old_us);
	int64_t last = at(moment) + old_us, next = at(moment) + (new_us > old_us ? new_us : old_us);

	assert_int_equal(measure(&time, at(moment) + after_us, new_us, 0), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(broker_time_utc(&time, last - 1000), at(moment) - 1000);
	assert_int_equal(broker_time_utc(&time, next), next - new_us);
	assert_int_equal(time.offsets[1].from_server_us, next);
}

static void
a_change_that_nobody_saw_was_when_the_eu_or_the_us_changed(void **state)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		check_change(moments[i].eu_forward, 2 * HOUR, 3 * HOUR, 48 * HOUR, 20 * HOUR);
		check_change(moments[i].eu_back, 3 * HOUR, 2 * HOUR, 48 * HOUR, 20 * HOUR);
		check_change(moments[i].us_forward, 2 * HOUR, 3 * HOUR, 48 * HOUR, 20 * HOUR);
		check_change(moments[i].us_back, 3 * HOUR, 2 * HOUR, 48 * HOUR, 20 * HOUR);
		check_change(moments[i].us_forward, -5 * HOUR, -4 * HOUR, 60 * HOUR, HOUR);
		check_change(moments[i].us_back, -4 * HOUR, -5 * HOUR, 60 * HOUR, HOUR);
	}
}

static void
a_change_that_was_watched_is_as_exact(void **state)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		check_change(moments[i].eu_forward, 2 * HOUR, 3 * HOUR, 3 * SECOND, 7 * SECOND);
		check_change(moments[i].eu_back, 3 * HOUR, 2 * HOUR, 3 * SECOND, 7 * SECOND);
		check_change(moments[i].us_back, -4 * HOUR, -5 * HOUR, 500 * SECOND, 0);
	}
}

/* The broker of a country that has a rule of its own. */
static void
where_no_rule_fits_what_was_watched_counts(void **state)
{
	assert_int_equal(change("2024-08-01T12:00:00Z", 2 * HOUR, "2024-08-01T12:10:00Z", 3 * HOUR),
	    at("2024-08-01T15:00:00Z")); /* 12:00 by the new one */
	assert_int_equal(change("2024-08-01T12:00:00Z", 3 * HOUR, "2024-08-01T12:10:00Z", 2 * HOUR),
	    at("2024-08-01T15:10:00Z")); /* 12:10 by the old one */
}

static void
where_nothing_is_known_it_holds_since_it_was_seen(void **state)
{
	assert_int_equal(change("2024-08-01T12:00:00Z", 2 * HOUR, "2024-08-01T12:10:01Z", 3 * HOUR),
	    at("2024-08-01T15:10:01Z"));
	assert_int_equal(change("2024-08-01T12:00:00Z", 3 * HOUR, "2024-08-02T12:00:00Z", 2 * HOUR),
	    at("2024-08-02T14:00:00Z"));
	/* Up to 15:00:00 its clock was seen under the old one. */
	assert_int_equal(change("2024-08-01T12:00:00Z", 3 * HOUR, "2024-08-01T12:10:01Z", 2 * HOUR),
	    at("2024-08-01T15:00:01Z"));
	/* The EU's moment is one of the other direction. */
	assert_int_equal(change("2024-10-26T12:00:00Z", 2 * HOUR, "2024-10-28T12:00:00Z", 3 * HOUR),
	    at("2024-10-28T15:00:00Z"));
	/* Both the US and the EU changed meanwhile. */
	assert_int_equal(change("2024-03-01T12:00:00Z", 2 * HOUR, "2024-04-05T12:00:00Z", 3 * HOUR),
	    at("2024-04-05T15:00:00Z"));
	assert_int_equal(change("2023-12-01T12:00:00Z", 2 * HOUR, "2024-12-05T12:00:00Z", HOUR),
	    at("2024-12-05T13:00:00Z"));
}

static void
the_moment_itself_belongs_to_the_new_offset(void **state)
{
	assert_int_equal(change("2024-03-31T00:59:59Z", 2 * HOUR, "2024-03-31T01:00:00Z", 3 * HOUR),
	    at("2024-03-31T04:00:00Z"));
	/* It was seen behind the moment: another cause, in those ten minutes. */
	assert_int_equal(change("2024-03-31T01:00:00Z", 2 * HOUR, "2024-03-31T01:05:00Z", 3 * HOUR),
	    at("2024-03-31T04:00:00Z"));
}

static void
a_clock_that_was_wrong_is_right_at_once(void **state)
{
	struct broker_time time = known(at("2024-08-01T12:00:00Z"), 2 * HOUR);
	int64_t server_us = at("2024-08-01T14:01:00Z"); /* goes on: the PC's own clock was set */

	assert_int_equal(broker_time_measure(&time, server_us / SECOND,
			     (server_us - 3 * HOUR) / SECOND, 0), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(broker_time_utc(&time, server_us), server_us - 3 * HOUR);
	assert_int_equal(broker_time_utc(&time, server_us - 1), server_us - 1 - 2 * HOUR);
}

static void
what_was_loaded_goes_on(void **state)
{
	const struct broker_offset offsets[] = {
		{at("2024-03-31T04:00:00Z"), 3 * HOUR}, {at("2024-10-27T04:00:00Z"), 2 * HOUR}};
	struct broker_time time;

	broker_time_load(&time, offsets, 2, at("2025-03-28T20:59:59Z"));
	assert_int_equal(measure(&time, at("2025-03-30T21:00:00Z"), 3 * HOUR, 0),
	    BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(time.offsets[2].from_server_us, at("2025-03-30T04:00:00Z"));
	assert_int_equal(broker_time_utc(&time, at("2024-08-01T12:00:00Z")),
	    at("2024-08-01T09:00:00Z"));
	assert_int_equal(broker_time_utc(&time, at("2024-10-27T03:59:59Z")),
	    at("2024-10-27T00:59:59Z"));
	assert_int_equal(broker_time_utc(&time, at("2024-10-27T04:00:00Z")),
	    at("2024-10-27T02:00:00Z"));
	broker_time_load(&time, offsets, 2, TICK_NONE);
	assert_int_equal(measure(&time, at("2025-03-30T21:00:00Z"), 3 * HOUR, 0),
	    BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(time.offsets[2].from_server_us, at("2025-03-31T00:00:00Z"));
	broker_time_load(&time, NULL, 0, TICK_NONE);
	assert_int_equal(measure(&time, at("2025-03-30T21:00:00Z"), 3 * HOUR, 0),
	    BROKER_CLOCK_CHANGED);
}

static void
the_oldest_are_forgotten(void **state)
{
	struct broker_offset offsets[BROKER_OFFSETS_MAX + 6];
	int64_t now = at("2024-08-01T12:00:00Z"), clock = 0;
	struct broker_time time;

	for (int i = 0; i < BROKER_OFFSETS_MAX + 6; i++)
		offsets[i] = (struct broker_offset){i * 1000 * HOUR, (2 + i % 2) * HOUR};
	broker_time_load(&time, offsets, BROKER_OFFSETS_MAX + 6, TICK_NONE);
	assert_int_equal(time.count, BROKER_OFFSETS_MAX);
	assert_int_equal(time.offsets[0].from_server_us, 6 * 1000 * HOUR);
	assert_int_equal(broker_time_utc(&time, HOUR), -HOUR); /* as the oldest one that is kept */
	for (int i = 0; i < 10; i++) {
		now += 1000 * HOUR;
		clock += BROKER_AGREEMENT_US;
		assert_int_equal(measure(&time, now, (2 + i % 2) * HOUR, clock),
		    BROKER_CLOCK_DIFFERS);
		clock += BROKER_AGREEMENT_US;
		assert_int_equal(broker_time_turn(&time, clock), BROKER_CLOCK_CHANGED);
		assert_int_equal(time.count, BROKER_OFFSETS_MAX);
	}
	assert_int_equal(time.offsets[0].from_server_us, 16 * 1000 * HOUR);
}

static void
the_present_goes_both_ways(void **state)
{
	struct broker_time time = known(at("2024-10-27T00:59:59Z"), 3 * HOUR);
	int64_t now = at("2024-10-27T01:02:00Z");

	assert_int_equal(measure(&time, now, 2 * HOUR, 0), BROKER_CLOCK_DIFFERS);
	assert_int_equal(broker_time_turn(&time, BROKER_AGREEMENT_US), BROKER_CLOCK_CHANGED);
	assert_int_equal(broker_time_server(&time, now), now + 2 * HOUR);
	assert_int_equal(broker_time_present(&time, now + 2 * HOUR), now);
	/* What is kept of that time by the broker's clock is of the hour before. */
	assert_int_equal(broker_time_utc(&time, now + 2 * HOUR), now - HOUR);
}

/* Changes of any kind, watched or not: what was converted while the offset was agreed on stays. */
static void
what_came_in_under_an_offset_keeps_its_utc(void **state)
{
	static struct {
		int64_t server_us, utc_us;
	} kept[4000];
	uint64_t chance = chance_seed();

	for (int run = 0; run < 200; run++) {
		int64_t utc = at("2020-01-01T00:00:00Z") + chance_below(&chance, 3000) * 24 * HOUR;
		int64_t offset = (chance_below(&chance, 96) - 48) * BROKER_STEP_US;
		int64_t highest = INT64_MIN, monotonic = 0;
		int64_t wrong_s = chance_below(&chance, 840) - 420; /* the PC's clock */
		struct broker_time time = known(utc, offset);
		size_t count = 0;

		for (int i = 0; i < 2000; i++) {
			int64_t step = chance_below(&chance, 100) == 0 ?
			    chance_below(&chance, 4000 * HOUR) : chance_below(&chance, 20 * SECOND);
			int64_t server;

			if (chance_below(&chance, 300) == 0)
				offset += (chance_below(&chance, 2) == 0 ? 1 : -1) * HOUR;
			if (offset > 13 * HOUR || offset < -13 * HOUR)
				offset = 0;
			utc += step;
			monotonic += step;
			server = utc + offset;
			if (broker_time_measure(&time, server / SECOND, utc / SECOND + wrong_s,
				monotonic) != BROKER_CLOCK_AGREES || server < highest)
				continue; /* held, or below a watermark */
			highest = server;
			kept[count].server_us = server;
			kept[count++].utc_us = broker_time_utc(&time, server);
		}
		for (size_t i = 0; i < count; i++)
			assert_int_equal(broker_time_utc(&time, kept[i].server_us), kept[i].utc_us);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_offset_counts_at_once),
		cmocka_unit_test(an_offset_is_the_nearest_quarter_of_an_hour),
		cmocka_unit_test(more_than_15_hours_from_utc_is_no_clock),
		cmocka_unit_test(another_offset_counts_after_a_minute),
		cmocka_unit_test(a_minute_of_silence_does_not_speak_against_it),
		cmocka_unit_test(one_word_against_it_and_it_is_gone),
		cmocka_unit_test(a_third_offset_begins_the_minute_anew),
		cmocka_unit_test(a_change_that_nobody_saw_was_when_the_eu_or_the_us_changed),
		cmocka_unit_test(a_change_that_was_watched_is_as_exact),
		cmocka_unit_test(where_no_rule_fits_what_was_watched_counts),
		cmocka_unit_test(where_nothing_is_known_it_holds_since_it_was_seen),
		cmocka_unit_test(the_moment_itself_belongs_to_the_new_offset),
		cmocka_unit_test(a_clock_that_was_wrong_is_right_at_once),
		cmocka_unit_test(what_was_loaded_goes_on),
		cmocka_unit_test(the_oldest_are_forgotten),
		cmocka_unit_test(the_present_goes_both_ways),
		cmocka_unit_test(what_came_in_under_an_offset_keeps_its_utc),
	};

	return cmocka_run_group_tests_name("tickd/broker_time", tests, NULL, NULL);
}
