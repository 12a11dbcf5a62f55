#define _GNU_SOURCE
#include "common/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/common/scratch.h"

static int
listen_here(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path(state, "notify.sock"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

static void
assert_told(int fd, const char *expected)
{
	char text[256] = "";

	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, expected);
}

static void
each_sign_reaches_the_socket_in_its_own_words(void **state)
{
	int fd = listen_here(state);

	notify_ready("listening");
	assert_told(fd, "READY=1\nSTATUS=listening");
	notify_status("2 symbols");
	assert_told(fd, "STATUS=2 symbols");
	notify_watchdog();
	assert_told(fd, "WATCHDOG=1");
	notify_stopping();
	assert_told(fd, "STOPPING=1");
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

static void
without_a_socket_every_sign_is_quietly_nothing(void **state)
{
	struct capture capture;
	char *text;

	unsetenv("NOTIFY_SOCKET");
	capture = capture_begin(state, "err", stderr);
	notify_ready("x");
	notify_status("x");
	notify_watchdog();
	notify_stopping();
	setenv("NOTIFY_SOCKET", scratch_path(state, "nobody.sock"), 1);
	notify_watchdog();
	unsetenv("NOTIFY_SOCKET");
	text = capture_end(&capture);
	assert_string_equal(text, "");
	free(text);
}

static void
the_wanted_rhythm_is_that_of_whoever_watches_this_process(void **state)
{
	char other[32];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	assert_int_equal(notify_watchdog_us(), 0);
	setenv("WATCHDOG_USEC", "2500000", 1);
	assert_int_equal(notify_watchdog_us(), 2500000);
	snprintf(other, sizeof(other), "%d", (int)getpid() + 1);
	setenv("WATCHDOG_PID", other, 1); /* meant for another process */
	assert_int_equal(notify_watchdog_us(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(notify_watchdog_us(), 0);
	unsetenv("WATCHDOG_USEC");
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(each_sign_reaches_the_socket_in_its_own_words),
		ON_DISK(without_a_socket_every_sign_is_quietly_nothing),
		cmocka_unit_test(the_wanted_rhythm_is_that_of_whoever_watches_this_process),
	};

	return cmocka_run_group_tests_name("common/notify", tests, NULL, NULL);
}
