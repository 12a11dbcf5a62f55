#include "analysisd/markets_state.h"

#include <errno.h>
#include <string.h>

#include "common/candle_fold.h"
#include "common/clock.h"

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
		return markets_say(markets, count, problem);
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
	const struct walk_tools tools = markets_tools(markets);
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
	markets_say(markets, result, problem);
	results_rollback(markets->results);
	return result;
}

int
markets_analyse(struct markets *markets, const char *source, const char *symbol,
    enum timeframe timeframe, int64_t time_us, json_t **ret_answer, struct problem *problem)
{
	struct market *market;
	int error = markets_look(markets);

	if (error < 0)
		return markets_say(markets, error, problem);
	error = market_table_choose(&markets->table, source, symbol, &market, problem);
	if (error == 0)
		error = choose_bar(markets, market, timeframe, &time_us, problem);
	return error < 0 ? error :
	    analyse_bar(markets, market->walk, timeframe, time_us, ret_answer, problem);
}
