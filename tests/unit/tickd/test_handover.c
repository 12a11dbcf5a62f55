#define _GNU_SOURCE
#include "tickd/feed/handover.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define FIRST 10 /* the number of the line's first symbol */
#define SYMBOLS 3
#define SECOND_US INT64_C(1000000)

static struct tick
trade(uint32_t symbol, int64_t id)
{
	return (struct tick){.symbol = FIRST + symbol, .tick_id = id, .flags = TICK_TRADE};
}

static void
old_brings(struct handover *handover, uint32_t symbol, int64_t id)
{
	struct tick tick = trade(symbol, id);

	handover_delivered(handover, &tick);
}

static void
new_brings(struct handover *handover, uint32_t symbol, int64_t id, int64_t now_us)
{
	struct tick tick = trade(symbol, id);

	assert_int_equal(handover_hold(handover, &tick, now_us), 0);
}

/* Takes the next held one. */
static void
assert_next(struct handover *handover, uint32_t symbol, int64_t id)
{
	const struct tick *tick = handover_first(handover);

	assert_non_null(tick);
	assert_int_equal(tick->symbol, FIRST + symbol);
	assert_int_equal(tick->tick_id, id);
	handover_delivered(handover, tick);
	handover_drop(handover);
}

static void
the_old_one_must_have_brought_the_first_held_trade_of_each_symbol(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	int64_t now_us = 5 * SECOND_US;

	assert_non_null(handover);
	old_brings(handover, 0, 100);
	assert_false(handover_ready(handover, now_us));
	handover_begin(handover, SECOND_US);
	new_brings(handover, 0, 102, now_us);
	new_brings(handover, 1, 7, now_us);
	old_brings(handover, 0, 101);
	assert_false(handover_ready(handover, now_us));
	old_brings(handover, 1, 7);
	assert_false(handover_ready(handover, now_us));
	old_brings(handover, 0, 102);
	assert_true(handover_ready(handover, now_us));
	new_brings(handover, 2, 50, now_us);
	assert_false(handover_ready(handover, now_us));
	old_brings(handover, 2, 51);
	assert_true(handover_ready(handover, now_us));
	handover_free(handover);
}

static void
what_the_old_one_brought_is_left_out(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	struct tick tick;

	handover_begin(handover, SECOND_US);
	for (int64_t id = 5; id < 10; id++) {
		new_brings(handover, 0, id, SECOND_US);
		new_brings(handover, 1, id, SECOND_US);
	}
	for (int64_t id = 0; id <= 7; id++)
		old_brings(handover, 0, id);
	old_brings(handover, 1, 20);
	handover_take_over(handover);
	assert_next(handover, 0, 8);
	assert_next(handover, 0, 9);
	assert_null(handover_first(handover));
	/* The successor was behind the old one. */
	tick = trade(1, 20);
	assert_true(handover_had(handover, &tick));
	tick = trade(1, 21);
	assert_false(handover_had(handover, &tick));
	tick = trade(0, 9);
	assert_false(handover_had(handover, &tick));
	tick = trade(2, 0);
	assert_false(handover_had(handover, &tick));
	handover_free(handover);
}

static void
the_first_trade_of_a_symbol_has_id_0_and_is_not_left_out(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);

	handover_begin(handover, SECOND_US);
	new_brings(handover, 2, 0, SECOND_US);
	handover_take_over(handover);
	assert_next(handover, 2, 0);
	assert_null(handover_first(handover));
	handover_free(handover);
}

static void
stored_quotes_are_told_apart_by_their_update(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	struct tick quote = {.symbol = FIRST, .flags = TICK_QUOTE};

	quote.tick_id = -100;
	handover_delivered(handover, &quote);
	handover_begin(handover, SECOND_US);
	for (quote.tick_id = -99; quote.tick_id >= -102; quote.tick_id--)
		assert_int_equal(handover_hold(handover, &quote, SECOND_US), 0);
	quote.tick_id = -101;
	handover_delivered(handover, &quote);
	handover_take_over(handover);
	assert_next(handover, 0, -102);
	assert_null(handover_first(handover));
	assert_true(handover_had(handover, &quote));
	handover_free(handover);
}

static void
it_comes_in_a_second_at_the_least_and_in_five_at_the_most(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	int64_t opened_us = 100 * SECOND_US, traded_us = opened_us + SECOND_US / 2;

	handover_begin(handover, opened_us);
	new_brings(handover, 0, 5, traded_us);
	old_brings(handover, 0, 5);
	assert_false(handover_ready(handover, opened_us + HANDOVER_OVERLAP_US - 1));
	assert_true(handover_ready(handover, opened_us + HANDOVER_OVERLAP_US));
	new_brings(handover, 1, 5, traded_us);
	assert_false(handover_ready(handover, traded_us + HANDOVER_LIMIT_US - 1));
	assert_true(handover_ready(handover, traded_us + HANDOVER_LIMIT_US));
	handover_free(handover);
}

static void
without_any_trade_it_comes_in_a_minute(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);

	handover_begin(handover, SECOND_US);
	assert_false(handover_ready(handover, HANDOVER_QUIET_US));
	assert_true(handover_ready(handover, HANDOVER_QUIET_US + SECOND_US));
	handover_free(handover);
}

static void
a_full_list_forgets_what_the_old_one_has_brought_and_then_says_so(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	struct tick tick;

	handover_begin(handover, SECOND_US);
	for (int64_t id = 0; id < HANDOVER_TICKS; id++)
		new_brings(handover, 0, id, SECOND_US);
	old_brings(handover, 0, HANDOVER_TICKS / 2);
	for (int64_t id = HANDOVER_TICKS; id <= HANDOVER_TICKS + HANDOVER_TICKS / 2; id++)
		new_brings(handover, 0, id, SECOND_US);
	tick = trade(0, HANDOVER_TICKS + HANDOVER_TICKS / 2 + 1);
	assert_int_equal(handover_hold(handover, &tick, SECOND_US), -ENOSPC);
	handover_take_over(handover);
	for (int64_t id = HANDOVER_TICKS / 2 + 1; id < tick.tick_id; id++)
		assert_next(handover, 0, id);
	assert_null(handover_first(handover));
	handover_free(handover);
}

static void
a_successor_that_failed_leaves_nothing_behind(void **state)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);

	handover_begin(handover, SECOND_US);
	new_brings(handover, 0, 50, SECOND_US);
	handover_clear(handover);
	assert_false(handover_ready(handover, 1000 * SECOND_US));
	handover_begin(handover, 2000 * SECOND_US);
	new_brings(handover, 0, 60, 2000 * SECOND_US);
	old_brings(handover, 0, 60);
	assert_true(handover_ready(handover, 2001 * SECOND_US));
	handover_take_over(handover);
	assert_null(handover_first(handover));
	handover_free(handover);
}

/* ---- two connections of one market, by chance ---- */

#define SENT 300

/* One market: all trades in one order; both connections bring it in that order, each at its pace. */
static bool
walk_at_random(uint64_t *chance)
{
	struct handover *handover = handover_create(FIRST, SYMBOLS);
	struct tick sent[SENT];
	int64_t ids[SYMBOLS] = {0, 1000, 77}, next[SYMBOLS] = {0, 1000, 77};
	int64_t subscribed = chance_below(chance, SENT / 2), now_us = SECOND_US, taken = -1;
	int64_t old_at = 0, new_at = subscribed;

	for (int i = 0; i < SENT; i++) {
		uint32_t symbol = (uint32_t)chance_below(chance, SYMBOLS);

		sent[i] = trade(symbol, ids[symbol]++);
	}
	handover_begin(handover, now_us);
	while (new_at < SENT || taken < 0) {
		const struct tick *tick = NULL;

		now_us += chance_below(chance, SECOND_US / 40);
		if (taken < 0 && (new_at == SENT || chance_below(chance, 2) == 0)) {
			tick = old_at < SENT ? &sent[old_at++] : NULL;
		} else if (new_at < SENT) {
			if (taken < 0)
				assert_int_equal(handover_hold(handover, &sent[new_at++], now_us), 0);
			else
				tick = &sent[new_at++];
			if (tick != NULL && handover_had(handover, tick))
				tick = NULL;
		}
		if (tick != NULL) {
			assert_int_equal(tick->tick_id, next[tick->symbol - FIRST]++);
			handover_delivered(handover, tick);
		}
		if (taken >= 0 || !handover_ready(handover, now_us))
			continue;
		/* By the limit only a connection that is seconds behind may lose something. */
		if (old_at < subscribed)
			break;
		taken = now_us;
		handover_take_over(handover);
		while ((tick = handover_first(handover)) != NULL) {
			assert_int_equal(tick->tick_id, next[tick->symbol - FIRST]++);
			handover_delivered(handover, tick);
			handover_drop(handover);
		}
	}
	if (taken >= 0)
		for (int i = 0; i < SYMBOLS; i++)
			assert_int_equal(next[i], ids[i]);
	handover_free(handover);
	return taken >= 0;
}

static void
however_two_connections_interleave_each_trade_comes_once_and_in_order(void **state)
{
	uint64_t chance = chance_seed();
	int whole = 0;

	for (int i = 0; i < 2000; i++)
		whole += walk_at_random(&chance);
	assert_true(whole > 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_one_must_have_brought_the_first_held_trade_of_each_symbol),
		cmocka_unit_test(what_the_old_one_brought_is_left_out),
		cmocka_unit_test(the_first_trade_of_a_symbol_has_id_0_and_is_not_left_out),
		cmocka_unit_test(stored_quotes_are_told_apart_by_their_update),
		cmocka_unit_test(it_comes_in_a_second_at_the_least_and_in_five_at_the_most),
		cmocka_unit_test(without_any_trade_it_comes_in_a_minute),
		cmocka_unit_test(a_full_list_forgets_what_the_old_one_has_brought_and_then_says_so),
		cmocka_unit_test(a_successor_that_failed_leaves_nothing_behind),
		cmocka_unit_test(however_two_connections_interleave_each_trade_comes_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
