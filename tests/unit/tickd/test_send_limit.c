#define _GNU_SOURCE
#include "tickd/feed/send_limit.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

static void
no_second_holds_more_than_three_messages(void **state)
{
	struct send_limit limit = {0};
	int64_t sent_us[4096], now_us = CLOCK_SECOND_US;
	uint64_t chance = chance_seed();
	int count = 0;

	for (int i = 0; i < 20000 && count < 4096; i++) {
		now_us += chance_below(&chance, 200000);
		for (int room = send_limit_room(&limit, now_us); room > 0 && count < 4096; room--) {
			send_limit_sent(&limit, now_us);
			sent_us[count++] = now_us;
		}
		assert_int_equal(count < 4096 ? send_limit_room(&limit, now_us) : 0, 0);
	}
	assert_int_equal(count, 4096);
	for (int i = SEND_LIMIT_MESSAGES; i < count; i++)
		assert_true(sent_us[i] - sent_us[i - SEND_LIMIT_MESSAGES] > SEND_LIMIT_WINDOW_US);
}

static void
three_may_go_at_once_and_the_next_after_a_second(void **state)
{
	struct send_limit limit = {0};

	assert_int_equal(send_limit_room(&limit, 5), 3);
	for (int left = 2; left >= 0; left--) {
		send_limit_sent(&limit, 5);
		assert_int_equal(send_limit_room(&limit, 5), left);
	}
	assert_int_equal(send_limit_room(&limit, 5 + SEND_LIMIT_WINDOW_US), 0);
	assert_int_equal(send_limit_room(&limit, 6 + SEND_LIMIT_WINDOW_US), 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_may_go_at_once_and_the_next_after_a_second),
		cmocka_unit_test(no_second_holds_more_than_three_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
