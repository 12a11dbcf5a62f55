#define _GNU_SOURCE
#include "tickd/rest/exchange_clock.h"

#include "tests/unit/tickd/rest_world.h"
#include "tickd/rest/clock_offset.h"

static struct rest *rest;
static int64_t ahead_us;      /* the exchange's clock minus our right one */
static int64_t way_us[2];     /* of a call: there and back */

static int64_t
exchange_us(void)
{
	return world.now_us + WORLD_BEGIN_US + ahead_us;
}

/* The call was sent, and received there way_us[0] later, which is now minus way_us[1]. */
static int
serve_time(const char *path, struct http_answer *answer, char *body, size_t size)
{
	answer->sent_us = world.now_us - way_us[0] - way_us[1];
	snprintf(body, size, "{\"serverTime\":%" PRId64 "}", (exchange_us() - way_us[1]) / 1000);
	return 200;
}

static struct exchange_clock *
started(void)
{
	struct exchange_clock *clock;

	ahead_us = 0;
	way_us[0] = way_us[1] = 20000;
	world.latency_us = 40000;
	world.serve = serve_time;
	world.wall_minus_us = WORLD_BEGIN_US;
	rest = rest_create(&world_settings, NULL, NULL, &world.storage, world_tell, NULL);
	clock = exchange_clock_create(&world_settings, NULL, rest, world_tell, NULL);
	assert_non_null(clock);
	return clock;
}

static void
stop(struct exchange_clock *clock)
{
	exchange_clock_stop(clock);
	rest_stop(rest, world_closed, NULL);
	world_run(0);
	assert_true(world.closed);
}

static json_t *
shown(struct exchange_clock *clock, const char *name)
{
	static json_t *status;

	json_decref(status);
	status = exchange_clock_status(clock);
	return json_object_get(status, name);
}

static int64_t
offset_ms(struct exchange_clock *clock)
{
	assert_true(json_is_integer(shown(clock, "offset_ms")));
	return json_integer_value(shown(clock, "offset_ms"));
}

static void
it_is_asked_at_the_start_and_every_five_minutes(void **state)
{
	struct exchange_clock *clock = started();

	assert_true(json_is_null(shown(clock, "offset_ms")));
	assert_int_equal(exchange_clock_now_us(clock), clock_wall_us());
	ahead_us = 1270000;
	exchange_clock_start(clock);
	world_run(SECOND);
	assert_int_equal(world_asked("/api/v3/time"), 1);
	assert_int_equal(offset_ms(clock), 1270);
	assert_int_equal(exchange_clock_now_us(clock) - clock_wall_us(), ahead_us);
	world_run(298 * SECOND);
	assert_int_equal(world_asked("/api/v3/time"), 1);
	world_run(15 * SECOND);
	assert_int_equal(world_asked("/api/v3/time"), 2);
	stop(clock);
}

static void
the_shortest_round_trip_of_the_last_few_counts(void **state)
{
	struct exchange_clock *clock = started();

	exchange_clock_start(clock);
	world_run(SECOND);
	assert_int_equal(offset_ms(clock), 0);
	/* The way there is slow: the middle would be wrong by two seconds. */
	way_us[0] = 4000000;
	for (int i = 0; i < CLOCK_OFFSET_SAMPLES - 1; i++) {
		world_run(310 * SECOND);
		assert_int_equal(offset_ms(clock), 0);
	}
	world_run(310 * SECOND);
	assert_int_equal(offset_ms(clock), 1990);
	stop(clock);
}

static void
an_answer_that_is_no_time_changes_nothing(void **state)
{
	static const char *const bodies[] = {"", "{}", "[]", "{\"serverTime\":\"1\"}",
		"{\"serverTime\":-5}", "{\"serverTime\":0}", "{\"serverTime\":1.5}",
		"{\"serverTime\":999999999999999999}", "{\"serverTime\":99999999999999999999}"};
	struct exchange_clock *clock = started();

	world.serve = NULL;
	exchange_clock_start(clock);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		world_answer(200, bodies[i]);
		assert_true(json_is_null(shown(clock, "offset_ms")));
		for (int wait = 0; world.call == NULL; wait++) { /* it is asked again soon */
			assert_true(wait < 15);
			world_run(5 * SECOND);
		}
	}
	world_answer(400, "");
	world_run(0);
	stop(clock);
}

static void
a_limit_of_nothing_is_no_limit(void **state)
{
	struct exchange_clock *clock = started();

	world_settings.binance.clock_alarm_us = 0;
	ahead_us = 3600 * SECOND;
	exchange_clock_start(clock);
	world_run(SECOND);
	assert_int_equal(world_told("clock-off"), 0);
	stop(clock);
}

static void
a_clock_that_is_off_is_told_once_and_once_when_it_is_well(void **state)
{
	struct exchange_clock *clock = started();

	ahead_us = 1990000;
	exchange_clock_start(clock);
	world_run(SECOND);
	assert_false(json_is_true(shown(clock, "alarm")));
	ahead_us = 2500000;
	world_run(1600 * SECOND); /* until no sample is left from before */
	assert_true(json_is_true(shown(clock, "alarm")));
	assert_int_equal(world_told("clock-off"), 1);
	assert_non_null(strstr(world_sentence("clock-off"), "2.500 s behind"));
	ahead_us = 1800000; /* within the limit, but only just: it does not flutter */
	world_run(1600 * SECOND);
	assert_int_equal(world_told("clock-well"), 0);
	ahead_us = 100000;
	world_run(1600 * SECOND);
	assert_int_equal(world_told("clock-well"), 1);
	assert_int_equal(world_told("clock-off"), 1);
	stop(clock);
}

static void
setting_our_clock_shows_at_once_and_asks_anew(void **state)
{
	struct exchange_clock *clock = started();
	int64_t before_us;

	exchange_clock_start(clock);
	world_run(61 * SECOND);
	before_us = exchange_clock_now_us(clock);
	world_set_clock(5 * SECOND);
	assert_int_equal(offset_ms(clock), -5000);
	assert_int_equal(exchange_clock_now_us(clock), before_us);
	world_run(11 * SECOND);
	assert_int_equal(world_asked("/api/v3/time"), 2);
	assert_int_equal(world_told("clock-off"), 1);
	assert_non_null(strstr(world_sentence("clock-off"), "5.000 s ahead of"));
	assert_int_equal(offset_ms(clock), -5000);
	world_set_clock(-5 * SECOND);
	world_run(11 * SECOND);
	assert_int_equal(world_told("clock-well"), 1);
	stop(clock);
}

static void
frames_show_the_least_delay_of_a_minute(void **state)
{
	struct exchange_clock *clock = started();
	int64_t wall_us = clock_wall_us();

	assert_true(json_is_null(shown(clock, "frames_offset_ms")));
	exchange_clock_frame(clock, wall_us / 1000 - 800, wall_us);
	exchange_clock_frame(clock, wall_us / 1000 + 1170, wall_us);
	exchange_clock_frame(clock, wall_us / 1000 + 300, wall_us);
	assert_int_equal(json_integer_value(shown(clock, "frames_offset_ms")), 1170);
	/* The minute before still counts, the one before that does not. */
	world_run(60 * SECOND);
	exchange_clock_frame(clock, clock_wall_us() / 1000 + 200, clock_wall_us());
	assert_int_equal(json_integer_value(shown(clock, "frames_offset_ms")), 1170);
	world_run(60 * SECOND);
	exchange_clock_frame(clock, clock_wall_us() / 1000 + 100, clock_wall_us());
	assert_int_equal(json_integer_value(shown(clock, "frames_offset_ms")), 200);
	world_run(200 * SECOND);
	assert_true(json_is_null(shown(clock, "frames_offset_ms")));
	stop(clock);
}

static void
frames_alone_raise_the_alarm_where_rest_does_not_answer(void **state)
{
	struct exchange_clock *clock = started();

	world.serve = NULL;
	exchange_clock_start(clock);
	world_answer(451, "");
	exchange_clock_frame(clock, clock_wall_us() / 1000 - 3000, clock_wall_us());
	world_run(10 * SECOND);
	assert_int_equal(world_told("clock-off"), 1);
	stop(clock);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(it_is_asked_at_the_start_and_every_five_minutes),
		WORLD_TEST(the_shortest_round_trip_of_the_last_few_counts),
		WORLD_TEST(an_answer_that_is_no_time_changes_nothing),
		WORLD_TEST(a_limit_of_nothing_is_no_limit),
		WORLD_TEST(a_clock_that_is_off_is_told_once_and_once_when_it_is_well),
		WORLD_TEST(setting_our_clock_shows_at_once_and_asks_anew),
		WORLD_TEST(frames_show_the_least_delay_of_a_minute),
		WORLD_TEST(frames_alone_raise_the_alarm_where_rest_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
