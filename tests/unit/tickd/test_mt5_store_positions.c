#define _GNU_SOURCE
#include "tickd/mt5/mt5_store.h"

#include "tests/unit/tickd/mt5_bench.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define OPENED_US (FIRST_US - 3600 * CLOCK_SECOND_US)

/* The source's clock is FIRST_US. */
static void
open_with_a_clock(struct mt5_bench *bench, void **state)
{
	bench_open(bench, state, "A");
	must_store_bids(bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
}

/* The source's clock is `minutes` behind FIRST_US. */
static void
move_clock(struct mt5_bench *bench, int minutes)
{
	must_store_bids(bench, 0, 1, FIRST_US + minutes * MINUTE_US, CLOCK_SECOND_US, TICK_NONE);
}

/* A buy of 0.1 lots at 1.1 with a stop at 1.09, opened an hour before FIRST_US. */
static struct mt5_position
position_of(int64_t ticket)
{
	return (struct mt5_position){.ticket = ticket, .magic = 7, .symbol = "A", .comment = "by hand",
		.opened_server_ms = (OPENED_US + OFFSET_US) / CLOCK_MS_US, .volume_e8 = 10000000,
		.price_open_e8 = 110000000, .stop_loss_e8 = 109000000, .take_profit_e8 = TICK_NONE};
}

static void
must_report(struct mt5_bench *bench, struct mt5_position *positions, size_t count, bool complete)
{
	const struct mt5_positions report = {1, complete, positions, count};

	assert_int_equal(mt5_store_positions(bench->store, &report, &bench->time), 0);
}

static void
must_close(struct mt5_bench *bench, int64_t ticket, int64_t time_us)
{
	const struct mt5_closed closed = {.ticket = ticket, .price_e8 = 109000000, .profit = -100.5,
		.server_ms = (time_us + OFFSET_US) / CLOCK_MS_US, .reason = "sl"};

	assert_int_equal(mt5_store_closed(bench->store, &closed, &bench->time), 0);
}

/* Events with minutes behind FIRST_US. */
static const char events[] =
    "SELECT account, ticket, (time_us - 1723200000000000) / 60000000, kind, symbol, direction,"
    " volume_e8, price_open_e8, stop_loss_e8, take_profit_e8, magic, comment, price_e8, profit,"
    " reason FROM position_events WHERE source = 'mt5' ORDER BY seq";

/* Positions with seconds from FIRST_US. */
static const char positions[] =
    "SELECT ticket, direction, volume_e8, stop_loss_e8, (opened_us - 1723200000000000) / 1000000,"
    " (closed_us - 1723200000000000) / 1000000 FROM positions WHERE source = 'mt5' ORDER BY ticket";

static void
a_position_is_opened_changed_and_closed_with_an_event_each(void **state)
{
	struct mt5_position two[2] = {position_of(5), position_of(9)};
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	two[1].sell = true;
	two[1].stop_loss_e8 = TICK_NONE;
	two[1].take_profit_e8 = 100000000;
	must_report(&bench, two, 2, true);
	move_clock(&bench, 1);
	two[0].stop_loss_e8 = 109500000;
	must_report(&bench, two, 2, true);
	move_clock(&bench, 2);
	must_close(&bench, 5, FIRST_US + 90 * CLOCK_SECOND_US);
	must_report(&bench, two + 1, 1, true); /* and nothing more of it */
	assert_rows(&bench, events,
	    "123|5|0|open|A|BUY|10000000|110000000|109000000|-|7|by hand|-|-|-|\n"
	    "123|9|0|open|A|SELL|10000000|110000000|-|100000000|7|by hand|-|-|-|\n"
	    "123|5|1|changed|A|BUY|10000000|110000000|109500000|-|7|by hand|-|-|-|\n"
	    "123|5|2|closed|A|BUY|10000000|110000000|109500000|-|7|by hand|109000000|-100.5|sl|\n");
	assert_rows(&bench, positions,
	    "5|BUY|10000000|109500000|-3600|90|\n9|SELL|10000000|-|-3600|-|\n");
	bench_close(&bench);
}

static void
the_same_report_again_adds_nothing_also_after_a_restart(void **state)
{
	struct mt5_position two[2] = {position_of(5), position_of(9)};
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, two, 2, true);
	must_report(&bench, two, 2, true);
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.open_count, 2);
	assert_int_equal(bench.opened.open[0], 5);
	assert_int_equal(bench.opened.open[1], 9);
	must_report(&bench, two, 2, true);
	must_report(&bench, two, 2, false);
	assert_int_equal(number(&bench, "SELECT count(*) FROM position_events"), 2);
	bench_close(&bench);
}

static void
an_incomplete_report_closes_nothing(void **state)
{
	struct mt5_position two[2] = {position_of(5), position_of(9)};
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, two, 2, true);
	must_report(&bench, two, 1, false);
	must_report(&bench, NULL, 0, false);
	assert_int_equal(number(&bench, "SELECT count(*) FROM positions WHERE closed_us IS NULL"), 2);
	assert_int_equal(number(&bench, "SELECT count(*) FROM position_events"), 2);
	bench_close(&bench);
}

static void
what_a_complete_report_does_not_name_any_more_is_gone_and_closed_tells_later_when(void **state)
{
	struct mt5_position two[2] = {position_of(5), position_of(9)};
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, two, 2, true);
	move_clock(&bench, 3);
	must_report(&bench, two + 1, 1, true);
	assert_rows(&bench, positions,
	    "5|BUY|10000000|109000000|-3600|180|\n9|BUY|10000000|109000000|-3600|-|\n");
	must_close(&bench, 5, FIRST_US + 100 * CLOCK_SECOND_US);
	assert_rows(&bench, positions,
	    "5|BUY|10000000|109000000|-3600|100|\n9|BUY|10000000|109000000|-3600|-|\n");
	assert_rows(&bench, "SELECT ticket, volume_e8, price_e8, profit, reason FROM position_events"
	    " WHERE kind = 'closed'", "5|10000000|-|-|gone|\n");
	bench_close(&bench);
}

static void
closed_of_a_ticket_that_is_not_open_is_passed_over(void **state)
{
	struct mt5_position one = position_of(5);
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, &one, 1, true);
	must_close(&bench, 4, FIRST_US);
	must_close(&bench, 5, FIRST_US);
	must_close(&bench, 5, FIRST_US);
	assert_int_equal(number(&bench, "SELECT count(*) FROM position_events"), 2);
	assert_int_equal(number(&bench, "SELECT count(*) FROM positions"), 1);
	bench_close(&bench);
}

static void
a_partial_close_is_a_change_with_the_smaller_volume(void **state)
{
	struct mt5_position one = position_of(5);
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, &one, 1, true);
	one.volume_e8 = 4000000;
	must_report(&bench, &one, 1, true);
	must_report(&bench, NULL, 0, true);
	/* Of what is closed, the volume is what was open before. */
	assert_rows(&bench, "SELECT kind, volume_e8 FROM position_events ORDER BY seq",
	    "open|10000000|\nchanged|4000000|\nclosed|4000000|\n");
	assert_int_equal(number(&bench, "SELECT volume_e8 FROM positions"), 4000000);
	bench_close(&bench);
}

static void
a_ticket_that_comes_again_is_opened_again(void **state)
{
	struct mt5_position one = position_of(5);
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, &one, 1, true);
	must_report(&bench, NULL, 0, true);
	move_clock(&bench, 1);
	must_report(&bench, &one, 1, true);
	assert_rows(&bench, "SELECT kind FROM position_events ORDER BY seq",
	    "open|\nclosed|\nopen|\n");
	assert_rows(&bench, positions, "5|BUY|10000000|109000000|-3600|-|\n");
	bench_close(&bench);
}

/* On an account that nets, one that is turned round is another one to whoever watches it. */
static void
a_position_that_turned_round_is_closed_and_opened(void **state)
{
	struct mt5_position one = position_of(5);
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_report(&bench, &one, 1, true);
	one.sell = true;
	one.volume_e8 = 3000000;
	must_report(&bench, &one, 1, true);
	assert_rows(&bench, "SELECT kind, direction, volume_e8 FROM position_events ORDER BY seq",
	    "open|BUY|10000000|\nclosed|BUY|10000000|\nopen|SELL|3000000|\n");
	assert_rows(&bench, positions, "5|SELL|3000000|109000000|-3600|-|\n");
	bench_close(&bench);
}

static void
positions_of_two_sources_are_told_apart_by_their_source(void **state)
{
	struct mt5_position one = position_of(5);
	struct mt5_bench first, second;

	open_with_a_clock(&first, state);
	bench_begin(&second, state, first.db, "mt5-two");
	bench_must_hello(&second, "A"); /* the same account number, elsewhere */
	must_store_bids(&second, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_report(&first, &one, 1, true);
	must_report(&second, NULL, 0, true);
	must_close(&second, 5, FIRST_US);
	assert_int_equal(number(&first, "SELECT count(*) FROM position_events"), 1);
	assert_int_equal(number(&first, "SELECT count(*) FROM positions WHERE closed_us IS NULL"), 1);
	bench_end(&second);
	bench_close(&first);
}

static void
a_report_that_cannot_be_stored_whole_is_not_stored_at_all(void **state)
{
	struct mt5_position two[2] = {position_of(5), position_of(9)};
	const struct mt5_positions report = {1, true, two, 2};
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	sql_run(handle_of(&bench), "CREATE TRIGGER fails BEFORE INSERT ON position_events"
	    " WHEN NEW.ticket = 9 BEGIN SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(mt5_store_positions(bench.store, &report, &bench.time), -EINVAL);
	assert_true(sqlite3_get_autocommit(handle_of(&bench)));
	assert_int_equal(number(&bench, "SELECT (SELECT count(*) FROM positions) +"
	    " (SELECT count(*) FROM position_events)"), 0);
	sql_run(handle_of(&bench), "DROP TRIGGER fails");
	must_report(&bench, two, 2, true);
	assert_int_equal(number(&bench, "SELECT count(*) FROM position_events"), 2);
	bench_close(&bench);
}

/* ---- before there is a clock ---- */

static void
before_the_first_tick_nothing_of_an_account_can_be_dated(void **state)
{
	struct mt5_position one = position_of(5);
	const struct mt5_positions report = {1, true, &one, 1};
	const struct mt5_closed closed = {.ticket = 5};
	const struct mt5_account account = {1000, 1000};
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	assert_int_equal(mt5_store_clock(bench.store), 0);
	assert_int_equal(mt5_store_positions(bench.store, &report, &bench.time), -ENODATA);
	assert_int_equal(mt5_store_closed(bench.store, &closed, &bench.time), -ENODATA);
	assert_int_equal(mt5_store_account(bench.store, &account), -ENODATA);
	must_store_bids(&bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	assert_int_equal(mt5_store_positions(bench.store, &report, &bench.time), 0);
	assert_int_equal(number(&bench, "SELECT min(time_us) FROM position_events"), FIRST_US);
	bench_close(&bench);
}

static void
times_never_fall_and_are_never_ahead_of_the_source_s_clock(void **state)
{
	uint64_t chance = chance_seed();
	struct mt5_bench bench;
	int minutes = 0;

	open_with_a_clock(&bench, state);
	for (int i = 0; i < 200; i++) {
		struct mt5_position one = position_of(1 + chance_below(&chance, 5));
		const struct mt5_account account = {(double)chance_below(&chance, 3), 5};
		bool complete = chance_below(&chance, 2) == 0;

		switch (chance_below(&chance, 5)) {
		case 0:
			move_clock(&bench, ++minutes);
			break;
		case 1:
			must_report(&bench, &one, 1, complete);
			break;
		case 2:
			must_close(&bench, one.ticket, FIRST_US + 3600 * CLOCK_SECOND_US);
			break;
		case 3:
			assert_int_equal(mt5_store_account(bench.store, &account), 0);
			break;
		default:
			bench_restart(&bench);
			bench_must_hello(&bench, "A");
		}
		assert_int_equal(number(&bench, "SELECT coalesce(max(time_us), 0) > %lld"
		    " FROM (SELECT time_us FROM position_events UNION SELECT time_us FROM"
		    " account_events)", (long long)(FIRST_US + minutes * MINUTE_US)), 0);
	}
	for (int i = 0; i < 2; i++) {
		const char *table = i == 0 ? "position_events" : "account_events";

		assert_true(number(&bench, "SELECT count(*) FROM %s", table) > 1);
		assert_int_equal(number(&bench, "SELECT count(*) FROM %s a JOIN %s b ON a.seq < b.seq"
		    " WHERE a.time_us > b.time_us", table, table), 0);
	}
	bench_close(&bench);
}

/* ---- the account ---- */

static void
must_say(struct mt5_bench *bench, double balance, double equity)
{
	const struct mt5_account account = {balance, equity};

	assert_int_equal(mt5_store_account(bench->store, &account), 0);
}

static void
an_account_has_a_row_where_its_balance_changed_or_its_equity_after_five_minutes(void **state)
{
	struct mt5_bench bench;

	open_with_a_clock(&bench, state);
	must_say(&bench, 1000, 1000.5);
	must_say(&bench, 1000, 1001);
	move_clock(&bench, 4);
	must_say(&bench, 1000, 1002);
	must_say(&bench, 900, 1002);
	move_clock(&bench, 9);
	must_say(&bench, 900, 1002); /* nothing new */
	must_say(&bench, 900, 1003);
	must_say(&bench, 900, NAN);
	bench_restart(&bench);
	bench.hello.netting = true;
	bench_must_hello(&bench, "A");
	must_say(&bench, 900, 1003);
	assert_rows(&bench, "SELECT account, (time_us - 1723200000000000) / 60000000, balance, equity,"
	    " netting FROM account_events ORDER BY seq",
	    "123|0|1000.0|1000.5|0|\n123|4|900.0|1002.0|0|\n123|9|900.0|1003.0|0|\n"
	    "123|9|900.0|1003.0|1|\n");
	bench_close(&bench);
}

/* ---- results ---- */

static void
results_are_stored_with_what_the_terminal_said_also_before_any_hello(void **state)
{
	const struct mt5_result result = {.action_id = "123/5/1", .retcode = 10009, .ticket = 77,
		.price_e8 = 110000000, .volume_e8 = 5000000, .comment = "unused"};
	const struct mt5_result little = {.action_id = "123/5/1", .retcode = 10006, .ticket = 0,
		.price_e8 = TICK_NONE, .volume_e8 = TICK_NONE};
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	assert_int_equal(mt5_store_result(bench.store, "a", "sent", NULL, NULL), 0);
	must_store_bids(&bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	assert_int_equal(mt5_store_result(bench.store, "b", "done", &result, "done"), 0);
	bench_restart(&bench);
	assert_int_equal(mt5_store_clock(bench.store), FIRST_US);
	assert_int_equal(mt5_store_result(bench.store, "c", "failed", &little, "rejected"), 0);
	assert_rows(&bench, "SELECT source, action_id, time_us, status, retcode, ticket, price_e8,"
	    " volume_e8, comment FROM action_results ORDER BY seq",
	    "mt5|a|0|sent|-|-|-|-|-|\n"
	    "mt5|b|1723200000000000|done|10009|77|110000000|5000000|done|\n"
	    "mt5|c|1723200000000000|failed|10006|-|-|-|rejected|\n");
	bench_close(&bench);
}

/* Of another source, or another action, it says nothing. */
static void
what_is_done_is_said_once_and_never_taken_back(void **state)
{
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	assert_int_equal(mt5_store_result(bench.store, "a", "sent", NULL, NULL), 0);
	assert_int_equal(mt5_store_result(bench.store, "a", "failed", NULL, "not known"), 0);
	assert_int_equal(mt5_store_result(bench.store, "a", "done", NULL, "done"), 0);
	assert_int_equal(mt5_store_result(bench.store, "a", "done", NULL, "done"), 0);
	assert_int_equal(mt5_store_result(bench.store, "a", "failed", NULL, "not known"), 0);
	assert_int_equal(mt5_store_result(bench.store, "b", "done", NULL, "done"), 0);
	assert_rows(&bench, "SELECT action_id, status FROM action_results ORDER BY seq",
	    "a|sent|\na|failed|\na|done|\nb|done|\n");
	bench_close(&bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_position_is_opened_changed_and_closed_with_an_event_each),
		promise(the_same_report_again_adds_nothing_also_after_a_restart),
		promise(an_incomplete_report_closes_nothing),
		promise(what_a_complete_report_does_not_name_any_more_is_gone_and_closed_tells_later_when),
		promise(closed_of_a_ticket_that_is_not_open_is_passed_over),
		promise(a_partial_close_is_a_change_with_the_smaller_volume),
		promise(a_ticket_that_comes_again_is_opened_again),
		promise(a_position_that_turned_round_is_closed_and_opened),
		promise(positions_of_two_sources_are_told_apart_by_their_source),
		promise(a_report_that_cannot_be_stored_whole_is_not_stored_at_all),
		promise(before_the_first_tick_nothing_of_an_account_can_be_dated),
		promise(times_never_fall_and_are_never_ahead_of_the_source_s_clock),
		promise(an_account_has_a_row_where_its_balance_changed_or_its_equity_after_five_minutes),
		promise(results_are_stored_with_what_the_terminal_said_also_before_any_hello),
		promise(what_is_done_is_said_once_and_never_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
