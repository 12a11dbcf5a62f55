#define _GNU_SOURCE
#include "analysisd/dtms/dtms_store.h"

#include "common/clock.h"
#include "tests/unit/analysisd/dtms_bench.h"

#include <errno.h>

/* ---- trades ---- */

struct trades {
	int count;
	struct dtms_trade all[16];
};

static int
take_trade(void *context, const struct dtms_trade *trade)
{
	struct trades *trades = context;

	assert_true(trades->count < 16);
	trades->all[trades->count++] = *trade;
	return 0;
}

static struct trades
open_trades(struct dtms_bench *bench, const char *source)
{
	struct trades trades = {.count = 0};
	int count = dtms_store_open_trades(bench->store, source, take_trade, &trades);

	assert_int_equal(count, trades.count);
	return trades;
}

static void
assert_same_trade(const struct dtms_trade *is, const struct dtms_trade *expected)
{
	const char *member = trade_difference(is, expected);

	if (member != NULL)
		fail_msg("%s is not what was written", member);
}

/* Any number but TICK_NONE. */
static int64_t
some(uint64_t *chance)
{
	int64_t value = chance_any(chance);

	return value == TICK_NONE ? 0 : value;
}

static int64_t
some_or_none(uint64_t *chance)
{
	return chance_below(chance, 3) == 0 ? TICK_NONE : some(chance);
}

static void
some_text(uint64_t *chance, char ret[static TRADE_NAME_MAX])
{
	static const char *const parts[] = {"a", "'", "\"", "\\", "\xc3\xa4", "\xe2\x82\xac", " ",
		"%s", "\n"};
	int64_t count = 1 + chance_below(chance, 20);

	*ret = '\0';
	for (int64_t i = 0; i < count; i++)
		strcat(ret, parts[chance_below(chance, 9)]);
}

static struct dtms_trade
some_open_trade(uint64_t *chance)
{
	struct dtms_trade trade = {
		.ticket = some(chance),
		.registered_us = some(chance),
		.direction = chance_below(chance, 2) == 0 ? TRADE_BUY : TRADE_SELL,
		.venue = chance_below(chance, 2) == 0,
		.entry_e8 = some(chance),
		.initial_volume_e8 = some(chance),
		.current_volume_e8 = some(chance),
		.closed_volume_e8 = some(chance),
		.stop_loss_e8 = some_or_none(chance),
		.take_profit_e8 = some_or_none(chance),
		.initial_stop_loss_e8 = some_or_none(chance),
		.hedge_ticket = some_or_none(chance),
		.hedge_volume_e8 = some_or_none(chance),
		.hedge_lost = chance_below(chance, 2) == 0,
		.state = (enum dtms_state)chance_below(chance, DTMS_STATES),
		.state_since_us = some(chance),
		.score = chance_below(chance, 3) == 0 ? NAN : (double)some(chance) / 7e9,
		.flat_deadline_us = some_or_none(chance),
		.recovery_deadline_us = some_or_none(chance),
		.vwap_cross_count = some(chance),
		.vwap_flip = (int)chance_below(chance, 3) - 1,
		.vwap_counted_us = some_or_none(chance),
		.last_deep_us = some_or_none(chance),
		.last_deep_price_e8 = some_or_none(chance),
		.close_attempts = some(chance),
		.closing_since_us = some_or_none(chance),
		.stale = chance_below(chance, 2) == 0,
		.closed_us = TICK_NONE,
	};

	some_text(chance, trade.account);
	some_text(chance, trade.source);
	some_text(chance, trade.symbol);
	if (chance_below(chance, 2) == 0)
		some_text(chance, trade.closed_reason);
	return trade;
}

static void
a_trade_is_read_as_it_was_written_to_the_last_bit(void **state)
{
	uint64_t chance = chance_seed();
	struct dtms_bench bench;

	bench_open(&bench, state);
	for (int i = 0; i < 400; i++) {
		struct dtms_trade first = some_open_trade(&chance), second;
		struct trades read;

		assert_int_equal(results_begin(bench.results), 0);
		bench_write(&bench, &first);
		read = open_trades(&bench, first.source);
		assert_int_equal(read.count, 1);
		assert_same_trade(&read.all[0], &first);
		/* As it is some checks later: all but its key may have changed. */
		second = some_open_trade(&chance);
		strcpy(second.account, first.account);
		second.ticket = first.ticket;
		second.registered_us = first.registered_us;
		bench_write(&bench, &second);
		read = open_trades(&bench, second.source);
		assert_int_equal(read.count, 1);
		assert_same_trade(&read.all[0], &second);
		assert_int_equal(bench_number(&bench, "SELECT count(*) FROM dtms_trades"), 1);
		results_rollback(bench.results);
	}
	bench_stop(&bench);
}

static void
none_is_stored_as_null_and_no_reason_as_none(void **state)
{
	struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_write(&bench, &trade);
	assert_int_equal(bench_number(&bench,
	    "SELECT stop_loss_e8 IS NULL AND take_profit_e8 IS NULL"
	    " AND initial_stop_loss_e8 IS NULL AND hedge_ticket IS NULL AND hedge_volume_e8 IS NULL"
	    " AND score IS NULL AND flat_deadline_us IS NULL AND recovery_deadline_us IS NULL"
	    " AND vwap_counted_us IS NULL AND last_deep_time_us IS NULL"
	    " AND last_deep_price_e8 IS NULL AND closing_since_us IS NULL AND closed_us IS NULL"
	    " AND closed_reason IS NULL AND origin = 'enabled' AND state = 'HEALTHY'"
	    " AND direction = 'BUY' FROM dtms_trades"), 1);
	bench_stop(&bench);
}

static void
a_trade_without_an_entry_or_a_volume_is_not_stored(void **state)
{
	struct dtms_trade no_entry = bench_trade(1), no_volume = bench_trade(2);
	struct dtms_bench bench;

	bench_open(&bench, state);
	no_entry.entry_e8 = TICK_NONE;
	no_volume.current_volume_e8 = TICK_NONE;
	assert_int_equal(dtms_store_write_trade(bench.store, &no_entry), -EINVAL);
	assert_int_equal(dtms_store_write_trade(bench.store, &no_volume), -EINVAL);
	assert_int_equal(bench_number(&bench, "SELECT count(*) FROM dtms_trades"), 0);
	bench_stop(&bench);
}

static void
a_ticket_has_one_open_trade_at_a_time(void **state)
{
	struct dtms_trade trade = bench_trade(1), again = bench_trade(1), other = bench_trade(1);
	struct dtms_bench bench;
	struct trades open;

	bench_open(&bench, state);
	bench_write(&bench, &trade);
	again.registered_us += CLOCK_SECOND_US;
	assert_int_equal(dtms_store_write_trade(bench.store, &again), -EINVAL);
	open = open_trades(&bench, "sim");
	assert_int_equal(open.count, 1);
	assert_same_trade(&open.all[0], &trade);
	strcpy(other.account, "b"); /* the same number at another broker is another ticket */
	bench_write(&bench, &other);
	assert_int_equal(open_trades(&bench, "sim").count, 2);
	bench_stop(&bench);
}

static void
a_ticket_whose_trade_was_closed_may_be_registered_again(void **state)
{
	struct dtms_trade trade = bench_trade(1), again = bench_trade(1);
	struct dtms_bench bench;
	struct trades open;

	bench_open(&bench, state);
	bench_write(&bench, &trade);
	trade.state = DTMS_CLOSED;
	trade.closed_us = BENCH_US + 5;
	strcpy(trade.closed_reason, "tp");
	bench_write(&bench, &trade);
	assert_int_equal(open_trades(&bench, "sim").count, 0);
	again.registered_us += CLOCK_SECOND_US;
	bench_write(&bench, &again);
	open = open_trades(&bench, "sim");
	assert_int_equal(open.count, 1);
	assert_same_trade(&open.all[0], &again);
	assert_int_equal(bench_number(&bench, "SELECT count(*) FROM dtms_trades"), 2);
	assert_int_equal(bench_number(&bench, "SELECT closed_us = %lld AND closed_reason = 'tp'"
					      " FROM dtms_trades WHERE state = 'CLOSED'",
			     (long long)(BENCH_US + 5)), 1);
	bench_stop(&bench);
}

static void
open_trades_come_by_account_and_ticket_of_their_source_alone(void **state)
{
	static const struct {
		const char *account, *source;
		int64_t ticket;
	} written[] = {{"b", "sim", 1}, {"a", "sim", 20}, {"a", "mt5", 4}, {"a", "sim", 3}};
	struct dtms_bench bench;
	struct trades open;

	bench_open(&bench, state);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct dtms_trade trade = bench_trade(written[i].ticket);

		strcpy(trade.account, written[i].account);
		strcpy(trade.source, written[i].source);
		bench_write(&bench, &trade);
	}
	open = open_trades(&bench, "sim");
	assert_int_equal(open.count, 3);
	assert_int_equal(open.all[0].ticket, 3);
	assert_int_equal(open.all[1].ticket, 20);
	assert_string_equal(open.all[2].account, "b");
	assert_int_equal(open_trades(&bench, "mt5").all[0].ticket, 4);
	assert_int_equal(open_trades(&bench, "binance").count, 0);
	bench_stop(&bench);
}

static int
take_one_and_end(void *context, const struct dtms_trade *trade)
{
	++*(int *)context;
	return -ECANCELED;
}

static void
a_callback_that_ends_the_reading_is_not_called_again(void **state)
{
	struct dtms_trade one = bench_trade(1), two = bench_trade(2);
	struct dtms_bench bench;
	int calls = 0;

	bench_open(&bench, state);
	bench_write(&bench, &one);
	bench_write(&bench, &two);
	assert_int_equal(dtms_store_open_trades(bench.store, "sim", take_one_and_end, &calls),
	    -ECANCELED);
	assert_int_equal(calls, 1);
	assert_int_equal(open_trades(&bench, "sim").count, 2);
	bench_stop(&bench);
}

static void
a_stored_state_that_is_none_is_an_error_and_not_healthy(void **state)
{
	struct dtms_trade trade = bench_trade(1);
	struct trades trades = {.count = 0};
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_write(&bench, &trade);
	assert_int_equal(database_execute(bench.db, "UPDATE dtms_trades SET state = 'FINE'"), 0);
	assert_int_equal(dtms_store_open_trades(bench.store, "sim", take_trade, &trades), -EIO);
	assert_int_equal(trades.count, 0);
	bench_stop(&bench);
}

/* ---- adopted positions ---- */

static void
an_adopted_position_is_found_by_its_ticket_and_account(void **state)
{
	struct dtms_adopted hedge = {.source = "sim", .account = "a", .ticket = 7, .parent_ticket = 1,
		.parent_registered_us = BENCH_US, .hedge = true, .volume_e8 = 50000000,
		.opened_us = BENCH_US + 1, .closed_us = TICK_NONE};
	struct dtms_adopted re_add = hedge, read;
	struct dtms_bench bench;

	bench_open(&bench, state);
	re_add.ticket = 8;
	re_add.hedge = false;
	assert_int_equal(dtms_store_write_adopted(bench.store, &hedge), 0);
	assert_int_equal(dtms_store_write_adopted(bench.store, &re_add), 0);
	hedge.closed_us = BENCH_US + 2;
	assert_int_equal(dtms_store_write_adopted(bench.store, &hedge), 0);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 7, &read), 1);
	assert_string_equal(read.account, "a");
	assert_int_equal(read.ticket, 7);
	assert_int_equal(read.parent_ticket, 1);
	assert_int_equal(read.parent_registered_us, BENCH_US);
	assert_true(read.hedge);
	assert_int_equal(read.volume_e8, 50000000);
	assert_int_equal(read.opened_us, BENCH_US + 1);
	assert_int_equal(read.closed_us, BENCH_US + 2);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 8, &read), 1);
	assert_false(read.hedge);
	assert_int_equal(read.closed_us, TICK_NONE);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "b", 7, &read), 0);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 1, &read), 0);
	assert_int_equal(read.ticket, 8);
	bench_stop(&bench);
}

static void
two_brokers_may_give_the_same_numbers_to_positions_of_ours(void **state)
{
	struct dtms_adopted one = {.source = "sim", .account = "a", .ticket = 7, .parent_ticket = 1,
		.parent_registered_us = BENCH_US, .volume_e8 = 50000000, .opened_us = BENCH_US,
		.closed_us = TICK_NONE};
	struct dtms_adopted other = one, read;
	struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	strcpy(other.source, "mt5");
	other.volume_e8 = 2;
	assert_int_equal(dtms_store_write_adopted(bench.store, &one), 0);
	assert_int_equal(dtms_store_write_adopted(bench.store, &other), 0);
	assert_int_equal(dtms_store_find_adopted(bench.store, "sim", "a", 7, &read), 1);
	assert_int_equal(read.volume_e8, 50000000);
	assert_int_equal(dtms_store_find_adopted(bench.store, "mt5", "a", 7, &read), 1);
	assert_int_equal(read.volume_e8, 2);
	assert_string_equal(read.source, "mt5");
	assert_int_equal(dtms_store_read_re_adds(bench.store, &trade), 0);
	assert_int_equal(trade.re_adds.count, 1);
	assert_int_equal(trade.re_adds.volumes_e8[0], 50000000);
	bench_stop(&bench);
}

/* ---- checks ---- */

static void
a_check_says_what_was_decided_and_why(void **state)
{
	static const struct dtms_row row = {.to = DTMS_WARNING_L2};
	struct dtms_decision decision = {.deep = true, .cause = "vwap flip", .score.total = -4.5,
		.from = DTMS_WARNING_L1, .row = &row, .reason = "score <= -4"};
	struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(dtms_store_write_check(bench.store, &trade, &decision, BENCH_US + 9,
			     "{\"vwap\":1.5}"), 0);
	assert_int_equal(bench_number(&bench,
	    "SELECT account = 'a' AND ticket = 1 AND source = 'sim'"
	    " AND registered_us = %lld AND cause = 'vwap flip' AND state_from = 'WARNING_L1'"
	    " AND state_to = 'WARNING_L2' AND reason = 'score <= -4' AND score = -4.5"
	    " AND market = '{\"vwap\":1.5}' FROM dtms_checks WHERE time_us = %lld",
	    (long long)BENCH_US, (long long)(BENCH_US + 9)), 1);
	assert_int_equal(bench_add_check(&bench, &trade, BENCH_US + 10), 0);
	assert_int_equal(bench_number(&bench,
	    "SELECT state_to = 'WARNING_L1' FROM dtms_checks WHERE time_us = %lld",
	    (long long)(BENCH_US + 10)), 1);
	assert_int_equal(dtms_store_write_check(bench.store, &trade, &decision, BENCH_US + 11, "{"),
	    -EINVAL);
	decision.score.total = NAN;
	assert_int_equal(dtms_store_write_check(bench.store, &trade, &decision, BENCH_US + 11, "{}"),
	    -EINVAL);
	assert_int_equal(bench_number(&bench, "SELECT count(*) FROM dtms_checks"), 2);
	bench_stop(&bench);
}

/* ---- progress ---- */

static void
progress_is_read_as_it_was_written_for_each_source(void **state)
{
	const struct dtms_progress sim = {BENCH_US, 1, 2, 3, 4, true};
	const struct dtms_progress mt5 = {-5, 0, INT64_MAX, 7, 8, false};
	struct dtms_progress read = {.next_us = 42};
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(dtms_store_read_progress(bench.store, "sim", &read), 0);
	assert_int_equal(read.next_us, 42);
	assert_int_equal(dtms_store_write_progress(bench.store, "sim", &mt5), 0);
	assert_int_equal(dtms_store_write_progress(bench.store, "sim", &sim), 0);
	assert_int_equal(dtms_store_write_progress(bench.store, "mt5", &mt5), 0);
	bench_restart(&bench);
	assert_int_equal(dtms_store_read_progress(bench.store, "sim", &read), 1);
	assert_int_equal(read.next_us, BENCH_US);
	assert_int_equal(read.events_seq, 1);
	assert_int_equal(read.positions_seq, 2);
	assert_int_equal(read.accounts_seq, 3);
	assert_int_equal(read.results_seq, 4);
	assert_true(read.off);
	assert_int_equal(dtms_store_read_progress(bench.store, "mt5", &read), 1);
	assert_int_equal(read.next_us, -5);
	assert_int_equal(read.positions_seq, INT64_MAX);
	assert_false(read.off);
	bench_stop(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(a_trade_is_read_as_it_was_written_to_the_last_bit),
		BENCH_TEST(none_is_stored_as_null_and_no_reason_as_none),
		BENCH_TEST(a_trade_without_an_entry_or_a_volume_is_not_stored),
		BENCH_TEST(a_ticket_has_one_open_trade_at_a_time),
		BENCH_TEST(a_ticket_whose_trade_was_closed_may_be_registered_again),
		BENCH_TEST(open_trades_come_by_account_and_ticket_of_their_source_alone),
		BENCH_TEST(a_callback_that_ends_the_reading_is_not_called_again),
		BENCH_TEST(a_stored_state_that_is_none_is_an_error_and_not_healthy),
		BENCH_TEST(an_adopted_position_is_found_by_its_ticket_and_account),
		BENCH_TEST(two_brokers_may_give_the_same_numbers_to_positions_of_ours),
		BENCH_TEST(a_check_says_what_was_decided_and_why),
		BENCH_TEST(progress_is_read_as_it_was_written_for_each_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
