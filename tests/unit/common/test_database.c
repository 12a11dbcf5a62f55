#define _GNU_SOURCE
#include "common/database.h"

#include <errno.h>
#include <signal.h>

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define HEALTH_ROW                                                                                 \
	"INSERT INTO system_health(time_us, component, status, details)"                          \
	" VALUES (1, 'tickd', 'running', '{}')"
#define HEALTH_ROWS "SELECT count(*) FROM system_health"

/* logd's database; the readers are tickd. */
static struct database *
open_logs(const char *state_dir, enum access_mode mode)
{
	enum role role = mode == ACCESS_WRITE ? ROLE_LOGD : ROLE_TICKD;
	struct database *db = NULL;
	struct problem problem;

	if (database_open(&db, role, DATABASE_LOGS, mode, state_dir, &problem) < 0)
		fail_msg("%s", problem.text);
	return db;
}

static void
run_sql(struct database *db, const char *sql)
{
	if (database_execute(db, sql) < 0)
		fail_msg("%s: %s", sql, database_error(db));
}

/* The number that a query gives, or a negative errno. */
static int64_t
number(struct database *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value = -EIO;
	int error = database_prepare(db, sql, &statement);

	if (error < 0)
		return error;
	error = database_step(db, statement);
	if (error == 1)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return error < 0 ? error : value;
}

/* ---- who may open what ---- */

static void
a_forbidden_open_fails_with_one_sentence_and_creates_nothing(void **state)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		for (int id = 0; id < DATABASE_COUNT; id++) {
			struct database *db = NULL;
			struct problem problem;
			char expected[128];

			if (access_owner(id) == (enum role)role)
				continue;
			assert_int_equal(database_open(&db, role, id, ACCESS_WRITE, *state, &problem),
			    -EACCES);
			snprintf(expected, sizeof(expected), "%s has only READ access to %s",
			    access_role_name(role), access_database_file(id));
			assert_string_equal(problem.text, expected);
			assert_null(db);
		}
	assert_int_equal(rmdir(*state), 0); /* empty; made again for the tear-down */
	assert_int_equal(mkdir(*state, 0700), 0);
}

static void
a_reader_never_creates_and_says_who_will(void **state)
{
	struct problem problem;
	struct database *db;

	assert_int_equal(database_open(&db, ROLE_TICKD, DATABASE_LOGS, ACCESS_READ, *state, &problem),
	    -ENOENT);
	assert_non_null(strstr(problem.text, "/logd/system_logs.db does not exist yet: logd creates it"));
	assert_int_equal(mkdir(scratch_path(state, "logd"), 0750), 0);
	assert_int_equal(database_open(&db, ROLE_LOGD, DATABASE_LOGS, ACCESS_READ, *state, &problem),
	    -ENOENT);
	assert_int_equal(rmdir(scratch_path(state, "logd")), 0);
}

static void
a_second_writer_is_refused_with_the_holder_s_pid(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE), *second;
	struct problem problem;
	char expected[64];

	assert_int_equal(database_open(&second, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE, *state,
	    &problem), -EBUSY);
	snprintf(expected, sizeof(expected), "logd cannot start: logd (pid %d) is running and holds ",
	    (int)getpid());
	assert_int_equal(strncmp(problem.text, expected, strlen(expected)), 0);
	database_close(db);
	database_close(open_logs(*state, ACCESS_WRITE));
}

static void
a_reader_cannot_write_by_any_statement(void **state)
{
	static const char *const writes[] = {HEALTH_ROW, "DELETE FROM system_health",
	    "CREATE TABLE mine(a)", "DROP TABLE system_health", "PRAGMA user_version=7", "VACUUM"};
	struct database *writer = open_logs(*state, ACCESS_WRITE);
	struct database *reader = open_logs(*state, ACCESS_READ);

	run_sql(writer, HEALTH_ROW);
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		assert_true(database_execute(reader, writes[i]) < 0);
	assert_int_equal(database_execute(reader, HEALTH_ROW), -EACCES);
	/* Not even after taking back query_only: the file itself is open for reading alone. */
	run_sql(reader, "PRAGMA query_only=OFF");
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		assert_true(database_execute(reader, writes[i]) < 0);
	assert_int_equal(number(reader, HEALTH_ROWS), 1);
	assert_int_equal(number(writer, HEALTH_ROWS), 1);
	database_close(reader);
	database_close(writer);
}

static void
files_are_not_for_everyone(void **state)
{
	struct database *db;
	struct stat is;
	mode_t mask = umask(027); /* as service_start() sets it */

	db = open_logs(*state, ACCESS_WRITE);
	assert_int_equal(stat(scratch_path(state, "logd"), &is), 0);
	assert_int_equal(is.st_mode & 0777, 0750);
	assert_int_equal(stat(scratch_path(state, "logd/system_logs.db"), &is), 0);
	assert_int_equal(is.st_mode & 0777, 0640);
	assert_int_equal(stat(scratch_path(state, "logd/system_logs.db-wal"), &is), 0);
	assert_int_equal(is.st_mode & 0777, 0640);
	database_close(db);
	umask(mask);
}

/* ---- errors in our words ---- */

static void
a_file_that_is_no_database_is_an_io_error(void **state)
{
	struct problem problem;
	struct database *db;
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(mkdir(scratch_path(state, "logd"), 0750), 0);
	scratch_file(state, "logd/system_logs.db", text);
	for (int mode = ACCESS_READ; mode <= ACCESS_WRITE; mode++) {
		assert_int_equal(database_open(&db, ROLE_LOGD, DATABASE_LOGS, mode, *state, &problem),
		    -EIO);
		assert_non_null(strstr(problem.text, "file is not a database"));
	}
}

static void
a_folder_that_cannot_be_made_is_said_with_its_cause(void **state)
{
	struct problem problem;
	struct database *db;

	assert_int_equal(database_open(&db, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE,
	    scratch_file(state, "file", ""), &problem), -ENOTDIR);
	assert_non_null(strstr(problem.text, "/file/logd cannot be created: Not a directory"));
}

static void
a_full_disk_is_no_space(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE);
	int error = 0;

	run_sql(db, "PRAGMA max_page_count=20");
	for (int i = 0; i < 10000 && error == 0; i++)
		error = database_execute(db, HEALTH_ROW);
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(database_counters(db)->failures, 1);
	database_close(db);
}

static int
give_up(void *context)
{
	return 1;
}

/* A full disk ends the transaction; undoing it succeeds, and SQLite says "not an error" then. */
static void
what_was_said_of_a_failure_is_kept_over_the_rollback(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE);
	int error = 0;

	run_sql(db, "PRAGMA max_page_count=20");
	run_sql(db, "BEGIN IMMEDIATE");
	for (int i = 0; i < 100000 && error == 0; i++)
		error = database_execute(db, HEALTH_ROW);
	assert_int_equal(error, -ENOSPC);
	if (!sqlite3_get_autocommit(database_handle(db)))
		run_sql(db, "ROLLBACK");
	assert_int_equal(number(db, HEALTH_ROWS), 0);
	assert_non_null(strstr(database_error(db), "full"));
	database_close(db);
}

static void
a_query_that_a_progress_handler_ends_is_cancelled(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE);
	struct database *reader = open_logs(*state, ACCESS_READ);

	sqlite3_progress_handler(database_handle(reader), 1000, give_up, NULL);
	assert_int_equal(number(reader, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " LIMIT 10000000) SELECT count(*) FROM n"), -ECANCELED);
	sqlite3_progress_handler(database_handle(reader), 0, NULL, NULL);
	assert_int_equal(number(reader, HEALTH_ROWS), 0);
	database_close(reader);
	database_close(db);
}

static void
sql_that_is_none_is_invalid_and_counted(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE);
	sqlite3_stmt *statement;

	assert_int_equal(database_prepare(db, "SELEKT 1", &statement), -EINVAL);
	assert_non_null(strstr(database_error(db), "syntax error"));
	assert_int_equal(database_execute(db, "SELECT 1; SELEKT 1; SELECT 2"), -EINVAL);
	assert_int_equal(database_counters(db)->failures, 2);
	database_close(db);
	database_close(NULL);
}

/* ---- the write-ahead log ---- */

static void
wal_and_shm_stay_when_the_last_one_leaves(void **state)
{
	struct database *db = open_logs(*state, ACCESS_WRITE);

	run_sql(db, HEALTH_ROW);
	assert_true(database_wal_bytes(db) > 0);
	assert_true(database_size_bytes(db) > 0);
	database_close(db);
	assert_int_equal(access(scratch_path(state, "logd/system_logs.db-wal"), F_OK), 0);
	assert_int_equal(access(scratch_path(state, "logd/system_logs.db-shm"), F_OK), 0);
	db = open_logs(*state, ACCESS_READ);
	assert_int_equal(number(db, HEALTH_ROWS), 1);
	database_close(db);
}

static void
data_version_changes_when_another_commits_and_only_then(void **state)
{
	struct database *writer = open_logs(*state, ACCESS_WRITE);
	struct database *reader = open_logs(*state, ACCESS_READ);
	int64_t before = 0, after = 0;

	assert_int_equal(database_data_version(reader, &before), 0);
	assert_int_equal(database_data_version(reader, &after), 0);
	assert_int_equal(after, before);
	run_sql(writer, "BEGIN IMMEDIATE");
	run_sql(writer, HEALTH_ROW);
	assert_int_equal(database_data_version(reader, &after), 0);
	assert_int_equal(after, before);
	run_sql(writer, "COMMIT");
	assert_int_equal(database_data_version(reader, &after), 0);
	assert_int_not_equal(after, before);
	database_close(reader);
	database_close(writer);
}

static void
the_wal_is_truncated_unless_a_reader_is_in_the_way(void **state)
{
	struct database *writer = open_logs(*state, ACCESS_WRITE);
	struct database *reader = open_logs(*state, ACCESS_READ);

	run_sql(writer, HEALTH_ROW);
	run_sql(reader, "BEGIN");
	assert_int_equal(number(reader, HEALTH_ROWS), 1); /* holds its snapshot from here */
	run_sql(writer, HEALTH_ROW);
	assert_int_equal(database_truncate_wal(writer, 20), -EAGAIN);
	assert_true(database_wal_bytes(writer) > 0);
	run_sql(reader, "COMMIT");
	assert_int_equal(database_truncate_wal(writer, 20), 0);
	assert_int_equal(database_wal_bytes(writer), 0);
	assert_int_equal(number(reader, HEALTH_ROWS), 2);
	database_close(reader);
	database_close(writer);
}

/* ---- what passes by itself ---- */

#define INDEX_HEADER_SIZE 96 /* bytes at the start of -shm: two copies of the header */

static const char blank_header[INDEX_HEADER_SIZE];

/* As a recovering process: locks the WAL index (write, checkpoint, recover) and takes its time. */
static int
recover_slowly(void *context)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 3};
	int fd = open(context, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0 ||
	    pwrite(fd, blank_header, INDEX_HEADER_SIZE, 0) != INDEX_HEADER_SIZE)
		return 1;
	pause_ms(150);
	return 0;
}

static bool
index_is_blank(const char *path)
{
	char header[INDEX_HEADER_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool blank = read(fd, header, sizeof(header)) == sizeof(header) &&
	    memcmp(header, blank_header, sizeof(header)) == 0;

	close(fd);
	return blank;
}

static void
a_reader_waits_for_a_recovery_and_counts_it(void **state)
{
	struct database *reader;
	char path[SCRATCH_PATH_SIZE];
	pid_t holder;

	reader = open_logs(*state, ACCESS_WRITE);
	run_sql(reader, HEALTH_ROW);
	database_close(reader);
	snprintf(path, sizeof(path), "%s", scratch_path(state, "logd/system_logs.db-shm"));
	reader = open_logs(*state, ACCESS_READ);
	holder = fork_child(recover_slowly, path);
	wait_until(index_is_blank(path));
	assert_int_equal(number(reader, HEALTH_ROWS), 1);
	assert_true(database_counters(reader)->retries > 0);
	assert_int_equal(database_counters(reader)->failures, 0);
	assert_in_range(database_counters(reader)->longest_wait_us, 1000, DATABASE_RETRY_US);
	assert_int_equal(end_of(holder), 0);
	database_close(reader);
}

static int
write_for_ever(void *context)
{
	struct database *db;
	struct problem problem;

	if (database_open(&db, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE, context, &problem) < 0)
		return 1;
	for (;;)
		if (database_execute(db, HEALTH_ROW) < 0)
			return 2;
}

/* Reads as another user with no right to write, where the test may change its user. */
static int
read_beside_killed_writers(void *context)
{
	const char *state_dir = context;
	struct problem problem;
	struct database *db;
	int64_t last = 0, stop_us = clock_monotonic_us() + 20 * CLOCK_SECOND_US;
	char stop[SCRATCH_PATH_SIZE];

	snprintf(stop, sizeof(stop), "%s/stop", state_dir);
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 10;
	if (database_open(&db, ROLE_TICKD, DATABASE_LOGS, ACCESS_READ, state_dir, &problem) < 0)
		return 11;
	while (access(stop, F_OK) < 0) {
		int64_t rows = number(db, HEALTH_ROWS);

		if (rows < last || clock_monotonic_us() > stop_us)
			return rows < 0 ? 12 : 13;
		last = rows;
	}
	if (database_counters(db)->failures > 0)
		return 14;
	database_close(db);
	return last > 0 ? 0 : 15;
}

static void
no_reader_fails_and_no_row_goes_while_writers_are_killed_and_recover(void **state)
{
	struct database *db;
	pid_t reader, writer;
	int64_t rows = 0;
	mode_t mask = umask(027);

	assert_int_equal(chmod(*state, 0755), 0);
	database_close(open_logs(*state, ACCESS_WRITE));
	reader = fork_child(read_beside_killed_writers, *state);
	for (int i = 0; i < 20; i++) {
		writer = fork_child(write_for_ever, *state);
		db = open_logs(*state, ACCESS_READ);
		wait_until(number(db, HEALTH_ROWS) > rows);
		rows = number(db, HEALTH_ROWS);
		database_close(db);
		kill(writer, SIGKILL);
		assert_int_equal(end_of(writer), 256 + SIGKILL);
		db = open_logs(*state, ACCESS_WRITE);
		assert_true(number(db, HEALTH_ROWS) >= rows);
		database_close(db);
	}
	scratch_file(state, "stop", "");
	assert_int_equal(end_of(reader), 0);
	umask(mask);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_forbidden_open_fails_with_one_sentence_and_creates_nothing),
		ON_DISK(a_reader_never_creates_and_says_who_will),
		ON_DISK(a_second_writer_is_refused_with_the_holder_s_pid),
		ON_DISK(a_reader_cannot_write_by_any_statement),
		ON_DISK(files_are_not_for_everyone),
		ON_DISK(a_file_that_is_no_database_is_an_io_error),
		ON_DISK(a_folder_that_cannot_be_made_is_said_with_its_cause),
		ON_DISK(a_full_disk_is_no_space),
		ON_DISK(what_was_said_of_a_failure_is_kept_over_the_rollback),
		ON_DISK(a_query_that_a_progress_handler_ends_is_cancelled),
		ON_DISK(sql_that_is_none_is_invalid_and_counted),
		ON_DISK(wal_and_shm_stay_when_the_last_one_leaves),
		ON_DISK(data_version_changes_when_another_commits_and_only_then),
		ON_DISK(the_wal_is_truncated_unless_a_reader_is_in_the_way),
		ON_DISK(a_reader_waits_for_a_recovery_and_counts_it),
		ON_DISK(no_reader_fails_and_no_row_goes_while_writers_are_killed_and_recover),
	};

	return cmocka_run_group_tests_name("common/database", tests, NULL, NULL);
}
