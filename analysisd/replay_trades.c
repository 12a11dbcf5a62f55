#include "analysisd/replay_trades.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "analysisd/dtms/check.h"
#include "analysisd/dtms/dtms_source.h"
#include "analysisd/dtms/dtms_store.h"
#include "common/clock.h"

#define TURN_US (3600 * CLOCK_SECOND_US) /* nothing else is to be done meanwhile */

static int
say(struct database *db, int error, struct problem *problem)
{
	return problem_set(problem, error, "%s", database_error(db));
}

/* ---- what people said ---- */

/*
 * What is said of a source that has no clock yet has no time of its own: in a replay it counts only
 * once there is a clock, for then it was said before its first tick.
 */
static bool
has_clock(const struct sources *sources, const char *name)
{
	for (size_t i = 0; i < sources->count; i++)
		if (name != NULL && strcmp(sources->all[i].name, name) == 0)
			return sources->all[i].clock_us != TICK_NONE;
	return false;
}

static int
copy_event(const struct sources *sources, sqlite3_stmt *from, struct database *into,
    sqlite3_stmt *insert)
{
	int error;

	if (!has_clock(sources, (const char *)sqlite3_column_text(from, 1)))
		return 0;

	for (int i = 0; i < 7; i++)
		sqlite3_bind_value(insert, i + 1, sqlite3_column_value(from, i));
	error = database_step(into, insert);
	sqlite3_reset(insert);
	return error;
}

/* Up to to_us: the file must not depend on what is said later. */
static int
copy_events(const struct dtms_tools *tools, struct database *live, int64_t to_us,
    struct problem *problem)
{
	struct database *into = tools->analysis_db;
	sqlite3_stmt *row = NULL, *insert = NULL;
	int error, result = 0;

	error = database_prepare(live, "SELECT seq, source, time_us, kind, account, ticket, trade"
	    " FROM dtms_events WHERE source <> '" DTMS_ALL_SOURCES "' AND time_us <= ?1 ORDER BY seq",
	    &row);
	if (error < 0)
		return say(live, error, problem);
	sqlite3_bind_int64(row, 1, to_us);
	error = database_prepare(into, "INSERT INTO dtms_events(seq, source, time_us, kind, account,"
	    " ticket, trade, created_us) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)", &insert);
	if (error == 0)
		error = database_execute(into, "BEGIN IMMEDIATE");
	while (error == 0 && (result = database_step(live, row)) == 1)
		error = copy_event(&tools->table->sources, row, into, insert);
	if (error == 0 && result == 0)
		error = database_execute(into, "COMMIT");
	if (result < 0)
		say(live, result, problem);
	else if (error < 0)
		say(into, error, problem);
	sqlite3_finalize(row);
	sqlite3_finalize(insert);
	return result < 0 ? result : error;
}

/* ---- where to begin ---- */

/* The one number of an answer; `otherwise` for NULL and without a row. */
static int
read_number(struct database *db, const char *sql, const char *source, int64_t time_us,
    int64_t otherwise, int64_t *ret)
{
	sqlite3_stmt *row;
	int result = database_prepare(db, sql, &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, time_us);
	result = database_step(db, row);
	*ret = result == 1 && sqlite3_column_type(row, 0) != SQLITE_NULL ?
	    sqlite3_column_int64(row, 0) : otherwise;
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/* The registration of the oldest trade that was open at from_us, or from_us itself. */
static int
find_start(struct database *live, const char *source, int64_t from_us, int64_t *ret_us)
{
	return read_number(live, "SELECT min(registered_us) FROM dtms_trades WHERE source = ?1"
	    " AND registered_us <= ?2 AND (closed_us IS NULL OR closed_us > ?2)", source, from_us,
	    from_us, ret_us);
}

/* Whether a source was off: by the newest word of itself, or of all before it had its first. */
static int
read_off(struct database *live, const char *source, int64_t before_us, int64_t *ret)
{
	*ret = 0;
	return live == NULL ? 0 : read_number(live, "SELECT kind = 'off' FROM dtms_events"
	    " WHERE kind IN ('on', 'off') AND ((source = ?1 AND time_us < ?2)"
	    " OR (source = '" DTMS_ALL_SOURCES "' AND NOT EXISTS (SELECT 1 FROM dtms_events own"
	    " WHERE own.source = ?1 AND own.kind IN ('on', 'off') AND own.seq < dtms_events.seq)))"
	    " ORDER BY seq DESC LIMIT 1", source, before_us, 0, ret);
}

/* What follows a row that is later waits with it, whatever its own time is. */
#define SAID_BEFORE(table)                                                                         \
	"SELECT coalesce((SELECT min(seq) - 1 FROM " table " WHERE source = ?1 AND time_us >= ?2),"  \
	" (SELECT max(seq) FROM " table " WHERE source = ?1))"

/* Everything before start_us counts as taken in; of accounts the newest words are to be heard. */
static int
write_start(const struct dtms_tools *tools, struct database *live, const char *source,
    int64_t start_us)
{
	struct database *ticks = market_reader_database(tools->reader), *into = tools->analysis_db;
	/* An instant before it: what registered the first trade was said up to a grid's step earlier. */
	int64_t before_us = start_us - DTMS_GRID_US;
	struct dtms_progress progress = {
		.next_us = before_us - before_us % DTMS_GRID_US + DTMS_GRID_US};
	struct dtms_store *store = NULL;
	int64_t off = 0;
	int error;

	error = read_number(into, SAID_BEFORE("dtms_events"), source, before_us, 0,
	    &progress.events_seq);
	if (error == 0)
		error = read_off(live, source, before_us, &off);
	if (error == 0)
		error = read_number(ticks, SAID_BEFORE("position_events"), source, before_us, 0,
		    &progress.positions_seq);
	if (error == 0)
		error = read_number(ticks, SAID_BEFORE("action_results"), source, before_us, 0,
		    &progress.results_seq);
	if (error == 0)
		error = dtms_store_create(&store, into, tools->created);
	if (error < 0)
		return error;
	progress.off = off != 0;
	error = dtms_store_write_progress(store, source, &progress);
	dtms_store_free(store);
	return error;
}

static int
start_sources(const struct dtms_tools *tools, struct database *live, int64_t from_us)
{
	const struct sources *sources = &tools->table->sources;

	for (size_t i = 0; i < sources->count; i++) {
		int64_t start_us = from_us;
		int error = 0;

		if (sources_clock(sources, i) == TICK_NONE)
			continue; /* nothing is decided of it, whatever was said of all */
		if (live != NULL)
			error = find_start(live, sources->all[i].name, from_us, &start_us);
		if (error == 0)
			error = write_start(tools, live, sources->all[i].name, start_us);
		if (error < 0)
			return error;
	}
	return 0;
}

/* ---- the whole ---- */

static int
forget_before(struct database *db, int64_t from_us)
{
	static const char *const sql[] = {
		"DELETE FROM dtms_actions WHERE time_us <= ?2",
		"DELETE FROM dtms_checks WHERE time_us <= ?2",
		"DELETE FROM dtms_adopted WHERE EXISTS (SELECT 1 FROM dtms_trades t WHERE t.account ="
		" dtms_adopted.account AND t.source = dtms_adopted.source"
		" AND t.ticket = parent_ticket AND t.registered_us ="
		" parent_registered_us AND t.closed_us <= ?2)",
		"DELETE FROM dtms_trades WHERE closed_us <= ?2",
	};
	int64_t none;
	int error = 0;

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && error == 0; i++)
		error = read_number(db, sql[i], "", from_us, 0, &none);
	return error;
}

static int
decide_all(const struct dtms_tools *tools, struct problem *problem)
{
	struct dtms *dtms;
	bool wrote;
	int result = dtms_create(&dtms, tools, problem);

	if (result < 0)
		return result;
	do
		result = dtms_turn(dtms, clock_monotonic_us() + TURN_US, &wrote, problem);
	while (result == 1);
	dtms_free(dtms);
	return result;
}

int
replay_trades(const struct dtms_tools *tools, struct database *live, int64_t from_us,
    int64_t to_us, struct problem *problem)
{
	int error = 0;

	if (live != NULL)
		error = copy_events(tools, live, to_us, problem);
	if (error < 0)
		return error;
	error = start_sources(tools, live, from_us);
	if (error < 0)
		return say(tools->analysis_db, error, problem);
	error = decide_all(tools, problem);
	if (error < 0)
		return error;
	error = forget_before(tools->analysis_db, from_us);
	return error < 0 ? say(tools->analysis_db, error, problem) : 0;
}
