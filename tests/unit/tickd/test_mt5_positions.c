#define _GNU_SOURCE
#include "tickd/mt5/mt5_positions.h"

#include "tests/unit/common/scratch.h"

struct seen {
	size_t count, most; /* the callback ends it at `most` */
	struct {
		enum mt5_change_kind kind;
		int64_t ticket;
		const struct mt5_position *old, *now;
	} changes[256];
};

static int
note(void *context, enum mt5_change_kind kind, const struct mt5_position *old,
    const struct mt5_position *now)
{
	struct seen *seen = context;

	assert_true((old == NULL) == (kind == MT5_OPENED));
	assert_true((now == NULL) == (kind == MT5_GONE));
	if (kind == MT5_CHANGED)
		assert_int_equal(old->ticket, now->ticket);
	seen->changes[seen->count].kind = kind;
	seen->changes[seen->count].ticket = old != NULL ? old->ticket : now->ticket;
	seen->changes[seen->count].old = old;
	seen->changes[seen->count].now = now;
	return ++seen->count == seen->most ? -7 : 0;
}

static struct mt5_position
position(int64_t ticket)
{
	return (struct mt5_position){.ticket = ticket, .magic = 3, .opened_server_ms = 1000,
		.symbol = "EURUSD", .comment = "by hand", .volume_e8 = 10000000,
		.price_open_e8 = 110000000, .stop_loss_e8 = 109000000, .take_profit_e8 = TICK_NONE};
}

static struct seen
compare(const struct mt5_position *old, size_t old_count, const struct mt5_position *now,
    size_t now_count, bool complete)
{
	struct seen seen = {0};

	assert_int_equal(
	    mt5_positions_compare(old, old_count, now, now_count, complete, note, &seen), 0);
	return seen;
}

static void
what_is_the_same_is_no_change(void **state)
{
	struct mt5_position old[] = {position(1), position(2)}, now[] = {position(1), position(2)};

	assert_int_equal(compare(old, 2, now, 2, true).count, 0);
	assert_int_equal(compare(old, 2, now, 2, false).count, 0);
	assert_int_equal(compare(NULL, 0, NULL, 0, true).count, 0);
}

static void
a_complete_report_closes_what_it_does_not_name(void **state)
{
	struct mt5_position old[] = {position(1), position(2), position(5)}, now[] = {position(2)};
	struct seen seen = compare(old, 3, now, 1, true);

	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.changes[0].kind, MT5_GONE);
	assert_ptr_equal(seen.changes[0].old, &old[0]);
	assert_int_equal(seen.changes[1].kind, MT5_GONE);
	assert_ptr_equal(seen.changes[1].old, &old[2]);
	assert_int_equal(compare(old, 3, NULL, 0, true).count, 3);
}

static void
an_incomplete_report_closes_nothing(void **state)
{
	struct mt5_position old[] = {position(1), position(2), position(5)};
	struct mt5_position now[] = {position(2), position(3)};
	struct seen seen = compare(old, 3, now, 2, false);

	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.changes[0].kind, MT5_OPENED);
	assert_ptr_equal(seen.changes[0].now, &now[1]);
	assert_int_equal(compare(old, 3, NULL, 0, false).count, 0);
}

static void
what_a_trader_can_change_is_a_change(void **state)
{
	struct mt5_position old = position(9), now[6];

	for (size_t i = 0; i < 6; i++)
		now[i] = old;
	now[0].volume_e8 = 5000000;
	now[1].stop_loss_e8 = TICK_NONE;
	now[2].take_profit_e8 = 120000000;
	snprintf(now[3].comment, sizeof(now[3].comment), "tdm");
	now[4].sell = true;
	now[5].price_open_e8++;
	for (size_t i = 0; i < 6; i++) {
		struct seen seen = compare(&old, 1, &now[i], 1, i % 2 == 0);

		assert_int_equal(seen.count, 1);
		assert_int_equal(seen.changes[0].kind, MT5_CHANGED);
		assert_ptr_equal(seen.changes[0].old, &old);
		assert_ptr_equal(seen.changes[0].now, &now[i]);
	}
}

static void
what_the_callback_returns_ends_it(void **state)
{
	struct mt5_position now[] = {position(1), position(2), position(5)};
	struct seen seen = {.most = 2};

	assert_int_equal(mt5_positions_compare(NULL, 0, now, 3, true, note, &seen), -7);
	assert_int_equal(seen.count, 2);
}

/* Any two sets of tickets, looked at ticket by ticket. */
static void
each_ticket_is_told_once_and_in_order(void **state)
{
	uint64_t chance = chance_seed();

	for (int run = 0; run < 2000; run++) {
		struct mt5_position old[40], now[40];
		size_t old_count = 0, now_count = 0, told = 0;
		bool complete = chance_below(&chance, 2) == 0;
		struct seen seen;
		int64_t most = chance_below(&chance, 40);
		int kinds[40];

		for (int64_t ticket = 0; ticket < most; ticket++) {
			int64_t fate = chance_below(&chance, 5);

			kinds[ticket] = fate == 1 && complete ? MT5_GONE : fate == 2 ? MT5_OPENED :
			    fate == 3 ? MT5_CHANGED : -1;
			if (fate == 1 || fate == 3 || fate == 4)
				old[old_count++] = position(ticket);
			if (fate == 2 || fate == 3 || fate == 4)
				now[now_count++] = position(ticket);
			if (fate == 3)
				now[now_count - 1].volume_e8++;
		}
		seen = compare(old, old_count, now, now_count, complete);
		for (int64_t ticket = 0; ticket < most; ticket++) {
			if (kinds[ticket] < 0)
				continue;
			assert_true(told < seen.count);
			assert_int_equal(seen.changes[told].ticket, ticket);
			assert_int_equal(seen.changes[told++].kind, kinds[ticket]);
		}
		assert_int_equal(told, seen.count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_is_no_change),
		cmocka_unit_test(a_complete_report_closes_what_it_does_not_name),
		cmocka_unit_test(an_incomplete_report_closes_nothing),
		cmocka_unit_test(what_a_trader_can_change_is_a_change),
		cmocka_unit_test(what_the_callback_returns_ends_it),
		cmocka_unit_test(each_ticket_is_told_once_and_in_order),
	};

	return cmocka_run_group_tests_name("tickd/mt5_positions", tests, NULL, NULL);
}
