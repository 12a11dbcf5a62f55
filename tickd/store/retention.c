#include "tickd/store/retention.h"

#include "common/candle.h"
#include "tickd/store/store_prune.h"

#define OUR_ROUND_US INT64_C(3600000000) /* gaps and changes age in a market that stands still, too */
#define LOOKS_MAX 16 /* a turn: what looks for something to delete costs little, but not nothing */

enum step { FREEZE, TICKS, CANDLES, GAPS, CHANGES, STEPS };

void
retention_init(struct retention *retention, const struct settings *settings, struct store *store)
{
	*retention = (struct retention){
		.settings = settings, .store = store, .round_us = INT64_MIN};
}

void
retention_begin_round(struct retention *retention, const struct settings *settings,
    struct store *store, int64_t clock_us)
{
	*retention = (struct retention){.settings = settings, .store = store,
		.round_us = candle_slot(clock_us), .market_only = true, .under_way = true};
}

/*
 * The source's clock, but never beyond ours: a trade that is dated in some far future must not
 * delete everything.
 */
static int64_t
market_clock(const struct retention *retention, int64_t now_us)
{
	int64_t clock_us = store_clock(retention->store);

	return clock_us < now_us ? clock_us : now_us;
}

bool
retention_waits(const struct retention *retention, int64_t now_us)
{
	if (retention->under_way || retention->market_only)
		return retention->under_way;
	return candle_slot(market_clock(retention, now_us)) > retention->round_us ||
	    now_us / OUR_ROUND_US > retention->our_us;
}

/* What `keep_us` leaves, at a slot's edge. */
static int64_t
edge(const struct retention *retention, int64_t keep_us)
{
	return candle_slot(retention->round_us - keep_us);
}

/* What is done of the present step and symbol in one transaction; 0: nothing (more) is to do. */
static int
delete_slice(struct retention *retention, int64_t now_us)
{
	const struct settings *settings = retention->settings;
	struct store *store = retention->store;
	size_t symbol = retention->symbol;

	switch ((enum step)retention->step) {
	case FREEZE:
		return settings->retention.ticks_us == 0 ? 0 : store_freeze(store, symbol,
		    edge(retention, settings->retention.ticks_us), now_us);
	case TICKS: /* those of an earlier setting as well */
		return store_delete_ticks(store, symbol, RETENTION_SLICE);
	case CANDLES:
		return settings->retention.m5_candles_us == 0 ? 0 : store_delete_candles(store,
		    symbol, edge(retention, settings->retention.m5_candles_us), RETENTION_SLICE);
	case GAPS:
		return settings->retention.gaps_us == 0 ? 0 : store_delete_gaps(store, symbol,
		    now_us - settings->retention.gaps_us, RETENTION_SLICE);
	case CHANGES:
		return settings->retention.changes_us == 0 ? 0 : store_delete_changes(store,
		    now_us - settings->retention.changes_us, RETENTION_SLICE);
	default:
		return 0;
	}
}

/* In the present step. */
static size_t
symbols_of(const struct retention *retention)
{
	return retention->step == CHANGES ? 1 : store_count(retention->store);
}

static void
go_on(struct retention *retention)
{
	int steps = retention->market_only ? GAPS : STEPS;

	if (++retention->symbol < symbols_of(retention))
		return;
	retention->symbol = 0;
	do
		retention->under_way = ++retention->step < steps;
	while (retention->under_way && symbols_of(retention) == 0);
}

int
retention_turn(struct retention *retention, int64_t now_us)
{
	int done = 0;

	if (!retention_waits(retention, now_us))
		return 0;
	if (!retention->under_way) {
		retention->under_way = true;
		retention->round_us = candle_slot(market_clock(retention, now_us));
		retention->our_us = now_us / OUR_ROUND_US;
		retention->step = store_count(retention->store) > 0 ? FREEZE : CHANGES;
		retention->symbol = 0;
	}
	for (int i = 0; i < LOOKS_MAX && retention->under_way && done == 0; i++) {
		done = delete_slice(retention, now_us);
		if (done == 0)
			go_on(retention);
	}
	return done;
}
