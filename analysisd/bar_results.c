#include "analysisd/bar_results.h"

#include <errno.h>
#include <math.h>

#include "analysisd/analyses/analyses.h"
#include "analysisd/change_reach.h"

static const struct candle *
bar_of(const struct closed_bar *closed)
{
	return frame_state_bar(market_state_frame(closed->state, closed->timeframe), 0);
}

/* Asked for, an old bar is told but not stored. */
static bool
is_kept(const struct closed_bar *closed)
{
	return bar_of(closed)->open_time_us >= closed->subject->floor_us;
}

/* Adds a result to what was asked for; some say themselves how their confidence came about. */
static int
answer(const struct closed_bar *closed, const struct result *result)
{
	json_t *object = json_loads(result->text, 0, NULL);

	if (object != NULL && json_object_get(object, "confidence") == NULL)
		(void)json_object_set_new(object, "confidence",
		    isfinite(result->confidence) ? json_real(result->confidence) : json_null());
	return json_object_set_new(closed->answer, result->analysis_type, object) < 0 ? -ENOMEM : 0;
}

/* Returns the number of new rows, or -errno. */
static int
write_result(const struct closed_bar *closed, const struct analysis *analysis,
    const struct analysis_input *input)
{
	const struct candle *bar = bar_of(closed);
	struct json_text *json = closed->tools->json;
	double confidence = analysis->write(json, input);
	const struct result result = {
		.source = closed->subject->source,
		.symbol = closed->subject->symbol,
		.analysis_type = analysis->type,
		.timeframe = timeframe_name(closed->timeframe),
		.time_us = bar->open_time_us,
		.text = json->text,
		.confidence = confidence,
		.input_revision = bar->revision,
	};
	int rows = is_kept(closed) ? results_write(closed->tools->results, &result) : 0;
	int error = rows < 0 || closed->answer == NULL ? 0 : answer(closed, &result);

	return error < 0 ? error : rows;
}

static bool
is_due(const struct closed_bar *closed, const struct analysis *analysis,
    const struct analysis_input *input)
{
	return (analysis->timeframes & 1U << closed->timeframe) != 0 &&
	    change_reaches_analysis(closed->state, analysis, closed->timeframe,
		closed->changed_us) &&
	    (analysis->applies == NULL || analysis->applies(input));
}

static int
write_results(const struct closed_bar *closed, const struct structure *structure)
{
	const struct analysis_input input = {
		.state = closed->state,
		.frame = market_state_frame(closed->state, closed->timeframe),
		.structure = structure,
		.ticks = closed->ticks == NULL ? NULL : &closed->ticks->ticks,
		.spread = closed->spread,
		.flow = closed->ticks == NULL ? NULL : &closed->ticks->flow,
	};
	int all = 0;

	for (size_t i = 0; analyses[i] != NULL; i++) {
		int rows = is_due(closed, analyses[i], &input) ?
		    write_result(closed, analyses[i], &input) : 0;

		if (rows < 0)
			return rows;
		all += rows;
	}
	return all;
}

static int
write_facts(const struct closed_bar *closed, const struct structure *structure)
{
	const struct facts_place place = {closed->subject->source, closed->subject->symbol,
		closed->timeframe};

	if (!is_kept(closed) ||
	    !change_reaches_frame(closed->state, closed->timeframe, closed->changed_us))
		return 0;
	return facts_write(closed->tools->facts, &place, structure);
}

int
bar_results_write(const struct closed_bar *closed)
{
	struct structure structure;
	int error;

	if (!change_reaches_close(closed->state, closed->timeframe, closed->changed_us))
		return 0;
	structure = structure_measure(market_state_frame(closed->state, closed->timeframe));
	error = write_facts(closed, &structure);
	return error < 0 ? error : write_results(closed, &structure);
}
