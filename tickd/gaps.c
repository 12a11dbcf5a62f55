#include "tickd/gaps.h"

#include <errno.h>
#include <stdlib.h>

enum statement { OPEN, FIND, SHORTEN, CLOSE, TOUCH, SUMMARY, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[OPEN] = "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us)"
		 " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[FIND] = "SELECT gap_id, first_id, last_id, from_us, to_us FROM feed_gaps"
		 " WHERE symbol_id = ?1 AND state <> 'filled' AND first_id <= ?2"
		 " ORDER BY first_id DESC LIMIT 1",
	[SHORTEN] = "UPDATE feed_gaps SET first_id = ?2, last_id = ?3, from_us = ?4, to_us = ?5"
		    " WHERE gap_id = ?1",
	[CLOSE] = "UPDATE feed_gaps SET state = 'filled', filled_us = ?2 WHERE gap_id = ?1",
	[TOUCH] = "SELECT 1 FROM feed_gaps WHERE symbol_id = ?1 AND state <> 'filled'"
		  " AND first_id <= ?3 AND last_id >= ?2 LIMIT 1",
	[SUMMARY] = "SELECT count(*), coalesce(max(last_id), -1) FROM feed_gaps"
		    " WHERE symbol_id = ?1 AND state <> 'filled'",
};

struct gaps {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
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

int
gaps_open(struct gaps *gaps, int64_t symbol_id, const struct gap *gap, int64_t now_us)
{
	const int64_t values[] = {
		symbol_id, gap->first_id, gap->last_id, gap->from_us, gap->to_us, now_us};

	return run_once(gaps, OPEN, values, 6);
}

/* Gaps of a symbol never overlap: only the last one that begins no later can hold the id. */
static int
find(struct gaps *gaps, int64_t symbol_id, int64_t id, int64_t *ret_gap_id, struct gap *ret_gap)
{
	sqlite3_stmt *statement = gaps->statements[FIND];
	const int64_t values[] = {symbol_id, id};
	int result = run(gaps, FIND, values, 2);

	if (result == 1) {
		*ret_gap_id = sqlite3_column_int64(statement, 0);
		*ret_gap = (struct gap){
			.first_id = sqlite3_column_int64(statement, 1),
			.last_id = sqlite3_column_int64(statement, 2),
			.from_us = sqlite3_column_int64(statement, 3),
			.to_us = sqlite3_column_int64(statement, 4),
		};
	}
	sqlite3_reset(statement);
	return result == 1 && ret_gap->last_id < id ? 0 : result;
}

static int
shorten(struct gaps *gaps, int64_t gap_id, const struct gap *left)
{
	const int64_t values[] = {
		gap_id, left->first_id, left->last_id, left->from_us, left->to_us};

	return run_once(gaps, SHORTEN, values, 5);
}

int
gaps_fill(struct gaps *gaps, int64_t symbol_id, int64_t id, int64_t time_us, int64_t now_us,
    struct gap *ret_gap)
{
	int64_t gap_id;
	int result = find(gaps, symbol_id, id, &gap_id, ret_gap);
	struct gap below, above;

	if (result != 1)
		return result;
	below = (struct gap){ret_gap->first_id, id - 1, ret_gap->from_us, time_us};
	above = (struct gap){id + 1, ret_gap->last_id, time_us, ret_gap->to_us};
	if (below.first_id > below.last_id && above.first_id > above.last_id) {
		const int64_t values[] = {gap_id, now_us};

		result = run_once(gaps, CLOSE, values, 2);
	} else if (below.first_id > below.last_id) {
		result = shorten(gaps, gap_id, &above);
	} else {
		result = shorten(gaps, gap_id, &below);
		if (result == 0 && above.first_id <= above.last_id)
			result = gaps_open(gaps, symbol_id, &above, now_us);
	}
	return result < 0 ? result : 1;
}

int
gaps_touch(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id)
{
	const int64_t values[] = {symbol_id, first_id, last_id};

	return run_once(gaps, TOUCH, values, 3);
}

int
gaps_summary(struct gaps *gaps, int64_t symbol_id, int64_t *ret_count, int64_t *ret_top)
{
	int result = run(gaps, SUMMARY, &symbol_id, 1);

	if (result == 1) {
		*ret_count = sqlite3_column_int64(gaps->statements[SUMMARY], 0);
		*ret_top = sqlite3_column_int64(gaps->statements[SUMMARY], 1);
	}
	sqlite3_reset(gaps->statements[SUMMARY]);
	return result < 0 ? result : 0;
}
