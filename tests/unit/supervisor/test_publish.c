#include "supervisor/publish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Everything known of logd, nothing of the others. */
static struct published
example(void)
{
	struct published published = {.now_us = 1700000000500000, .system_status = "degraded"};
	static const char *const names[] = {"logd", "tickd", "analysisd"};

	for (int i = 0; i < CHILD_COUNT; i++)
		published.processes[i] = (struct published_process){.name = names[i],
			.type = "type", .state = "waiting", .user = "trading", .last_exit = "",
			.status = "", .rss_bytes = PUBLISH_UNKNOWN,
			.cpu_percent = PUBLISH_UNKNOWN};
	published.processes[CHILD_LOGD] = (struct published_process){.name = "logd",
		.type = "api_server", .state = "running", .user = "trading",
		.last_exit = "exit 1", .status = "8 connections", .pid = 42,
		.started_us = 1700000000000000, .last_seen_us = 1700000000250000,
		.restarts = 7, .rss_bytes = 4096, .cpu_percent = 1.5};
	for (int i = 0; i < DATABASE_COUNT; i++)
		published.databases[i] = (struct published_database){.size_bytes = PUBLISH_UNKNOWN,
			.wal_bytes = PUBLISH_UNKNOWN, .rows = PUBLISH_UNKNOWN};
	return published;
}

static void
assert_json(json_t *content, const char *expected)
{
	json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);

	assert_non_null(wanted);
	assert_true(json_equal(content, wanted));
	json_decref(wanted);
}

static void
only_living_processes_are_active(void **state)
{
	struct published published = example();
	json_t *content = publish_compose(&published);

	assert_json(json_object_get(content, "active_processes"),
	    "[{\"type\":\"api_server\",\"name\":\"logd\",\"pid\":42,\"last_seen\":1700000000.25}]");
	assert_json(json_object_get(json_object_get(content, "processes"), "logd"),
	    "{\"state\":\"running\",\"pid\":42,\"user\":\"trading\",\"started\":1700000000.0,"
	    "\"restarts\":7,\"last_exit\":\"exit 1\",\"next_attempt\":null,\"rss_bytes\":4096,"
	    "\"cpu_percent\":1.5,\"status\":\"8 connections\"}");
	json_decref(content);
}

static void
what_is_not_known_is_null_and_never_a_zero(void **state)
{
	struct published published = example();
	json_t *content = publish_compose(&published);

	assert_json(json_object_get(json_object_get(content, "processes"), "tickd"),
	    "{\"state\":\"waiting\",\"pid\":null,\"user\":\"trading\",\"started\":null,"
	    "\"restarts\":0,\"last_exit\":null,\"next_attempt\":null,\"rss_bytes\":null,"
	    "\"cpu_percent\":null,\"status\":null}");
	assert_json(json_object_get(json_object_get(content, "databases"), "main_db"),
	    "{\"size_bytes\":null,\"wal_bytes\":null,\"rows\":null,\"owner_pid\":null}");
	assert_json(json_object_get(content, "tick_count"), "0");
	assert_json(json_object_get(content, "last_update"), "1700000000.5");
	json_decref(content);
}

static void
a_lease_names_its_holder(void **state)
{
	struct published published = example();
	json_t *content;

	published.databases[DATABASE_TICKS].holder = "tickd 99";
	published.databases[DATABASE_TICKS].owner_pid = 99;
	published.databases[DATABASE_TICKS].rows = 5;
	content = publish_compose(&published);
	assert_json(json_object_get(content, "database_locks"),
	    "{\"main_db\":\"tickd 99\",\"analysis_db\":null,\"logs_db\":null}");
	assert_json(json_object_get(content, "tick_count"), "5");
	json_decref(content);
}

static json_t *
feeds_of(const char *told)
{
	struct published published = example();
	json_t *feeds = json_loads(told, 0, NULL), *content, *result;

	published.feeds = feeds;
	content = publish_compose(&published);
	result = json_incref(json_object_get(content, "feeds"));
	json_decref(content);
	json_decref(feeds);
	return result;
}

static void
a_feed_is_shown_by_its_name_in_seconds(void **state)
{
	json_t *feeds = feeds_of("[{\"name\":\"binance\",\"state\":\"live\",\"last_tick_us\":1500000,"
				 "\"ticks_per_second\":2.5,\"lag_ms\":3,\"gaps\":1,\"source\":\"sim\"}]");

	assert_json(feeds, "{\"binance\":{\"state\":\"live\",\"last_tick\":1.5,"
			   "\"ticks_per_second\":2.5,\"lag_ms\":3,\"gaps\":1}}");
	json_decref(feeds);
}

static void
a_feed_that_tells_little_or_nonsense_harms_nothing(void **state)
{
	json_t *feeds = feeds_of("[{\"name\":\"a\",\"gaps\":\"many\",\"last_tick_us\":null},{},3,null,"
				 "{\"name\":7}]");

	assert_json(feeds, "{\"a\":{\"state\":\"unknown\",\"last_tick\":null,"
			   "\"ticks_per_second\":null,\"lag_ms\":null,\"gaps\":null}}");
	json_decref(feeds);
}

static void
a_status_that_is_no_utf_8_is_left_out(void **state)
{
	struct published published = example();
	json_t *content;

	published.processes[CHILD_LOGD].status = "caf\xc3";
	content = publish_compose(&published);
	assert_non_null(content);
	assert_json(json_object_get(
			json_object_get(json_object_get(content, "processes"), "logd"), "status"),
	    "null");
	json_decref(content);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_living_processes_are_active),
		cmocka_unit_test(what_is_not_known_is_null_and_never_a_zero),
		cmocka_unit_test(a_lease_names_its_holder),
		cmocka_unit_test(a_feed_is_shown_by_its_name_in_seconds),
		cmocka_unit_test(a_feed_that_tells_little_or_nonsense_harms_nothing),
		cmocka_unit_test(a_status_that_is_no_utf_8_is_left_out),
	};

	return cmocka_run_group_tests_name("supervisor/publish", tests, NULL, NULL);
}
