#include "analysisd/indicators/vwap.h"

#include <math.h>

void
vwap_init(struct vwap *vwap)
{
	*vwap = (struct vwap){0};
}

void
vwap_push(struct vwap *vwap, double typical, double weight)
{
	double off;

	if (!(weight > 0))
		return;
	vwap->weights += weight;
	vwap->products += typical * weight;
	off = typical - vwap->mean;
	vwap->mean += off * weight / vwap->weights;
	vwap->squares += weight * off * (typical - vwap->mean);
}

struct vwap_values
vwap_values(const struct vwap *vwap)
{
	double value, sigma;

	if (!(vwap->weights > 0))
		return (struct vwap_values){NAN, NAN, NAN, NAN, NAN, NAN};
	value = vwap->products / vwap->weights;
	sigma = sqrt(fmax(vwap->squares, 0) / vwap->weights);
	return (struct vwap_values){
		.vwap = value,
		.sigma = sigma,
		.upper1 = value + sigma,
		.lower1 = value - sigma,
		.upper2 = value + 2 * sigma,
		.lower2 = value - 2 * sigma,
	};
}
