#include "analysisd/offsets.h"

#include <math.h>
#include <stdlib.h>

#include "common/decimal.h"

#define HOUR_US (OFFSETS_STEP_US * OFFSETS_INSTANTS)

void
offsets_start(struct offsets *offsets, const char *against, int64_t open_us)
{
	offsets->against = against;
	offsets->end_us = open_us;
	offsets->frozen_us = TICK_NONE;
	offsets->count = 0;
}

/* ---- pairs ---- */

static bool
has_quotes(const struct tick *tick)
{
	return tick->bid_e8 != TICK_NONE && tick->ask_e8 != TICK_NONE;
}

/* Twice the price, which is a whole number for a mid too.  0 where there is none. */
static decimal_sum
twice_price(const struct tick *tick)
{
	if (has_quotes(tick))
		return (decimal_sum)tick->bid_e8 + tick->ask_e8;
	return tick->price_e8 != TICK_NONE ? 2 * (decimal_sum)tick->price_e8 : 0;
}

static double
halve(decimal_sum twice_e8)
{
	return (double)twice_e8 / (2 * (double)DECIMAL_ONE);
}

bool
offsets_add(struct offsets *offsets, int64_t time_us, const struct tick *ours,
    const struct tick *theirs)
{
	int64_t oldest_us = ours->time_us < theirs->time_us ? ours->time_us : theirs->time_us;
	decimal_sum our_price = twice_price(ours), their_price = twice_price(theirs);

	if (ours->time_us > time_us || theirs->time_us > time_us ||
	    oldest_us < time_us - OFFSETS_AGE_MAX_US || our_price <= 0 || their_price <= 0 ||
	    offsets->count == OFFSETS_INSTANTS)
		return false;
	offsets->pairs[offsets->count++] = (struct offset_pair){
		.time_us = time_us,
		.ours = halve(our_price),
		.theirs = halve(their_price),
		.offset = halve(our_price - their_price),
		.weight = 1 - (double)(time_us - oldest_us) / OFFSETS_AGE_MAX_US,
		.spread = has_quotes(ours) && ours->ask_e8 >= ours->bid_e8 ?
		    halve(2 * ((decimal_sum)ours->ask_e8 - ours->bid_e8)) : NAN,
	};
	return true;
}

/* ---- figures ---- */

/* Weighted sums about the means. */
struct sums {
	int weighted; /* pairs of a weight */
	double weight, ours, theirs, offset, hours; /* the last four are means */
	double squares, hours_squares, products;
};

/* Before the last instant: 0..-1. */
static double
hours_of(const struct offsets *offsets, const struct offset_pair *pair)
{
	return (double)(pair->time_us - offsets->end_us) / HOUR_US;
}

static struct sums
sum_up(const struct offsets *offsets)
{
	const struct offset_pair *end = offsets->pairs + offsets->count;
	struct sums sums = {0};

	for (const struct offset_pair *pair = offsets->pairs; pair < end; pair++) {
		sums.weighted += pair->weight > 0;
		sums.weight += pair->weight;
		sums.ours += pair->weight * pair->ours;
		sums.theirs += pair->weight * pair->theirs;
		sums.offset += pair->weight * pair->offset;
		sums.hours += pair->weight * hours_of(offsets, pair);
	}
	if (sums.weighted == 0)
		return sums;
	sums.ours /= sums.weight;
	sums.theirs /= sums.weight;
	sums.offset /= sums.weight;
	sums.hours /= sums.weight;
	for (const struct offset_pair *pair = offsets->pairs; pair < end; pair++) {
		double hours = hours_of(offsets, pair) - sums.hours;
		double offset = pair->offset - sums.offset;

		sums.squares += pair->weight * offset * offset;
		sums.hours_squares += pair->weight * hours * hours;
		sums.products += pair->weight * hours * offset;
	}
	return sums;
}

static int
compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void
measure_spreads(const struct offsets *offsets, struct offset_figures *figures)
{
	double spreads[OFFSETS_INSTANTS], sum = 0;
	size_t count = 0;

	for (int i = 0; i < offsets->count; i++)
		if (!isnan(offsets->pairs[i].spread))
			spreads[count++] = offsets->pairs[i].spread;
	if (count == 0)
		return;
	qsort(spreads, count, sizeof(spreads[0]), compare_doubles);
	for (size_t i = 0; i < count; i++)
		sum += spreads[i];
	figures->spread_mean = sum / (double)count;
	figures->spread_median = (spreads[(count - 1) / 2] + spreads[count / 2]) / 2;
}

static void
measure_scatter(const struct sums *sums, struct offset_figures *figures)
{
	if (sums->weighted < 2)
		return;
	figures->sigma = sqrt(sums->squares / sums->weight);
	figures->drift = sums->products / sums->hours_squares;
	figures->steadiness = figures->sigma == 0 && !isnan(figures->spread_mean) ?
	    1 : figures->spread_mean / (figures->spread_mean + figures->sigma);
}

struct offset_figures
offsets_figures(const struct offsets *offsets)
{
	struct sums sums = sum_up(offsets);
	struct offset_figures figures = {
		.mean = NAN,
		.sigma = NAN,
		.percent = NAN,
		.drift = NAN,
		.ours = NAN,
		.theirs = NAN,
		.spread_mean = NAN,
		.spread_median = NAN,
		.count_share = (double)offsets->count / OFFSETS_INSTANTS,
		.steadiness = NAN,
	};

	measure_spreads(offsets, &figures);
	measure_scatter(&sums, &figures);
	if (sums.weighted > 0) {
		figures.mean = sums.offset;
		figures.percent = 100 * sums.offset / sums.theirs;
		figures.ours = sums.ours;
		figures.theirs = sums.theirs;
	}
	figures.confidence = offsets->count == 0 ? 0 : figures.count_share * figures.steadiness;
	return figures;
}
