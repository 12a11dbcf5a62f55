#define _GNU_SOURCE
#include "tickd/feed/connect_attempts.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"
#include "tickd/feed/reconnect.h"

#define CONNECTIONS 16
#define WALL_US (INT64_C(1769903999) * CLOCK_SECOND_US)

/* ---- a day of many connections, all of which fail ---- */

struct life {
	struct reconnect reconnect;
	int64_t due_us;
};

static struct life *
next_due(struct life lives[static CONNECTIONS])
{
	struct life *next = &lives[0];

	for (int i = 1; i < CONNECTIONS; i++)
		if (lives[i].due_us < next->due_us)
			next = &lives[i];
	return next;
}

/* How a connection ends: after how long, drawn by chance. */
typedef int64_t lifetime(uint64_t *chance);

/* No window of five minutes holds too many attempts.  Returns how many there were. */
static int64_t
live_a_day(lifetime *draw)
{
	static int64_t made_us[1 << 17];
	struct life lives[CONNECTIONS] = {0};
	struct connect_attempts attempts = {0};
	int64_t count = 0, now_us, wait_us;
	uint64_t chance = chance_seed();

	for (;;) {
		struct life *life = next_due(lives);
		int64_t open_us = draw(&chance);

		now_us = life->due_us;
		if (now_us >= CLOCK_DAY_US)
			return count;
		wait_us = connect_attempts_wait(&attempts, now_us);
		assert_in_range(wait_us, 0, CONNECT_ATTEMPTS_WINDOW_US);
		life->due_us = now_us + wait_us;
		if (wait_us > 0)
			continue;
		connect_attempts_add(&attempts, now_us);
		assert_true(count < 1 << 17);
		made_us[count++] = now_us;
		if (count > CONNECT_ATTEMPTS_MAX)
			assert_true(now_us - made_us[count - 1 - CONNECT_ATTEMPTS_MAX] >=
			    CONNECT_ATTEMPTS_WINDOW_US);
		life->due_us += open_us + reconnect_delay(&life->reconnect, open_us,
		    (int)chance_below(&chance, 1000));
	}
}

static int64_t
never_up(uint64_t *chance)
{
	return 0;
}

static int64_t
mostly_short(uint64_t *chance)
{
	return chance_below(chance, 3) == 0 ? RECONNECT_STABLE_US : chance_below(chance, 1000);
}

static void
a_day_of_failures_never_has_more_attempts_in_five_minutes_than_allowed(void **state)
{
	const int64_t most = 86400 / 300 * CONNECT_ATTEMPTS_MAX;

	assert_in_range(live_a_day(never_up), most / 2, most + CONNECT_ATTEMPTS_MAX);
	assert_in_range(live_a_day(mostly_short), most / 2, most + CONNECT_ATTEMPTS_MAX);
}

/* ---- over a restart ---- */

/* What a process that starts now, at these two times, is held to. */
static int64_t
wait_after_restart(const char *text, int64_t now_us, int64_t wall_us)
{
	struct connect_attempts attempts = {0};

	connect_attempts_read(&attempts, text, now_us, wall_us);
	return connect_attempts_wait(&attempts, now_us);
}

static void
attempts_before_a_restart_count_after_it(void **state)
{
	struct connect_attempts attempts = {0};
	char text[CONNECT_ATTEMPTS_TEXT_SIZE];
	int64_t first_us = 5 * CLOCK_SECOND_US, now_us = first_us;

	for (int i = 0; i < 2 * CONNECT_ATTEMPTS_MAX; i++) {
		now_us = first_us + i * 500 * CLOCK_MS_US;
		connect_attempts_add(&attempts, now_us);
	}
	connect_attempts_write(&attempts, now_us, WALL_US, text);
	/* Ten seconds later by the wall; the machine has started again, its clock is at 3 s. */
	assert_int_equal(wait_after_restart(text, 3 * CLOCK_SECOND_US, WALL_US +
	    10 * CLOCK_SECOND_US), CONNECT_ATTEMPTS_WINDOW_US - 124500 * CLOCK_MS_US -
	    10 * CLOCK_SECOND_US);
	assert_int_equal(wait_after_restart(text, 3 * CLOCK_SECOND_US,
	    WALL_US + CONNECT_ATTEMPTS_WINDOW_US), 0);
}

static void
a_wall_clock_that_was_turned_back_blocks_nobody_for_longer_than_a_window(void **state)
{
	struct connect_attempts attempts = {0};
	char text[CONNECT_ATTEMPTS_TEXT_SIZE];

	for (int i = 0; i < CONNECT_ATTEMPTS_MAX; i++)
		connect_attempts_add(&attempts, i * CLOCK_SECOND_US);
	connect_attempts_write(&attempts, 250 * CLOCK_SECOND_US, WALL_US, text);
	for (int days = 0; days < 20000; days += 999)
		assert_in_range(wait_after_restart(text, 7, WALL_US - days * CLOCK_DAY_US), 1,
		    CONNECT_ATTEMPTS_WINDOW_US);
	assert_int_equal(wait_after_restart(text, 7, WALL_US + CLOCK_DAY_US), 0);
}

static void
the_fullest_list_fits_its_text(void **state)
{
	struct connect_attempts attempts = {0}, back = {0};
	char text[CONNECT_ATTEMPTS_TEXT_SIZE];
	int64_t now_us = 0;

	for (int i = 0; i < CONNECT_ATTEMPTS_MAX; i++) {
		now_us += CONNECT_ATTEMPTS_WINDOW_US / (CONNECT_ATTEMPTS_MAX + 1);
		connect_attempts_add(&attempts, now_us);
	}
	connect_attempts_write(&attempts, now_us, INT64_C(253402300799) * CLOCK_SECOND_US, text);
	connect_attempts_read(&back, text, now_us, INT64_C(253402300799) * CLOCK_SECOND_US);
	assert_int_equal(back.count, CONNECT_ATTEMPTS_MAX);
	for (int i = 0; i < back.count; i++)
		assert_true(llabs(back.at_us[i] - attempts.at_us[i]) <= CLOCK_MS_US);
}

static void
a_text_that_is_none_is_harmless(void **state)
{
	static const char *const texts[] = {"", " ", "x", "-5", "1769903999000 x", "99999999999999999999",
		"9223372036854775807 9223372036854775807", "1 2 3", "1769903999000 -7"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct connect_attempts attempts = {0};

		connect_attempts_read(&attempts, texts[i], 1, WALL_US);
		assert_true(attempts.count <= 3);
		assert_int_equal(connect_attempts_wait(&attempts, 1), 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_of_failures_never_has_more_attempts_in_five_minutes_than_allowed),
		cmocka_unit_test(attempts_before_a_restart_count_after_it),
		cmocka_unit_test(
		    a_wall_clock_that_was_turned_back_blocks_nobody_for_longer_than_a_window),
		cmocka_unit_test(the_fullest_list_fits_its_text),
		cmocka_unit_test(a_text_that_is_none_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
