#include "analysisd/analyses/offset_calibration.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/offsets.h"

#define NAME_MAX_SHOWN 200 /* bytes of SOURCE:SYMBOL */

/* The name of a source may be anything; NULL for one that is too long or JSON would escape. */
static const char *
plain(const char *name)
{
	for (const char *at = name; at != NULL && *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
			return NULL;
	return name == NULL || strlen(name) > NAME_MAX_SHOWN ? NULL : name;
}

static void
write_newest(struct json_text *json, const struct offset_pair *newest)
{
	if (newest == NULL) {
		json_text_word(json, "newest", NULL);
		return;
	}
	json_text_open(json, "newest");
	json_text_integer(json, "time_us", newest->time_us);
	json_text_number(json, "ours", newest->ours);
	json_text_number(json, "theirs", newest->theirs);
	json_text_figure(json, "weight", newest->weight);
	json_text_close(json);
}

static void
write_confidence(struct json_text *json, const struct offset_figures *figures)
{
	json_text_open(json, "confidence");
	json_text_number(json, "value", figures->confidence);
	json_text_figure(json, "pairs_share", figures->count_share);
	json_text_figure(json, "steadiness", figures->steadiness);
	json_text_close(json);
}

static bool
applies(const struct analysis_input *input)
{
	return input->offsets != NULL;
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	const struct offsets *offsets = input->offsets;
	struct offset_figures figures = offsets_figures(offsets);

	json_text_start(json);
	json_text_word(json, "against", plain(offsets->against));
	json_text_figure(json, "offset", figures.mean);
	json_text_figure(json, "offset_percent", figures.percent);
	json_text_figure(json, "sigma", figures.sigma);
	json_text_figure(json, "drift_per_hour", figures.drift);
	json_text_integer(json, "pairs", offsets->count);
	json_text_integer(json, "instants", OFFSETS_INSTANTS);
	write_newest(json, offsets->count == 0 ? NULL : &offsets->pairs[offsets->count - 1]);
	json_text_figure(json, "mean_ours", figures.ours);
	json_text_figure(json, "mean_theirs", figures.theirs);
	json_text_figure(json, "spread_mean", figures.spread_mean);
	json_text_figure(json, "spread_median", figures.spread_median);
	inputs_write(json, input->frame);
	write_confidence(json, &figures);
	json_text_close(json);
	return figures.confidence;
}

const struct analysis offset_calibration = {
	.type = "offset_calibration",
	.timeframes = 1U << TIMEFRAME_M5,
	.reads_ticks = true,
	.reads_pair = true,
	.applies = applies,
	.write = write,
};
