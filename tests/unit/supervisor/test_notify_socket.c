#define _GNU_SOURCE
#include "supervisor/notify_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct notification
parse(const char *text)
{
	struct notification notification;

	notification_parse(text, strlen(text), &notification);
	return notification;
}

static void
each_word_is_understood_in_any_company(void **state)
{
	struct notification all = parse("STATUS=2 symbols\nREADY=1\nX=y\nWATCHDOG=1\nSTOPPING=1\n");

	assert_true(all.ready && all.alive && all.stopping && all.has_status);
	assert_string_equal(all.status, "2 symbols");
}

static void
what_only_looks_alike_says_nothing(void **state)
{
	static const char *const texts[] = {"", "\n\n", "READY=0", "READY=11", "xREADY=1",
	    "WATCHDOG=trigger", "STOPPING", "STATUS", "ready=1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct notification none = parse(texts[i]);

		assert_false(none.ready || none.alive || none.stopping || none.has_status);
	}
}

static void
an_empty_status_takes_the_old_one_away(void **state)
{
	struct notification notification = parse("STATUS=");

	assert_true(notification.has_status);
	assert_string_equal(notification.status, "");
}

static void
a_long_status_is_cut(void **state)
{
	char text[2000] = "STATUS=";
	struct notification notification;

	memset(text + 7, 'a', sizeof(text) - 7);
	notification_parse(text, sizeof(text), &notification);
	assert_int_equal(strlen(notification.status), NOTIFY_STATUS_SIZE - 1);
}

struct heard {
	struct notification last;
	int count;
};

static void
hear(void *context, const struct notification *notification)
{
	struct heard *heard = context;

	heard->last = *notification;
	heard->count++;
}

static int
make_directory(void **state)
{
	char *directory = strdup("/tmp/notify.XXXXXX");

	*state = mkdtemp(directory);
	return *state == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
	int error = rmdir(*state);

	free(*state);
	return error;
}

/* Sends with a descriptor beside, as a child might that uses the descriptor store. */
static void
send_with_descriptor(const char *path, const char *text)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct iovec part = {(char *)text, strlen(text)};
	struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof(address),
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), passed = STDERR_FILENO;

	strcpy(address.sun_path, path);
	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &passed, sizeof(passed));
	assert_int_equal(sendmsg(fd, &message, 0), (ssize_t)strlen(text));
	close(fd);
}

static int
next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void
the_sender_is_known_by_the_kernels_word_and_its_descriptors_are_dropped(void **state)
{
	struct heard heard = {.count = 0};
	struct notify_socket *notify;
	struct problem problem;
	char path[108];
	uv_loop_t loop;
	int before;

	snprintf(path, sizeof(path), "%s/notify.sock", (char *)*state);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(notify_socket_create(&notify, &loop, path, hear, &heard, &problem), 0);
	before = next_descriptor();
	send_with_descriptor(path, "READY=1");
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.last.pid, getpid());
	assert_true(heard.last.ready);
	assert_int_equal(next_descriptor(), before);
	notify_socket_close(notify);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_path_too_long_for_a_socket_is_refused_by_name(void **state)
{
	struct notify_socket *notify;
	struct problem problem;
	char path[200];
	uv_loop_t loop;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(
	    notify_socket_create(&notify, &loop, path, hear, NULL, &problem), -ENAMETOOLONG);
	assert_non_null(strstr(problem.text, path));
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_understood_in_any_company),
		cmocka_unit_test(what_only_looks_alike_says_nothing),
		cmocka_unit_test(an_empty_status_takes_the_old_one_away),
		cmocka_unit_test(a_long_status_is_cut),
		cmocka_unit_test_setup_teardown(
		    the_sender_is_known_by_the_kernels_word_and_its_descriptors_are_dropped,
		    make_directory, remove_directory),
		cmocka_unit_test(a_path_too_long_for_a_socket_is_refused_by_name),
	};

	return cmocka_run_group_tests_name("supervisor/notify_socket", tests, NULL, NULL);
}
