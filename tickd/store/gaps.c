#include "tickd/store/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

enum statement {
	OPEN,
	REOPEN,
	MARK,
	CUT,
	CLOSE,
	SPLIT_UPPER,
	SPLIT_LOWER,
	GIVE_UP,
	DELETE_FILLED,
	DELETE_UNFILLABLE,
	FIND,
	FIND_DUE,
	TOUCH,
	TOTALS,
	TOP,
	DUE,
	STATEMENTS
};

#define ROWS                                                                                       \
	"SELECT gap_id, missing_first_id, missing_last_id, missing_from_us, missing_to_us, state"  \
	" FROM feed_gaps WHERE symbol_id = ?1 AND state "
/* As the indices have them, to the letter. */
#define UNFILLED "<> 'filled'"
#define TO_FILL "IN ('open', 'filling')"

static const char *const sql[STATEMENTS] = {
	[OPEN] = ("INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us,"
		 " missing_first_id, missing_last_id, missing_from_us, missing_to_us, opened_us,"
		 " state, filled_us, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?2, ?3, ?4, ?5, ?6,"
		 " iif(?7 IS NULL, 'open', 'unfillable'), iif(?7 IS NULL, NULL, ?6), ?7)"),
	[REOPEN] = ("UPDATE feed_gaps SET state = 'open', filled_us = NULL, reason = NULL"
		   " WHERE gap_id = ?1 AND state = 'unfillable' AND reason = ?2"),
	[MARK] = "UPDATE feed_gaps SET state = 'filling' WHERE gap_id = ?1 AND state = 'open'",
	[CUT] = ("UPDATE feed_gaps SET missing_first_id = ?2, missing_last_id = ?3,"
		" missing_from_us = ?4, missing_to_us = ?5 WHERE gap_id = ?1"),
	[CLOSE] = ("UPDATE feed_gaps SET state = 'filled', filled_us = ?2, reason = NULL,"
		  " missing_first_id = NULL, missing_last_id = NULL, missing_from_us = NULL,"
		  " missing_to_us = NULL WHERE gap_id = ?1"),
	/* A new row gets the ids from ?2 on, of which those from ?2 on are missing ... */
	[SPLIT_UPPER] = ("INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us,"
			" missing_first_id, missing_last_id, missing_from_us, missing_to_us,"
			" opened_us, state, filled_us, reason) SELECT symbol_id, ?2, last_id, ?3,"
			" to_us, ?2, missing_last_id, ?3, missing_to_us, opened_us, state,"
			" filled_us, reason FROM feed_gaps WHERE gap_id = ?1"),
	/* ... and the old one keeps those before; its missing ones end with ?4. */
	[SPLIT_LOWER] = ("UPDATE feed_gaps SET last_id = ?2 - 1, to_us = ?3, missing_last_id = ?4,"
			" missing_to_us = ?5 WHERE gap_id = ?1"),
	[GIVE_UP] = ("UPDATE feed_gaps SET state = 'unfillable', filled_us = ?2, reason = ?3"
		    " WHERE gap_id = ?1"),
	[DELETE_FILLED] = ("DELETE FROM feed_gaps WHERE gap_id IN (SELECT gap_id FROM feed_gaps"
			  " WHERE filled_us IS NOT NULL AND filled_us < ?1 AND state = 'filled'"
			  " LIMIT ?2)"),
	[DELETE_UNFILLABLE] = ("DELETE FROM feed_gaps WHERE gap_id IN (SELECT gap_id FROM feed_gaps"
			      " WHERE symbol_id = ?1 AND state " UNFILLED " AND filled_us < ?2"
			      " AND missing_to_us < ?3 LIMIT ?4)"),
	[FIND] = ROWS UNFILLED " AND missing_first_id <= ?2 ORDER BY missing_first_id DESC LIMIT 1",
	[FIND_DUE] = ROWS TO_FILL
	    " AND missing_first_id <= ?2 ORDER BY missing_first_id DESC LIMIT 1",
	[TOUCH] = ("SELECT missing_last_id FROM feed_gaps WHERE symbol_id = ?1 AND state " UNFILLED
		  " AND missing_first_id <= ?2 ORDER BY missing_first_id DESC LIMIT 1"),
	[TOTALS] = ("SELECT count(*) FILTER (WHERE state <> 'unfillable'),"
		   " coalesce(sum(missing_last_id - missing_first_id + 1)"
		   "  FILTER (WHERE state <> 'unfillable'), 0),"
		   " count(*) FILTER (WHERE state = 'unfillable')"
		   " FROM feed_gaps WHERE symbol_id = ?1 AND state " UNFILLED),
	[TOP] = ROWS UNFILLED " ORDER BY missing_first_id DESC LIMIT 1",
	[DUE] = ROWS TO_FILL " ORDER BY missing_first_id LIMIT 1",
};

struct gaps {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

/* A row that is not filled. */
struct row {
	int64_t symbol_id, gap_id;
	struct gap missing;
	bool unfillable;
};

int
gaps_create(struct gaps **ret, struct database *db)
{
	struct gaps *gaps = calloc(1, sizeof(*gaps));

	if (gaps == NULL)
		return -ENOMEM;
	gaps->db = db;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &gaps->statements[i]);

		if (error < 0) {
			gaps_free(gaps);
			return error;
		}
	}
	*ret = gaps;
	return 0;
}

void
gaps_free(struct gaps *gaps)
{
	if (gaps == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(gaps->statements[i]);
	free(gaps);
}

/* ---- statements ---- */

/* Binds the integers from ?1 on and steps once; the caller resets after it has read a row. */
static int
run(struct gaps *gaps, enum statement which, const int64_t *values, int count)
{
	sqlite3_stmt *statement = gaps->statements[which];

	for (int i = 0; i < count; i++)
		sqlite3_bind_int64(statement, i + 1, values[i]);
	return database_step(gaps->db, statement);
}

static int
run_once(struct gaps *gaps, enum statement which, const int64_t *values, int count)
{
	int result = run(gaps, which, values, count);

	sqlite3_reset(gaps->statements[which]);
	return result;
}

/* The same with a text behind the integers. */
static int
run_with_reason(struct gaps *gaps, enum statement which, const int64_t *values, int count,
    const char *reason)
{
	sqlite3_stmt *statement = gaps->statements[which];
	int result;

	sqlite3_bind_text(statement, count + 1, reason, -1, SQLITE_STATIC);
	result = run_once(gaps, which, values, count);
	sqlite3_bind_null(statement, count + 1); /* the text is the caller's */
	return result;
}

static int
changed_rows(struct gaps *gaps)
{
	return sqlite3_changes(database_handle(gaps->db));
}

/* The row that FIND, TOP or DUE shows: 1, or 0 without one. */
static int
find(struct gaps *gaps, enum statement which, const int64_t *values, int count, struct row *ret)
{
	sqlite3_stmt *statement = gaps->statements[which];
	int result = run(gaps, which, values, count);

	if (result == 1) {
		const char *state = (const char *)sqlite3_column_text(statement, 5);

		*ret = (struct row){
			.symbol_id = values[0],
			.gap_id = sqlite3_column_int64(statement, 0),
			.missing = {
				.first_id = sqlite3_column_int64(statement, 1),
				.last_id = sqlite3_column_int64(statement, 2),
				.from_us = sqlite3_column_int64(statement, 3),
				.to_us = sqlite3_column_int64(statement, 4),
			},
			.unfillable = state != NULL && strcmp(state, "unfillable") == 0,
		};
		if (state == NULL)
			result = -ENOMEM;
	}
	sqlite3_reset(statement);
	return result;
}

/* What is missing never overlaps: of the rows that begin by last_id, only the last can hold ids. */
static int
find_within(struct gaps *gaps, enum statement which, int64_t symbol_id, int64_t first_id,
    int64_t last_id, struct row *ret)
{
	const int64_t values[] = {symbol_id, last_id};
	int result = find(gaps, which, values, 2, ret);

	return result == 1 && ret->missing.last_id < first_id ? 0 : result;
}

static int64_t
length(const struct gap *gap)
{
	return gap->last_id < gap->first_id ? 0 : gap->last_id - gap->first_id + 1;
}

static int
cut(struct gaps *gaps, int64_t gap_id, const struct gap *left)
{
	const int64_t values[] = {
		gap_id, left->first_id, left->last_id, left->from_us, left->to_us};

	return run_once(gaps, CUT, values, 5);
}

/*
 * The row becomes two: the old one misses `below`, the new one `above`, and with it goes all that
 * was opened from above->first_id on.  The id before that is at middle_us.
 */
static int
split(struct gaps *gaps, int64_t gap_id, const struct gap *below, const struct gap *above,
    int64_t middle_us)
{
	const int64_t upper[] = {gap_id, above->first_id, above->from_us};
	const int64_t lower[] = {
		gap_id, above->first_id, middle_us, below->last_id, below->to_us};
	int result = run_once(gaps, SPLIT_UPPER, upper, 3);

	return result < 0 ? result : run_once(gaps, SPLIT_LOWER, lower, 5);
}

/* ---- totals ---- */

int
gaps_read_totals(struct gaps *gaps, int64_t symbol_id, struct gaps_totals *ret)
{
	sqlite3_stmt *row = gaps->statements[TOTALS];
	int result = run(gaps, TOTALS, &symbol_id, 1);

	if (result == 1)
		*ret = (struct gaps_totals){
			.due_count = sqlite3_column_int64(row, 0),
			.due_ids = sqlite3_column_int64(row, 1),
			.unfillable = sqlite3_column_int64(row, 2),
			.stale = true,
		};
	sqlite3_reset(row);
	return result < 0 ? result : gaps_refresh(gaps, symbol_id, ret);
}

int
gaps_refresh(struct gaps *gaps, int64_t symbol_id, struct gaps_totals *totals)
{
	struct row row;
	int result;

	if (!totals->stale)
		return 0;
	result = find(gaps, TOP, &symbol_id, 1, &row);
	if (result < 0)
		return result;
	totals->top = result == 1 ? row.missing.last_id : -1;
	result = find(gaps, DUE, &symbol_id, 1, &row);
	if (result < 0)
		return result;
	totals->due = result == 1 ? row.missing :
	    (struct gap){TICK_NONE, TICK_NONE, TICK_NONE, TICK_NONE};
	totals->stale = false;
	return 0;
}

static void
count_rows(struct gaps_totals *totals, bool unfillable, int64_t rows, int64_t ids)
{
	totals->stale = true;
	if (unfillable) {
		totals->unfillable += rows;
	} else {
		totals->due_count += rows;
		totals->due_ids += ids;
	}
}

/* ---- what the ledger does ---- */

int
gaps_open(struct gaps *gaps, int64_t symbol_id, const struct gap *gap, const char *reason,
    int64_t now_us, struct gaps_totals *totals)
{
	const int64_t values[] = {
		symbol_id, gap->first_id, gap->last_id, gap->from_us, gap->to_us, now_us};

	count_rows(totals, reason != NULL, 1, length(gap));
	if (gap->last_id > totals->top)
		totals->top = gap->last_id;
	return run_with_reason(gaps, OPEN, values, 6, reason);
}

int
gaps_reopen(struct gaps *gaps, int64_t symbol_id, int64_t id, const char *reason, int64_t most_us,
    struct gaps_totals *totals)
{
	struct row row;
	int result = find_within(gaps, FIND, symbol_id, id, id, &row);

	if (result != 1 || !row.unfillable || row.missing.from_us < row.missing.to_us - most_us)
		return result < 0 ? result : 0;
	result = run_with_reason(gaps, REOPEN, &row.gap_id, 1, reason);
	if (result < 0 || changed_rows(gaps) == 0)
		return result;
	count_rows(totals, true, -1, 0);
	count_rows(totals, false, 1, length(&row.missing));
	return 0;
}

int
gaps_fill_range(struct gaps *gaps, int64_t symbol_id, const struct gap *run_of, bool page,
    int64_t now_us, struct gaps_totals *totals, struct gaps_filled *ret)
{
	struct gap *was = &ret->was, below, above;
	struct row row;
	int result = find_within(gaps, FIND, symbol_id, run_of->first_id, run_of->last_id, &row);

	if (result != 1)
		return result;
	*was = row.missing;
	below = (struct gap){was->first_id, run_of->first_id - 1, was->from_us, run_of->from_us};
	above = (struct gap){run_of->last_id + 1, was->last_id, run_of->to_us, was->to_us};
	ret->closed = length(&below) + length(&above) == 0;
	ret->ids = length(was) - length(&below) - length(&above);
	count_rows(totals, row.unfillable,
	    (length(&below) > 0) + (length(&above) > 0) - 1, -ret->ids);
	if (ret->closed)
		result = run_once(gaps, CLOSE, (int64_t[]){row.gap_id, now_us}, 2);
	else if (page && !row.unfillable)
		result = run_once(gaps, MARK, &row.gap_id, 1);
	else
		result = 0;
	if (result == 0 && length(&below) > 0 && length(&above) > 0)
		result = split(gaps, row.gap_id, &below, &above, run_of->to_us);
	else if (result == 0 && !ret->closed)
		result = cut(gaps, row.gap_id, length(&below) > 0 ? &below : &above);
	return result < 0 ? result : 1;
}

/* Of the row only the part first_id..last_id is to be given up: the rest gets rows of its own. */
static int
cut_out(struct gaps *gaps, struct row *row, int64_t first_id, int64_t last_id,
    struct gaps_totals *totals)
{
	struct gap lower = row->missing, upper = row->missing;
	int result = 0;

	if (row->missing.last_id > last_id) {
		lower.last_id = last_id;
		upper.first_id = last_id + 1;
		result = split(gaps, row->gap_id, &lower, &upper, upper.to_us);
		row->missing = lower;
		count_rows(totals, false, 1, 0);
	}
	if (result == 0 && row->missing.first_id < first_id) {
		lower = upper = row->missing;
		lower.last_id = first_id - 1;
		upper.first_id = first_id;
		result = split(gaps, row->gap_id, &lower, &upper, upper.to_us);
		row->missing = upper;
		count_rows(totals, false, 1, 0);
		if (result == 0)
			result = find_within(gaps, FIND_DUE, row->symbol_id, first_id, last_id, row);
	}
	return result < 0 ? result : 0;
}

static int
give_up_row(struct gaps *gaps, const struct row *row, const char *reason, int64_t now_us,
    struct gaps_totals *totals)
{
	count_rows(totals, false, -1, -length(&row->missing));
	count_rows(totals, true, 1, 0);
	return run_with_reason(gaps, GIVE_UP, (int64_t[]){row->gap_id, now_us}, 2, reason);
}

int
gaps_give_up(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id,
    const char *reason, int64_t now_us, struct gaps_totals *totals)
{
	struct row row;
	int result;

	while ((result = find_within(gaps, FIND_DUE, symbol_id, first_id, last_id, &row)) == 1) {
		result = cut_out(gaps, &row, first_id, last_id, totals);
		if (result == 0)
			result = give_up_row(gaps, &row, reason, now_us, totals);
		if (result < 0)
			return result;
	}
	return result;
}

int
gaps_give_up_before(struct gaps *gaps, int64_t symbol_id, int64_t before_us, const char *reason,
    int64_t now_us, struct gaps_totals *totals)
{
	struct row row;
	int result = 0;

	while (totals->due_count > 0 && (result = find(gaps, DUE, &symbol_id, 1, &row)) == 1 &&
	    row.missing.to_us < before_us) {
		result = give_up_row(gaps, &row, reason, now_us, totals);
		if (result < 0)
			return result;
	}
	return result < 0 ? result : 0;
}

int
gaps_find(struct gaps *gaps, int64_t symbol_id, int64_t id, struct gap *ret)
{
	struct row row;
	int result = find_within(gaps, FIND, symbol_id, id, id, &row);

	if (result == 1)
		*ret = row.missing;
	return result;
}

int
gaps_touch(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id)
{
	const int64_t values[] = {symbol_id, last_id};
	int result = run(gaps, TOUCH, values, 2);

	if (result == 1)
		result = sqlite3_column_int64(gaps->statements[TOUCH], 0) >= first_id;
	sqlite3_reset(gaps->statements[TOUCH]);
	return result;
}

int
gaps_delete_filled(struct gaps *gaps, int64_t closed_before_us, int limit)
{
	const int64_t values[] = {closed_before_us, limit};
	int result = run_once(gaps, DELETE_FILLED, values, 2);

	return result < 0 ? result : changed_rows(gaps);
}

int
gaps_delete_unfillable(struct gaps *gaps, int64_t symbol_id, int64_t closed_before_us,
    int64_t ticks_before_us, int limit, struct gaps_totals *totals)
{
	const int64_t values[] = {symbol_id, closed_before_us, ticks_before_us, limit};
	int result = run_once(gaps, DELETE_UNFILLABLE, values, 4), deleted;

	if (result < 0)
		return result;
	deleted = changed_rows(gaps);
	count_rows(totals, true, -deleted, 0);
	return deleted;
}
