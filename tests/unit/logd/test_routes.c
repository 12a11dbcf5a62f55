#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "logd/routes.h"

static struct request request;
static const char *allow;

static const struct route *
find(const char *method, const char *path)
{
	request = (struct request){.method = method, .path = path, .host = "127.0.0.1"};
	return routes_find(&request, &allow);
}

static void
assert_pattern(const char *path, const char *pattern)
{
	const struct route *route = find("GET", path);

	assert_non_null(route);
	assert_string_equal(route->pattern, pattern);
}

static void
every_path_finds_its_own_route(void **state)
{
	assert_pattern("/", "/");
	assert_pattern("/health", "/health");
	assert_pattern("/api/v1/health", "/api/v1/health");
	assert_pattern("/metrics", "/metrics");
	assert_pattern("/system-health", "/system-health");
	assert_pattern("/pipeline-status", "/pipeline-status");
	assert_pattern("/market-data/BTCUSDT", "/market-data/{symbol}");
	assert_pattern("/volatility/BTCUSDT", "/volatility/{symbol}");
	assert_pattern("/offset-calibration/mt5:XAUUSD", "/offset-calibration/{symbol}");
	assert_pattern("/api/v1/symbols", "/api/v1/symbols");
	assert_pattern("/api/v1/ticks/sim:BTCUSDT", "/api/v1/ticks/{symbol}");
	assert_pattern("/api/v1/candles/BTCUSDT/M5", "/api/v1/candles/{symbol}/{timeframe}");
	assert_pattern("/assets/app.js", "/assets/{asset}");
}

static void
the_parts_of_a_path_are_captured_in_order(void **state)
{
	assert_non_null(find("GET", "/api/v1/candles/sim:BTCUSDT/M15"));
	assert_string_equal(request.captures[0], "sim:BTCUSDT");
	assert_string_equal(request.captures[1], "M15");
}

static void
a_path_that_is_none_has_no_route_and_no_methods(void **state)
{
	static const char *const paths[] = {"", "/healthy", "/heal", "/health/", "/HEALTH", "/api/v1/ticks/",
		"/api/v1/ticks/a/b", "/api/v1/candles/BTCUSDT", "/api/v1/candles//M5", "/assets/a/b",
		"/api/v1/ticks/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_null(find("GET", paths[i]));
		assert_null(allow);
	}
}

static void
another_method_is_told_which_ones_there_are(void **state)
{
	assert_null(find("POST", "/health"));
	assert_string_equal(allow, "GET, HEAD");
	assert_null(find("DELETE", "/api/v1/ticks/BTCUSDT"));
	assert_string_equal(allow, "GET, HEAD");
	assert_null(find("POST", "/nothing"));
	assert_null(allow);
}

static int
status_of(const char *host, const char *origin, const char *method)
{
	struct api api = {.listen_address = "127.0.0.1", .port = 8000};
	struct request asked = {.method = method, .path = "/nothing", .host = host, .origin = origin};
	struct answer answer;
	int status;

	answer_init(&answer);
	routes_answer(&api, &asked, &answer);
	status = answer.status;
	answer_finish(&answer);
	return status;
}

static void
strangers_are_refused_before_anything_is_looked_up(void **state)
{
	assert_int_equal(status_of(NULL, NULL, "GET"), 400);
	assert_int_equal(status_of("evil.example", NULL, "GET"), 421);
	assert_int_equal(status_of("127.0.0.1:8000", "http://evil.example", "GET"), 403);
	assert_int_equal(status_of("127.0.0.1:8000", "null", "GET"), 403);
	assert_int_equal(status_of("127.0.0.1:8000", "http://localhost:8000", "GET"), 404);
	assert_int_equal(status_of("localhost", NULL, "GET"), 404);
}

static void
an_error_is_an_object_with_code_and_message(void **state)
{
	struct answer answer;

	answer_init(&answer);
	json_text_open(&answer.text, '{');
	answer_error(&answer, 404, "unknown_symbol", "%s is \"unknown\"", "X");
	assert_int_equal(answer.status, 404);
	assert_int_equal(answer.text.length,
	    strlen("{\"error\":{\"code\":\"unknown_symbol\",\"message\":\"X is \\\"unknown\\\"\"}}"));
	assert_memory_equal(answer.text.bytes,
	    "{\"error\":{\"code\":\"unknown_symbol\",\"message\":\"X is \\\"unknown\\\"\"}}",
	    answer.text.length);
	answer_finish(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_finds_its_own_route),
		cmocka_unit_test(the_parts_of_a_path_are_captured_in_order),
		cmocka_unit_test(a_path_that_is_none_has_no_route_and_no_methods),
		cmocka_unit_test(another_method_is_told_which_ones_there_are),
		cmocka_unit_test(strangers_are_refused_before_anything_is_looked_up),
		cmocka_unit_test(an_error_is_an_object_with_code_and_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
