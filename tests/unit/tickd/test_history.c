#define _GNU_SOURCE
#include "tickd/rest/history.h"

#include "tests/unit/tickd/rest_world.h"

#define SLOT_MS INT64_C(300000)

static struct rest *rest;
static struct history *history;
static int status;	 /* of all answers, when not 0 */
static const char *body; /* of all answers, when not NULL */
static int mute;	 /* the symbol that fails; -1 without one */
static int64_t begin_ms; /* the exchange has candles from here on */

static int
serve_klines(const char *path, struct http_answer *answer, char *text, size_t size)
{
	int64_t open_ms = world_number(path, "startTime="), end_ms = world_number(path, "endTime=");
	size_t at = 1;
	int rows = 0;

	snprintf(text, size, "%s", body == NULL ? "[" : body);
	if (mute >= 0 && strstr(path, world_settings.binance.symbols.items[mute]) != NULL)
		return 504;
	if (status != 0 || body != NULL)
		return status == 0 ? 200 : status;
	if (open_ms < begin_ms)
		open_ms = begin_ms;
	for (; open_ms <= end_ms && rows < 1000; open_ms += SLOT_MS)
		at += (size_t)snprintf(text + at, size - at,
		    "%s[%" PRId64 ",\"1\",\"1\",\"1\",\"1\",\"1\",%" PRId64 ",\"1\",5,\"1\",\"1\",\"0\"]",
		    rows++ == 0 ? "" : ",", open_ms, open_ms + SLOT_MS - 1);
	snprintf(text + at, size - at, "]");
	return 200;
}

static int
make(void **state)
{
	status = 0;
	mute = -1;
	body = NULL;
	begin_ms = 0;
	return world_make(state);
}

static void
start(void)
{
	world.serve = serve_klines;
	world.closed = false;
	rest = rest_create(&world_settings, NULL, NULL, &world.storage, world_tell, NULL);
	history = history_create(&world_settings, NULL, rest, &world.storage, world_tell, NULL);
	assert_non_null(history);
	history_poke(history);
}

static void
stop(void)
{
	history_stop(history);
	rest_stop(rest, world_closed, NULL);
	world_run(0);
	assert_true(world.closed);
}

static void
first_tick(size_t symbol)
{
	world.storage.symbols[symbol].first_us = WORLD_BEGIN_US + 12345678;
}

static void
history_is_fetched_back_from_the_slot_of_the_first_tick(void **state)
{
	world_settings.binance.history_us = 5 * CLOCK_DAY_US; /* 1440 slots: two pages */
	first_tick(1);
	start();
	world_run(5 * SECOND);
	assert_int_equal(world.call_count, 2);
	assert_string_equal(world.calls[0].path,
	    "/api/v3/klines?symbol=ETHUSDT&interval=5m&startTime=1766793600000"
	    "&endTime=1767225599999&limit=1000");
	assert_int_equal(world.storage.symbols[1].candles, 1440);
	assert_int_equal(world.storage.symbols[1].history_until_us, WORLD_BEGIN_US);
	assert_int_equal(world_told("history-stored"), 1);
	history_poke(history);
	world_run(60 * SECOND);
	assert_int_equal(world.call_count, 2);
	stop();
}

static void
an_earlier_run_is_gone_on_with(void **state)
{
	first_tick(0);
	world.storage.symbols[0].history_until_us = WORLD_BEGIN_US - 4 * CANDLE_M5_US;
	start();
	world_run(5 * SECOND);
	assert_int_equal(world.storage.symbols[0].candles, 4);
	stop();
}

static void
a_symbol_that_is_younger_than_the_history_has_a_short_one(void **state)
{
	first_tick(0);
	begin_ms = WORLD_BEGIN_US / 1000 - 10 * SLOT_MS;
	start();
	world_run(5 * SECOND);
	assert_int_equal(world.storage.symbols[0].candles, 10);
	assert_int_equal(world.storage.symbols[0].history_until_us, WORLD_BEGIN_US);
	assert_int_equal(world.call_count, 1);
	stop();
}

static void
a_symbol_that_was_not_traded_before_has_none(void **state)
{
	first_tick(0);
	begin_ms = WORLD_BEGIN_US / 1000;
	start();
	world_run(60 * SECOND);
	assert_int_equal(world.call_count, 1);
	assert_int_equal(world.storage.symbols[0].history_until_us, WORLD_BEGIN_US);
	stop();
}

/* Retention has deleted the first ticks: their candles are there, and no klines are wanted. */
static void
what_ticks_once_covered_is_no_history(void **state)
{
	world.storage.symbols[0].first_us = WORLD_BEGIN_US + CLOCK_DAY_US;
	world.storage.symbols[0].whole_from_us = WORLD_BEGIN_US;
	world.storage.symbols[0].history_until_us = WORLD_BEGIN_US;
	start();
	world_run(60 * SECOND);
	assert_int_equal(world.call_count, 0);
	stop();
}

static void
a_symbol_that_is_refused_does_not_hold_up_the_others(void **state)
{
	first_tick(0);
	first_tick(1);
	world.serve = NULL;
	start();
	world.serve = NULL;
	world_run(200000);
	assert_non_null(strstr(world.path, "BTCUSDT"));
	world_answer(400, "{\"code\":-1121}");
	assert_non_null(strstr(world.path, "ETHUSDT"));
	world_answer(200, "nonsense");
	world.serve = serve_klines;
	world_run(60 * SECOND);
	assert_int_equal(world.storage.symbols[0].candles, 288);
	assert_int_equal(world.storage.symbols[1].candles, 288);
	assert_int_equal(world_told("history-failed"), 2);
	stop();
}

static void
a_symbol_that_is_never_answered_does_not_hold_up_the_others(void **state)
{
	first_tick(0);
	first_tick(1);
	start();
	mute = 0;
	world_run(60 * SECOND);
	assert_int_equal(world.storage.symbols[0].candles, 0);
	assert_int_equal(world.storage.symbols[1].candles, 288);
	stop();
}

static void
what_stays_wrong_is_told_once_and_asked_ever_more_rarely(void **state)
{
	first_tick(0);
	body = "[[1]]";
	start();
	world_run(24 * 3600 * SECOND);
	assert_int_equal(world_told("history-failed"), 1);
	assert_true(world.call_count > 100 && world.call_count < 200); /* every ten minutes */
	stop();
}

static void
a_new_symbol_need_not_wait_for_a_refused_one(void **state)
{
	first_tick(0);
	body = "nonsense";
	start();
	world_run(3600 * SECOND);
	body = NULL;
	first_tick(1);
	history_poke(history);
	world_run(SECOND);
	assert_int_equal(world.storage.symbols[1].candles, 288);
	stop();
}

static void
stopping_waits_for_the_page_in_storage(void **state)
{
	first_tick(0);
	start();
	world.storage.stuck = true;
	world_run(5 * SECOND);
	history_stop(history);
	rest_stop(rest, world_closed, NULL);
	world.storage.result = -ECANCELED;
	world.storage.stuck = false;
	world_run(SECOND);
	assert_int_equal(world.call_count, 1);
}

static void
without_history_nothing_is_asked(void **state)
{
	world_settings.binance.history_us = 0;
	first_tick(0);
	start();
	world_run(60 * SECOND);
	assert_int_equal(world.call_count, 0);
	stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, world_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(history_is_fetched_back_from_the_slot_of_the_first_tick),
		TEST(an_earlier_run_is_gone_on_with),
		TEST(a_symbol_that_is_younger_than_the_history_has_a_short_one),
		TEST(a_symbol_that_was_not_traded_before_has_none),
		TEST(what_ticks_once_covered_is_no_history),
		TEST(a_symbol_that_is_refused_does_not_hold_up_the_others),
		TEST(a_symbol_that_is_never_answered_does_not_hold_up_the_others),
		TEST(what_stays_wrong_is_told_once_and_asked_ever_more_rarely),
		TEST(a_new_symbol_need_not_wait_for_a_refused_one),
		TEST(stopping_waits_for_the_page_in_storage),
		TEST(without_history_nothing_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
