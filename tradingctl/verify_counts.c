#include "tradingctl/verify_counts.h"

#include <inttypes.h>

#include "common/clock.h"
#include "common/tick.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/symbol_marks.h"

#define LOOK_MS 100 /* between two looks at ticks that are to be deleted */

static const char candles_sql[] = "SELECT count(*) FROM m5_candles WHERE symbol_id = ?1";
/* Up to ?2; without one all are counted. */
static const char ticks_sql[] = "SELECT count(*) FROM unified_ticks WHERE symbol_id = ?1"
    " AND time_us < coalesce(?2, 0x7fffffffffffffff)";

/* Changes go from the front: with the first one still there, all are, else those of a day later. */
static const char revisions_sql[] =
    "WITH told AS MATERIALIZED (SELECT from_us, count(*) AS n FROM changes WHERE symbol_id = ?1"
    "  AND to_us - from_us = 300000000 GROUP BY from_us),"
    " kept(from_us) AS (SELECT CASE WHEN seq = 1 THEN -0x7fffffffffffffff"
    "  WHEN told_us > 0 THEN told_us + 86400000000 END FROM changes ORDER BY seq LIMIT 1)"
    " SELECT open_time_us, revision, coalesce(n, 0) FROM m5_candles"
    " LEFT JOIN told ON told.from_us = open_time_us"
    " WHERE symbol_id = ?1 AND (revision < 0 OR (origin = 'ticks'"
    "  AND open_time_us >= (SELECT from_us FROM kept)"
    "  AND revision NOT BETWEEN coalesce(n, 0) - 1 AND coalesce(n, 0)))"
    " ORDER BY open_time_us";

static int
count(struct database *db, const char *sql, int64_t symbol_id, int64_t before_us, int64_t *ret)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, symbol_id);
	if (before_us != TICK_NONE)
		sqlite3_bind_int64(statement, 2, before_us);
	error = database_step(db, statement);
	if (error == 1)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return error < 0 ? error : 0;
}

static void
compare(struct findings *findings, const char *name, int64_t counter, int64_t rows)
{
	if (counter != rows)
		findings_add(findings,
		    "symbols.%s says %" PRId64 ", but %" PRId64 " rows are stored", name, counter,
		    rows);
}

static int
compare_counts(struct database *db, int64_t symbol_id, bool ticks, struct findings *findings)
{
	struct symbol_marks marks;
	sqlite3_stmt *statement;
	int64_t rows = 0;
	int error = symbol_marks_prepare(db, &statement);

	if (error == 0)
		error = symbol_marks_read(db, statement, symbol_id, &marks);
	if (error == 0)
		error = count(db, candles_sql, symbol_id, TICK_NONE, &rows);
	if (error == 0)
		compare(findings, "candles", marks.candles, rows);
	if (error == 0 && ticks) {
		error = count(db, ticks_sql, symbol_id, TICK_NONE, &rows);
		if (error == 0)
			compare(findings, "ticks", marks.ticks, rows);
	}
	sqlite3_finalize(statement);
	return error;
}

int
verify_counts(struct database *db, int64_t symbol_id, bool ticks, struct findings *findings)
{
	int error = database_execute(db, "BEGIN"), ended;

	if (error < 0)
		return error;
	error = compare_counts(db, symbol_id, ticks, findings);
	ended = database_execute(db, "END");
	return error < 0 ? error : ended;
}

int
verify_revisions(struct database *db, int64_t symbol_id, struct findings *findings)
{
	sqlite3_stmt *statement;
	char when[CLOCK_TEXT_SIZE];
	int error = database_prepare(db, revisions_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, symbol_id);
	while ((error = database_step(db, statement)) == 1)
		findings_add(findings,
		    "candle %s: its revision is %jd, but %jd changes of it were told",
		    clock_format(sqlite3_column_int64(statement, 0), 0, when),
		    (intmax_t)sqlite3_column_int64(statement, 1),
		    (intmax_t)sqlite3_column_int64(statement, 2));
	sqlite3_finalize(statement);
	return error;
}

int
verify_frozen(struct database *db, int64_t symbol_id, int64_t frozen_us, int wait_ms,
    struct findings *findings)
{
	char when[CLOCK_TEXT_SIZE];
	int64_t rows = 0, before;
	int error = count(db, ticks_sql, symbol_id, frozen_us, &rows);

	for (before = rows; error == 0 && rows > 0 && rows == before; wait_ms -= LOOK_MS) {
		if (wait_ms <= 0 || !interrupt_wait(LOOK_MS)) {
			findings_add(findings,
			    "%" PRId64 " ticks are stored from before %s, where all are deleted",
			    rows, clock_format(frozen_us, 0, when));
			break;
		}
		error = count(db, ticks_sql, symbol_id, frozen_us, &rows);
	}
	return error;
}
