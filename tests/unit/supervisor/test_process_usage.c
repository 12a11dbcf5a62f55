#define _GNU_SOURCE
#include "supervisor/process_usage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_process_that_works_uses_time_and_memory(void **state)
{
	struct process_usage before, after;
	clock_t begun = clock();

	assert_int_equal(process_usage_read(getpid(), &before), 0);
	while (clock() - begun < CLOCKS_PER_SEC / 20)
		continue;
	assert_int_equal(process_usage_read(getpid(), &after), 0);
	assert_true(after.cpu_us >= before.cpu_us + 20000);
	assert_true(after.rss_bytes > 100000);
}

static void
a_name_with_spaces_and_parentheses_confuses_nobody(void **state)
{
	struct process_usage usage;

	assert_int_equal(prctl(PR_SET_NAME, "a) R 1 (b) 2"), 0);
	assert_int_equal(process_usage_read(getpid(), &usage), 0);
	assert_true(usage.rss_bytes > 100000);
}

static void
a_process_that_is_gone_is_no_process(void **state)
{
	struct process_usage usage;

	assert_int_equal(process_usage_read(0x7ffffff0, &usage), -ESRCH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_works_uses_time_and_memory),
		cmocka_unit_test(a_name_with_spaces_and_parentheses_confuses_nobody),
		cmocka_unit_test(a_process_that_is_gone_is_no_process),
	};

	return cmocka_run_group_tests_name("supervisor/process_usage", tests, NULL, NULL);
}
