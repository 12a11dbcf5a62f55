#define _GNU_SOURCE
#include "tickd/record/frame_ring.h"

#include <pthread.h>

#include "tests/unit/common/scratch.h"

#define FRAMES 300000
#define LENGTH_MAX 600

/* A frame that can be checked from its number alone; every seventh is empty. */
static size_t
numbered(int64_t number, char *frame)
{
	size_t length = (size_t)(number * 31 % LENGTH_MAX);

	if (number % 7 == 0)
		return 0;
	memset(frame, (int)('a' + number % 26), length);
	return length;
}

static bool
push_number(struct frame_ring *ring, int64_t number)
{
	char frame[LENGTH_MAX];
	size_t length = numbered(number, frame);

	return frame_ring_push(ring, -number, frame, length);
}

/* Takes the next one, which must be this number; false: there is none. */
static bool
take_number(struct frame_ring *ring, int64_t number, int64_t *wrong)
{
	char frame[LENGTH_MAX], expected[LENGTH_MAX];
	size_t length, expected_length = numbered(number, expected);
	int64_t wall_us;

	if (!frame_ring_next(ring, &wall_us, &length))
		return false;
	if (wall_us != -number || length != expected_length) {
		++*wrong;
		return true;
	}
	frame_ring_take(ring, frame);
	*wrong += memcmp(frame, expected, length) != 0;
	return true;
}

static void
frames_come_out_whole_in_their_order(void **state)
{
	struct frame_ring *ring = frame_ring_create(4096);
	int64_t in = 0, out = 0, wrong = 0;
	uint64_t chance = chance_seed();

	assert_non_null(ring);
	for (int round = 0; round < 10000; round++) {
		for (int64_t i = chance_below(&chance, 12); i > 0 && push_number(ring, in); i--)
			in++;
		for (int64_t i = chance_below(&chance, 12);
		    i > 0 && take_number(ring, out, &wrong); i--)
			out++;
		assert_int_equal(wrong, 0);
	}
	while (take_number(ring, out, &wrong))
		out++;
	assert_int_equal(wrong, 0);
	assert_int_equal(in, out);
	assert_true(out > 10000);
	frame_ring_free(ring);
}

static void
a_full_ring_refuses_and_keeps_what_it_has(void **state)
{
	struct frame_ring *ring = frame_ring_create(4096);
	int64_t in = 0, out = 0, wrong = 0;

	assert_non_null(ring);
	while (push_number(ring, in))
		in++;
	assert_false(push_number(ring, in));
	for (int i = 0; i < 5; i++) /* no frame is longer than these together */
		assert_true(take_number(ring, out++, &wrong));
	assert_true(push_number(ring, in++));
	while (take_number(ring, out, &wrong))
		out++;
	assert_int_equal(wrong, 0);
	assert_int_equal(in, out);
	frame_ring_free(ring);
}

static void *
produce(void *context)
{
	for (int64_t i = 0; i < FRAMES; i++)
		while (!push_number(context, i))
			sched_yield();
	return NULL;
}

static void
two_threads_hand_over_frames_in_order(void **state)
{
	struct frame_ring *ring = frame_ring_create(16384);
	int64_t out = 0, wrong = 0;
	pthread_t producer;

	assert_non_null(ring);
	assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
	while (out < FRAMES && wrong == 0)
		if (take_number(ring, out, &wrong))
			out++;
		else
			sched_yield();
	assert_int_equal(wrong, 0);
	assert_int_equal(pthread_join(producer, NULL), 0);
	frame_ring_free(ring);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_whole_in_their_order),
		cmocka_unit_test(a_full_ring_refuses_and_keeps_what_it_has),
		cmocka_unit_test(two_threads_hand_over_frames_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
