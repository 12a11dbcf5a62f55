/*
 * Average directional index after Wilder with +DI and -DI, one push a bar, constant work.
 *
 * Convention (Stock.Indicators'): ranges and directional moves begin at the second bar; their first
 * sums are of `period` of them, from then on sum += new - sum / period; the DIs begin at bar
 * period + 1.  The first ADX, at bar 2 x period, is the mean of the first `period` DX; from then on
 * (adx x (period - 1) + dx) / period.  DX is 0 where neither direction moved; the
 * DIs are not defined where the bars had no range at all.
 */
#ifndef ANALYSISD_INDICATORS_ADX_H
#define ANALYSISD_INDICATORS_ADX_H

struct adx {
	int period;
	int moves, indices;	       /* ranges, and DX, seen: each counted up to period */
	double range, up, down;	       /* Wilder's sums */
	double dx_sum, value;	       /* the latter NAN until there are period DX */
	double last_high, last_low, last_close; /* NAN before the first bar */
};

/* 0..100 each; NAN where not defined. */
struct adx_values {
	double adx, plus_di, minus_di;
};

void
adx_init(struct adx *adx, int period);

void
adx_push(struct adx *adx, double high, double low, double close);

struct adx_values
adx_values(const struct adx *adx);

#endif
