#define _GNU_SOURCE
#include "tickd/rest/first_slot.h"

#include "tests/unit/tickd/rest_world.h"

#define SLOT_MS (WORLD_BEGIN_US / 1000)

static struct rest *rest;
static struct first_slot *first;

/* ---- an exchange with one aggregate every `every_ms` from the slot's open on ---- */

static struct {
	int64_t every_ms, begin_ms, newest_ms;
	bool limit_from_the_end; /* as it was seen to be */
	const char *body;
	const char *mute; /* the symbol that fails */
	int status;
} exchange;

/* Aggregate number n is a = n, trades 3n and 3n + 1. */
static int
serve_aggregates(const char *path, struct http_answer *answer, char *body, size_t size)
{
	int64_t start_ms = world_number(path, "startTime="), end_ms = world_number(path, "endTime=");
	int64_t limit = world_number(path, "limit="), from, to;
	size_t at = 1;

	snprintf(body, size, "%s", exchange.body == NULL ? "[" : exchange.body);
	if (exchange.mute != NULL && strstr(path, exchange.mute) != NULL)
		return 504;
	if (exchange.status != 0 || exchange.body != NULL)
		return exchange.status == 0 ? 200 : exchange.status;
	if (end_ms > exchange.newest_ms)
		end_ms = exchange.newest_ms;
	from = (start_ms - exchange.begin_ms + exchange.every_ms - 1) / exchange.every_ms;
	to = end_ms < exchange.begin_ms ? -1 : (end_ms - exchange.begin_ms) / exchange.every_ms;
	if (from < 0)
		from = 0;
	if (to - from + 1 > limit) {
		if (exchange.limit_from_the_end)
			from = to - limit + 1;
		else
			to = from + limit - 1;
	}
	for (int64_t n = from; n <= to; n++)
		at += (size_t)snprintf(body + at, size - at,
		    "%s{\"a\":%" PRId64 ",\"p\":\"1\",\"q\":\"1\",\"f\":%" PRId64 ",\"l\":%" PRId64
		    ",\"T\":%" PRId64 ",\"m\":true}", n == from ? "" : ",", 10 + n, 30 + 3 * n,
		    31 + 3 * n, exchange.begin_ms + n * exchange.every_ms);
	snprintf(body + at, size - at, "]");
	return 200;
}

static int
make(void **state)
{
	memset(&exchange, 0, sizeof(exchange));
	exchange.every_ms = 1000;
	exchange.begin_ms = SLOT_MS + 500;
	exchange.newest_ms = SLOT_MS + 600000;
	return world_make(state);
}

static void
start(void)
{
	world.serve = serve_aggregates;
	world.closed = false;
	rest = rest_create(&world_settings, NULL, NULL, &world.storage, world_tell, NULL);
	first = first_slot_create(&world_settings, NULL, rest, &world.storage, world_tell, NULL);
	assert_non_null(first);
	first_slot_poke(first);
}

static void
stop(void)
{
	first_slot_stop(first);
	rest_stop(rest, world_closed, NULL);
	world_run(0);
	assert_true(world.closed);
}

static void
first_tick(size_t symbol, int64_t id, int64_t after_ms)
{
	world.storage.symbols[symbol].first_id = id;
	world.storage.symbols[symbol].first_us = WORLD_BEGIN_US + after_ms * 1000;
}

static void
what_was_traded_before_the_first_tick_becomes_a_hole(void **state)
{
	first_tick(0, 300, 90000);
	start();
	world_run(SECOND);
	assert_int_equal(world.call_count, 1);
	assert_string_equal(world.path, "/api/v3/aggTrades?symbol=BTCUSDT&startTime=1767225600000"
					"&endTime=1767225899999&limit=1000");
	assert_int_equal(world.storage.symbols[0].whole_from_us, WORLD_BEGIN_US);
	assert_int_equal(world.storage.symbols[0].ids[29], ID_STORED);
	assert_int_equal(world.storage.symbols[0].ids[30], ID_MISSING);
	assert_int_equal(world.storage.symbols[0].ids[299], ID_MISSING);
	world_run(600 * SECOND);
	first_slot_poke(first);
	world_run(600 * SECOND);
	assert_int_equal(world.call_count, 1);
	stop();
}

static void
of_aggregates_the_own_id_counts(void **state)
{
	static char *streams[] = {"aggTrade"};

	world_settings.binance.streams = (struct string_list){streams, 1};
	first_tick(0, 100, 90000);
	start();
	world_run(SECOND);
	assert_int_equal(world.storage.symbols[0].ids[9], ID_STORED);
	assert_int_equal(world.storage.symbols[0].ids[10], ID_MISSING);
	stop();
}

/* Asked by time, the exchange has been seen to answer with the last ones of the range. */
static void
a_busy_slot_is_followed_back_to_its_first_trade(void **state)
{
	for (int from_the_end = 0; from_the_end < 2; from_the_end++) {
		exchange.every_ms = 100;
		exchange.limit_from_the_end = from_the_end;
		first_tick(0, 9000, 299000);
		world.call_count = 0;
		start();
		world_run(30 * SECOND);
		assert_int_equal(world.storage.symbols[0].whole_from_us, WORLD_BEGIN_US);
		assert_int_equal(world.storage.symbols[0].first_id, 30);
		assert_int_equal(world.call_count, from_the_end ? 3 : 2);
		world.storage.symbols[0].whole_from_us = TICK_NONE;
		stop();
	}
}

static void
rest_that_lags_is_asked_again(void **state)
{
	exchange.newest_ms = SLOT_MS - 1;
	first_tick(0, 300, 90000);
	start();
	world_run(10 * SECOND);
	assert_int_equal(world.storage.symbols[0].whole_from_us, TICK_NONE);
	exchange.newest_ms = SLOT_MS + 300000;
	world_run(30 * SECOND);
	assert_int_equal(world.storage.symbols[0].whole_from_us, WORLD_BEGIN_US);
	assert_int_equal(world.told_count, 0);
	stop();
}

static void
what_cannot_be_learned_is_told_once_and_left(void **state)
{
	static const struct {
		const char *body;
		int status;
	} all[] = {{"[]", 200}, {"nonsense", 200}, {"{\"code\":-1121}", 400}, {"", 404},
		/* after our first tick; before the slot */
		{"[{\"a\":1,\"p\":\"1\",\"q\":\"1\",\"f\":301,\"l\":301,\"T\":1767225600500,\"m\":true}]",
		    200},
		{"[{\"a\":1,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":1,\"T\":1767225599999,\"m\":true}]",
		    200}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		exchange.body = all[i].body;
		exchange.status = all[i].status;
		first_tick(0, 300, 90000);
		world.call_count = world.told_count = 0;
		start();
		world_run(3600 * SECOND);
		assert_int_equal(world.call_count, 12);
		assert_int_equal(world_told("first-slot-unknown"), 1);
		first_slot_poke(first);
		world_run(3600 * SECOND);
		assert_int_equal(world.call_count, 12);
		assert_int_equal(world.storage.symbols[0].whole_from_us, TICK_NONE);
		stop();
	}
}

static void
storage_that_refuses_it_is_told_once(void **state)
{
	first_tick(0, 300, 90000);
	world.storage.result = -EINVAL;
	start();
	world_run(600 * SECOND);
	assert_int_equal(world.call_count, 1);
	assert_int_equal(world_told("first-slot-unknown"), 1);
	stop();
}

static void
without_history_or_a_first_tick_nothing_is_asked(void **state)
{
	start();
	world_run(600 * SECOND);
	assert_int_equal(world.call_count, 0);
	stop();
	world_settings.binance.history_us = 0;
	first_tick(0, 300, 90000);
	start();
	world_run(600 * SECOND);
	assert_int_equal(world.call_count, 0);
	stop();
}

static void
every_symbol_has_its_turn_when_its_first_tick_comes(void **state)
{
	first_tick(2, 300, 90000);
	start();
	world_run(10 * SECOND);
	assert_int_equal(world.storage.symbols[2].whole_from_us, WORLD_BEGIN_US);
	first_tick(1, 300, 90000);
	first_slot_poke(first);
	world_run(SECOND);
	assert_int_equal(world.storage.symbols[1].whole_from_us, WORLD_BEGIN_US);
	assert_int_equal(world.call_count, 2);
	stop();
}

static void
a_symbol_that_is_never_answered_does_not_hold_up_the_others(void **state)
{
	exchange.mute = "BTCUSDT";
	first_tick(0, 300, 90000);
	first_tick(1, 300, 90000);
	start();
	world_run(60 * SECOND);
	assert_int_equal(world.storage.symbols[0].whole_from_us, TICK_NONE);
	assert_int_equal(world.storage.symbols[1].whole_from_us, WORLD_BEGIN_US);
	stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, world_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_was_traded_before_the_first_tick_becomes_a_hole),
		TEST(of_aggregates_the_own_id_counts),
		TEST(a_busy_slot_is_followed_back_to_its_first_trade),
		TEST(rest_that_lags_is_asked_again),
		TEST(what_cannot_be_learned_is_told_once_and_left),
		TEST(storage_that_refuses_it_is_told_once),
		TEST(a_symbol_that_is_never_answered_does_not_hold_up_the_others),
		TEST(without_history_or_a_first_tick_nothing_is_asked),
		TEST(every_symbol_has_its_turn_when_its_first_tick_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
