#include "logd/log_tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"

enum statement {
	INSERT_CALL, INSERT_HEALTH, DELETE_CALLS, DELETE_HEALTH, READ_COUNT, WRITE_COUNT, NEWEST,
	STATEMENTS
};

/* The first four go by table: INSERT_CALL + which, DELETE_CALLS + which. */
static const char *const sql[STATEMENTS] = {
	[INSERT_CALL] = ("INSERT INTO api_logs(time_us, endpoint, method, details, status_code,"
			" response_time_us, client) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
	[INSERT_HEALTH] = ("INSERT INTO system_health(time_us, component, status, details)"
			  " VALUES(?1, ?2, ?3, ?4)"),
	[DELETE_CALLS] = ("DELETE FROM api_logs WHERE id IN (SELECT id FROM api_logs"
			 " WHERE time_us < ?1 ORDER BY time_us LIMIT ?2)"),
	[DELETE_HEALTH] = ("DELETE FROM system_health WHERE id IN (SELECT id FROM system_health"
			  " WHERE time_us < ?1 ORDER BY time_us LIMIT ?2)"),
	[READ_COUNT] = "SELECT rows FROM log_counts WHERE name = ?1",
	[WRITE_COUNT] = "UPDATE log_counts SET rows = ?2 WHERE name = ?1",
	[NEWEST] = ("SELECT max(time_us) FROM (SELECT max(time_us) AS time_us FROM api_logs"
		   " WHERE time_us <= ?1 UNION ALL SELECT max(time_us) FROM system_health"
		   " WHERE time_us <= ?1)"),
};

static const char *const names[LOG_TABLES_COUNT] = {
	[LOG_CALLS] = "api_logs",
	[LOG_HEALTH] = "system_health",
};

struct log_tables {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
	int64_t rows[LOG_TABLES_COUNT];	   /* as committed */
	int64_t batch[LOG_TABLES_COUNT];   /* more (or fewer) in the transaction */
};

/* ---- counts ---- */

static int
read_count(struct log_tables *tables, enum log_table which)
{
	sqlite3_stmt *row = tables->statements[READ_COUNT];
	int result;

	sqlite3_bind_text(row, 1, names[which], -1, SQLITE_STATIC);
	result = database_step(tables->db, row);
	if (result == 1)
		tables->rows[which] = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return result == 1 ? 0 : result < 0 ? result : -EIO;
}

static int
write_count(struct log_tables *tables, enum log_table which)
{
	sqlite3_stmt *row = tables->statements[WRITE_COUNT];
	int error;

	if (tables->batch[which] == 0)
		return 0;
	sqlite3_bind_text(row, 1, names[which], -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, tables->rows[which] + tables->batch[which]);
	error = database_step(tables->db, row);
	sqlite3_reset(row);
	return error;
}

int64_t
log_tables_rows(const struct log_tables *tables)
{
	return tables->rows[LOG_CALLS] + tables->rows[LOG_HEALTH];
}

/* ---- batches ---- */

int
log_tables_begin(struct log_tables *tables)
{
	memset(tables->batch, 0, sizeof(tables->batch));
	return database_execute(tables->db, "BEGIN IMMEDIATE");
}

int
log_tables_add(struct log_tables *tables, const struct log_row *row)
{
	bool call = row->method != NULL;
	enum log_table which = call ? LOG_CALLS : LOG_HEALTH;
	sqlite3_stmt *statement = tables->statements[INSERT_CALL + which];
	int error;

	sqlite3_bind_int64(statement, 1, row->time_us);
	sqlite3_bind_text(statement, 2, call ? row->endpoint : row->component, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, call ? row->method : row->status, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, row->details, -1, SQLITE_STATIC);
	if (call) {
		sqlite3_bind_int(statement, 5, row->status_code);
		sqlite3_bind_int64(statement, 6, row->response_time_us);
		sqlite3_bind_text(statement, 7, row->client, -1, SQLITE_STATIC);
	}
	error = database_step(tables->db, statement);
	sqlite3_reset(statement);
	if (error == 0)
		tables->batch[which]++;
	return error;
}

int
log_tables_commit(struct log_tables *tables)
{
	int error = write_count(tables, LOG_CALLS);

	if (error == 0)
		error = write_count(tables, LOG_HEALTH);
	if (error == 0)
		error = database_execute(tables->db, "COMMIT");
	if (error < 0)
		return error;
	for (int i = 0; i < LOG_TABLES_COUNT; i++)
		tables->rows[i] += tables->batch[i];
	return 0;
}

void
log_tables_rollback(struct log_tables *tables)
{
	/* SQLite may have rolled back by itself (a full disk); then there is nothing to undo. */
	if (!sqlite3_get_autocommit(database_handle(tables->db)))
		(void)!database_execute(tables->db, "ROLLBACK");
}

/* ---- age ---- */

int
log_tables_delete(struct log_tables *tables, enum log_table which, int64_t before_us, int limit)
{
	sqlite3_stmt *row = tables->statements[DELETE_CALLS + which];
	int result, deleted;

	sqlite3_bind_int64(row, 1, before_us);
	sqlite3_bind_int(row, 2, limit);
	result = database_step(tables->db, row);
	sqlite3_reset(row);
	if (result < 0)
		return result;
	deleted = sqlite3_changes(database_handle(tables->db));
	tables->batch[which] -= deleted;
	return deleted;
}

int
log_tables_newest(struct log_tables *tables, int64_t until_us, int64_t *ret_us)
{
	sqlite3_stmt *row = tables->statements[NEWEST];
	int result;

	sqlite3_bind_int64(row, 1, until_us);
	result = database_step(tables->db, row);
	if (result == 1)
		*ret_us = stored_or_none(row, 0);
	sqlite3_reset(row);
	return result == 1 ? 0 : result < 0 ? result : -EIO;
}

/* ---- the whole ---- */

static int
prepare(struct log_tables *tables)
{
	int error = 0;

	for (int i = 0; i < STATEMENTS && error == 0; i++)
		error = database_prepare(tables->db, sql[i], &tables->statements[i]);
	for (int i = 0; i < LOG_TABLES_COUNT && error == 0; i++)
		error = read_count(tables, (enum log_table)i);
	return error;
}

int
log_tables_open(struct log_tables **ret, const char *state_dir, struct problem *problem)
{
	struct log_tables *tables = calloc(1, sizeof(*tables));
	int error;

	if (tables == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = database_open(&tables->db, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE, state_dir,
	    problem);
	if (error < 0) {
		free(tables);
		return error;
	}
	error = prepare(tables);
	if (error < 0) {
		problem_set(problem, error, "system_logs.db: %s", database_error(tables->db));
		log_tables_close(tables);
		return error;
	}
	*ret = tables;
	return 0;
}

void
log_tables_close(struct log_tables *tables)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(tables->statements[i]);
	database_close(tables->db);
	free(tables);
}

struct database *
log_tables_database(struct log_tables *tables)
{
	return tables->db;
}
