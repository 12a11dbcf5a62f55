/*
 * Who may do what with which database.  Pure: the first of the three walls (the others are
 * SQLite's read-only handles and the kernel's file permissions).
 */
#ifndef COMMON_ACCESS_H
#define COMMON_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

enum role { ROLE_TICKD, ROLE_ANALYSISD, ROLE_LOGD, ROLE_SUPERVISOR, ROLE_TRADINGCTL, ROLE_COUNT };

enum database_id { DATABASE_TICKS, DATABASE_ANALYSIS, DATABASE_LOGS, DATABASE_COUNT };

enum access_mode { ACCESS_READ, ACCESS_WRITE };

bool
access_allows(enum role role, enum database_id id, enum access_mode mode);

/* "tickd", "analysisd", "logd", "trading-supervisor", "tradingctl". */
const char *
access_role_name(enum role role);

/* The role that owns (writes) the database. */
enum role
access_owner(enum database_id id);

/* "unified_tick_pipeline.db", "analysis_data.db", "system_logs.db". */
const char *
access_database_file(enum database_id id);

/* The key under which answers and shared_memory.json show it: "main_db", "analysis_db", "logs_db". */
const char *
access_database_key(enum database_id id);

#define ACCESS_PATH_SIZE 4096

/* STATE/<owner>/<file> into the caller's buffer.  Returns 0 or -ENAMETOOLONG. */
__attribute__((warn_unused_result)) int
access_database_path(enum database_id id, const char *state_dir, char path[static ACCESS_PATH_SIZE]);

#endif
