#include "analysisd/dtms/dtms_watches.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/aliases.h"
#include "analysisd/dtms/market_watch.h"
#include "common/clock.h"

struct dtms_watched {
	int64_t symbol_id;
	int64_t lender_id;		 /* TICK_NONE: it has its own flow, or none */
	char lender[2 * TRADE_NAME_MAX]; /* SOURCE:SYMBOL of one that is not stored yet; or "" */
	int64_t first_candle_us, history_until_us; /* history that comes later is no change */
	struct market_watch *watch;
	struct dtms_view view;
	int64_t viewed_us; /* TICK_NONE: no view is made */
	int64_t ahead_us;  /* trades were read ahead up to here */
	bool marked;
};

void
dtms_watches_init(struct dtms_watches *watches, const struct dtms_tools *tools,
    struct venue_log *log)
{
	*watches = (struct dtms_watches){.tools = tools, .log = log};
}

static void
free_watched(struct dtms_watched *watched)
{
	market_watch_free(watched->watch);
	free(watched);
}

void
dtms_watches_finish(struct dtms_watches *watches)
{
	for (size_t i = 0; i < watches->count; i++)
		free_watched(watches->all[i]);
	free(watches->all);
}

/* ---- symbols and their lenders ---- */

static const struct market *
find_market(const struct market_table *table, const char *source, size_t source_length,
    const char *symbol)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct symbol_walk *walk = table->all[i].walk;

		if (strcmp(walk->symbol, symbol) == 0 &&
		    strncmp(walk->source, source, source_length) == 0 &&
		    walk->source[source_length] == '\0')
			return &table->all[i];
	}
	return NULL;
}

int64_t
dtms_watches_symbol(const struct dtms_watches *watches, const char *source, const char *symbol)
{
	const struct market *market = find_market(watches->tools->table, source, strlen(source),
	    symbol);

	return market == NULL ? TICK_NONE : market->walk->symbol_id;
}

static double
vwap_base(const struct settings *settings, const char *source, const char *symbol)
{
	const char *lender;

	return settings_number(&settings->dtms.vwap_thresholds,
	    aliases_follow(settings, source, symbol, &lender), settings->dtms.vwap_threshold);
}

/* Of SOURCE:SYMBOL. */
static const struct market *
find_named(const struct market_table *table, const char *name)
{
	const char *colon = strchr(name, ':');

	return colon == NULL ? NULL :
	    find_market(table, name, (size_t)(colon - name), colon + 1);
}

/* Notes the lender where it is stored by now. */
static bool
find_lender(struct dtms_watched *watched, const struct market_table *table)
{
	const struct market *market = find_named(table, watched->lender);

	if (market == NULL)
		return false;
	watched->lender_id = market->walk->symbol_id;
	watched->lender[0] = '\0';
	return true;
}

/* ---- watches ---- */

static struct dtms_watched *
find(const struct dtms_watches *watches, int64_t symbol_id)
{
	for (size_t i = 0; i < watches->count; i++)
		if (watches->all[i]->symbol_id == symbol_id)
			return watches->all[i];
	return NULL;
}

/* Its watch, anew: with the lender that is known now. */
static int
begin_watch(const struct dtms_watches *watches, struct dtms_watched *watched,
    const struct symbol_walk *walk)
{
	bool lent = watched->lender_id != TICK_NONE;
	const struct market_watch_terms terms = {
		.symbol_id = watched->symbol_id,
		.flow_symbol_id = lent ? watched->lender_id : watched->symbol_id,
		.flow_lent = lent,
		.vwap_base = vwap_base(watches->tools->settings, walk->source, walk->symbol),
	};

	market_watch_free(watched->watch);
	watched->watch = market_watch_create(&terms);
	watched->viewed_us = TICK_NONE;
	return watched->watch == NULL ? -ENOMEM : 0;
}

static int
add(struct dtms_watches *watches, const struct market *market, struct dtms_watched **ret)
{
	struct dtms_watched **grown = reallocarray(watches->all, watches->count + 1,
	    sizeof(struct dtms_watched *));
	struct dtms_watched *watched = calloc(1, sizeof(*watched));
	const char *lender;

	if (grown != NULL)
		watches->all = grown;
	if (grown == NULL || watched == NULL) {
		free(watched);
		return -ENOMEM;
	}
	watched->symbol_id = market->walk->symbol_id;
	watched->lender_id = TICK_NONE;
	watched->first_candle_us = market->first_candle_us;
	watched->history_until_us = market->history_until_us;
	aliases_follow(watches->tools->settings, market->walk->source, market->walk->symbol,
	    &lender);
	snprintf(watched->lender, sizeof(watched->lender), "%s", lender == NULL ? "" : lender);
	(void)find_lender(watched, watches->tools->table);
	if (begin_watch(watches, watched, market->walk) < 0) {
		free(watched);
		return -ENOMEM;
	}
	watches->all[watches->count++] = watched;
	*ret = watched;
	return 0;
}

/* Candles from before those that there were, or a lender that has come. */
static int
bring_up_to_date(const struct dtms_watches *watches, struct dtms_watched *watched,
    const struct market *market)
{
	if (market->first_candle_us != watched->first_candle_us ||
	    market->history_until_us != watched->history_until_us) {
		watched->first_candle_us = market->first_candle_us;
		watched->history_until_us = market->history_until_us;
		market_watch_change(watched->watch, INT64_MIN);
	}
	if (watched->lender[0] != '\0' && find_lender(watched, watches->tools->table))
		return begin_watch(watches, watched, market->walk);
	return 0;
}

static int
look(struct dtms_watches *watches, struct dtms_watched *watched, int64_t now_us)
{
	int64_t flow_id = watched->lender_id != TICK_NONE ? watched->lender_id : watched->symbol_id;
	const struct market *flow = market_table_find(watches->tools->table, flow_id);
	struct venue_terms venue = {0};
	int error;

	market_watch_begin_flow(watched->watch, flow == NULL ? TICK_NONE : flow->ticks_from_us);
	error = market_watch_view(watched->watch, watches->tools->reader, now_us,
	    &watched->view);

	if (error == 0)
		error = venue_log_terms(watches->log, watched->symbol_id, now_us, &venue);
	if (error < 0)
		return error;
	watched->view.volume_min_e8 = venue.volume_min_e8;
	watched->view.volume_step_e8 = venue.volume_step_e8;
	watched->view.stops_level_e8 = venue.stops_level_e8;
	watched->view.tick_size_e8 = venue.tick_size_e8;
	watched->viewed_us = now_us;
	return 0;
}

static int
view_of(struct dtms_watches *watches, const struct market *market, int64_t now_us,
    struct dtms_watched **ret, bool *ret_made)
{
	struct dtms_watched *watched = find(watches, market->walk->symbol_id);
	int error = 0;

	if (watched == NULL)
		error = add(watches, market, &watched);
	else
		error = bring_up_to_date(watches, watched, market);
	*ret_made = error == 0 && watched->viewed_us != now_us;
	if (*ret_made)
		error = look(watches, watched, now_us);
	*ret = watched;
	return error;
}

int
dtms_watches_view(struct dtms_watches *watches, const struct dtms_trade *trade, int64_t now_us,
    struct dtms_view *ret, bool *ret_made)
{
	const struct market *market = trade->symbol_id == TICK_NONE ? NULL :
	    market_table_find(watches->tools->table, trade->symbol_id);
	struct dtms_watched *watched;
	int error;

	if (market == NULL) {
		*ret = market_watch_nothing(now_us,
		    vwap_base(watches->tools->settings, trade->source, trade->symbol));
		*ret_made = false;
		return 0;
	}
	error = view_of(watches, market, now_us, &watched, ret_made);
	if (error == 0)
		*ret = watched->view;
	return error;
}

static int
read_ahead(const struct dtms_watches *watches, struct dtms_watched *watched)
{
	const struct market_table *table = watches->tools->table;
	const struct market *market = market_table_find(table, watched->symbol_id);
	int64_t clock_us, until_us;

	if (market == NULL || watched->lender_id != TICK_NONE)
		return 0;
	clock_us = sources_clock(&table->sources, market->source);
	if (clock_us == TICK_NONE)
		return 0;
	until_us = clock_us - DTMS_AHEAD_SETTLED_US;
	if (until_us < watched->ahead_us + DTMS_AHEAD_EVERY_US)
		return 0;
	watched->ahead_us = until_us;
	return market_watch_read_ahead(watched->watch, watches->tools->reader, until_us);
}

int
dtms_watches_read_ahead(struct dtms_watches *watches, int64_t deadline_us)
{
	int error = 0;

	for (size_t i = 0; i < watches->count && error == 0; i++)
		if (clock_monotonic_us() < deadline_us)
			error = read_ahead(watches, watches->all[i]);
	return error;
}

void
dtms_watches_change(struct dtms_watches *watches, int64_t symbol_id, int64_t from_us)
{
	for (size_t i = 0; i < watches->count; i++) {
		struct dtms_watched *watched = watches->all[i];

		if (watched->symbol_id != symbol_id && watched->lender_id != symbol_id)
			continue;
		market_watch_change(watched->watch, from_us);
		watched->viewed_us = TICK_NONE;
	}
}

/* INT64_MAX where the symbol has no lender that is stored. */
static int64_t
lender_clock(const struct dtms_watches *watches, const struct market *market)
{
	const struct market_table *table = watches->tools->table;
	const struct market *other;
	const char *lender;

	aliases_follow(watches->tools->settings, market->walk->source, market->walk->symbol,
	    &lender);
	other = lender == NULL ? NULL : find_named(table, lender);
	return other == NULL ? INT64_MAX : sources_clock(&table->sources, other->source);
}

bool
dtms_watches_lenders_ready(const struct dtms_watches *watches, size_t source, int64_t now_us)
{
	const struct market_table *table = watches->tools->table;
	const char *name = table->sources.all[source].name;

	if (sources_clock(&table->sources, source) >= now_us + DTMS_LENDER_WAIT_US)
		return true;
	if (settings_aliases(watches->tools->settings, name)->count == 0)
		return true;
	/* Of all its symbols: a trade that begins at this instant has no watch yet. */
	for (size_t i = 0; i < table->count; i++)
		if (table->all[i].source == source && lender_clock(watches, &table->all[i]) < now_us)
			return false;
	return true;
}

/* ---- forgetting ---- */

void
dtms_watches_unmark(struct dtms_watches *watches)
{
	for (size_t i = 0; i < watches->count; i++)
		watches->all[i]->marked = false;
}

void
dtms_watches_mark(struct dtms_watches *watches, int64_t symbol_id)
{
	struct dtms_watched *watched = find(watches, symbol_id);

	if (watched != NULL)
		watched->marked = true;
}

void
dtms_watches_sweep(struct dtms_watches *watches)
{
	size_t kept = 0;

	for (size_t i = 0; i < watches->count; i++)
		if (watches->all[i]->marked)
			watches->all[kept++] = watches->all[i];
		else
			free_watched(watches->all[i]);
	watches->count = kept;
}
