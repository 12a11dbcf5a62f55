#define _GNU_SOURCE
#include "tickd/store/ring.h"

#include <pthread.h>

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define TICKS 2000000
#define TAKE 777 /* no divisor of the ring's size: wrapping takes come in two pieces */

static struct tick
numbered(int64_t number)
{
	return (struct tick){.time_us = ~number, .tick_id = number, .flags = TICK_TRADE};
}

static bool
push_number(struct ring *ring, int64_t number)
{
	const struct tick tick = numbered(number);

	return ring_push(ring, &tick);
}

static void
what_goes_in_comes_out_in_its_order(void **state)
{
	struct ring *ring = ring_create(100);
	struct tick out[64];
	int64_t in = 0, expected = 0;
	uint64_t chance = chance_seed();

	assert_non_null(ring);
	for (int round = 0; round < 10000; round++) {
		int64_t wanted = chance_below(&chance, 64);
		size_t count;

		for (int64_t i = 0; i < wanted && push_number(ring, in); i++)
			in++;
		count = ring_take(ring, out, (size_t)chance_below(&chance, 65));
		for (size_t i = 0; i < count; i++, expected++) {
			assert_int_equal(out[i].tick_id, expected);
			assert_int_equal(out[i].time_us, ~expected);
		}
		assert_int_equal(ring_count(ring), in - expected);
	}
	assert_true(expected > 1000);
	ring_free(ring);
}

static void
a_full_ring_refuses_and_loses_nothing(void **state)
{
	struct ring *ring = ring_create(100);
	struct tick out[256];
	int64_t in = 0;
	size_t room;

	assert_non_null(ring);
	room = ring_room(ring);
	assert_in_range(room, 100, 256);
	while (push_number(ring, in))
		in++;
	assert_int_equal(in, room);
	assert_int_equal(ring_room(ring), 0);
	assert_false(push_number(ring, -1));
	assert_int_equal(ring_take(ring, out, 3), 3);
	assert_int_equal(ring_room(ring), 3);
	for (int i = 0; i < 3; i++)
		assert_true(push_number(ring, in++));
	assert_false(push_number(ring, -1));
	assert_int_equal(ring_take(ring, out, 256), room);
	for (size_t i = 0; i < room; i++)
		assert_int_equal(out[i].tick_id, 3 + (int64_t)i);
	assert_int_equal(ring_take(ring, out, 256), 0);
	ring_free(ring);
}

static void *
produce(void *context)
{
	struct ring *ring = context;

	for (int64_t i = 0; i < TICKS; i++)
		while (!push_number(ring, i))
			sched_yield();
	return NULL;
}

static void
two_threads_hand_over_two_million_ticks_in_order(void **state)
{
	struct ring *ring = ring_create(4096);
	struct tick out[TAKE];
	int64_t expected = 0, wrong = 0;
	pthread_t producer;

	assert_non_null(ring);
	assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
	while (expected < TICKS) {
		size_t count;

		ring_wait(ring, 5000000);
		count = ring_take(ring, out, TAKE);
		for (size_t i = 0; i < count; i++, expected++)
			wrong += out[i].tick_id != expected || out[i].time_us != ~expected;
	}
	assert_int_equal(pthread_join(producer, NULL), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(ring_count(ring), 0);
	ring_free(ring);
}

struct sleeper {
	struct ring *ring;
	int64_t slept_us;
};

static void *
sleep_long(void *context)
{
	struct sleeper *sleeper = context;
	int64_t started_us = clock_monotonic_us();

	ring_wait(sleeper->ring, 30 * CLOCK_SECOND_US);
	sleeper->slept_us = clock_monotonic_us() - started_us;
	return NULL;
}

static int64_t
sleep_until(void (*end)(struct ring *))
{
	struct sleeper sleeper = {.ring = ring_create(16)};
	pthread_t thread;

	assert_non_null(sleeper.ring);
	assert_int_equal(pthread_create(&thread, NULL, sleep_long, &sleeper), 0);
	pause_ms(20); /* most likely asleep by now; what is promised holds either way */
	end(sleeper.ring);
	assert_int_equal(pthread_join(thread, NULL), 0);
	ring_free(sleeper.ring);
	return sleeper.slept_us;
}

static void
end_by_tick(struct ring *ring)
{
	assert_true(push_number(ring, 1));
}

static void
a_tick_and_a_wake_end_the_wait_of_a_sleeping_consumer(void **state)
{
	assert_true(sleep_until(end_by_tick) < 10 * CLOCK_SECOND_US);
	assert_true(sleep_until(ring_wake) < 10 * CLOCK_SECOND_US);
}

static void
a_wake_or_a_tick_before_the_wait_is_not_lost(void **state)
{
	struct ring *ring = ring_create(16);
	int64_t started_us = clock_monotonic_us();
	struct tick tick;

	assert_non_null(ring);
	ring_wake(ring);
	ring_wait(ring, 30 * CLOCK_SECOND_US);
	assert_true(push_number(ring, 1));
	ring_wait(ring, 30 * CLOCK_SECOND_US);
	assert_true(clock_monotonic_us() - started_us < 10 * CLOCK_SECOND_US);
	assert_int_equal(ring_take(ring, &tick, 1), 1);
	ring_free(ring);
}

static void
a_wait_for_nothing_ends_when_its_time_is_over(void **state)
{
	struct ring *ring = ring_create(16);
	int64_t started_us = clock_monotonic_us(), waited_us;

	assert_non_null(ring);
	ring_wait(ring, 30000);
	waited_us = clock_monotonic_us() - started_us;
	assert_true(waited_us >= 30000);
	assert_true(waited_us < 10 * CLOCK_SECOND_US);
	ring_free(ring);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_its_order),
		cmocka_unit_test(a_full_ring_refuses_and_loses_nothing),
		cmocka_unit_test(two_threads_hand_over_two_million_ticks_in_order),
		cmocka_unit_test(a_tick_and_a_wake_end_the_wait_of_a_sleeping_consumer),
		cmocka_unit_test(a_wake_or_a_tick_before_the_wait_is_not_lost),
		cmocka_unit_test(a_wait_for_nothing_ends_when_its_time_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
