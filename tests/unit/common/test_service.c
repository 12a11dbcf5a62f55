#define _GNU_SOURCE
#include "common/service.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "common/log.h"
#include "common/status_file.h"
#include "tests/unit/common/scratch.h"

/* A daemon that does nothing, in a child of its own, as main() of the real ones would run it. */
struct daemon {
	const char *directory;
	struct service *service;
	bool hangs_in_stop, not_alive, fails, with_database;
	int close_first; /* what a fork without exec would keep open; 0 is nothing */
	struct database *db;
	uv_timer_t timer; /* something of its own, that the stop hook must close */
};

static void
on_stop(void *context)
{
	struct daemon *daemon = context;

	if (!daemon->hangs_in_stop)
		uv_close((uv_handle_t *)&daemon->timer, NULL);
}

static void
on_status(void *context, json_t *status)
{
	struct daemon *daemon = context;

	json_object_set_new(status, "own", json_integer(42));
	if (daemon->db != NULL)
		service_add_database(status, DATABASE_LOGS, daemon->db, 7);
}

static bool
is_alive(void *context)
{
	return !((struct daemon *)context)->not_alive;
}

static void
on_timer(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (daemon->fails)
		service_fail(daemon->service, 71);
}

static int
run_daemon(void *context)
{
	struct daemon *daemon = context;
	const struct service_hooks hooks = {on_stop, on_status, is_alive, daemon};
	struct settings settings = {0};
	struct problem problem;
	int status;

	log_open("logd", LOG_DEBUG);
	if (daemon->close_first > 0)
		close(daemon->close_first);
	settings.paths.state_dir = settings.paths.runtime_dir = (char *)daemon->directory;
	if (service_start(&daemon->service, "logd", &settings, &hooks, &problem) < 0)
		return 99;
	if (daemon->with_database &&
	    database_open(&daemon->db, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE, daemon->directory,
		&problem) < 0)
		return 98;
	uv_timer_init(service_loop(daemon->service), &daemon->timer);
	daemon->timer.data = daemon;
	uv_timer_start(&daemon->timer, on_timer, 10, 10);
	service_set_status(daemon->service, "%d symbols", 2);
	service_set_degraded(daemon->service, daemon->with_database);
	service_ready(daemon->service);
	status = service_run(daemon->service);
	if (!service_stopping(daemon->service))
		return 97;
	database_close(daemon->db);
	service_finish(daemon->service); /* asserts that every handle was closed */
	return status;
}

/* ---- the supervisor's side ---- */

struct watcher {
	int fd; /* of the NOTIFY_SOCKET */
	pid_t pid;
	char log[SCRATCH_PATH_SIZE];
};

/* Starts the daemon with stderr in a file; it inherits NOTIFY_SOCKET, and what else is set. */
static void
start(struct watcher *watcher, void **state, struct daemon *daemon)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct capture capture;

	daemon->directory = *state;
	watcher->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path(state, "notify.sock"));
	assert_int_equal(bind(watcher->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	capture = capture_begin(state, "err", stderr);
	snprintf(watcher->log, sizeof(watcher->log), "%s", capture.path);
	watcher->pid = fork_child(run_daemon, daemon);
	free(capture_end(&capture));
	unsetenv("NOTIFY_SOCKET");
}

/* The next sign of the daemon, or NULL where none comes in time. */
static const char *
next_sign(struct watcher *watcher)
{
	const struct timeval patience = {.tv_sec = SCRATCH_WAIT_MS / 1000};
	static char text[512];
	ssize_t length;

	setsockopt(watcher->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	length = recv(watcher->fd, text, sizeof(text) - 1, 0);
	if (length < 0)
		return NULL;
	text[length] = '\0';
	return text;
}

static void
await_sign(struct watcher *watcher, const char *wanted)
{
	const char *sign;

	do {
		sign = next_sign(watcher);
		if (sign == NULL)
			fail_msg("never came: %s", wanted);
	} while (strcmp(sign, wanted) != 0);
}

static void
assert_logged(struct watcher *watcher, const char *wanted)
{
	char *text = scratch_text(watcher->log);

	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in the log:\n%s", wanted, text);
	free(text);
}

#define READY "READY=1\nSTATUS=2 symbols"

static void
sigterm_and_sigint_stop_in_order_and_exit_with_0(void **state)
{
	static const struct {
		int number;
		const char *line;
	} cases[] = {{SIGTERM, "stopping on SIGTERM [stopping]"}, {SIGINT, "stopping on SIGINT [stopping]"}};

	for (int i = 0; i < 2; i++) {
		struct daemon daemon = {0};
		struct watcher watcher;

		start(&watcher, state, &daemon);
		await_sign(&watcher, READY);
		kill(watcher.pid, cases[i].number);
		await_sign(&watcher, "STOPPING=1");
		assert_int_equal(end_of(watcher.pid), 0);
		assert_logged(&watcher, cases[i].line);
		close(watcher.fd);
		unlink(scratch_path(state, "notify.sock"));
	}
}

static void
the_end_of_the_lifeline_stops_it(void **state)
{
	struct daemon daemon = {0};
	struct watcher watcher;
	int ends[2];
	char number[16];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(number, sizeof(number), "%d", ends[0]);
	setenv(SERVICE_LIFELINE_VARIABLE, number, 1);
	daemon.close_first = ends[1];
	start(&watcher, state, &daemon);
	unsetenv(SERVICE_LIFELINE_VARIABLE);
	await_sign(&watcher, READY);
	close(ends[1]);
	await_sign(&watcher, "STOPPING=1");
	assert_int_equal(end_of(watcher.pid), 0);
	assert_logged(&watcher, "the supervisor is gone: stopping [orphaned]");
	close(ends[0]);
	close(watcher.fd);
}

static void
a_second_sigterm_leaves_at_once(void **state)
{
	struct daemon daemon = {.hangs_in_stop = true};
	struct watcher watcher;

	start(&watcher, state, &daemon);
	await_sign(&watcher, READY);
	kill(watcher.pid, SIGTERM);
	await_sign(&watcher, "STOPPING=1");
	kill(watcher.pid, SIGTERM);
	assert_int_equal(end_of(watcher.pid), 75);
	assert_logged(&watcher, "asked to stop a second time: leaving at once [stop-now]");
	close(watcher.fd);
}

static void
a_failure_inside_gives_its_exit_status(void **state)
{
	struct daemon daemon = {.fails = true};
	struct watcher watcher;

	start(&watcher, state, &daemon);
	await_sign(&watcher, "STOPPING=1");
	assert_int_equal(end_of(watcher.pid), 71);
	close(watcher.fd);
}

static void
signs_of_life_come_in_the_rhythm_that_is_watched(void **state)
{
	struct daemon daemon = {0};
	struct watcher watcher;
	int signs = 0;

	setenv("WATCHDOG_USEC", "90000", 1);
	start(&watcher, state, &daemon);
	unsetenv("WATCHDOG_USEC");
	await_sign(&watcher, READY);
	await_sign(&watcher, "STATUS=2 symbols");
	/* A status a second, a sign of life every 30 ms: many of these between two of those. */
	for (const char *sign = next_sign(&watcher); sign != NULL && strncmp(sign, "STATUS", 6) != 0;
	     sign = next_sign(&watcher))
		signs += strcmp(sign, "WATCHDOG=1") == 0;
	assert_in_range(signs, 5, 40);
	kill(watcher.pid, SIGTERM);
	assert_int_equal(end_of(watcher.pid), 0);
	close(watcher.fd);
}

static void
a_daemon_that_cannot_do_its_work_gives_no_sign_of_life(void **state)
{
	struct daemon daemon = {.not_alive = true};
	struct watcher watcher;

	setenv("WATCHDOG_USEC", "90000", 1);
	start(&watcher, state, &daemon);
	unsetenv("WATCHDOG_USEC");
	await_sign(&watcher, READY);
	for (int statuses = 0; statuses < 2;) {
		const char *sign = next_sign(&watcher);

		assert_non_null(sign);
		assert_string_not_equal(sign, "WATCHDOG=1");
		statuses += strcmp(sign, "STATUS=2 symbols") == 0;
	}
	kill(watcher.pid, SIGTERM);
	assert_int_equal(end_of(watcher.pid), 0);
	close(watcher.fd);
}

static void
status_json_says_who_runs_and_goes_with_it(void **state)
{
	struct daemon daemon = {.with_database = true};
	struct watcher watcher;
	json_t *status, *database;
	json_int_t updated_us;

	start(&watcher, state, &daemon);
	await_sign(&watcher, READY);
	assert_int_equal(status_file_read(scratch_path(state, "logd/status.json"), &status), 0);
	assert_string_equal(json_string_value(json_object_get(status, "program")), "logd");
	assert_string_equal(json_string_value(json_object_get(status, "state")), "degraded");
	assert_string_equal(json_string_value(json_object_get(status, "status")), "2 symbols");
	assert_int_equal(json_integer_value(json_object_get(status, "pid")), watcher.pid);
	assert_int_equal(json_integer_value(json_object_get(status, "own")), 42);
	updated_us = json_integer_value(json_object_get(status, "updated_us"));
	assert_true(json_integer_value(json_object_get(status, "started_us")) <= updated_us);
	database = json_object_get(json_object_get(status, "databases"), "logs_db");
	assert_int_equal(json_integer_value(json_object_get(database, "rows")), 7);
	assert_true(json_integer_value(json_object_get(database, "size_bytes")) > 0);
	assert_int_equal(json_integer_value(json_object_get(database, "failures")), 0);
	json_decref(status);
	for (json_int_t now_us = updated_us; now_us == updated_us;) { /* again each second */
		await_sign(&watcher, "STATUS=2 symbols");
		assert_int_equal(status_file_read(scratch_path(state, "logd/status.json"), &status), 0);
		now_us = json_integer_value(json_object_get(status, "updated_us"));
		json_decref(status);
	}
	kill(watcher.pid, SIGTERM);
	assert_int_equal(end_of(watcher.pid), 0);
	assert_int_equal(access(scratch_path(state, "logd/status.json"), F_OK), -1);
	close(watcher.fd);
}

static void
folders_are_made_and_one_that_cannot_be_is_said(void **state)
{
	const struct service_hooks hooks = {.stop = on_stop};
	struct service *service = NULL;
	struct settings settings = {0};
	struct problem problem;
	struct stat is;
	mode_t mask = umask(022);

	settings.paths.state_dir = (char *)scratch_path(state, "a/b");
	settings.paths.runtime_dir = (char *)scratch_path(state, "c");
	assert_int_equal(service_start(&service, "logd", &settings, &hooks, &problem), 0);
	service_finish(service); /* set up, never run: nothing is left */
	assert_int_equal(stat(scratch_path(state, "a/b/logd"), &is), 0);
	assert_int_equal(is.st_mode & 0777, 0750);
	assert_int_equal(stat(scratch_path(state, "c/logd"), &is), 0);
	settings.paths.state_dir = (char *)scratch_file(state, "file", "");
	assert_int_equal(service_start(&service, "logd", &settings, &hooks, &problem), -ENOTDIR);
	assert_non_null(strstr(problem.text, "/file/logd cannot be created: Not a directory"));
	umask(mask);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(sigterm_and_sigint_stop_in_order_and_exit_with_0),
		ON_DISK(the_end_of_the_lifeline_stops_it),
		ON_DISK(a_second_sigterm_leaves_at_once),
		ON_DISK(a_failure_inside_gives_its_exit_status),
		ON_DISK(signs_of_life_come_in_the_rhythm_that_is_watched),
		ON_DISK(a_daemon_that_cannot_do_its_work_gives_no_sign_of_life),
		ON_DISK(status_json_says_who_runs_and_goes_with_it),
		ON_DISK(folders_are_made_and_one_that_cannot_be_is_said),
	};

	return cmocka_run_group_tests_name("common/service", tests, NULL, NULL);
}
