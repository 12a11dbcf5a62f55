#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/terminal_lines.h"
#include "marketsim/terminal_session.h"

#define START_US INT64_C(1700000100000000) /* a whole candle */
#define OFFSET_MS INT64_C(7200000)

static struct market exchange;
static struct instrument instruments[INSTRUMENTS_MAX];
static struct terminal_market market;
static struct terminal_positions positions;
static struct terminal_orders orders;
static struct terminal_demo demo;
static struct terminal_options options;
static struct terminal_figures figures;
static struct terminal_session session;
static struct body out;
static int64_t now_us, monotonic_us;

static int
begin(void **state)
{
	struct problem problem;

	if (instruments_parse("BTCUSDT", instruments, &problem) != 1)
		return -1;
	terminal_options_default(&options);
	options.clock.offset_us = OFFSET_MS * CLOCK_MS_US;
	options.symbol_count = terminal_symbols_parse("EURUSD,BTCUSD", options.symbols, &problem);
	market_init(&exchange, 5, instruments, 1, 20, START_US, 3600 * CLOCK_SECOND_US);
	terminal_market_init(&market, options.symbols, 2, &options.clock, 20, 5, &exchange);
	terminal_positions_init(&positions, &market);
	terminal_demo_init(&demo, &positions, 0, START_US);
	terminal_orders_init(&orders, &positions);
	memset(&figures, 0, sizeof(figures));
	session = (struct terminal_session){ &market, &options, &positions, &demo, &orders,
		&figures, .welcome = false };
	out.length = 0;
	now_us = START_US + 10 * CLOCK_SECOND_US;
	monotonic_us = 1000 * CLOCK_SECOND_US;
	session_begin(&session, "a \"token\"", now_us, monotonic_us, &out);
	return 0;
}

static int
finish(void **state)
{
	body_free(&out);
	return 0;
}

static int
hear(const char *line)
{
	struct problem problem;

	return session_line(&session, line, strlen(line), now_us, monotonic_us, &out, &problem);
}

/* The next line of what was said since the last call, parsed, or NULL. */
static json_t *
next_line(void)
{
	char *end = out.length > 0 ? memchr(out.text, '\n', out.length) : NULL;
	size_t length = end != NULL ? (size_t)(end - out.text) + 1 : 0;
	json_t *line = length > 0 ? json_loadb(out.text, length, 0, NULL) : NULL;

	if (length > 0) {
		assert_non_null(line);
		memmove(out.text, out.text + length, out.length - length);
		out.length -= length;
	}
	return line;
}

/* The next line of that type; those before it are passed over. */
static json_t *
next_of(const char *type)
{
	json_t *line = next_line();

	while (line != NULL && strcmp(json_string_value(json_object_get(line, "type")), type) != 0) {
		json_decref(line);
		line = next_line();
	}
	return line;
}

static int64_t
number(const json_t *object, const char *name)
{
	assert_true(json_is_integer(json_object_get(object, name)));
	return json_integer_value(json_object_get(object, name));
}

static void
the_hello_is_first_and_nothing_follows_before_a_welcome(void **state)
{
	json_t *hello = next_line();

	assert_string_equal(json_string_value(json_object_get(hello, "type")), "hello");
	assert_string_equal(json_string_value(json_object_get(hello, "token")), "a \"token\"");
	assert_int_equal(number(hello, "time_server") - number(hello, "time_gmt"), 7200);
	assert_int_equal(json_array_size(json_object_get(hello, "symbols")), 2);
	json_decref(hello);
	now_us += 60 * CLOCK_SECOND_US;
	assert_false(session_fill(&session, now_us, monotonic_us, &out));
	assert_null(next_line());
}

static void
a_symbol_that_is_not_resumed_begins_with_the_present_candle(void **state)
{
	json_t *line;

	assert_int_equal(hear("{\"type\":\"welcome\",\"resume\":{}}"), 0);
	session_fill(&session, now_us, monotonic_us, &out);
	line = next_of("ticks");
	assert_int_equal(number(line, "from_msc"), START_US / 1000 + OFFSET_MS);
	assert_int_equal(number(line, "seq"), 1);
	assert_int_equal(number(line, "first"), 0);
	/* 10 a second for ten seconds; the last second may be cut. */
	assert_in_range(json_array_size(json_object_get(line, "ticks")), 98, 101);
	json_decref(line);
}

static void
only_the_first_line_says_from_when_it_is_complete(void **state)
{
	json_t *line;

	assert_int_equal(hear("{\"type\":\"welcome\"}"), 0);
	session_fill(&session, now_us, monotonic_us, &out);
	out.length = 0;
	now_us += CLOCK_SECOND_US;
	monotonic_us += CLOCK_SECOND_US;
	session_fill(&session, now_us, monotonic_us, &out);
	line = next_of("ticks");
	assert_null(json_object_get(line, "from_msc"));
	assert_int_equal(number(line, "seq"), 2);
	json_decref(line);
}

static void
after_64_lines_it_waits_for_acknowledgements(void **state)
{
	assert_int_equal(hear("{\"type\":\"welcome\"}"), 0);
	for (int i = 0; i < 100; i++) {
		now_us += CLOCK_SECOND_US;
		monotonic_us += CLOCK_SECOND_US;
		session_fill(&session, now_us, monotonic_us, &out);
	}
	assert_int_equal(figures.lines, 64);
	assert_int_equal(hear("{\"type\":\"ack\",\"symbol\":\"EURUSD\",\"seq\":32}"), 0);
	/* Neither what was not sent nor what is unknown counts. */
	assert_int_equal(hear("{\"type\":\"ack\",\"symbol\":\"BTCUSD\",\"seq\":33}"), 0);
	assert_int_equal(hear("{\"type\":\"ack\",\"symbol\":\"NOTHING\",\"seq\":1}"), 0);
	for (int i = 0; i < 100; i++) {
		now_us += CLOCK_SECOND_US;
		monotonic_us += CLOCK_SECOND_US;
		session_fill(&session, now_us, monotonic_us, &out);
	}
	assert_int_equal(figures.lines, 96);
}

static void
a_line_is_never_longer_than_the_protocol_allows(void **state)
{
	size_t longest = 0;

	market.rate = 50000;
	assert_int_equal(hear("{\"type\":\"welcome\"}"), 0);
	out.length = 0;
	while (session_fill(&session, now_us, monotonic_us, &out) && figures.lines < 60) {
		for (char *at = out.text, *end; at < out.text + out.length; at = end + 1) {
			end = memchr(at, '\n', out.length - (size_t)(at - out.text));
			assert_non_null(end);
			longest = (size_t)(end - at) > longest ? (size_t)(end - at) : longest;
		}
		out.length = 0;
	}
	assert_in_range(longest, 150000, 256 * 1024 - 1);
}

static void
bars_come_first_and_the_last_line_says_so(void **state)
{
	char welcome[160];
	int64_t count = 0, from_s = START_US / CLOCK_SECOND_US + 7200 - 90 * 300;
	json_t *line;
	bool last = false;

	snprintf(welcome, sizeof(welcome), "{\"type\":\"welcome\",\"bars\":{\"BTCUSD\":%lld}}",
	    (long long)from_s);
	assert_int_equal(hear(welcome), 0);
	while (session_fill(&session, now_us, monotonic_us, &out))
		;
	while (!last && (line = next_of("bars")) != NULL) {
		assert_string_equal(json_string_value(json_object_get(line, "symbol")), "BTCUSD");
		count += (int64_t)json_array_size(json_object_get(line, "bars"));
		last = json_is_true(json_object_get(line, "last"));
		json_decref(line);
	}
	assert_true(last);
	/* History goes back an hour: twelve candles, whatever was asked for. */
	assert_int_equal(count, 12);
}

static void
no_bars_are_still_answered(void **state)
{
	char welcome[160];
	json_t *line;

	snprintf(welcome, sizeof(welcome), "{\"type\":\"welcome\",\"bars\":{\"EURUSD\":%lld}}",
	    (long long)(START_US / CLOCK_SECOND_US + 7200));
	assert_int_equal(hear(welcome), 0);
	session_fill(&session, now_us, monotonic_us, &out);
	line = next_of("bars");
	assert_int_equal(json_array_size(json_object_get(line, "bars")), 0);
	assert_true(json_is_true(json_object_get(line, "last")));
	json_decref(line);
}

static void
a_ticket_that_nobody_knows_is_told_closed_without_a_price(void **state)
{
	json_t *line;

	assert_int_equal(hear("{\"type\":\"welcome\",\"open\":[7]}"), 0);
	line = next_of("closed");
	assert_int_equal(number(line, "ticket"), 7);
	assert_null(json_object_get(line, "price"));
	assert_int_equal(number(line, "time_msc"), now_us / 1000 + OFFSET_MS);
	json_decref(line);
}

static void
a_change_of_positions_is_told_at_once_and_all_every_ten_seconds(void **state)
{
	json_t *line;

	assert_int_equal(hear("{\"type\":\"welcome\"}"), 0);
	session_fill(&session, now_us, monotonic_us, &out);
	line = next_of("positions"); /* the first report */
	assert_int_equal(json_array_size(json_object_get(line, "positions")), 0);
	json_decref(line);
	out.length = 0;
	session_fill(&session, now_us, ++monotonic_us, &out);
	assert_null(next_of("positions"));
	assert_int_equal(terminal_order_open(&orders, 0, false, DECIMAL_ONE, 0, 0, "", now_us)
			     .retcode,
	    RETCODE_DONE);
	session_fill(&session, now_us, ++monotonic_us, &out);
	line = next_of("positions");
	assert_int_equal(json_array_size(json_object_get(line, "positions")), 1);
	assert_true(json_is_true(json_object_get(line, "complete")));
	json_decref(line);
	out.length = 0;
	monotonic_us += 10 * CLOCK_SECOND_US;
	session_fill(&session, now_us, monotonic_us, &out);
	line = next_of("positions");
	assert_int_equal(number(line, "seq"), 3);
	json_decref(line);
	line = next_of("ping");
	assert_non_null(line);
	json_decref(line);
}

static void
what_is_no_message_ends_the_connection_and_what_is_unknown_does_not(void **state)
{
	assert_int_equal(hear("{\"type\":\"weather\"}"), 0);
	assert_int_equal(hear("nonsense"), -EPROTO);
	assert_int_equal(hear("[]"), -EPROTO);
	assert_int_equal(hear("{\"type\":\"welcome\"}"), 0);
	assert_int_equal(hear("{\"type\":\"action\",\"orders\":[]}"), -EPROTO);
	assert_int_equal(hear("{\"type\":\"error\",\"code\":\"clock\",\"message\":\"late\"}"), 0);
	assert_string_equal(figures.last_error, "clock: late");
}

static void
tickd_is_given_up_when_it_says_nothing_for_half_a_minute(void **state)
{
	assert_int_equal(hear("{\"type\":\"pong\"}"), 0);
	assert_false(session_is_silent(&session, monotonic_us + 30 * CLOCK_SECOND_US));
	assert_true(session_is_silent(&session, monotonic_us + 30 * CLOCK_SECOND_US + 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hello_is_first_and_nothing_follows_before_a_welcome),
		TEST(a_symbol_that_is_not_resumed_begins_with_the_present_candle),
		TEST(only_the_first_line_says_from_when_it_is_complete),
		TEST(after_64_lines_it_waits_for_acknowledgements),
		TEST(a_line_is_never_longer_than_the_protocol_allows),
		TEST(bars_come_first_and_the_last_line_says_so),
		TEST(no_bars_are_still_answered),
		TEST(a_ticket_that_nobody_knows_is_told_closed_without_a_price),
		TEST(a_change_of_positions_is_told_at_once_and_all_every_ten_seconds),
		TEST(what_is_no_message_ends_the_connection_and_what_is_unknown_does_not),
		TEST(tickd_is_given_up_when_it_says_nothing_for_half_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
