#define _GNU_SOURCE
#include "tickd/net/link.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/unit/common/scratch.h"
#include "tickd/net/http_call.h"
#include "tickd/net/ws_connection.h"

#define CONNECTIONS 6	     /* that are tried in vain, an even number */
#define NAME "three.example" /* has three addresses, all of them 127.0.0.1 */

static bool reset_found; /* whoever looks at a connection finds that it was reset */
static int looks;

/* In place of libc's, for libwebsockets: a reset that comes between its poll and its look. */
int
getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict size)
{
	if (!reset_found || level != SOL_SOCKET || name != SO_ERROR)
		return (int)syscall(SYS_getsockopt, fd, level, name, value, size);
	looks++;
	*(int *)value = ECONNRESET;
	return 0;
}

/* In place of libc's, for libuv: libc gives an address once for each type of socket. */
int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	int (*libc_getaddrinfo)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	bool three = strcmp(name, NAME) == 0;

	*(void **)&libc_getaddrinfo = dlsym(RTLD_NEXT, "getaddrinfo");
	return libc_getaddrinfo(three ? "127.0.0.1" : name, service, three ? NULL : hints, ret);
}

struct outcome {
	const char *expected; /* reason of each end */
	int ends;
};

static void
on_opened(void *context)
{
	fail_msg("it was opened");
}

static void
on_frame(void *context, const char *frame, size_t length)
{
	fail_msg("a frame came");
}

static void
on_closed(void *context, const char *reason)
{
	struct outcome *outcome = context;

	assert_string_equal(reason, outcome->expected);
	outcome->ends++;
}

static void
on_answer(void *context, const struct http_answer *answer)
{
	assert_int_equal(answer->status, 0);
	on_closed(context, answer->reason);
}

static struct link_host *
host_of(struct link *link, const char *url)
{
	struct link_host *host;
	struct problem problem;

	if (link_host_create(link, url, "", &host, &problem) < 0)
		fail_msg("%s", problem.text);
	return host;
}

static void
count_handle(uv_handle_t *handle, void *count)
{
	++*(int *)count;
}

static int
handles(uv_loop_t *loop)
{
	int count = 0;

	uv_walk(loop, count_handle, &count);
	return count;
}

/* CONNECTIONS, half of them in each way; what is over must be out of the loop. */
static void
connect_in_vain(uv_loop_t *loop, struct link_host *host, const char *expected)
{
	struct outcome outcome = {.expected = expected};
	const struct ws_handler handler = {on_opened, on_frame, on_closed, &outcome};
	int before = handles(loop);

	while (outcome.ends < CONNECTIONS) {
		int ends = outcome.ends + 2;

		assert_non_null(ws_connect(host, "/stream", &handler));
		assert_non_null(http_get(host, "/rest", on_answer, &outcome));
		while (outcome.ends < ends)
			uv_run(loop, UV_RUN_ONCE);
	}
	uv_run(loop, UV_RUN_NOWAIT); /* what was closed last leaves */
	assert_int_equal(handles(loop), before);
}

static void
fail_to_connect(const char *url, const char *expected)
{
	struct problem problem;
	struct link *link;
	uv_loop_t loop;

	assert_int_equal(uv_loop_init(&loop), 0);
	if (link_create(&link, &loop, &problem) < 0)
		fail_msg("%s", problem.text);
	connect_in_vain(&loop, host_of(link, url), expected);
	link_close(link);
	uv_run(&loop, UV_RUN_DEFAULT);
	link_free(link);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* A socket on loopback, and the URL with which HOST has it: nobody else can answer there. */
static int
own_port(const char *host, char url[40])
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(url, 40, "ws://%s:%d", host, ntohs(address.sin_port));
	return fd;
}

static void
a_connection_without_a_way_there_leaves_nothing_in_the_loop(void **state)
{
	/* TCP never has a route to a multicast address. */
	fail_to_connect("ws://224.0.0.1:9", "no route to it, or no resources to connect with");
}

/* Returns how often it was looked at whether a connection is up. */
static int
reset_each(const char *host)
{
	char url[40];
	int fd = own_port(host, url);

	assert_int_equal(listen(fd, 32), 0);
	looks = 0;
	reset_found = true;
	fail_to_connect(url, "Unable to connect");
	reset_found = false;
	close(fd);
	return looks;
}

static void
a_connection_that_is_reset_before_it_is_looked_at_leaves_nothing_in_the_loop(void **state)
{
	assert_int_equal(reset_each("127.0.0.1"), CONNECTIONS); /* the address is tried once */
}

static void
each_address_of_a_name_is_tried_in_turn_and_leaves_nothing_in_the_loop(void **state)
{
	assert_int_equal(reset_each(NAME), 3 * CONNECTIONS);
}

static void
a_refused_connection_leaves_nothing_in_the_loop(void **state)
{
	char url[40];
	int fd = own_port("127.0.0.1", url);

	fail_to_connect(url, "the connection was refused, or ended before it was up");
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_without_a_way_there_leaves_nothing_in_the_loop),
		cmocka_unit_test(
		    a_connection_that_is_reset_before_it_is_looked_at_leaves_nothing_in_the_loop),
		cmocka_unit_test(
		    each_address_of_a_name_is_tried_in_turn_and_leaves_nothing_in_the_loop),
		cmocka_unit_test(a_refused_connection_leaves_nothing_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
