#define _GNU_SOURCE
#include "tickd/mt5/mt5_orders.h"

#include "tests/unit/tickd/orders_world.h"
#include "tickd/mt5/mt5_pending.h"

/* A world in execute mode with a terminal that has settled and the position 5, a BUY of 1.00. */
static void
open_ready(void **state, const char *extra)
{
	world_open(state, "dtms.mode=execute", extra, true);
	world_position(5, "BUY", "1");
	world_connect();
	world_pass(2);
}

#define STATUSES(id) "SELECT group_concat(status, ' ') FROM (SELECT status FROM action_results"      \
		     " WHERE action_id = '" id "' ORDER BY seq)"

static void
assert_text(struct database *db, const char *sql, const char *expected)
{
	sqlite3_stmt *row;
	const char *text;

	assert_int_equal(sqlite3_prepare_v2(database_handle(db), sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	text = (const char *)sqlite3_column_text(row, 0);
	assert_string_equal(text == NULL ? "" : text, expected);
	sqlite3_finalize(row);
}

#define assert_results(id, expected) assert_text(world.ticks, STATUSES(id), expected)

#define COMMENT(id) "SELECT comment FROM action_results WHERE action_id = '" id                      \
		    "' ORDER BY seq DESC LIMIT 1"

#define assert_comment(id, expected) assert_text(world.ticks, COMMENT(id), expected)

static bool
is_question(int line)
{
	return strstr(world.lines[line], "\"check\":true") != NULL;
}

/* ---- the way of one ---- */

static void
what_is_sent_is_committed_before_the_line_leaves(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	mt5_orders_turn(world.orders, world.now_us);
	while (world.line_count == 0)
		assert_true(world_half_step());
	assert_results("a", "sent");
	world_settle();
	assert_int_equal(world.line_count, 1);
	world_close();
}

static void
the_line_says_what_the_protocol_asks_for(void **state)
{
	char expected[1024];
	json_t *is, *wanted;

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	assert_int_equal(world.line_count, 1);
	snprintf(expected, sizeof(expected), "{\"type\":\"action\",\"action_id\":\"a\",\"token\":\"tdma\","
	    "\"action\":\"tighten_sl\",\"symbol\":\"EURUSD\",\"ticket\":5,\"expires\":%lld,"
	    "\"check\":false,\"orders\":[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09850\"}]}",
	    1723161600LL + 1002 + 10 - 1 + 3 * 3600); /* the last whole second of ten */
	assert_int_equal(world.lines[0][strlen(world.lines[0]) - 1], '\n');
	is = json_loads(world.lines[0], 0, NULL);
	wanted = json_loads(expected, 0, NULL);
	assert_true(json_equal(is, wanted));
	json_decref(is);
	json_decref(wanted);
	world_close();
}

static json_int_t
expires_of(int line)
{
	json_t *message = json_loads(world.lines[line], 0, NULL);
	json_int_t expires = json_integer_value(json_object_get(message, "expires"));

	json_decref(message);
	return expires;
}

/* The broker's clock counts whole seconds: one that shows it may be almost a second further. */
static void
the_last_second_of_a_line_ends_before_the_action_expires(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_action("b", 5, "tighten_sl", WORLD_STOP);
	world_sql(world.analysis, "UPDATE dtms_actions SET expires_us = %lld WHERE action_id = 'a'",
	    (long long)(WORLD_US + world.now_us + 3 * CLOCK_SECOND_US));
	world_sql(world.analysis, "UPDATE dtms_actions SET expires_us = %lld WHERE action_id = 'b'",
	    (long long)(WORLD_US + world.now_us + 3 * CLOCK_SECOND_US - 1));
	world_turn();
	assert_int_equal(expires_of(0), 1723161600LL + 1002 + 2 + 3 * 3600);
	assert_int_equal(expires_of(1), 1723161600LL + 1002 + 1 + 3 * 3600);
	world_close();
}

static void
a_result_ends_it_with_the_retcode_s_meaning(void **state)
{
	const struct mt5_result said = {.action_id = "b", .retcode = 10008, .ticket = 99,
		.price_e8 = 110000000, .volume_e8 = 5000000, .comment = "placed"};

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_action("b", 5, "partial_close", "{\"ticket\":5,\"volume\":\"0.5\"}");
	world_turn();
	world_answer("a", 10016);
	assert_results("a", "sent failed");
	assert_comment("a", "invalid stops");
	mt5_orders_result(world.orders, &said);
	world_settle();
	assert_results("b", "sent done");
	assert_comment("b", "the order was placed");
	assert_int_equal(world_number(world.ticks, "SELECT retcode = 10008 AND ticket = 99 AND"
	    " price_e8 = 110000000 AND volume_e8 = 5000000 FROM action_results"
	    " WHERE action_id = 'b' AND status = 'done'"), 1);
	world_pass(5);
	assert_int_equal(world.line_count, 2);
	world_close();
}

static void
what_the_check_refuses_fails_without_being_sent(void **state)
{
	open_ready(state, NULL);
	world_action("a", 6, "tighten_sl", WORLD_STOP);
	world_action("b", 5, "tighten_sl", "{\"stop_loss\":\"1.2\"}");
	world_pass(3);
	assert_results("a", "failed");
	assert_comment("a", "ticket 6 is not open any more");
	assert_results("b", "failed");
	assert_comment("b", "a stop at 1.20000 is not below the price 1.10000 by the 0.00010 that "
			    "the broker wants");
	assert_int_equal(world.line_count, 0);
	world_close();
}

static void
what_has_expired_already_fails_without_being_sent(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world.now_us += 60 * CLOCK_SECOND_US + 1;
	world_turn();
	assert_results("a", "failed");
	assert_comment("a", "it expired before it could be sent");
	assert_int_equal(world.line_count, 0);
	world_close();
}

static void
a_requote_is_sent_again_and_recorded_as_sent_once(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10004);
	assert_int_equal(world.line_count, 1);
	world_pass(1);
	assert_int_equal(world.line_count, 2);
	assert_int_equal(expires_of(1), expires_of(0) + 1);
	assert_false(is_question(1));
	world_answer("a", 10009);
	assert_results("a", "sent done");
	world_close();
}

static void
a_further_try_is_checked_by_what_is_known_by_then(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10018);
	world_sql(world.ticks, "UPDATE positions SET closed_us = 2");
	world_pass(6);
	assert_int_equal(world.line_count, 1);
	assert_results("a", "sent failed");
	assert_comment("a", "ticket 5 is not open any more");
	world_close();
}

/* ---- whose it is ---- */

static void
only_what_this_account_of_this_source_is_to_execute_is_taken(void **state)
{
	static const char *const others[] = {"source = 'mt6'", "account = '78'", "mode = 'advise'",
		"status = 'advised'", "status = 'skipped'", "status = 'done'", "status = 'failed'"};

	open_ready(state, NULL);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		world_action("a", 5, "tighten_sl", WORLD_STOP);
		world_sql(world.analysis, "UPDATE dtms_actions SET %s", others[i]);
		world_pass(2);
		world_sql(world.analysis, "DELETE FROM dtms_actions");
	}
	assert_int_equal(world.line_count, 0);
	assert_int_equal(world_number(world.ticks, "SELECT count(*) FROM action_results"), 0);
	world_close();
}

static void
nothing_is_taken_in_advise_mode_nor_while_dtms_is_off(void **state)
{
	world_open(state, "dtms.mode=advise", NULL, true);
	world_position(5, "BUY", "1");
	world_connect();
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(5);
	assert_int_equal(world.line_count, 0);
	world_close();
	scratch_remove(state);
	scratch_make(state);
	open_ready(state, NULL);
	world_sql(world.analysis, "INSERT INTO dtms_progress VALUES('mt5', 0, 0, 0, 0, 0, 1)");
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(5);
	assert_int_equal(world.line_count, 0);
	world_sql(world.analysis, "UPDATE dtms_progress SET off = 0");
	world_pass(1);
	assert_int_equal(world.line_count, 1);
	world_close();
}

/* What is open may not be open any more. */
static void
nothing_leaves_before_a_terminal_has_told_all_that_is_open(void **state)
{
	world_open(state, "dtms.mode=execute", NULL, true);
	world_position(5, "BUY", "1");
	world_connect();
	world_pass(2);
	world_disconnect();
	world.connected = true;
	mt5_orders_connected(world.orders, "77");
	world_action("a", 5, "open_hedge",
	    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\"}");
	world_action("b", 5, "tighten_sl", WORLD_STOP);
	world_pass(20);
	assert_int_equal(world.line_count, 0);
	world_sql(world.ticks, "UPDATE positions SET closed_us = 2");
	mt5_orders_reported(world.orders);
	world_pass(2);
	assert_int_equal(world.line_count, 0);
	assert_comment("a", "ticket 5 is not open any more");
	assert_comment("b", "ticket 5 is not open any more");
	world_close();
}

/* A look that began before the report says nothing of it. */
static void
what_is_open_is_looked_at_once_more_after_the_report(void **state)
{
	open_ready(state, NULL);
	world_disconnect();
	world.connected = true;
	mt5_orders_connected(world.orders, "77");
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(3);
	mt5_orders_turn(world.orders, world.now_us);
	assert_true(world_half_step()); /* it has looked, and is not heard yet */
	world_sql(world.ticks, "UPDATE positions SET closed_us = 2");
	mt5_orders_reported(world.orders);
	world_settle();
	world_pass(1);
	assert_int_equal(world.line_count, 0);
	assert_comment("a", "ticket 5 is not open any more");
	world_close();
}

static void
nothing_is_taken_while_no_terminal_is_there(void **state)
{
	world_open(state, "dtms.mode=execute", NULL, true);
	world_position(5, "BUY", "1");
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(5);
	assert_results("a", "");
	world_connect();
	assert_int_equal(world.line_count, 0); /* it tells its positions first */
	world_pass(2);
	assert_int_equal(world.line_count, 1);
	world_close();
}

/* ---- taken back ---- */

static void
what_is_taken_back_until_sent_is_committed_does_not_leave(void **state)
{
	/* After so many half steps of the way: the look, `sent`, the last look. */
	for (int steps = 0; steps < 5; steps++) {
		open_ready(state, NULL);
		world_action("a", 5, "tighten_sl", WORLD_STOP);
		mt5_orders_turn(world.orders, world.now_us);
		for (int i = 0; i < steps; i++)
			assert_true(world_half_step());
		assert_int_equal(world.line_count, 0);
		world_sql(world.analysis,
		    "UPDATE dtms_actions SET status = 'skipped', error = 'DTMS is off'");
		world_settle();
		world_pass(2);
		assert_int_equal(world.line_count, 0);
		assert_results("a", steps == 0 ? "" : "sent failed");
		if (steps > 0)
			assert_comment("a", "it was taken back: DTMS is off");
		world_close();
		scratch_remove(state);
		scratch_make(state);
	}
}

static void
one_that_waits_for_another_try_fails_when_dtms_is_switched_off(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10018);
	world_sql(world.analysis, "INSERT INTO dtms_progress VALUES('mt5', 0, 0, 0, 0, 0, 1)");
	world_pass(6);
	assert_int_equal(world.line_count, 1);
	assert_comment("a", "DTMS is off");
	world_close();
}

#define SAY(source, seq, kind) "INSERT INTO dtms_events(source, seq, time_us, kind, created_us)"      \
	" VALUES('" source "', " #seq ", 9, '" kind "', 1)"

/* analysisd takes it in at its next instant, which is far away where nothing ticks. */
static void
what_people_switch_off_is_off_at_once(void **state)
{
	open_ready(state, NULL);
	world_sql(world.analysis, "INSERT INTO dtms_progress VALUES('mt5', 0, 2, 0, 0, 0, 0)");
	world_sql(world.analysis, SAY("mt5", 1, "off"));
	world_sql(world.analysis, SAY("mt5", 2, "on"));
	world_sql(world.analysis, SAY("*", 3, "off"));
	world_sql(world.analysis, SAY("mt6", 4, "off"));
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10018);
	assert_int_equal(world.line_count, 1);
	world_sql(world.analysis, SAY("mt5", 5, "off"));
	world_pass(6);
	assert_int_equal(world.line_count, 1);
	assert_comment("a", "DTMS is off");
	world_sql(world.analysis, SAY("mt5", 6, "on"));
	world_action("b", 5, "tighten_sl", WORLD_STOP);
	world_pass(1);
	assert_int_equal(world.line_count, 2);
	world_close();
}

static void
a_source_that_analysisd_does_not_know_yet_is_off_where_all_are(void **state)
{
	open_ready(state, NULL);
	world_sql(world.analysis, SAY("mt6", 1, "on"));
	world_sql(world.analysis, SAY("*", 2, "off"));
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(2);
	assert_int_equal(world.line_count, 0);
	world_sql(world.analysis, SAY("*", 3, "on"));
	world_pass(1);
	assert_int_equal(world.line_count, 1);
	world_close();
}

/* Off was said and, within the second of a look, on again: what was skipped stays so. */
static void
one_that_is_taken_back_while_it_waits_for_another_try_does_not_leave(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10018);
	world_sql(world.analysis,
	    "UPDATE dtms_actions SET status = 'skipped', error = 'DTMS is off'");
	world_pass(6);
	assert_int_equal(world.line_count, 1);
	assert_comment("a", "it was taken back: DTMS is off");
	world_close();
}

static void
an_answer_while_it_is_asked_whether_it_may_leave_once_more_counts(void **state)
{
	const struct mt5_result late = {.action_id = "a", .retcode = 10009,
		.price_e8 = TICK_NONE, .volume_e8 = TICK_NONE};

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10004);
	world.now_us += CLOCK_SECOND_US;
	mt5_orders_turn(world.orders, world.now_us); /* it is asked */
	mt5_orders_result(world.orders, &late);
	world_settle();
	assert_int_equal(world.line_count, 1);
	assert_results("a", "sent done");
	world_close();
}

static void
a_refusal_of_one_of_several_orders_says_that_a_part_may_be_done(void **state)
{
	open_ready(state, NULL);
	world_position(6, "SELL", "0.5");
	world_action("a", 5, "close_all", "{\"hedge_ticket\":6,\"hedge_volume\":\"0.5\","
	    "\"ticket\":5,\"volume\":\"1\"}");
	world_turn();
	world_answer("a", 10006);
	assert_results("a", "sent failed");
	assert_comment("a", "the request was rejected, perhaps after a part of it was done");
	world_close();
}

static void
nothing_leaves_where_it_could_not_be_stored_that_it_is_sent(void **state)
{
	open_ready(state, NULL);
	world_sql(world.ticks, "CREATE TRIGGER no_sent BEFORE INSERT ON action_results"
	    " WHEN NEW.status = 'sent' BEGIN SELECT raise(IGNORE); END");
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	assert_int_equal(world.line_count, 0);
	assert_comment("a", "it could not be stored that it is sent");
	world_close();
}

/* ---- limits ---- */

static void
a_day_s_limit_counts_what_was_sent_on_that_day_of_the_source(void **state)
{
	open_ready(state, "mt5.orders_per_day=3");
	world_sql(world.ticks, "INSERT INTO action_results(source, action_id, time_us, status) VALUES"
	    "('mt5', 'y', %lld, 'sent'), ('mt5', 'x', %lld, 'sent'), ('mt5', 'x', %lld, 'done'),"
	    "('mt6', 'z', %lld, 'sent')", (long long)WORLD_US - 1, (long long)WORLD_US,
	    (long long)WORLD_US, (long long)WORLD_US + 1);
	for (int i = 0; i < 4; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a%d", i);
		world_action(id, 5, "tighten_sl", WORLD_STOP);
	}
	world_action("c", 5, "close_all", "{\"ticket\":5,\"volume\":\"1\"}");
	world_turn();
	assert_results("a0", "sent");
	assert_results("a1", "sent");
	assert_results("a2", "failed");
	assert_results("a3", "failed");
	assert_results("c", "sent");
	assert_comment("a2", "3 actions were sent today, and mt5.orders_per_day is 3");
	world_close();
}

static void
a_bounded_number_is_under_way_and_the_others_follow(void **state)
{
	char id[16];

	open_ready(state, "mt5.orders_per_day=0");
	for (int i = 0; i < MT5_LIVE_MAX + 10; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		world_action(id, 5, "tighten_sl", WORLD_STOP);
	}
	world_pass(2);
	assert_int_equal(world.line_count, MT5_LIVE_MAX);
	for (int i = 0; i < MT5_LIVE_MAX; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		world_answer(id, 10009);
	}
	world_pass(1);
	assert_int_equal(world.line_count, MT5_LIVE_MAX + 10);
	assert_int_equal(world_number(world.ticks,
	    "SELECT count(*) FROM action_results WHERE status = 'sent'"), MT5_LIVE_MAX + 10);
	world_close();
}

static void
two_looks_at_once_send_it_once(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	for (int i = 0; i < 20; i++) {
		mt5_orders_turn(world.orders, world.now_us);
		(void)world_half_step();
	}
	world_settle();
	assert_int_equal(world.line_count, 1);
	assert_results("a", "sent");
	world_close();
}

static void
what_could_not_be_recorded_is_tried_again(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world.refuse_record = true;
	world_pass(2);
	assert_int_equal(world.line_count, 0);
	world.refuse_record = false;
	world_pass(1);
	assert_int_equal(world.line_count, 1);
	world.refuse_record = true;
	world_answer("a", 10009);
	world_pass(1);
	assert_results("a", "sent");
	world.refuse_record = false;
	world_pass(1);
	assert_results("a", "sent done");
	world_close();
}

/* ---- doubt ---- */

static void
after_a_lost_connection_it_is_asked_after_before_anything_else(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_disconnect();
	world_pass(3);
	world_connect();
	world_pass(4);
	assert_int_equal(world.line_count, 2);
	assert_true(is_question(1));
	world_answer("a", MT5_NOT_ORDERED);
	world_pass(4); /* 11 s after it was sent */
	assert_int_equal(world.line_count, 2);
	world_pass(1);
	assert_int_equal(world.line_count, 3);
	assert_false(is_question(2));
	world_answer("a", 10009);
	assert_results("a", "sent done");
	world_close();
}

static void
a_line_that_could_not_be_said_is_asked_after(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world.refuse_send = true;
	world_turn();
	world.refuse_send = false;
	world_pass(5);
	assert_int_equal(world.line_count, 1);
	assert_true(is_question(0));
	world_close();
}

static void
after_a_restart_what_is_sent_is_asked_after_and_what_is_done_is_recorded_once(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "open_hedge",
	    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\"}");
	world_turn();
	assert_int_equal(world.line_count, 1);
	world_kill();
	world_start();
	world_pass(1);
	assert_int_equal(world.line_count, 1);
	world_connect();
	world_pass(2);
	assert_int_equal(world.line_count, 2);
	assert_true(is_question(1));
	assert_non_null(strstr(world.lines[1], "\"orders\":[{\"do\":\"open\",\"direction\":\"sell\""));
	world_answer("a", 10009);
	world_answer("a", 10009);
	world_pass(5);
	assert_results("a", "sent done");
	assert_int_equal(world.line_count, 2);
	world_close();
}

static void
after_a_restart_in_advise_mode_it_is_cleared_up_and_not_sent_again(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_kill();
	world.settings.mt5.accounts[0].mode = MODE_ADVISE;
	world_start();
	world_connect();
	world_pass(2);
	assert_int_equal(world.line_count, 2);
	assert_true(is_question(1));
	world_answer("a", MT5_NOT_ORDERED);
	assert_int_equal(world.line_count, 2);
	assert_comment("a", "nothing is sent in advise mode");
	world_close();
}

static void
another_account_is_never_asked_nor_given_what_was_sent(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_kill();
	world_start();
	world.connected = true;
	mt5_orders_connected(world.orders, "78");
	world_pass(100);
	assert_int_equal(world.line_count, 1);
	world_close();
}

static void
more_that_were_sent_than_are_under_way_at_a_time_are_all_asked_after(void **state)
{
	char id[16];
	int count = MT5_LIVE_MAX + 5;

	open_ready(state, "mt5.orders_per_day=0");
	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		world_action(id, 5, "tighten_sl", WORLD_STOP);
		world_sql(world.ticks, "INSERT INTO action_results(source, action_id, time_us, status)"
		    " VALUES('mt5', '%s', 1, 'sent')", id);
	}
	world_sql(world.analysis, "UPDATE dtms_actions SET status = 'sent'");
	world_kill();
	world_start();
	world_connect();
	world_pass(3);
	assert_int_equal(world.line_count, MT5_LIVE_MAX);
	for (int i = 0; i < MT5_LIVE_MAX; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		world_answer(id, 10009);
	}
	world_pass(2);
	assert_int_equal(world.line_count, count);
	for (int i = 0; i < count; i++)
		assert_true(is_question(i));
	world_close();
}

/* ---- late, strange and doubled answers ---- */

static void
a_late_definite_answer_wins_over_having_given_up(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_action("b", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_disconnect();
	world_pass(200);
	assert_results("a", "sent failed");
	assert_comment("a", "it is not known what became of it: look at the account");
	world_connect();
	world_answer("a", 10012); /* nothing definite */
	assert_results("a", "sent failed");
	world_answer("a", 10009);
	world_answer("a", 10009);
	assert_results("a", "sent failed done");
	world_kill();
	world_start();
	world_connect();
	world_answer("b", 10019);
	world_answer("b", 10009);
	assert_results("b", "sent failed failed");
	assert_comment("b", "not enough money");
	world_close();
}

static void
an_answer_that_comes_while_having_given_up_is_recorded_wins_as_well(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10018);
	world.now_us += 61 * CLOCK_SECOND_US;
	mt5_orders_turn(world.orders, world.now_us); /* it expired */
	world_answer("a", 10009);
	world_answer("a", 10009);
	assert_results("a", "sent failed done");
	world_close();
}

static void
the_same_result_twice_is_recorded_once(void **state)
{
	struct mt5_result result = {.action_id = "a", .retcode = 10009, .price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE};

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	mt5_orders_result(world.orders, &result);
	mt5_orders_result(world.orders, &result);
	world_settle();
	mt5_orders_result(world.orders, &result);
	world_settle();
	assert_results("a", "sent done");
	assert_int_equal(world.warnings, 0);
	world_close();
}

static void
an_answer_for_what_was_never_sent_is_ignored_and_told_once(void **state)
{
	open_ready(state, NULL);
	world_answer("who", 10009);
	assert_int_equal(world.warnings, 1);
	assert_string_equal(world.event, "answer-unasked");
	assert_string_equal(world.sentence,
	    "the terminal answers for an action that was never sent: who");
	for (int i = 0; i < 100; i++)
		world_answer("what", 10019);
	assert_int_equal(world.warnings, 1);
	assert_int_equal(world_number(world.ticks, "SELECT count(*) FROM action_results"), 0);
	world_close();
}

static void
an_answer_before_it_is_sent_does_nothing(void **state)
{
	const struct mt5_result result = {.action_id = "a", .retcode = 10009};

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	mt5_orders_turn(world.orders, world.now_us);
	while (world.waiting != 1 || world.queue[0].job != NULL)
		assert_true(world_half_step()); /* until `sent` waits to be committed */
	mt5_orders_result(world.orders, &result);
	world_settle();
	assert_int_equal(world.line_count, 1);
	assert_results("a", "sent");
	world_close();
}

/* ---- without a database, at the end ---- */

static void
an_analysisd_that_never_ran_is_waited_for_in_silence(void **state)
{
	world_open(state, "dtms.mode=execute", NULL, false);
	world_position(5, "BUY", "1");
	world_connect();
	world_pass(5);
	assert_int_equal(world.told, 0);
	world_open_analysis();
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_pass(1);
	assert_int_equal(world.line_count, 1);
	world_close();
}

static void
what_analysisd_did_not_take_in_yet_is_not_sent_again(void **state)
{
	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10019);
	world_pass(10); /* the row is pending all the time */
	assert_int_equal(world.line_count, 1);
	assert_results("a", "sent failed");
	world_close();
}

static void
it_is_freed_behind_its_jobs_and_says_nothing_any_more(void **state)
{
	struct mt5_orders *orders;

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	mt5_orders_turn(world.orders, world.now_us);
	orders = world.orders;
	mt5_orders_close(orders);
	assert_int_equal(world.waiting, 1);
	world_settle();
	assert_int_equal(world.line_count, 0);
	assert_results("a", "");
	world_start();
	world_close();
}

static void
the_status_counts_what_is_under_way_and_what_has_ended(void **state)
{
	json_t *status, *expected;

	open_ready(state, NULL);
	world_action("a", 5, "tighten_sl", WORLD_STOP);
	world_action("b", 5, "tighten_sl", WORLD_STOP);
	world_action("c", 5, "tighten_sl", WORLD_STOP);
	world_action("d", 5, "tighten_sl", WORLD_STOP);
	world_turn();
	world_answer("a", 10009);
	world_answer("b", 10019);
	world_answer("c", 10018);
	world_pass(1);
	status = mt5_orders_status(world.orders);
	expected = json_loads("{\"pending\":1,\"sent\":1,\"done\":1,\"failed\":1,\"today\":4}", 0, NULL);
	assert_true(json_equal(status, expected));
	json_decref(status);
	json_decref(expected);
	world_close();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_is_committed_before_the_line_leaves),
		TEST(the_line_says_what_the_protocol_asks_for),
		TEST(a_result_ends_it_with_the_retcode_s_meaning),
		TEST(what_the_check_refuses_fails_without_being_sent),
		TEST(what_has_expired_already_fails_without_being_sent),
		TEST(a_requote_is_sent_again_and_recorded_as_sent_once),
		TEST(a_further_try_is_checked_by_what_is_known_by_then),
		TEST(only_what_this_account_of_this_source_is_to_execute_is_taken),
		TEST(nothing_is_taken_in_advise_mode_nor_while_dtms_is_off),
		TEST(nothing_is_taken_while_no_terminal_is_there),
		TEST(what_is_taken_back_until_sent_is_committed_does_not_leave),
		TEST(one_that_waits_for_another_try_fails_when_dtms_is_switched_off),
		TEST(nothing_leaves_where_it_could_not_be_stored_that_it_is_sent),
		TEST(the_last_second_of_a_line_ends_before_the_action_expires),
		TEST(nothing_leaves_before_a_terminal_has_told_all_that_is_open),
		TEST(what_is_open_is_looked_at_once_more_after_the_report),
		TEST(what_people_switch_off_is_off_at_once),
		TEST(a_source_that_analysisd_does_not_know_yet_is_off_where_all_are),
		TEST(one_that_is_taken_back_while_it_waits_for_another_try_does_not_leave),
		TEST(an_answer_while_it_is_asked_whether_it_may_leave_once_more_counts),
		TEST(a_refusal_of_one_of_several_orders_says_that_a_part_may_be_done),
		TEST(a_day_s_limit_counts_what_was_sent_on_that_day_of_the_source),
		TEST(a_bounded_number_is_under_way_and_the_others_follow),
		TEST(two_looks_at_once_send_it_once),
		TEST(what_could_not_be_recorded_is_tried_again),
		TEST(after_a_lost_connection_it_is_asked_after_before_anything_else),
		TEST(a_line_that_could_not_be_said_is_asked_after),
		TEST(after_a_restart_what_is_sent_is_asked_after_and_what_is_done_is_recorded_once),
		TEST(after_a_restart_in_advise_mode_it_is_cleared_up_and_not_sent_again),
		TEST(another_account_is_never_asked_nor_given_what_was_sent),
		TEST(more_that_were_sent_than_are_under_way_at_a_time_are_all_asked_after),
		TEST(a_late_definite_answer_wins_over_having_given_up),
		TEST(an_answer_that_comes_while_having_given_up_is_recorded_wins_as_well),
		TEST(the_same_result_twice_is_recorded_once),
		TEST(an_answer_for_what_was_never_sent_is_ignored_and_told_once),
		TEST(an_answer_before_it_is_sent_does_nothing),
		TEST(an_analysisd_that_never_ran_is_waited_for_in_silence),
		TEST(what_analysisd_did_not_take_in_yet_is_not_sent_again),
		TEST(it_is_freed_behind_its_jobs_and_says_nothing_any_more),
		TEST(the_status_counts_what_is_under_way_and_what_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
