#include "tradingctl/verify_symbol.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/stored_rows.h"
#include "tradingctl/candle_check.h"
#include "tradingctl/symbol_marks.h"
#include "tradingctl/verify_counts.h"
#include "tradingctl/verify_slot.h"

#define NO_SLOT INT64_MIN /* in builder.open_time_us: no slot is being read */

struct pass {
	struct database *db;
	const struct symbol_row *symbol;
	struct symbol_report *report;
	struct slot_reader *slots;
	const struct verify_rules *rules;
	sqlite3_stmt *page, *candles, *marks_statement;
	struct symbol_marks marks;     /* as the pass began, then as it ended */
	struct candle_builder builder; /* of the slot that is being read, or of NO_SLOT */
	bool any_before;	       /* there was a slot before that one */
	int64_t top_before;	       /* the largest id before that slot */
	int64_t top_id, newest_us;     /* the largest id, and the time of the last trade */
	int64_t first_us;	       /* the time of the first one */
	int64_t frozen_rows;	       /* ticks that were to be deleted */
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
		error = symbol_marks_prepare(pass->db, &pass->marks_statement);
	if (error == 0)
		error = slot_reader_open(&pass->slots, pass->db, pass->symbol,
		    pass->rules->candles_kept_us);
	return error;
}

/* ---- candles ---- */

/*
 * Whether a candle is that of a complete slot between two others, as nearly all are; of any other
 * the slot reader is the judge.
 */
static bool
fits(const struct pass *pass, const struct candle *stored, int64_t id_after)
{
	const struct candle_builder *builder = &pass->builder;
	bool ordinal = !pass->symbol->has_ids;
	struct candle expected;
	char text[512];

	if (!pass->any_before || id_after == TICK_NONE || stored->origin != CANDLE_TICKS)
		return false;
	if (!ordinal &&
	    (pass->top_before != builder->first_tick_id - 1 ||
	    id_after != builder->last_tick_id + 1 || !candle_builder_contiguous(builder)))
		return false;
	candle_builder_candle(builder, &expected);
	expected.complete = true;
	return candle_check_compare(stored, &expected, text, sizeof(text)) == 0;
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
		if (stored.open_time_us == open_us && pass->builder.ids > 0) {
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
	if (error == 0 && pass->builder.ids > 0) {
		pass->report->candles++;
		pass->report->complete += seen.complete;
		if (!seen.fits)
			error = slot_reader_check(pass->slots, open_us, &pass->report->findings);
	}
	pass->checked_us = open_us;
	return error;
}

/* The slot that is being read is over: a tick with id_after comes behind it. */
static int
leave_slot(struct pass *pass, int64_t id_after)
{
	int error = check_candles(pass, pass->builder.open_time_us, id_after);

	pass->top_before = pass->top_id;
	pass->any_before |= pass->builder.ids > 0;
	pass->builder.open_time_us = NO_SLOT;
	pass->builder.ids = 0;
	return error;
}

/* Adds a tick to the candle of its slot. */
static int
fold(struct pass *pass, const struct tick *tick)
{
	int64_t open_us = candle_slot(tick->time_us);
	int error = 0;

	if (pass->builder.open_time_us != NO_SLOT && open_us != pass->builder.open_time_us)
		error = leave_slot(pass, tick->tick_id);
	if (pass->builder.open_time_us == NO_SLOT)
		candle_builder_start(&pass->builder, open_us);
	candle_check_add(&pass->builder, !pass->symbol->has_ids, tick);
	return error;
}

static int
on_trade(struct pass *pass, const struct tick *tick)
{
	int error = fold(pass, tick);

	if (pass->report->runs.ids == 0)
		pass->first_us = tick->time_us;
	else if (tick->tick_id == pass->top_id + 1)
		halts_add(&pass->report->halts,
		    &(struct halt){pass->newest_us, tick->time_us, tick->tick_id});
	if (tick->tick_id > pass->top_id)
		pass->top_id = tick->tick_id;
	pass->newest_us = tick->time_us;
	return error < 0 ? error : id_runs_add(&pass->report->runs, tick->tick_id, tick->time_us);
}

static int
on_tick(struct pass *pass, const struct tick *tick)
{
	if (pass->marks.frozen_us != TICK_NONE && tick->time_us < pass->marks.frozen_us) {
		pass->frozen_rows++;
		return 0;
	}
	if (pass->symbol->has_ids)
		return tick->flags & TICK_TRADE ? on_trade(pass, tick) : 0;
	return fold(pass, tick);
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
		error = on_tick(pass, &tick);
		if (error < 0)
			break;
	}
	sqlite3_reset(pass->page);
	pass->report->rows += rows;
	return error < 0 ? error : rows;
}

/* ---- all of it ---- */

/* What came since the pass began, and the marks, in one snapshot. */
static int
read_rest(struct pass *pass)
{
	struct symbol_marks marks = {0};
	int64_t rows;
	int error, ended;

	error = database_execute(pass->db, "BEGIN");
	if (error < 0)
		return error;
	rows = read_page(pass, -1);
	/* Only now: what the pass skips is told by the marks of its beginning. */
	error = rows < 0 ? (int)rows : symbol_marks_read(pass->db, pass->marks_statement,
	    pass->symbol->symbol_id, &marks);
	ended = database_execute(pass->db, "END");
	if (error == 0)
		pass->marks = marks;
	return error < 0 ? error : ended;
}

/* The slot that was being read may be open: it is judged in one snapshot alone. */
static int
check_last_slot(struct pass *pass)
{
	int64_t open_us = pass->builder.open_time_us;
	int error;

	if (open_us == NO_SLOT)
		return 0;
	pass->report->candles += pass->builder.ids > 0;
	pass->builder.ids = 0;
	error = check_candles(pass, open_us - 1, TICK_NONE);
	if (error == 0)
		error = slot_reader_check(pass->slots, open_us, &pass->report->findings);
	pass->checked_us = open_us;
	return error;
}

static int
read_all(struct pass *pass, verify_progress *progress, void *context)
{
	int64_t newest_us = pass->symbol->newest_us, rows;
	int error = symbol_marks_read(pass->db, pass->marks_statement, pass->symbol->symbol_id,
	    &pass->marks);

	if (error < 0)
		return error;
	do {
		rows = read_page(pass, VERIFY_PAGE_ROWS);
		if (rows < 0)
			return (int)rows;
		progress(context, rows);
	} while (rows == VERIFY_PAGE_ROWS &&
	    (newest_us == TICK_NONE || pass->time_us < newest_us));
	error = read_rest(pass);
	if (error == 0)
		error = check_last_slot(pass);
	if (error == 0)
		error = check_candles(pass, INT64_MAX, TICK_NONE);
	return error;
}

static int
check_ids(struct pass *pass)
{
	struct symbol_report *report = pass->report;
	struct id_runs *runs = &report->runs;
	int64_t first_double = 0;
	int64_t doubles = id_runs_settle(runs, &first_double);

	report->ids = runs->ids;
	halts_settle(&report->halts, runs->ids, pass->newest_us - pass->first_us);
	if (runs->count > 0) {
		report->first_id = runs->items[0].first_id;
		report->last_id = runs->items[runs->count - 1].last_id;
	}
	if (doubles > 0)
		findings_add(&report->findings,
		    "%" PRId64 " ids are stored at two times, %" PRId64 " the first of them",
		    doubles, first_double);
	if (report->ids > 0 &&
	    (report->first_id < pass->marks.first_id || report->last_id > pass->marks.newest_id))
		findings_add(&report->findings,
		    "symbols.first_id and newest_id do not hold the ids %" PRId64 "-%" PRId64,
		    report->first_id, report->last_id);
	return verify_holes(pass->db, pass->symbol, runs, &pass->marks, report->holes,
	    &report->hole_counts, &report->findings);
}

static int
check_all(struct pass *pass, verify_progress *progress, void *context)
{
	struct findings *findings = &pass->report->findings;
	int64_t symbol_id = pass->symbol->symbol_id;
	int error = read_all(pass, progress, context);

	if (error == 0 && pass->symbol->has_ids)
		error = check_ids(pass);
	if (error == 0 && pass->frozen_rows > 0)
		error = verify_frozen(pass->db, symbol_id, pass->marks.frozen_us,
		    pass->rules->frozen_wait_ms, findings);
	if (error == 0)
		error = verify_revisions(pass->db, symbol_id, findings);
	if (error == 0)
		error = verify_counts(pass->db, symbol_id,
		    pass->report->rows != pass->marks.ticks, findings);
	return error;
}

static void
finish(struct pass *pass)
{
	sqlite3_finalize(pass->page);
	sqlite3_finalize(pass->candles);
	sqlite3_finalize(pass->marks_statement);
	slot_reader_close(pass->slots);
}

int
verify_symbol(struct database *db, const struct symbol_row *symbol,
    const struct verify_rules *rules, verify_progress *progress, void *context,
    struct symbol_report *ret, struct problem *problem)
{
	struct pass pass = {.db = db, .symbol = symbol, .rules = rules, .report = ret,
	    .builder.open_time_us = NO_SLOT, .top_id = INT64_MIN, .checked_us = INT64_MIN,
	    .time_us = INT64_MIN, .tick_id = INT64_MIN};
	int error;

	*ret = (struct symbol_report){.holes = json_array()};
	error = findings_init(&ret->findings);
	if (error == 0)
		error = prepare(&pass);
	if (error == 0)
		error = check_all(&pass, progress, context);
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
	id_runs_free(&report->runs);
	findings_finish(&report->findings);
}
