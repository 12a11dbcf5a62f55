#define _GNU_SOURCE
#include "common/access.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

/* The table of the design, role by database; true where the role may write. */
static const bool may_write[ROLE_COUNT][DATABASE_COUNT] = {
	[ROLE_TICKD] = {true, false, false},
	[ROLE_ANALYSISD] = {false, true, false},
	[ROLE_LOGD] = {false, false, true},
	[ROLE_SUPERVISOR] = {false, false, false},
	[ROLE_TRADINGCTL] = {false, false, false},
};

static void
everyone_reads_all_and_only_the_owner_writes(void **state)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		for (int id = 0; id < DATABASE_COUNT; id++) {
			assert_true(access_allows(role, id, ACCESS_READ));
			assert_int_equal(access_allows(role, id, ACCESS_WRITE), may_write[role][id]);
		}
}

static void
the_owner_is_the_one_role_that_may_write(void **state)
{
	for (int id = 0; id < DATABASE_COUNT; id++)
		assert_true(may_write[access_owner(id)][id]);
}

static void
names_are_those_that_people_and_readers_know(void **state)
{
	static const char *const roles[] = {
		"tickd", "analysisd", "logd", "trading-supervisor", "tradingctl"};
	static const char *const files[] = {
		"unified_tick_pipeline.db", "analysis_data.db", "system_logs.db"};
	static const char *const keys[] = {"main_db", "analysis_db", "logs_db"};

	for (int role = 0; role < ROLE_COUNT; role++)
		assert_string_equal(access_role_name(role), roles[role]);
	for (int id = 0; id < DATABASE_COUNT; id++) {
		assert_string_equal(access_database_file(id), files[id]);
		assert_string_equal(access_database_key(id), keys[id]);
	}
}

static void
a_database_lies_in_the_folder_of_its_owner(void **state)
{
	char path[ACCESS_PATH_SIZE];

	assert_int_equal(access_database_path(DATABASE_TICKS, "/s", path), 0);
	assert_string_equal(path, "/s/tickd/unified_tick_pipeline.db");
	assert_int_equal(access_database_path(DATABASE_ANALYSIS, "/s", path), 0);
	assert_string_equal(path, "/s/analysisd/analysis_data.db");
	assert_int_equal(access_database_path(DATABASE_LOGS, "/s", path), 0);
	assert_string_equal(path, "/s/logd/system_logs.db");
}

static void
a_path_that_does_not_fit_is_refused(void **state)
{
	static const char tail[] = "/logd/system_logs.db";
	char state_dir[ACCESS_PATH_SIZE + 1], path[ACCESS_PATH_SIZE];

	memset(state_dir, 'x', sizeof(state_dir));
	state_dir[ACCESS_PATH_SIZE - sizeof(tail)] = '\0';
	assert_int_equal(access_database_path(DATABASE_LOGS, state_dir, path), 0);
	state_dir[ACCESS_PATH_SIZE - sizeof(tail)] = 'x';
	state_dir[ACCESS_PATH_SIZE - sizeof(tail) + 1] = '\0';
	assert_int_equal(access_database_path(DATABASE_LOGS, state_dir, path), -ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_reads_all_and_only_the_owner_writes),
		cmocka_unit_test(the_owner_is_the_one_role_that_may_write),
		cmocka_unit_test(names_are_those_that_people_and_readers_know),
		cmocka_unit_test(a_database_lies_in_the_folder_of_its_owner),
		cmocka_unit_test(a_path_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests_name("common/access", tests, NULL, NULL);
}
