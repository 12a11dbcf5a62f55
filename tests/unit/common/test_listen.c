#define _GNU_SOURCE
#include "common/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/common/scratch.h"

static int
port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port :
						     ((struct sockaddr_in *)&address)->sin_port);
}

static int
open_ok(const char *at)
{
	struct problem problem;
	int fd = -1, error = listen_open(at, &fd, &problem);

	if (error < 0)
		fail_msg("%s", problem.text);
	return fd;
}

static void
an_open_listener_takes_connections_and_is_closed_on_exec(void **state)
{
	int fd = open_ok("127.0.0.1:0"), client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(fd)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	one = accept(fd, NULL, NULL);
	assert_true(one >= 0);
	assert_int_equal(accept(fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(one);
	close(client);
	close(fd);
}

static void
a_port_in_use_names_its_holder(void **state)
{
	int fd = open_ok("127.0.0.1:0"), second;
	char at[32], holder[128];
	struct problem problem;

	snprintf(at, sizeof(at), "127.0.0.1:%d", port_of(fd));
	assert_int_equal(listen_open(at, &second, &problem), -EADDRINUSE);
	snprintf(holder, sizeof(holder), "%s is already in use by test_listen (pid %d)", at,
	    (int)getpid());
	assert_string_equal(problem.text, holder);
	close(fd);
}

static void
a_port_is_free_again_as_soon_as_its_holder_closes_it(void **state)
{
	int fd = open_ok("127.0.0.1:0"), again;
	char at[32];

	snprintf(at, sizeof(at), "127.0.0.1:%d", port_of(fd));
	close(fd);
	again = open_ok(at);
	close(again);
}

static void
what_is_no_address_of_ours_is_a_sentence(void **state)
{
	struct problem problem;
	int fd = -7;

	assert_int_equal(listen_open("127.0.0.1", &fd, &problem), -EINVAL);
	assert_int_equal(listen_open("no.such.host.invalid:1", &fd, &problem), -EINVAL);
	assert_int_equal(listen_open("192.0.2.1:0", &fd, &problem), -EADDRNOTAVAIL);
	assert_non_null(strstr(problem.text, "192.0.2.1:0 cannot be listened on"));
	assert_int_equal(fd, -7);
}

static void
a_descriptor_is_taken_over_once(void **state)
{
	int fd = open_ok("127.0.0.1:0"), taken = -1;
	char number[16];

	assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(LISTEN_VARIABLE, number, 1);
	assert_int_equal(listen_inherited(&taken), 0);
	assert_int_equal(taken, fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(listen_inherited(&taken), -ENOENT);
	close(fd);
}

static void
a_descriptor_that_does_not_listen_is_refused(void **state)
{
	int taken;

	setenv(LISTEN_VARIABLE, "2", 1);
	assert_int_equal(listen_inherited(&taken), -EBADF);
	setenv(LISTEN_VARIABLE, "9999", 1);
	assert_int_equal(listen_inherited(&taken), -EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_listener_takes_connections_and_is_closed_on_exec),
		cmocka_unit_test(a_port_in_use_names_its_holder),
		cmocka_unit_test(a_port_is_free_again_as_soon_as_its_holder_closes_it),
		cmocka_unit_test(what_is_no_address_of_ours_is_a_sentence),
		cmocka_unit_test(a_descriptor_is_taken_over_once),
		cmocka_unit_test(a_descriptor_that_does_not_listen_is_refused),
	};

	return cmocka_run_group_tests_name("common/listen", tests, NULL, NULL);
}
