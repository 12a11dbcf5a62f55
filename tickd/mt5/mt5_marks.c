#include "tickd/mt5/mt5_marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

enum statement { READ, WRITE, READ_OFFSETS, WRITE_OFFSET, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[READ] = "SELECT server_ms, count_in_ms FROM tick_watermarks WHERE symbol_id = ?1",
	[WRITE] = ("INSERT INTO tick_watermarks(symbol_id, server_ms, count_in_ms) VALUES(?1, ?2, ?3)"
		  " ON CONFLICT(symbol_id) DO UPDATE SET server_ms = ?2, count_in_ms = ?3"),
	[READ_OFFSETS] = ("SELECT from_server_us, offset_us FROM broker_offsets WHERE source = ?1"
			 " ORDER BY from_server_us DESC LIMIT ?2"),
	[WRITE_OFFSET] = ("INSERT OR REPLACE INTO broker_offsets(source, from_server_us, offset_us)"
			 " VALUES(?1, ?2, ?3)"),
};

struct mt5_marks {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
mt5_marks_create(struct mt5_marks **ret, struct database *db)
{
	struct mt5_marks *marks = calloc(1, sizeof(*marks));

	if (marks == NULL)
		return -ENOMEM;
	marks->db = db;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &marks->statements[i]);

		if (error < 0) {
			mt5_marks_free(marks);
			return error;
		}
	}
	*ret = marks;
	return 0;
}

void
mt5_marks_free(struct mt5_marks *marks)
{
	if (marks == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(marks->statements[i]);
	free(marks);
}

int
mt5_marks_read(struct mt5_marks *marks, int64_t symbol_id, struct mt5_watermark *ret)
{
	sqlite3_stmt *row = marks->statements[READ];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	result = database_step(marks->db, row);
	if (result >= 0)
		*ret = (struct mt5_watermark){.server_ms = TICK_NONE};
	if (result == 1)
		*ret = (struct mt5_watermark){sqlite3_column_int64(row, 0),
			sqlite3_column_int64(row, 1)};
	sqlite3_reset(row);
	return result < 0 ? result : 0;
}

int
mt5_marks_write(struct mt5_marks *marks, int64_t symbol_id, const struct mt5_watermark *mark)
{
	sqlite3_stmt *row = marks->statements[WRITE];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, mark->server_ms);
	sqlite3_bind_int64(row, 3, mark->count_in_ms);
	result = database_step(marks->db, row);
	sqlite3_reset(row);
	return result;
}

int
mt5_marks_read_offsets(struct mt5_marks *marks, const char *source,
    struct broker_offset ret[static BROKER_OFFSETS_MAX], size_t *ret_count)
{
	sqlite3_stmt *row = marks->statements[READ_OFFSETS];
	struct broker_offset newest_first[BROKER_OFFSETS_MAX];
	size_t count = 0;
	int result;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int(row, 2, BROKER_OFFSETS_MAX);
	while ((result = database_step(marks->db, row)) == 1)
		newest_first[count++] = (struct broker_offset){sqlite3_column_int64(row, 0),
			sqlite3_column_int64(row, 1)};
	sqlite3_reset(row);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++)
		ret[i] = newest_first[count - 1 - i];
	*ret_count = count;
	return 0;
}

int
mt5_marks_write_offset(struct mt5_marks *marks, const char *source,
    const struct broker_offset *offset)
{
	sqlite3_stmt *row = marks->statements[WRITE_OFFSET];
	int result;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, offset->from_server_us);
	sqlite3_bind_int64(row, 3, offset->offset_us);
	result = database_step(marks->db, row);
	sqlite3_reset(row);
	return result;
}
