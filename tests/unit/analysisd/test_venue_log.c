#define _GNU_SOURCE
#include "analysisd/dtms/venue_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "tests/unit/analysisd/tick_store.h"

struct fixture {
	struct tick_store store;
	struct database *reader;
	struct venue_log *log;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	assert_int_equal(database_open(&f->reader, ROLE_ANALYSISD, DATABASE_TICKS, ACCESS_READ,
			     f->store.state_dir, &problem), 0);
	assert_int_equal(venue_log_create(&f->log, f->reader), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	venue_log_free(f->log);
	database_close(f->reader);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

/* ---- what a callback was told ---- */

#define KEPT 1024

struct told {
	int count;
	int64_t seqs[KEPT];
	char account[64], symbol[64], comment[64], reason[64], status[64], action_id[64];
	struct venue_position position; /* the last ones; texts in the buffers above, NULL stays */
	struct venue_account account_row;
	struct venue_result result;
	int end_after; /* the callback fails then; 0: never */
};

/* A copy that outlives the callback; NULL stays NULL. */
static const char *
keep(char buffer[static 64], const char *text)
{
	return text == NULL ? NULL : strcpy(buffer, text);
}

static int
count_one(struct told *told, int64_t seq)
{
	assert_true(told->count < KEPT);
	told->seqs[told->count++] = seq;
	return told->count == told->end_after ? -ECANCELED : 0;
}

static int
on_position(void *context, const struct venue_position *position)
{
	struct told *told = context;

	told->position = *position;
	told->position.account = keep(told->account, position->account);
	told->position.symbol = keep(told->symbol, position->symbol);
	told->position.comment = keep(told->comment, position->comment);
	told->position.reason = keep(told->reason, position->reason);
	return count_one(told, position->seq);
}

static int
on_account(void *context, const struct venue_account *account)
{
	struct told *told = context;

	told->account_row = *account;
	told->account_row.account = keep(told->account, account->account);
	return count_one(told, account->seq);
}

static int
on_result(void *context, const struct venue_result *result)
{
	struct told *told = context;

	told->result = *result;
	told->result.action_id = keep(told->action_id, result->action_id);
	told->result.status = keep(told->status, result->status);
	told->result.comment = keep(told->comment, result->comment);
	return count_one(told, result->seq);
}

/* ---- positions ---- */

static void
add_position(struct fixture *f, const char *source, int64_t time_us)
{
	tick_store_execute(&f->store, "INSERT INTO position_events(source, account, ticket, time_us,"
				      " kind, symbol, direction, volume_e8, price_open_e8)"
				      " VALUES('%s', '7', 1, %lld, 'open', 'XAUUSD', 'BUY', 1, 2)",
	    source, (long long)time_us);
}

static void
an_open_position_is_told_with_what_the_venue_said(void **state)
{
	struct fixture *f = *state;
	struct told told = {.count = 0};
	const struct venue_position *is = &told.position;

	tick_store_execute(&f->store,
	    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
	    " volume_e8, price_open_e8, stop_loss_e8, take_profit_e8, magic, comment, profit, reason)"
	    " VALUES('mt5', '7001', 99, %lld, 'open', 'XAUUSDc', 'SELL', 150000000, 240050000000,"
	    " 241000000000, 239000000000, 5, 'tdm0011', 12.5, 'of no open one')", (long long)DAY_US);
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, DAY_US, on_position, &told), 1);
	assert_int_equal(is->seq, 1);
	assert_int_equal(is->time_us, DAY_US);
	assert_int_equal(is->ticket, 99);
	assert_string_equal(is->account, "7001");
	assert_string_equal(is->symbol, "XAUUSDc");
	assert_string_equal(is->comment, "tdm0011");
	assert_null(is->reason);
	assert_int_equal(is->kind, VENUE_OPEN);
	assert_int_equal(is->direction, TRADE_SELL);
	assert_int_equal(is->volume_e8, 150000000);
	assert_int_equal(is->price_open_e8, 240050000000);
	assert_int_equal(is->stop_loss_e8, 241000000000);
	assert_int_equal(is->take_profit_e8, 239000000000);
	assert_int_equal(is->magic, 5);
	assert_true(isnan(is->profit));
}

static void
a_closed_position_says_its_reason_and_profit(void **state)
{
	struct fixture *f = *state;
	struct told told = {.count = 0};

	tick_store_execute(&f->store,
	    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
	    " volume_e8, price_open_e8, price_e8, profit, reason)"
	    " VALUES('mt5', '7', 1, 10, 'closed', 'XAUUSD', 'BUY', 1, 2, 3, -41.25, 'sl')");
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 10, on_position, &told), 1);
	assert_int_equal(told.position.kind, VENUE_CLOSED);
	assert_string_equal(told.position.reason, "sl");
	assert_true(told.position.profit == -41.25);
}

static void
what_the_venue_did_not_say_is_none(void **state)
{
	struct fixture *f = *state;
	struct told told = {.count = 0};

	tick_store_execute(&f->store,
	    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
	    " volume_e8, price_open_e8) VALUES('mt5', '7', 1, 10, 'closed', 'XAUUSD', 'BUY', 1, 2)");
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 10, on_position, &told), 1);
	assert_int_equal(told.position.stop_loss_e8, TICK_NONE);
	assert_int_equal(told.position.take_profit_e8, TICK_NONE);
	assert_int_equal(told.position.magic, 0);
	assert_string_equal(told.position.comment, "");
	assert_null(told.position.reason);
	assert_true(isnan(told.position.profit));
}

static void
each_kind_of_event_is_told_as_it_is(void **state)
{
	static const char *const names[] = {"open", "changed", "closed"};
	static const enum venue_kind kinds[] = {VENUE_OPEN, VENUE_CHANGED, VENUE_CLOSED};
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		struct told told = {.count = 0};

		add_position(f, "mt5", i);
		tick_store_execute(&f->store, "UPDATE position_events SET kind = '%s' WHERE seq = %d",
		    names[i], i + 1);
		assert_int_equal(venue_log_positions(f->log, "mt5", i, i, on_position, &told), 1);
		assert_int_equal(told.position.kind, kinds[i]);
	}
}

/* ---- order, pages, ends ---- */

static void
many_rows_are_told_once_each_in_the_order_they_were_learnt(void **state)
{
	struct fixture *f = *state;

	tick_store_execute(&f->store, "BEGIN");
	for (int i = 0; i < 1024; i++)
		add_position(f, i % 2 == 0 ? "mt5" : "sim", i / 3);
	tick_store_execute(&f->store, "COMMIT");
	/* Odd numbers from 1 to 1023: 512 are whole pages. */
	for (int rows = 510; rows <= 512; rows++) {
		struct told told = {.count = 0};

		assert_int_equal(venue_log_positions(f->log, "mt5", 1023 - 2 * rows, INT64_MAX,
				     on_position, &told), rows);
		for (int i = 0; i < rows; i++)
			assert_int_equal(told.seqs[i], 1025 - 2 * rows + 2 * i);
	}
}

static void
a_later_row_holds_back_those_behind_it(void **state)
{
	static const int64_t times_us[] = {10, 20, 15, 20};
	struct fixture *f = *state;
	struct told told = {.count = 0}, rest = {.count = 0};

	for (int i = 0; i < 4; i++)
		add_position(f, "mt5", times_us[i]);
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 9, on_position, &told), 0);
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 19, on_position, &told), 1);
	assert_int_equal(told.seqs[0], 1);
	assert_int_equal(venue_log_positions(f->log, "mt5", 1, 20, on_position, &rest), 3);
	assert_int_equal(rest.seqs[2], 4);
}

static void
a_callback_that_fails_ends_the_call_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	struct told told = {.end_after = 300}, rest = {.count = 0};

	tick_store_execute(&f->store, "BEGIN");
	for (int i = 0; i < 600; i++)
		add_position(f, "mt5", 1);
	tick_store_execute(&f->store, "COMMIT");
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 1, on_position, &told), -ECANCELED);
	assert_int_equal(told.count, 300);
	assert_int_equal(venue_log_positions(f->log, "mt5", 299, 1, on_position, &rest), 301);
	assert_int_equal(rest.seqs[0], 300);
}

static void
no_read_stays_under_way_after_a_call(void **state)
{
	struct fixture *f = *state;
	struct told told = {.end_after = 1};
	struct venue_terms terms;

	add_position(f, "mt5", 1);
	add_position(f, "mt5", 2);
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 9, on_position, &told), -ECANCELED);
	assert_int_equal(venue_log_positions(f->log, "mt5", 0, 1, on_position, &told), 1);
	assert_int_equal(venue_log_terms(f->log, 1, 9, &terms), 0);
	for (sqlite3_stmt *row = NULL;
	    (row = sqlite3_next_stmt(database_handle(f->reader), row)) != NULL;)
		assert_false(sqlite3_stmt_busy(row));
	/* What came since is seen by the next call. */
	add_position(f, "mt5", 3);
	assert_int_equal(venue_log_positions(f->log, "mt5", 2, 3, on_position, &told), 1);
}

/* ---- accounts, results, terms ---- */

static void
an_account_without_a_balance_has_none(void **state)
{
	struct fixture *f = *state;
	struct told told = {.count = 0};

	tick_store_execute(&f->store,
	    "INSERT INTO account_events(source, account, time_us, balance, equity, netting)"
	    " VALUES('mt5', '7', 5, 10000.5, 9000, 1), ('sim', 'x', 6, 1, 1, 0),"
	    " ('mt5', '8', 7, NULL, NULL, 0)");
	assert_int_equal(venue_log_accounts(f->log, "mt5", 0, 5, on_account, &told), 1);
	assert_string_equal(told.account_row.account, "7");
	assert_true(told.account_row.balance == 10000.5);
	assert_true(told.account_row.netting);
	assert_int_equal(told.account_row.time_us, 5);
	assert_int_equal(venue_log_accounts(f->log, "mt5", 1, 7, on_account, &told), 1);
	assert_int_equal(told.account_row.seq, 3);
	assert_string_equal(told.account_row.account, "8");
	assert_true(isnan(told.account_row.balance));
	assert_false(told.account_row.netting);
}

static void
a_result_is_told_with_the_venues_words_where_there_are_any(void **state)
{
	struct fixture *f = *state;
	struct told told = {.count = 0};

	tick_store_execute(&f->store,
	    "INSERT INTO action_results(source, action_id, time_us, status, comment)"
	    " VALUES('mt5', 'a/1', 5, 'sent', NULL), ('sim', 'a/1', 5, 'done', NULL),"
	    " ('mt5', 'a/1', 6, 'failed', 'Invalid stops')");
	assert_int_equal(venue_log_results(f->log, "mt5", 0, 5, on_result, &told), 1);
	assert_string_equal(told.result.action_id, "a/1");
	assert_string_equal(told.result.status, "sent");
	assert_null(told.result.comment);
	assert_int_equal(venue_log_results(f->log, "mt5", 1, 6, on_result, &told), 1);
	assert_int_equal(told.result.seq, 3);
	assert_int_equal(told.result.time_us, 6);
	assert_string_equal(told.result.status, "failed");
	assert_string_equal(told.result.comment, "Invalid stops");
}

static void
terms_that_are_not_said_are_0(void **state)
{
	struct fixture *f = *state;
	struct venue_terms terms = {1, 2, 3, 4};

	tick_store_execute(&f->store,
	    "INSERT INTO symbol_terms(symbol_id, from_us, volume_min_e8, volume_step_e8,"
	    " volume_max_e8, tick_size_e8, stops_level_e8) VALUES(1, 5, 1000000, 2000000, 5000000000, 1000, 5000000),"
	    " (2, 5, NULL, 2000000, NULL, NULL, NULL)");
	assert_int_equal(venue_log_terms(f->log, 3, 9, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 0);
	assert_int_equal(terms.volume_step_e8, 0);
	assert_int_equal(terms.tick_size_e8, 0);
	assert_int_equal(terms.stops_level_e8, 0);
	assert_int_equal(venue_log_terms(f->log, 1, 9, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 1000000);
	assert_int_equal(terms.volume_step_e8, 2000000);
	assert_int_equal(terms.tick_size_e8, 1000);
	assert_int_equal(terms.stops_level_e8, 5000000);
	assert_int_equal(venue_log_terms(f->log, 2, 9, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 0);
	assert_int_equal(terms.volume_step_e8, 2000000);
	assert_int_equal(terms.stops_level_e8, 0);
}

static void
terms_are_those_of_the_moment(void **state)
{
	struct fixture *f = *state;
	struct venue_terms terms;

	tick_store_execute(&f->store, "INSERT INTO symbol_terms(symbol_id, from_us, volume_min_e8)"
	    " VALUES(1, 100, 7), (1, 200, 8), (2, 0, 9)");
	assert_int_equal(venue_log_terms(f->log, 1, 99, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 0);
	assert_int_equal(venue_log_terms(f->log, 1, 199, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 7);
	assert_int_equal(venue_log_terms(f->log, 1, 200, &terms), 0);
	assert_int_equal(terms.volume_min_e8, 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_open_position_is_told_with_what_the_venue_said),
		TEST(a_closed_position_says_its_reason_and_profit),
		TEST(what_the_venue_did_not_say_is_none),
		TEST(each_kind_of_event_is_told_as_it_is),
		TEST(many_rows_are_told_once_each_in_the_order_they_were_learnt),
		TEST(a_later_row_holds_back_those_behind_it),
		TEST(a_callback_that_fails_ends_the_call_and_nothing_is_lost),
		TEST(no_read_stays_under_way_after_a_call),
		TEST(an_account_without_a_balance_has_none),
		TEST(a_result_is_told_with_the_venues_words_where_there_are_any),
		TEST(terms_that_are_not_said_are_0),
		TEST(terms_are_those_of_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
