#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "marketsim/frame.h"
#include "marketsim/mute.h"

static struct instrument instruments[2];
static struct mute_options options;
static struct mutes mutes;

#define OF_ETH(kind) (STREAM_KINDS + (kind))

static void
begin(struct mute_rule rule)
{
	struct problem problem;

	strcpy(rule.symbol, "ETHUSDT");
	assert_int_equal(instruments_parse("BTCUSDT,ETHUSDT", instruments, &problem), 2);
	options = (struct mute_options){ .rules = { rule }, .count = 1 };
	assert_int_equal(mutes_init(&mutes, &options, instruments, 2, &problem), 0);
}

static void
a_symbol_falls_silent_after_its_frames_and_no_other_does(void **state)
{
	struct mute_state connection = { 0 };
	bool muted[2 * STREAM_KINDS] = { false };

	begin((struct mute_rule){ .after_frames = 2 });
	for (int i = 0; i < 5; i++) {
		assert_false(mutes_hide(&mutes, &connection, muted, STREAM_TRADE, 0));
		assert_int_equal(
		    mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_TRADE), 0), i >= 2);
	}
	assert_true(mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_BOOK_TICKER), 0));
	assert_false(mutes_hide(&mutes, &connection, muted, -1, 0));
}

static void
a_stream_that_is_subscribed_again_stays(void **state)
{
	struct mute_state connection = { 0 };
	bool muted[2 * STREAM_KINDS] = { false };

	begin((struct mute_rule){ .after_frames = -1, .after_us = 100 });
	assert_false(mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_TRADE), 99));
	assert_true(mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_TRADE), 100));
	muted[OF_ETH(STREAM_TRADE)] = false;
	assert_false(mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_TRADE), 200));
	assert_true(mutes_hide(&mutes, &connection, muted, OF_ETH(STREAM_BOOK_TICKER), 200));
}

static void
for_ever_is_for_ever_and_everywhere(void **state)
{
	struct mute_state one = { 0 }, two = { 0 };
	bool muted[2 * STREAM_KINDS] = { false }, others[2 * STREAM_KINDS] = { false };

	begin((struct mute_rule){ .after_frames = 1, .for_ever = true });
	assert_false(mutes_hide(&mutes, &one, muted, OF_ETH(STREAM_TRADE), 0));
	assert_true(mutes_hide(&mutes, &one, muted, OF_ETH(STREAM_TRADE), 0));
	muted[OF_ETH(STREAM_TRADE)] = false;
	assert_true(mutes_hide(&mutes, &one, muted, OF_ETH(STREAM_TRADE), 0));
	assert_true(mutes_hide(&mutes, &two, others, OF_ETH(STREAM_TRADE), 0));
}

static void
a_symbol_that_is_not_traded_is_named(void **state)
{
	struct problem problem;

	begin((struct mute_rule){ .after_frames = 1 });
	assert_int_equal(mutes_init(&mutes, &options, instruments, 1, &problem), -EINVAL);
	assert_string_equal(problem.text, "--mute ETHUSDT: no such symbol here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_falls_silent_after_its_frames_and_no_other_does),
		cmocka_unit_test(a_stream_that_is_subscribed_again_stays),
		cmocka_unit_test(for_ever_is_for_ever_and_everywhere),
		cmocka_unit_test(a_symbol_that_is_not_traded_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
