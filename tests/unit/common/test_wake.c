#define _GNU_SOURCE
#include "common/wake.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/common/scratch.h"

#define BURST 8 /* fewer than the kernel queues for a socket (net.unix.max_dgram_qlen, 10 at least) */

static const char *const readers[] = {"analysisd", "logd"};

struct woken {
	int calls;
	unsigned ids;
};

static void
on_wake(void *context, unsigned ids)
{
	struct woken *woken = context;

	woken->calls++;
	woken->ids |= ids;
}

struct bench {
	uv_loop_t loop;
	struct wake_sender *sender;
	struct wake_receiver *receiver;
	struct woken woken;
};

static void
begin(struct bench *bench, void **state)
{
	struct problem problem;

	*bench = (struct bench){0};
	assert_int_equal(mkdir(scratch_path(state, "analysisd"), 0750), 0);
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	assert_int_equal(wake_receiver_create(&bench->receiver, &bench->loop, *state, "analysisd",
	    on_wake, &bench->woken, &problem), 0);
	assert_int_equal(wake_sender_create(&bench->sender, *state, readers, 2, &problem), 0);
}

/* A loop whose handles are all closed closes with 0: nothing was left behind. */
static void
end(struct bench *bench)
{
	wake_sender_free(bench->sender);
	wake_receiver_close(bench->receiver);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static void
a_burst_of_datagrams_is_one_call_with_all_its_databases(void **state)
{
	struct bench bench;

	begin(&bench, state);
	for (int i = 0; i < BURST; i++)
		wake_send(bench.sender, i % 2 ? DATABASE_TICKS : DATABASE_LOGS, i);
	uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(bench.woken.calls, 1);
	assert_int_equal(bench.woken.ids, 1U << DATABASE_TICKS | 1U << DATABASE_LOGS);
	uv_run(&bench.loop, UV_RUN_NOWAIT);
	assert_int_equal(bench.woken.calls, 1);
	end(&bench);
}

static void
a_missing_and_a_full_socket_never_stop_the_sender(void **state)
{
	struct bench bench;

	begin(&bench, state); /* logd's socket does not exist, analysisd's is not read */
	for (int i = 0; i < 5000; i++)
		wake_send(bench.sender, DATABASE_TICKS, i);
	uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(bench.woken.calls, 1);
	wake_send(bench.sender, DATABASE_ANALYSIS, 0);
	uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(bench.woken.calls, 2);
	assert_int_equal(bench.woken.ids, 1U << DATABASE_TICKS | 1U << DATABASE_ANALYSIS);
	end(&bench);
}

static void
a_reader_that_comes_later_is_woken_as_well(void **state)
{
	struct wake_receiver *receiver;
	struct woken woken = {0};
	struct problem problem;
	struct bench bench;

	begin(&bench, state);
	wake_send(bench.sender, DATABASE_TICKS, 0);
	assert_int_equal(mkdir(scratch_path(state, "logd"), 0750), 0);
	assert_int_equal(wake_receiver_create(&receiver, &bench.loop, *state, "logd", on_wake,
	    &woken, &problem), 0);
	wake_send(bench.sender, DATABASE_ANALYSIS, 0);
	while (woken.calls == 0)
		uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(woken.ids, 1U << DATABASE_ANALYSIS);
	wake_receiver_close(receiver);
	end(&bench);
}

static void
what_is_no_datagram_of_ours_wakes_nobody(void **state)
{
	static const uint32_t unknown[4] = {DATABASE_COUNT, 0, 0, 0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bench bench;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	begin(&bench, state);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    scratch_path(state, "analysisd/wake.sock"));
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, unknown, sizeof(unknown), 0), sizeof(unknown));
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(send(fd, "", 0, 0), 0);
	for (int i = 0; i < 4; i++)
		uv_run(&bench.loop, UV_RUN_NOWAIT);
	assert_int_equal(bench.woken.calls, 0);
	wake_send(bench.sender, DATABASE_TICKS, 0);
	while (bench.woken.calls == 0)
		uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(bench.woken.ids, 1U << DATABASE_TICKS);
	close(fd);
	end(&bench);
}

static void
what_an_earlier_run_left_behind_is_replaced_and_nothing_is_left_at_the_end(void **state)
{
	struct wake_receiver *receiver;
	struct problem problem;
	struct bench bench;

	begin(&bench, state);
	end(&bench);
	assert_int_equal(access(scratch_path(state, "analysisd/wake.sock"), F_OK), -1);
	assert_int_equal(rmdir(scratch_path(state, "analysisd")), 0);
	assert_int_equal(mkdir(scratch_path(state, "logd"), 0750), 0);
	scratch_file(state, "logd/wake.sock", "stale");
	begin(&bench, state);
	assert_int_equal(wake_receiver_create(&receiver, &bench.loop, *state, "logd", on_wake,
	    &bench.woken, &problem), 0);
	wake_receiver_close(receiver);
	end(&bench);
	assert_int_equal(access(scratch_path(state, "logd/wake.sock"), F_OK), -1);
}

static void
a_folder_that_is_missing_or_too_long_is_said(void **state)
{
	struct wake_receiver *receiver;
	struct wake_sender *sender;
	struct problem problem;
	char long_name[200];
	uv_loop_t loop;

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(wake_receiver_create(&receiver, &loop, *state, "none", on_wake, NULL,
	    &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "/none/wake.sock: No such file or directory"));
	assert_int_equal(wake_receiver_create(&receiver, &loop, long_name, "logd", on_wake, NULL,
	    &problem), -ENAMETOOLONG);
	assert_int_equal(wake_sender_create(&sender, long_name, readers, 2, &problem),
	    -ENAMETOOLONG);
	assert_int_equal(uv_loop_close(&loop), 0);
	wake_sender_free(NULL);
	wake_receiver_close(NULL);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_burst_of_datagrams_is_one_call_with_all_its_databases),
		ON_DISK(a_missing_and_a_full_socket_never_stop_the_sender),
		ON_DISK(a_reader_that_comes_later_is_woken_as_well),
		ON_DISK(what_is_no_datagram_of_ours_wakes_nobody),
		ON_DISK(what_an_earlier_run_left_behind_is_replaced_and_nothing_is_left_at_the_end),
		ON_DISK(a_folder_that_is_missing_or_too_long_is_said),
	};

	return cmocka_run_group_tests_name("common/wake", tests, NULL, NULL);
}
