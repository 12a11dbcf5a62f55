#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/status_file.h"
#include "tradingctl/system_state.h"

/* Takes the three; the faults as one text in a static buffer. */
static const char *
faults_of(json_t *published, json_t *tickd)
{
	static char text[1024];
	struct system_state state = {.published = published, .daemons = {NULL, tickd, NULL}};
	json_t *faults = system_state_faults(&state);
	const json_t *fault;
	size_t i;

	text[0] = '\0';
	json_array_foreach(faults, i, fault) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s;",
		    json_string_value(fault));
	}
	json_decref(faults);
	system_state_finish(&state);
	return text;
}

static json_t *
published(const char *system, const char *tickd)
{
	return json_pack("{s:s, s:{s:{s:s}, s:{s:s}}}", "system_status", system, "processes", "logd",
	    "state", "running", "tickd", "state", tickd);
}

static json_t *
tickd_status(const char *state, const char *feed)
{
	return json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "state", state, "status", "so", "feeds",
	    "name", "binance", "state", feed);
}

static void
all_running_and_live_is_well(void **state)
{
	assert_string_equal(
	    faults_of(published("running", "running"), tickd_status("running", "live")), "");
}

static void
each_child_that_does_not_run_is_named(void **state)
{
	assert_string_equal(faults_of(published("degraded", "failing"), NULL), "tickd is failing;");
	assert_string_equal(
	    faults_of(published("starting", "running"), NULL), "the system is starting;");
}

static void
a_feed_that_is_not_live_and_a_degraded_daemon_are_named(void **state)
{
	assert_string_equal(
	    faults_of(published("running", "running"), tickd_status("degraded", "connecting")),
	    "tickd is degraded: so;feed binance is connecting;");
}

static void
a_terminal_that_is_not_there_is_named_with_where_it_should_connect(void **state)
{
	assert_string_equal(faults_of(published("running", "running"),
	    json_pack("{s:s, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "state", "running", "feeds",
		"name", "mt5", "state", "live", "listen", "127.0.0.1:9443", "name", "mt5.far",
		"state", "waiting", "listen", "127.0.0.1:9443")),
	    "feed mt5.far waits for its terminal at 127.0.0.1:9443;");
	assert_string_equal(faults_of(published("running", "running"),
	    json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "state", "running", "feeds", "name", "mt5",
		"state", "paused", "listen", "127.0.0.1:9443")),
	    "feed mt5 is paused;");
}

static void
a_clock_that_is_off_and_a_ban_are_named(void **state)
{
	assert_string_equal(faults_of(published("running", "running"),
	    json_pack("{s:s, s:[{s:s, s:s, s:{s:f, s:b}, s:{s:i, s:s}}]}", "state", "running",
		"feeds", "name", "binance", "state", "live", "clock", "offset_ms", -1271.0, "alarm",
		1, "rest", "wait_s", 120, "why", "418, this address is banned")),
	    "feed binance: our clock is -1271 ms away from the exchange's;"
	    "feed binance: REST calls wait for 120 s: 418, this address is banned;");
}

static void
a_short_wait_for_rest_is_no_fault(void **state)
{
	assert_string_equal(faults_of(published("running", "running"),
	    json_pack("{s:s, s:[{s:s, s:s, s:{s:i, s:s}}]}", "state", "running", "feeds", "name",
		"binance", "state", "live", "rest", "wait_s", 12, "why", "429, too many requests")),
	    "");
}

static void
daemons_that_run_alone_are_seen_and_the_others_missed(void **state)
{
	assert_string_equal(faults_of(NULL, tickd_status("running", "live")),
	    "no supervisor is running;logd is not running;analysisd is not running;");
}

static void
what_a_daemon_did_not_say_is_unknown(void **state)
{
	assert_string_equal(faults_of(json_pack("{s:{s:{}}}", "processes", "tickd"), NULL),
	    "tickd is unknown;");
}

static void
write_status(const char *runtime_dir, int64_t updated_us)
{
	json_t *status = json_pack("{s:s, s:I}", "state", "running", "updated_us",
	    (json_int_t)updated_us);
	char path[128];

	snprintf(path, sizeof(path), "%s/tickd", runtime_dir);
	mkdir(path, 0700);
	strcat(path, "/status.json");
	assert_int_equal(status_file_write(path, status), 0);
	json_decref(status);
}

static void
files_that_a_killed_daemon_left_are_not_believed(void **unused)
{
	char runtime_dir[] = "/tmp/state.XXXXXX", command[64];
	struct settings settings = {.paths.runtime_dir = runtime_dir};
	struct system_state state;
	struct problem problem;

	assert_non_null(mkdtemp(runtime_dir));
	write_status(runtime_dir, clock_wall_us() - 2 * SYSTEM_STATE_STALE_US);
	assert_int_equal(system_state_read(&settings, &state, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "nothing is running: no sign of life in /tmp/state."));
	write_status(runtime_dir, clock_wall_us());
	assert_int_equal(system_state_read(&settings, &state, &problem), 0);
	assert_null(state.published);
	assert_non_null(state.daemons[1]);
	system_state_finish(&state);
	snprintf(command, sizeof(command), "rm -r %s", runtime_dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_running_and_live_is_well),
		cmocka_unit_test(each_child_that_does_not_run_is_named),
		cmocka_unit_test(a_feed_that_is_not_live_and_a_degraded_daemon_are_named),
		cmocka_unit_test(a_terminal_that_is_not_there_is_named_with_where_it_should_connect),
		cmocka_unit_test(a_clock_that_is_off_and_a_ban_are_named),
		cmocka_unit_test(a_short_wait_for_rest_is_no_fault),
		cmocka_unit_test(daemons_that_run_alone_are_seen_and_the_others_missed),
		cmocka_unit_test(what_a_daemon_did_not_say_is_unknown),
		cmocka_unit_test(files_that_a_killed_daemon_left_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
