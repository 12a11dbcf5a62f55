/*
 * One open SQLite database: who may open it, how it is opened, and what is tried again.
 *
 * A writer holds the lease, creates or migrates the schema, and waits for locks on its own.
 * A reader opens read-only with query_only and never creates.  What a reader can meet while a
 * writer starts, recovers or checkpoints (storage.md) is tried again here, counted, and reported
 * only after DATABASE_RETRY_US.  A struct database belongs to one thread.
 */
#ifndef COMMON_DATABASE_H
#define COMMON_DATABASE_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/access.h"
#include "common/problem.h"

#define DATABASE_RETRY_US 1000000	/* a reader reports after this */
#define DATABASE_WRITER_WAIT_US 10000000 /* a writer waits so long for a lock */
#define DATABASE_CHECKPOINT_PAGES 16000	/* wal_autocheckpoint: 66 MB of WAL */

struct database;

struct database_counters {
	int64_t retries;	 /* waits inside, none of which reached a caller */
	int64_t longest_wait_us;
	int64_t failures;	 /* what did reach a caller */
};

/*
 * Opens database `id` of `state_dir` as `role`.  Returns 0; otherwise *problem holds a sentence:
 * -EACCES  the role may not ("analysisd has only READ access to unified_tick_pipeline.db")
 * -EBUSY   another writer holds the lease (with its pid)
 * -ENOENT  (readers) the writer has not created it yet
 * -EPROTO  it has a newer schema version than this program knows (with both numbers)
 * -EAGAIN  (readers) not readable within DATABASE_RETRY_US; -EIO, -ENOSPC, -ENOMEM ...
 */
__attribute__((warn_unused_result)) int
database_open(struct database **ret, enum role role, enum database_id id, enum access_mode mode,
    const char *state_dir, struct problem *problem);

/*
 * Makes a database of the same tables in a file of the caller's choice, for what is computed anew
 * beside what is stored; no lease, no WAL, one file.  -EEXIST where the file is there already.
 */
__attribute__((warn_unused_result)) int
database_create_file(struct database **ret, enum database_id id, const char *path,
    struct problem *problem);

/* Statements of the caller's must be finalised before.  NULL is allowed. */
void
database_close(struct database *db);

sqlite3 *
database_handle(struct database *db);

/* The last failure in words, whatever was done since; valid until the next call on db. */
const char *
database_error(struct database *db);

const struct database_counters *
database_counters(const struct database *db);

/* Prepares a statement to be kept.  Returns 0 or -errno (see database_step). */
__attribute__((warn_unused_result)) int
database_prepare(struct database *db, const char *sql, sqlite3_stmt **ret);

/*
 * Steps: 1 a row, 0 done, -errno: -EAGAIN still not readable, -ENOSPC, -EIO, -ECANCELED
 * (interrupted by a progress handler), -EINVAL for constraint and misuse.
 */
__attribute__((warn_unused_result)) int
database_step(struct database *db, sqlite3_stmt *statement);

/* Runs SQL without rows: "BEGIN IMMEDIATE", DDL.  Errors as database_step. */
__attribute__((warn_unused_result)) int
database_execute(struct database *db, const char *sql);

/* Bytes of the -wal file, 0 where there is none. */
int64_t
database_wal_bytes(const struct database *db);

/* Bytes of the database file. */
int64_t
database_size_bytes(const struct database *db);

/*
 * (writers, outside a transaction) Copies the WAL back and truncates it, waiting at most wait_ms
 * for readers.  Returns 0, or -EAGAIN when a reader is in the way.
 */
__attribute__((warn_unused_result)) int
database_truncate_wal(struct database *db, int wait_ms);

/*
 * (writers) From now on nothing is checkpointed at a commit: database_wal_pages() says how long the
 * WAL is after the last commit, and the caller sees to it that database_checkpoint() is called.
 */
void
database_checkpoint_by_hand(struct database *db);

/* Pages of 4 KiB in the WAL after the last commit of a writer that checkpoints by hand. */
int64_t
database_wal_pages(const struct database *db);

/*
 * Another handle of a writer's process on the same database, for another thread: it may only
 * checkpoint.  `writer` is only looked at during the call.
 */
__attribute__((warn_unused_result)) int
database_open_checkpointer(struct database **ret, const struct database *writer,
    struct problem *problem);

/*
 * Copies back what no reader needs in the WAL, waiting for nobody.  When that is all of it, the next
 * transaction begins the WAL anew.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
database_checkpoint(struct database *db);

/* PRAGMA data_version: changes whenever another connection committed.  -errno on failure. */
__attribute__((warn_unused_result)) int
database_data_version(struct database *db, int64_t *ret_version);

#endif
