#include "common/access.h"

#include <errno.h>
#include <stdio.h>

/* One row a database: its file, its key, and the only role that writes it. */
static const struct {
	const char *file, *key;
	enum role owner;
} databases[DATABASE_COUNT] = {
	[DATABASE_TICKS] = {"unified_tick_pipeline.db", "main_db", ROLE_TICKD},
	[DATABASE_ANALYSIS] = {"analysis_data.db", "analysis_db", ROLE_ANALYSISD},
	[DATABASE_LOGS] = {"system_logs.db", "logs_db", ROLE_LOGD},
};

bool
access_allows(enum role role, enum database_id id, enum access_mode mode)
{
	return mode == ACCESS_READ || databases[id].owner == role;
}

const char *
access_role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_TICKD] = "tickd",
		[ROLE_ANALYSISD] = "analysisd",
		[ROLE_LOGD] = "logd",
		[ROLE_SUPERVISOR] = "trading-supervisor",
		[ROLE_TRADINGCTL] = "tradingctl",
	};

	return names[role];
}

enum role
access_owner(enum database_id id)
{
	return databases[id].owner;
}

const char *
access_database_file(enum database_id id)
{
	return databases[id].file;
}

const char *
access_database_key(enum database_id id)
{
	return databases[id].key;
}

int
access_database_path(enum database_id id, const char *state_dir, char path[static ACCESS_PATH_SIZE])
{
	int length = snprintf(path, ACCESS_PATH_SIZE, "%s/%s/%s", state_dir,
	    access_role_name(databases[id].owner), databases[id].file);

	return length < 0 || length >= ACCESS_PATH_SIZE ? -ENAMETOOLONG : 0;
}
