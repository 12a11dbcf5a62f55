#define _GNU_SOURCE
#include "tests/watch/same.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysisd/replay.h"
#include "tests/watch/market.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"

#define FILE_SIZE 128

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

#define OPEN_AFTER "coalesce(closed_us, ?1 + 1) > ?1"
#define LENGTH \
	"(CASE timeframe WHEN 'M5' THEN 300000000 WHEN 'M15' THEN 900000000" \
	" WHEN 'M30' THEN 1800000000 WHEN 'H1' THEN 3600000000 WHEN 'H4' THEN 14400000000" \
	" WHEN 'D1' THEN 86400000000 END)"

/*
 * All columns that are a function of the stored data; what of the table is after a time (?1); and
 * whether it is of a trade.
 */
static const struct {
	const char *name, *columns, *after;
	bool of_trade;
} tables[] = {
	{"analysis_results", "source, symbol, analysis_type, timeframe, time_us, result, confidence,"
			     " input_revision", "time_us + " LENGTH " > ?1", false},
	{"market_facts", "*", "time_us + " LENGTH " > ?1", false},
	{"dtms_trades", "*", OPEN_AFTER, true},
	{"dtms_adopted", "*", "parent_ticket IN (SELECT ticket FROM main.dtms_trades WHERE "
			      OPEN_AFTER ")", true},
	{"dtms_checks", "*", "time_us > ?1", true},
	{"dtms_actions", "action_id, token, account, ticket, registered_us, source, symbol,"
			 " action_type, parameters, reason, state_from, state_to, score_before,"
			 " score_after, market, mode, time_us, expires_us", "time_us > ?1", true},
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static void
show(sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const unsigned char *text = sqlite3_column_text(row, i);

		printf("  %s: %s\n", sqlite3_column_name(row, i),
		    text == NULL ? "null" : (const char *)text);
	}
}

/* What is compared: rows after a time, of one ticket or all. */
struct scope {
	int64_t after_us;
	const char *ticket;
};

/* Rows of the one that the other lacks; shows the first. */
static void
compare(size_t table, const struct scope *scope, const char *one, const char *other)
{
	const char *name = tables[table].name, *columns = tables[table].columns;
	const char *parent = strcmp(name, "dtms_adopted") == 0 ? "parent_ticket" : "ticket";
	struct database *db = watched_database();
	const char *after = tables[table].after;
	bool live = strcmp(one, "main") == 0;
	char ticket[64] = "", sql[2048];
	sqlite3_stmt *row;

	if (scope->ticket != NULL)
		snprintf(ticket, sizeof(ticket), " AND %s = %s", parent, scope->ticket);
	/* Of the replay all is looked at: it has nothing from before. */
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s.%s WHERE %s%s EXCEPT SELECT %s FROM %s.%s"
	    " WHERE %s%s", columns, one, name, live ? after : "?1 = ?1", ticket, columns, other,
	    name, live ? "?1 = ?1" : after, ticket);
	if (database_prepare(db, sql, &row) < 0)
		watch_fail("%s", database_error(db));
	sqlite3_bind_int64(row, 1, scope->after_us);
	if (sqlite3_step(row) == SQLITE_ROW) {
		show(row);
		watch_fail("a row of %s is %s only", name,
		    live ? "live" : "replayed");
	}
	sqlite3_finalize(row);
}

static void
execute(const char *sql)
{
	if (database_execute(watched_database(), sql) < 0)
		watch_fail("%s", database_error(watched_database()));
}

/* Into a file of that name, which `ret` says. */
static void
replay(int64_t from_us, const char *name, char ret[static FILE_SIZE])
{
	struct replay_counts counts;
	struct problem problem;

	snprintf(ret, FILE_SIZE, "%s/%s.db", watch_folder(), name);
	unlink(ret);
	if (replay_into(same.settings, from_us, market_now(), ret, &counts, &problem) < 0)
		watch_fail("%s", problem.text);
}

static void
compare_tables(int64_t from_us, const struct scope *scope, bool analyses, bool trades)
{
	char file[FILE_SIZE], sql[FILE_SIZE + 32];

	replay(from_us, "replayed", file);
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS again", file);
	execute(sql);
	for (size_t i = 0; i < TABLES; i++) {
		if (tables[i].of_trade ? !trades : !analyses)
			continue;
		compare(i, scope, "main", "again");
		compare(i, scope, "again", "main");
	}
	execute("DETACH again");
}

void
same_as_replayed(const char *ticket)
{
	const struct scope scope = {.after_us = INT64_MIN, .ticket = ticket};

	compare_tables(same.from_us, &scope, ticket == NULL, true);
}

void
same_analyses(void)
{
	const struct scope scope = {.after_us = INT64_MIN};

	compare_tables(same.from_us, &scope, true, false);
}

void
same_from(int64_t from_us)
{
	const struct scope scope = {.after_us = from_us};

	compare_tables(from_us, &scope, true, true);
}

void
same_twice(void)
{
	char files[2][FILE_SIZE];
	FILE *opened[2];
	int byte, other;
	long at = 0;

	replay(same.from_us, "once", files[0]);
	replay(same.from_us, "twice", files[1]);
	for (int i = 0; i < 2; i++)
		if ((opened[i] = fopen(files[i], "re")) == NULL)
			watch_fail("%s: %s", files[i], strerror(errno));
	do {
		byte = getc(opened[0]);
		other = getc(opened[1]);
		at++;
	} while (byte == other && byte != EOF);
	if (byte != other)
		watch_fail("two replays differ at byte %ld", at);
	fclose(opened[0]);
	fclose(opened[1]);
}
