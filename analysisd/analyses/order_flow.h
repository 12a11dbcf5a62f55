/*
 * `order_flow`: who traded aggressively in the candle's slot, how unusual that is, how fast, in
 * large trades or small ones, and at what spread.  Written where trades say who was the aggressor:
 * not for quotes, nor for bars of a terminal.
 * doc/order_flow.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_ORDER_FLOW_H
#define ANALYSISD_ANALYSES_ORDER_FLOW_H

#include "analysisd/analyses/analysis.h"

/* Volumes of the slot; NAN where nobody said. */
struct order_flow_sides {
	bool of_ticks; /* exact sums of stored trades; otherwise the candle's */
	double buy, sell, delta;
	double delta_share; /* delta / (buy + sell), -1..1; NAN without a trade */
};

/* Over the windows of FLOW_WINDOW_US in the slot; NAN where none of them has a value. */
struct order_flow_extremes {
	double buy_share_min, buy_share_max;
	double z_min, z_max;
};

struct order_flow_sides
order_flow_sides(const struct candle *bar, const struct candle_ticks *ticks);

/* The slot that ends at end_us. */
struct order_flow_extremes
order_flow_extremes(const struct flow *flow, int64_t end_us);

extern const struct analysis order_flow;

#endif
