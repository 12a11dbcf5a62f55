#define _GNU_SOURCE
#include "tickd/record/recording_block.h"

#include "tests/unit/tickd/recorded.h"

#define FIRST_US INT64_C(1795273200000000)

static struct recording_block *
create(void)
{
	struct recording_block *block = recording_block_create();

	assert_non_null(block);
	return block;
}

static void
add(struct recording_block *block, int64_t wall_us, const char *frame)
{
	assert_true(recording_block_fits(block, strlen(frame)));
	recording_block_add(block, wall_us, frame, strlen(frame));
}

static struct recorded
unpack(struct recording_block *block)
{
	struct recorded recorded = {0};
	const void *packed;
	size_t length;

	assert_int_equal(recording_block_pack(block, &packed, &length), 0);
	recorded_unpack(&recorded, packed, length);
	return recorded;
}

static void
a_line_is_the_receive_time_in_ns_a_space_and_the_frame(void **state)
{
	struct recording_block *block = create();
	struct recorded recorded;

	add(block, FIRST_US + 1, "{\"a\":1}");
	add(block, FIRST_US + 2, "");
	recorded = unpack(block);
	assert_string_equal(recorded.text, "1795273200000001000 {\"a\":1}\n1795273200000002000 \n");
	assert_int_equal(recording_block_frames(block), 2);
	assert_int_equal(recording_block_first_us(block), FIRST_US + 1);
	recorded_free(&recorded);
	recording_block_free(block);
}

static void
a_newline_inside_a_frame_does_not_break_its_line(void **state)
{
	struct recording_block *block = create();
	struct recorded recorded;

	add(block, 5, "\n{\"a\":\n\n1}\r\n");
	recorded = unpack(block);
	assert_string_equal(recorded.text, "5000  {\"a\":  1}\r \n");
	recorded_free(&recorded);
	recording_block_free(block);
}

static void
the_longest_frame_fits_into_an_empty_block(void **state)
{
	struct recording_block *block = create();
	char *frame = malloc(RECORDING_FRAME_MAX);
	struct recorded recorded;

	assert_non_null(frame);
	memset(frame, 'x', RECORDING_FRAME_MAX);
	assert_true(recording_block_fits(block, RECORDING_FRAME_MAX));
	recording_block_add(block, INT64_MAX / 1000, frame, RECORDING_FRAME_MAX);
	assert_false(recording_block_fits(block, RECORDING_FRAME_MAX));
	recorded = unpack(block);
	assert_int_equal(recorded.length, RECORDING_FRAME_MAX + strlen("9223372036854775000 \n"));
	recording_block_clear(block);
	assert_int_equal(recording_block_frames(block), 0);
	assert_true(recording_block_fits(block, RECORDING_FRAME_MAX));
	recorded_free(&recorded);
	free(frame);
	recording_block_free(block);
}

/* A full block of frames as they come, or of bytes that cannot be packed. */
static void
fill(struct recording_block *block, bool chaos)
{
	uint64_t chance = chance_seed();
	char frame[200];

	for (int64_t i = 0; recording_block_fits(block, sizeof(frame)); i++) {
		snprintf(frame, sizeof(frame), "{\"stream\":\"btcusdt@trade\",\"data\":{\"t\":%d}}",
		    (int)chance_below(&chance, 1000000));
		for (size_t k = 0; chaos && k < sizeof(frame); k++)
			frame[k] = (char)chance_next(&chance);
		recording_block_add(block, FIRST_US + i, frame, chaos ? sizeof(frame) :
		    strlen(frame));
	}
}

static void
of_a_torn_block_all_lines_or_none_come_out(void **state)
{
	static const size_t steps[] = {1, 101} /* bytes */;
	struct recording_block *block = create();

	for (int chaos = 0; chaos < 2; chaos++) {
		struct recorded whole;
		const void *packed;
		size_t length;

		recording_block_clear(block);
		fill(block, chaos);
		whole = unpack(block);
		assert_int_equal(whole.lines, recording_block_frames(block));
		assert_int_equal(recording_block_pack(block, &packed, &length), 0);
		for (size_t cut = 0; cut < length; cut += steps[chaos]) {
			struct recorded torn = {0};

			recorded_unpack(&torn, packed, cut);
			assert_true(torn.length == 0 || torn.length == whole.length);
			recorded_free(&torn);
		}
		recorded_free(&whole);
	}
	recording_block_free(block);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_the_receive_time_in_ns_a_space_and_the_frame),
		cmocka_unit_test(a_newline_inside_a_frame_does_not_break_its_line),
		cmocka_unit_test(the_longest_frame_fits_into_an_empty_block),
		cmocka_unit_test(of_a_torn_block_all_lines_or_none_come_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
