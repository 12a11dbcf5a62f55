#include "analysisd/dtms/dtms.h"

#include <errno.h>
#include <stdlib.h>

#include "analysisd/dtms/check.h"
#include "analysisd/dtms/dtms_ahead.h"
#include "analysisd/dtms/dtms_answer.h"
#include "analysisd/dtms/dtms_instant.h"
#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/control.h"

struct dtms {
	struct dtms_tools tools;
	struct dtms_shared shared;
	struct dtms_source *sources; /* in the order of the table's */
	size_t count;
	size_t turn;	 /* whose turn is next */
	size_t old_turn; /* whose old rows are deleted next */
	int64_t last_instant_us;
};

/* Whose database refused: SQLite keeps the last error of each. */
static int
say(const struct dtms_tools *tools, int error, struct problem *problem)
{
	struct database *ticks_db = market_reader_database(tools->reader);
	int code = sqlite3_errcode(database_handle(ticks_db));
	bool reader_failed = code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;

	if (error == -ENOMEM)
		return problem_set(problem, error, "out of memory");
	return problem_set(problem, error, "%s: %s",
	    access_database_file(reader_failed ? DATABASE_TICKS : DATABASE_ANALYSIS),
	    database_error(reader_failed ? ticks_db : tools->analysis_db));
}

int
dtms_create(struct dtms **ret, const struct dtms_tools *tools, struct problem *problem)
{
	struct dtms *dtms = calloc(1, sizeof(*dtms));
	struct dtms_shared *shared;
	int error;

	if (dtms == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	shared = &dtms->shared;
	dtms->tools = *tools;
	dtms->last_instant_us = TICK_NONE;
	shared->tools = &dtms->tools;
	error = dtms_store_create(&shared->store, tools->analysis_db, tools->created);
	if (error == 0)
		error = venue_log_create(&shared->log, market_reader_database(tools->reader));
	dtms_watches_init(&shared->watches, &dtms->tools, shared->log);
	if (error < 0) {
		say(tools, error, problem);
		dtms_free(dtms);
		return error;
	}
	*ret = dtms;
	return 0;
}

void
dtms_free(struct dtms *dtms)
{
	if (dtms == NULL)
		return;
	for (size_t i = 0; i < dtms->count; i++)
		dtms_source_finish(&dtms->sources[i]);
	free(dtms->sources);
	news_queue_finish(&dtms->shared.news);
	dtms_watches_finish(&dtms->shared.watches);
	venue_log_free(dtms->shared.log);
	dtms_store_free(dtms->shared.store);
	free(dtms);
}

void
dtms_change(struct dtms *dtms, int64_t symbol_id, int64_t from_us)
{
	dtms_watches_change(&dtms->shared.watches, symbol_id, from_us);
}

/* ---- sources ---- */

static void
note_instant(struct dtms *dtms, int64_t now_us)
{
	if (now_us > dtms->last_instant_us)
		dtms->last_instant_us = now_us;
}

/* Sources come and stay: those of the table that are not known yet. */
static int
load_sources(struct dtms *dtms)
{
	size_t count = dtms->tools.table->sources.count;
	struct dtms_source *grown;

	if (dtms->count == count)
		return 0;
	grown = reallocarray(dtms->sources, count, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	dtms->sources = grown;
	while (dtms->count < count) {
		struct dtms_source *source = &dtms->sources[dtms->count];
		int error = dtms_source_load(source, &dtms->shared, dtms->count);

		/* Half of what is stored is nothing to go on with: it is read again. */
		if (error < 0) {
			dtms_source_finish(source);
			return error;
		}
		dtms->count++;
		if (source->progress.next_us != INT64_MIN)
			note_instant(dtms, source->progress.next_us - DTMS_GRID_US);
	}
	return 0;
}

static int64_t
clock_of(const struct dtms *dtms, const struct dtms_source *source)
{
	return sources_clock(&dtms->tools.table->sources, source->number);
}

/* Nothing is asked of a database: this is looked at in every turn of the loop. */
static bool
is_due(const struct dtms *dtms, const struct dtms_source *source)
{
	int64_t clock_us = clock_of(dtms, source), next_us = source->progress.next_us;

	if (clock_us == TICK_NONE || next_us > clock_us - DTMS_SETTLED_US)
		return false;
	return dtms_watches_lenders_ready(&dtms->shared.watches, source->number, next_us);
}

static struct dtms_source *
next_due(struct dtms *dtms)
{
	for (size_t i = 0; i < dtms->count; i++) {
		size_t at = (dtms->turn + i) % dtms->count;

		if (is_due(dtms, &dtms->sources[at])) {
			dtms->turn = at;
			return &dtms->sources[at];
		}
	}
	return NULL;
}

bool
dtms_is_due(const struct dtms *dtms)
{
	if (dtms->count < dtms->tools.table->sources.count)
		return true;
	for (size_t i = 0; i < dtms->count; i++)
		if (is_due(dtms, &dtms->sources[i]))
			return true;
	return false;
}

/*
 * A source without open trades goes on to the first instant at which something is to be taken in,
 * or to the first that is not due yet.
 */
static int
jump_ahead(struct dtms *dtms, struct dtms_source *source)
{
	int64_t behind_us = clock_of(dtms, source) - DTMS_SETTLED_US + 1; /* not due from here on */
	int64_t next_us = candle_fold_next_slot(behind_us, DTMS_GRID_US), first_us;
	int error = dtms_ahead_first(source, &dtms->shared, &first_us);

	if (error < 0)
		return error;
	if (first_us < next_us)
		next_us = candle_fold_next_slot(first_us, DTMS_GRID_US);
	if (next_us > source->progress.next_us)
		source->progress.next_us = next_us;
	return 0;
}

/* ---- instants ---- */

static int
decide_in_transaction(struct dtms *dtms, struct dtms_source *source)
{
	struct database *db = dtms->tools.analysis_db;
	int64_t now_us = source->progress.next_us;
	int error = database_execute(db, "BEGIN IMMEDIATE");

	if (error == 0)
		error = dtms_instant_decide(source, &dtms->shared);
	if (error == 0)
		error = database_execute(db, "COMMIT");
	if (error == 0)
		note_instant(dtms, now_us);
	return error;
}

static void
forget_watches(struct dtms *dtms)
{
	struct dtms_watches *watches = &dtms->shared.watches;

	dtms_watches_unmark(watches);
	for (size_t i = 0; i < dtms->count; i++)
		for (size_t k = 0; k < dtms->sources[i].count; k++)
			dtms_watches_mark(watches, dtms->sources[i].entries[k].trade.symbol_id);
	dtms_watches_sweep(watches);
}

/* Once it is committed. */
static void
finish_instant(struct dtms *dtms, struct dtms_source *source)
{
	size_t before = source->count;

	news_queue_tell(&dtms->shared.news, dtms->tools.news, dtms->tools.news_context);
	dtms_source_drop_closed(source);
	if (source->count < before)
		forget_watches(dtms);
}

/* One instant of one source.  Returns 1 when it has to go on with this one, 0, -errno. */
static int
decide(struct dtms *dtms, struct dtms_source *source, int64_t deadline_us, bool *ret_wrote)
{
	int result = 0;

	if (source->count == 0)
		result = jump_ahead(dtms, source);
	if (result < 0 || !is_due(dtms, source))
		return result;
	result = dtms_instant_prepare(source, &dtms->shared, deadline_us);
	if (result != 0)
		return result;
	result = decide_in_transaction(dtms, source);
	if (result < 0)
		return result;
	*ret_wrote = true;
	finish_instant(dtms, source);
	return 0;
}

/* Returns 1 when the time is up before all is done. */
static int
work(struct dtms *dtms, int64_t deadline_us, bool *ret_wrote)
{
	struct dtms_source *source;
	int result = load_sources(dtms);

	while (result == 0 && (source = next_due(dtms)) != NULL) {
		result = decide(dtms, source, deadline_us, ret_wrote);
		if (result < 0)
			return result;
		if (result == 0)
			dtms->turn = (dtms->turn + 1) % dtms->count;
		if (clock_monotonic_us() >= deadline_us)
			return result == 1 || next_due(dtms) != NULL;
	}
	return result != 0 ? result :
	    dtms_watches_read_ahead(&dtms->shared.watches, deadline_us);
}

int
dtms_turn(struct dtms *dtms, int64_t deadline_us, bool *ret_wrote, struct problem *problem)
{
	int result;

	*ret_wrote = false;
	result = work(dtms, deadline_us, ret_wrote);
	if (result < 0) {
		say(&dtms->tools, result, problem);
		/* SQLite may have rolled back by itself (a full disk); then there is nothing to undo. */
		if (!sqlite3_get_autocommit(database_handle(dtms->tools.analysis_db)))
			(void)!database_execute(dtms->tools.analysis_db, "ROLLBACK");
	}
	return result;
}

/* ---- questions, figures, retention ---- */

json_t *
dtms_answer(struct dtms *dtms, const json_t *request)
{
	struct dtms_asked asked = {.shared = &dtms->shared, .last_instant_us = dtms->last_instant_us};
	struct problem problem;
	json_t *answer = NULL;

	asked.error = load_sources(dtms);
	if (asked.error == 0) {
		asked.sources = dtms->sources;
		asked.count = dtms->count;
		answer = dtms_answer_question(&asked, request);
	}
	if (asked.error == 0)
		return answer;
	json_decref(answer);
	say(&dtms->tools, asked.error, &problem);
	return control_error("failed", "%s", problem.text);
}

void
dtms_figures(const struct dtms *dtms, struct dtms_figures *ret)
{
	*ret = (struct dtms_figures){
		.actions = dtms->shared.actions,
		.alerts = dtms->shared.alerts,
		.last_instant_us = dtms->last_instant_us,
	};
	for (size_t i = 0; i < dtms->count; i++) {
		const struct dtms_source *source = &dtms->sources[i];

		ret->off |= source->progress.off || source->off_waits;
		ret->trades += (int64_t)source->count;
		for (size_t k = 0; k < source->count; k++)
			ret->stale += source->entries[k].trade.stale;
	}
}

/* Counted back from the source's own clock, never from ours. */
static int
delete_slice(struct dtms *dtms, int limit)
{
	int64_t keep_us = dtms->tools.settings->retention.dtms_actions_us;
	int deleted = 0;

	for (size_t i = 0; i < dtms->count && deleted < limit && keep_us > 0; i++) {
		size_t at = (dtms->old_turn + i) % dtms->count;
		const struct dtms_source *source = &dtms->sources[at];
		int64_t clock_us = clock_of(dtms, source);
		int rows = clock_us == TICK_NONE ? 0 : dtms_store_delete(dtms->shared.store,
		    source->name, clock_us - keep_us, limit - deleted);

		if (rows < 0)
			return rows;
		deleted += rows;
		if (deleted == limit)
			dtms->old_turn = at;
	}
	return deleted;
}

int
dtms_retain(struct dtms *dtms, int limit, struct problem *problem)
{
	struct database *db = dtms->tools.analysis_db;
	int error = database_execute(db, "BEGIN IMMEDIATE");
	int deleted = error < 0 ? error : delete_slice(dtms, limit);

	if (deleted >= 0) {
		error = database_execute(db, "COMMIT");
		deleted = error < 0 ? error : deleted;
	}
	if (deleted < 0) {
		say(&dtms->tools, deleted, problem);
		if (!sqlite3_get_autocommit(database_handle(db)))
			(void)!database_execute(db, "ROLLBACK");
	}
	return deleted;
}
