#include "logd/query.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"
#include "common/candle_fold.h"

#define FIRST_ROWS 64 /* of an array that grows */


static const struct readers_query ticks_forward = {DATABASE_TICKS,
	"SELECT " STORED_TICK_COLUMNS " FROM unified_ticks WHERE symbol_id = ?1"
	" AND (time_us, tick_id) > (?2, ?3) AND time_us < ?4"
	" ORDER BY time_us, tick_id LIMIT ?5"};
static const struct readers_query ticks_backward = {DATABASE_TICKS,
	"SELECT " STORED_TICK_COLUMNS " FROM unified_ticks WHERE symbol_id = ?1"
	" AND (time_us, tick_id) > (?2, ?3) AND time_us < ?4"
	" ORDER BY time_us DESC, tick_id DESC LIMIT ?5"};

static const struct readers_query candles_forward = {DATABASE_TICKS,
	"SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1 AND open_time_us >= ?2"
	" AND open_time_us < ?3 ORDER BY open_time_us"};
static const struct readers_query candles_backward = {DATABASE_TICKS,
	"SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1 AND open_time_us >= ?2"
	" AND open_time_us < ?3 ORDER BY open_time_us DESC"};
static const struct readers_query newest_candle = {DATABASE_TICKS,
	"SELECT max(open_time_us) FROM m5_candles WHERE symbol_id = ?1"};

/* One statement, so one snapshot: the rows of different types are of the same candle. */
static const struct readers_query newest_analyses = {DATABASE_ANALYSIS,
	"SELECT r.analysis_type, r.timeframe, r.result, r.time_us, r.confidence"
	" FROM json_each(?3) AS wanted CROSS JOIN analysis_results AS r"
	" WHERE r.source = ?1 AND r.symbol = ?2 AND r.analysis_type = wanted.value"
	" AND r.timeframe = 'M5' AND r.time_us = (SELECT max(n.time_us) FROM analysis_results AS n"
	" WHERE n.source = ?1 AND n.symbol = ?2 AND n.analysis_type = wanted.value"
	" AND n.timeframe = 'M5') ORDER BY wanted.key"};

/* Room for one row more in an array that doubles.  Returns the array, or NULL with it freed. */
static void *
grow(void *rows, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity == 0 ? FIRST_ROWS : *capacity * 2;
	void *grown;

	if (count < *capacity)
		return rows;
	grown = realloc(rows, wanted * size);
	if (grown == NULL)
		free(rows);
	else
		*capacity = wanted;
	return grown;
}

/* ---- ticks ---- */

static void
read_tick(sqlite3_stmt *statement, struct query_tick *row)
{
	stored_tick(statement, &row->tick);
	row->trade_count = sqlite3_column_type(statement, 7) == SQLITE_NULL ?
	    1 : sqlite3_column_int64(statement, 7);
}

static void
reverse_ticks(struct query_tick *ticks, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct query_tick swapped = ticks[i];

		ticks[i] = ticks[count - 1 - i];
		ticks[count - 1 - i] = swapped;
	}
}

static void
bind_ticks(sqlite3_stmt *statement, const struct query_range *range)
{
	bool behind = range->after_us >= range->from_us;

	/* Behind the cursor, or behind whatever is just before `from`. */
	sqlite3_bind_int64(statement, 1, range->symbol_id);
	sqlite3_bind_int64(statement, 2,
	    behind || range->from_us == INT64_MIN ? range->after_us : range->from_us - 1);
	sqlite3_bind_int64(statement, 3, behind ? range->after_id : INT64_MAX);
	sqlite3_bind_int64(statement, 4, range->to_us);
	sqlite3_bind_int64(statement, 5, (sqlite3_int64)range->limit + 1);
}

int
query_ticks(struct readers *readers, const struct query_range *range, struct query_tick **ret_ticks,
    size_t *ret_count, bool *ret_more, struct problem *problem)
{
	const struct readers_query *query = range->newest ? &ticks_backward : &ticks_forward;
	struct query_tick *ticks = NULL;
	size_t count = 0, capacity = 0;
	sqlite3_stmt *statement;
	int stepped = readers_begin(readers, query, &statement, problem);

	if (stepped < 0)
		return stepped;
	bind_ticks(statement, range);
	while ((stepped = readers_step(readers, query, statement, problem)) == 1) {
		if (count == range->limit)
			break;
		ticks = grow(ticks, count, &capacity, sizeof(*ticks));
		if (ticks == NULL) {
			stepped = problem_set(problem, -ENOMEM, "out of memory");
			break;
		}
		read_tick(statement, &ticks[count++]);
	}
	readers_done(statement);
	if (stepped < 0) {
		free(ticks);
		return stepped;
	}
	if (range->newest)
		reverse_ticks(ticks, count);
	*ret_ticks = ticks;
	*ret_count = count;
	*ret_more = stepped == 1;
	return 0;
}

int
query_newest_tick(struct readers *readers, int64_t symbol_id, struct query_tick *ret_tick,
    struct problem *problem)
{
	const struct query_range range = {symbol_id, INT64_MIN, INT64_MAX, INT64_MIN, INT64_MIN, 1, true};
	sqlite3_stmt *statement;
	int stepped = readers_begin(readers, &ticks_backward, &statement, problem);

	if (stepped < 0)
		return stepped;
	bind_ticks(statement, &range);
	stepped = readers_step(readers, &ticks_backward, statement, problem);
	if (stepped == 1)
		read_tick(statement, ret_tick);
	readers_done(statement);
	return stepped;
}

/* ---- candles ---- */

static int
newest_slot(struct readers *readers, int64_t symbol_id, int64_t *ret_us, struct problem *problem)
{
	sqlite3_stmt *statement;
	int stepped = readers_begin(readers, &newest_candle, &statement, problem);

	if (stepped < 0)
		return stepped;
	sqlite3_bind_int64(statement, 1, symbol_id);
	stepped = readers_step(readers, &newest_candle, statement, problem);
	if (stepped == 1)
		*ret_us = stored_or_none(statement, 0);
	readers_done(statement);
	return stepped < 0 ? stepped : 0;
}

static void
reverse_candles(struct candle *candles, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct candle swapped = candles[i];

		candles[i] = candles[count - 1 - i];
		candles[count - 1 - i] = swapped;
	}
}

/* Folds rows until limit slots are full and another one begins.  Returns as readers_step(). */
static int
fold_rows(struct readers *readers, const struct readers_query *query, sqlite3_stmt *statement,
    const struct query_range *range, int64_t slot_us, struct candle **ret_candles,
    size_t *ret_count, struct problem *problem)
{
	struct candle *candles = NULL, m5;
	size_t count = 0, capacity = 0;
	int stepped;

	while ((stepped = readers_step(readers, query, statement, problem)) == 1) {
		stored_candle(statement, &m5);
		if (count > 0 && candle_fold(&candles[count - 1], &m5, slot_us, range->newest))
			continue;
		if (count == range->limit)
			break;
		candles = grow(candles, count, &capacity, sizeof(*candles));
		if (candles == NULL)
			return problem_set(problem, -ENOMEM, "out of memory");
		candle_fold_start(&candles[count++], &m5, slot_us);
	}
	if (stepped < 0) {
		free(candles);
		return stepped;
	}
	*ret_candles = candles;
	*ret_count = count;
	return stepped;
}

int
query_candles(struct readers *readers, const struct query_range *range, int64_t slot_us,
    struct candle **ret_candles, size_t *ret_count, bool *ret_more, struct problem *problem)
{
	const struct readers_query *query = range->newest ? &candles_backward : &candles_forward;
	struct candle *candles = NULL;
	int64_t newest_us = TICK_NONE;
	size_t count = 0;
	sqlite3_stmt *statement;
	int stepped = newest_slot(readers, range->symbol_id, &newest_us, problem);

	if (stepped == 0)
		stepped = readers_begin(readers, query, &statement, problem);
	if (stepped < 0)
		return stepped;
	sqlite3_bind_int64(statement, 1, range->symbol_id);
	sqlite3_bind_int64(statement, 2, candle_fold_next_slot(range->from_us, slot_us));
	sqlite3_bind_int64(statement, 3, candle_fold_next_slot(range->to_us, slot_us));
	stepped = fold_rows(readers, query, statement, range, slot_us, &candles, &count, problem);
	readers_done(statement);
	if (stepped < 0)
		return stepped;
	if (range->newest)
		reverse_candles(candles, count);
	if (slot_us != CANDLE_M5_US)
		for (size_t i = 0; i < count; i++)
			candles[i].complete &= newest_us >= candles[i].open_time_us + slot_us;
	*ret_candles = candles;
	*ret_count = count;
	*ret_more = stepped == 1;
	return 0;
}

/* ---- analyses ---- */

int
query_analyses(struct readers *readers, const char *source, const char *symbol, const char *types,
    query_analysis_callback *callback, void *context, struct problem *problem)
{
	sqlite3_stmt *statement;
	int stepped = readers_begin(readers, &newest_analyses, &statement, problem);

	if (stepped < 0)
		return stepped;
	sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, symbol, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, types, -1, SQLITE_STATIC);
	while ((stepped = readers_step(readers, &newest_analyses, statement, problem)) == 1) {
		const struct query_analysis analysis = {
			.type = (const char *)sqlite3_column_text(statement, 0),
			.timeframe = (const char *)sqlite3_column_text(statement, 1),
			.result = (const char *)sqlite3_column_text(statement, 2),
			.time_us = sqlite3_column_int64(statement, 3),
			.confidence = sqlite3_column_type(statement, 4) == SQLITE_NULL ?
			    NAN : sqlite3_column_double(statement, 4),
		};

		callback(context, &analysis);
	}
	readers_done(statement);
	return stepped;
}
