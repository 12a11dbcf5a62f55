#include "analysisd/markets_state.h"

#include <errno.h>
#include <string.h>

#include "analysisd/aliases.h"
#include "analysisd/made_by.h"

#define CHANGES_PAGE 10000

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

	aliases_follow(markets->settings, walk->source, walk->symbol, &paired);
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

	aliases_follow(markets->settings, walk->source, walk->symbol, &paired);
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
	for (size_t i = 0; i < markets->table.count && markets->settings != NULL; i++) {
		struct symbol_walk *walk = markets->table.all[i].walk;
		const char *paired;

		aliases_follow(markets->settings, walk->source, walk->symbol, &paired);
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
	for (size_t i = 0; i < markets->table.count && markets->settings != NULL; i++)
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
int
markets_look(struct markets *markets)
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
