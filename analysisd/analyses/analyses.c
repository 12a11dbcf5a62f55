#include "analysisd/analyses/analyses.h"

#include <stddef.h>

#include "analysisd/analyses/enhanced_symbol_analysis.h"
#include "analysisd/analyses/volatility_analysis.h"

const struct analysis *const analyses[] = {
	&enhanced_symbol_analysis,
	&volatility_analysis,
	NULL,
};
