#include "analysisd/analyses/analyses.h"

#include <stddef.h>

#include "analysisd/analyses/enhanced_symbol_analysis.h"
#include "analysisd/analyses/market_structure.h"
#include "analysisd/analyses/momentum_analysis.h"
#include "analysisd/analyses/offset_calibration.h"
#include "analysisd/analyses/order_flow.h"
#include "analysisd/analyses/support_resistance.h"
#include "analysisd/analyses/system_health.h"
#include "analysisd/analyses/trend_analysis.h"
#include "analysisd/analyses/volatility_analysis.h"

const struct analysis *const analyses[] = {
	&enhanced_symbol_analysis,
	&volatility_analysis,
	&trend_analysis,
	&momentum_analysis,
	&market_structure,
	&support_resistance,
	&order_flow,
	&offset_calibration,
	&system_health,
	NULL,
};
