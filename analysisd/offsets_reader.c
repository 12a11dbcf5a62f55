#include "analysisd/offsets_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"

enum statement { FIND, NEWEST, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[FIND] = "SELECT symbol_id, frozen_us FROM symbols WHERE source = ?1 AND symbol = ?2",
	/* 240 steps into the key: 0.5 ms; to read both hours takes 2 ms at one tick a second. */
	[NEWEST] = "SELECT " STORED_TICK_COLUMNS
		   " FROM unified_ticks WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3"
		   " AND (price_e8 IS NOT NULL OR (bid_e8 IS NOT NULL AND ask_e8 IS NOT NULL))"
		   " ORDER BY time_us DESC, tick_id DESC LIMIT 1",
};

struct offsets_reader {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
offsets_reader_open(struct offsets_reader **ret, struct database *db)
{
	struct offsets_reader *reader = calloc(1, sizeof(*reader));
	int error = 0;

	if (reader == NULL)
		return -ENOMEM;
	reader->db = db;
	for (int i = 0; i < STATEMENTS && error == 0; i++)
		error = database_prepare(db, sql[i], &reader->statements[i]);
	if (error < 0) {
		offsets_reader_close(reader);
		return error;
	}
	*ret = reader;
	return 0;
}

void
offsets_reader_close(struct offsets_reader *reader)
{
	if (reader == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(reader->statements[i]);
	free(reader);
}

int
offsets_reader_find(struct offsets_reader *reader, struct offsets_pairing *pairing)
{
	const char *against = pairing->against;
	sqlite3_stmt *row = reader->statements[FIND];
	const char *colon = strchr(against, ':');
	int result;

	if (colon == NULL)
		return 0;
	sqlite3_bind_text(row, 1, against, (int)(colon - against), SQLITE_STATIC);
	sqlite3_bind_text(row, 2, colon + 1, -1, SQLITE_STATIC);
	result = database_step(reader->db, row);
	if (result == 1) {
		pairing->theirs = sqlite3_column_int64(row, 0);
		pairing->frozen_us = stored_or_none(row, 1);
	}
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return result;
}

/* The newest tick with a price before time_us, OFFSETS_AGE_MAX_US old at the most: 1, 0, -errno. */
static int
read_newest(struct offsets_reader *reader, int64_t symbol_id, int64_t time_us, struct tick *ret)
{
	sqlite3_stmt *row = reader->statements[NEWEST];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, time_us - OFFSETS_AGE_MAX_US);
	sqlite3_bind_int64(row, 3, time_us);
	result = database_step(reader->db, row);
	if (result == 1)
		stored_tick(row, ret);
	sqlite3_reset(row);
	return result;
}

/* Returns 1 where both have a tick, 0, -errno. */
static int
read_both(struct offsets_reader *reader, const struct offsets_pairing *pairing, int64_t time_us,
    struct tick *ret_ours, struct tick *ret_theirs)
{
	int result = read_newest(reader, pairing->theirs, time_us, ret_theirs);

	return result == 1 ? read_newest(reader, pairing->ours, time_us, ret_ours) : result;
}

int
offsets_reader_read(struct offsets_reader *reader, const struct offsets_pairing *pairing,
    int64_t open_us, struct offsets *ret)
{
	struct tick ours, theirs;

	offsets_start(ret, pairing->against, open_us);
	ret->frozen_us = pairing->frozen_us;
	for (int i = OFFSETS_INSTANTS - 1; i >= 0; i--) {
		int64_t time_us = open_us - i * OFFSETS_STEP_US;
		int result = read_both(reader, pairing, time_us, &ours, &theirs);

		if (result < 0)
			return result;
		if (result == 1)
			offsets_add(ret, time_us, &ours, &theirs);
	}
	return 0;
}
