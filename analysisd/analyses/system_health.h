/*
 * `system_health`: how good the data of a symbol are at a candle, from what is stored alone: no
 * wall clock, so that the same is said when run again.  Hours in which a market is closed do not
 * count where its venue has said when it trades (trading_hours.h); else they are slots without a bar.
 * doc/system_health.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_SYSTEM_HEALTH_H
#define ANALYSISD_ANALYSES_SYSTEM_HEALTH_H

#include "analysisd/analyses/analysis.h"

#define SYSTEM_HEALTH_SLOTS 288 /* the M5 slots of 24 hours that end with the candle's */

/* What is wrong: bits 1 << reason.  Those marked may make it poor, all make it degraded. */
enum system_health_reason {
	HEALTH_INCOMPLETE_DAY, /* less than 99 % of the slots that count are complete; poor: less than 75 % */
	HEALTH_HOLE,	       /* 3 slots in a row have no bar; poor: 12 */
	HEALTH_INCOMPLETE_BAR, /* the candle is not complete */
	HEALTH_NO_TICKS,       /* the slot's ticks are not stored */
	HEALTH_SILENT,	       /* 30 s without a tick where 20 trades are usual; poor: 120 s */
	HEALTH_FEW_TRADES,     /* less than a tenth of the mean, where that is 20 or more */
	HEALTH_BACKFILLED,     /* more than a tenth of the ticks were fetched afterwards */
	HEALTH_TIME_ESTIMATED, /* more than a tenth of the ticks have a guessed time */
	HEALTH_NO_SPREAD,      /* less than half of the ticks have a bid and an ask */
	HEALTH_REASONS
};

enum system_health_status { HEALTH_OK, HEALTH_DEGRADED, HEALTH_POOR };

struct system_health {
	int64_t slots;		   /* that count: with a bar, or with the market open */
	int64_t present, complete; /* of them */
	int64_t origins[3];	   /* bars of each enum candle_origin in them */
	int64_t revised, revisions; /* bars that were, and how often altogether */
	int64_t longest_hole;	   /* of them, in a row without a bar */
	int64_t ticks, trades;	   /* stored ticks of the slot; trades of its bar */
	double mean_trades;	   /* of the bars before it (day_bars.h); NAN without one */
	double trades_ratio;	   /* trades / mean_trades */
	int64_t silence_us;	   /* candle_ticks_silence() */
	double backfilled, estimated, spreads; /* shares of the ticks; NAN without one */
	unsigned reasons;
	enum system_health_status status;
};

/* Of an M5 frame with at least one bar, and the ticks of the newest one's slot; hours may be NULL. */
struct system_health
system_health_measure(const struct frame_state *frame, const struct candle_ticks *ticks,
    const struct trading_hours *hours);

extern const struct analysis system_health;

#endif
