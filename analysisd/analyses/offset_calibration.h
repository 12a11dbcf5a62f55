/*
 * `offset_calibration`: how far the price of a symbol lies from that of the symbol that [mt5]
 * aliases pairs it with, over the hour before the candle.
 * doc/offset_calibration.schema.json describes the result, offsets.h how it comes about.
 */
#ifndef ANALYSISD_ANALYSES_OFFSET_CALIBRATION_H
#define ANALYSISD_ANALYSES_OFFSET_CALIBRATION_H

#include "analysisd/analyses/analysis.h"

extern const struct analysis offset_calibration;

#endif
