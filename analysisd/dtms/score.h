/*
 * How a trade stands, signal by signal (dtms.md, "Score"): raw x weight x regime multipliers,
 * summed; negative is bad for this trade.  Pure.  A SELL mirrors prices, highs and lows, and
 * thresholds around 50.  A signal without its data contributes 0 and is `missing`.
 *
 * A signal of two parts (structure: BOS, CHOCH; vwap_volume: VWAP flip, volume flip; momentum: RSI,
 * MACD) adds them; within a part the first matching line counts.  A part without its data
 * contributes 0; the signal is missing only when none of its parts has data.  Where the paper
 * leaves it open:
 *  - A line that asks for VWAP is passed over where there is none; a price on VWAP is on no side.
 *  - A bar without a range has no body: 0.
 *  - Scores are multiples of 1e-6 to the nearest double, so that -2 by calculation is <= -2.
 */
#ifndef ANALYSISD_DTMS_SCORE_H
#define ANALYSISD_DTMS_SCORE_H

#include "analysisd/dtms/trade.h"
#include "analysisd/dtms/view.h"
#include "analysisd/json_text.h"

#define DTMS_DETAIL_SIZE 64 /* bytes with the NUL */

enum dtms_signal {
	SIGNAL_STRUCTURE,
	SIGNAL_VWAP_VOLUME,
	SIGNAL_MOMENTUM,
	SIGNAL_EMA_ALIGNMENT,
	SIGNAL_DELTA_PRESSURE,
	SIGNAL_CANDLE_CONVICTION,
	SIGNALS
};

struct dtms_signal_score {
	bool missing;
	double raw;	   /* 0 where it is missing */
	double multiplier; /* of regime and session; weight apart */
	double score;	   /* raw x weight x multiplier */
	char detail[DTMS_DETAIL_SIZE]; /* for people: "BOS against"; "" */
};

struct dtms_score {
	double total;
	struct dtms_signal_score signals[SIGNALS];
	bool bos_with, bos_against, choch_against; /* seen from the trade */
	bool vwap_flip_with, vwap_flip_against;	   /* the latter with its cross count */
	bool volume_flip_against;		   /* a share beyond the limit of raw -1 */
};

/* As in the table of the paper. */
double
dtms_signal_weight(enum dtms_signal signal);

/* "structure", "vwap_volume", ... */
const char *
dtms_signal_name(enum dtms_signal signal);

/* The multiplier of a regime: RANGE and HIGH together are the product; Asian is x 0.8 on top. */
double
dtms_signal_multiplier(enum dtms_signal signal, const struct regime *regime);

/*
 * Where a flip of VWAP stands after `before` (+1 up, -1 down, 0): it begins at |slope| >= threshold
 * and ends below 0.7 x threshold, measured in its own direction: a slope that has turned ends it,
 * however steep.  NAN, and a threshold that is not above 0, leave it.
 */
int
dtms_vwap_flip(int before, double slope, double threshold);

/* trade->vwap_flip and vwap_cross_count are those of this instant already. */
struct dtms_score
dtms_score_measure(const struct dtms_trade *trade, const struct dtms_view *view);

/*
 * Adds members to an open object, dtms_actions.market and dtms_checks.market: "price", "bid",
 * "ask", "spread", "spread_median", "vwap", "vwap_slope", "vwap_threshold", "vwap_cross_count", "atr",
 * "regime": {"session", "volatility", "structure"}, "flow": {"buy_share", "z", "lent"} or null,
 * "m5_end_us", "m15_end_us", and "signals": by name {"raw", "weight", "multiplier", "score",
 * "missing", "detail"}.
 */
void
dtms_score_write(struct json_text *json, const struct dtms_trade *trade,
    const struct dtms_view *view, const struct dtms_score *score);

#endif
