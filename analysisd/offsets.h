/*
 * How far the price of a symbol lies from that of another source's (XAUUSD of a broker, PAXGUSDT of
 * an exchange): pairs of prices on a grid, and what they say together.  Pure; offsets_reader fills
 * them from stored ticks.
 *
 * The grid is that of OFFSETS_STEP_US, of the hour that ends where a bar *opens*: instants
 * open - 1 h + 30 s, ..., open.  Not where it closes: that the bar is over is known from its own
 * source's clock alone, and the other source's newest ticks may not be stored by then.  A slot
 * later they surely are, so that the same is read live and when run again.
 *
 * At an instant each side has the newest tick before it that has a price: its mid, or of a trade
 * without quotes its own.  Where neither is older than OFFSETS_AGE_MAX_US the two are a pair:
 *  offset = ours - theirs, weight = 1 - (age of the older of the two) / 30 s.
 * Times are those of each source's own clock.
 */
#ifndef ANALYSISD_OFFSETS_H
#define ANALYSISD_OFFSETS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tick.h"

#define OFFSETS_STEP_US INT64_C(30000000)
#define OFFSETS_AGE_MAX_US INT64_C(30000000)
#define OFFSETS_INSTANTS 120
/* A tick is looked at by bars that open up to so much later. */
#define OFFSETS_REACH_US (OFFSETS_INSTANTS * OFFSETS_STEP_US + OFFSETS_AGE_MAX_US)

/* Prices in units of price, of one instant. */
struct offset_pair {
	int64_t time_us; /* the instant */
	double ours, theirs, offset;
	double weight; /* 0 (one side is 30 s old) to 1 */
	double spread; /* ours; NAN where the tick has no quotes, or they are crossed */
};

struct offsets {
	const char *against; /* SOURCE:SYMBOL as the settings say it; borrowed */
	int64_t end_us;	     /* the last instant */
	int64_t frozen_us;   /* ticks of theirs before this were deleted; TICK_NONE: none were */
	int count;
	struct offset_pair pairs[OFFSETS_INSTANTS]; /* in order of time */
};

/* All weighted, except the spreads; NAN where it is not defined. */
struct offset_figures {
	double mean, sigma; /* sigma: of at least two pairs of a weight; not corrected for bias */
	double percent;	    /* 100 x mean / theirs */
	double drift;	    /* slope of the weighted least squares line, an hour */
	double ours, theirs; /* mean prices; mean = ours - theirs */
	double spread_mean, spread_median; /* ours, of the pairs that have one */
	double count_share; /* pairs / OFFSETS_INSTANTS */
	/*
	 * spread_mean / (spread_mean + sigma): 1 where the offset does not scatter, 1/2 where it
	 * scatters by as much as our spread is wide, and towards 0 where it does far more than that
	 * could explain.  NAN where sigma or the spread is not defined.
	 */
	double steadiness;
	double confidence; /* count_share x steadiness; 0 without a pair */
};

/* Empties it, for the hour that ends at open_us. */
void
offsets_start(struct offsets *offsets, const char *against, int64_t open_us);

/*
 * The newest ticks of both sides at an instant, later than the instants before.  Returns false, and
 * nothing changes, where they are no pair: one is too old, later than the instant, or has no price.
 */
bool
offsets_add(struct offsets *offsets, int64_t time_us, const struct tick *ours,
    const struct tick *theirs);

struct offset_figures
offsets_figures(const struct offsets *offsets);

#endif
