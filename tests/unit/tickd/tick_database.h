/*
 * A tick database in the test's folder (scratch.h) as tickd opens it, what is in it as text, and
 * numbers from it.
 */
#ifndef TESTS_UNIT_TICKD_TICK_DATABASE_H
#define TESTS_UNIT_TICKD_TICK_DATABASE_H

#include "common/database.h"
#include "tests/unit/common/scratch.h"

static inline struct database *
tick_database_open(void **state)
{
	struct database *db = NULL;
	struct problem problem;

	if (database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, *state, &problem) < 0)
		fail_msg("%s", problem.text);
	return db;
}

/* Its file, for a handle of the test's own. */
static inline sqlite3 *
tick_database_raw(void **state, int flags)
{
	char path[ACCESS_PATH_SIZE];
	sqlite3 *handle;

	assert_int_equal(access_database_path(DATABASE_TICKS, *state, path), 0);
	assert_int_equal(sqlite3_open_v2(path, &handle, flags, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(handle, 5000), SQLITE_OK);
	return handle;
}

static inline void
sql_run(sqlite3 *handle, const char *sql)
{
	if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
}

static inline int64_t
sql_number(sqlite3 *handle, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number;

	if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static inline void
dump_rows(sqlite3 *handle, const char *sql, FILE *out)
{
	sqlite3_stmt *row;

	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &row, NULL), SQLITE_OK);
	while (sqlite3_step(row) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(row); i++) {
			const char *text = (const char *)sqlite3_column_text(row, i);

			fprintf(out, "%s|", text == NULL ? "-" : text);
		}
		fputc('\n', out);
	}
	assert_int_equal(sqlite3_finalize(row), SQLITE_OK);
}

/* All of it, the caller's to free.  Two databases with the same text hold the same. */
static inline char *
tick_database_dump(sqlite3 *handle)
{
	static const char *const all[] = {"SELECT * FROM symbols ORDER BY 1",
		"SELECT * FROM unified_ticks ORDER BY 1, 2, 3",
		"SELECT * FROM m5_candles ORDER BY 1, 2", "SELECT * FROM feed_gaps ORDER BY 1",
		"SELECT * FROM changes ORDER BY 1", "SELECT * FROM feed_state ORDER BY 1, 2"};
	size_t length;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		dump_rows(handle, all[i], out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Says the first line that differs. */
static inline void
assert_same_dump(const char *is, const char *expected)
{
	while (*is != '\0' && *is == *expected) {
		const char *end = strchrnul(is, '\n');

		if (strncmp(is, expected, (size_t)(end - is) + 1) != 0)
			break;
		expected += end - is + 1;
		is = end + 1;
	}
	if (*is != '\0' || *expected != '\0')
		fail_msg("stored: %.*s; expected: %.*s", (int)strcspn(is, "\n"), is,
		    (int)strcspn(expected, "\n"), expected);
}

#endif
