#define _GNU_SOURCE
#include "tickd/mt5/mt5_order.h"

#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_message.h" /* our own retcodes */

#define SECOND INT64_C(1000000)
#define BEGUN (1000 * SECOND)	   /* monotonic */
#define VENUE (INT64_C(1723161600) * SECOND) /* at that moment */
#define EXPIRES (VENUE + 60 * SECOND)

/* ---- retcodes ---- */

static const int64_t done_codes[] = {10008, 10009, 10010, 10025};
static const int64_t soon_codes[] = {10004, 10020, 10021, 10031};
static const int64_t later_codes[] = {10018, 10024};

static bool
is_one_of(int64_t retcode, const int64_t *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (codes[i] == retcode)
			return true;
	return false;
}

#define IS_ONE_OF(retcode, codes) is_one_of(retcode, codes, sizeof(codes) / sizeof((codes)[0]))

/* mt5.md, "Facts about the terminal". */
static enum mt5_retcode_class
class_of_paper(int64_t retcode)
{
	if (retcode == 0)
		return RETCODE_NOT_ORDERED;
	if (retcode == 1)
		return RETCODE_EXPIRED;
	if (retcode == 10012)
		return RETCODE_UNKNOWN;
	if (IS_ONE_OF(retcode, done_codes))
		return RETCODE_DONE;
	if (IS_ONE_OF(retcode, soon_codes))
		return RETCODE_SOON;
	return IS_ONE_OF(retcode, later_codes) ? RETCODE_LATER : RETCODE_STOP;
}

static void
every_retcode_is_taken_as_the_paper_says(void **state)
{
	for (int64_t retcode = -10; retcode < 11000; retcode++)
		assert_int_equal(mt5_retcode_class(retcode), class_of_paper(retcode));
	assert_int_equal(mt5_retcode_class(INT64_MIN), RETCODE_STOP);
	assert_int_equal(mt5_retcode_class(INT64_MAX), RETCODE_STOP);
}

static bool
is_documented(int64_t retcode)
{
	return retcode >= 10004 && retcode <= 10046 && retcode != 10005 && retcode != 10037;
}

static void
every_documented_retcode_has_words_of_its_own(void **state)
{
	char texts[43][MT5_MEANING_SIZE];
	const char *words[43];

	for (int i = 0; i < 43; i++) {
		words[i] = mt5_retcode_meaning(10004 + i, texts[i]);
		assert_int_equal(words[i] != texts[i], is_documented(10004 + i));
		assert_true(strlen(words[i]) > 3 && strlen(words[i]) < 80);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(words[i], words[j]);
	}
	assert_string_equal(words[0], "requote");
	assert_string_equal(words[10019 - 10004], "not enough money");
	assert_string_equal(words[10018 - 10004], "the market is closed");
}

static void
a_retcode_that_nobody_documents_is_told_by_its_number(void **state)
{
	char text[MT5_MEANING_SIZE];

	assert_string_equal(mt5_retcode_meaning(10099, text), "retcode 10099");
	assert_string_equal(mt5_retcode_meaning(10005, text), "retcode 10005");
	assert_string_equal(mt5_retcode_meaning(INT64_MIN, text), "retcode -9223372036854775808");
}

/* ---- one order ---- */

struct world {
	struct mt5_order order;
	struct mt5_moment moment;
	const char *why;
};

static struct world
world_of(bool found_sent)
{
	struct world world = {.moment = {.connected = true, .venue_us = VENUE, .now_us = BEGUN}};

	mt5_order_begin(&world.order, EXPIRES, found_sent, &world.moment);
	return world;
}

static void
pass(struct world *world, int64_t us)
{
	world->moment.now_us += us;
	world->moment.venue_us += us;
}

static enum mt5_order_do
tell(struct world *world, enum mt5_order_event event, int64_t retcode)
{
	world->why = NULL;
	return mt5_order_event(&world->order, event, retcode, &world->moment, &world->why);
}

#define recorded(world) tell(world, EVENT_RECORDED, 0)
#define disconnected(world) tell(world, EVENT_DISCONNECTED, 0)
#define turn(world) tell(world, EVENT_TURN, 0)
#define result(world, retcode) tell(world, EVENT_RESULT, retcode)

/* In each state by the shortest way. */
static struct world
world_in(enum mt5_order_state state)
{
	struct world world = world_of(state == ORDER_UNKNOWN || state == ORDER_ASKED);

	if (state == ORDER_ASKED)
		assert_int_equal(turn(&world), DO_CHECK);
	if (state == ORDER_READY) {
		world.moment.connected = false;
		assert_int_equal(recorded(&world), DO_NOTHING);
		world.moment.connected = true;
	}
	if (state == ORDER_OUT || state == ORDER_OVER)
		assert_int_equal(recorded(&world), DO_SEND);
	if (state == ORDER_OVER)
		assert_int_equal(result(&world, 10009), DO_DONE);
	assert_int_equal(world.order.state, state);
	return world;
}

struct expected {
	enum mt5_order_do what;
	enum mt5_order_state state;
};

enum {
	RECORDED, DISCONNECTED, TURN, DONE, UNSURE, SOON, LATER, STOP, NOT_ORDERED, TOO_LATE,
	HAPPENINGS
};

static const int64_t retcodes[HAPPENINGS] = {[DONE] = 10009, [UNSURE] = 10012, [SOON] = 10004,
	[LATER] = 10018, [STOP] = 10019, [NOT_ORDERED] = 0, [TOO_LATE] = 1};

static enum mt5_order_do
happen(struct world *world, int happening)
{
	switch (happening) {
	case RECORDED:
		return recorded(world);
	case DISCONNECTED:
		return disconnected(world);
	case TURN:
		return turn(world);
	default:
		return result(world, retcodes[happening]);
	}
}

#define SAME(state) {DO_NOTHING, state}
#define ENDS {DO_FAIL, ORDER_OVER}
#define IS_DONE {DO_DONE, ORDER_OVER}

static const struct expected expected[ORDER_STATES][HAPPENINGS] = {
	[ORDER_RECORDING] = {{DO_SEND, ORDER_OUT}, SAME(ORDER_RECORDING), SAME(ORDER_RECORDING),
	    SAME(ORDER_RECORDING), SAME(ORDER_RECORDING), SAME(ORDER_RECORDING),
	    SAME(ORDER_RECORDING), SAME(ORDER_RECORDING), SAME(ORDER_RECORDING),
	    SAME(ORDER_RECORDING)},
	[ORDER_READY] = {{DO_SEND, ORDER_OUT}, SAME(ORDER_READY), {DO_CONFIRM, ORDER_READY}, IS_DONE,
	    {DO_NOTHING, ORDER_UNKNOWN}, SAME(ORDER_READY), SAME(ORDER_READY), ENDS,
	    SAME(ORDER_READY), SAME(ORDER_READY)},
	[ORDER_OUT] = {SAME(ORDER_OUT), {DO_NOTHING, ORDER_UNKNOWN}, SAME(ORDER_OUT), IS_DONE,
	    {DO_NOTHING, ORDER_UNKNOWN}, {DO_NOTHING, ORDER_READY}, {DO_NOTHING, ORDER_READY}, ENDS,
	    SAME(ORDER_OUT), {DO_NOTHING, ORDER_READY}},
	[ORDER_UNKNOWN] = {SAME(ORDER_UNKNOWN), SAME(ORDER_UNKNOWN), {DO_CHECK, ORDER_ASKED},
	    IS_DONE, SAME(ORDER_UNKNOWN), {DO_NOTHING, ORDER_READY}, {DO_NOTHING, ORDER_READY},
	    ENDS, SAME(ORDER_UNKNOWN), {DO_NOTHING, ORDER_READY}},
	[ORDER_ASKED] = {SAME(ORDER_ASKED), {DO_NOTHING, ORDER_UNKNOWN}, SAME(ORDER_ASKED), IS_DONE,
	    {DO_NOTHING, ORDER_UNKNOWN}, {DO_NOTHING, ORDER_READY}, {DO_NOTHING, ORDER_READY}, ENDS,
	    {DO_NOTHING, ORDER_READY}, {DO_NOTHING, ORDER_READY}},
	[ORDER_OVER] = {SAME(ORDER_OVER), SAME(ORDER_OVER), SAME(ORDER_OVER), SAME(ORDER_OVER),
	    SAME(ORDER_OVER), SAME(ORDER_OVER), SAME(ORDER_OVER), SAME(ORDER_OVER),
	    SAME(ORDER_OVER), SAME(ORDER_OVER)},
};

static void
every_event_in_every_state_does_what_the_table_says(void **state)
{
	for (int from = 0; from < ORDER_STATES; from++)
		for (int i = 0; i < HAPPENINGS; i++) {
			struct world world = world_in((enum mt5_order_state)from);
			enum mt5_order_do what = happen(&world, i);

			if (what != expected[from][i].what ||
			    world.order.state != expected[from][i].state)
				fail_msg("state %d, event %d: does %d, is %d", from, i, what,
				    world.order.state);
			assert_int_equal(what == DO_DONE || what == DO_FAIL, world.why != NULL);
		}
}

/* ---- sending ---- */

static void
a_recorded_action_is_sent_at_once_where_a_terminal_is_there(void **state)
{
	struct world world = world_of(false);

	assert_int_equal(turn(&world), DO_NOTHING); /* not before it is recorded */
	assert_int_equal(recorded(&world), DO_SEND);
	assert_int_equal(recorded(&world), DO_NOTHING);
}

static void
it_waits_for_a_terminal_until_it_expires_and_not_longer(void **state)
{
	struct world world = world_of(false), late;

	world.moment.connected = false;
	assert_int_equal(recorded(&world), DO_NOTHING);
	pass(&world, 60 * SECOND); /* the last moment */
	assert_int_equal(turn(&world), DO_NOTHING);
	late = world;
	world.moment.connected = true;
	assert_int_equal(turn(&world), DO_CONFIRM);
	assert_int_equal(recorded(&world), DO_SEND);
	late.moment.connected = true;
	pass(&late, 1);
	assert_int_equal(turn(&late), DO_FAIL);
	assert_string_equal(late.why, "it expired before it could be sent");
}

static void
what_expires_while_it_is_recorded_is_not_sent(void **state)
{
	struct world world = world_of(false);

	pass(&world, 60 * SECOND + 1);
	assert_int_equal(recorded(&world), DO_FAIL);
	assert_string_equal(world.why, "it expired before it could be sent");
}

static void
nothing_is_sent_while_it_is_held_and_the_reason_is_told(void **state)
{
	struct world world = world_of(false), asked = world_in(ORDER_ASKED);

	world.moment.held = "DTMS is off";
	assert_int_equal(recorded(&world), DO_FAIL);
	assert_string_equal(world.why, "DTMS is off");
	asked.moment.held = "the mode is advise";
	assert_int_equal(result(&asked, MT5_NOT_ORDERED), DO_FAIL);
	assert_string_equal(asked.why, "the mode is advise");
}

static void
what_is_held_is_still_asked_after(void **state)
{
	struct world world = world_of(true);

	world.moment.held = "the mode is advise";
	assert_int_equal(turn(&world), DO_CHECK);
	assert_int_equal(result(&world, 10009), DO_DONE);
}

static void
a_requote_is_tried_again_a_second_later_and_a_closed_market_five(void **state)
{
	static const struct {
		int64_t retcode, after_us;
	} tries[] = {{10004, SECOND}, {10020, SECOND}, {10021, SECOND}, {10031, SECOND},
	    {10018, 5 * SECOND}, {10024, 5 * SECOND}};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct world world = world_in(ORDER_OUT);

		assert_int_equal(result(&world, tries[i].retcode), DO_NOTHING);
		pass(&world, tries[i].after_us - 1);
		assert_int_equal(turn(&world), DO_NOTHING);
		pass(&world, 1);
		assert_int_equal(turn(&world), DO_CONFIRM);
		assert_int_equal(recorded(&world), DO_SEND);
	}
}

static void
it_is_sent_once_more_only_where_it_was_not_taken_back(void **state)
{
	struct world world = world_in(ORDER_OUT);

	assert_int_equal(result(&world, 10018), DO_NOTHING);
	assert_int_equal(recorded(&world), DO_NOTHING); /* too early */
	pass(&world, 5 * SECOND);
	for (int i = 0; i < 3; i++)
		assert_int_equal(turn(&world), DO_CONFIRM);
	world.moment.held = "DTMS is off";
	assert_int_equal(recorded(&world), DO_FAIL);
	assert_string_equal(world.why, "DTMS is off");
}

/* The terminal's, or what is known of it: it may show the same for ever, or go back. */
static void
it_expires_also_where_the_venue_s_clock_stands_still(void **state)
{
	static const int64_t clocks[] = {0, -3600 * SECOND};

	for (int i = 0; i < 2; i++) {
		struct world world = world_of(false), late;

		world.moment.connected = false;
		assert_int_equal(recorded(&world), DO_NOTHING);
		world.moment.connected = true;
		world.moment.venue_us += clocks[i];
		world.moment.now_us += 60 * SECOND;
		late = world;
		assert_int_equal(recorded(&world), DO_SEND);
		late.moment.now_us++;
		assert_int_equal(recorded(&late), DO_FAIL);
		assert_string_equal(late.why, "it expired before it could be sent");
	}
}

static void
no_clock_of_a_venue_gives_it_more_than_its_minute(void **state)
{
	struct world world = {.moment = {.connected = true, .venue_us = VENUE - 86400 * SECOND,
		.now_us = BEGUN}};

	mt5_order_begin(&world.order, EXPIRES, false, &world.moment);
	pass(&world, 60 * SECOND + 1);
	assert_int_equal(recorded(&world), DO_FAIL);
}

static void
a_sending_that_came_too_late_is_sent_anew_while_the_action_is_in_time(void **state)
{
	struct world world = world_in(ORDER_OUT);

	assert_int_equal(result(&world, MT5_EXPIRED), DO_NOTHING);
	pass(&world, SECOND);
	assert_int_equal(turn(&world), DO_CONFIRM);
	assert_int_equal(recorded(&world), DO_SEND);
	pass(&world, 59 * SECOND + 1);
	assert_int_equal(result(&world, MT5_EXPIRED), DO_FAIL);
	assert_string_equal(world.why, "it reached the terminal too late and was not ordered");
}

static void
one_that_is_refused_until_it_expires_fails_with_the_last_refusal(void **state)
{
	struct world world = world_in(ORDER_OUT);

	pass(&world, 60 * SECOND);
	assert_int_equal(result(&world, 10018), DO_NOTHING);
	pass(&world, 5 * SECOND);
	assert_int_equal(turn(&world), DO_FAIL);
	assert_string_equal(world.why, "the market is closed, and then it expired");
	world = world_in(ORDER_ASKED);
	pass(&world, 61 * SECOND);
	assert_int_equal(result(&world, MT5_NOT_ORDERED), DO_FAIL);
	assert_string_equal(world.why, "it was not ordered, and then it expired");
}

static void
an_end_says_what_the_retcode_means(void **state)
{
	struct world world = world_in(ORDER_OUT);

	assert_int_equal(result(&world, 10019), DO_FAIL);
	assert_string_equal(world.why, "not enough money");
	world = world_in(ORDER_OUT);
	assert_int_equal(result(&world, 10010), DO_DONE);
	assert_string_equal(world.why, "only a part of it was done");
	world = world_in(ORDER_OUT);
	assert_int_equal(result(&world, 10099), DO_FAIL);
	assert_string_equal(world.why, "retcode 10099");
}

/* ---- doubt ---- */

static void
what_is_not_answered_for_fifteen_seconds_is_asked_after(void **state)
{
	struct world world = world_in(ORDER_OUT);

	pass(&world, 15 * SECOND - 1);
	assert_int_equal(turn(&world), DO_NOTHING);
	pass(&world, 1);
	assert_int_equal(turn(&world), DO_CHECK);
	pass(&world, 15 * SECOND - 1);
	assert_int_equal(turn(&world), DO_NOTHING);
	pass(&world, 1);
	assert_int_equal(turn(&world), DO_CHECK);
}

static void
after_a_lost_connection_the_account_has_five_seconds_to_show_it(void **state)
{
	struct world world = world_in(ORDER_OUT);

	assert_int_equal(disconnected(&world), DO_NOTHING);
	pass(&world, 5 * SECOND - 1);
	assert_int_equal(turn(&world), DO_NOTHING);
	pass(&world, 1);
	world.moment.connected = false;
	assert_int_equal(turn(&world), DO_NOTHING);
	world.moment.connected = true;
	assert_int_equal(turn(&world), DO_CHECK);
}

static void
a_connection_that_is_gone_unheard_is_a_lost_one(void **state)
{
	static const enum mt5_order_state states[] = {ORDER_OUT, ORDER_ASKED};

	for (int i = 0; i < 2; i++) {
		struct world world = world_in(states[i]);

		world.moment.connected = false;
		assert_int_equal(turn(&world), DO_NOTHING);
		assert_int_equal(world.order.state, ORDER_UNKNOWN);
	}
}

static void
an_answer_to_an_older_question_does_not_have_it_ordered_twice(void **state)
{
	struct world world = world_of(true);

	assert_int_equal(turn(&world), DO_CHECK);
	pass(&world, 15 * SECOND);
	assert_int_equal(turn(&world), DO_CHECK); /* the first answer is only slow */
	assert_int_equal(result(&world, MT5_NOT_ORDERED), DO_CONFIRM);
	assert_int_equal(recorded(&world), DO_SEND);
	assert_int_equal(result(&world, MT5_NOT_ORDERED), DO_NOTHING); /* to the second question */
	assert_int_equal(turn(&world), DO_NOTHING);
	assert_int_equal(result(&world, 10009), DO_DONE);
}

/*
 * 10 s are the sending's, 2 s those of two clocks: what lies unread at a terminal that is thought to
 * be gone is worth nothing by then.
 */
static void
what_was_sent_on_a_lost_connection_is_sent_anew_when_nobody_may_take_it_up_any_more(void **state)
{
	struct world world = world_in(ORDER_OUT), found = world_of(true);

	pass(&world, SECOND);
	assert_int_equal(disconnected(&world), DO_NOTHING);
	pass(&world, 5 * SECOND);
	assert_int_equal(turn(&world), DO_CHECK);
	assert_int_equal(result(&world, MT5_NOT_ORDERED), DO_NOTHING);
	pass(&world, 6 * SECOND - 1);
	assert_int_equal(turn(&world), DO_NOTHING);
	pass(&world, 1);
	assert_int_equal(turn(&world), DO_CONFIRM);
	assert_int_equal(recorded(&world), DO_SEND);
	/* When it was sent is not known after a start. */
	assert_int_equal(turn(&found), DO_CHECK);
	assert_int_equal(result(&found, MT5_NOT_ORDERED), DO_NOTHING);
	pass(&found, 12 * SECOND - 1);
	assert_int_equal(turn(&found), DO_NOTHING);
	pass(&found, 1);
	assert_int_equal(turn(&found), DO_CONFIRM);
}

/* Turns each second until it ends; how often it was asked after. */
static int
questions_until_the_end(struct world *world, int64_t answer, int *ret_seconds)
{
	int questions = 0;

	for (*ret_seconds = 0; *ret_seconds < 1000; ++*ret_seconds) {
		enum mt5_order_do what = turn(world);

		if (what == DO_FAIL)
			return questions;
		questions += what == DO_CHECK;
		if (what == DO_CHECK && answer >= 0)
			assert_int_equal(result(world, answer), DO_NOTHING);
		pass(world, SECOND);
	}
	fail_msg("it never ends");
	return 0;
}

static void
what_nobody_knows_two_minutes_after_it_expired_fails_for_good(void **state)
{
	struct world world = world_of(true);
	int seconds;

	assert_int_equal(questions_until_the_end(&world, 10012, &seconds), 37); /* 0, 5, .. 180 s */
	assert_int_equal(seconds, 181);
	assert_string_equal(world.why, "it is not known what became of it: look at the account");
	assert_int_equal(result(&world, 10009), DO_NOTHING);
}

static void
one_found_long_after_it_expired_is_asked_after_all_the_same(void **state)
{
	struct world world = world_of(true);
	int seconds;

	world.moment.venue_us = EXPIRES + 86400 * SECOND;
	assert_int_equal(questions_until_the_end(&world, 10012, &seconds), 24); /* 0, 5, .. 115 s */
	assert_int_equal(seconds, 120);
	world = world_of(true);
	world.moment.connected = false;
	world.moment.venue_us = EXPIRES + 86400 * SECOND;
	assert_int_equal(questions_until_the_end(&world, -1, &seconds), 0);
	assert_int_equal(seconds, 120);
}

/* ---- random walks ---- */

struct walk {
	struct world world;
	bool recorded;
	bool under_way; /* by what was told: it may have been ordered */
	bool over;
	bool refused; /* definitely, since it was sent */
	int64_t sent_us;
	int sends, checks;
};

static void
follow(struct walk *walk, enum mt5_order_do what)
{
	assert_false(walk->over && what != DO_NOTHING);
	switch (what) {
	case DO_NOTHING:
		break;
	case DO_CONFIRM:
		assert_true(walk->recorded);
		assert_false(walk->under_way);
		break;
	case DO_SEND:
		assert_true(walk->recorded);
		assert_false(walk->under_way);
		assert_true(walk->world.moment.connected);
		assert_null(walk->world.moment.held);
		assert_true(walk->world.moment.venue_us <= EXPIRES);
		/* Nobody else can take it up any more. */
		assert_true(walk->sends == 0 || walk->refused ||
		    walk->world.moment.now_us >= walk->sent_us + 12 * SECOND);
		walk->under_way = true;
		walk->refused = false;
		walk->sent_us = walk->world.moment.now_us;
		walk->sends++;
		break;
	case DO_CHECK:
		assert_true(walk->under_way);
		assert_true(walk->world.moment.connected);
		walk->checks++;
		break;
	case DO_DONE:
	case DO_FAIL:
		assert_non_null(walk->world.why);
		walk->over = true;
	}
}

/* What an answer settles, before the order is told of it. */
static void
note_answer(struct walk *walk, int64_t retcode)
{
	enum mt5_order_state state = walk->world.order.state;
	enum mt5_retcode_class class = class_of_paper(retcode);

	if (state == ORDER_RECORDING || walk->over)
		return;
	if (class == RETCODE_UNKNOWN)
		walk->under_way = true;
	else if (class == RETCODE_SOON || class == RETCODE_LATER || class == RETCODE_EXPIRED ||
	    (class == RETCODE_NOT_ORDERED && state == ORDER_ASKED))
		walk->under_way = false;
	walk->refused |= class == RETCODE_SOON || class == RETCODE_LATER ||
	    class == RETCODE_EXPIRED;
}

static int64_t
any_retcode(uint64_t *chance)
{
	static const int64_t some[] = {0, 0, 0, 1, 10004, 10009, 10012, 10012, 10018, 10019, 10024,
		10031};

	return some[chance_below(chance, sizeof(some) / sizeof(some[0]))];
}

static void
step(struct walk *walk, uint64_t *chance, bool answers)
{
	struct world *world = &walk->world;
	int64_t retcode;

	switch (chance_below(chance, answers ? 8 : 7)) {
	case 0:
		pass(world, chance_below(chance, 20 * SECOND));
		break;
	case 1:
		pass(world, SECOND);
		follow(walk, turn(world));
		break;
	case 2:
		world->moment.connected = !world->moment.connected;
		if (!world->moment.connected)
			follow(walk, disconnected(world));
		break;
	case 3:
		walk->recorded = true;
		follow(walk, recorded(world));
		break;
	case 4:
		if (chance_below(chance, 20) == 0)
			world->moment.held = world->moment.held == NULL ? "held" : NULL;
		break;
	case 7:
		retcode = any_retcode(chance);
		note_answer(walk, retcode);
		follow(walk, result(world, retcode));
		break;
	default:
		follow(walk, turn(world));
	}
}

static void
whatever_happens_it_is_sent_once_for_each_word_that_nothing_was_ordered(void **state)
{
	int sent_again = 0, asked = 0;

	for (uint64_t seed = 1; seed <= 20000; seed++) {
		uint64_t chance = seed;
		bool found = chance_below(&chance, 4) == 0;
		struct walk walk = {.world = world_of(found), .recorded = found,
			.under_way = found};

		for (int i = 0; i < 60; i++)
			step(&walk, &chance, true);
		sent_again += walk.sends > 1;
		asked += walk.checks > 0;
	}
	assert_true(sent_again > 1000);
	assert_true(asked > 1000);
}

static void
every_order_ends_given_time(void **state)
{
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t chance = seed;
		bool found = chance_below(&chance, 2) == 0;
		struct walk walk = {.world = world_of(found), .recorded = found,
			.under_way = found};

		for (int i = 0; i < 40; i++)
			step(&walk, &chance, true);
		walk.recorded = true;
		follow(&walk, recorded(&walk.world));
		for (int i = 0; i < 400 && !walk.over; i++) {
			enum mt5_order_do what;

			pass(&walk.world, SECOND);
			what = turn(&walk.world);
			follow(&walk, what);
			if (what == DO_CONFIRM)
				follow(&walk, recorded(&walk.world));
		}
		assert_true(walk.over);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_retcode_is_taken_as_the_paper_says),
		cmocka_unit_test(every_documented_retcode_has_words_of_its_own),
		cmocka_unit_test(a_retcode_that_nobody_documents_is_told_by_its_number),
		cmocka_unit_test(every_event_in_every_state_does_what_the_table_says),
		cmocka_unit_test(a_recorded_action_is_sent_at_once_where_a_terminal_is_there),
		cmocka_unit_test(it_waits_for_a_terminal_until_it_expires_and_not_longer),
		cmocka_unit_test(what_expires_while_it_is_recorded_is_not_sent),
		cmocka_unit_test(nothing_is_sent_while_it_is_held_and_the_reason_is_told),
		cmocka_unit_test(what_is_held_is_still_asked_after),
		cmocka_unit_test(a_requote_is_tried_again_a_second_later_and_a_closed_market_five),
		cmocka_unit_test(it_is_sent_once_more_only_where_it_was_not_taken_back),
		cmocka_unit_test(it_expires_also_where_the_venue_s_clock_stands_still),
		cmocka_unit_test(no_clock_of_a_venue_gives_it_more_than_its_minute),
		cmocka_unit_test(a_sending_that_came_too_late_is_sent_anew_while_the_action_is_in_time),
		cmocka_unit_test(one_that_is_refused_until_it_expires_fails_with_the_last_refusal),
		cmocka_unit_test(an_end_says_what_the_retcode_means),
		cmocka_unit_test(what_is_not_answered_for_fifteen_seconds_is_asked_after),
		cmocka_unit_test(after_a_lost_connection_the_account_has_five_seconds_to_show_it),
		cmocka_unit_test(a_connection_that_is_gone_unheard_is_a_lost_one),
		cmocka_unit_test(an_answer_to_an_older_question_does_not_have_it_ordered_twice),
		cmocka_unit_test(
		    what_was_sent_on_a_lost_connection_is_sent_anew_when_nobody_may_take_it_up_any_more),
		cmocka_unit_test(what_nobody_knows_two_minutes_after_it_expired_fails_for_good),
		cmocka_unit_test(one_found_long_after_it_expired_is_asked_after_all_the_same),
		cmocka_unit_test(whatever_happens_it_is_sent_once_for_each_word_that_nothing_was_ordered),
		cmocka_unit_test(every_order_ends_given_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
