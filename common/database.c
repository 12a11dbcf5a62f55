#define _GNU_SOURCE
#include "common/database.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/lease.h"
#include "common/schema.h"

struct database {
	sqlite3 *handle;
	sqlite3_stmt *data_version;
	struct lease *lease; /* NULL in a reader */
	struct database_counters counters;
	enum role role;
	enum database_id id;
	enum access_mode mode;
	int64_t waiting_since_us; /* of the busy handler's present wait */
	int64_t wal_pages;	  /* after the last commit, where checkpoints are by hand */
	char failure[160];	  /* what SQLite said of the last one: a ROLLBACK makes it forget */
	char path[ACCESS_PATH_SIZE];
};

/* ---- trying again ---- */

/* What storage.md lists: the writer is starting, recovering or checkpointing. */
static bool
passes_by_itself(const struct database *db, int code)
{
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		return true;
	if (db->mode == ACCESS_WRITE)
		return false;
	return code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT ||
	    code == SQLITE_READONLY_CANTLOCK || code == SQLITE_READONLY_DIRECTORY ||
	    code == SQLITE_PROTOCOL || (code & 0xff) == SQLITE_CANTOPEN;
}

/* Waits 1 ms, then 10 ms at a time; false once the time is up. */
static bool
wait_again(struct database *db, int64_t started_us)
{
	int64_t waited_us = clock_monotonic_us() - started_us;
	struct timespec pause = {.tv_nsec = waited_us < 1000 ? 1000000 : 10000000};

	if (waited_us > db->counters.longest_wait_us)
		db->counters.longest_wait_us = waited_us;
	if (waited_us >= DATABASE_RETRY_US)
		return false;
	db->counters.retries++;
	nanosleep(&pause, NULL);
	return true;
}

/* SQLite asks here while a writer waits for a lock; readers wait in wait_again(). */
static int
on_busy(void *context, int count)
{
	struct database *db = context;
	struct timespec pause = {.tv_nsec = 1000000};
	int64_t now_us = clock_monotonic_us(), waited_us;

	if (count == 0)
		db->waiting_since_us = now_us;
	waited_us = now_us - db->waiting_since_us;
	if (waited_us > db->counters.longest_wait_us)
		db->counters.longest_wait_us = waited_us;
	if (db->mode == ACCESS_READ || waited_us >= DATABASE_WRITER_WAIT_US)
		return 0;
	db->counters.retries++;
	nanosleep(&pause, NULL);
	return 1;
}

static int
errno_of(const struct database *db, int code)
{
	if (passes_by_itself(db, code))
		return -EAGAIN;
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EIO;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EINVAL;
	}
}

static int
failed(struct database *db, int code)
{
	db->counters.failures++;
	if (db->handle != NULL)
		snprintf(db->failure, sizeof(db->failure), "%s", sqlite3_errmsg(db->handle));
	return errno_of(db, code);
}

/* ---- opening ---- */

static int
execute_all(struct database *db, const char *const *sql, struct problem *problem)
{
	for (; *sql != NULL; sql++) {
		int error = database_execute(db, *sql);

		if (error < 0)
			return problem_set(problem, error, "%s: %s: %s", db->path, *sql,
			    database_error(db));
	}
	return 0;
}

static int
open_handle(struct database *db, int flags, struct problem *problem)
{
	int64_t started_us = clock_monotonic_us();
	int code;

	do {
		sqlite3_close(db->handle);
		db->handle = NULL;
		code = sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	} while (code != SQLITE_OK && passes_by_itself(db, code) && access(db->path, F_OK) == 0 &&
	    wait_again(db, started_us));
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(db->handle, 1);
		sqlite3_busy_handler(db->handle, on_busy, db);
		return 0;
	}
	if (db->mode == ACCESS_READ && access(db->path, F_OK) < 0 && errno == ENOENT)
		return problem_set(problem, -ENOENT, "%s does not exist yet: %s creates it", db->path,
		    access_role_name(access_owner(db->id)));
	if (db->mode == ACCESS_READ && access(db->path, R_OK) < 0)
		return problem_set(problem, -errno, "%s may not be read: %s", db->path,
		    strerror(errno));
	return problem_set(problem, failed(db, code), "%s cannot be opened: %s", db->path,
	    db->handle == NULL ? "out of memory" : sqlite3_errmsg(db->handle));
}

static int
open_reader(struct database *db, struct problem *problem)
{
	static const char *const pragmas[] = {
		"PRAGMA query_only=ON", "PRAGMA temp_store=MEMORY", NULL};
	int error;

	error = open_handle(db, SQLITE_OPEN_READONLY, problem);
	if (error == 0)
		error = execute_all(db, pragmas, problem);
	if (error == 0)
		error = schema_check(db, db->id, problem);
	return error;
}

/* STATE/<owner>, 0750, and STATE where it is missing as well. */
static int
make_directory(const char *path, struct problem *problem)
{
	char directory[ACCESS_PATH_SIZE];
	char *slash;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	*slash = '\0';
	if (mkdir(directory, 0750) == 0 || errno == EEXIST)
		return 0;
	return problem_set(problem, -errno, "%s cannot be created: %s", directory, strerror(errno));
}

static int
open_writer(struct database *db, struct problem *problem)
{
	static const char *const pragmas[] = {
		"PRAGMA journal_mode=WAL",
		"PRAGMA synchronous=NORMAL",
		"PRAGMA wal_autocheckpoint=16000", /* DATABASE_CHECKPOINT_PAGES */
		"PRAGMA journal_size_limit=67108864",
		"PRAGMA temp_store=MEMORY",
		"PRAGMA cache_size=-16384", /* KiB: the hot pages of 200 symbols */
		NULL};
	char lease_path[ACCESS_PATH_SIZE + 8];
	int error, persist = 1;

	error = make_directory(db->path, problem);
	if (error < 0)
		return error;
	snprintf(lease_path, sizeof(lease_path), "%s.lease", db->path);
	error = lease_take(lease_path, access_role_name(db->role), &db->lease, problem);
	if (error < 0)
		return error;
	error = open_handle(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, problem);
	if (error < 0)
		return error;
	/* Readers that may not write need -wal and -shm to stay when we leave. */
	sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
	error = execute_all(db, pragmas, problem);
	if (error == 0)
		error = schema_migrate(db, db->id, problem);
	return error;
}

int
database_open(struct database **ret, enum role role, enum database_id id, enum access_mode mode,
    const char *state_dir, struct problem *problem)
{
	struct database *db;
	int error;

	if (!access_allows(role, id, mode))
		return problem_set(problem, -EACCES, "%s has only READ access to %s",
		    access_role_name(role), access_database_file(id));
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	db->role = role;
	db->id = id;
	db->mode = mode;
	error = access_database_path(id, state_dir, db->path);
	if (error < 0)
		problem_set(problem, error, "%s: the path is too long", state_dir);
	if (error == 0)
		error = mode == ACCESS_WRITE ? open_writer(db, problem) : open_reader(db, problem);
	if (error < 0) {
		database_close(db);
		return error;
	}
	*ret = db;
	return 0;
}

int
database_create_file(struct database **ret, enum database_id id, const char *path,
    struct problem *problem)
{
	/* What is cut short is begun anew: nothing is waited for. */
	static const char *const pragmas[] = {"PRAGMA journal_mode=MEMORY", "PRAGMA synchronous=OFF",
		"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA temp_store=MEMORY", NULL};
	struct database *db;
	int error;

	if (access(path, F_OK) == 0)
		return problem_set(problem, -EEXIST, "%s exists already", path);
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	db->role = access_owner(id);
	db->id = id;
	db->mode = ACCESS_WRITE;
	snprintf(db->path, sizeof(db->path), "%s", path);
	error = open_handle(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, problem);
	if (error == 0)
		error = execute_all(db, pragmas, problem);
	if (error == 0)
		error = schema_migrate(db, id, problem);
	if (error < 0) {
		database_close(db);
		return error;
	}
	*ret = db;
	return 0;
}

void
database_close(struct database *db)
{
	if (db == NULL)
		return;
	sqlite3_finalize(db->data_version);
	sqlite3_close(db->handle);
	lease_release(db->lease);
	free(db);
}

/* ---- using ---- */

sqlite3 *
database_handle(struct database *db)
{
	return db->handle;
}

const char *
database_error(struct database *db)
{
	if (db->handle == NULL)
		return "not open";
	return db->failure[0] == '\0' ? sqlite3_errmsg(db->handle) : db->failure;
}

const struct database_counters *
database_counters(const struct database *db)
{
	return &db->counters;
}

int
database_prepare(struct database *db, const char *sql, sqlite3_stmt **ret)
{
	int64_t started_us = clock_monotonic_us();
	sqlite3_stmt *statement;
	int code;

	do
		code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
		    NULL);
	while (code != SQLITE_OK && passes_by_itself(db, code) && wait_again(db, started_us));
	if (code != SQLITE_OK)
		return failed(db, code);
	*ret = statement;
	return 0;
}

int
database_step(struct database *db, sqlite3_stmt *statement)
{
	int64_t started_us;
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE)
		return 0;
	/* These come at a statement's first step, before any row: so it may begin anew. */
	started_us = clock_monotonic_us();
	while (db->mode == ACCESS_READ && passes_by_itself(db, code) && wait_again(db, started_us)) {
		sqlite3_reset(statement);
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			return 1;
		if (code == SQLITE_DONE)
			return 0;
	}
	return failed(db, code);
}

int
database_execute(struct database *db, const char *sql)
{
	sqlite3_stmt *statement;
	int error;

	while (*sql != '\0') {
		const char *rest;
		int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, &rest);

		if (code != SQLITE_OK)
			return failed(db, code);
		sql = rest;
		if (statement == NULL)
			continue;
		do
			error = database_step(db, statement);
		while (error > 0);
		sqlite3_finalize(statement);
		if (error < 0)
			return error;
	}
	return 0;
}

static int64_t
file_bytes(const char *path, const char *suffix)
{
	char name[ACCESS_PATH_SIZE + 8];
	struct stat is;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &is) < 0 ? 0 : is.st_size;
}

int64_t
database_wal_bytes(const struct database *db)
{
	return file_bytes(db->path, "-wal");
}

int64_t
database_size_bytes(const struct database *db)
{
	return file_bytes(db->path, "");
}

int
database_truncate_wal(struct database *db, int wait_ms)
{
	int code;

	sqlite3_busy_timeout(db->handle, wait_ms);
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_handler(db->handle, on_busy, db);
	return code == SQLITE_OK ? 0 : errno_of(db, code);
}

static int
on_commit(void *context, sqlite3 *handle, const char *name, int pages)
{
	((struct database *)context)->wal_pages = pages;
	return SQLITE_OK;
}

/* SQLite's own checkpoints are made by such a hook: ours takes its place. */
void
database_checkpoint_by_hand(struct database *db)
{
	sqlite3_wal_hook(db->handle, on_commit, db);
}

int64_t
database_wal_pages(const struct database *db)
{
	return db->wal_pages;
}

int
database_open_checkpointer(struct database **ret, const struct database *writer,
    struct problem *problem)
{
	struct database *db = calloc(1, sizeof(*db));
	int error, persist = 1;

	if (db == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	db->role = writer->role;
	db->id = writer->id;
	db->mode = ACCESS_WRITE;
	memcpy(db->path, writer->path, sizeof(db->path));
	error = open_handle(db, SQLITE_OPEN_READWRITE, problem);
	if (error == 0) {
		sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
		error = execute_all(db, (const char *const[]){"PRAGMA synchronous=NORMAL", NULL},
		    problem);
	}
	if (error < 0) {
		database_close(db);
		return error;
	}
	*ret = db;
	return 0;
}

int
database_checkpoint(struct database *db)
{
	int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
	    NULL);

	return code == SQLITE_OK ? 0 : errno_of(db, code);
}

int
database_data_version(struct database *db, int64_t *ret_version)
{
	int error = 0;

	if (db->data_version == NULL)
		error = database_prepare(db, "PRAGMA data_version", &db->data_version);
	if (error < 0)
		return error;
	error = database_step(db, db->data_version);
	if (error == 1)
		*ret_version = sqlite3_column_int64(db->data_version, 0);
	sqlite3_reset(db->data_version);
	return error < 0 ? error : 0;
}
