#include "analysisd/change_reach.h"

#include <stddef.h>

#include "analysisd/analyses/analyses.h"

bool
change_reaches_frame(const struct market_state *state, enum timeframe timeframe,
    int64_t changed_us)
{
	const struct frame_state *frame = market_state_frame(state, timeframe);

	/* A seed that is not full holds the oldest bar there is. */
	return frame->seed_bars < FRAME_SEED_BARS || frame->first_bar_us <= changed_us;
}

bool
change_reaches_analysis(const struct market_state *state, const struct analysis *analysis,
    enum timeframe timeframe, int64_t changed_us)
{
	unsigned looks_at = analysis->looks_at | 1U << timeframe;

	for (int i = 0; i < TIMEFRAMES; i++)
		if ((looks_at & 1U << i) != 0 &&
		    change_reaches_frame(state, (enum timeframe)i, changed_us))
			return true;
	return false;
}

bool
change_reaches_close(const struct market_state *state, enum timeframe timeframe,
    int64_t changed_us)
{
	if (change_reaches_frame(state, timeframe, changed_us))
		return true;
	for (size_t i = 0; analyses[i] != NULL; i++)
		if ((analyses[i]->timeframes & 1U << timeframe) != 0 &&
		    change_reaches_analysis(state, analyses[i], timeframe, changed_us))
			return true;
	return false;
}

bool
change_reaches_any(const struct market_state *state, int64_t changed_us)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (change_reaches_frame(state, (enum timeframe)i, changed_us))
			return true;
	return false;
}
