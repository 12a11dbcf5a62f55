#include "analysisd/markets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/symbol_walk.h"
#include "common/clock.h"

#define CHANGES_PAGE 10000

struct source {
	char *name;
	int64_t clock_us; /* newest exchange time of all its symbols; TICK_NONE */
};

struct market {
	struct symbol_walk *walk;
	size_t source;
};

struct markets {
	struct market_reader *reader;
	struct database *analysis_db;
	struct results *results;
	struct candle_ticks ticks;
	struct json_text json;
	struct source *sources;
	size_t source_count;
	struct market *all;
	size_t count;
	size_t turn; /* whose walk is next */
	struct market_changes_kept kept;
	int64_t changes_seq; /* read up to here; TICK_NONE before the first time */
	int error;	     /* of a callback */
};

int
markets_create(struct markets **ret, struct market_reader *reader, struct database *analysis_db,
    struct problem *problem)
{
	struct markets *markets = calloc(1, sizeof(*markets));
	int error;

	if (markets == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	markets->reader = reader;
	markets->analysis_db = analysis_db;
	markets->changes_seq = TICK_NONE;
	candle_ticks_init(&markets->ticks);
	error = results_create(&markets->results, analysis_db);
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
	for (size_t i = 0; i < markets->count; i++)
		symbol_walk_free(markets->all[i].walk);
	for (size_t i = 0; i < markets->source_count; i++)
		free(markets->sources[i].name);
	free(markets->all);
	free(markets->sources);
	candle_ticks_finish(&markets->ticks);
	results_free(markets->results);
	free(markets);
}

/* ---- symbols and clocks ---- */

/* The number of the source of that name, made where it is new.  -ENOMEM. */
static int
find_source(struct markets *markets, const char *name, size_t *ret)
{
	struct source *grown;
	char *copy;

	for (size_t i = 0; i < markets->source_count; i++)
		if (strcmp(markets->sources[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	grown = reallocarray(markets->sources, markets->source_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	markets->sources = grown;
	copy = strdup(name);
	if (copy == NULL)
		return -ENOMEM;
	*ret = markets->source_count++;
	grown[*ret] = (struct source){copy, TICK_NONE};
	return 0;
}

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
add_market(struct markets *markets, const struct market_symbol *symbol)
{
	struct market *grown = reallocarray(markets->all, markets->count + 1, sizeof(*grown));
	struct market market;
	int error;

	if (grown == NULL)
		return -ENOMEM;
	markets->all = grown;
	error = find_source(markets, symbol->source, &market.source);
	if (error == 0)
		error = create_walk(markets, symbol, &market.walk);
	if (error == 0)
		grown[markets->count++] = market;
	return error;
}

static struct market *
find_market(const struct markets *markets, int64_t symbol_id)
{
	for (size_t i = 0; i < markets->count; i++)
		if (markets->all[i].walk->symbol_id == symbol_id)
			return &markets->all[i];
	return NULL;
}

static void
on_symbol(void *context, const struct market_symbol *symbol)
{
	struct markets *markets = context;
	struct market *market = find_market(markets, symbol->symbol_id);
	struct source *source;

	if (markets->error < 0)
		return;
	if (market == NULL) {
		markets->error = add_market(markets, symbol);
		if (markets->error < 0)
			return;
		market = &markets->all[markets->count - 1];
	}
	symbol_walk_set_first(market->walk, symbol->first_candle_us);
	symbol_walk_set_history(market->walk, symbol->history_until_us);
	source = &markets->sources[market->source];
	if (symbol->newest_us > source->clock_us)
		source->clock_us = symbol->newest_us;
}

/* ---- changes ---- */

static void
on_change(void *context, const struct market_change *change)
{
	struct markets *markets = context;
	struct market *market = find_market(markets, change->symbol_id);

	markets->changes_seq = change->seq;
	if (market != NULL && change->seq > market->walk->progress.changes_seq)
		symbol_walk_change(market->walk, change->from_us, change->to_us);
}

/* The first time: from the oldest that any symbol has not seen. */
static void
start_changes(struct markets *markets)
{
	markets->changes_seq = markets->kept.last_seq;
	for (size_t i = 0; i < markets->count; i++)
		if (markets->all[i].walk->progress.changes_seq < markets->changes_seq)
			markets->changes_seq = markets->all[i].walk->progress.changes_seq;
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
	for (size_t i = 0; i < markets->count; i++)
		if (markets->all[i].walk->progress.changes_seq < markets->changes_seq)
			markets->all[i].walk->progress.changes_seq = markets->changes_seq;
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
	if (error == 0)
		error = read_changes(markets);
	return error;
}

/* ---- work ---- */

static bool
is_due(const struct markets *markets, const struct market *market)
{
	int64_t clock_us = markets->sources[market->source].clock_us;

	return clock_us != TICK_NONE && symbol_walk_due(market->walk, clock_us);
}

/* The next symbol with something to do, going round; NULL without one. */
static struct market *
next_due(struct markets *markets)
{
	for (size_t i = 0; i < markets->count; i++) {
		struct market *market = &markets->all[(markets->turn + i) % markets->count];

		if (is_due(markets, market)) {
			markets->turn = (size_t)(market - markets->all);
			return market;
		}
	}
	return NULL;
}

/* Returns 1 when the time is up, 0 when nothing is left, -errno. */
static int
work(struct markets *markets, int64_t deadline_us)
{
	const struct walk_tools tools = {markets->reader, markets->results, &markets->ticks,
	    &markets->json};
	struct market *market;

	while ((market = next_due(markets)) != NULL) {
		int result = symbol_walk_step(market->walk, &tools,
		    markets->sources[market->source].clock_us, deadline_us);

		if (result < 0)
			return result;
		/* The half-read ticks of a candle are shared: its walk goes on first. */
		if (!market->walk->reading_ticks)
			markets->turn = (markets->turn + 1) % markets->count;
		if (clock_monotonic_us() >= deadline_us)
			return next_due(markets) != NULL;
	}
	return 0;
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
	if (result == 0)
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
	if (next_due(markets) == NULL)
		return 0;
	result = work_in_transaction(markets, deadline_us, ret_wrote);
	if (result < 0) {
		say(markets, result, problem);
		results_rollback(markets->results);
	}
	return result;
}

/* ---- figures ---- */

/* Where the walk stands, or stood before it was sent back. */
static int64_t
analysed_until(const struct symbol_walk *walk)
{
	return walk->redo_until_us > walk->progress.next_us ? walk->redo_until_us :
							      walk->progress.next_us;
}

static int64_t
source_lag(const struct markets *markets, size_t source)
{
	int64_t until_us = TICK_NONE;

	for (size_t i = 0; i < markets->count; i++) {
		const struct symbol_walk *walk = markets->all[i].walk;

		if (markets->all[i].source == source && walk->progress.results > 0 &&
		    analysed_until(walk) > until_us)
			until_us = analysed_until(walk);
	}
	if (until_us == TICK_NONE || markets->sources[source].clock_us == TICK_NONE)
		return TICK_NONE;
	return markets->sources[source].clock_us - until_us;
}

void
markets_figures(const struct markets *markets, struct markets_figures *ret)
{
	*ret = (struct markets_figures){
		.symbols = (int64_t)markets->count,
		.newest_candle_us = TICK_NONE,
		.lag_us = TICK_NONE,
	};
	for (size_t i = 0; i < markets->count; i++) {
		const struct symbol_walk *walk = markets->all[i].walk;

		ret->results += walk->progress.results;
		ret->pending += is_due(markets, &markets->all[i]);
		if (walk->progress.results > 0 &&
		    analysed_until(walk) - CANDLE_M5_US > ret->newest_candle_us)
			ret->newest_candle_us = analysed_until(walk) - CANDLE_M5_US;
	}
	for (size_t i = 0; i < markets->source_count; i++)
		if (source_lag(markets, i) > ret->lag_us)
			ret->lag_us = source_lag(markets, i);
}
