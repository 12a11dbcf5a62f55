#include "analysisd/dtms/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

#define CLOSED_REASON "closed at the venue" /* where nobody has said a better one */

bool
dtms_check_due(const struct dtms_trade *trade, int64_t now_us)
{
	if (trade->state == DTMS_CLOSED)
		return false;
	return now_us % (trade->state == DTMS_HEDGED ? DTMS_HEDGED_GRID_US : DTMS_GRID_US) == 0;
}

__attribute__((format(printf, 2, 3))) static void
explain(struct dtms_decision *decision, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(decision->reason, sizeof(decision->reason), format, arguments);
	va_end(arguments);
}

/* ---- what is brought up to date, whatever comes of it; true where it changed ---- */

/* Each M5 bar that closed after the registration moves the cross count once. */
static bool
count_crosses(struct dtms_trade *trade, const struct dtms_view *view)
{
	double side = trade->direction * (view->m5_close - view->vwap);

	if (view->m5_end_us == TICK_NONE || view->m5_end_us <= trade->registered_us ||
	    view->m5_end_us <= trade->vwap_counted_us || isnan(side))
		return false;
	if (side < 0)
		trade->vwap_cross_count++;
	else if (trade->vwap_cross_count > 0)
		trade->vwap_cross_count--;
	trade->vwap_counted_us = view->m5_end_us;
	return true;
}

static bool
move_flip(struct dtms_trade *trade, const struct dtms_view *view)
{
	int before = trade->vwap_flip;

	trade->vwap_flip = dtms_vwap_flip(before, view->vwap_slope, view->vwap_threshold);
	return trade->vwap_flip != before;
}

static bool
is_old(int64_t end_us, int64_t limit_us, int64_t now_us)
{
	return end_us == TICK_NONE || now_us - end_us > limit_us;
}

static bool
note_staleness(struct dtms_trade *trade, const struct dtms_view *view)
{
	bool before = trade->stale;

	trade->stale = is_old(view->m5_end_us, DTMS_M5_AGE_US, view->now_us) ||
	    is_old(view->m15_end_us, DTMS_M15_AGE_US, view->now_us);
	return trade->stale != before;
}

static void
explain_staleness(struct dtms_decision *decision, const struct dtms_view *view)
{
	bool m5 = is_old(view->m5_end_us, DTMS_M5_AGE_US, view->now_us);
	int64_t end_us = m5 ? view->m5_end_us : view->m15_end_us;
	const char *name = m5 ? "M5" : "M15";

	if (end_us == TICK_NONE)
		explain(decision, "there is no closed %s bar: nothing is decided", name);
	else
		explain(decision, "the newest %s bar is %" PRId64 " s old: nothing is decided",
		    name, (view->now_us - end_us) / CLOCK_SECOND_US);
}

/* ---- whether a deep check is due ---- */

/* To be registered locks nothing. */
static bool
is_locked(const struct dtms_trade *trade, int64_t now_us)
{
	return !dtms_trade_is_untouched(trade) && now_us - trade->state_since_us < DTMS_LOCK_US;
}

static bool
is_new_bar(const struct dtms_trade *trade, int64_t end_us)
{
	return end_us > trade->state_since_us || end_us > trade->last_deep_us;
}

static bool
has_moved(const struct dtms_trade *trade, const struct dtms_view *view)
{
	int64_t price_e8 = dtms_view_price(view, trade->direction);
	int64_t before_e8 = trade->last_deep_price_e8;

	return before_e8 > 0 && price_e8 != TICK_NONE &&
	    fabs((double)(price_e8 - before_e8)) / (double)before_e8 > DTMS_MOVE;
}

static bool
is_ready(const struct dtms_trade *trade, const struct dtms_view *view)
{
	return view->m15_bars >= STRUCTURE_BARS_MIN && view->structure.known &&
	    dtms_view_price(view, trade->direction) != TICK_NONE;
}

/* What calls for it whatever the lock and the bars are. */
static const char *
find_urgent_cause(const struct dtms_trade *trade, const struct dtms_view *view,
    const struct dtms_score *score)
{
	if (trade->state == DTMS_HEDGED && trade->hedge_lost)
		return "hedge";
	if (dtms_timer_is_over(trade, view->now_us))
		return "timer";
	if (score->choch_against && is_new_bar(trade, view->m15_end_us))
		return "CHOCH";
	return NULL;
}

/* Explains why there is none. */
static const char *
find_cause(struct dtms_decision *decision, const struct dtms_trade *trade,
    const struct dtms_view *view, bool flip_began)
{
	const char *urgent = find_urgent_cause(trade, view, &decision->score);

	if (urgent != NULL)
		return urgent;
	if (is_locked(trade, view->now_us)) {
		explain(decision, "within %d s of the last transition",
		    (int)(DTMS_LOCK_US / CLOCK_SECOND_US));
		return NULL;
	}
	if (!is_ready(trade, view)) {
		explain(decision, "there are not yet %d closed M15 bars and a price",
		    STRUCTURE_BARS_MIN);
		return NULL;
	}
	if (trade->last_deep_us == TICK_NONE)
		return "first";
	if (flip_began)
		return "vwap flip";
	if (has_moved(trade, view))
		return "move";
	if (view->now_us - trade->last_deep_us >= DTMS_DEEP_US)
		return "interval";
	explain(decision, "no deep check is due");
	return NULL;
}

static void
check_deeply(struct dtms_trade *trade, const struct dtms_view *view,
    struct dtms_decision *decision, struct dtms_inputs *inputs)
{
	const struct dtms_score *score = &decision->score;

	decision->deep = true;
	decision->changed = true;
	trade->score = score->total;
	trade->last_deep_us = view->now_us;
	trade->last_deep_price_e8 = dtms_view_price(view, trade->direction);
	inputs->score = score->total;
	inputs->choch_against = score->choch_against;
	inputs->bos_with = score->bos_with && view->m15_end_us > trade->state_since_us;
	inputs->vwap_flip_against = score->vwap_flip_against;
	inputs->volume_flip_against = score->volume_flip_against;
}

/* ---- what comes of it ---- */

static void
start_timers(struct dtms_trade *trade, const struct dtms_row *row, int64_t now_us)
{
	for (int i = 0; i < DTMS_ROW_ACTIONS_MAX; i++) {
		if (row->actions[i] == ACTION_START_FLAT_TIMER)
			trade->flat_deadline_us = now_us + DTMS_FLAT_TIMER_US;
		else if (row->actions[i] == ACTION_START_RECOVERY_TIMER)
			trade->recovery_deadline_us = now_us + DTMS_RECOVERY_TIMER_US;
	}
}

static void
enter_state(struct dtms_trade *trade, const struct dtms_row *row, int64_t now_us)
{
	trade->state = row->to;
	trade->state_since_us = now_us;
	trade->hedge_lost = false;
	trade->flat_deadline_us = TICK_NONE;
	trade->recovery_deadline_us = TICK_NONE;
	trade->closing_since_us = row->to == DTMS_CLOSING ? now_us : TICK_NONE;
	start_timers(trade, row, now_us);
	if (row->to != DTMS_CLOSED)
		return;
	trade->stale = false;
	trade->closed_us = now_us;
	if (trade->closed_reason[0] == '\0')
		snprintf(trade->closed_reason, sizeof(trade->closed_reason), CLOSED_REASON);
}

static void
choose_actions(struct dtms_decision *decision, const struct dtms_trade *trade)
{
	const struct dtms_row *row = decision->row;
	int count = 0;

	for (int i = 0; i < DTMS_ROW_ACTIONS_MAX; i++)
		if (row->to != DTMS_CLOSED || row->actions[i] != ACTION_CLOSE_HEDGE ||
		    trade->hedge_ticket != TICK_NONE)
			decision->actions[count++] = row->actions[i];
}

static void
take_row(struct dtms_trade *trade, const struct dtms_row *row, int64_t now_us,
    struct dtms_decision *decision)
{
	const char *from = dtms_state_name(trade->state), *to = dtms_state_name(row->to);

	decision->row = row;
	decision->changed = true;
	choose_actions(decision, trade);
	if (row->to != trade->state) {
		enter_state(trade, row, now_us);
	} else {
		trade->close_attempts++;
		trade->closing_since_us = now_us;
	}
	if (row->structural)
		explain(decision, "%s: %s becomes %s", row->condition, from, to);
	else
		explain(decision, "score %.6g, %s: %s becomes %s", trade->score, row->condition,
		    from, to);
}

/* In CLOSING, where no row holds: close_all is given up once after its last attempt. */
static void
wait_for_close(struct dtms_trade *trade, const struct dtms_view *view, bool repeat,
    struct dtms_decision *decision)
{
	bool given = trade->close_attempts == DTMS_CLOSE_ATTEMPTS_MAX &&
	    trade->closing_since_us != TICK_NONE &&
	    view->now_us - trade->closing_since_us >= DTMS_CLOSE_AGAIN_US;

	if (!repeat) {
		explain(decision, "CLOSING: close_all is advised once");
	} else if (given) {
		trade->close_attempts++; /* the alert is given once */
		decision->alert = true;
		decision->changed = true;
		explain(decision, "still open after close_all was given again %d times: given up",
		    DTMS_CLOSE_ATTEMPTS_MAX);
	} else {
		explain(decision, "CLOSING: waiting for the venue");
	}
}

static void
decide(struct dtms_trade *trade, const struct dtms_view *view, const struct dtms_inputs *inputs,
    bool repeat, struct dtms_decision *decision)
{
	const struct dtms_row *row = NULL;

	if (inputs->venue_closed || trade->state != DTMS_CLOSING || repeat)
		row = dtms_machine_step(trade, inputs, is_locked(trade, view->now_us));
	if (row != NULL)
		take_row(trade, row, view->now_us, decision);
	else if (trade->state == DTMS_CLOSING)
		wait_for_close(trade, view, repeat, decision);
	else if (decision->deep)
		explain(decision, "score %.6g: stays %s", trade->score,
		    dtms_state_name(trade->state));
}

struct dtms_decision
dtms_check(struct dtms_trade *trade, const struct dtms_view *view, bool venue_closed, bool repeat)
{
	struct dtms_decision decision = {.from = trade->state, .score_before = trade->score};
	struct dtms_inputs inputs = {
		.now_us = view->now_us, .venue_closed = venue_closed, .score = NAN,
	};
	bool flip_began;

	if (trade->state == DTMS_CLOSED) {
		explain(&decision, "it is closed");
		return decision;
	}
	decision.changed = count_crosses(trade, view);
	flip_began = move_flip(trade, view);
	decision.changed = note_staleness(trade, view) || flip_began || decision.changed;
	flip_began = flip_began && trade->vwap_flip != 0;
	decision.score = dtms_score_measure(trade, view);
	if (trade->stale && !venue_closed) {
		explain_staleness(&decision, view);
		return decision;
	}
	if (trade->state != DTMS_CLOSING && !venue_closed)
		decision.cause = find_cause(&decision, trade, view, flip_began);
	if (decision.cause != NULL)
		check_deeply(trade, view, &decision, &inputs);
	decide(trade, view, &inputs, repeat, &decision);
	return decision;
}
