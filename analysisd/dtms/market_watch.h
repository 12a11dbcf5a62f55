/*
 * The market of one symbol as DTMS follows it from instant to instant, read from what is stored:
 * its closed M5 and M15 bars, its newest quote, its order flow (or that of the symbol that lends
 * it), the spreads of its day.  What a view says at an instant depends on the stored data up to
 * that instant alone, not on when the watch began.
 */
#ifndef ANALYSISD_DTMS_MARKET_WATCH_H
#define ANALYSISD_DTMS_MARKET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/dtms/view.h"
#include "analysisd/market_reader.h"

struct market_watch;

struct market_watch_terms {
	int64_t symbol_id;
	int64_t flow_symbol_id; /* whose trades are the order flow: its own, or the lender's */
	bool flow_lent;
	double vwap_base; /* [dtms] vwap_thresholds */
};

/* NULL: no memory. */
struct market_watch *
market_watch_create(const struct market_watch_terms *terms);

void
market_watch_free(struct market_watch *watch);

/* Candles or ticks from from_us on are not what they were: read anew at the next view. */
void
market_watch_change(struct market_watch *watch, int64_t from_us);

/*
 * The trades of its order flow are stored from begins_us on (TICK_NONE: not known): windows before
 * that are not known, which is another thing than without a trade.
 */
void
market_watch_begin_flow(struct market_watch *watch, int64_t begins_us);

/*
 * The view at now_us, which is on the grid and not before the last one's.  Bars whose slots end at
 * or before now_us are closed; ticks before now_us count.  Flow is there where a trade was in the
 * FLOW_WINDOWS_BEFORE + 1 windows before now_us.  The spreads of the day are those in force at each
 * multiple of SPREAD_SAMPLE_US from midnight to now_us.  What an order has to respect is 0: see
 * venue_log_terms().  Returns 0 or -errno; `reader` is used in pages and left without a read under
 * way.
 */
__attribute__((warn_unused_result)) int
market_watch_view(struct market_watch *watch, struct market_reader *reader, int64_t now_us,
    struct dtms_view *ret);

/*
 * Reads the trades of the order flow before until_us ahead of the view that comes next, so that
 * little is left for it; nothing before the first view.  A tick that is stored later, though it is of
 * that time, is noticed by the view, and the flow read anew; so it is where until_us was past the
 * view.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
market_watch_read_ahead(struct market_watch *watch, struct market_reader *reader,
    int64_t until_us);

/* The view of a symbol of which nothing is stored. */
struct dtms_view
market_watch_nothing(int64_t now_us, double vwap_base);

#endif
