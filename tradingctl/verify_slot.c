#include "tradingctl/verify_slot.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/stored_rows.h"
#include "tradingctl/candle_check.h"
#include "tradingctl/symbol_marks.h"

enum query { TICKS, CANDLE, BEFORE, AFTER, MISSING, QUERIES };

struct slot_reader {
	struct database *db;
	const struct symbol_row *symbol;
	int64_t candles_kept_us;
	sqlite3_stmt *statements[QUERIES], *marks;
};

/* Everything of one slot that one snapshot shows. */
struct slot_view {
	struct symbol_marks marks;
	struct slot_surroundings around;
	struct candle_builder builder;
	struct candle stored;
	bool has_candle;
};

/* ?1 the symbol, ?2 the slot's start, ?3 its end; MISSING asks for the ids ?2 to ?3. */
static const char *const sql[QUERIES] = {
	[TICKS] = "SELECT " STORED_TICK_COLUMNS " FROM unified_ticks"
		  " WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3",
	[CANDLE] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles"
		   " WHERE symbol_id = ?1 AND open_time_us = ?2",
	/* Where retention took the ticks before, their frozen candles still tell of them. */
	[BEFORE] = "SELECT EXISTS(SELECT 1 FROM unified_ticks WHERE symbol_id = ?1"
		   " AND time_us < ?2 AND bid_e8 IS NOT NULL) OR EXISTS(SELECT 1 FROM m5_candles"
		   " WHERE symbol_id = ?1 AND open_time_us < ?2 AND origin = 'ticks')",
	[AFTER] = "SELECT EXISTS(SELECT 1 FROM unified_ticks WHERE symbol_id = ?1"
		  " AND time_us >= ?3 AND (?4 OR flags & 1))",
	[MISSING] = "SELECT EXISTS(SELECT 1 FROM feed_gaps WHERE symbol_id = ?1"
		    " AND state <> 'filled' AND missing_first_id <= ?3 AND missing_last_id >= ?2)",
};

int
slot_reader_open(struct slot_reader **ret, struct database *db, const struct symbol_row *symbol,
    int64_t candles_kept_us)
{
	struct slot_reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (reader == NULL)
		return -ENOMEM;
	reader->db = db;
	reader->symbol = symbol;
	reader->candles_kept_us = candles_kept_us;
	error = symbol_marks_prepare(db, &reader->marks);
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
	sqlite3_finalize(reader->marks);
	free(reader);
}

static sqlite3_stmt *
bound(struct slot_reader *reader, enum query query, int64_t from, int64_t to)
{
	sqlite3_stmt *statement = reader->statements[query];
	int parameters = sqlite3_bind_parameter_count(statement);

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, reader->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, from);
	if (parameters >= 3)
		sqlite3_bind_int64(statement, 3, to);
	if (parameters >= 4)
		sqlite3_bind_int(statement, 4, !reader->symbol->has_ids);
	return statement;
}

static int
ask(struct slot_reader *reader, enum query query, int64_t from, int64_t to, bool *ret)
{
	sqlite3_stmt *statement = bound(reader, query, from, to);
	int error = database_step(reader->db, statement);

	if (error == 1)
		*ret = sqlite3_column_int(statement, 0) != 0;
	sqlite3_reset(statement);
	return error < 0 ? error : 0;
}

static int
read_surroundings(struct slot_reader *reader, int64_t open_us, struct slot_view *view)
{
	int64_t end_us = open_us + CANDLE_M5_US;
	int error;

	view->around = (struct slot_surroundings){
		.ordinal = !reader->symbol->has_ids,
		.first_id = view->marks.first_id,
		.whole_from_us = view->marks.whole_from_us,
		.source_clock_us = view->marks.source_clock_us,
	};
	error = ask(reader, AFTER, open_us, end_us, &view->around.after);
	if (error == 0 && view->around.ordinal)
		return ask(reader, BEFORE, open_us, end_us, &view->around.before);
	if (error == 0 && view->builder.ids > 0)
		error = ask(reader, MISSING, view->builder.first_tick_id - 1,
		    view->builder.last_tick_id + 1, &view->around.missing);
	return error;
}

static int
fold_ticks(struct slot_reader *reader, int64_t open_us, struct candle_builder *ret)
{
	sqlite3_stmt *statement = bound(reader, TICKS, open_us, open_us + CANDLE_M5_US);
	struct tick tick;
	int error;

	candle_builder_start(ret, open_us);
	while ((error = database_step(reader->db, statement)) == 1) {
		stored_tick(statement, &tick);
		candle_check_add(ret, !reader->symbol->has_ids, &tick);
	}
	sqlite3_reset(statement);
	return error;
}

static int
read_candle(struct slot_reader *reader, int64_t open_us, struct slot_view *view)
{
	sqlite3_stmt *statement = bound(reader, CANDLE, open_us, 0);
	int found = database_step(reader->db, statement);

	view->has_candle = found == 1;
	if (view->has_candle)
		stored_candle(statement, &view->stored);
	sqlite3_reset(statement);
	return found < 0 ? found : 0;
}

/* Where there are ticks, but no candle: a fault, unless retention took the candle before them. */
static void
judge_absence(const struct slot_reader *reader, const struct slot_view *view, const char *when,
    struct findings *findings)
{
	int64_t kept_us = reader->candles_kept_us;

	if (kept_us > 0 && view->builder.open_time_us < view->marks.source_clock_us - kept_us)
		return;
	findings_add(findings, "candle %s is missing: %jd %s of it are stored", when,
	    (intmax_t)view->builder.ids, reader->symbol->has_ids ? "trades" : "ticks");
}

static void
judge(const struct slot_reader *reader, const struct slot_view *view, struct findings *findings)
{
	const struct candle *stored = &view->stored;
	char when[CLOCK_TEXT_SIZE], text[512];
	struct candle expected;

	clock_format(view->builder.open_time_us, 0, when);
	if (view->builder.ids == 0) {
		if (view->has_candle && stored->origin == CANDLE_TICKS)
			findings_add(findings, "candle %s is stored, but no tick of it", when);
		return;
	}
	if (!view->has_candle) {
		judge_absence(reader, view, when, findings);
		return;
	}
	candle_builder_candle(&view->builder, &expected);
	expected.complete = candle_check_complete(&view->builder, &view->around);
	/*
	 * The owner closes a slot by the source's clock with its next commit, and of a symbol that
	 * is not collected any more never: only a later trade of the symbol makes it a duty.
	 */
	if (!view->around.after && !stored->complete)
		expected.complete = false;
	/* Before quotes were whole again, what was complete once stays so. */
	if (view->around.ordinal && view->builder.open_time_us < view->around.whole_from_us)
		expected.complete = stored->origin == CANDLE_TICKS && stored->complete;
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
	struct slot_view view = {0};
	int error = symbol_marks_read(reader->db, reader->marks, reader->symbol->symbol_id,
	    &view.marks);

	/* Candles from before the first tick that is kept are frozen. */
	if (error < 0 || (view.marks.frozen_us != TICK_NONE && open_us < view.marks.frozen_us))
		return error;
	error = fold_ticks(reader, open_us, &view.builder);
	if (error == 0)
		error = read_surroundings(reader, open_us, &view);
	if (error == 0)
		error = read_candle(reader, open_us, &view);
	if (error == 0)
		judge(reader, &view, findings);
	return error;
}

int
slot_reader_check(struct slot_reader *reader, int64_t open_us, struct findings *findings)
{
	char when[CLOCK_TEXT_SIZE];
	int error, ended;

	if (candle_slot(open_us) != open_us) {
		findings_add(findings, "candle %s does not begin where a slot does",
		    clock_format(open_us, 6, when));
		return 0;
	}
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
