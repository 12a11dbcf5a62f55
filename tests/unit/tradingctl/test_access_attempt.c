#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/database.h"
#include "tradingctl/access_attempt.h"

static char state_dir[64];

static int
set_up(void **state)
{
	strcpy(state_dir, "/tmp/access.XXXXXX");
	return mkdtemp(state_dir) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", state_dir);
	return system(command);
}

static struct database *
open_writer(enum database_id id)
{
	struct database *db;
	struct problem problem;

	assert_int_equal(database_open(&db, access_owner(id), id, ACCESS_WRITE, state_dir,
	    &problem), 0);
	return db;
}

static void
nothing_is_created_where_nothing_is(void **state)
{
	struct access_attempt attempt;
	char path[ACCESS_PATH_SIZE];

	for (int role = 0; role < ROLE_COUNT; role++)
		for (int id = 0; id < DATABASE_COUNT; id++) {
			access_attempt((enum role)role, (enum database_id)id, state_dir, &attempt);
			assert_int_equal(attempt.read, ATTEMPT_ABSENT);
			assert_int_equal(attempt.write,
			    access_owner((enum database_id)id) == (enum role)role ?
				ATTEMPT_ABSENT : ATTEMPT_REFUSED);
			assert_null(access_attempt_contradiction(&attempt));
			assert_int_equal(
			    access_database_path((enum database_id)id, state_dir, path), 0);
			*strrchr(path, '/') = '\0';
			assert_int_not_equal(access(path, F_OK), 0);
		}
}

static void
a_running_writer_is_named_and_left_alone(void **state)
{
	struct database *writer = open_writer(DATABASE_TICKS);
	struct access_attempt attempt;
	char pid[32];

	access_attempt(ROLE_TICKD, DATABASE_TICKS, state_dir, &attempt);
	assert_int_equal(attempt.read, ATTEMPT_OPENED);
	assert_int_equal(attempt.write, ATTEMPT_HELD);
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	assert_non_null(strstr(attempt.write_problem.text, pid));
	assert_null(access_attempt_contradiction(&attempt));
	assert_int_equal(database_execute(writer, "INSERT INTO symbols(source, symbol)"
						  " VALUES('sim', 'X')"), 0);
	database_close(writer);
}

static void
forbidden_writes_are_refused_for_every_role_by_us_and_by_sqlite(void **state)
{
	struct access_attempt attempt;

	for (int id = 0; id < DATABASE_COUNT; id++)
		database_close(open_writer((enum database_id)id));
	for (int role = 0; role < ROLE_COUNT; role++)
		for (int id = 0; id < DATABASE_COUNT; id++) {
			bool owner = access_owner((enum database_id)id) == (enum role)role;

			access_attempt((enum role)role, (enum database_id)id, state_dir, &attempt);
			assert_int_equal(attempt.read, ATTEMPT_OPENED);
			assert_int_equal(attempt.write, owner ? ATTEMPT_OPENED : ATTEMPT_REFUSED);
			assert_true(attempt.writes_refused);
			assert_null(access_attempt_contradiction(&attempt));
			if (!owner)
				assert_non_null(strstr(attempt.write_problem.text,
				    " has only READ access to "));
		}
}

static void
what_contradicts_the_matrix_is_said(void **state)
{
	struct access_attempt attempt = {.role = ROLE_LOGD, .id = DATABASE_TICKS,
	    .read = ATTEMPT_OPENED, .write = ATTEMPT_OPENED, .writes_refused = true};

	assert_non_null(access_attempt_contradiction(&attempt));
	attempt.write = ATTEMPT_HELD;
	assert_non_null(access_attempt_contradiction(&attempt));
	attempt.write = ATTEMPT_REFUSED;
	assert_null(access_attempt_contradiction(&attempt));
	attempt.writes_refused = false;
	assert_non_null(access_attempt_contradiction(&attempt));
	attempt.writes_refused = true;
	attempt.read = ATTEMPT_REFUSED;
	assert_non_null(access_attempt_contradiction(&attempt));
	attempt = (struct access_attempt){.role = ROLE_LOGD, .id = DATABASE_LOGS,
	    .read = ATTEMPT_OPENED, .write = ATTEMPT_REFUSED, .writes_refused = true};
	assert_non_null(access_attempt_contradiction(&attempt));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_created_where_nothing_is, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(a_running_writer_is_named_and_left_alone, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    forbidden_writes_are_refused_for_every_role_by_us_and_by_sqlite, set_up,
		    tear_down),
		cmocka_unit_test(what_contradicts_the_matrix_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
