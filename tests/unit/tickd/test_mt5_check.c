#define _GNU_SOURCE
#include "tickd/mt5/mt5_check.h"

#include <errno.h>

#include "common/decimal.h"
#include "tests/unit/common/scratch.h"

/* EURUSD at 1.10000/1.10002; ticket 5 is a BUY of 1.00, 6 a SELL of 1.00; 7 to 9 belong to 5. */
#define BID "1.10000"
#define ASK "1.10002"

static int64_t
e8(const char *text)
{
	int64_t value_e8;

	assert_int_equal(decimal_parse(text, strlen(text), &value_e8), 0);
	return value_e8;
}

struct bench {
	struct mt5_position open[5];
	struct mt5_facts facts;
	struct mt5_pending action;
	struct problem problem;
};

static void
open_position(struct bench *bench, int64_t ticket, bool sell, const char *volume, const char *stop)
{
	struct mt5_position *position = &bench->open[bench->facts.open_count++];

	*position = (struct mt5_position){.ticket = ticket, .sell = sell, .volume_e8 = e8(volume),
		.price_open_e8 = e8("1.1"), .stop_loss_e8 = stop == NULL ? TICK_NONE : e8(stop),
		.take_profit_e8 = TICK_NONE};
	strcpy(position->symbol, "EURUSD");
}

static struct bench *
bench_make(int64_t ticket, const char *type, const char *parameters)
{
	static struct bench bench;

	memset(&bench, 0, sizeof(bench));
	bench.facts = (struct mt5_facts){
		.bid_e8 = e8(BID), .ask_e8 = e8(ASK), .digits = 5,
		.volume_min_e8 = e8("0.01"), .volume_step_e8 = e8("0.01"), .volume_max_e8 = e8("50"),
		.stops_level_e8 = e8("0.0001"), .freeze_level_e8 = e8("0"), .open = bench.open,
	};
	open_position(&bench, 5, false, "1", "1.09");
	open_position(&bench, 6, true, "1", "1.11");
	open_position(&bench, 7, true, "0.5", "1.11");
	open_position(&bench, 8, false, "0.25", NULL);
	open_position(&bench, 9, false, "0.12", NULL);
	bench.action = (struct mt5_pending){.ticket = ticket, .parameters = (char *)parameters};
	strcpy(bench.action.symbol, "EURUSD");
	strcpy(bench.action.action_type, type);
	return &bench;
}

static void
assert_orders(struct bench *bench, const struct mt5_facts *facts, const char *expected)
{
	int error = 0;
	json_t *orders = mt5_check(&bench->action, facts, &error, &bench->problem);
	json_t *wanted = json_loads(expected, 0, NULL);
	char *text;

	assert_non_null(wanted);
	if (orders == NULL)
		fail_msg("refused: %s", bench->problem.text);
	text = json_dumps(orders, JSON_COMPACT);
	if (!json_equal(orders, wanted))
		fail_msg("%s; expected: %s", text, expected);
	free(text);
	json_decref(orders);
	json_decref(wanted);
}

#define assert_sent(bench, expected) assert_orders(bench, &(bench)->facts, expected)

static void
assert_refused(struct bench *bench, const char *sentence)
{
	int error = 0;
	json_t *orders = mt5_check(&bench->action, &bench->facts, &error, &bench->problem);

	if (orders != NULL)
		fail_msg("not refused: %s", sentence);
	assert_int_equal(error, -EPERM);
	assert_string_equal(bench->problem.text, sentence);
}

/* ---- stops ---- */

#define BUY_STOP "{\"stop_loss\":\"1.0985\",\"previous_stop_loss\":\"1.09\",\"r\":\"0.01\"}"
#define SELL_STOP "{\"stop_loss\":\"1.1015\",\"previous_stop_loss\":null}"

static void
a_stop_is_moved_with_the_symbol_s_own_decimals(void **state)
{
	assert_sent(bench_make(5, "tighten_sl", BUY_STOP),
	    "[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09850\"}]");
	assert_sent(bench_make(6, "tighten_sl", SELL_STOP),
	    "[{\"do\":\"modify\",\"ticket\":6,\"sl\":\"1.10150\"}]");
	assert_sent(bench_make(5, "move_sl_breakeven", BUY_STOP),
	    "[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09850\"}]");
	assert_sent(bench_make(6, "move_sl_breakeven", SELL_STOP),
	    "[{\"do\":\"modify\",\"ticket\":6,\"sl\":\"1.10150\"}]");
}

static void
a_stop_is_set_where_there_is_none(void **state)
{
	struct bench *bench = bench_make(8, "tighten_sl", BUY_STOP);

	assert_sent(bench, "[{\"do\":\"modify\",\"ticket\":8,\"sl\":\"1.09850\"}]");
}

static void
a_stop_that_stands_there_already_is_asked_for_all_the_same(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", BUY_STOP);

	bench->open[0].stop_loss_e8 = e8("1.0985");
	bench->facts.bid_e8 = TICK_NONE; /* nothing of it depends on the price */
	assert_sent(bench, "[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09850\"}]");
}

static void
a_stop_on_the_wrong_side_of_the_price_is_refused(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", "{\"stop_loss\":\"1.1\"}");

	bench->facts.stops_level_e8 = 0;
	assert_refused(bench, "a stop at 1.10000 is not below the price 1.10000");
	bench = bench_make(6, "tighten_sl", "{\"stop_loss\":\"1.10002\"}");
	bench->facts.stops_level_e8 = TICK_NONE;
	assert_refused(bench, "a stop at 1.10002 is not above the price 1.10002");
	bench = bench_make(6, "move_sl_breakeven", "{\"stop_loss\":\"1.1\"}");
	bench->facts.stops_level_e8 = 0;
	assert_refused(bench, "a stop at 1.10000 is not above the price 1.10002");
}

static void
a_stop_nearer_than_the_broker_wants_is_refused_and_at_its_level_it_is_not(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", "{\"stop_loss\":\"1.09991\"}");

	assert_refused(bench,
	    "a stop at 1.09991 is not below the price 1.10000 by the 0.00010 that the broker wants");
	bench = bench_make(6, "tighten_sl", "{\"stop_loss\":\"1.10011\"}");
	assert_refused(bench,
	    "a stop at 1.10011 is not above the price 1.10002 by the 0.00010 that the broker wants");
	assert_sent(bench_make(5, "tighten_sl", "{\"stop_loss\":\"1.0999\"}"),
	    "[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09990\"}]");
	assert_sent(bench_make(6, "tighten_sl", "{\"stop_loss\":\"1.10012\"}"),
	    "[{\"do\":\"modify\",\"ticket\":6,\"sl\":\"1.10012\"}]");
}

static void
the_larger_of_stops_and_freeze_level_counts(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", "{\"stop_loss\":\"1.0997\"}");

	bench->facts.freeze_level_e8 = e8("0.0004");
	assert_refused(bench,
	    "a stop at 1.09970 is not below the price 1.10000 by the 0.00040 that the broker wants");
	bench->facts.freeze_level_e8 = e8("0.0003");
	assert_sent(bench, "[{\"do\":\"modify\",\"ticket\":5,\"sl\":\"1.09970\"}]");
}

static void
a_stop_that_people_moved_closer_is_not_loosened(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", BUY_STOP);

	bench->open[0].stop_loss_e8 = e8("1.099");
	assert_refused(bench, "the stop of ticket 5 stands at 1.09900 already: 1.09850 would loosen it");
	bench = bench_make(6, "move_sl_breakeven", SELL_STOP);
	bench->open[1].stop_loss_e8 = e8("1.1005");
	assert_refused(bench, "the stop of ticket 6 stands at 1.10050 already: 1.10150 would loosen it");
}

static void
a_stop_is_not_moved_without_a_price(void **state)
{
	struct bench *bench = bench_make(5, "tighten_sl", BUY_STOP);

	bench->facts.bid_e8 = TICK_NONE;
	assert_refused(bench, "no price of EURUSD is known");
	bench = bench_make(6, "tighten_sl", SELL_STOP);
	bench->facts.ask_e8 = TICK_NONE;
	assert_refused(bench, "no price of EURUSD is known");
}

/* ---- a part ---- */

#define HALF(ticket) "{\"ticket\":" #ticket ",\"volume\":\"0.5\",\"remaining_volume\":\"0.5\"}"

static void
a_part_of_a_position_is_closed(void **state)
{
	assert_sent(bench_make(5, "partial_close", HALF(5)),
	    "[{\"do\":\"close\",\"ticket\":5,\"volume\":\"0.5\"}]");
	assert_sent(bench_make(6, "partial_close", HALF(6)),
	    "[{\"do\":\"close\",\"ticket\":6,\"volume\":\"0.5\"}]");
}

static void
a_partial_close_never_closes_everything_nor_more(void **state)
{
	struct bench *bench = bench_make(5, "partial_close", HALF(5));

	bench->open[0].volume_e8 = e8("0.5"); /* someone closed a half by hand */
	assert_refused(bench, "a volume of 0.5 is not a part of the position's 0.5");
	bench->open[0].volume_e8 = e8("0.3");
	assert_refused(bench, "a volume of 0.5 is not a part of the position's 0.3");
	bench->open[0].volume_e8 = e8("0.52");
	bench->facts.volume_min_e8 = e8("0.05");
	assert_refused(bench, "a volume of 0.02 is what would remain, less than the smallest 0.05");
}

/* By people, or by this action at a terminal that knows nothing of it any more. */
static void
a_position_that_changed_since_it_was_decided_is_not_closed_in_part(void **state)
{
	struct bench *bench = bench_make(5, "partial_close", HALF(5));

	bench->open[0].volume_e8 = e8("0.8");
	assert_refused(bench, "ticket 5 has a volume of 0.8 by now: to close 0.5 of it was to leave 0.5");
	bench->open[0].volume_e8 = e8("2");
	assert_refused(bench, "ticket 5 has a volume of 2 by now: to close 0.5 of it was to leave 0.5");
}

static void
what_carries_its_token_already_is_not_opened_once_more(void **state)
{
	static const struct {
		int64_t ticket;
		const char *type, *parameters;
	} opens[] = {
		{5, "open_hedge",
		    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\"}"},
		{6, "re_add_position",
		    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\"}"},
	};

	for (int i = 0; i < 2; i++) {
		struct bench *bench = bench_make(opens[i].ticket, opens[i].type,
		    opens[i].parameters);

		strcpy(bench->action.token, "tdm0123456789abcdef");
		strcpy(bench->open[2].comment, "tdm0123456789abcde0");
		assert_sent(bench, "[{\"do\":\"open\",\"direction\":\"sell\",\"volume\":\"0.05\","
		    "\"sl\":\"1.10500\"}]");
		strcpy(bench->open[2].comment, "tdm0123456789abcdef");
		assert_refused(bench, "it was opened already: ticket 7");
	}
}

static void
a_volume_that_the_broker_does_not_take_is_refused(void **state)
{
	struct bench *bench = bench_make(5, "partial_close", HALF(5));

	bench->facts.volume_min_e8 = e8("0.6");
	assert_refused(bench, "a volume of 0.5 is less than the smallest 0.6");
	bench = bench_make(5, "partial_close", HALF(5));
	bench->facts.volume_max_e8 = e8("0.4");
	assert_refused(bench, "a volume of 0.5 is more than the largest 0.4");
	bench = bench_make(5, "partial_close", HALF(5));
	bench->facts.volume_step_e8 = e8("0.2");
	assert_refused(bench, "a volume of 0.5 is not a multiple of 0.2");
	bench->facts.volume_min_e8 = bench->facts.volume_step_e8 = bench->facts.volume_max_e8 =
	    TICK_NONE; /* nobody said */
	assert_sent(bench, "[{\"do\":\"close\",\"ticket\":5,\"volume\":\"0.5\"}]");
}

/* ---- beside it ---- */

#define SELL_HEDGE "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\",\"atr\":0.01}"
#define BUY_HEDGE "{\"direction\":\"BUY\",\"volume\":\"0.05\",\"stop_loss\":\"1.095\",\"atr\":0.01}"

static void
a_hedge_is_opened_against_its_position(void **state)
{
	assert_sent(bench_make(5, "open_hedge", SELL_HEDGE),
	    "[{\"do\":\"open\",\"direction\":\"sell\",\"volume\":\"0.05\",\"sl\":\"1.10500\"}]");
	assert_sent(bench_make(6, "open_hedge", BUY_HEDGE),
	    "[{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.05\",\"sl\":\"1.09500\"}]");
}

static void
a_hedge_with_its_position_is_refused(void **state)
{
	assert_refused(bench_make(5, "open_hedge", BUY_HEDGE),
	    "a hedge of the BUY position 5 cannot be a BUY");
	assert_refused(bench_make(6, "open_hedge", SELL_HEDGE),
	    "a hedge of the SELL position 6 cannot be a SELL");
}

static void
a_position_is_re_added_in_its_own_direction_only(void **state)
{
	assert_sent(bench_make(5, "re_add_position", BUY_HEDGE),
	    "[{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.05\",\"sl\":\"1.09500\"}]");
	assert_sent(bench_make(6, "re_add_position", SELL_HEDGE),
	    "[{\"do\":\"open\",\"direction\":\"sell\",\"volume\":\"0.05\",\"sl\":\"1.10500\"}]");
	assert_refused(bench_make(5, "re_add_position", SELL_HEDGE),
	    "a re-add of the BUY position 5 cannot be a SELL");
	assert_refused(bench_make(6, "re_add_position", BUY_HEDGE),
	    "a re-add of the SELL position 6 cannot be a BUY");
}

static void
what_is_opened_has_its_stop_behind_the_price_and_a_volume_that_is_taken(void **state)
{
	static const char *const types[] = {"open_hedge", "re_add_position"};

	for (int i = 0; i < 2; i++) {
		bool hedge = i == 0;
		struct bench *bench = bench_make(hedge ? 6 : 5, types[i],
		    "{\"direction\":\"BUY\",\"volume\":\"0.05\",\"stop_loss\":\"1.10001\"}");

		assert_refused(bench, "a stop at 1.10001 is not below the price 1.10000 by the "
				      "0.00010 that the broker wants");
		bench = bench_make(hedge ? 5 : 6, types[i],
		    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.10001\"}");
		assert_refused(bench, "a stop at 1.10001 is not above the price 1.10002 by the "
				      "0.00010 that the broker wants");
		bench = bench_make(hedge ? 5 : 6, types[i], SELL_HEDGE);
		bench->facts.volume_min_e8 = e8("0.1");
		assert_refused(bench, "a volume of 0.05 is less than the smallest 0.1");
	}
}

/* ---- closing ---- */

#define ALL "{\"hedge_ticket\":7,\"hedge_volume\":\"0.5\",\"re_adds\":[{\"ticket\":8,\"volume\":"     \
	    "\"0.25\"},{\"ticket\":9,\"volume\":\"0.12\"}],\"ticket\":5,\"volume\":\"1\"}"
#define CLOSE(ticket, volume) "{\"do\":\"close\",\"ticket\":" #ticket ",\"volume\":\"" volume "\"}"

static void
a_hedge_is_closed_by_its_ticket_with_all_that_is_open_of_it(void **state)
{
	struct bench *bench = bench_make(5, "close_hedge", "{\"ticket\":7,\"volume\":\"0.5\"}");

	assert_sent(bench, "[" CLOSE(7, "0.5") "]");
	bench->open[2].volume_e8 = e8("0.2");
	assert_sent(bench, "[" CLOSE(7, "0.2") "]");
	bench = bench_make(6, "close_hedge", "{\"ticket\":8,\"volume\":\"0.25\"}");
	assert_sent(bench, "[" CLOSE(8, "0.25") "]");
	bench = bench_make(5, "close_hedge", "{\"ticket\":10,\"volume\":\"0.5\"}");
	assert_refused(bench, "ticket 10 is not open any more");
}

static void
all_is_closed_the_hedge_first_then_re_adds_then_its_own(void **state)
{
	assert_sent(bench_make(5, "close_all", ALL),
	    "[" CLOSE(7, "0.5") "," CLOSE(8, "0.25") "," CLOSE(9, "0.12") "," CLOSE(5, "1") "]");
	assert_sent(bench_make(6, "close_all", "{\"ticket\":6,\"volume\":\"1\"}"),
	    "[" CLOSE(6, "1") "]");
	assert_sent(bench_make(6, "close_all",
			"{\"hedge_ticket\":null,\"ticket\":6,\"volume\":\"1\"}"),
	    "[" CLOSE(6, "1") "]");
}

static void
what_is_no_longer_open_is_left_out_of_close_all(void **state)
{
	struct bench *bench = bench_make(5, "close_all", ALL);

	bench->facts.open++; /* without 5 */
	bench->facts.open_count--;
	assert_sent(bench, "[" CLOSE(7, "0.5") "," CLOSE(8, "0.25") "," CLOSE(9, "0.12") "]");
	bench->facts.open_count = 2; /* 6 and 7 */
	assert_sent(bench, "[" CLOSE(7, "0.5") "]");
	bench->facts.open_count = 1;
	assert_refused(bench, "ticket 5 is not open any more");
	bench->facts.open_count = 0;
	assert_refused(bench, "ticket 5 is not open any more");
}

static void
a_position_larger_than_what_may_be_traded_is_closed_in_parts(void **state)
{
	struct bench *bench = bench_make(5, "close_all", "{\"ticket\":5,\"volume\":\"1\"}");

	bench->facts.volume_max_e8 = e8("0.4");
	assert_sent(bench, "[" CLOSE(5, "0.4") "," CLOSE(5, "0.4") "," CLOSE(5, "0.2") "]");
	bench->facts.volume_max_e8 = e8("0.00000001");
	assert_refused(bench, "a volume of 1 is far more than the largest 0.00000001");
	bench->facts.volume_max_e8 = 0;
	assert_sent(bench, "[" CLOSE(5, "1") "]");
}

/* ---- whatever it is ---- */

static const struct {
	const char *type, *parameters;
	int64_t ticket;
} each[] = {
	{"tighten_sl", BUY_STOP, 5}, {"tighten_sl", SELL_STOP, 6},
	{"move_sl_breakeven", BUY_STOP, 5}, {"move_sl_breakeven", SELL_STOP, 6},
	{"partial_close", HALF(5), 5}, {"partial_close", HALF(6), 6},
	{"open_hedge", SELL_HEDGE, 5}, {"open_hedge", BUY_HEDGE, 6},
	{"re_add_position", BUY_HEDGE, 5}, {"re_add_position", SELL_HEDGE, 6},
	{"close_hedge", "{\"ticket\":7,\"volume\":\"0.5\"}", 5},
	{"close_all", "{\"ticket\":6,\"volume\":\"1\"}", 6},
};

#define EACH (sizeof(each) / sizeof(each[0]))

static void
nothing_is_ordered_for_a_ticket_that_is_not_open(void **state)
{
	for (size_t i = 0; i < EACH; i++) {
		struct bench *bench = bench_make(each[i].ticket, each[i].type, each[i].parameters);
		char sentence[64];
		int64_t ticket = strcmp(each[i].type, "close_hedge") == 0 ? 7 : each[i].ticket;

		snprintf(sentence, sizeof(sentence), "ticket %d is not open any more", (int)ticket);
		bench->facts.open_count = 0;
		assert_refused(bench, sentence);
	}
}

static void
nothing_is_ordered_for_a_ticket_of_another_symbol(void **state)
{
	for (size_t i = 0; i < EACH; i++) {
		struct bench *bench = bench_make(each[i].ticket, each[i].type, each[i].parameters);
		char sentence[96];
		int64_t ticket = strcmp(each[i].type, "close_hedge") == 0 ? 7 : each[i].ticket;

		snprintf(sentence, sizeof(sentence), "ticket %d is a position of GBPUSD, not of EURUSD",
		    (int)ticket);
		for (int j = 0; j < 5; j++)
			strcpy(bench->open[j].symbol, "GBPUSD");
		assert_refused(bench, sentence);
	}
}

static void
a_day_s_limit_holds_for_all_but_what_takes_risk_away(void **state)
{
	for (size_t i = 0; i < EACH; i++) {
		struct bench *bench = bench_make(each[i].ticket, each[i].type, each[i].parameters);
		bool closes = i >= 10;
		int error = 0;
		json_t *orders;

		bench->facts.orders_most = 100;
		bench->facts.orders_today = 99;
		orders = mt5_check(&bench->action, &bench->facts, &error, &bench->problem);
		assert_non_null(orders);
		json_decref(orders);
		bench->facts.orders_today = 100;
		if (!closes)
			assert_refused(bench, "100 actions were sent today, and mt5.orders_per_day is 100");
		bench->facts.orders_most = closes ? 100 : 0; /* 0: no limit */
		orders = mt5_check(&bench->action, &bench->facts, &error, &bench->problem);
		assert_non_null(orders);
		json_decref(orders);
	}
}

static void
what_is_no_order_is_refused(void **state)
{
	assert_refused(bench_make(5, "start_flat_timer", "{\"deadline_us\":1}"),
	    "start_flat_timer is nothing that can be ordered");
	assert_refused(bench_make(5, "pray", "{}"), "pray is nothing that can be ordered");
	assert_refused(bench_make(5, "", "{}"), " is nothing that can be ordered");
}

static void
parameters_that_lack_something_are_refused_by_its_name(void **state)
{
	static const struct {
		const char *type, *parameters, *sentence;
	} bad[] = {
		{"tighten_sl", "{}", "the action's parameters lack stop_loss"},
		{"tighten_sl", "{\"stop_loss\":1.5}", "the action's parameters lack stop_loss"},
		{"tighten_sl", "{\"stop_loss\":\"0\"}", "the action's parameters lack stop_loss"},
		{"tighten_sl", "{\"stop_loss\":\"-1\"}", "the action's parameters lack stop_loss"},
		{"tighten_sl", "{\"stop_loss\":\"1e5\"}", "the action's parameters lack stop_loss"},
		{"partial_close", "{\"volume\":\"1\"}", "the action's parameters lack ticket"},
		{"partial_close", "{\"ticket\":0,\"volume\":\"1\"}",
		    "the action's parameters lack ticket"},
		{"partial_close", "{\"ticket\":5}", "the action's parameters lack volume"},
		{"open_hedge", "{\"direction\":\"sell\",\"volume\":\"1\",\"stop_loss\":\"1.2\"}",
		    "the action's parameters lack direction"},
		{"open_hedge", "{\"direction\":\"SELL\",\"stop_loss\":\"1.2\"}",
		    "the action's parameters lack volume"},
		{"re_add_position", "{\"direction\":\"BUY\",\"volume\":\"1\"}",
		    "the action's parameters lack stop_loss"},
		{"close_hedge", "{}", "the action's parameters lack ticket"},
		{"close_all", "{}", "the action's parameters lack ticket"},
		{"close_all", "{\"hedge_ticket\":7,\"ticket\":5,\"volume\":\"1\"}",
		    "the action's parameters lack hedge_volume"},
		{"close_all", "{\"re_adds\":[1],\"ticket\":5,\"volume\":\"1\"}",
		    "the action's parameters lack ticket"},
		{"close_all", "[]", "the action's parameters are no JSON object"},
		{"close_all", "{", "the action's parameters are no JSON object"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bench_make(5, bad[i].type, bad[i].parameters), bad[i].sentence);
}

static void
for_a_question_the_orders_are_as_they_were_meant(void **state)
{
	assert_orders(bench_make(77, "close_all", ALL), NULL,
	    "[" CLOSE(7, "0.5") "," CLOSE(8, "0.25") "," CLOSE(9, "0.12") "," CLOSE(5, "1") "]");
	assert_orders(bench_make(77, "close_hedge", "{\"ticket\":7,\"volume\":\"0.5\"}"), NULL,
	    "[" CLOSE(7, "0.5") "]");
	assert_orders(bench_make(77, "tighten_sl", BUY_STOP), NULL,
	    "[{\"do\":\"modify\",\"ticket\":77,\"sl\":\"1.0985\"}]");
	assert_orders(bench_make(77, "partial_close", HALF(77)), NULL, "[" CLOSE(77, "0.5") "]");
	assert_orders(bench_make(77, "open_hedge", BUY_HEDGE), NULL,
	    "[{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.05\",\"sl\":\"1.095\"}]");
	assert_orders(bench_make(77, "re_add_position", BUY_HEDGE), NULL,
	    "[{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.05\",\"sl\":\"1.095\"}]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_is_moved_with_the_symbol_s_own_decimals),
		cmocka_unit_test(a_stop_is_set_where_there_is_none),
		cmocka_unit_test(a_stop_that_stands_there_already_is_asked_for_all_the_same),
		cmocka_unit_test(a_stop_on_the_wrong_side_of_the_price_is_refused),
		cmocka_unit_test(a_stop_nearer_than_the_broker_wants_is_refused_and_at_its_level_it_is_not),
		cmocka_unit_test(the_larger_of_stops_and_freeze_level_counts),
		cmocka_unit_test(a_stop_that_people_moved_closer_is_not_loosened),
		cmocka_unit_test(a_stop_is_not_moved_without_a_price),
		cmocka_unit_test(a_part_of_a_position_is_closed),
		cmocka_unit_test(a_partial_close_never_closes_everything_nor_more),
		cmocka_unit_test(a_volume_that_the_broker_does_not_take_is_refused),
		cmocka_unit_test(a_position_that_changed_since_it_was_decided_is_not_closed_in_part),
		cmocka_unit_test(what_carries_its_token_already_is_not_opened_once_more),
		cmocka_unit_test(a_hedge_is_opened_against_its_position),
		cmocka_unit_test(a_hedge_with_its_position_is_refused),
		cmocka_unit_test(a_position_is_re_added_in_its_own_direction_only),
		cmocka_unit_test(what_is_opened_has_its_stop_behind_the_price_and_a_volume_that_is_taken),
		cmocka_unit_test(a_hedge_is_closed_by_its_ticket_with_all_that_is_open_of_it),
		cmocka_unit_test(all_is_closed_the_hedge_first_then_re_adds_then_its_own),
		cmocka_unit_test(what_is_no_longer_open_is_left_out_of_close_all),
		cmocka_unit_test(a_position_larger_than_what_may_be_traded_is_closed_in_parts),
		cmocka_unit_test(nothing_is_ordered_for_a_ticket_that_is_not_open),
		cmocka_unit_test(nothing_is_ordered_for_a_ticket_of_another_symbol),
		cmocka_unit_test(a_day_s_limit_holds_for_all_but_what_takes_risk_away),
		cmocka_unit_test(what_is_no_order_is_refused),
		cmocka_unit_test(parameters_that_lack_something_are_refused_by_its_name),
		cmocka_unit_test(for_a_question_the_orders_are_as_they_were_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
