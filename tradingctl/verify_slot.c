#include "tradingctl/verify_slot.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/stored_rows.h"
#include "tradingctl/candle_check.h"

enum query { TICKS, CANDLE, BEFORE, AFTER, CLOCK, QUERIES };

struct slot_reader {
	struct database *db;
	const struct symbol_row *symbol;
	sqlite3_stmt *statements[QUERIES];
};

/* ?1 the symbol, ?2 the slot's start, ?3 its end. */
static const char *const sql[QUERIES] = {
	[TICKS] = "SELECT " STORED_TICK_COLUMNS " FROM unified_ticks"
		  " WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3",
	[CANDLE] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles"
		   " WHERE symbol_id = ?1 AND open_time_us = ?2",
	/* Where retention took the ticks before, their frozen candle still knows the last id. */
	[BEFORE] = "SELECT coalesce((SELECT tick_id FROM unified_ticks WHERE symbol_id = ?1"
		   " AND time_us < ?2 AND flags & 1 ORDER BY time_us DESC, tick_id DESC LIMIT 1),"
		   " (SELECT last_tick_id FROM m5_candles WHERE symbol_id = ?1"
		   " AND open_time_us < ?2 AND origin = 'ticks'"
		   " ORDER BY open_time_us DESC LIMIT 1))",
	[AFTER] = "SELECT (SELECT tick_id FROM unified_ticks WHERE symbol_id = ?1"
		  " AND time_us >= ?3 AND flags & 1 ORDER BY time_us, tick_id LIMIT 1)",
	[CLOCK] = "SELECT max(newest_us) FROM symbols"
		  " WHERE source = (SELECT source FROM symbols WHERE symbol_id = ?1)",
};

int
slot_reader_open(struct slot_reader **ret, struct database *db, const struct symbol_row *symbol)
{
	struct slot_reader *reader = calloc(1, sizeof(*reader));
	int error = 0;

	if (reader == NULL)
		return -ENOMEM;
	reader->db = db;
	reader->symbol = symbol;
	for (int i = 0; i < QUERIES && error == 0; i++)
		error = database_prepare(db, sql[i], &reader->statements[i]);
	if (error < 0) {
		slot_reader_close(reader);
		return error;
	}
	*ret = reader;
	return 0;
}

void
slot_reader_close(struct slot_reader *reader)
{
	if (reader == NULL)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(reader->statements[i]);
	free(reader);
}

static sqlite3_stmt *
bound(struct slot_reader *reader, enum query query, int64_t open_us)
{
	sqlite3_stmt *statement = reader->statements[query];
	int parameters = sqlite3_bind_parameter_count(statement);

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, reader->symbol->symbol_id);
	if (parameters >= 2)
		sqlite3_bind_int64(statement, 2, open_us);
	if (parameters >= 3)
		sqlite3_bind_int64(statement, 3, open_us + CANDLE_M5_US);
	return statement;
}

/* The one number of a query, TICK_NONE for NULL. */
static int
read_number(struct slot_reader *reader, enum query query, int64_t open_us, int64_t *ret)
{
	sqlite3_stmt *statement = bound(reader, query, open_us);
	int error = database_step(reader->db, statement);

	if (error == 1)
		*ret = sqlite3_column_type(statement, 0) == SQLITE_NULL ?
		    TICK_NONE : sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return error < 0 ? error : 0;
}

static int
read_surroundings(struct slot_reader *reader, int64_t open_us, struct slot_surroundings *ret)
{
	int error = read_number(reader, BEFORE, open_us, &ret->id_before);

	if (error == 0)
		error = read_number(reader, AFTER, open_us, &ret->id_after);
	if (error == 0)
		error = read_number(reader, CLOCK, open_us, &ret->source_clock_us);
	return error;
}

static int
fold_ticks(struct slot_reader *reader, int64_t open_us, struct candle_builder *ret)
{
	sqlite3_stmt *statement = bound(reader, TICKS, open_us);
	struct tick tick;
	int error;

	candle_builder_start(ret, open_us);
	while ((error = database_step(reader->db, statement)) == 1) {
		stored_tick(statement, &tick);
		candle_builder_add(ret, &tick);
	}
	sqlite3_reset(statement);
	return error;
}

/* Returns 1 with the candle, 0 where there is none, -errno. */
static int
read_candle(struct slot_reader *reader, int64_t open_us, struct candle *ret)
{
	sqlite3_stmt *statement = bound(reader, CANDLE, open_us);
	int found = database_step(reader->db, statement);

	if (found == 1)
		stored_candle(statement, ret);
	sqlite3_reset(statement);
	return found;
}

static void
judge(const struct candle_builder *builder, const struct slot_surroundings *around,
    const struct candle *stored, struct findings *findings)
{
	char when[CLOCK_TEXT_SIZE], text[512];
	struct candle expected;

	clock_format(builder->open_time_us, 0, when);
	if (builder->trades == 0) {
		if (stored != NULL && stored->origin == CANDLE_TICKS)
			findings_add(findings, "candle %s is stored, but no tick of it", when);
		return;
	}
	if (stored == NULL) {
		findings_add(findings, "candle %s is missing: %jd trades of it are stored", when,
		    (intmax_t)builder->trades);
		return;
	}
	candle_builder_candle(builder, &expected);
	expected.complete = candle_check_complete(builder, around);
	/*
	 * The owner closes a slot by the source's clock with its next commit, and of a symbol that
	 * is not collected any more never: only a later trade of the symbol makes it a duty.
	 */
	if (around->id_after == TICK_NONE && !stored->complete)
		expected.complete = false;
	/* The exchange's own candle stands where ours would have holes, and only there. */
	if (stored->origin != CANDLE_TICKS && expected.complete)
		findings_add(findings, "candle %s is of %s, but all of its ticks are stored", when,
		    candle_origin_name(stored->origin));
	if (stored->origin == CANDLE_TICKS &&
	    candle_check_compare(stored, &expected, text, sizeof(text)) > 0)
		findings_add(findings, "candle %s: %s", when, text);
}

static int
read_slot(struct slot_reader *reader, int64_t open_us, struct findings *findings)
{
	struct slot_surroundings around = {0};
	struct candle_builder builder;
	struct candle stored;
	int error, found;

	error = fold_ticks(reader, open_us, &builder);
	if (error == 0)
		error = read_surroundings(reader, open_us, &around);
	if (error < 0)
		return error;
	found = read_candle(reader, open_us, &stored);
	if (found < 0)
		return found;
	judge(&builder, &around, found == 1 ? &stored : NULL, findings);
	return 0;
}

int
slot_reader_check(struct slot_reader *reader, int64_t open_us, struct findings *findings)
{
	int64_t from_us = reader->symbol->ticks_from_us;
	int error, ended;

	/* Candles from before the first tick that is kept are frozen. */
	if (from_us != TICK_NONE && open_us + CANDLE_M5_US <= from_us)
		return 0;
	/* Inside a transaction of the caller's it is one snapshot already. */
	if (!sqlite3_get_autocommit(database_handle(reader->db)))
		return read_slot(reader, open_us, findings);
	error = database_execute(reader->db, "BEGIN");
	if (error < 0)
		return error;
	error = read_slot(reader, open_us, findings);
	ended = database_execute(reader->db, "END");
	return error < 0 ? error : ended;
}
