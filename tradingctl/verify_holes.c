#include "tradingctl/verify_holes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tradingctl/ledger.h"

struct looking {
	struct database *db;
	const struct symbol_row *symbol;
	sqlite3_stmt *present, *known;
	json_t *holes;
	struct hole_counts *counts;
	struct findings *findings;
};

/* ids first..last that are missing now, with the ledger of the same snapshot. */
struct view {
	struct ledger_gap *gaps;
	size_t gap_count;
	struct id_runs present; /* what arrived in the hole since the pass */
};

static int
read_known(struct looking *looking, int64_t first_id, int64_t last_id, struct view *view)
{
	sqlite3_stmt *statement = looking->known;
	int error;

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, looking->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, first_id);
	sqlite3_bind_int64(statement, 3, last_id);
	while ((error = database_step(looking->db, statement)) == 1) {
		struct ledger_gap *gaps, *gap;

		gaps = reallocarray(view->gaps, view->gap_count + 1, sizeof(*gaps));
		if (gaps == NULL)
			return -ENOMEM;
		view->gaps = gaps;
		gap = &gaps[view->gap_count++];
		gap->first_id = sqlite3_column_int64(statement, 0);
		gap->last_id = sqlite3_column_int64(statement, 1);
		snprintf(gap->state, sizeof(gap->state), "%s", sqlite3_column_text(statement, 2));
		snprintf(gap->reason, sizeof(gap->reason), "%s",
		    sqlite3_column_text(statement, 3));
	}
	sqlite3_reset(statement);
	return error;
}

static int
read_present(struct looking *looking, const struct id_run *before, const struct id_run *after,
    struct view *view)
{
	sqlite3_stmt *statement = looking->present;
	int64_t from_us = before->last_us, to_us = after->first_us;
	int error;

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, looking->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, from_us < to_us ? from_us : to_us);
	sqlite3_bind_int64(statement, 3, from_us < to_us ? to_us : from_us);
	sqlite3_bind_int64(statement, 4, before->last_id + 1);
	sqlite3_bind_int64(statement, 5, after->first_id - 1);
	while ((error = database_step(looking->db, statement)) == 1) {
		error = id_runs_add(&view->present, sqlite3_column_int64(statement, 1),
		    sqlite3_column_int64(statement, 0));
		if (error < 0)
			break;
	}
	sqlite3_reset(statement);
	return error;
}

static void
report_part(struct looking *looking, const struct ledger_part *part)
{
	int64_t ids = part->last_id - part->first_id + 1;

	if (part->gap == NULL) {
		looking->counts->unknown_ids += ids;
		findings_add(looking->findings,
		    "ids %" PRId64 "-%" PRId64 " are missing and no gap tells of it",
		    part->first_id, part->last_id);
	} else {
		looking->counts->reported_ids += ids;
	}
	looking->counts->holes++;
	if (json_array_size(looking->holes) >= FINDINGS_MAX)
		return;
	json_array_append_new(looking->holes,
	    json_pack("{s:I, s:I, s:I, s:s, s:s}", "first_id", (json_int_t)part->first_id,
		"last_id", (json_int_t)part->last_id, "ids", (json_int_t)ids, "state",
		part->gap == NULL ? "unknown" : part->gap->state, "reason",
		part->gap == NULL ? "" : part->gap->reason));
}

static int
report_hole(struct looking *looking, const struct view *view, int64_t first_id, int64_t last_id)
{
	struct ledger_part *parts;
	size_t count;

	if (first_id > last_id)
		return 0;
	parts = calloc(2 * view->gap_count + 1, sizeof(*parts));
	if (parts == NULL)
		return -ENOMEM;
	count = ledger_split(first_id, last_id, view->gaps, view->gap_count, parts);
	for (size_t i = 0; i < count; i++)
		report_part(looking, &parts[i]);
	free(parts);
	return 0;
}

/* The hole minus what has arrived in it meanwhile. */
static int
report_rest(struct looking *looking, struct view *view, int64_t first_id, int64_t last_id)
{
	int64_t unused;
	int error = 0;

	(void)id_runs_settle(&view->present, &unused);
	for (size_t i = 0; i < view->present.count && error == 0; i++) {
		const struct id_run *run = &view->present.items[i];

		error = report_hole(looking, view, first_id, run->first_id - 1);
		first_id = run->last_id + 1;
	}
	return error < 0 ? error : report_hole(looking, view, first_id, last_id);
}

static int
look_between(struct looking *looking, const struct id_run *before, const struct id_run *after)
{
	struct view view = {0};
	int error, ended;

	error = database_execute(looking->db, "BEGIN");
	if (error < 0)
		return error;
	error = read_present(looking, before, after, &view);
	if (error == 0)
		error = read_known(looking, before->last_id + 1, after->first_id - 1, &view);
	ended = database_execute(looking->db, "END");
	if (error == 0)
		error = ended;
	if (error == 0)
		error = report_rest(looking, &view, before->last_id + 1, after->first_id - 1);
	id_runs_free(&view.present);
	free(view.gaps);
	return error;
}

/* A gap whose ids were all there in the pass should not be open. */
static int
check_gaps_inside(struct looking *looking, const struct id_runs *runs)
{
	struct view view = {0};
	int error = 0;

	for (size_t i = 0; i < runs->count && error == 0; i++)
		error = read_known(looking, runs->items[i].first_id, runs->items[i].last_id, &view);
	for (size_t i = 0; i < view.gap_count; i++)
		for (size_t j = 0; j < runs->count; j++)
			if (view.gaps[i].first_id >= runs->items[j].first_id &&
			    view.gaps[i].last_id <= runs->items[j].last_id)
				findings_add(looking->findings,
				    "the gap %" PRId64 "-%" PRId64 " is %s, but its ids are stored",
				    view.gaps[i].first_id, view.gaps[i].last_id,
				    view.gaps[i].state);
	free(view.gaps);
	return error;
}

static int
prepare(struct looking *looking)
{
	int error = database_prepare(looking->db,
	    "SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1"
	    " AND time_us BETWEEN ?2 AND ?3 AND tick_id BETWEEN ?4 AND ?5 AND flags & 1",
	    &looking->present);

	if (error < 0)
		return error;
	return database_prepare(looking->db,
	    "SELECT first_id, last_id, state, coalesce(reason, '') FROM feed_gaps"
	    " WHERE symbol_id = ?1 AND last_id >= ?2 AND first_id <= ?3 AND state <> 'filled'"
	    " ORDER BY first_id", &looking->known);
}

int
verify_holes(struct database *db, const struct symbol_row *symbol, const struct id_runs *runs,
    json_t *holes, struct hole_counts *ret_counts, struct findings *findings)
{
	struct looking looking = {.db = db, .symbol = symbol, .holes = holes, .counts = ret_counts,
	    .findings = findings};
	int error = prepare(&looking);

	*ret_counts = (struct hole_counts){0};
	for (size_t i = 1; i < runs->count && error == 0; i++)
		error = look_between(&looking, &runs->items[i - 1], &runs->items[i]);
	if (error == 0)
		error = check_gaps_inside(&looking, runs);
	sqlite3_finalize(looking.present);
	sqlite3_finalize(looking.known);
	return error;
}
