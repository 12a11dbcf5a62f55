#include "analysisd/analyses/system_health.h"

#include <math.h>
#include <stddef.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/day_bars.h"
#include "analysisd/trading_hours.h"

#define COMPLETE_OK 0.99
#define COMPLETE_POOR 0.75
#define HOLE_DEGRADED 3
#define HOLE_POOR 12
#define SILENCE_DEGRADED_US (30 * CLOCK_SECOND_US)
#define SILENCE_POOR_US (120 * CLOCK_SECOND_US)
#define USUAL_TRADES 20 /* fewer than these may fail to come without anything being wrong */
#define FEW_TRADES 0.1
#define SHARE_TOLERATED 0.1
#define SPREADS_OK 0.5

/* ---- measuring ---- */

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
count_bar(const struct candle *bar, struct system_health *health)
{
	health->present++;
	health->complete += bar->complete;
	health->origins[bar->origin]++;
	health->revised += bar->revision > 0;
	health->revisions += bar->revision;
}

/*
 * The slots of the day, newest first.  One without a bar in which the market is closed does not
 * count, and neither makes nor ends a hole; what lies before the oldest bar is one too.
 */
static void
measure_day(const struct frame_state *frame, const struct trading_hours *hours,
    struct system_health *health)
{
	const struct candle *bar = frame_state_held(frame, 0);
	int64_t slot_us = bar->open_time_us, back = 0, hole = 0;

	for (int i = 0; i < SYSTEM_HEALTH_SLOTS; i++, slot_us -= CANDLE_M5_US) {
		bar = frame_state_bar(frame, back);
		if (bar != NULL && bar->open_time_us == slot_us) {
			count_bar(bar, health);
			back++;
			hole = 0;
		} else if (hours == NULL || trading_hours_open(hours, slot_us)) {
			health->longest_hole = larger(health->longest_hole, ++hole);
		} else {
			continue;
		}
		health->slots++;
	}
}

static void
measure_slot(const struct candle *bar, const struct candle_ticks *ticks,
    struct system_health *health)
{
	double all = ticks->ticks > 0 ? (double)ticks->ticks : NAN;

	health->ticks = ticks->ticks;
	health->trades = bar->trades;
	health->trades_ratio = health->mean_trades > 0 ?
	    (double)bar->trades / health->mean_trades : NAN;
	health->silence_us = candle_ticks_silence(ticks);
	health->backfilled = (double)ticks->backfilled / all;
	health->estimated = (double)ticks->estimated / all;
	health->spreads = (double)ticks->spreads / all;
}

/* ---- judging ---- */

static void
judge(struct system_health *health, enum system_health_reason reason, bool degraded, bool poor)
{
	if (!degraded && !poor)
		return;
	health->reasons |= 1U << reason;
	if (poor)
		health->status = HEALTH_POOR;
	else if (health->status == HEALTH_OK)
		health->status = HEALTH_DEGRADED;
}

/* So many trades usually come in that time. */
static bool
is_unusual(const struct system_health *health, int64_t silence_us)
{
	return health->mean_trades * (double)silence_us / CANDLE_M5_US >= USUAL_TRADES;
}

static void
judge_day(struct system_health *health)
{
	double complete = (double)health->complete / (double)health->slots;

	judge(health, HEALTH_INCOMPLETE_DAY, complete < COMPLETE_OK, complete < COMPLETE_POOR);
	judge(health, HEALTH_HOLE, health->longest_hole >= HOLE_DEGRADED,
	    health->longest_hole >= HOLE_POOR);
}

/* Comparisons with NAN are false: what is not known is no reason. */
static void
judge_slot(struct system_health *health, const struct candle *bar)
{
	bool silent = health->ticks > 0 && is_unusual(health, health->silence_us);

	judge(health, HEALTH_INCOMPLETE_BAR, !bar->complete, false);
	judge(health, HEALTH_NO_TICKS, health->ticks == 0, false);
	judge(health, HEALTH_SILENT, silent && health->silence_us >= SILENCE_DEGRADED_US,
	    silent && health->silence_us >= SILENCE_POOR_US);
	judge(health, HEALTH_FEW_TRADES, health->mean_trades >= USUAL_TRADES &&
		health->trades_ratio < FEW_TRADES, false);
	judge(health, HEALTH_BACKFILLED, health->backfilled > SHARE_TOLERATED, false);
	judge(health, HEALTH_TIME_ESTIMATED, health->estimated > SHARE_TOLERATED, false);
	judge(health, HEALTH_NO_SPREAD, health->spreads < SPREADS_OK, false);
}

struct system_health
system_health_measure(const struct frame_state *frame, const struct candle_ticks *ticks,
    const struct trading_hours *hours)
{
	const struct candle *bar = frame_state_held(frame, 0);
	struct day_bars before = day_bars_before(frame, bar->open_time_us);
	struct system_health health = {.mean_trades = day_bars_mean_trades(&before)};

	measure_day(frame, hours, &health);
	measure_slot(bar, ticks, &health);
	judge_day(&health);
	judge_slot(&health, bar);
	return health;
}

/* ---- the object ---- */

static void
write_status(struct json_text *json, const struct system_health *health)
{
	static const char *const statuses[] = {"ok", "degraded", "poor"};
	static const char *const reasons[HEALTH_REASONS] = {
		[HEALTH_INCOMPLETE_DAY] = "incomplete_day",
		[HEALTH_HOLE] = "hole",
		[HEALTH_INCOMPLETE_BAR] = "incomplete_bar",
		[HEALTH_NO_TICKS] = "no_ticks",
		[HEALTH_SILENT] = "silent",
		[HEALTH_FEW_TRADES] = "few_trades",
		[HEALTH_BACKFILLED] = "backfilled",
		[HEALTH_TIME_ESTIMATED] = "time_estimated",
		[HEALTH_NO_SPREAD] = "no_spread",
	};

	json_text_word(json, "status", statuses[health->status]);
	json_text_open_list(json, "reasons");
	for (int i = 0; i < HEALTH_REASONS; i++)
		if ((health->reasons & 1U << i) != 0)
			json_text_word(json, NULL, reasons[i]);
	json_text_close_list(json);
}

static void
write_day(struct json_text *json, const struct system_health *health)
{
	json_text_open(json, "day");
	json_text_integer(json, "slots", health->slots);
	json_text_integer(json, "present", health->present);
	json_text_integer(json, "complete", health->complete);
	json_text_integer(json, "of_ticks", health->origins[CANDLE_TICKS]);
	json_text_integer(json, "of_klines", health->origins[CANDLE_KLINES]);
	json_text_integer(json, "of_bars", health->origins[CANDLE_BARS]);
	json_text_integer(json, "revised", health->revised);
	json_text_integer(json, "revisions", health->revisions);
	json_text_integer(json, "longest_hole", health->longest_hole);
	json_text_close(json);
}

static void
write_slot(struct json_text *json, const struct system_health *health)
{
	json_text_open(json, "slot");
	json_text_integer(json, "ticks", health->ticks);
	json_text_integer(json, "trades", health->trades);
	json_text_figure(json, "mean_trades", health->mean_trades);
	json_text_figure(json, "trades_ratio", health->trades_ratio);
	json_text_figure(json, "silence_s", health->silence_us == TICK_NONE ? NAN :
		(double)health->silence_us / CLOCK_SECOND_US);
	json_text_figure(json, "backfilled", health->backfilled);
	json_text_figure(json, "time_estimated", health->estimated);
	json_text_figure(json, "with_spread", health->spreads);
	json_text_close(json);
}

/* A third for each of what it rests on beyond the candle itself. */
static double
write_confidence(struct json_text *json, const struct system_health *health)
{
	bool before = !isnan(health->mean_trades), ticks = health->ticks > 0;
	bool spreads = health->spreads > 0;
	double value = (before + ticks + spreads) / 3.0;

	json_text_open(json, "confidence");
	json_text_number(json, "value", value);
	json_text_boolean(json, "bars_before", before);
	json_text_boolean(json, "ticks", ticks);
	json_text_boolean(json, "spreads", spreads);
	json_text_close(json);
	return value;
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	struct system_health health = system_health_measure(input->frame, input->ticks,
	    input->hours);
	double confidence;

	json_text_start(json);
	write_status(json, &health);
	write_day(json, &health);
	write_slot(json, &health);
	inputs_write(json, input->frame);
	confidence = write_confidence(json, &health);
	json_text_close(json);
	return confidence;
}

const struct analysis system_health = {
	.type = "system_health",
	.timeframes = 1U << TIMEFRAME_M5,
	.reads_ticks = true,
	.write = write,
};
