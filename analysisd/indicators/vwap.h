/*
 * Volume-weighted average price of a session with bands, one push a bar, constant work.
 *
 * vwap = sum(typical x weight) / sum(weight) since vwap_init(), typical = (high + low + close) / 3;
 * sigma is the weighted population deviation of the typical prices (West 1979, updated in place);
 * the bands are one and two of it away.  A bar without weight changes nothing.
 */
#ifndef ANALYSISD_INDICATORS_VWAP_H
#define ANALYSISD_INDICATORS_VWAP_H

struct vwap {
	double weights, products; /* sums of weight, of typical x weight */
	double mean, squares;	  /* West's: of the deviation */
};

/* In units of price; all NAN before the first weight. */
struct vwap_values {
	double vwap, sigma;
	double upper1, lower1, upper2, lower2;
};

/* A new session. */
void
vwap_init(struct vwap *vwap);

void
vwap_push(struct vwap *vwap, double typical, double weight);

struct vwap_values
vwap_values(const struct vwap *vwap);

#endif
