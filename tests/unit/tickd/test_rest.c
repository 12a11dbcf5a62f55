#define _GNU_SOURCE
#include "tickd/rest/rest.h"

#include "tests/unit/tickd/rest_world.h"
#include "tickd/rest/rate_limit.h"

static int answers[8]; /* by what was asked for: the statuses that came, and how many */
static int answer_counts[8];

static void
on_call(void *context, const struct http_answer *answer)
{
	size_t number = (size_t)(uintptr_t)context;

	answers[number] = answer->status;
	answer_counts[number]++;
}

static void
get(struct rest *rest, int number, int weight, enum rest_priority priority)
{
	char path[20];

	answers[number] = -1;
	answer_counts[number] = 0;
	snprintf(path, sizeof(path), "/call%d", number);
	assert_non_null(
	    rest_get(rest, path, weight, priority, on_call, (void *)(uintptr_t)number));
}

static struct rest *
created(void)
{
	struct rest *rest = rest_create(&world_settings, NULL, NULL, &world.storage, world_tell, NULL);

	assert_non_null(rest);
	return rest;
}

static void
stop(struct rest *rest)
{
	rest_stop(rest, world_closed, NULL);
	world_run(0);
	assert_true(world.closed);
}

static void
answer_in(int64_t after_us, int status, int64_t retry_after_s)
{
	world_run(after_us);
	world_answer_with(&(struct http_answer){.status = status, .reason = "connection refused",
	    .body = "", .retry_after_s = retry_after_s, .used_weight = -1});
}

static int64_t
status_number(struct rest *rest, const char *name)
{
	json_t *status = rest_status(rest);
	int64_t value = json_integer_value(json_object_get(status, name));

	json_decref(status);
	return value;
}

static bool
status_says(struct rest *rest, const char *part)
{
	json_t *status = rest_status(rest);
	const char *why = json_string_value(json_object_get(status, "why"));
	bool says = why != NULL && strstr(why, part) != NULL;

	json_decref(status);
	return says;
}

/* ---- the queue ---- */

static void
one_call_is_under_way_at_a_time_and_small_ones_go_first(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 25, REST_BACKFILL);
	get(rest, 1, 2, REST_HISTORY);
	get(rest, 2, 25, REST_BACKFILL);
	get(rest, 3, 1, REST_SMALL);
	assert_string_equal(world.path, "/call0");
	world_answer(200, "");
	assert_string_equal(world.path, "/call3");
	world_answer(200, "");
	assert_string_equal(world.path, "/call2");
	world_answer(200, "");
	assert_string_equal(world.path, "/call1");
	world_answer(200, "");
	assert_int_equal(world.call_count, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(answer_counts[i], 1);
	stop(rest);
}

static void
ask_again(void *context, const struct http_answer *answer)
{
	struct rest *rest = context;

	rest_get(rest, "/backfill", 25, REST_BACKFILL, ask_again, rest);
}

static void
ask_history_again(void *context, const struct http_answer *answer)
{
	struct rest *rest = context;

	rest_get(rest, "/history", 2, REST_HISTORY, ask_history_again, rest);
}

static void
a_backfill_of_any_length_does_not_starve_history(void **state)
{
	struct rest *rest = created();

	rest_get(rest, "/backfill", 25, REST_BACKFILL, ask_again, rest);
	rest_get(rest, "/history", 2, REST_HISTORY, ask_history_again, rest);
	for (int i = 0; i < 50; i++)
		world_answer(200, "");
	assert_int_equal(world_asked("/history"), 10);
	stop(rest);
}

static void
a_cancelled_call_is_not_answered_and_does_not_go(void **state)
{
	struct rest *rest = created();
	struct rest_call *under_way, *queued;

	answer_counts[0] = 0;
	under_way = rest_get(rest, "/call0", 1, REST_SMALL, on_call, NULL);
	queued = rest_get(rest, "/call1", 1, REST_SMALL, on_call, NULL);
	get(rest, 2, 1, REST_SMALL);
	rest_cancel(queued);
	rest_cancel(under_way);
	world_answer(200, "");
	assert_string_equal(world.path, "/call2");
	world_answer(200, "");
	assert_int_equal(answer_counts[0], 0);
	assert_int_equal(world.call_count, 2);
	stop(rest);
}

static void
stopping_ends_what_is_under_way_and_what_waits(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	get(rest, 1, 1, REST_SMALL);
	rest_stop(rest, world_closed, NULL);
	assert_false(world.closed);
	world_run(0);
	assert_true(world.closed);
	assert_int_equal(answer_counts[0] + answer_counts[1], 0);
}

/* Whoever is told of the end ends the connections, which may not be done from inside of one. */
static void
the_end_never_comes_from_inside_of_an_answer_or_of_stop(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	rest_stop(rest, world_closed, NULL);
	world_answer(0, "");
	assert_false(world.closed);
	world_run(0);
	assert_true(world.closed);

	world.closed = false;
	rest = created();
	rest_stop(rest, world_closed, NULL);
	assert_false(world.closed);
	world_run(0);
	assert_true(world.closed);
}

/* ---- weight ---- */

static void
our_share_of_the_minute_is_used_and_then_its_edge_awaited(void **state)
{
	struct rest *rest = created();

	world_run(10 * SECOND);
	rest_get(rest, "/backfill", 25, REST_BACKFILL, ask_again, rest);
	for (int i = 0; i < 191; i++)
		world_answer(200, "");
	world_answer_with(&(struct http_answer){
	    .status = 200, .body = "", .retry_after_s = -1, .used_weight = 4800});
	assert_null(world.call);
	assert_int_equal(status_number(rest, "weight_used"), 4800);
	assert_int_equal(status_number(rest, "wait_s"), 51);
	assert_true(status_says(rest, "weight of this minute"));
	get(rest, 1, 1, REST_SMALL); /* does not fit either */
	assert_null(world.call);
	world_run(50 * SECOND + RATE_LIMIT_MARGIN_US - 1);
	assert_null(world.call);
	world_run(1);
	assert_string_equal(world.path, "/call1");
	assert_int_equal(world.told_count, 0); /* it is our own choice, and no trouble */
	world_answer(200, "");
	stop(rest);
}

static void
the_edge_is_that_of_the_exchange_s_clock(void **state)
{
	struct rest *rest = created();

	rest_set_clock(rest, WORLD_BEGIN_US + 57 * SECOND);
	get(rest, 0, 4800, REST_SMALL);
	world_answer(200, "");
	get(rest, 1, 1, REST_SMALL);
	world_set_clock(-1000 * SECOND); /* ours is of no matter any more */
	world_run(3 * SECOND + RATE_LIMIT_MARGIN_US - 1);
	assert_null(world.call);
	world_run(1);
	world_answer(200, "");
	stop(rest);
}

static void
the_limit_is_asked_at_the_start_and_again_after_hours(void **state)
{
	struct rest *rest = created();

	rest_start(rest);
	assert_string_equal(world.path, "/api/v3/exchangeInfo?symbol=BTCUSDT");
	assert_int_equal(status_number(rest, "weight_limit"), 6000);
	world_answer(200, "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\","
			  "\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":1200}]}");
	assert_int_equal(status_number(rest, "weight_limit"), 1200);
	world_run(5 * 3600 * SECOND);
	assert_int_equal(world.call_count, 1);
	world_run(3600 * SECOND);
	assert_int_equal(world.call_count, 2);
	world_answer(200, "nonsense");
	assert_int_equal(status_number(rest, "weight_limit"), 1200);
	world_run(60 * SECOND); /* another symbol: this one it may not know */
	assert_string_equal(world.path, "/api/v3/exchangeInfo?symbol=ETHUSDT");
	stop(rest);
}

/* ---- what the exchange demands ---- */

static void
a_429_is_obeyed_to_the_second(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	answer_in(0, 429, 7);
	assert_int_equal(answers[0], 429);
	get(rest, 1, 1, REST_SMALL);
	assert_int_equal(status_number(rest, "wait_s"), 7);
	assert_true(status_says(rest, "429"));
	assert_true(rest_waiting(rest));
	world_run(7 * SECOND - 1);
	assert_null(world.call);
	world_run(1);
	assert_non_null(world.call);
	assert_false(rest_waiting(rest));
	assert_int_equal(world_told("rest-waiting"), 1);
	assert_int_equal(world_told("rest-well"), 0);
	world_answer(200, "");
	assert_int_equal(world_told("rest-well"), 1);
	stop(rest);
}

static void
a_ban_is_obeyed_over_a_restart(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	answer_in(0, 418, 3600);
	world_run(600 * SECOND);
	stop(rest);

	world.closed = false;
	world_run(1000 * SECOND); /* we are not there */
	rest = created();
	rest_start(rest);
	assert_null(world.call);
	assert_int_equal(status_number(rest, "wait_s"), 2000);
	assert_non_null(strstr(world_sentence("rest-waiting"), "banned"));
	world_run(2000 * SECOND - 1);
	assert_null(world.call);
	world_run(1);
	assert_non_null(world.call);
	assert_string_equal(world.storage.remembered, ""); /* and then forgotten */
	stop(rest);

	world.closed = false;
	rest = created();
	rest_start(rest);
	assert_non_null(world.call);
	stop(rest);
}

static void
a_clock_that_is_set_right_before_the_end_shortens_no_ban(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	answer_in(0, 418, 3600);
	world_run(600 * SECOND);
	world_set_clock(7200 * SECOND);
	world_run(2 * SECOND);
	stop(rest);
	world.closed = false;
	rest = created();
	rest_start(rest);
	assert_null(world.call);
	assert_int_equal(status_number(rest, "wait_s"), 2998);
	stop(rest);
}

static void
a_ban_that_ended_while_we_were_away_is_forgotten(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	answer_in(0, 418, 60);
	stop(rest);
	world.closed = false;
	world_run(61 * SECOND);
	rest = created();
	rest_start(rest);
	assert_non_null(world.call);
	assert_string_equal(world.storage.remembered, "");
	stop(rest);
}

static void
setting_our_clock_makes_no_wait_longer_or_shorter(void **state)
{
	for (int64_t jump_us = -86400 * SECOND; jump_us <= 86400 * SECOND; jump_us += 86400 * SECOND) {
		struct rest *rest = created();

		world.closed = false;
		get(rest, 0, 1, REST_SMALL);
		answer_in(0, 418, 600);
		get(rest, 1, 1, REST_SMALL);
		world_run(SECOND);
		world_set_clock(jump_us);
		world_run(599 * SECOND - 1);
		assert_null(world.call);
		world_run(1);
		assert_non_null(world.call);
		world_answer(200, "");
		stop(rest);
	}
}

/* The wall clock is set during a ban, and then we restart. */
static void
a_restart_waits_out_the_ban_also_after_our_clock_was_set(void **state)
{
	for (int64_t jump_us = -86400 * SECOND; jump_us <= 86400 * SECOND; jump_us += 86400 * SECOND) {
		struct rest *rest = created();

		world.closed = false;
		get(rest, 0, 1, REST_SMALL);
		answer_in(0, 418, 600);
		world_set_clock(jump_us);
		world_run(100 * SECOND);
		stop(rest);
		world.closed = false;
		rest = created();
		rest_start(rest);
		assert_int_equal(status_number(rest, "wait_s"), 500);
		world_run(500 * SECOND);
		assert_non_null(world.call);
		stop(rest);
	}
}

static void
a_restart_never_waits_longer_than_was_demanded(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	answer_in(0, 418, 600);
	stop(rest);
	world.closed = false;
	world_set_clock(-30 * 86400 * SECOND); /* it was a month ahead when the ban came */
	rest = created();
	rest_start(rest);
	assert_int_equal(status_number(rest, "wait_s"), 600);
	stop(rest);
}

static void
what_is_remembered_wrongly_is_not_obeyed(void **state)
{
	static const char *const texts[] = {"x", "1", "99999999999999999 60", "99999999999999999 60 200",
		"99999999999999999 -1 418", "99999999999999999 9999999999 418",
		"99999999999999999999999999 60 4181"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rest *rest = created();

		world.closed = false;
		storage_remember(&world.storage, "rest_wait_until", texts[i]);
		rest_start(rest);
		assert_non_null(world.call);
		assert_string_equal(world.storage.remembered, "");
		stop(rest);
	}
}

/* ---- failures ---- */

static void
a_refused_country_and_a_firewall_are_said_plainly_and_asked_slowly(void **state)
{
	static const int statuses[] = {403, 451};

	for (int i = 0; i < 2; i++) {
		struct rest *rest = created();

		world.closed = false;
		get(rest, 0, 1, REST_SMALL);
		answer_in(0, statuses[i], -1);
		assert_non_null(strstr(world_sentence("rest-waiting"),
		    i == 0 ? "firewall" : "not served in this country"));
		get(rest, 1, 1, REST_SMALL);
		world_run(RATE_LIMIT_REFUSED_US - 1);
		assert_null(world.call);
		world_run(1);
		assert_non_null(world.call);
		stop(rest);
	}
	assert_false(world.storage.remembered_any);
}

static void
failures_double_the_wait_and_are_told_once(void **state)
{
	static const int64_t expected_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
	struct rest *rest = created();

	for (size_t i = 0; i < sizeof(expected_s) / sizeof(expected_s[0]); i++) {
		get(rest, 0, 1, REST_SMALL);
		answer_in(0, i % 2 == 0 ? 503 : 0, -1);
		get(rest, 1, 1, REST_SMALL);
		world_run(expected_s[i] * SECOND - 1);
		assert_null(world.call);
		world_run(1);
		world_answer(i + 1 < sizeof(expected_s) / sizeof(expected_s[0]) ? 502 : 200, "");
		if (i + 1 < sizeof(expected_s) / sizeof(expected_s[0]))
			world_run(expected_s[++i] * SECOND);
	}
	assert_int_equal(world_told("rest-waiting"), 1);
	stop(rest);
}

static void
a_call_without_an_answer_is_given_up_after_ten_seconds(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	get(rest, 1, 1, REST_SMALL);
	world_run(10 * SECOND - 1);
	assert_int_equal(answer_counts[0], 0);
	world_run(1);
	assert_int_equal(answer_counts[0], 1);
	assert_int_equal(answers[0], 0);
	assert_non_null(strstr(world_sentence("rest-waiting"), "no answer within 10 s"));
	world_run(SECOND);
	assert_string_equal(world.path, "/call1");
	world_answer(200, "");
	assert_int_equal(world_told("rest-well"), 1);
	stop(rest);
}

static void
a_call_that_the_exchange_refuses_is_its_own_matter(void **state)
{
	struct rest *rest = created();

	get(rest, 0, 1, REST_SMALL);
	get(rest, 1, 1, REST_SMALL);
	answer_in(0, 400, -1);
	assert_int_equal(answers[0], 400);
	assert_string_equal(world.path, "/call1");
	assert_int_equal(world.told_count, 0);
	stop(rest);
}

static void
a_symbol_of_any_letters_fits_into_a_query(void **state)
{
	char text[REST_SYMBOL_SIZE], longest[33];

	assert_string_equal(rest_symbol("BTC-USD_T.1", text), "BTC-USD_T.1");
	assert_string_equal(rest_symbol("\xe5\xb8\x81&USDT", text), "%E5%B8%81%26USDT");
	memset(longest, 0xe5, 32);
	longest[32] = '\0';
	assert_int_equal(strlen(rest_symbol(longest, text)), 96);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(one_call_is_under_way_at_a_time_and_small_ones_go_first),
		WORLD_TEST(a_backfill_of_any_length_does_not_starve_history),
		WORLD_TEST(a_cancelled_call_is_not_answered_and_does_not_go),
		WORLD_TEST(stopping_ends_what_is_under_way_and_what_waits),
		WORLD_TEST(the_end_never_comes_from_inside_of_an_answer_or_of_stop),
		WORLD_TEST(our_share_of_the_minute_is_used_and_then_its_edge_awaited),
		WORLD_TEST(the_edge_is_that_of_the_exchange_s_clock),
		WORLD_TEST(the_limit_is_asked_at_the_start_and_again_after_hours),
		WORLD_TEST(a_429_is_obeyed_to_the_second),
		WORLD_TEST(a_ban_is_obeyed_over_a_restart),
		WORLD_TEST(a_clock_that_is_set_right_before_the_end_shortens_no_ban),
		WORLD_TEST(a_ban_that_ended_while_we_were_away_is_forgotten),
		WORLD_TEST(setting_our_clock_makes_no_wait_longer_or_shorter),
		WORLD_TEST(a_restart_waits_out_the_ban_also_after_our_clock_was_set),
		WORLD_TEST(a_restart_never_waits_longer_than_was_demanded),
		WORLD_TEST(what_is_remembered_wrongly_is_not_obeyed),
		WORLD_TEST(a_refused_country_and_a_firewall_are_said_plainly_and_asked_slowly),
		WORLD_TEST(failures_double_the_wait_and_are_told_once),
		WORLD_TEST(a_call_without_an_answer_is_given_up_after_ten_seconds),
		WORLD_TEST(a_call_that_the_exchange_refuses_is_its_own_matter),
		WORLD_TEST(a_symbol_of_any_letters_fits_into_a_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
