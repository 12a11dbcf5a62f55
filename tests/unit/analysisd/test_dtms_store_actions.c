#define _GNU_SOURCE
#include "analysisd/dtms/dtms_store.h"

#include "tests/unit/analysisd/dtms_bench.h"

#include <errno.h>

#define COUNT(condition) bench_number(&bench, "SELECT count(*) FROM dtms_actions WHERE " condition)

static void
an_action_is_stored_with_all_that_was_known(void **state)
{
	const struct dtms_trade trade = bench_trade(12);
	struct bench_action action;
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_action_fill(&action, &trade, 1);
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND token = 'tdm1' AND account = 'a'"
			       " AND ticket = 12 AND registered_us = 1723161600000000"
			       " AND source = 'sim' AND symbol = 'XAUUSD'"), 1);
	assert_int_equal(COUNT("action_type = 'tighten_sl' AND parameters = '{\"stop_loss\":2399.5}'"
			       " AND reason = 'score fell' AND state_from = 'HEALTHY'"
			       " AND state_to = 'WARNING_L1' AND score_before IS NULL"
			       " AND score_after = -2.25 AND market = '{\"price\":2401.5}'"), 1);
	assert_int_equal(COUNT("mode = 'execute' AND status = 'pending' AND error IS NULL"
			       " AND time_us = 1723161600000001 AND expires_us = 1723161660000001"
			       " AND created_us = 77"), 1);
	bench_stop(&bench);
}

static void
an_advice_that_is_skipped_says_why(void **state)
{
	const struct dtms_trade trade = bench_trade(12);
	struct bench_action action;
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_action_fill(&action, &trade, 1);
	action.row.mode = MODE_ADVISE;
	action.row.status = "skipped";
	action.plan.skipped = true;
	strcpy(action.plan.error, "half of it is below the minimum lot");
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), 1);
	assert_int_equal(COUNT("mode = 'advise' AND status = 'skipped'"
			       " AND error = 'half of it is below the minimum lot'"), 1);
	bench_stop(&bench);
}

static void
an_action_that_is_stored_already_is_left_as_it_is(void **state)
{
	const struct dtms_trade trade = bench_trade(12), other = bench_trade(13);
	struct bench_action action;
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(bench_add_action(&bench, &trade, 1, "pending"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", "done", NULL), 1);
	bench_action_fill(&action, &other, 2);
	strcpy(action.row.action_id, "a/1");
	action.plan.action = ACTION_CLOSE_ALL;
	action.row.reason = "another";
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), 0);
	assert_int_equal(COUNT("1"), 1);
	assert_int_equal(COUNT("status = 'done' AND ticket = 12 AND token = 'tdm1'"
			       " AND action_type = 'tighten_sl' AND reason = 'score fell'"), 1);
	bench_stop(&bench);
}

static void
two_actions_never_share_a_token(void **state)
{
	const struct dtms_trade trade = bench_trade(12);
	struct bench_action action;
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(bench_add_action(&bench, &trade, 1, "pending"), 1);
	bench_action_fill(&action, &trade, 2);
	strcpy(action.row.token, "tdm1");
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), -EINVAL);
	assert_int_equal(COUNT("1"), 1);
	bench_stop(&bench);
}

static void
parameters_that_are_no_json_are_not_stored(void **state)
{
	const struct dtms_trade trade = bench_trade(12);
	struct bench_action action;
	struct dtms_bench bench;

	bench_open(&bench, state);
	bench_action_fill(&action, &trade, 1);
	strcpy(action.plan.parameters.text, "{");
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), -EINVAL);
	bench_action_fill(&action, &trade, 1);
	action.row.market = "{";
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), -EINVAL);
	bench_action_fill(&action, &trade, 1);
	action.row.status = "perhaps";
	assert_int_equal(dtms_store_write_action(bench.store, &action.row), -EINVAL);
	assert_int_equal(COUNT("1"), 0);
	bench_stop(&bench);
}

/* ---- what becomes of pending ones ---- */

static void
a_pending_action_expires_after_its_time_and_no_other_does(void **state)
{
	static const char *const statuses[] = {"advised", "sent", "done", "failed", "skipped"};
	const struct dtms_trade trade = bench_trade(12);
	struct dtms_trade elsewhere = bench_trade(13);
	struct dtms_bench bench;

	bench_open(&bench, state);
	strcpy(elsewhere.source, "mt5");
	assert_int_equal(bench_add_action(&bench, &trade, 1, "pending"), 1);
	assert_int_equal(bench_add_action(&bench, &trade, 2, "pending"), 1);
	assert_int_equal(bench_add_action(&bench, &elsewhere, 3, "pending"), 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(bench_add_action(&bench, &trade, -i, statuses[i]), 1);
	/* The first expires at BENCH_US + 1 + ACTION_EXPIRES_US: then it may still be done. */
	assert_int_equal(dtms_store_expire(bench.store, "sim", BENCH_US + 1 + ACTION_EXPIRES_US), 0);
	assert_int_equal(dtms_store_expire(bench.store, "sim", BENCH_US + 2 + ACTION_EXPIRES_US), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND status = 'skipped' AND error = 'expired'"), 1);
	assert_int_equal(COUNT("status = 'pending'"), 2);
	assert_int_equal(dtms_store_expire(bench.store, "sim", INT64_MAX), 1);
	assert_int_equal(COUNT("error = 'expired'"), 2);
	assert_int_equal(COUNT("source = 'mt5' AND status = 'pending'"), 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(bench_number(&bench,
		    "SELECT count(*) FROM dtms_actions WHERE action_id = 'a/%d'"
		    " AND status = '%s' AND error IS NULL", -i, statuses[i]), 1);
	bench_stop(&bench);
}

static void
what_is_pending_of_a_ticket_or_of_all_is_skipped_with_the_reason(void **state)
{
	const struct dtms_trade one = bench_trade(1), two = bench_trade(2);
	struct dtms_trade elsewhere = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	strcpy(elsewhere.source, "mt5");
	assert_int_equal(bench_add_action(&bench, &one, 1, "pending"), 1);
	assert_int_equal(bench_add_action(&bench, &one, 2, "sent"), 1);
	assert_int_equal(bench_add_action(&bench, &two, 3, "pending"), 1);
	assert_int_equal(bench_add_action(&bench, &two, 4, "pending"), 1);
	assert_int_equal(bench_add_action(&bench, &elsewhere, 5, "pending"), 1);
	assert_int_equal(dtms_store_skip_pending(bench.store, "sim", &one, "closed"), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND status = 'skipped' AND error = 'closed'"), 1);
	assert_int_equal(dtms_store_skip_pending(bench.store, "sim", NULL, "switched off"), 2);
	assert_int_equal(COUNT("ticket = 2 AND status = 'skipped' AND error = 'switched off'"), 2);
	assert_int_equal(COUNT("action_id = 'a/2' AND status = 'sent'"), 1);
	assert_int_equal(COUNT("action_id = 'a/5' AND status = 'pending'"), 1);
	assert_int_equal(dtms_store_skip_pending(bench.store, "sim", NULL, "again"), 0);
	bench_stop(&bench);
}

/* ---- results ---- */

static void
a_result_moves_an_action_from_pending_to_sent_to_its_end(void **state)
{
	const struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(bench_add_action(&bench, &trade, i, "pending"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", "sent", "on its way"), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND status = 'sent' AND error = 'on its way'"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", "done", NULL), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND status = 'done' AND error IS NULL"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/2", "sent", NULL), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/2", "failed", "10016 stops"), 1);
	assert_int_equal(COUNT("action_id = 'a/2' AND status = 'failed' AND error = '10016 stops'"),
	    1);
	/* The word of its sending may be late or lost. */
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/3", "done", NULL), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/3", "sent", NULL), 0);
	assert_int_equal(COUNT("action_id = 'a/3' AND status = 'done'"), 1);
	assert_int_equal(COUNT("action_id = 'a/4' AND status = 'pending'"), 1);
	bench_stop(&bench);
}

static void
a_result_of_what_is_over_or_unknown_changes_nothing(void **state)
{
	static const char *const over[] = {"advised", "done", "skipped"};
	static const char *const results[] = {"sent", "done", "failed"};
	const struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_add_action(&bench, &trade, i, over[i]), 1);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			char id[16];

			snprintf(id, sizeof(id), "a/%d", i);
			assert_int_equal(dtms_store_take_result(bench.store, "sim", id, results[j], "?"),
			    0);
		}
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/99", "done", NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_number(&bench,
		    "SELECT count(*) FROM dtms_actions WHERE action_id = 'a/%d'"
		    " AND status = '%s' AND error IS NULL", i, over[i]), 1);
	bench_stop(&bench);
}

static void
what_failed_for_want_of_an_answer_takes_a_late_one(void **state)
{
	const struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	for (int i = 1; i <= 2; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a/%d", i);
		assert_int_equal(bench_add_action(&bench, &trade, i, "sent"), 1);
		assert_int_equal(dtms_store_take_result(bench.store, "sim", id, "failed", "not known"), 1);
		assert_int_equal(dtms_store_take_result(bench.store, "sim", id, "sent", NULL), 0);
	}
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", "done", "done"), 1);
	assert_int_equal(COUNT("action_id = 'a/1' AND status = 'done' AND error IS NULL"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", "failed", "no"), 0);
	assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/2", "failed", "not enough money"), 1);
	assert_int_equal(COUNT("action_id = 'a/2' AND status = 'failed' AND"
			       " error = 'not enough money'"), 1);
	bench_stop(&bench);
}

static void
what_another_source_says_of_an_action_is_not_its_result_nor_its_token_known_there(void **state)
{
	const struct dtms_trade trade = bench_trade(1);
	enum dtms_action action = ACTION_NONE;
	int64_t ticket = 0, registered_us = 0;
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(bench_add_action(&bench, &trade, 1, "sent"), 1);
	assert_int_equal(dtms_store_take_result(bench.store, "mt5", "a/1", "done", NULL), 0);
	assert_int_equal(COUNT("status = 'sent'"), 1);
	assert_int_equal(dtms_store_find_token(bench.store, "mt5", "tdm1", &ticket, &registered_us,
			     &action), 0);
	assert_int_equal(dtms_store_find_token(bench.store, "sim", "tdm1", &ticket, &registered_us,
			     &action), 1);
	bench_stop(&bench);
}

static void
a_status_that_no_venue_gives_is_no_result(void **state)
{
	static const char *const others[] = {"pending", "advised", "skipped", "", "DONE"};
	const struct dtms_trade trade = bench_trade(1);
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(bench_add_action(&bench, &trade, 1, "sent"), 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(dtms_store_take_result(bench.store, "sim", "a/1", others[i], NULL),
		    -EINVAL);
	assert_int_equal(COUNT("status = 'sent'"), 1);
	bench_stop(&bench);
}

/* ---- tokens ---- */

static void
an_order_is_known_by_its_token_whatever_became_of_it(void **state)
{
	const struct dtms_trade trade = bench_trade(5);
	enum dtms_action action = ACTION_NONE;
	int64_t ticket = 0, registered_us = 0;
	struct dtms_bench bench;

	bench_open(&bench, state);
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
		struct bench_action written;
		char token[ACTION_TOKEN_SIZE];

		bench_action_fill(&written, &trade, i);
		written.plan.action = (enum dtms_action)i;
		written.row.status = i % 2 == 0 ? "failed" : "done";
		assert_int_equal(dtms_store_write_action(bench.store, &written.row), 1);
		snprintf(token, sizeof(token), "tdm%d", i);
		assert_int_equal(dtms_store_find_token(bench.store, "sim", token, &ticket, &registered_us,
				     &action), 1);
		assert_int_equal(action, i);
		assert_int_equal(ticket, 5);
		assert_int_equal(registered_us, BENCH_US);
	}
	ticket = 42;
	assert_int_equal(dtms_store_find_token(bench.store, "sim", "tdm", &ticket, &registered_us, &action),
	    0);
	assert_int_equal(ticket, 42);
	bench_stop(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(an_action_is_stored_with_all_that_was_known),
		BENCH_TEST(an_advice_that_is_skipped_says_why),
		BENCH_TEST(an_action_that_is_stored_already_is_left_as_it_is),
		BENCH_TEST(two_actions_never_share_a_token),
		BENCH_TEST(parameters_that_are_no_json_are_not_stored),
		BENCH_TEST(a_pending_action_expires_after_its_time_and_no_other_does),
		BENCH_TEST(what_is_pending_of_a_ticket_or_of_all_is_skipped_with_the_reason),
		BENCH_TEST(a_result_moves_an_action_from_pending_to_sent_to_its_end),
		BENCH_TEST(a_result_of_what_is_over_or_unknown_changes_nothing),
		BENCH_TEST(what_failed_for_want_of_an_answer_takes_a_late_one),
		BENCH_TEST(what_another_source_says_of_an_action_is_not_its_result_nor_its_token_known_there),
		BENCH_TEST(a_status_that_no_venue_gives_is_no_result),
		BENCH_TEST(an_order_is_known_by_its_token_whatever_became_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
