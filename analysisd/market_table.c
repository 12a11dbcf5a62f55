#include "analysisd/market_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

void
market_table_init(struct market_table *table, const struct sources_keep *keep)
{
	*table = (struct market_table){0};
	sources_init(&table->sources, keep);
}

void
market_table_finish(struct market_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		symbol_walk_free(table->all[i].walk);
	free(table->all);
	sources_finish(&table->sources);
}

/* ---- symbols ---- */

int
market_table_add(struct market_table *table, const char *source, struct symbol_walk *walk,
    struct market **ret)
{
	struct market *grown = reallocarray(table->all, table->count + 1, sizeof(*grown));
	struct market market = {.walk = walk, .newest_us = TICK_NONE};
	int error = grown == NULL ? -ENOMEM : sources_find(&table->sources, source, &market.source);

	if (grown != NULL)
		table->all = grown;
	if (error < 0) {
		symbol_walk_free(walk);
		return error;
	}
	*ret = &grown[table->count++];
	**ret = market;
	return 0;
}

struct market *
market_table_find(const struct market_table *table, int64_t symbol_id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->all[i].walk->symbol_id == symbol_id)
			return &table->all[i];
	return NULL;
}

/* The sources that have the symbol: "binance:X, sim:X", as far as there is room. */
static void
list_choices(const struct market_table *table, const char *symbol, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < table->count && length < size; i++) {
		const struct symbol_walk *walk = table->all[i].walk;

		if (strcmp(walk->symbol, symbol) == 0)
			length += (size_t)snprintf(text + length, size - length, "%s%s:%s",
			    length == 0 ? "" : ", ", walk->source, walk->symbol);
	}
}

int
market_table_choose(const struct market_table *table, const char *source, const char *symbol,
    struct market **ret, struct problem *problem)
{
	struct market *found = NULL;
	char choices[160];
	int count = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct market *market = &table->all[i];

		if (strcmp(market->walk->symbol, symbol) != 0 ||
		    (source != NULL && strcmp(market->walk->source, source) != 0))
			continue;
		found = market;
		count++;
	}
	if (count == 1) {
		*ret = found;
		return 0;
	}
	list_choices(table, symbol, choices, sizeof(choices));
	if (count > 1)
		return problem_set(problem, -EINVAL,
		    "%s is the symbol of several sources: say which of %s", symbol, choices);
	if (choices[0] != '\0')
		return problem_set(problem, -ENOENT,
		    "no symbol %s of source %s is known, but %s", symbol, source, choices);
	return problem_set(problem, -ENOENT, "no symbol %s is known", symbol);
}

void
market_table_tell_walks(struct market_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct market *market = &table->all[i];

		symbol_walk_set_floor(market->walk, sources_floor(&table->sources, market->source));
		symbol_walk_set_first(market->walk, market->first_candle_us);
		symbol_walk_set_history(market->walk, market->history_until_us);
		symbol_walk_set_ticks(market->walk, market->ticks_from_us, market->frozen_us);
	}
}

/* ---- whose turn it is ---- */

static enum symbol_walk_need
need(const struct market_table *table, const struct market *market, int64_t now_us)
{
	int64_t clock_us = sources_clock(&table->sources, market->source);

	return clock_us == TICK_NONE ? SYMBOL_WALK_NOTHING :
				       symbol_walk_need(market->walk, clock_us, now_us);
}

struct market *
market_table_next_due(struct market_table *table)
{
	enum symbol_walk_need most = SYMBOL_WALK_RESTS;
	int64_t now_us = clock_monotonic_us();
	size_t turn = table->turn;

	for (size_t i = 0; i < table->count && most < SYMBOL_WALK_LIVE; i++) {
		size_t at = (table->turn + i) % table->count;
		enum symbol_walk_need its = need(table, &table->all[at], now_us);

		if (its > most) {
			most = its;
			turn = at;
		}
	}
	if (most == SYMBOL_WALK_RESTS)
		return NULL;
	table->turn = turn;
	return &table->all[turn];
}

bool
market_table_is_done(const struct market_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (need(table, &table->all[i], 0) != SYMBOL_WALK_NOTHING)
			return false;
	return true;
}

/* ---- figures ---- */

static int64_t
source_lag(const struct market_table *table, size_t source)
{
	int64_t until_us = TICK_NONE, clock_us = sources_clock(&table->sources, source);

	for (size_t i = 0; i < table->count; i++) {
		const struct symbol_walk *walk = table->all[i].walk;

		if (table->all[i].source == source && walk->progress.results > 0 &&
		    walk->front->next_us > until_us)
			until_us = walk->front->next_us;
	}
	return until_us == TICK_NONE || clock_us == TICK_NONE ? TICK_NONE : clock_us - until_us;
}

void
market_table_figures(const struct market_table *table, struct markets_figures *ret)
{
	*ret = (struct markets_figures){
		.symbols = (int64_t)table->count,
		.newest_candle_us = TICK_NONE,
		.lag_us = TICK_NONE,
	};
	for (size_t i = 0; i < table->count; i++) {
		const struct symbol_walk *walk = table->all[i].walk;

		ret->results += walk->progress.results;
		ret->analysed += walk->analysed;
		ret->pending += need(table, &table->all[i], 0) != SYMBOL_WALK_NOTHING;
		if (walk->progress.results > 0 &&
		    walk->front->next_us - CANDLE_M5_US > ret->newest_candle_us)
			ret->newest_candle_us = walk->front->next_us - CANDLE_M5_US;
	}
	for (size_t i = 0; i < table->sources.count; i++)
		if (source_lag(table, i) > ret->lag_us)
			ret->lag_us = source_lag(table, i);
}
