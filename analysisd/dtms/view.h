/*
 * The market of one symbol at one instant, as a check of a trade sees it: plain figures.  Pure
 * functions take this; market_watch.h makes it from what is stored.
 */
#ifndef ANALYSISD_DTMS_VIEW_H
#define ANALYSISD_DTMS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/flow.h"
#include "analysisd/regime.h"
#include "analysisd/structure.h"

struct dtms_view {
	int64_t now_us;	       /* the instant, on the source's clock */
	int64_t bid_e8, ask_e8; /* the newest before now_us; of a source without quotes both are the
				   last price; TICK_NONE before the first tick */
	double spread, spread_median; /* now, and over the day's samples (each 30 s); NAN */
	/* what an order has to respect; 0 where the venue says nothing */
	int64_t volume_min_e8, volume_step_e8, stops_level_e8, tick_size_e8;

	/* closed M5 bars */
	int64_t m5_end_us; /* of the newest; TICK_NONE */
	double m5_open, m5_high, m5_low, m5_close;
	double vwap;	   /* of the session, after that bar */
	double vwap_slope; /* typical[n] / typical[n - 2] - 1 of closed M5 bars; NAN */

	/* closed M15 bars */
	int64_t m15_end_us;
	int64_t m15_bars;
	struct structure structure;
	double rsi, rsi_2;	/* now and two bars before */
	double histogram, histogram_1, histogram_2;
	double ema50, ema50_10, ema200, ema200_10; /* now and ten bars before */
	double atr;
	struct regime regime;
	double vwap_threshold;

	bool has_flow;	/* its trades carry an aggressor, or flow is lent to it */
	bool flow_lent; /* by the symbol that an alias names */
	struct flow_pressure flow; /* of the 30 s before now */
};

/* The price of a trade of that direction (+1 BUY, -1 SELL): what closing it would meet. */
static inline int64_t
dtms_view_price(const struct dtms_view *view, int sign)
{
	return sign > 0 ? view->bid_e8 : view->ask_e8;
}

#endif
