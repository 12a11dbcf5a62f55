#include "tradingctl/verify_holes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/tick.h"
#include "tradingctl/ledger.h"
#include "tradingctl/row_text.h"
#include "tradingctl/verify_ledger.h"

#define PAGE_ROWS 20000		     /* as the pass reads them */
#define ASIDE_US (1 * CLOCK_SECOND_US) /* ids and times may disagree by so much about the order */

struct looking {
	struct database *db;
	const struct symbol_row *symbol;
	struct symbol_marks marks; /* read after the ledger */
	struct ledger_gaps gaps;
	size_t gap; /* gaps before this one end before the hole at hand */
	sqlite3_stmt *page, *filled, *marks_statement;
	json_t *holes;
	struct hole_counts *counts;
	struct findings *findings;
};

/* Ids first..last, missing when the pass came by, and the times of the ticks beside. */
struct hole {
	int64_t first_id, last_id;
	int64_t from_us, to_us; /* INT64_MIN and INT64_MAX where there is no tick */
};

/* ---- telling ---- */

static json_t *
time_json(int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	return time_us == INT64_MIN || time_us == INT64_MAX ?
	    json_null() : json_string(row_text_time(time_us, text));
}

static void
list_hole(struct looking *looking, const struct hole *hole, const char *state, const char *reason)
{
	bool unfillable = strcmp(state, "unfillable") == 0;
	json_int_t ids = hole->last_id - hole->first_id + 1;

	looking->counts->holes++;
	if (json_array_size(looking->holes) >= FINDINGS_MAX)
		return;
	json_array_append_new(looking->holes,
	    json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:s, s:s}", "kind",
		unfillable ? "unfillable" : "loss", "first_id", (json_int_t)hole->first_id,
		"last_id", (json_int_t)hole->last_id, "ids", ids, "from",
		time_json(hole->from_us), "to", time_json(hole->to_us), "state", state, "reason",
		reason));
}

static void
report_known(struct looking *looking, const struct hole *hole, const struct ledger_gap *gap)
{
	const struct hole known = {hole->first_id, hole->last_id, gap->from_us, gap->to_us};
	int64_t ids = hole->last_id - hole->first_id + 1;

	/* Given up, and deleted by now if it had come. */
	if (looking->marks.frozen_us != TICK_NONE && gap->to_us <= looking->marks.frozen_us)
		return;
	if (strcmp(gap->state, "unfillable") == 0)
		looking->counts->unfillable_ids += ids;
	else
		looking->counts->open_ids += ids;
	list_hole(looking, &known, gap->state, gap->reason);
}

/*
 * Whether the ledger calls one of these ids filled; -errno.  No index helps: where there is so much
 * wrong that it is not told anyway, nobody looks.
 */
static int
is_called_filled(struct looking *looking, const struct hole *hole)
{
	sqlite3_stmt *statement = looking->filled;
	int found;

	if (looking->findings->count >= FINDINGS_MAX)
		return 0;
	sqlite3_bind_int64(statement, 1, looking->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, hole->first_id);
	sqlite3_bind_int64(statement, 3, hole->last_id);
	found = database_step(looking->db, statement);
	sqlite3_reset(statement);
	return found;
}

/* Nobody knows of these ids: lost, unless retention has deleted them. */
static int
report_unknown(struct looking *looking, const struct hole *hole)
{
	int64_t frozen_us = looking->marks.frozen_us;
	int filled;

	if (hole->first_id > hole->last_id ||
	    (frozen_us != TICK_NONE && (hole->from_us == INT64_MIN || hole->to_us <= frozen_us)))
		return 0;
	filled = is_called_filled(looking, hole);
	if (filled < 0)
		return filled;
	looking->counts->unknown_ids += hole->last_id - hole->first_id + 1;
	findings_add(looking->findings, "ids %" PRId64 "-%" PRId64 " are missing and %s",
	    hole->first_id, hole->last_id,
	    filled ? "their gap is called filled" : "no gap tells of it");
	list_hole(looking, hole, "unknown", "");
	return 0;
}

/* ---- looking once more ---- */

/* Reads one page behind (*time_us, *id); returns its rows or -errno. */
static int
read_page(struct looking *looking, const struct hole *hole, int64_t *time_us, int64_t *id,
    struct id_runs *present)
{
	int64_t to_us = hole->to_us > INT64_MAX - ASIDE_US ? INT64_MAX : hole->to_us + ASIDE_US;
	sqlite3_stmt *statement = looking->page;
	int rows = 0, error;

	sqlite3_bind_int64(statement, 1, looking->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, *time_us);
	sqlite3_bind_int64(statement, 3, *id);
	sqlite3_bind_int64(statement, 4, to_us);
	while ((error = database_step(looking->db, statement)) == 1) {
		*time_us = sqlite3_column_int64(statement, 0);
		*id = sqlite3_column_int64(statement, 1);
		rows++;
		if (*id < hole->first_id || *id > hole->last_id || !sqlite3_column_int(statement, 2))
			continue;
		error = id_runs_add(present, *id, *time_us);
		if (error < 0)
			break;
	}
	sqlite3_reset(statement);
	return error < 0 ? error : rows;
}

/* The hole minus what has arrived in it since the pass. */
static int
look_again(struct looking *looking, const struct hole *hole)
{
	int64_t time_us = hole->from_us < INT64_MIN + ASIDE_US ?
	    INT64_MIN : hole->from_us - ASIDE_US, id = INT64_MIN, unused;
	struct id_runs present = {0};
	struct hole rest = *hole;
	int result;

	do
		result = read_page(looking, hole, &time_us, &id, &present);
	while (result == PAGE_ROWS);
	/* Read last: what retention has deleted until now is not missing. */
	if (result >= 0)
		result = symbol_marks_read(looking->db, looking->marks_statement,
		    looking->symbol->symbol_id, &looking->marks);
	(void)id_runs_settle(&present, &unused);
	for (size_t i = 0; i < present.count && result >= 0; i++) {
		rest.last_id = present.items[i].first_id - 1;
		rest.to_us = present.items[i].first_us;
		result = report_unknown(looking, &rest);
		rest = (struct hole){present.items[i].last_id + 1, hole->last_id,
		    present.items[i].last_us, hole->to_us};
	}
	if (result >= 0)
		result = report_unknown(looking, &rest);
	id_runs_free(&present);
	return result < 0 ? result : 0;
}

/* ---- hole by hole ---- */

static int
look_at_hole(struct looking *looking, const struct hole *hole)
{
	const struct ledger_gap *gaps = looking->gaps.items;
	size_t count = looking->gaps.count, end;
	struct ledger_part *parts;
	int error = 0;

	if (hole->first_id > hole->last_id)
		return 0;
	while (looking->gap < count && gaps[looking->gap].last_id < hole->first_id)
		looking->gap++;
	for (end = looking->gap; end < count && gaps[end].first_id <= hole->last_id; end++)
		;
	parts = calloc(2 * (end - looking->gap) + 1, sizeof(*parts));
	if (parts == NULL)
		return -ENOMEM;
	count = ledger_split(hole->first_id, hole->last_id,
	    gaps == NULL ? NULL : gaps + looking->gap, end - looking->gap, parts);
	for (size_t i = 0; i < count && error == 0; i++) {
		const struct hole part = {parts[i].first_id, parts[i].last_id, hole->from_us,
		    hole->to_us};

		if (parts[i].gap != NULL)
			report_known(looking, &part, parts[i].gap);
		else
			error = look_again(looking, &part);
	}
	free(parts);
	return error;
}

/* Between the runs, before the first and behind the last: all from first_id to newest_id. */
static int
look_at_holes(struct looking *looking, const struct id_runs *runs, const struct symbol_marks *marks)
{
	struct hole hole = {marks->first_id, marks->newest_id, INT64_MIN, INT64_MAX};
	int error = 0;

	if (marks->first_id == TICK_NONE && runs->count > 0)
		hole.first_id = runs->items[0].first_id;
	for (size_t i = 0; i < runs->count && error == 0; i++) {
		const struct id_run *run = &runs->items[i];

		hole.last_id = run->first_id - 1;
		hole.to_us = run->first_us;
		error = look_at_hole(looking, &hole);
		hole = (struct hole){run->last_id + 1, marks->newest_id, run->last_us, INT64_MAX};
	}
	return error < 0 || marks->newest_id == TICK_NONE ? error : look_at_hole(looking, &hole);
}

static int
prepare(struct looking *looking)
{
	static const char page[] = "SELECT time_us, tick_id, flags & 1 FROM unified_ticks"
	    " WHERE symbol_id = ?1 AND (time_us, tick_id) > (?2, ?3) AND time_us <= ?4"
	    " ORDER BY time_us, tick_id LIMIT 20000";
	int error = database_prepare(looking->db, page, &looking->page);

	_Static_assert(PAGE_ROWS == 20000, "as the statement has it");
	if (error == 0)
		error = database_prepare(looking->db,
		    "SELECT 1 FROM feed_gaps WHERE symbol_id = ?1 AND state = 'filled'"
		    " AND last_id >= ?2 AND first_id <= ?3 LIMIT 1", &looking->filled);
	if (error == 0)
		error = symbol_marks_prepare(looking->db, &looking->marks_statement);
	return error;
}

int
verify_holes(struct database *db, const struct symbol_row *symbol, const struct id_runs *runs,
    const struct symbol_marks *marks, json_t *holes, struct hole_counts *ret_counts,
    struct findings *findings)
{
	struct looking looking = {.db = db, .symbol = symbol, .holes = holes, .counts = ret_counts,
	    .findings = findings};
	int error = prepare(&looking);

	*ret_counts = (struct hole_counts){0};
	if (error == 0)
		error = verify_ledger_read(db, symbol->symbol_id, &looking.gaps, findings);
	if (error == 0)
		error = symbol_marks_read(db, looking.marks_statement, symbol->symbol_id,
		    &looking.marks);
	if (error == 0) {
		verify_ledger_check(&looking.gaps, runs, &looking.marks, findings);
		error = look_at_holes(&looking, runs, marks);
	}
	sqlite3_finalize(looking.page);
	sqlite3_finalize(looking.filled);
	sqlite3_finalize(looking.marks_statement);
	ledger_gaps_free(&looking.gaps);
	return error;
}
