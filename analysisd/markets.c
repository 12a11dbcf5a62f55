#include "analysisd/markets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/aliases.h"
#include "analysisd/made_by.h"
#include "analysisd/market_table.h"
#include "common/candle_fold.h"
#include "common/clock.h"

#define CHANGES_PAGE 10000

struct markets {
	struct market_reader *reader;
	struct database *analysis_db;
	struct results *results;
	struct facts *facts;
	struct offsets_reader *offsets;
	const struct string_list *aliases; /* NULL: nothing is paired */
	struct json_text json;
	struct market_table table;
	size_t old_turn; /* whose old results are deleted next */
	size_t compared; /* symbols of the table that are known to be made as they should be */
	struct market_changes_kept kept;
	int64_t changes_seq; /* read up to here; TICK_NONE before the first time */
	int error;	     /* of a callback */
	market_change_callback *changed; /* NULL: nobody is told */
	void *changed_context;
};

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
	offsets_reader_close(markets->offsets);
	facts_free(markets->facts);
	results_free(markets->results);
	free(markets);
}

int
markets_pair(struct markets *markets, const struct string_list *aliases)
{
	markets->aliases = aliases;
	return offsets_reader_open(&markets->offsets, market_reader_database(markets->reader));
}

/* ---- symbols and clocks ---- */

/* True when rows of `changes` behind `seq` are gone, or it is another database than then. */
static bool
changes_are_lost(const struct market_changes_kept *kept, int64_t seq)
{
	if (seq > kept->last_seq)
		return true;
	if (kept->first_seq == TICK_NONE)
		return seq < kept->last_seq;
	return kept->first_seq > seq + 1;
}

/* Goes on where an earlier run left off. */
static int
create_walk(struct markets *markets, const struct market_symbol *symbol, struct symbol_walk **ret)
{
	struct progress progress;
	int known = results_read_progress(markets->results, symbol->source, symbol->symbol, &progress);
	struct symbol_walk *walk;

	if (known < 0)
		return known;
	walk = symbol_walk_create(symbol, known == 1 ? &progress : NULL);
	if (walk == NULL)
		return -ENOMEM;
	if (known == 0) {
		walk->progress.changes_seq = markets->kept.last_seq;
	} else if (changes_are_lost(&markets->kept, progress.changes_seq)) {
		walk->progress.changes_seq = markets->kept.last_seq;
		symbol_walk_restart(walk);
	}
	*ret = walk;
	return 0;
}

static int
add_market(struct markets *markets, const struct market_symbol *symbol, struct market **ret)
{
	struct symbol_walk *walk;
	int error = create_walk(markets, symbol, &walk);

	if (error == 0)
		error = market_table_add(&markets->table, symbol->source, walk, ret);
	return error;
}

static void
on_symbol(void *context, const struct market_symbol *symbol)
{
	struct markets *markets = context;
	struct market *market = market_table_find(&markets->table, symbol->symbol_id);

	if (markets->error < 0)
		return;
	if (market == NULL) {
		markets->error = add_market(markets, symbol, &market);
		if (markets->error < 0)
			return;
	}
	market->first_candle_us = symbol->first_candle_us;
	market->history_until_us = symbol->history_until_us;
	market->ticks_from_us = symbol->ticks_from_us;
	market->frozen_us = symbol->frozen_us;
	market->newest_before_us = market->newest_us;
	market->newest_us = symbol->newest_us;
	sources_tell(&markets->table.sources, market->source, symbol->newest_us);
}

/* ---- changes ---- */

static bool
is_named(const struct market *market, const char *name)
{
	size_t length = strlen(market->walk->source);

	return strncmp(name, market->walk->source, length) == 0 && name[length] == ':' &&
	    strcmp(name + length + 1, market->walk->symbol) == 0;
}

/* The one that it is compared with, once it is stored; NULL for none. */
static const struct market *
find_paired(const struct markets *markets, const struct symbol_walk *walk)
{
	const char *paired;

	aliases_follow(markets->aliases, walk->symbol, &paired);
	for (size_t i = 0; i < markets->table.count && paired != NULL; i++)
		if (is_named(&markets->table.all[i], paired))
			return &markets->table.all[i];
	return NULL;
}

/* What its results should be made by. */
static int64_t
made_by_now(const struct markets *markets, const struct symbol_walk *walk)
{
	const char *paired;

	aliases_follow(markets->aliases, walk->symbol, &paired);
	return made_by(find_paired(markets, walk) == NULL ? NULL : paired);
}

/*
 * A newer program has other analyses, other settings compare with another symbol, and the other one
 * may appear later: what is analysed already is made anew then.
 */
static void
compare_makers(struct markets *markets)
{
	if (markets->compared == markets->table.count)
		return;
	for (size_t i = 0; i < markets->table.count; i++) {
		struct symbol_walk *walk = markets->table.all[i].walk;
		int64_t now = made_by_now(markets, walk);

		if (walk->progress.made_by != now)
			symbol_walk_restart(walk);
		walk->progress.made_by = now;
	}
	markets->compared = markets->table.count;
}

/* What changed of one symbol reaches those that are compared with it. */
static void
change_paired(struct markets *markets, const struct market *changed,
    const struct market_change *change)
{
	for (size_t i = 0; i < markets->table.count && markets->aliases != NULL; i++) {
		struct symbol_walk *walk = markets->table.all[i].walk;
		const char *paired;

		aliases_follow(markets->aliases, walk->symbol, &paired);
		if (paired != NULL && is_named(changed, paired) &&
		    change->seq > walk->progress.changes_seq)
			symbol_walk_change(walk, change->from_us, change->to_us + OFFSETS_REACH_US);
	}
}

/*
 * Ticks that come in order are no change, but bars of a symbol that is ahead by more than a slot were
 * compared without them: of a feed that stood still, or while a history is imported.
 */
static void
follow_paired(struct markets *markets, struct symbol_walk *walk)
{
	const struct market *other = find_paired(markets, walk);

	if (other != NULL && other->newest_before_us != TICK_NONE &&
	    other->newest_us > other->newest_before_us &&
	    walk->front->next_us - CANDLE_M5_US > other->newest_before_us)
		symbol_walk_change(walk, other->newest_before_us,
		    other->newest_us + OFFSETS_REACH_US);
}

static void
follow_all_paired(struct markets *markets)
{
	for (size_t i = 0; i < markets->table.count && markets->aliases != NULL; i++)
		follow_paired(markets, markets->table.all[i].walk);
}

static void
on_change(void *context, const struct market_change *change)
{
	struct markets *markets = context;
	struct market *market = market_table_find(&markets->table, change->symbol_id);

	markets->changes_seq = change->seq;
	if (markets->changed != NULL)
		markets->changed(markets->changed_context, change);
	if (market == NULL)
		return;
	if (change->seq > market->walk->progress.changes_seq)
		symbol_walk_change(market->walk, change->from_us, change->to_us);
	change_paired(markets, market, change);
}

/* The first time: from the oldest that any symbol has not seen. */
static void
start_changes(struct markets *markets)
{
	markets->changes_seq = markets->kept.last_seq;
	for (size_t i = 0; i < markets->table.count; i++)
		if (markets->table.all[i].walk->progress.changes_seq < markets->changes_seq)
			markets->changes_seq = markets->table.all[i].walk->progress.changes_seq;
}

static int
read_changes(struct markets *markets)
{
	int count;

	if (markets->changes_seq == TICK_NONE)
		start_changes(markets);
	do
		count = market_reader_changes(markets->reader, markets->changes_seq, CHANGES_PAGE,
		    on_change, markets);
	while (count == CHANGES_PAGE);
	for (size_t i = 0; i < markets->table.count; i++)
		if (markets->table.all[i].walk->progress.changes_seq < markets->changes_seq)
			markets->table.all[i].walk->progress.changes_seq = markets->changes_seq;
	return count < 0 ? count : 0;
}

/*
 * Clocks before changes before candles: what is committed in between is then newer than what was
 * asked for, and comes again as a change.
 */
static int
look(struct markets *markets)
{
	int error = market_reader_changes_kept(markets->reader, &markets->kept);

	if (error == 0)
		error = market_reader_symbols(markets->reader, on_symbol, markets);
	if (error == 0)
		error = markets->error;
	if (error < 0)
		return error;
	market_table_tell_walks(&markets->table);
	compare_makers(markets);
	follow_all_paired(markets);
	return read_changes(markets);
}

/* ---- work ---- */

static struct walk_tools
tools_of(struct markets *markets)
{
	return (struct walk_tools){markets->reader, markets->results, markets->facts,
		&markets->json, markets->offsets, markets->aliases};
}

/* Returns 1 when the time is up, 0 when nothing is left, -errno. */
static int
work(struct markets *markets, int64_t deadline_us)
{
	const struct walk_tools tools = tools_of(markets);
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
	const struct walk_tools tools = tools_of(markets);
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

/* Whose database refused: SQLite keeps the last error of each. */
static int
say(struct markets *markets, int error, struct problem *problem)
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

int
markets_turn(struct markets *markets, int64_t budget_us, bool *ret_wrote, struct problem *problem)
{
	int64_t deadline_us = clock_monotonic_us() + budget_us;
	int result = look(markets);

	*ret_wrote = false;
	if (result < 0)
		return say(markets, result, problem);
	result = read_ahead(markets, deadline_us);
	if (result < 0)
		return say(markets, result, problem);
	if (market_table_next_due(&markets->table) == NULL)
		return 0;
	result = work_in_transaction(markets, deadline_us, ret_wrote);
	if (result < 0) {
		say(markets, result, problem);
		results_rollback(markets->results);
	}
	return result;
}

/* ---- on demand ---- */

static int
keep_time(void *context, const struct candle *candle)
{
	*(int64_t *)context = candle->open_time_us;
	return 0;
}

/* The newest bar that ends by edge_us. */
static int
choose_newest(struct markets *markets, const struct symbol_walk *walk, enum timeframe timeframe,
    int64_t edge_us, int64_t *ret_time_us, struct problem *problem)
{
	int64_t length_us = timeframe_length(timeframe), newest_us;
	int count = market_reader_candles_back(markets->reader, walk->symbol_id,
	    candle_fold_slot(edge_us, length_us), 1, keep_time, &newest_us);

	if (count < 0)
		return say(markets, count, problem);
	if (count == 0)
		return problem_set(problem, -ENOENT, "no %s bar of %s has closed yet",
		    timeframe_name(timeframe), walk->symbol);
	*ret_time_us = candle_fold_slot(newest_us, length_us);
	return 0;
}

/* The bar that is meant: *time_us may be TICK_NONE. */
static int
choose_bar(struct markets *markets, const struct market *market, enum timeframe timeframe,
    int64_t *time_us, struct problem *problem)
{
	int64_t clock_us = sources_clock(&markets->table.sources, market->source);
	int64_t length_us = timeframe_length(timeframe), edge_us;
	const char *name = timeframe_name(timeframe);
	char text[CLOCK_TEXT_SIZE];

	if (clock_us == TICK_NONE)
		return problem_set(problem, -ENOENT, "no %s bar of %s has closed yet", name,
		    market->walk->symbol);
	edge_us = candle_slot(symbol_walk_closed_before(clock_us) - 1) + CANDLE_M5_US;
	if (*time_us == TICK_NONE)
		return choose_newest(markets, market->walk, timeframe, edge_us, time_us, problem);
	if (candle_fold_slot(*time_us, length_us) != *time_us)
		return problem_set(problem, -EINVAL, "no %s bar opens at %s", name,
		    clock_format(*time_us, 0, text));
	if (*time_us > edge_us - length_us)
		return problem_set(problem, -EBUSY, "the %s bar of %s is not closed yet", name,
		    clock_format(*time_us, 0, text));
	return 0;
}

/* Returns 1, 0 without such a bar, -errno; nothing is left of what failed. */
static int
analyse_in_transaction(struct markets *markets, struct symbol_walk *walk, enum timeframe timeframe,
    int64_t time_us, json_t *answer)
{
	const struct walk_tools tools = tools_of(markets);
	const struct progress before = walk->progress;
	int error, result = results_begin(markets->results);

	if (result < 0)
		return result;
	result = symbol_walk_analyse(walk, &tools, timeframe, time_us, answer);
	error = result < 0 ? result : results_commit(markets->results);
	if (error == 0)
		return result;
	walk->progress = before;
	return error;
}

static int
analyse_bar(struct markets *markets, struct symbol_walk *walk, enum timeframe timeframe,
    int64_t time_us, json_t **ret_answer, struct problem *problem)
{
	char text[CLOCK_TEXT_SIZE];
	json_t *results = json_object();
	int result = results == NULL ? -ENOMEM :
	    analyse_in_transaction(markets, walk, timeframe, time_us, results);

	clock_format(time_us, 0, text);
	if (result == 1) {
		*ret_answer = json_pack("{s:s, s:s, s:s, s:s, s:o}", "source", walk->source,
		    "symbol", walk->symbol, "timeframe", timeframe_name(timeframe), "time", text,
		    "results", results);
		return *ret_answer == NULL ? problem_set(problem, -ENOMEM, "out of memory") : 0;
	}
	json_decref(results);
	if (result == 0)
		return problem_set(problem, -ENOENT, "%s has no candle in the %s bar of %s",
		    walk->symbol, timeframe_name(timeframe), text);
	say(markets, result, problem);
	results_rollback(markets->results);
	return result;
}

int
markets_analyse(struct markets *markets, const char *source, const char *symbol,
    enum timeframe timeframe, int64_t time_us, json_t **ret_answer, struct problem *problem)
{
	struct market *market;
	int error = look(markets);

	if (error < 0)
		return say(markets, error, problem);
	error = market_table_choose(&markets->table, source, symbol, &market, problem);
	if (error == 0)
		error = choose_bar(markets, market, timeframe, &time_us, problem);
	return error < 0 ? error :
	    analyse_bar(markets, market->walk, timeframe, time_us, ret_answer, problem);
}

/* ---- retention ---- */

static int
delete_results(struct markets *markets, struct symbol_walk *walk, int64_t floor_us, int limit)
{
	int rows = results_delete(markets->results, walk->source, walk->symbol, floor_us, limit);
	int error;

	if (rows <= 0)
		return rows;
	walk->progress.results -= rows;
	error = symbol_walk_write_progress(walk, markets->results);
	return error < 0 ? error : rows;
}

/* At most `limit` rows of one symbol.  Returns their number. */
static int
delete_old(struct markets *markets, const struct market *market, int limit)
{
	struct symbol_walk *walk = market->walk;
	int64_t floor_us = sources_floor(&markets->table.sources, market->source);
	int rows, facts;

	if (floor_us == INT64_MIN)
		return 0;
	rows = walk->progress.results == 0 ? 0 : delete_results(markets, walk, floor_us, limit);
	if (rows < 0 || rows == limit)
		return rows;
	facts = facts_delete(markets->facts, walk->source, walk->symbol, floor_us, limit - rows);
	return facts < 0 ? facts : rows + facts;
}

static int
delete_slice(struct markets *markets, int limit)
{
	int deleted = 0, error = results_begin(markets->results);

	for (size_t i = 0; i < markets->table.count && error == 0 && deleted < limit; i++) {
		size_t at = (markets->old_turn + i) % markets->table.count;
		int rows = delete_old(markets, &markets->table.all[at], limit - deleted);

		if (rows < 0)
			error = rows;
		else if ((deleted += rows) == limit)
			markets->old_turn = at;
	}
	if (error == 0)
		error = results_commit(markets->results);
	return error < 0 ? error : deleted;
}

int
markets_retain(struct markets *markets, int limit, struct problem *problem)
{
	int result = delete_slice(markets, limit);

	if (result < 0) {
		say(markets, result, problem);
		results_rollback(markets->results);
	}
	return result;
}

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
