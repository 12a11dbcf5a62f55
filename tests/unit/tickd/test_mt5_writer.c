#define _GNU_SOURCE
#include "tickd/mt5/mt5_writer.h"

#include "tests/unit/failing_vfs.h"
#include "tests/unit/tickd/hand_storage.h"
#include "tests/unit/tickd/mt5_bench.h"

#define BATCH 1000
#define TOLD 256

struct told {
	enum mt5_item_kind kind;
	uint64_t session;
	int64_t seq;
	int error;
};

static struct bench {
	struct settings settings;
	struct mt5_writer *writer; /* NULL: closed */
	struct told told[TOLD];
	int told_count, went_on;
	/* What `stored` does on its first call. */
	struct mt5_item *then_add;
	bool then_close;
} bench;

static void
on_stored(void *context, struct mt5_item *item)
{
	assert_ptr_equal(context, &bench);
	assert_non_null(bench.writer);
	assert_true(item->over);
	assert_true(bench.told_count < TOLD);
	bench.told[bench.told_count++] =
	    (struct told){item->kind, item->session, item->seq, item->error};
	if (bench.then_add != NULL) {
		assert_true(mt5_writer_add(bench.writer, bench.then_add));
		bench.then_add = NULL;
	}
	if (bench.then_close) {
		mt5_writer_close(bench.writer);
		bench.writer = NULL;
	}
	/* A job that is submitted is the storage thread's at once, and so are its items. */
	assert_int_equal(hand.waiting, 0);
}

static void
on_went_on(void *context)
{
	assert_ptr_equal(context, &bench);
	assert_non_null(bench.writer);
	bench.went_on++;
}

static int64_t
stored_number(const char *sql)
{
	return sql_number(database_handle(hand.db), sql);
}

static int
begin(void **state)
{
	const struct mt5_writer_hooks hooks = {on_stored, on_went_on, &bench};

	if (scratch_make(state) < 0)
		return -1;
	bench = (struct bench){.settings.storage.batch = BATCH};
	hand.db = tick_database_open(state);
	hand.waiting = 0;
	bench.writer = mt5_writer_create(&bench.settings, "mt5", NULL, &hooks);
	assert_non_null(bench.writer);
	return 0;
}

static void
close_writer(void)
{
	mt5_writer_close(bench.writer);
	bench.writer = NULL;
}

static int
end(void **state)
{
	failing_disarm();
	close_writer();
	hand_stop();
	database_close(hand.db);
	return scratch_remove(state);
}

/* ---- what is added ---- */

static void
must_add(struct mt5_item *item)
{
	assert_non_null(item);
	assert_true(mt5_writer_add(bench.writer, item));
}

static struct mt5_item *
hello(uint64_t session, const char *account)
{
	struct mt5_symbol symbols[2] = {bench_symbol("A"), bench_symbol("B")};
	struct mt5_hello hello = {.version = 1, .server = "Broker-Demo", .currency = "USD",
		.symbols = symbols, .symbol_count = 2};
	const struct mt5_clocks clocks = {(FIRST_US + OFFSET_US) / CLOCK_SECOND_US,
		FIRST_US / CLOCK_SECOND_US};

	snprintf(hello.account, sizeof(hello.account), "%s", account);
	return mt5_item_open(session, &hello, &clocks, 1);
}

/* `count` quotes of A in the second `seq`, the first bid being bid_e8. */
static struct mt5_item *
ticks(uint64_t session, int64_t seq, size_t count, int64_t bid_e8)
{
	struct tick ticks[BATCH];
	int64_t from_us = FIRST_US + seq * CLOCK_SECOND_US;
	struct mt5_page page;

	assert_true(count <= BATCH);
	page = page_of(0, ticks, bids(ticks, count, from_us, CLOCK_MS_US, bid_e8),
	    seq == 0 ? from_us : TICK_NONE);
	return mt5_item_ticks(session, seq, &page);
}

static struct mt5_item *
account(uint64_t session, double balance)
{
	struct mt5_item *item = mt5_item_create(ITEM_ACCOUNT, session);

	assert_non_null(item);
	item->account = (struct mt5_account){balance, NAN};
	return item;
}

/* `count` candles that end `ago` candles before the first tick. */
static struct mt5_item *
bars(uint64_t session, size_t count, size_t ago)
{
	struct candle candles[BATCH];

	assert_true(count <= BATCH);
	for (size_t i = 0; i < count; i++)
		candles[i] = (struct candle){.open_time_us = FIRST_US -
			(int64_t)(ago + count - i) * CANDLE_M5_US,
			.open_e8 = 1, .high_e8 = 1, .low_e8 = 1, .close_e8 = 1, .trades = 1,
			.first_tick_id = TICK_NONE, .last_tick_id = TICK_NONE,
			.origin = CANDLE_BARS, .complete = true};
	return mt5_item_bars(session, 0, candles, count, FIRST_US - (int64_t)ago * CANDLE_M5_US);
}

static struct mt5_item *
positions(uint64_t session, size_t count)
{
	static struct mt5_position all[MT5_POSITIONS_MAX];
	const struct mt5_positions report = {1, true, all, count};
	const struct broker_time time = {.offsets = {{0, OFFSET_US}}, .count = 1};

	for (size_t i = 0; i < count; i++)
		all[i] = (struct mt5_position){.ticket = (int64_t)i + 1, .symbol = "A",
			.volume_e8 = 1, .opened_server_ms = FIRST_US / CLOCK_MS_US,
			.price_open_e8 = 1, .stop_loss_e8 = TICK_NONE, .take_profit_e8 = TICK_NONE};
	return mt5_item_positions(session, &report, &time);
}

static void
open_session(uint64_t session)
{
	must_add(hello(session, "123"));
	hand_settle();
	assert_int_equal(bench.told[bench.told_count - 1].error, 0);
	bench.told_count = bench.went_on = 0;
}

/* ---- promises ---- */

static void
what_is_added_is_stored_and_told_in_its_order(void **state)
{
	static const enum mt5_item_kind kinds[] = {ITEM_OPEN, ITEM_TICKS, ITEM_TICKS, ITEM_ACCOUNT,
		ITEM_POSITIONS, ITEM_TICKS};

	must_add(hello(7, "123"));
	must_add(ticks(7, 0, 100, 110000000));
	must_add(ticks(7, 1, 100, 110000000));
	must_add(account(7, 1000));
	must_add(positions(7, 3));
	must_add(ticks(7, 2, 100, 110000000));
	assert_int_equal(mt5_writer_items(bench.writer), 6);
	hand_settle();
	assert_int_equal(bench.told_count, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(bench.told[i].kind, kinds[i]);
		assert_int_equal(bench.told[i].session, 7);
		assert_int_equal(bench.told[i].error, 0);
	}
	assert_int_equal(bench.told[5].seq, 2);
	assert_true(bench.went_on > 0);
	assert_int_equal(mt5_writer_items(bench.writer), 0);
	assert_int_equal(mt5_writer_rows(bench.writer), 0);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 300);
	assert_int_equal(stored_number("SELECT count(*) FROM account_events"), 1);
	assert_int_equal(stored_number("SELECT count(*) FROM positions"), 3);
}

static void
no_item_is_no_memory(void **state)
{
	assert_false(mt5_writer_add(bench.writer, NULL));
	assert_int_equal(mt5_writer_items(bench.writer), 0);
	assert_int_equal(hand.waiting, 0);
}

/* While a job is under way the items are the storage thread's: nobody else looks at them. */
static void
what_comes_while_a_job_is_under_way_is_the_next_ones(void **state)
{
	struct storage_job *job;

	open_session(1);
	must_add(ticks(1, 0, 10, 110000000));
	assert_int_equal(hand.waiting, 1);
	job = hand_take();
	assert_int_equal(job->run(job, NULL, hand.db, &hand.stored), 0);
	must_add(ticks(1, 1, 10, 110000000));
	assert_int_equal(hand.waiting, 0);
	job->done(job, 0);
	assert_int_equal(bench.told_count, 1);
	assert_int_equal(hand.waiting, 1);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 10);
	hand_settle();
	assert_int_equal(bench.told_count, 2);
}

static void
what_a_hook_adds_waits_until_all_is_told(void **state)
{
	open_session(1);
	for (int64_t seq = 0; seq < 5; seq++)
		must_add(ticks(1, seq, 10, 110000000));
	bench.then_add = ticks(1, 5, 10, 110000000);
	hand_settle();
	assert_int_equal(bench.told_count, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(bench.told[i].seq, i);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 60);
}

static int commits;

static int
on_commit(void *context)
{
	commits++;
	return 0;
}

static void
ticks_that_follow_each_other_are_one_transaction_up_to_a_batch(void **state)
{
	open_session(1);
	must_add(account(1, 1)); /* under way: what follows waits */
	for (int64_t seq = 0; seq < 25; seq++)
		must_add(ticks(1, seq, 100, 110000000));
	sqlite3_commit_hook(database_handle(hand.db), on_commit, NULL);
	commits = 0;
	hand_settle();
	assert_int_equal(commits, 3); /* 2500 rows in batches of 1000 */
	sqlite3_commit_hook(database_handle(hand.db), NULL, NULL);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 2500);
}

static void
the_figures_say_what_was_stored(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 700, 110000000));
	assert_int_equal(hand_turn(), 0);
	assert_int_equal(hand.stored.stored, 700);
}

static void
the_clock_is_that_of_the_newest_tick_committed(void **state)
{
	open_session(1);
	assert_int_equal(mt5_writer_clock(bench.writer), 0);
	must_add(ticks(1, 0, 10, 110000000));
	assert_int_equal(mt5_writer_clock(bench.writer), 0);
	hand_settle();
	assert_int_equal(mt5_writer_clock(bench.writer), FIRST_US + 9 * CLOCK_MS_US);
}

/* ---- room ---- */

/* Candles and positions take more memory than ticks do. */
static void
all_that_a_terminal_may_send_without_end_counts_as_rows(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 10, 110000000));
	assert_int_equal(mt5_writer_rows(bench.writer), 10);
	must_add(bars(1, 200, 0));
	assert_int_equal(mt5_writer_rows(bench.writer), 210);
	must_add(positions(1, 1000));
	assert_int_equal(mt5_writer_rows(bench.writer), 1210);
	must_add(hello(2, "123"));
	assert_int_equal(mt5_writer_rows(bench.writer), 1212);
	hand_settle();
	assert_int_equal(mt5_writer_rows(bench.writer), 0);
}

/* Live ticks of another feed wait for each job. */
static void
a_job_is_not_much_more_than_a_batch_however_much_waits(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 1, 110000000));
	hand_settle();
	bench.told_count = 0;
	must_add(account(1, 1));
	for (size_t i = 0; i < 10; i++)
		must_add(bars(1, 400, 4000 - 400 * i));
	for (int i = 0; i < 100; i++)
		must_add(account(1, 2 + i));
	assert_int_equal(hand_turn(), 0);
	assert_int_equal(bench.told_count, 1); /* that was all there was */
	assert_int_equal(hand_turn(), 0);
	assert_int_equal(bench.told_count, 1 + 2); /* 800 candles */
	while (bench.told_count < 1 + 8)
		assert_int_equal(hand_turn(), 0);
	bench.told_count = 0;
	assert_int_equal(hand_turn(), 0); /* the last two with many of the others */
	assert_int_equal(bench.told_count, 64);
	hand_settle();
	assert_int_equal(bench.told_count, 102);
}

/* ---- failures ---- */

static void
what_cannot_be_stored_for_a_while_waits_and_is_stored_once(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 500, 110000000));
	must_add(account(1, 5));
	failing_arm(FAILING_WRITE, 1, SQLITE_FULL, true);
	for (int i = 0; i < 5; i++)
		assert_int_equal(hand_turn(), -ENOSPC);
	assert_int_equal(bench.told_count, 0);
	assert_int_equal(mt5_writer_rows(bench.writer), 500);
	must_add(ticks(1, 1, 500, 110000000));
	failing_disarm();
	hand_settle();
	assert_int_equal(bench.told_count, 3);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 1000);
	assert_int_equal(stored_number("SELECT count(*) FROM account_events"), 1);
}

/* The second commit from now on finds the disk full. */
static int
fail_second(void *context)
{
	if (++commits == 2)
		failing_arm(FAILING_WRITE, 1, SQLITE_FULL, true);
	return 0;
}

/* The readers are woken, and the terminal hears of it. */
static void
what_is_stored_is_told_though_what_follows_has_to_be_tried_again(void **state)
{
	open_session(1);
	must_add(account(1, 1)); /* without a tick it is refused; under way: the others wait */
	must_add(ticks(1, 0, 10, 110000000));
	must_add(positions(1, 2));
	assert_int_equal(hand_turn(), 0);
	bench.told_count = 0;
	commits = 0;
	sqlite3_commit_hook(database_handle(hand.db), fail_second, NULL);
	assert_int_equal(hand_turn(), 0);
	sqlite3_commit_hook(database_handle(hand.db), NULL, NULL);
	assert_int_equal(bench.told_count, 1);
	assert_int_equal(bench.told[0].kind, ITEM_TICKS);
	assert_int_equal(hand.stored.stored, 10);
	assert_int_equal(hand_turn(), -ENOSPC);
	failing_disarm();
	hand_settle();
	assert_int_equal(bench.told_count, 2);
	assert_int_equal(bench.told[1].error, 0);
	assert_int_equal(stored_number("SELECT count(*) FROM positions"), 2);
}

static void
what_is_refused_for_good_is_told_with_its_error_and_the_rest_goes_on(void **state)
{
	open_session(1);
	must_add(account(1, 1)); /* there is no clock yet */
	must_add(hello(2, "another"));
	must_add(ticks(1, 0, 10, 110000000));
	hand_settle();
	assert_int_equal(bench.told_count, 3);
	assert_int_equal(bench.told[0].error, -ENODATA);
	assert_int_equal(bench.told[1].error, -EPERM);
	assert_int_equal(bench.told[2].error, 0);
}

/* Their watermark would say that the refused ones are there. */
static void
ticks_behind_refused_ones_are_not_stored_before_a_later_session_sends_both(void **state)
{
	open_session(1);
	sql_run(database_handle(hand.db), "CREATE TEMP TRIGGER refused BEFORE INSERT ON"
	    " main.unified_ticks WHEN new.bid_e8 = 666 BEGIN SELECT raise(ABORT, 'no'); END");
	must_add(ticks(1, 0, 10, 110000000));
	hand_settle();
	bench.told_count = 0;
	must_add(account(1, 1)); /* under way: the others wait */
	must_add(ticks(1, 1, 10, 666));
	must_add(ticks(1, 2, 10, 110000000));
	must_add(account(1, 2));
	must_add(ticks(1, 3, 10, 110000000));
	hand_settle();
	assert_int_equal(bench.told_count, 5);
	assert_int_equal(bench.told[1].error, -EINVAL);
	assert_int_equal(bench.told[2].error, -ECANCELED);
	assert_int_equal(bench.told[3].error, 0);
	assert_int_equal(bench.told[4].error, -ECANCELED);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 10);
	sql_run(database_handle(hand.db), "DROP TRIGGER refused");
	must_add(hello(2, "123"));
	for (int64_t seq = 1; seq < 4; seq++)
		must_add(ticks(2, seq, 10, 110000000));
	hand_settle();
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 40);
}

/* ---- the end ---- */

static void
a_closed_writer_tells_nobody_and_stores_no_more(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 10, 110000000));
	must_add(ticks(1, 1, 10, 110000000));
	close_writer();
	hand_settle(); /* the job that was under way, then the one that frees its store */
	assert_int_equal(bench.told_count, 0);
	assert_int_equal(bench.went_on, 0);
	assert_int_equal(stored_number("SELECT count(*) FROM unified_ticks"), 10);
}

static void
a_writer_may_be_closed_within_its_hook(void **state)
{
	open_session(1);
	must_add(account(1, 1));
	must_add(ticks(1, 0, 10, 110000000));
	must_add(account(1, 2));
	hand_turn();
	bench.told_count = 0;
	bench.went_on = 0;
	bench.then_close = true;
	hand_settle();
	assert_int_equal(bench.told_count, 1);
	assert_int_equal(bench.went_on, 0);
}

static void
a_writer_that_stored_nothing_can_be_closed(void **state)
{
	close_writer();
	hand_settle();
	mt5_writer_close(NULL);
	assert_int_equal(bench.told_count, 0);
}

/* Whatever it was doing, and with all that waits: nothing of it is left (as the sanitizer says). */
static void
a_storage_that_stops_ends_a_closed_writer_at_any_moment(void **state)
{
	open_session(1);
	must_add(ticks(1, 0, 10, 110000000));
	must_add(ticks(1, 1, 10, 110000000));
	failing_arm(FAILING_WRITE, 1, SQLITE_FULL, true);
	assert_int_equal(hand_turn(), -ENOSPC);
	close_writer();
	hand_stop();
	assert_int_equal(bench.told_count, 0);
	assert_int_equal(hand.waiting, 0);
}

#define promise(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		promise(what_is_added_is_stored_and_told_in_its_order),
		promise(no_item_is_no_memory),
		promise(what_comes_while_a_job_is_under_way_is_the_next_ones),
		promise(what_a_hook_adds_waits_until_all_is_told),
		promise(ticks_that_follow_each_other_are_one_transaction_up_to_a_batch),
		promise(the_figures_say_what_was_stored),
		promise(the_clock_is_that_of_the_newest_tick_committed),
		promise(all_that_a_terminal_may_send_without_end_counts_as_rows),
		promise(a_job_is_not_much_more_than_a_batch_however_much_waits),
		promise(what_cannot_be_stored_for_a_while_waits_and_is_stored_once),
		promise(what_is_stored_is_told_though_what_follows_has_to_be_tried_again),
		promise(what_is_refused_for_good_is_told_with_its_error_and_the_rest_goes_on),
		promise(ticks_behind_refused_ones_are_not_stored_before_a_later_session_sends_both),
		promise(a_closed_writer_tells_nobody_and_stores_no_more),
		promise(a_writer_may_be_closed_within_its_hook),
		promise(a_writer_that_stored_nothing_can_be_closed),
		promise(a_storage_that_stops_ends_a_closed_writer_at_any_moment),
	};

	return cmocka_run_group_tests_name("tickd/mt5_writer", tests, failing_vfs_begin, NULL);
}
