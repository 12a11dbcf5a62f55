#include "tradingctl/verify_symbol.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/stored_rows.h"
#include "tradingctl/candle_check.h"
#include "tradingctl/verify_slot.h"

struct pass {
	struct database *db;
	const struct symbol_row *symbol;
	struct symbol_report *report;
	struct slot_reader *slots;
	sqlite3_stmt *page, *candles, *counter, *count;
	struct id_runs runs;
	struct candle_builder builder; /* of the slot that is being read; trades 0: none yet */
	int64_t id_before;	       /* the last trade before that slot */
	int64_t checked_us;	       /* candles up to this slot are done with */
	int64_t time_us, tick_id;      /* the last row read */
};

static int
prepare(struct pass *pass)
{
	static const char page[] = "SELECT " STORED_TICK_COLUMNS " FROM unified_ticks"
	    " WHERE symbol_id = ?1 AND (time_us, tick_id) > (?2, ?3)"
	    " ORDER BY time_us, tick_id LIMIT ?4";
	static const char candles[] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles"
	    " WHERE symbol_id = ?1 AND open_time_us > ?2 AND open_time_us <= ?3"
	    " ORDER BY open_time_us";
	int error = database_prepare(pass->db, page, &pass->page);

	if (error == 0)
		error = database_prepare(pass->db, candles, &pass->candles);
	if (error == 0)
		error = database_prepare(pass->db,
		    "SELECT ticks FROM symbols WHERE symbol_id = ?1", &pass->counter);
	if (error == 0)
		error = database_prepare(pass->db,
		    "SELECT count(*) FROM unified_ticks WHERE symbol_id = ?1", &pass->count);
	if (error == 0)
		error = slot_reader_open(&pass->slots, pass->db, pass->symbol);
	return error;
}

/* ---- candles ---- */

/* What the pass expects of the slot it has just left, the writer standing still. */
static bool
fits(const struct pass *pass, const struct candle *stored, int64_t id_after)
{
	struct slot_surroundings around = {.id_before = pass->id_before, .id_after = id_after};
	struct candle expected;
	char text[512];

	candle_builder_candle(&pass->builder, &expected);
	expected.complete = candle_check_complete(&pass->builder, &around);
	return stored->origin == CANDLE_TICKS &&
	    candle_check_compare(stored, &expected, text, sizeof(text)) == 0;
}

/* Candles after checked_us and before open_us: none of ticks should be there. */
struct candles_seen {
	bool fits, complete;
	int64_t strays[64]; /* slots to look at again; more of them come with the next call */
	int stray_count;
	bool more;
};

static int
see_candles(struct pass *pass, int64_t open_us, int64_t id_after, struct candles_seen *ret)
{
	sqlite3_stmt *statement = pass->candles;
	struct candle stored;
	int error;

	*ret = (struct candles_seen){0};
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, pass->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, pass->checked_us);
	sqlite3_bind_int64(statement, 3, open_us);
	while (!ret->more && (error = database_step(pass->db, statement)) == 1) {
		stored_candle(statement, &stored);
		if (stored.open_time_us == open_us && pass->builder.trades > 0) {
			ret->complete = stored.complete;
			ret->fits = fits(pass, &stored, id_after);
		} else if (stored.origin == CANDLE_TICKS) {
			ret->strays[ret->stray_count++] = stored.open_time_us;
			ret->more = ret->stray_count == (int)(sizeof(ret->strays) / sizeof(int64_t));
		}
	}
	sqlite3_reset(statement);
	return ret->more ? 0 : error;
}

/* Looks at the candles up to the slot that is left, again where they do not fit. */
static int
check_candles(struct pass *pass, int64_t open_us, int64_t id_after)
{
	struct candles_seen seen;
	int error;

	do {
		error = see_candles(pass, open_us, id_after, &seen);
		for (int i = 0; i < seen.stray_count && error == 0; i++) {
			error = slot_reader_check(pass->slots, seen.strays[i],
			    &pass->report->findings);
			pass->checked_us = seen.strays[i];
		}
	} while (error == 0 && seen.more);
	if (error == 0 && pass->builder.trades > 0) {
		pass->report->candles++;
		pass->report->complete += seen.complete;
		if (!seen.fits)
			error = slot_reader_check(pass->slots, open_us, &pass->report->findings);
	}
	pass->checked_us = open_us;
	return error;
}

static int
on_trade(struct pass *pass, const struct tick *tick)
{
	int64_t open_us = candle_slot(tick->time_us);
	int error = 0;

	if (pass->builder.trades > 0 && open_us != pass->builder.open_time_us) {
		error = check_candles(pass, pass->builder.open_time_us, tick->tick_id);
		pass->id_before = pass->builder.close_id;
		pass->builder.trades = 0;
	}
	if (pass->builder.trades == 0)
		candle_builder_start(&pass->builder, open_us);
	candle_builder_add(&pass->builder, tick);
	if (error == 0)
		error = id_runs_add(&pass->runs, tick->tick_id, tick->time_us);
	return error;
}

/* ---- pages ---- */

/* Returns the rows read or -errno; `limit` below 0 is none. */
static int64_t
read_page(struct pass *pass, int limit)
{
	struct tick tick;
	int64_t rows = 0;
	int error;

	sqlite3_reset(pass->page);
	sqlite3_bind_int64(pass->page, 1, pass->symbol->symbol_id);
	sqlite3_bind_int64(pass->page, 2, pass->time_us);
	sqlite3_bind_int64(pass->page, 3, pass->tick_id);
	sqlite3_bind_int(pass->page, 4, limit);
	while ((error = database_step(pass->db, pass->page)) == 1) {
		stored_tick(pass->page, &tick);
		pass->time_us = tick.time_us;
		pass->tick_id = tick.tick_id;
		rows++;
		if (pass->symbol->has_ids && (tick.flags & TICK_TRADE))
			error = on_trade(pass, &tick);
		if (error < 0)
			break;
	}
	sqlite3_reset(pass->page);
	pass->report->rows += rows;
	return error < 0 ? error : rows;
}

static int
read_one_number(struct pass *pass, sqlite3_stmt *statement, int64_t *ret)
{
	int error;

	sqlite3_bind_int64(statement, 1, pass->symbol->symbol_id);
	error = database_step(pass->db, statement);
	if (error == 1)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return error < 0 ? error : 0;
}

/* The counter against the rows of one snapshot, counted there. */
static int
check_counter_again(struct pass *pass)
{
	int64_t counter = 0, rows = 0;
	int error, ended;

	error = database_execute(pass->db, "BEGIN");
	if (error < 0)
		return error;
	error = read_one_number(pass, pass->counter, &counter);
	if (error == 0)
		error = read_one_number(pass, pass->count, &rows);
	ended = database_execute(pass->db, "END");
	if (error == 0 && counter != rows)
		findings_add(&pass->report->findings,
		    "symbols.ticks says %" PRId64 ", but %" PRId64 " rows are stored", counter,
		    rows);
	return error < 0 ? error : ended;
}

/* What came since the pass began, and the counter, in one snapshot. */
static int
read_rest(struct pass *pass)
{
	int64_t counter = 0, rows;
	int error, ended;

	error = database_execute(pass->db, "BEGIN");
	if (error < 0)
		return error;
	rows = read_page(pass, -1);
	error = rows < 0 ? (int)rows : read_one_number(pass, pass->counter, &counter);
	ended = database_execute(pass->db, "END");
	if (error == 0)
		error = ended;
	if (error == 0 && counter != pass->report->rows)
		error = check_counter_again(pass);
	return error;
}

static int
read_all(struct pass *pass, verify_progress *progress, void *context)
{
	int64_t rows;
	int error;

	do {
		rows = read_page(pass, VERIFY_PAGE_ROWS);
		if (rows < 0)
			return (int)rows;
		progress(context, rows);
	} while (rows == VERIFY_PAGE_ROWS && pass->time_us < pass->symbol->newest_us);
	error = read_rest(pass);
	if (error < 0)
		return error;
	/* The slot that was being read may be open: it is judged in one snapshot alone. */
	if (pass->builder.trades > 0) {
		int64_t open_us = pass->builder.open_time_us;

		pass->builder.trades = 0;
		pass->report->candles++;
		error = slot_reader_check(pass->slots, open_us, &pass->report->findings);
		if (error == 0)
			error = check_candles(pass, open_us - 1, TICK_NONE);
		pass->checked_us = open_us;
	}
	if (error == 0 && pass->symbol->has_ids)
		error = check_candles(pass, INT64_MAX, TICK_NONE);
	return error;
}

static int
check_ids(struct pass *pass)
{
	struct symbol_report *report = pass->report;
	int64_t first_double = 0;
	int64_t doubles = id_runs_settle(&pass->runs, &first_double);

	report->ids = pass->runs.ids;
	if (pass->runs.count == 0)
		return 0;
	report->first_id = pass->runs.items[0].first_id;
	report->last_id = pass->runs.items[pass->runs.count - 1].last_id;
	if (doubles > 0)
		findings_add(&report->findings,
		    "%" PRId64 " ids are stored at two times, %" PRId64 " the first of them",
		    doubles, first_double);
	return verify_holes(pass->db, pass->symbol, &pass->runs, report->holes,
	    &report->hole_counts, &report->findings);
}

static void
finish(struct pass *pass)
{
	sqlite3_finalize(pass->page);
	sqlite3_finalize(pass->candles);
	sqlite3_finalize(pass->counter);
	sqlite3_finalize(pass->count);
	slot_reader_close(pass->slots);
	id_runs_free(&pass->runs);
}

int
verify_symbol(struct database *db, const struct symbol_row *symbol, verify_progress *progress,
    void *context, struct symbol_report *ret, struct problem *problem)
{
	struct pass pass = {.db = db, .symbol = symbol, .report = ret, .id_before = TICK_NONE,
	    .checked_us = INT64_MIN, .time_us = INT64_MIN, .tick_id = INT64_MIN};
	int error;

	*ret = (struct symbol_report){.holes = json_array()};
	error = findings_init(&ret->findings);
	if (error == 0)
		error = prepare(&pass);
	if (error == 0)
		error = read_all(&pass, progress, context);
	if (error == 0)
		error = check_ids(&pass);
	if (error == -E2BIG)
		problem_set(problem, error, "%s:%s: its ids have more than %d holes: not a feed",
		    symbol->source, symbol->symbol, ID_RUNS_MAX);
	else if (error < 0)
		problem_set(problem, error, "%s:%s cannot be read: %s", symbol->source,
		    symbol->symbol, database_error(db));
	finish(&pass);
	return error;
}

void
symbol_report_finish(struct symbol_report *report)
{
	json_decref(report->holes);
	findings_finish(&report->findings);
}
