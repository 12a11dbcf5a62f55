#define _GNU_SOURCE
#include "common/lease.h"

#include <errno.h>
#include <signal.h>

#include "tests/unit/common/scratch.h"

static void
a_lease_is_taken_once_and_named_with_its_pid(void **state)
{
	const char *path = scratch_path(state, "lease");
	struct lease *lease, *second = NULL;
	struct problem problem;
	char holder[LEASE_HOLDER_SIZE], expected[512];
	int pid;

	assert_int_equal(lease_take(path, "tickd", &lease, &problem), 0);
	assert_int_equal(lease_take(path, "import", &second, &problem), -EBUSY);
	assert_null(second);
	snprintf(expected, sizeof(expected),
	    "import cannot start: tickd (pid %d) is running and holds %s", (int)getpid(), path);
	assert_string_equal(problem.text, expected);
	assert_int_equal(lease_holder(path, holder, &pid), 1);
	assert_int_equal(pid, getpid());
	snprintf(expected, sizeof(expected), "tickd %d", (int)getpid());
	assert_string_equal(holder, expected);
	lease_release(lease);
}

static void
a_released_lease_is_free_and_the_next_holder_is_named(void **state)
{
	const char *path = scratch_path(state, "lease");
	char holder[LEASE_HOLDER_SIZE];
	struct problem problem;
	struct lease *lease;
	int pid;

	assert_int_equal(lease_take(path, "a_much_longer_name", &lease, &problem), 0);
	lease_release(lease);
	assert_int_equal(lease_holder(path, holder, &pid), 0);
	assert_int_equal(lease_take(path, "logd", &lease, &problem), 0);
	assert_int_equal(lease_holder(path, holder, &pid), 1);
	assert_int_equal(strncmp(holder, "logd ", 5), 0);
	lease_release(lease);
	lease_release(NULL);
}

static void
nobody_holds_a_lease_that_never_was(void **state)
{
	char holder[LEASE_HOLDER_SIZE];
	int pid;

	assert_int_equal(lease_holder(scratch_path(state, "none"), holder, &pid), 0);
}

static void
a_lease_that_cannot_be_opened_is_said_with_its_cause(void **state)
{
	struct problem problem;
	struct lease *lease;

	assert_int_equal(
	    lease_take(scratch_path(state, "no/such/folder"), "tickd", &lease, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "tickd cannot open its lease"));
	assert_non_null(strstr(problem.text, "No such file or directory"));
}

static int
hold_for_ever(void *context)
{
	struct problem problem;
	struct lease *lease;

	if (lease_take(context, "tickd", &lease, &problem) < 0)
		return 1;
	for (;;)
		pause();
}

static void
the_kernel_gives_back_the_lease_of_a_killed_holder(void **state)
{
	char path[SCRATCH_PATH_SIZE], holder[LEASE_HOLDER_SIZE];
	struct problem problem;
	struct lease *lease;
	int holder_pid = 0;
	pid_t child;

	snprintf(path, sizeof(path), "%s", scratch_path(state, "lease"));
	child = fork_child(hold_for_ever, path);
	wait_until(lease_holder(path, holder, &holder_pid) == 1 && holder_pid == child);
	assert_int_equal(lease_take(path, "tickd", &lease, &problem), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(end_of(child), 256 + SIGKILL);
	assert_int_equal(lease_holder(path, holder, &holder_pid), 0);
	assert_int_equal(lease_take(path, "tickd", &lease, &problem), 0);
	lease_release(lease);
}

static int
look_for_ever(void *context)
{
	char holder[LEASE_HOLDER_SIZE];
	int pid;

	for (;;)
		if (lease_holder(context, holder, &pid) < 0)
			return 1;
}

static void
looking_who_holds_it_never_refuses_a_taker(void **state)
{
	char path[SCRATCH_PATH_SIZE];
	pid_t lookers[2];

	snprintf(path, sizeof(path), "%s", scratch_path(state, "lease"));
	for (int i = 0; i < 2; i++)
		lookers[i] = fork_child(look_for_ever, path);
	for (int i = 0; i < 2000; i++) {
		struct problem problem;
		struct lease *lease;

		assert_int_equal(lease_take(path, "tickd", &lease, &problem), 0);
		lease_release(lease);
	}
	for (int i = 0; i < 2; i++) {
		kill(lookers[i], SIGKILL);
		assert_int_equal(end_of(lookers[i]), 256 + SIGKILL);
	}
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_lease_is_taken_once_and_named_with_its_pid),
		ON_DISK(a_released_lease_is_free_and_the_next_holder_is_named),
		ON_DISK(nobody_holds_a_lease_that_never_was),
		ON_DISK(a_lease_that_cannot_be_opened_is_said_with_its_cause),
		ON_DISK(the_kernel_gives_back_the_lease_of_a_killed_holder),
		ON_DISK(looking_who_holds_it_never_refuses_a_taker),
	};

	return cmocka_run_group_tests_name("common/lease", tests, NULL, NULL);
}
