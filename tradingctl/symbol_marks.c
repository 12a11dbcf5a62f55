#include "tradingctl/symbol_marks.h"

#include "common/stored_rows.h"

int
symbol_marks_prepare(struct database *db, sqlite3_stmt **ret)
{
	return database_prepare(db,
	    "SELECT ticks, candles, first_id, newest_id, whole_from_us, frozen_us,"
	    " (SELECT max(newest_us) FROM symbols o WHERE o.source = s.source)"
	    " FROM symbols s WHERE symbol_id = ?1", ret);
}

int
symbol_marks_read(struct database *db, sqlite3_stmt *statement, int64_t symbol_id,
    struct symbol_marks *ret)
{
	int64_t *const members[] = {&ret->ticks, &ret->candles, &ret->first_id, &ret->newest_id,
	    &ret->whole_from_us, &ret->frozen_us, &ret->source_clock_us};
	int error;

	sqlite3_bind_int64(statement, 1, symbol_id);
	error = database_step(db, statement);
	for (int i = 0; i < (int)(sizeof(members) / sizeof(members[0])); i++)
		*members[i] = error == 1 ? stored_or_none(statement, i) : TICK_NONE;
	sqlite3_reset(statement);
	return error < 0 ? error : 0;
}
