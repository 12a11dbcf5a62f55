#define _GNU_SOURCE
#include "tests/unit/tickd/source_world.h"
#include "tests/unit/tickd/failing_memory.h"

#define ACK(symbol, seq) "{\"type\":\"ack\",\"symbol\":\"" symbol "\",\"seq\":" seq "}\n"

/* ---- hello ---- */

static void
a_terminal_is_welcome_once_its_hello_is_stored(void **state)
{
	const struct world_session *session = &world.sessions[1];
	json_t *welcome;

	world_hello(1);
	assert_int_equal(session->line_count, 0);
	assert_false(mt5_source_healthy(world.source));
	world_ticks(1, "A", 1, 1); /* not its turn yet */
	hand_settle();
	assert_true(mt5_source_healthy(world.source));
	assert_int_equal(session->line_count, 1);
	assert_int_equal(world.resumed, 1);
	welcome = json_loads(session->lines, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(welcome, "type")), "welcome");
	assert_int_equal(json_object_size(json_object_get(welcome, "resume")), 0);
	/* A hundred candles before this one, by the broker's clock. */
	assert_int_equal(json_integer_value(json_object_get(json_object_get(welcome, "bars"), "A")),
	    (WORLD_US + OFFSET_US - 100 * CANDLE_M5_US) / CLOCK_SECOND_US);
	json_decref(welcome);
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 0);
}

static void
ticks_are_acknowledged_once_they_are_committed(void **state)
{
	world_connect(1);
	world_ticks(1, "A", 1, 10);
	world_ticks(1, "B", 1, 0);
	assert_told(1, "");
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 10);
	assert_non_null(strstr(lines_of(1), "\"A\""));
	assert_non_null(strstr(lines_of(1), "\"B\""));
	assert_int_equal(world.sessions[1].line_count, 2);
}

/* All that the older connection sent is committed before that. */
static void
a_welcome_goes_on_behind_what_the_older_connection_sent(void **state)
{
	int64_t now_ms = (WORLD_US + OFFSET_US) / CLOCK_MS_US;
	json_t *welcome, *resume;

	world_connect(1);
	world_ticks(1, "A", 1, 10);
	world_hello(2);
	assert_ended(1, "replaced");
	world_ticks(1, "A", 2, 20); /* nobody hears this */
	hand_settle();
	assert_told(1, "");
	welcome = json_loads(lines_of(2), 0, NULL);
	resume = json_object_get(json_object_get(welcome, "resume"), "A");
	assert_int_equal(json_integer_value(json_object_get(resume, "time_msc")), now_ms);
	assert_int_equal(json_integer_value(json_object_get(resume, "count_in_ms")), 1);
	json_decref(welcome);
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 10);
}

static void
who_goes_before_the_welcome_is_not_welcomed(void **state)
{
	world_hello(1);
	mt5_source_gone(world.source, 1, "by the test");
	hand_settle();
	assert_int_equal(world.sessions[1].line_count, 0);
	assert_false(mt5_source_healthy(world.source));
	world_connect(2);
	assert_true(mt5_source_healthy(world.source));
}

static void
who_is_replaced_before_the_welcome_is_not_welcomed_but_the_newest_is(void **state)
{
	for (uint64_t session = 1; session < 6; session++)
		world_hello(session);
	hand_settle();
	for (uint64_t session = 1; session < 5; session++) {
		assert_ended(session, "replaced");
		assert_int_equal(world.sessions[session].line_count, 0);
	}
	assert_int_equal(world.sessions[5].line_count, 1);
	assert_false(world.sessions[5].ended);
}

static json_int_t
status_number(const char *name)
{
	json_t *status = mt5_source_status(world.source, "127.0.0.1:9443");
	json_int_t number = json_integer_value(json_object_get(status, name));

	json_decref(status);
	return number;
}

static void
hellos_in_a_loop_while_the_disk_is_full_wait_outside(void **state)
{
	for (uint64_t session = 1; session < WORLD_SESSIONS; session++) {
		world_hello(session);
		assert_int_equal(status_number("waiting"), 2); /* the symbols of one */
	}
	mt5_source_gone(world.source, WORLD_SESSIONS - 1, "by the test");
	hand_settle();
	assert_int_equal(status_number("waiting"), 0);
	for (uint64_t session = 1; session < WORLD_SESSIONS; session++)
		assert_int_equal(world.sessions[session].line_count, 0);
}

static void
another_account_is_refused_while_one_is_connected_and_after_it_has_gone(void **state)
{
	world_connect(1);
	world_hello_as(2, "124", "Broker-Demo");
	assert_ended(2, "account");
	assert_false(world.sessions[1].ended);
	mt5_source_gone(world.source, 1, "by the test");
	world_hello_as(3, "123", "Broker-Live");
	hand_settle();
	assert_ended(3, "account");
	assert_non_null(strstr(world.sessions[3].sentence, "[mt5.NAME]"));
}

/* A sentence that is cut within a character could not be said at all. */
static void
the_longest_names_of_many_bytes_are_told_whole(void **state)
{
	char name[MT5_NAME_MAX] = "";

	while (strlen(name) + 3 < sizeof(name))
		strcat(name, "\u20ac");
	world_hello_as(1, name, name);
	world_hello_as(2, "124", name);
	assert_ended(2, "account");
	assert_non_null(strstr(world.sessions[2].sentence, "[mt5.NAME] of its own"));
	hand_settle();
	mt5_source_gone(world.source, 1, "by the test");
	world_hello_as(3, "124", name);
	hand_settle();
	assert_ended(3, "account");
	assert_non_null(strstr(world.sessions[3].sentence, "[mt5.NAME] of its own"));
}

static void
a_second_hello_of_a_connection_ends_it(void **state)
{
	const struct mt5_message again = {.type = MT5_HELLO, .clocks = world_clocks()};

	world_connect(1);
	world_say(1, &again);
	assert_ended(1, "bad-message");
}

/* ---- what is not known ---- */

static void
what_is_not_known_is_answered_and_the_connection_goes_on(void **state)
{
	struct mt5_message unknown = {.type = MT5_UNKNOWN, .clocks = {TICK_NONE, TICK_NONE},
		.name = "weather"};

	world_connect(1);
	world_say(1, &unknown);
	assert_told(1, "{\"type\":\"error\",\"code\":\"unknown-type\",\"message\":"
		       "\"there is no message weather\"}\n");
	world.sessions[1].length = 0;
	world_ticks(1, "NOSUCH", 1, 1);
	assert_told(1, "{\"type\":\"error\",\"code\":\"unknown-symbol\",\"message\":"
		       "\"hello named no symbol NOSUCH\"}\n");
	world.sessions[1].length = 0;
	world_ping(1);
	assert_told(1, "{\"type\":\"pong\"}\n");
	assert_false(world.sessions[1].ended);
}

/* ---- room ---- */

static void
a_terminal_that_fills_the_room_is_read_again_when_half_of_it_is_free(void **state)
{
	const struct world_session *session = &world.sessions[1];
	int64_t seq = 0;

	world_connect(1);
	world.resumed = 0;
	while (!session->paused) {
		assert_true(status_number("waiting") < MT5_ROWS_WAITING);
		world_pass(CLOCK_SECOND_US);
		world_ticks(1, "A", ++seq, 1000);
	}
	assert_true(status_number("waiting") < MT5_ROWS_WAITING + 1000);
	while (world.resumed == 0) {
		assert_true(status_number("waiting") >= MT5_ROWS_WAITING / 2);
		assert_int_equal(hand_turn(), 0);
	}
	assert_true(status_number("waiting") < MT5_ROWS_WAITING / 2);
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 1000 * seq);
	assert_int_equal(world.resumed, 1);
}

static void
candles_and_positions_take_room_as_ticks_do(void **state)
{
	world_connect(1);
	for (int i = 0; !world.sessions[1].paused; i++) {
		assert_true(i <= MT5_ROWS_WAITING / 1000);
		world_bars(1, 500, WORLD_US + OFFSET_US - CANDLE_M5_US, false);
		world_positions(1, 500);
	}
	assert_true(status_number("waiting") >= MT5_ROWS_WAITING);
}

static void
small_messages_in_great_number_take_room_too(void **state)
{
	world_connect(1);
	for (int i = 0; !world.sessions[1].paused; i++) {
		assert_true(i < MT5_ITEMS_WAITING);
		world_account(1, i);
	}
	hand_settle();
	assert_false(world.sessions[1].paused);
}

static int said_at_resume;

static void
say_more(uint64_t session)
{
	for (; said_at_resume < 5 && !world.sessions[session].paused; said_at_resume++)
		world_ticks(session, "A", 100 + said_at_resume, 1000);
}

/* A stream that is read again hands on what it has before it returns. */
static void
lines_that_come_within_the_welcome_are_taken_and_acknowledged_in_their_order(void **state)
{
	static const char *const acks[] = {ACK("A", "100"), ACK("A", "101"), ACK("A", "102"),
		ACK("A", "103"), ACK("A", "104")};
	const char *at;

	said_at_resume = 0;
	world.at_resume = say_more;
	world_hello(1);
	hand_settle();
	at = lines_of(1);
	for (int i = 0; i < 5; i++) {
		char *found = strstr(at, acks[i]);

		assert_non_null(found);
		at = found + 1;
	}
	assert_int_equal(said_at_resume, 5);
}

static void
say_hello_again(uint64_t session)
{
	const struct mt5_message again = {.type = MT5_HELLO, .clocks = world_clocks()};

	world_say(session, &again);
	world_say(session, &again); /* nobody listens */
}

static void
a_connection_may_end_within_its_welcome(void **state)
{
	world.at_resume = say_hello_again;
	world_hello(1);
	hand_settle();
	assert_ended(1, "bad-message");
	assert_false(mt5_source_healthy(world.source));
	world.at_resume = NULL;
	world_connect(2);
}

/* ---- the broker's clock ---- */

/* Both sides go on second by second, and a ping says so every ten seconds. */
static void
pass_with_pings(uint64_t session, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		world_pass(CLOCK_SECOND_US);
		if (i % 10 == 0)
			world_ping(session);
		mt5_source_turn(world.source);
		hand_settle();
	}
}

static void
connect_with_the_clock_an_hour_ahead(int64_t away_us)
{
	world_connect(1);
	world_ticks(1, "B", 1, 10);
	hand_settle();
	mt5_source_gone(world.source, 1, "by the test");
	world_pass(away_us);
	world.offset_us += 3600 * CLOCK_SECOND_US;
	world_connect(2);
}

static void
ticks_wait_until_another_clock_is_believed(void **state)
{
	int64_t expected_us;

	connect_with_the_clock_an_hour_ahead(2 * CANDLE_M5_US);
	expected_us = world.venue_us;
	world_ticks(2, "A", 1, 1);
	hand_settle();
	assert_told(2, "");
	assert_int_equal(status_number("held"), 1);
	pass_with_pings(2, 70);
	assert_non_null(strstr(lines_of(2), ACK("A", "1")));
	assert_int_equal(status_number("held"), 0);
	assert_int_equal(world_number("SELECT max(time_us) FROM unified_ticks"), expected_us);
	assert_int_equal(world_number("SELECT count(*) FROM broker_offsets"), 2);
}

#define OF_A(what)                                                                                 \
	"SELECT " what " FROM m5_candles JOIN symbols USING(symbol_id) WHERE symbol = 'A'"

/* By the old offset they would be an hour late. */
static void
bars_wait_for_the_clock_as_ticks_do(void **state)
{
	int64_t open_us;

	connect_with_the_clock_an_hour_ahead(2 * CANDLE_M5_US);
	open_us = candle_slot(world.venue_us) - CANDLE_M5_US;
	world_bars(2, 1, open_us + world.offset_us, true);
	hand_settle();
	assert_int_equal(status_number("held"), 1);
	assert_int_equal(world_number(OF_A("count(*)")), 0);
	pass_with_pings(2, 70);
	assert_int_equal(world_number(OF_A("count(*)")), 1);
	assert_int_equal(world_number(OF_A("max(open_time_us)")), open_us);
}

/* When the clock changed nobody knows: by the old offset the last bars are yet to come. */
static void
bars_that_no_offset_puts_into_the_past_are_left_out(void **state)
{
	connect_with_the_clock_an_hour_ahead(20 * CANDLE_M5_US);
	world_bars(2, 30, candle_slot(world.venue_us) - CANDLE_M5_US + world.offset_us, true);
	pass_with_pings(2, 70);
	assert_false(world.sessions[2].ended);
	assert_true(world_number(OF_A("count(*)")) > 10);
	assert_true(world_number(OF_A("max(open_time_us)")) <= world.venue_us + 900000000);
}

static void
what_waited_is_forgotten_with_its_connection_and_sent_again(void **state)
{
	connect_with_the_clock_an_hour_ahead(2 * CANDLE_M5_US);
	world_ticks(2, "A", 1, 5);
	mt5_source_gone(world.source, 2, "by the test");
	assert_int_equal(status_number("held"), 0);
	world_connect(3);
	world_ticks(3, "A", 1, 5);
	pass_with_pings(3, 70);
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 15);
}

/* It cannot be said how many minutes there are. */
static void
a_terminal_whose_ticks_wait_is_not_read_beyond_the_room_for_them(void **state)
{
	connect_with_the_clock_an_hour_ahead(2 * CANDLE_M5_US);
	for (int i = 0; !world.sessions[2].paused; i++) {
		assert_true(i < MT5_HELD_MAX);
		world_ticks(2, "A", i, 1);
	}
	for (int i = 0; i < 70; i++) { /* it says nothing: nobody reads it */
		world_pass(CLOCK_SECOND_US);
		mt5_source_turn(world.source);
		hand_settle();
	}
	assert_false(world.sessions[2].paused);
	assert_int_equal(status_number("held"), 0);
}

static void
what_comes_with_an_absurd_clock_is_not_stored(void **state)
{
	world_connect(1);
	world.offset_us = 16 * 3600 * CLOCK_SECOND_US;
	world_ticks(1, "A", 1, 5);
	assert_non_null(strstr(lines_of(1), "\"clock\""));
	assert_false(world.sessions[1].ended);
	world.offset_us = OFFSET_US;
	world_ticks(1, "A", 2, 5);
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 5);
}

static void
a_hello_with_an_absurd_clock_is_refused(void **state)
{
	world.offset_us = 16 * 3600 * CLOCK_SECOND_US;
	world_hello(1);
	hand_settle();
	assert_ended(1, "clock");
	mt5_source_turn(world.source);
	hand_settle();
	world.offset_us = OFFSET_US;
	world_connect(2);
}

static void
ticks_later_than_their_clock_end_the_connection(void **state)
{
	struct mt5_tick tick = {.bid_e8 = 1, .ask_e8 = 2, .last_e8 = TICK_NONE, .flags = 6};
	struct mt5_message message = {.type = MT5_TICKS, .clocks = world_clocks(),
		.ticks = {.symbol = "A", .seq = 1, .first = -1, .from_ms = TICK_NONE,
			.ticks = &tick, .count = 1}};

	world_connect(1);
	tick.server_ms = message.clocks.server_s * 1000 + 15 * 60000;
	world_say(1, &message);
	assert_false(world.sessions[1].ended);
	tick.server_ms++;
	message.ticks.seq++;
	world_say(1, &message);
	assert_ended(1, "bad-message");
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 1);
}

/* They would be believed for years. */
static void
bars_later_than_the_brokers_clock_end_the_connection(void **state)
{
	world_connect(1);
	world_bars(1, 3, candle_slot(WORLD_US) + OFFSET_US, false);
	assert_false(world.sessions[1].ended);
	world_bars(1, 3, candle_slot(WORLD_US) + OFFSET_US + 20 * 60 * CLOCK_SECOND_US, false);
	assert_ended(1, "bad-message");
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM m5_candles"), 3);
}

static void
the_last_bars_say_that_there_is_nothing_else_up_to_now(void **state)
{
	json_t *welcome;

	world_connect(1);
	world_bars(1, 0, 0, true);
	world_ticks(1, "A", 1, 1);
	hand_settle();
	mt5_source_gone(world.source, 1, "by the test");
	world_hello(2);
	hand_settle();
	welcome = json_loads(lines_of(2), 0, NULL);
	assert_null(json_object_get(json_object_get(welcome, "bars"), "A"));
	assert_non_null(json_object_get(json_object_get(welcome, "bars"), "B"));
	json_decref(welcome);
}

/* The first second that the protocol knows, and the last one. */
static void
the_ends_of_time_are_times_like_others(void **state)
{
	const int64_t end_us = (MT5_TIME_END_S - 1) * CLOCK_SECOND_US;

	world.offset_us = -3 * 3600 * CLOCK_SECOND_US;
	world.venue_us = CLOCK_SECOND_US - world.offset_us;
	world_connect(1);
	world_ticks(1, "A", 1, 1);
	world_bars(1, 0, 0, true);
	hand_settle();
	world.venue_us = end_us;
	world_ticks(1, "A", 2, 1000);
	world_bars(1, 3, candle_slot(end_us) + world.offset_us, true);
	hand_settle();
	assert_false(world.sessions[1].ended);
	assert_int_equal(world_number("SELECT max(time_us) FROM unified_ticks"), end_us);
	assert_int_equal(world_number("SELECT min(time_us) FROM unified_ticks"),
	    CLOCK_SECOND_US + 3 * 3600 * CLOCK_SECOND_US);
}

/* ---- the account ---- */

static void
an_account_that_is_said_before_the_first_tick_is_stored_with_it(void **state)
{
	world_connect(1);
	world_account(1, 1000);
	world_ticks(1, "A", 1, 0);
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM account_events"), 0);
	world_ticks(1, "A", 2, 1);
	hand_settle();
	assert_int_equal(world_number("SELECT balance FROM account_events"), 1000);
}

static void
of_two_accounts_before_the_first_tick_the_later_counts(void **state)
{
	world_connect(1);
	world_account(1, 1000);
	hand_settle();
	world_ticks(1, "A", 1, 1);
	world_account(1, 2000);
	hand_settle();
	assert_int_equal(
	    world_number("SELECT balance FROM account_events ORDER BY seq DESC LIMIT 1"), 2000);
}

/* ---- the log ---- */

static void
a_terminal_that_comes_and_goes_all_the_time_does_not_fill_the_log(void **state)
{
	for (int i = 0; i < 1000; i++) {
		world_hello(1);
		hand_settle();
		world.sessions[1].ended = false;
		mt5_source_gone(world.source, 1, "by the test");
	}
	assert_true(world.told <= 20);
	world_pass(61 * CLOCK_SECOND_US);
	world.told = 0;
	world_connect(2);
	assert_true(world.told > 0);
	mt5_source_gone(world.source, 2, "by the test");
	assert_string_equal(world.event, "terminal-gone");
}

static void
only_a_second_accounts_name_is_told(void **state)
{
	world_connect(1);
	assert_memory_equal(world.sentence, "the terminal", 12);
	world_close();
	hand_settle();
	world_start(1);
	world_hello_as(2, "77", "Far-Live");
	hand_settle();
	assert_memory_equal(world.sentence, "other: the terminal", 19);
}

/* ---- failures ---- */

static void
ticks_that_are_refused_end_the_connection_and_are_stored_by_the_next_one(void **state)
{
	world_connect(1);
	sql_run(database_handle(hand.db), "CREATE TEMP TRIGGER refused BEFORE INSERT ON"
	    " main.unified_ticks BEGIN SELECT raise(ABORT, 'no'); END");
	for (int64_t seq = 1; seq < 5; seq++) {
		world_ticks(1, "A", seq, 10);
		world_pass(CLOCK_SECOND_US);
	}
	world.told = 0;
	hand_turn();
	sql_run(database_handle(hand.db), "DROP TRIGGER refused");
	hand_settle();
	assert_ended(1, "stopping");
	assert_told(1, "");
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 0);
	assert_int_equal(world.told, 2); /* what could not be stored, and the end */
	world_connect(2);
	world_ticks(2, "A", 1, 10);
	hand_settle();
	assert_int_equal(world_number("SELECT count(*) FROM unified_ticks"), 10);
}

/* Whatever it is that there is no memory for, that connection ends and the next one is welcome. */
static void
without_memory_a_connection_ends_and_nothing_is_lost(void **state)
{
	int nth = 0;
	bool failed;

	do {
		uint64_t session = 1;

		for (int i = 0; i < WORLD_SESSIONS; i++) {
			world.sessions[i].length = 0;
			world.sessions[i].line_count = 0;
			world.sessions[i].ended = false;
		}
		failing_memory_arm(++nth);
		world_hello(session);
		while (hand.waiting > 0)
			hand_turn();
		world_ticks(session, "A", 1, 10);
		world_ping(session);
		while (hand.waiting > 0)
			hand_turn();
		failed = failing_memory_disarm();
		if (!mt5_source_healthy(world.source))
			assert_ended(session, "stopping");
		else
			mt5_source_gone(world.source, session, "by the test");
		world_pass(CLOCK_SECOND_US);
		world_connect(2);
		world_ticks(2, "A", 1, 10);
		hand_settle();
		assert_told(2, ACK("A", "1"));
		mt5_source_gone(world.source, 2, "by the test");
		world_pass(CLOCK_SECOND_US);
	} while (failed);
	assert_true(nth > 10);
}

/* ---- the end ---- */

static void
a_closed_source_calls_no_hook_whatever_is_under_way(void **state)
{
	world_connect(1);
	world_ticks(1, "A", 1, 10);
	world_hello(2);
	world_close(); /* a hook would fail the test now */
	hand_settle();
	world_start(0);
	world_connect(3);
	world_ticks(3, "A", 1, 10);
	world_close();
	hand_stop();
}

#define promise(test) cmocka_unit_test_setup_teardown(test, world_begin, world_finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_terminal_is_welcome_once_its_hello_is_stored),
		promise(ticks_are_acknowledged_once_they_are_committed),
		promise(a_welcome_goes_on_behind_what_the_older_connection_sent),
		promise(who_goes_before_the_welcome_is_not_welcomed),
		promise(who_is_replaced_before_the_welcome_is_not_welcomed_but_the_newest_is),
		promise(hellos_in_a_loop_while_the_disk_is_full_wait_outside),
		promise(another_account_is_refused_while_one_is_connected_and_after_it_has_gone),
		promise(the_longest_names_of_many_bytes_are_told_whole),
		promise(a_second_hello_of_a_connection_ends_it),
		promise(what_is_not_known_is_answered_and_the_connection_goes_on),
		promise(a_terminal_that_fills_the_room_is_read_again_when_half_of_it_is_free),
		promise(candles_and_positions_take_room_as_ticks_do),
		promise(small_messages_in_great_number_take_room_too),
		promise(
		    lines_that_come_within_the_welcome_are_taken_and_acknowledged_in_their_order),
		promise(a_connection_may_end_within_its_welcome),
		promise(ticks_wait_until_another_clock_is_believed),
		promise(bars_wait_for_the_clock_as_ticks_do),
		promise(bars_that_no_offset_puts_into_the_past_are_left_out),
		promise(what_waited_is_forgotten_with_its_connection_and_sent_again),
		promise(a_terminal_whose_ticks_wait_is_not_read_beyond_the_room_for_them),
		promise(what_comes_with_an_absurd_clock_is_not_stored),
		promise(a_hello_with_an_absurd_clock_is_refused),
		promise(ticks_later_than_their_clock_end_the_connection),
		promise(bars_later_than_the_brokers_clock_end_the_connection),
		promise(the_last_bars_say_that_there_is_nothing_else_up_to_now),
		promise(the_ends_of_time_are_times_like_others),
		promise(an_account_that_is_said_before_the_first_tick_is_stored_with_it),
		promise(of_two_accounts_before_the_first_tick_the_later_counts),
		promise(a_terminal_that_comes_and_goes_all_the_time_does_not_fill_the_log),
		promise(only_a_second_accounts_name_is_told),
		promise(ticks_that_are_refused_end_the_connection_and_are_stored_by_the_next_one),
		promise(without_memory_a_connection_ends_and_nothing_is_lost),
		promise(a_closed_source_calls_no_hook_whatever_is_under_way),
	};

	return cmocka_run_group_tests_name("tickd/mt5_source", tests, NULL, NULL);
}
