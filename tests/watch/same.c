#define _GNU_SOURCE
#include "tests/watch/same.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysisd/replay.h"
#include "tests/watch/market.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"

static struct {
	const struct settings *settings;
	int64_t from_us;
} same;

void
same_begin(const struct settings *settings, int64_t from_us)
{
	same.settings = settings;
	same.from_us = from_us;
}

/* All columns that are a function of the stored data. */
static const char *const tables[][2] = {
	{"analysis_results", "source, symbol, analysis_type, timeframe, time_us, result, confidence,"
			     " input_revision"},
	{"market_facts", "*"},
	{"dtms_trades", "*"},
	{"dtms_adopted", "*"},
	{"dtms_checks", "*"},
	{"dtms_actions", "action_id, token, account, ticket, registered_us, source, symbol,"
			 " action_type, parameters, reason, state_from, state_to, score_before,"
			 " score_after, market, mode, time_us, expires_us"},
};

/* Rows of the one that the other lacks; shows the first. */
static void
compare(const char *columns, const char *table, const char *one, const char *other)
{
	struct database *db = watched_database();
	sqlite3_stmt *row;
	char sql[1024];

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s.%s EXCEPT SELECT %s FROM %s.%s", columns, one,
	    table, columns, other, table);
	if (database_prepare(db, sql, &row) < 0)
		watch_fail("%s", database_error(db));
	if (sqlite3_step(row) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(row); i++)
			printf("  %s: %s\n", sqlite3_column_name(row, i),
			    sqlite3_column_text(row, i));
		watch_fail("a row of %s is %s only", table,
		    strcmp(one, "main") == 0 ? "live" : "replayed");
	}
	sqlite3_finalize(row);
}

void
same_as_replayed(void)
{
	struct replay_counts counts;
	struct problem problem;
	char file[128], sql[256];

	snprintf(file, sizeof(file), "%s/replayed.db", watch_folder());
	unlink(file);
	if (replay_into(same.settings, same.from_us, market_now(), file, &counts, &problem) < 0)
		watch_fail("%s", problem.text);
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS again", file);
	if (database_execute(watched_database(), sql) < 0)
		watch_fail("%s", database_error(watched_database()));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		compare(tables[i][1], tables[i][0], "main", "again");
		compare(tables[i][1], tables[i][0], "again", "main");
	}
	if (database_execute(watched_database(), "DETACH again") < 0)
		watch_fail("%s", database_error(watched_database()));
}
