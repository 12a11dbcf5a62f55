#define _GNU_SOURCE
#include "tickd/rest/backfill.h"

#include "tests/unit/tickd/rest_world.h"
#include "tickd/rest/absences.h"
#include "tickd/rest/backfill_due.h"

/* ---- an exchange that has ids 1..newest of each symbol but for some ---- */

static struct {
	int64_t newest[WORLD_SYMBOLS];
	int64_t none_first, none_last; /* of the first symbol: it has no such ids */
	int64_t shift_ms;	       /* of all times */
	int status;		       /* of all answers, when not 0 */
	int64_t retry_after_s;
	const char *body;	       /* of all answers, when not NULL */
	int unknown;		       /* symbol; -1 without one */
	int code;		       /* of its refusal */
	int page_most;		       /* rows of a page at the most */
	int64_t used;		       /* weight of this minute */
	int64_t minute;
	int64_t used_most;
} exchange;

static struct rest *rest;
static struct backfill *backfill;

static int
symbol_of(const char *path)
{
	for (int i = 0; i < WORLD_SYMBOLS; i++)
		if (strstr(path, world_settings.binance.symbols.items[i]) != NULL)
			return i;
	fail_msg("no symbol in %s", path);
	return -1;
}

static bool
exists(int symbol, int64_t id)
{
	return symbol != 0 || id < exchange.none_first || id > exchange.none_last;
}

static int
write_trades(const char *path, char *body, size_t size, bool aggregates)
{
	int64_t id = world_number(path, "fromId="), limit = world_number(path, "limit=");
	int symbol = symbol_of(path), rows = 0;
	size_t at = 1;

	strcpy(body, "[");
	assert_true(limit > 0 && limit <= 1000);
	if (limit > exchange.page_most)
		limit = exchange.page_most;
	for (; id <= exchange.newest[symbol] && rows < limit; id++) {
		if (!exists(symbol, id))
			continue;
		at += (size_t)snprintf(body + at, size - at,
		    aggregates ? "%s{\"a\":%" PRId64 ",\"p\":\"1.5\",\"q\":\"2\",\"T\":%" PRId64
				 ",\"m\":false,\"f\":7,\"l\":9}" :
				 "%s{\"id\":%" PRId64 ",\"price\":\"1.5\",\"qty\":\"2\",\"time\":%" PRId64
				 ",\"isBuyerMaker\":true}",
		    rows++ == 0 ? "" : ",", id, WORLD_BEGIN_US / 1000 + id + exchange.shift_ms);
	}
	snprintf(body + at, size - at, "]");
	return 200;
}

static void
charge(int64_t weight, struct http_answer *answer)
{
	if (clock_wall_us() / (60 * SECOND) != exchange.minute)
		exchange.used = 0;
	exchange.minute = clock_wall_us() / (60 * SECOND);
	exchange.used += weight;
	if (exchange.used > exchange.used_most)
		exchange.used_most = exchange.used;
	answer->used_weight = exchange.used;
}

static int
serve_exchange(const char *path, struct http_answer *answer, char *body, size_t size)
{
	bool aggregates = strstr(path, "/api/v3/aggTrades") != NULL;

	charge(aggregates ? 4 : 25, answer);
	body[0] = '\0';
	answer->retry_after_s = exchange.retry_after_s;
	if (exchange.status != 0)
		return exchange.status;
	if (exchange.unknown >= 0 && symbol_of(path) == exchange.unknown) {
		snprintf(body, size, "{\"code\":%d,\"msg\":\"no\"}", exchange.code);
		return 400;
	}
	if (exchange.body != NULL) {
		snprintf(body, size, "%s", exchange.body);
		return 200;
	}
	return write_trades(path, body, size, aggregates);
}

static int
make(void **state)
{
	memset(&exchange, 0, sizeof(exchange));
	exchange.unknown = -1;
	exchange.code = -1121;
	exchange.page_most = 1000;
	exchange.retry_after_s = -1;
	for (int i = 0; i < WORLD_SYMBOLS; i++)
		exchange.newest[i] = WORLD_IDS;
	return world_make(state);
}

static void
start(void)
{
	world.serve = serve_exchange;
	world.closed = false;
	rest = rest_create(&world_settings, NULL, NULL, &world.storage, world_tell, NULL);
	backfill = backfill_create(&world_settings, NULL, rest, &world.storage, world_tell, NULL);
	assert_non_null(backfill);
	backfill_poke(backfill);
}

static void
stop(void)
{
	backfill_stop(backfill);
	rest_stop(rest, world_closed, NULL);
	world_run(0);
	assert_true(world.closed);
}

/* The ledger has a hole, and the stream went on from there. */
static void
lose(size_t symbol, int64_t first_id, int64_t last_id)
{
	for (int64_t id = first_id; id <= last_id; id++)
		world.storage.symbols[symbol].ids[id] = ID_MISSING;
	world.storage.symbols[symbol].newest_us = WORLD_BEGIN_US + last_id * 1000;
}

static int64_t
left(size_t symbol, enum world_id what)
{
	int64_t count = 0;

	for (int64_t id = 0; id < WORLD_IDS; id++)
		count += world.storage.symbols[symbol].ids[id] == what;
	return count;
}

static json_t *
shown(const char *name)
{
	static json_t *status;

	json_decref(status);
	status = backfill_status(backfill);
	return json_object_get(status, name);
}

/* ---- filling ---- */

static void
a_gap_is_filled_by_id_page_by_page(void **state)
{
	const struct tick *tick;

	lose(0, 100, 2599);
	start();
	world_run(30 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world.call_count, 3);
	assert_string_equal(world.calls[0].path,
	    "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=100&limit=1000");
	assert_string_equal(world.calls[2].path,
	    "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=2100&limit=500");
	tick = &world.storage.symbols[0].ticks[1234];
	assert_int_equal(tick->price_e8, 150000000);
	assert_int_equal(tick->flags, TICK_TRADE | TICK_BACKFILLED | TICK_SELL);
	assert_int_equal(tick->time_us, WORLD_BEGIN_US + 1234000);
	assert_int_equal(tick->trade_count, 0);
	assert_int_equal(world_told("backfill-begun"), 1);
	assert_int_equal(world_told("gap-filled"), 1);
	assert_int_equal(world_told("backfill-done"), 1);
	stop();
}

static void
aggregates_are_filled_by_their_own_ids(void **state)
{
	static char *streams[] = {"aggTrade"};

	world_settings.binance.streams = (struct string_list){streams, 1};
	lose(0, 100, 101);
	start();
	world_run(30 * SECOND);
	assert_string_equal(world.calls[0].path,
	    "/api/v3/aggTrades?symbol=BTCUSDT&fromId=100&limit=2");
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world.storage.symbols[0].ticks[101].trade_count, 3);
	stop();
}

static void
the_oldest_gap_of_all_symbols_goes_first(void **state)
{
	lose(0, 5000, 5001);
	lose(1, 3000, 3001);
	lose(2, 4000, 4001);
	for (size_t i = 0; i < WORLD_SYMBOLS; i++)
		world.storage.symbols[i].newest_us = WORLD_BEGIN_US + 60 * SECOND;
	start();
	world_run(30 * SECOND);
	assert_int_equal(world.call_count, 3);
	assert_non_null(strstr(world.calls[0].path, "ETHUSDT"));
	assert_non_null(strstr(world.calls[1].path, "XRPUSDT"));
	assert_non_null(strstr(world.calls[2].path, "BTCUSDT"));
	stop();
}

static void
a_fresh_gap_is_left_to_late_frames_for_two_seconds(void **state)
{
	start();
	world_run(60 * SECOND);
	lose(0, 100, 110);
	lose(1, 100, 110);
	backfill_poke(backfill);
	world_run(1900000);
	assert_int_equal(world.call_count, 0);
	memset(&world.storage.symbols[1].ids[100], 0, 11 * sizeof(enum world_id)); /* it closed */
	backfill_poke(backfill);
	world_run(SECOND);
	assert_int_equal(world.call_count, 1);
	assert_non_null(strstr(world.path, "BTCUSDT"));
	/* The stream is far beyond it: nothing comes late any more. */
	lose(2, 100, 110);
	world.storage.symbols[2].newest_us += 3 * SECOND;
	backfill_poke(backfill);
	world_run(200000);
	assert_non_null(strstr(world.path, "XRPUSDT"));
	stop();
}

static void
many_little_gaps_are_filled_by_few_pages(void **state)
{
	for (int64_t id = 100; id < 400; id += 3)
		lose(0, id, id);
	world.storage.symbols[0].newest_us += 60 * SECOND;
	start();
	world_run(15 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world.call_count, 1); /* one page has them all */
	assert_int_equal(world.storage.symbols[0].backfilled, 100);
	assert_non_null(strstr(world_sentence("backfill-done"), " 100 trades"));
	assert_int_equal(world_told("backfill-done"), 1);
	stop();
}

static void
gaps_far_apart_need_no_time_each_and_few_lines(void **state)
{
	for (int64_t id = 1; id < 12000; id += 1100)
		lose(0, id, id);
	for (int64_t id = 1; id < 12000; id += 1100)
		lose(1, id, id);
	world.storage.symbols[0].newest_us += 60 * SECOND;
	world.storage.symbols[1].newest_us += 60 * SECOND;
	start();
	world_run(10 * SECOND);
	assert_int_equal(left(0, ID_MISSING) + left(1, ID_MISSING), 0);
	assert_int_equal(world.call_count, 22);
	assert_int_equal(world_told("gap-filled"), 10); /* a storm is not told one by one */
	assert_int_equal(world_told("backfill-done"), 1);
	stop();
}

static void
what_the_stream_is_about_to_bring_is_left_to_it(void **state)
{
	lose(0, 100, 100);
	lose(0, 110, 110);
	world.storage.symbols[0].newest_id = 115;
	start();
	world_run(10 * SECOND);
	assert_int_equal(world.call_count, 1);
	assert_string_equal(world.path,
	    "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=100&limit=16");
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world.storage.symbols[0].ticks[115].tick_id, 115);
	assert_int_equal(world.storage.symbols[0].ticks[116].tick_id, 0);
	stop();
}

static void
at_most_two_pages_are_in_memory(void **state)
{
	lose(0, 1, 9999);
	start();
	world.storage.stuck = true;
	world_run(60 * SECOND);
	assert_int_equal(world.call_count, 2);
	assert_int_equal(world.storage.jobs_most, 2);
	world.storage.stuck = false;
	world_run(60 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world.call_count, 10); /* none was asked for twice */
	assert_int_equal(world.storage.jobs_most, 2);
	stop();
}

static void
a_long_backfill_stays_within_our_share_of_the_weight(void **state)
{
	exchange.page_most = 20; /* so that it takes many */
	world.latency_us = 1000;
	for (size_t i = 0; i < WORLD_SYMBOLS; i++)
		lose(i, 1, 6000);
	start();
	world_run(1200 * SECOND);
	for (size_t i = 0; i < WORLD_SYMBOLS; i++)
		assert_int_equal(left(i, ID_MISSING), 0);
	assert_true(exchange.used_most <= 4800);
	assert_true(exchange.used_most > 1000);
	stop();
}

static void
a_restart_goes_on_where_it_was(void **state)
{
	lose(0, 1, 9999);
	start();
	world_run(2300000);
	assert_true(left(0, ID_MISSING) > 0 && left(0, ID_MISSING) < 9999);
	stop();
	start();
	world_run(30 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_true(world.call_count <= 12); /* what was stored was not asked for again */
	stop();
}

static void
stopping_waits_for_the_pages_in_storage(void **state)
{
	lose(0, 1, 9999);
	start();
	world.storage.stuck = true;
	world_run(60 * SECOND);
	backfill_stop(backfill);
	rest_stop(rest, world_closed, NULL);
	world.storage.result = -ECANCELED;
	world.storage.stuck = false;
	world_run(SECOND); /* the pages come back: all is freed */
	assert_int_equal(world.call_count, 2);
}

static void
progress_is_shown(void **state)
{
	assert_true(true);
	start();
	assert_string_equal(json_string_value(shown("state")), "idle");
	assert_true(json_is_null(shown("symbol")) && json_is_null(shown("eta_s")));
	lose(0, 1, 9999);
	backfill_poke(backfill);
	world.latency_us = SECOND;
	world_run(7500000);
	assert_string_equal(json_string_value(shown("state")), "filling");
	assert_string_equal(json_string_value(shown("symbol")), "BTCUSDT");
	assert_int_equal(json_integer_value(shown("filled")), 5000);
	assert_int_equal(json_integer_value(shown("missing")), 4999);
	assert_true(json_real_value(shown("per_second")) > 500);
	assert_true(json_integer_value(shown("eta_s")) >= 3 &&
	    json_integer_value(shown("eta_s")) <= 6);
	world_run(200 * SECOND);
	assert_string_equal(json_string_value(shown("state")), "idle");
	assert_true(json_real_value(shown("per_second")) == 0);
	stop();
}

/* ---- lag ---- */

static void
what_rest_does_not_have_yet_is_asked_again_with_growing_patience(void **state)
{
	lose(0, 100, 199);
	exchange.newest[0] = 50;
	start();
	world_run(60 * SECOND);
	/* At 2 s, and then after 1, 2, 4, 8, 16 and 30 s. */
	assert_int_equal(world.call_count, 6);
	exchange.newest[0] = 149;
	world_run(60 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 50);
	exchange.newest[0] = WORLD_IDS;
	world_run(60 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(left(0, ID_GIVEN_UP), 0);
	stop();
}

static void
a_page_that_ends_early_is_stored_and_its_rest_asked_for_a_second_later(void **state)
{
	lose(0, 100, 199);
	exchange.newest[0] = 149;
	start();
	world_run(2900000);
	assert_int_equal(left(0, ID_MISSING), 50);
	assert_int_equal(world.call_count, 1);
	world_run(400000);
	assert_int_equal(world.call_count, 2);
	stop();
}

static void
a_lagging_symbol_does_not_hold_up_the_others(void **state)
{
	lose(0, 100, 199);
	lose(1, 3000, 5999);
	exchange.newest[0] = 50;
	start();
	world_run(10 * SECOND);
	assert_int_equal(left(1, ID_MISSING), 0);
	assert_int_equal(left(0, ID_MISSING), 100);
	stop();
}

/* ---- ids that do not exist ---- */

static void
ids_that_the_exchange_passes_over_twice_are_given_up(void **state)
{
	lose(0, 100, 3000);
	exchange.none_first = 400;
	exchange.none_last = 1700;
	start();
	world_run(60 * SECOND);
	assert_int_equal(left(0, ID_GIVEN_UP), 0); /* it could be lag */
	world_run(30 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(left(0, ID_GIVEN_UP), 1301);
	assert_string_equal(world.storage.symbols[0].reason, "the exchange has no such ids");
	assert_int_equal(world_told("gap-unfillable"), 1);
	assert_true(world.call_count <= 8);
	stop();
}

static void
ids_that_come_after_all_are_not_given_up(void **state)
{
	lose(0, 100, 300);
	exchange.none_first = 150;
	exchange.none_last = 200;
	start();
	world_run(30 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 51);
	exchange.none_first = 180; /* 150..179 were lag */
	world_run(60 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(left(0, ID_GIVEN_UP), 21);
	stop();
}

static void
a_first_page_that_begins_later_is_stored_all_the_same(void **state)
{
	lose(0, 100, 3000);
	exchange.none_first = 1;
	exchange.none_last = 2500;
	start();
	world_run(10 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 2401); /* 2501..3000 are there */
	world_run(70 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(left(0, ID_GIVEN_UP), 2401);
	stop();
}

static int
serve_withdrawn(const char *path, struct http_answer *answer, char *body, size_t size)
{
	int64_t id = world_number(path, "fromId="), limit = world_number(path, "limit=");
	size_t at = 1;

	strcpy(body, "[");
	for (int64_t i = id; i < id + limit; i++) /* 103 and from 108 on */
		at += (size_t)snprintf(body + at, size - at,
		    i == 103 || i >= 108 ? "%s{\"a\":%" PRId64 ",\"p\":\"0.0\",\"q\":\"0.0\","
					   "\"f\":-1,\"l\":-1,\"T\":%" PRId64 ",\"m\":true}" :
		    "%s{\"a\":%" PRId64 ",\"p\":\"1\",\"q\":\"1\",\"f\":7,\"l\":7,\"T\":%" PRId64
		    ",\"m\":true}", i == id ? "" : ",", i, WORLD_BEGIN_US / 1000 + i);
	snprintf(body + at, size - at, "]");
	return 200;
}

static void
aggregates_that_the_exchange_has_withdrawn_are_given_up(void **state)
{
	static char *streams[] = {"aggTrade"};

	world_settings.binance.streams = (struct string_list){streams, 1};
	lose(0, 100, 111);
	start();
	world.serve = serve_withdrawn;
	world_run(10 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 5);
	world_run(300 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(left(0, ID_GIVEN_UP), 5);
	assert_int_equal(world.storage.symbols[0].ticks[103].tick_id, 0);
	stop();
}

static void
a_symbol_that_the_exchange_does_not_know_is_given_up_after_three_tries(void **state)
{
	lose(0, 100, 3000);
	lose(1, 100, 3000);
	exchange.unknown = 0;
	start();
	world_run(30 * SECOND);
	assert_int_equal(left(0, ID_GIVEN_UP), 2901);
	assert_int_equal(left(0, ID_MISSING), 0);
	assert_int_equal(world_asked("BTCUSDT"), 3);
	assert_int_equal(left(1, ID_MISSING), 0);
	assert_non_null(strstr(world.storage.symbols[0].reason, "does not know the symbol"));
	assert_int_equal(world_told("gap-unfillable"), 1);
	stop();
}

/* ---- answers that are of no use ---- */

static void
what_is_not_what_was_asked_for_is_never_stored(void **state)
{
#define ROW(id, time)                                                                              \
	"{\"id\":" id ",\"price\":\"1\",\"qty\":\"1\",\"time\":" time ",\"isBuyerMaker\":true}"
#define NOW "1767225600100"
	static const char *const bodies[] = {"", "nonsense", "{}", "[{}]",
		"[" ROW("100", NOW) "," ROW("100", NOW) "]", /* the same again */
		"[" ROW("101", NOW) "," ROW("100", NOW) "]", /* going down */
		"[" ROW("99", NOW) "," ROW("100", NOW) "]", /* not asked for */
		"[" ROW("100", "1723161600000") "]", /* of another time: another symbol's */
		"[" ROW("100", NOW) "," ROW("101", NOW) "," ROW("102", NOW) "]"}; /* more than asked */

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		exchange.body = bodies[i];
		world.call_count = world.told_count = 0;
		lose(0, 100, 101);
		start();
		world_run(20 * SECOND);
		assert_int_equal(left(0, ID_MISSING), 2);
		assert_true(world.call_count >= 3 && world.call_count <= 5);
		assert_int_equal(world_told("backfill-failed"), 1);
		exchange.body = NULL;
		world_run(60 * SECOND);
		assert_int_equal(left(0, ID_MISSING), 0);
		stop();
	}
}

static void
ids_beyond_the_gap_are_cut_off(void **state)
{
	lose(0, 100, 199);
	exchange.none_first = 150;
	exchange.none_last = 160;
	start();
	world_run(10 * SECOND);
	assert_int_equal(world.storage.symbols[0].ticks[199].tick_id, 199);
	assert_int_equal(world.storage.symbols[0].ticks[200].tick_id, 0);
	stop();
}

static void
a_host_that_does_not_serve_the_call_is_asked_once_a_minute(void **state)
{
	exchange.status = 404;
	lose(0, 100, 199);
	lose(1, 100, 199);
	start();
	world_run(125 * SECOND);
	assert_int_equal(world.call_count, 3);
	assert_int_equal(left(0, ID_MISSING), 100);
	stop();
}

static void
a_symbol_that_is_refused_does_not_hold_up_the_others(void **state)
{
	exchange.unknown = 0;
	exchange.code = -1100;
	lose(0, 100, 199);
	lose(1, 300, 3999);
	start();
	world_run(70 * SECOND);
	assert_int_equal(left(1, ID_MISSING), 0);
	assert_int_equal(left(0, ID_MISSING), 100);
	assert_true(world.call_count <= 6);
	stop();
}

static void
a_429_is_waited_out_and_then_it_goes_on(void **state)
{
	lose(0, 100, 1999);
	exchange.status = 429;
	exchange.retry_after_s = 30;
	start();
	world_run(10 * SECOND);
	assert_int_equal(world.call_count, 1);
	assert_string_equal(json_string_value(shown("state")), "waiting");
	exchange.status = 0;
	world_run(20 * SECOND);
	assert_int_equal(world.call_count, 1);
	world_run(3 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	stop();
}

static void
a_page_that_storage_refuses_is_asked_for_again_later(void **state)
{
	lose(0, 100, 199);
	world.storage.result = -EINVAL;
	start();
	world_run(30 * SECOND);
	assert_int_equal(world.call_count, 1);
	world.storage.result = 0;
	world_run(40 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	stop();
}

/* The ledger says missing though it was stored: no turning in circles at full speed. */
static void
what_does_not_count_though_it_was_stored_is_asked_for_rarely(void **state)
{
	lose(0, 100, 199);
	world.storage.deaf = true;
	start();
	world_run(300 * SECOND);
	assert_true(world.call_count >= 10 && world.call_count <= 15); /* soon every half minute */
	world.storage.deaf = false;
	world_run(31 * SECOND);
	assert_int_equal(left(0, ID_MISSING), 0);
	stop();
}

/* ---- absences, for themselves ---- */

static void
only_what_was_passed_over_each_time_is_proven(void **state)
{
	static struct absences absences;
	int64_t first, last;

	assert_false(absences_note(&absences, 0, 10, 20, SECOND, &first, &last));
	assert_false(absences_note(&absences, 1, 15, 16, SECOND, &first, &last));
	assert_int_equal(absences_due_us(&absences, 0, 15), 61 * SECOND);
	assert_int_equal(absences_due_us(&absences, 0, 21), 0);
	assert_false(absences_note(&absences, 0, 12, 30, 60 * SECOND, &first, &last));
	assert_true(absences_note(&absences, 0, 5, 18, 61 * SECOND, &first, &last));
	assert_int_equal(first, 12);
	assert_int_equal(last, 18);
	assert_int_equal(absences_due_us(&absences, 0, 15), 0);
	absences_forget(&absences, 1, 16);
	assert_int_equal(absences.count, 1);
	absences_forget(&absences, 1, 17);
	assert_int_equal(absences.count, 0);
}

static void
too_many_absences_are_noted_another_time(void **state)
{
	static struct absences absences;
	int64_t first, last;

	for (int64_t id = 0; id < 2 * ABSENCES_MAX; id++)
		assert_false(absences_note(&absences, 0, 2 * id, 2 * id, 0, &first, &last));
	assert_int_equal(absences.count, ABSENCES_MAX);
	assert_true(absences_note(&absences, 0, 0, 0, 60 * SECOND, &first, &last));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, world_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_gap_is_filled_by_id_page_by_page),
		TEST(aggregates_are_filled_by_their_own_ids),
		TEST(the_oldest_gap_of_all_symbols_goes_first),
		TEST(a_fresh_gap_is_left_to_late_frames_for_two_seconds),
		TEST(many_little_gaps_are_filled_by_few_pages),
		TEST(gaps_far_apart_need_no_time_each_and_few_lines),
		TEST(what_the_stream_is_about_to_bring_is_left_to_it),
		TEST(at_most_two_pages_are_in_memory),
		TEST(a_long_backfill_stays_within_our_share_of_the_weight),
		TEST(a_restart_goes_on_where_it_was),
		TEST(stopping_waits_for_the_pages_in_storage),
		TEST(progress_is_shown),
		TEST(what_rest_does_not_have_yet_is_asked_again_with_growing_patience),
		TEST(a_page_that_ends_early_is_stored_and_its_rest_asked_for_a_second_later),
		TEST(a_lagging_symbol_does_not_hold_up_the_others),
		TEST(ids_that_the_exchange_passes_over_twice_are_given_up),
		TEST(ids_that_come_after_all_are_not_given_up),
		TEST(a_first_page_that_begins_later_is_stored_all_the_same),
		TEST(aggregates_that_the_exchange_has_withdrawn_are_given_up),
		TEST(a_symbol_that_the_exchange_does_not_know_is_given_up_after_three_tries),
		TEST(what_is_not_what_was_asked_for_is_never_stored),
		TEST(ids_beyond_the_gap_are_cut_off),
		TEST(a_host_that_does_not_serve_the_call_is_asked_once_a_minute),
		TEST(a_symbol_that_is_refused_does_not_hold_up_the_others),
		TEST(a_429_is_waited_out_and_then_it_goes_on),
		TEST(a_page_that_storage_refuses_is_asked_for_again_later),
		TEST(what_does_not_count_though_it_was_stored_is_asked_for_rarely),
		TEST(only_what_was_passed_over_each_time_is_proven),
		TEST(too_many_absences_are_noted_another_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
