#include "analysisd/analyses/market_structure.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/votes.h"
#include "common/decimal.h"

/* The newest swings of one kind, newest first. */
struct swings {
	int count;
	struct swing {
		int64_t known_us; /* open time of the bar at whose close it was known */
		int64_t price_e8;
	} swings[MARKET_STRUCTURE_SWINGS];
};

struct swing_kind {
	const struct candle *(*at)(const struct frame_state *frame, int64_t back);
	bool is_high;
};

static const struct swing_kind highs_kind = {structure_swing_high, true};
static const struct swing_kind lows_kind = {structure_swing_low, false};

/* ---- swings ---- */

static struct swings
find_swings(const struct frame_state *frame, const struct swing_kind *kind)
{
	struct swings found = {0};

	for (int64_t back = STRUCTURE_SWING_REACH;
	    back < frame->held && found.count < MARKET_STRUCTURE_SWINGS; back++) {
		const struct candle *bar = kind->at(frame, back), *last;

		if (bar == NULL)
			continue;
		last = frame_state_held(frame, back - STRUCTURE_SWING_REACH);
		found.swings[found.count++] = (struct swing){
			.known_us = last->open_time_us,
			.price_e8 = kind->is_high ? bar->high_e8 : bar->low_e8,
		};
	}
	return found;
}

/* The newest against the one before it. */
static double
sequence_vote(const struct swings *swings)
{
	int64_t newest_e8 = swings->swings[0].price_e8, before_e8 = swings->swings[1].price_e8;

	if (swings->count < 2)
		return NAN;
	return (newest_e8 > before_e8) - (newest_e8 < before_e8);
}

static double
break_vote(const struct structure *structure, const struct structure_break *last)
{
	if (!structure->known)
		return NAN;
	return last->back >= 0 && last->back < MARKET_STRUCTURE_RECENT ? last->direction : 0;
}

/* ---- the result ---- */

static const char *
sequence_word(double vote)
{
	return isnan(vote) ? NULL : vote > 0 ? "higher" : vote < 0 ? "lower" : "equal";
}

static const char *
side(bool up, bool down)
{
	return up ? "up" : down ? "down" : NULL;
}

static void
write_levels(struct json_text *json, const struct structure *structure)
{
	json_text_word(json, "bos", side(structure->bos_up, structure->bos_down));
	json_text_word(json, "choch", side(structure->choch_up, structure->choch_down));
	json_text_figure(json, "high10", structure->high10);
	json_text_figure(json, "low10", structure->low10);
	json_text_figure(json, "high15", structure->high15);
	json_text_figure(json, "low15", structure->low15);
}

static void
write_break(struct json_text *json, const char *key, const struct structure_break *last)
{
	if (last->back < 0) {
		json_text_word(json, key, NULL);
		return;
	}
	json_text_open(json, key);
	json_text_word(json, "direction", side(last->direction > 0, true));
	json_text_integer(json, "bars", last->back);
	json_text_integer(json, "time_us", last->bar_us);
	json_text_close(json);
}

static void
write_swings(struct json_text *json, const char *key, const struct swings *swings)
{
	json_text_open_list(json, key);
	for (int i = 0; i < swings->count; i++) {
		json_text_open(json, NULL);
		json_text_integer(json, "time_us", swings->swings[i].known_us);
		json_text_number(json, "price", decimal_to_double(swings->swings[i].price_e8));
		json_text_close(json);
	}
	json_text_close_list(json);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	static const char *const words[] = {"down", "sideways", "up"};
	const struct frame_state *frame = input->frame;
	const struct structure *structure = input->structure;
	struct swings highs = find_swings(frame, &highs_kind);
	struct swings lows = find_swings(frame, &lows_kind);
	struct structure_break bos = structure_last_bos(frame);
	struct structure_break choch = structure_last_choch(frame);
	struct votes votes = {0};
	struct verdict verdict;
	double confidence;

	votes_add(&votes, "highs", sequence_vote(&highs));
	votes_add(&votes, "lows", sequence_vote(&lows));
	votes_add(&votes, "bos", break_vote(structure, &bos));
	votes_add(&votes, "choch", break_vote(structure, &choch));
	verdict = votes_count(&votes);
	json_text_start(json);
	json_text_number(json, "price", decimal_to_double(frame_state_held(frame, 0)->close_e8));
	json_text_word(json, "trend", verdict.known ? words[verdict.direction + 1] : NULL);
	json_text_figure(json, "strength", verdict.strength);
	votes_write(json, &votes);
	json_text_word(json, "highs", sequence_word(votes.votes[0].value));
	json_text_word(json, "lows", sequence_word(votes.votes[1].value));
	write_levels(json, structure);
	write_break(json, "last_bos", &bos);
	write_break(json, "last_choch", &choch);
	write_swings(json, "swing_highs", &highs);
	write_swings(json, "swing_lows", &lows);
	inputs_write(json, frame);
	confidence = inputs_write_agreement(json, frame, verdict.agreement);
	json_text_close(json);
	return confidence;
}

const struct analysis market_structure = {
	.type = "market_structure",
	.timeframes = TIMEFRAMES_ALL,
	.write = write,
};
