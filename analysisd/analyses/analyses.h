/*
 * All analyses, in the order in which they are written.
 */
#ifndef ANALYSISD_ANALYSES_ANALYSES_H
#define ANALYSISD_ANALYSES_ANALYSES_H

#include "analysisd/analyses/analysis.h"

extern const struct analysis *const analyses[]; /* ended by NULL */

#endif
