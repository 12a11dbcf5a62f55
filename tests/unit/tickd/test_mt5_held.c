#define _GNU_SOURCE
#include "tickd/mt5/mt5_held.h"

#include "tests/unit/common/scratch.h"

static struct mt5_held held;

static int
begin(void **state)
{
	mt5_held_init(&held);
	return 0;
}

static int
end(void **state)
{
	mt5_held_clear(&held);
	return held.count == 0 && held.rows == 0 && held.first == NULL ? 0 : -1;
}

/* Of ticks whose milliseconds begin at `from`, or bars whose seconds do. */
static void
hold(enum mt5_type type, int64_t from, size_t count)
{
	struct mt5_message message = {.type = type};
	struct mt5_tick ticks[8];
	struct mt5_bar bars[8];

	assert_true(count <= 8);
	for (size_t i = 0; i < count; i++) {
		ticks[i] = (struct mt5_tick){.server_ms = from + (int64_t)i, .flags = 6};
		bars[i] = (struct mt5_bar){.server_s = from + (int64_t)i, .volume = 0.5};
	}
	if (type == MT5_TICKS)
		message.ticks = (struct mt5_ticks){.symbol = "A", .seq = from, .ticks = ticks,
			.count = count};
	else
		message.bars = (struct mt5_bars){.symbol = "B", .bars = bars, .count = count};
	assert_int_equal(mt5_held_add(&held, &message), 0);
	memset(ticks, 0xee, sizeof(ticks)); /* the reader uses its room again */
	memset(bars, 0xee, sizeof(bars));
}

static void
messages_come_out_in_their_order_with_all_that_was_in_them(void **state)
{
	struct mt5_held_message *kept;

	hold(MT5_TICKS, 100, 8);
	hold(MT5_BARS, 200, 3);
	hold(MT5_TICKS, 300, 0);
	assert_int_equal(held.count, 3);
	assert_int_equal(held.rows, 11);
	kept = mt5_held_take(&held);
	assert_string_equal(kept->message.ticks.symbol, "A");
	assert_int_equal(kept->message.ticks.count, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(kept->message.ticks.ticks[i].server_ms, 100 + i);
		assert_int_equal(kept->message.ticks.ticks[i].flags, 6);
	}
	free(kept);
	kept = mt5_held_take(&held);
	assert_int_equal(kept->message.type, MT5_BARS);
	assert_string_equal(kept->message.bars.symbol, "B");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(kept->message.bars.bars[i].server_s, 200 + i);
		assert_true(kept->message.bars.bars[i].volume == 0.5);
	}
	free(kept);
	assert_int_equal(held.count, 1);
	assert_int_equal(held.rows, 0);
	kept = mt5_held_take(&held);
	assert_int_equal(kept->message.ticks.seq, 300);
	free(kept);
	assert_null(mt5_held_take(&held));
}

static void
what_is_added_after_all_was_taken_is_found(void **state)
{
	for (int64_t i = 0; i < 3; i++) {
		struct mt5_held_message *kept;

		hold(MT5_TICKS, i, 1);
		kept = mt5_held_take(&held);
		assert_int_equal(kept->message.ticks.seq, i);
		free(kept);
		assert_null(mt5_held_take(&held));
	}
}

static void
a_clear_forgets_all_and_more_can_be_added(void **state)
{
	hold(MT5_TICKS, 1, 5);
	hold(MT5_BARS, 2, 5);
	mt5_held_clear(&held);
	mt5_held_clear(&held);
	assert_int_equal(held.count, 0);
	assert_int_equal(held.rows, 0);
	hold(MT5_TICKS, 7, 2);
	assert_int_equal(held.rows, 2);
}

#define promise(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		promise(messages_come_out_in_their_order_with_all_that_was_in_them),
		promise(what_is_added_after_all_was_taken_is_found),
		promise(a_clear_forgets_all_and_more_can_be_added),
	};

	return cmocka_run_group_tests_name("tickd/mt5_held", tests, NULL, NULL);
}
