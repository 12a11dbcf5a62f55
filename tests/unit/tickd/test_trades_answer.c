#define _GNU_SOURCE
#include "tickd/rest/trades_answer.h"

#include <errno.h>

#include "tests/unit/tickd/frames.h"
#include "tickd/feed/binance_event.h"

static struct trades_row rows[TRADES_ANSWER_MAX];

static int
parsed(enum tick_ids kind, const char *body)
{
	memset(rows, 0, sizeof(rows));
	return trades_answer_parse(kind, body, strlen(body), rows);
}

#define SINGLE(id) "{\"id\":" id ",\"price\":\"61685.99000000\",\"qty\":\"0.00350000\",\"quoteQty\":\"1\","   \
	"\"time\":1723161600123,\"isBuyerMaker\":true,\"isBestMatch\":true}"
#define AGGREGATE(id) "{\"a\":" id ",\"p\":\"0.01633102\",\"q\":\"4.70443515\",\"f\":27781,\"l\":27783,"         \
	"\"T\":1498793709153,\"m\":false,\"M\":true}"
#define WITHDRAWN(id) "{\"a\":" id ",\"p\":\"0.00000000\",\"q\":\"0.00000000\",\"f\":-1,\"l\":-1,"               \
	"\"T\":1498793709153,\"m\":false,\"M\":true}"

static void
a_trade_becomes_a_tick_that_did_not_come_live(void **state)
{
	struct tick tick;

	assert_int_equal(parsed(TICK_IDS_TRADE, "[" SINGLE("5") "]"), 1);
	trades_answer_tick(TICK_IDS_TRADE, &rows[0], 3, &tick);
	assert_int_equal(tick.tick_id, 5);
	assert_int_equal(tick.symbol, 3);
	assert_int_equal(tick.time_us, 1723161600123000);
	assert_int_equal(tick.price_e8, 6168599000000);
	assert_int_equal(tick.volume_e8, 350000);
	assert_int_equal(tick.bid_e8, TICK_NONE);
	assert_int_equal(tick.ask_e8, TICK_NONE);
	assert_int_equal(tick.flags, TICK_TRADE | TICK_BACKFILLED | TICK_SELL);
	assert_int_equal(tick.trade_count, 0);
}

static void
an_aggregate_knows_how_many_trades_it_has(void **state)
{
	struct tick tick;

	assert_int_equal(parsed(TICK_IDS_AGGREGATE, "[" AGGREGATE("26129") "," AGGREGATE("26130") "]"), 2);
	assert_int_equal(rows[0].first_trade_id, 27781);
	trades_answer_tick(TICK_IDS_AGGREGATE, &rows[0], 0, &tick);
	assert_int_equal(tick.tick_id, 26129);
	assert_int_equal(tick.time_us, 1498793709153000);
	assert_int_equal(tick.price_e8, 1633102);
	assert_int_equal(tick.volume_e8, 470443515);
	assert_int_equal(tick.flags, TICK_TRADE | TICK_BACKFILLED);
	assert_int_equal(tick.trade_count, 3);
}

static void
an_empty_answer_is_no_fault_and_a_full_one_fits(void **state)
{
	static char body[TRADES_ANSWER_MAX * 200 + 400];
	size_t at = 0;

	assert_int_equal(parsed(TICK_IDS_TRADE, "[]"), 0);
	assert_int_equal(parsed(TICK_IDS_AGGREGATE, " [ ] "), 0);
	for (int i = 0; i < TRADES_ANSWER_MAX; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		at += (size_t)snprintf(body + at, sizeof(body) - at, "%s{\"id\":%s,\"price\":\"1\","
		    "\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}", i == 0 ? "[" : ",", id);
	}
	strcpy(body + at, "]");
	assert_int_equal(parsed(TICK_IDS_TRADE, body), TRADES_ANSWER_MAX);
	strcpy(body + at, ",{\"id\":1000,\"price\":\"1\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]");
	assert_int_equal(parsed(TICK_IDS_TRADE, body), -EINVAL);
}

static void
an_aggregate_that_was_withdrawn_has_no_trades(void **state)
{
	assert_int_equal(parsed(TICK_IDS_AGGREGATE, "[" AGGREGATE("1") "," WITHDRAWN("2") ","
	    AGGREGATE("3") "]"), 3);
	assert_int_equal(rows[0].trade_count, 3);
	assert_int_equal(rows[1].trade_count, 0);
	assert_int_equal(rows[2].trade_count, 3);
}

static void
what_is_no_such_answer_is_refused_whole(void **state)
{
	static const char *const all[] = {"", "null", "7", "{}", "\"x\"", "<html>", "[7]", "[[]]", "[{}]",
		"{\"code\":-1121,\"msg\":\"Invalid symbol.\"}", "[" SINGLE("1"), "[" SINGLE("1") "]]",
		/* ids: going down, the same again, negative, fractions, texts, too large */
		"[" SINGLE("2") "," SINGLE("1") "]", "[" SINGLE("2") "," SINGLE("2") "]",
		"[" SINGLE("-1") "]", "[" SINGLE("1.0") "]", "[" SINGLE("\"1\"") "]",
		"[" SINGLE("1e3") "]", "[" SINGLE("9223372036854775807") "]",
		"[" SINGLE("9223372036854775808") "]", "[" SINGLE("true") "]",
		/* a good row does not save a bad one */
		"[" SINGLE("1") ",{\"id\":2}]", "[" SINGLE("1") "," AGGREGATE("2") "]",
		/* the same key twice */
		"[{\"id\":1,\"id\":2,\"price\":\"1\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]",
		/* prices, quantities, times, sides */
		"[{\"id\":1,\"price\":1.0,\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"0\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"-1\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1e9\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"0\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"99999999999999\",\"time\":5,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":0,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":\"5\",\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":999999999999999,\"isBuyerMaker\":true}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":5,\"isBuyerMaker\":1}]",
		"[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":5}]"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (parsed(TICK_IDS_TRADE, all[i]) != -EINVAL)
			fail_msg("taken for trades: %s", all[i]);
}

static void
what_is_no_aggregate_is_refused_whole(void **state)
{
#define TEXT(p, q, f, l)                                                                           \
	"[{\"a\":1,\"p\":\"" p "\",\"q\":\"" q "\",\"f\":" f ",\"l\":" l ",\"T\":5,\"m\":true}]"
	static const char *const all[] = {TEXT("1", "1", "3", "2"), TEXT("1", "1", "-1", "-1"),
		TEXT("1", "1", "-1", "5"), TEXT("0", "0", "-1", "5"), TEXT("0", "0", "-2", "-2"),
		TEXT("0", "0", "1", "1"), TEXT("1", "0", "-1", "-1"), TEXT("1", "1", "1", "\"1\""),
		TEXT("1", "1", "1", "9223372036854775807"), "[" SINGLE("1") "]"};

	assert_int_equal(parsed(TICK_IDS_AGGREGATE, TEXT("1", "1", "3", "3")), 1);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (parsed(TICK_IDS_AGGREGATE, all[i]) != -EINVAL)
			fail_msg("taken for aggregates: %s", all[i]);
}

static void
the_code_of_a_refusal_is_read(void **state)
{
	static const char good[] = "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}";
	static const char *const none[] = {"", "[]", "{}", "{\"code\":\"-1121\"}", "{\"code\":1121}",
		"{\"code\":-99999999999}", "{\"code\":null}", "<html>"};

	assert_int_equal(trades_answer_code(good, strlen(good)), TRADES_ANSWER_BAD_SYMBOL);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(trades_answer_code(none[i], strlen(none[i])), 0);
}

static void
no_mutation_of_an_answer_gets_through_as_nonsense(void **state)
{
	static void (*const ways[])(struct frame *, uint64_t *) = {
		frame_flip, frame_delete, frame_insert, frame_truncate};
	static const char *const texts[] = {"[" SINGLE("7") "," SINGLE("12") "]",
		"[" AGGREGATE("7") "," WITHDRAWN("8") "," AGGREGATE("9") "]"};
	uint64_t chance = chance_seed();
	int taken = 0, refused = 0;

	for (int round = 0; round < 60000; round++) {
		enum tick_ids kind = (enum tick_ids)(round % 2);
		struct frame frame;
		char *exact_size;
		int count;

		frame_print(&frame, "%s", texts[kind]);
		ways[chance_below(&chance, 4)](&frame, &chance);
		exact_size = malloc(frame.length + (frame.length == 0));
		assert_non_null(exact_size);
		memcpy(exact_size, frame.text, frame.length);
		count = trades_answer_parse(kind, exact_size, frame.length, rows);
		free(exact_size);
		*(count < 0 ? &refused : &taken) += 1;
		for (int i = 0; i < count; i++) {
			assert_true(rows[i].id >= 0 && (i == 0 || rows[i].id > rows[i - 1].id));
			assert_true(rows[i].time_ms > 0 && rows[i].time_ms <= BINANCE_TIME_MAX_MS);
			assert_int_equal(rows[i].price_e8 > 0 && rows[i].quantity_e8 > 0,
			    rows[i].trade_count > 0);
			assert_int_equal(rows[i].first_trade_id >= 0, rows[i].trade_count > 0);
		}
	}
	assert_true(taken > 1000 && refused > 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trade_becomes_a_tick_that_did_not_come_live),
		cmocka_unit_test(an_aggregate_knows_how_many_trades_it_has),
		cmocka_unit_test(an_empty_answer_is_no_fault_and_a_full_one_fits),
		cmocka_unit_test(an_aggregate_that_was_withdrawn_has_no_trades),
		cmocka_unit_test(what_is_no_such_answer_is_refused_whole),
		cmocka_unit_test(what_is_no_aggregate_is_refused_whole),
		cmocka_unit_test(the_code_of_a_refusal_is_read),
		cmocka_unit_test(no_mutation_of_an_answer_gets_through_as_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
