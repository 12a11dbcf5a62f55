#include "analysisd/markets_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

int
markets_create(struct markets **ret, struct market_reader *reader, struct database *analysis_db,
    const struct sources_keep *keep, struct problem *problem)
{
	struct markets *markets = calloc(1, sizeof(*markets));
	int error;

	if (markets == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	markets->reader = reader;
	markets->analysis_db = analysis_db;
	markets->changes_seq = TICK_NONE;
	market_table_init(&markets->table, keep);
	error = results_create(&markets->results, analysis_db, NULL);
	if (error == 0)
		error = facts_create(&markets->facts, analysis_db);
	if (error < 0) {
		markets_free(markets);
		return problem_set(problem, error, "%s: %s",
		    access_database_file(DATABASE_ANALYSIS), database_error(analysis_db));
	}
	*ret = markets;
	return 0;
}

void
markets_free(struct markets *markets)
{
	if (markets == NULL)
		return;
	market_table_finish(&markets->table);
	trading_hours_reader_close(markets->hours);
	offsets_reader_close(markets->offsets);
	facts_free(markets->facts);
	results_free(markets->results);
	free(markets);
}

int
markets_pair(struct markets *markets, const struct settings *settings)
{
	struct database *db = market_reader_database(markets->reader);
	int error = offsets_reader_open(&markets->offsets, db);

	markets->settings = settings;
	return error < 0 ? error : trading_hours_reader_open(&markets->hours, db);
}

/* Whose database refused: SQLite keeps the last error of each. */
int
markets_say(struct markets *markets, int error, struct problem *problem)
{
	struct database *ticks_db = market_reader_database(markets->reader);
	int code = sqlite3_errcode(database_handle(ticks_db));
	bool reader_failed = code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;

	if (error == -ENOMEM)
		return problem_set(problem, error, "out of memory");
	return problem_set(problem, error, "%s: %s",
	    access_database_file(reader_failed ? DATABASE_TICKS : DATABASE_ANALYSIS),
	    database_error(reader_failed ? ticks_db : markets->analysis_db));
}

/* ---- work ---- */

struct walk_tools
markets_tools(struct markets *markets)
{
	return (struct walk_tools){markets->reader, markets->results, markets->facts,
		&markets->json, markets->offsets, markets->settings, markets->hours};
}

/* Returns 1 when the time is up, 0 when nothing is left, -errno. */
static int
work(struct markets *markets, int64_t deadline_us)
{
	const struct walk_tools tools = markets_tools(markets);
	struct market *market;

	while ((market = market_table_next_due(&markets->table)) != NULL) {
		int error = symbol_walk_step(market->walk, &tools,
		    sources_clock(&markets->table.sources, market->source), deadline_us);

		if (error < 0)
			return error;
		markets->table.turn = (markets->table.turn + 1) % markets->table.count;
		if (clock_monotonic_us() >= deadline_us)
			return market_table_next_due(&markets->table) != NULL;
	}
	return 0;
}

/*
 * Ticks of the slots that form, where nothing else is to be done; what the time does not suffice
 * for is done in the next turn, before it comes to those that have been looked after again.
 */
static int
read_ahead(struct markets *markets, int64_t deadline_us)
{
	const struct walk_tools tools = markets_tools(markets);
	int error = 0;

	for (size_t i = 0; i < markets->table.count && error == 0; i++) {
		const struct market *market = &markets->table.all[i];
		int64_t clock_us = sources_clock(&markets->table.sources, market->source);

		if (clock_monotonic_us() >= deadline_us)
			break;
		if (clock_us != TICK_NONE)
			error = symbol_walk_read_ahead(market->walk, &tools, clock_us, deadline_us);
	}
	return error;
}

static int
work_in_transaction(struct markets *markets, int64_t deadline_us, bool *ret_wrote)
{
	int before = sqlite3_total_changes(database_handle(markets->analysis_db)), error;
	int result = results_begin(markets->results);

	if (result < 0)
		return result;
	result = work(markets, deadline_us);
	*ret_wrote = sqlite3_total_changes(database_handle(markets->analysis_db)) != before;
	error = result < 0 ? result : 0;
	if (result == 0 && market_table_is_done(&markets->table))
		error = results_write_seen(markets->results, markets->changes_seq);
	if (error == 0)
		error = results_commit(markets->results);
	return error < 0 ? error : result;
}

int
markets_turn(struct markets *markets, int64_t budget_us, bool *ret_wrote, struct problem *problem)
{
	int64_t deadline_us = clock_monotonic_us() + budget_us;
	int result = markets_look(markets);

	*ret_wrote = false;
	if (result < 0)
		return markets_say(markets, result, problem);
	result = read_ahead(markets, deadline_us);
	if (result < 0)
		return markets_say(markets, result, problem);
	if (market_table_next_due(&markets->table) == NULL)
		return 0;
	result = work_in_transaction(markets, deadline_us, ret_wrote);
	if (result < 0) {
		markets_say(markets, result, problem);
		results_rollback(markets->results);
	}
	return result;
}

/* ---- figures ---- */

void
markets_figures(const struct markets *markets, struct markets_figures *ret)
{
	market_table_figures(&markets->table, ret);
}

int64_t
markets_until_close(const struct markets *markets)
{
	const struct sources *sources = &markets->table.sources;
	int64_t nearest_us = INT64_MAX;

	for (size_t i = 0; i < sources->count; i++) {
		int64_t clock_us = sources_clock(sources, i), before_us, until_us;

		if (clock_us == TICK_NONE)
			continue;
		before_us = symbol_walk_closed_before(clock_us);
		until_us = candle_slot(before_us - 1) + CANDLE_M5_US - before_us + 1;
		nearest_us = until_us < nearest_us ? until_us : nearest_us;
	}
	return nearest_us;
}

const struct market_table *
markets_table(const struct markets *markets)
{
	return &markets->table;
}

void
markets_on_change(struct markets *markets, market_change_callback *callback, void *context)
{
	markets->changed = callback;
	markets->changed_context = context;
}
