#include "analysisd/bar_results.h"

#include <errno.h>
#include <math.h>

#include "analysisd/aliases.h"
#include "analysisd/analyses/analyses.h"
#include "analysisd/change_reach.h"

static const struct candle *
bar_of(const struct closed_bar *closed)
{
	return frame_state_held(market_state_frame(closed->state, closed->timeframe), 0);
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

/*
 * Ticks that it was or would be made of are deleted: a bar looks back on them for an hour at the
 * most, OFFSETS_REACH_US.
 */
static bool
ticks_are_gone(const struct closed_bar *closed, const struct analysis *analysis,
    const struct offsets *offsets)
{
	int64_t from_us = bar_of(closed)->open_time_us - OFFSETS_REACH_US;

	return (analysis->reads_ticks && from_us < closed->subject->frozen_us) ||
	    (analysis->reads_pair && offsets != NULL && from_us < offsets->frozen_us);
}

/* The key of an analysis of this bar. */
static struct result
result_of(const struct closed_bar *closed, const struct analysis *analysis)
{
	return (struct result){
		.source = closed->subject->source,
		.symbol = closed->subject->symbol,
		.analysis_type = analysis->type,
		.timeframe = timeframe_name(closed->timeframe),
		.time_us = bar_of(closed)->open_time_us,
	};
}

/* Returns the number of new rows, or -errno. */
static int
write_result(const struct closed_bar *closed, const struct analysis *analysis,
    const struct analysis_input *input, bool stays)
{
	struct json_text *json = closed->tools->json;
	struct result result = result_of(closed, analysis);
	int rows, error;

	result.confidence = analysis->write(json, input);
	result.text = json->text;
	result.input_revision = bar_of(closed)->revision;
	result.stays = stays;
	rows = is_kept(closed) ? results_write(closed->tools->results, &result) : 0;
	error = rows < 0 || closed->answer == NULL ? 0 : answer(closed, &result);
	return error < 0 ? error : rows;
}

/* What was said of the bar before it changed, and cannot be said any more: 1 where it was. */
static int
remove_result(const struct closed_bar *closed, const struct analysis *analysis)
{
	const struct result result = result_of(closed, analysis);

	return is_kept(closed) ? results_remove(closed->tools->results, &result) : 0;
}

static bool
is_due(const struct closed_bar *closed, const struct analysis *analysis)
{
	return (analysis->timeframes & 1U << closed->timeframe) != 0 &&
	    change_reaches_analysis(closed->state, analysis, closed->timeframe,
		closed->changed_us);
}

/* Adds the rows that are new, less those that are gone, to *rows. */
static int
settle(const struct closed_bar *closed, const struct analysis *analysis,
    const struct analysis_input *input, int64_t *rows)
{
	bool applies = analysis->applies == NULL || analysis->applies(input);
	bool stays = ticks_are_gone(closed, analysis, input->offsets);
	int result = applies ? write_result(closed, analysis, input, stays) :
	    stays ? 0 : remove_result(closed, analysis);

	if (result < 0)
		return result;
	*rows += applies ? result : -result;
	return 0;
}

/*
 * The prices of the symbol that it is paired with, in *ret.  Returns 1, 0 where it is with none that
 * is stored, -errno.
 */
static int
read_offsets(const struct closed_bar *closed, struct offsets *ret)
{
	const struct walk_tools *tools = closed->tools;
	struct offsets_pairing pairing = {
		.ours = closed->subject->symbol_id, .frozen_us = TICK_NONE};
	int result;

	if (closed->timeframe != TIMEFRAME_M5 || tools->offsets == NULL)
		return 0;
	aliases_follow(tools->settings, closed->subject->source, closed->subject->symbol,
	    &pairing.against);
	if (pairing.against == NULL)
		return 0;
	result = offsets_reader_find(tools->offsets, &pairing);
	if (result != 1)
		return result;
	result = offsets_reader_read(tools->offsets, &pairing, bar_of(closed)->open_time_us, ret);
	return result < 0 ? result : 1;
}

/* Returns 1, 0 where nobody said them, -errno. */
static int
read_hours(const struct closed_bar *closed, struct trading_hours *ret)
{
	const struct walk_subject *subject = closed->subject;

	if (closed->timeframe != TIMEFRAME_M5 || closed->tools->hours == NULL)
		return 0;
	return trading_hours_reader_read(closed->tools->hours, subject->symbol_id, subject->source,
	    bar_of(closed)->open_time_us + CANDLE_M5_US, ret);
}

static int
write_results(const struct closed_bar *closed, const struct structure *structure, int64_t *rows)
{
	struct offsets offsets;
	struct trading_hours hours;
	int paired = read_offsets(closed, &offsets), timed = read_hours(closed, &hours), error = 0;
	const struct analysis_input input = {
		.state = closed->state,
		.frame = market_state_frame(closed->state, closed->timeframe),
		.structure = structure,
		.ticks = closed->ticks == NULL ? NULL : &closed->ticks->ticks,
		.spread = closed->spread,
		.flow = closed->ticks == NULL ? NULL : &closed->ticks->flow,
		.offsets = paired == 1 ? &offsets : NULL,
		.hours = timed == 1 ? &hours : NULL,
	};

	if (paired < 0 || timed < 0)
		return paired < 0 ? paired : timed;
	for (size_t i = 0; analyses[i] != NULL && error == 0; i++)
		if (is_due(closed, analyses[i]))
			error = settle(closed, analyses[i], &input, rows);
	return error;
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
bar_results_write(const struct closed_bar *closed, int64_t *rows)
{
	struct structure structure;
	int error;

	if (!change_reaches_close(closed->state, closed->timeframe, closed->changed_us))
		return 0;
	structure = structure_measure(market_state_frame(closed->state, closed->timeframe));
	error = write_facts(closed, &structure);
	return error < 0 ? error : write_results(closed, &structure, rows);
}
