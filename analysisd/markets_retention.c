#include "analysisd/markets_state.h"

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
		markets_say(markets, result, problem);
		results_rollback(markets->results);
	}
	return result;
}
