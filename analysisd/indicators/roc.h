/*
 * Rate of change: the close against that of `period` bars before, in per cent.  One push a bar,
 * constant work.
 */
#ifndef ANALYSISD_INDICATORS_ROC_H
#define ANALYSISD_INDICATORS_ROC_H

#define ROC_PERIOD_MAX 64

struct roc {
	int period; /* 1..ROC_PERIOD_MAX */
	int filled, next;
	double closes[ROC_PERIOD_MAX + 1];
};

void
roc_init(struct roc *roc, int period);

void
roc_push(struct roc *roc, double close);

/* 100 x (close / close then - 1); NAN before period + 1 closes, and of a close that was 0. */
double
roc_value(const struct roc *roc);

#endif
