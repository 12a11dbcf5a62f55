#include "analysisd/trading_hours_reader.h"

#include <errno.h>
#include <stdlib.h>

enum statement { SESSIONS, OFFSETS, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[SESSIONS] = "SELECT sessions FROM symbol_terms WHERE symbol_id = ?1 AND from_us < ?2"
		     " ORDER BY from_us DESC LIMIT 1",
	[OFFSETS] = "SELECT from_server_us - offset_us, offset_us FROM broker_offsets"
		    " WHERE source = ?1 ORDER BY from_server_us DESC",
};

struct trading_hours_reader {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
trading_hours_reader_open(struct trading_hours_reader **ret, struct database *db)
{
	struct trading_hours_reader *reader = calloc(1, sizeof(*reader));
	int error = 0;

	if (reader == NULL)
		return -ENOMEM;
	reader->db = db;
	for (int i = 0; i < STATEMENTS && error == 0; i++)
		error = database_prepare(db, sql[i], &reader->statements[i]);
	if (error < 0) {
		trading_hours_reader_close(reader);
		return error;
	}
	*ret = reader;
	return 0;
}

void
trading_hours_reader_close(struct trading_hours_reader *reader)
{
	if (reader == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(reader->statements[i]);
	free(reader);
}

/* 1, 0 where none are said, or what is said is none; -errno. */
static int
read_sessions(struct trading_hours_reader *reader, int64_t symbol_id, int64_t end_us,
    struct market_hours *ret)
{
	sqlite3_stmt *row = reader->statements[SESSIONS];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, end_us);
	result = database_step(reader->db, row);
	if (result == 1) {
		const char *text = (const char *)sqlite3_column_text(row, 0);

		result = text != NULL && market_hours_read(ret, text) == 0;
	}
	sqlite3_reset(row);
	return result;
}

/* An offset of after the bar counts only where there is none of before it: the oldest one. */
static void
keep_offset(struct trading_hours *hours, sqlite3_stmt *row, int64_t end_us)
{
	const struct trading_offset offset = {
		sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};

	if (hours->count == 1 && hours->offsets[0].from_us >= end_us)
		hours->count = 0;
	hours->offsets[hours->count++] = offset;
}

/* 1, 0 where there is none, -errno. */
static int
read_offsets(struct trading_hours_reader *reader, const char *source, int64_t end_us,
    struct trading_hours *ret)
{
	sqlite3_stmt *row = reader->statements[OFFSETS];
	int result = 1;

	ret->count = 0;
	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	while (ret->count < TRADING_HOURS_OFFSETS &&
	    (result = database_step(reader->db, row)) == 1)
		keep_offset(ret, row, end_us);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return result < 0 ? result : ret->count > 0;
}

int
trading_hours_reader_read(struct trading_hours_reader *reader, int64_t symbol_id,
    const char *source, int64_t end_us, struct trading_hours *ret)
{
	int result = read_sessions(reader, symbol_id, end_us, &ret->sessions);

	return result == 1 ? read_offsets(reader, source, end_us, ret) : result;
}
