#define _GNU_SOURCE
#include "tickd/feed/line.h"

#include "tests/unit/tickd/feed_bench.h"

/* ---- rotation ---- */

static void
at_its_time_a_successor_takes_over_and_no_trade_is_lost_or_doubled(void **state)
{
	struct bench bench;
	int64_t id = 1, both;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 3 * HOUR + 29 * MINUTE, &id);
	assert_int_equal(outside.socket_count, 1);
	while (outside.socket_count == 1)
		trade_for(&bench, 0, SECOND, &id);
	assert_in_range(outside.now_us, 3 * HOUR + 30 * MINUTE, 3 * HOUR + 31 * MINUTE);
	assert_int_equal(figure(&bench, "rotations"), 0);
	outside_accept(1);
	/* The successor hears the next three trades, of which the old one brings the first. */
	both = id;
	for (int64_t ahead = 0; ahead < 3; ahead++)
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, 1, i, both + ahead);
	assert_trades(&bench, 0, 1, both - 1);
	outside_advance(SECOND / 2);
	give_trade(&bench, 0, 0, both);
	give_trade(&bench, 0, 0, both + 1);
	give_trade(&bench, 0, 1, both);
	outside_advance(SECOND / 2);
	assert_int_equal(figure(&bench, "rotations"), 0);
	give_trade(&bench, 0, 2, both);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_non_null(outside_socket(0)->closing);
	for (size_t i = 0; i < SYMBOLS; i++) {
		give_trade(&bench, 0, i, both + 2); /* not listened to */
		assert_trades(&bench, i, 1, both + 2);
	}
	id = both + 3;
	trade_for(&bench, 1, 2 * MINUTE, &id);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	assert_true(was_told(&bench, "feed-rotated"));
	bench_close(&bench);
}

static void
a_successor_that_is_behind_brings_nothing_again(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	give_trade(&bench, 1, 0, id);
	trade_for(&bench, 0, 3 * SECOND, &id);
	assert_int_equal(figure(&bench, "rotations"), 1);
	for (int64_t behind = 3; behind > 0; behind--)
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, 1, i, id - behind);
	trade_for(&bench, 1, 3 * SECOND, &id);
	/* The first second of the three that the old one had brought was before the take-over. */
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

static void
a_shutdown_is_answered_by_a_successor_at_once(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	assert_int_equal(outside.socket_count, 2);
	assert_int_equal(outside_socket(1)->begun_us, outside.now_us);
	assert_false(outside_socket(0)->gone);
	/* It dies before the successor has brought anything. */
	outside_accept(1);
	outside_end_socket(outside_socket(0), "closed by the other side");
	trade_for(&bench, 1, MINUTE, &id);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	bench_close(&bench);
}

static void
a_successor_that_fails_is_tried_again_while_the_old_one_delivers(void **state)
{
	struct bench bench;
	int64_t id = 1;
	int before;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	for (int i = 1; i < 6; i++) {
		outside_end_socket(outside_socket(i), "refused");
		before = outside.socket_count;
		while (outside.socket_count == before)
			trade_for(&bench, 0, SECOND, &id);
	}
	assert_true(was_told(&bench, "rotation-delayed"));
	assert_int_equal(figure(&bench, "reconnects"), 0);
	outside_accept(6);
	give_trade(&bench, 6, 1, id);
	trade_for(&bench, 0, 2 * SECOND, &id);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_true(outside_socket(0)->gone);
	bench_close(&bench);
}

static void
when_the_old_one_dies_first_the_successor_is_the_line(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_end_socket(outside_socket(0), "closed by the other side");
	outside_advance(SECOND);
	assert_int_equal(outside.socket_count, 2);
	outside_accept(1);
	trade_for(&bench, 1, MINUTE, &id);
	assert_int_equal(outside.socket_count, 2);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	assert_int_equal(figure(&bench, "reconnects"), 1);
	bench_close(&bench);
}

static void
a_full_list_of_held_ticks_ends_the_overlap_without_a_loss(void **state)
{
	struct bench bench;
	int64_t id = 1, held;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	held = id;
	for (int i = 0; i < HANDOVER_TICKS; i++)
		give_trade(&bench, 1, 0, held++);
	assert_int_equal(figure(&bench, "rotations"), 0);
	give_trade(&bench, 1, 0, held++);
	assert_int_equal(figure(&bench, "rotations"), 1);
	assert_trades(&bench, 0, 1, held - 1);
	bench_close(&bench);
}

static void
a_held_trade_carries_the_bid_and_ask_of_its_own_moment(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, MINUTE, &id);
	outside_give(0, SHUTDOWN);
	outside_accept(1);
	give_quote(&bench, 1, 0, 500, 70);
	give_trade(&bench, 1, 0, id);
	give_quote(&bench, 1, 0, 501, 80);
	give_trade(&bench, 1, 0, id + 1);
	give_quote(&bench, 0, 0, 502, 90);
	outside_end_socket(outside_socket(0), "closed by the other side");
	assert_int_equal(bench.pushed[bench.pushed_count - 2].bid_e8, INT64_C(7000000000));
	assert_int_equal(bench.pushed[bench.pushed_count - 1].bid_e8, INT64_C(8000000000));
	assert_int_equal(bench.pushed[bench.pushed_count - 1].ask_e8, INT64_C(8100000000));
	bench_close(&bench);
}

static void
a_second_shutdown_right_after_a_rotation_is_answered_as_well(void **state)
{
	struct bench bench;
	int64_t id = 1;

	bench_open(&bench);
	outside_accept(0);
	trade_for(&bench, 0, 2 * MINUTE, &id);
	for (int i = 0; i < 3; i++) {
		outside_give(i, SHUTDOWN);
		while (outside.socket_count < i + 2)
			trade_for(&bench, i, SECOND, &id);
		outside_accept(i + 1);
		give_trade(&bench, i + 1, 0, id);
		trade_for(&bench, i, 3 * SECOND, &id);
		assert_true(outside_socket(i)->gone);
		for (int64_t behind = 3; behind > 0; behind--)
			for (size_t k = 0; k < SYMBOLS; k++)
				give_trade(&bench, i + 1, k, id - behind);
	}
	assert_int_equal(figure(&bench, "rotations"), 3);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

static void
a_week_of_it_rotates_every_day_and_loses_nothing(void **state)
{
	struct bench bench;
	int64_t id = 1;
	int line = 0;

	bench_open(&bench);
	outside_accept(0);
	for (int minute = 0; minute < 7 * 24 * 60; minute++) {
		for (size_t i = 0; i < SYMBOLS; i++)
			give_trade(&bench, line, i, id);
		for (size_t i = 0; i < SYMBOLS && outside.socket_count == line + 2; i++)
			give_trade(&bench, line + 1, i, id);
		id++;
		for (int i = 0; i < 3; i++) {
			outside_advance(20 * SECOND);
			if (outside.socket_count == line + 2 && !outside_socket(line + 1)->open)
				outside_accept(line + 1);
		}
		line += outside_socket(line)->gone;
	}
	assert_in_range(figure(&bench, "rotations"), 7, 12);
	assert_int_equal(figure(&bench, "reconnects"), 0);
	for (int i = 1; i < outside.socket_count; i++)
		assert_true(outside_socket(i)->begun_us - outside_socket(i - 1)->begun_us <
		    23 * HOUR + 32 * MINUTE);
	for (size_t i = 0; i < SYMBOLS; i++)
		assert_trades(&bench, i, 1, id - 1);
	bench_close(&bench);
}

/* ---- two connections by chance ---- */

/* All trades of the market in one order; each connection brings them in that order, behind by its
   own time, from the moment on at which it listened. */
#define WALK_TRADES 3000
#define WALK_STEP_US (20 * CLOCK_MS_US)
#define WALK_BEHIND 25 /* half a second */

struct walk {
	struct bench bench;
	struct {
		size_t symbol;
		int64_t id;
	} market[WALK_TRADES];
	int64_t ids[SYMBOLS];
	int made;
	int at[OUTSIDE_SOCKETS]; /* what each connection brings next */
};

/* Brings some of what it has not brought yet; it is so many trades behind at the most. */
static void
walk_bring(struct walk *walk, int i, int behind, uint64_t *chance)
{
	const struct ws_connection *socket = outside_socket(i);

	while (socket->open && socket->closing == NULL && walk->at[i] < walk->made &&
	    (walk->at[i] < walk->made - behind || chance_below(chance, 3) != 0)) {
		int at = walk->at[i]++;

		give_trade(&walk->bench, i, walk->market[at].symbol, walk->market[at].id);
	}
}

static void
walk_step(struct walk *walk, uint64_t *chance)
{
	size_t symbol = (size_t)chance_below(chance, SYMBOLS);

	walk->market[walk->made].symbol = symbol;
	walk->market[walk->made++].id = walk->ids[symbol]++;
	for (int i = 0; i < outside.socket_count; i++) {
		if (!outside_socket(i)->gone && !outside_socket(i)->open &&
		    chance_below(chance, 20) == 0) {
			outside_accept(i);
			walk->at[i] = walk->made;
		}
		walk_bring(walk, i, WALK_BEHIND, chance);
	}
	outside_advance(WALK_STEP_US);
}

/* The connection that delivers, and not its successor. */
static int
oldest_open(void)
{
	for (int i = 0; i < outside.socket_count; i++)
		if (outside_socket(i)->open)
			return i;
	return -1;
}

static void
any_number_of_rotations_hands_on_each_trade_once_and_in_order(void **state)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	uint64_t chance = chance_seed();

	assert_non_null(walk);
	for (int run = 0; run < 60; run++) {
		memset(walk, 0, sizeof(*walk));
		bench_open(&walk->bench);
		outside_accept(0);
		while (walk->made < WALK_TRADES - 600) {
			if (chance_below(&chance, 400) == 0)
				outside_give(oldest_open(), SHUTDOWN);
			walk_step(walk, &chance);
		}
		while (walk->made < WALK_TRADES)
			walk_step(walk, &chance);
		for (int i = 0; i < outside.socket_count; i++)
			walk_bring(walk, i, 0, &chance);
		outside_advance(10 * SECOND);
		assert_int_equal(figure(&walk->bench, "reconnects"), 0);
		assert_true(figure(&walk->bench, "rotations") > 0);
		for (size_t i = 0; i < SYMBOLS; i++)
			assert_trades(&walk->bench, i, 0, walk->ids[i] - 1);
		bench_close(&walk->bench);
	}
	free(walk);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    at_its_time_a_successor_takes_over_and_no_trade_is_lost_or_doubled),
		cmocka_unit_test(a_successor_that_is_behind_brings_nothing_again),
		cmocka_unit_test(a_shutdown_is_answered_by_a_successor_at_once),
		cmocka_unit_test(a_successor_that_fails_is_tried_again_while_the_old_one_delivers),
		cmocka_unit_test(when_the_old_one_dies_first_the_successor_is_the_line),
		cmocka_unit_test(a_full_list_of_held_ticks_ends_the_overlap_without_a_loss),
		cmocka_unit_test(a_held_trade_carries_the_bid_and_ask_of_its_own_moment),
		cmocka_unit_test(a_second_shutdown_right_after_a_rotation_is_answered_as_well),
		cmocka_unit_test(a_week_of_it_rotates_every_day_and_loses_nothing),
		cmocka_unit_test(any_number_of_rotations_hands_on_each_trade_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
