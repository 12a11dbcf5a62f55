#include "analysisd/dtms/dtms_instant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analysisd/dtms/dtms_ahead.h"
#include "analysisd/dtms/dtms_intake.h"
#include "analysisd/dtms/dtms_positions.h"
#include "common/clock.h"

#define DTMS_IS_OFF "DTMS is off"

/* One trade at one instant. */
struct instant {
	struct dtms_source *source;
	struct dtms_shared *shared;
	int64_t now_us;
	struct dtms_entry *entry;
	struct dtms_view view;
	struct dtms_decision decision;
	struct json_text market;
};

/* What is over is looked at whatever the grid and the switch say. */
static bool
is_looked_at(const struct dtms_source *source, const struct dtms_entry *entry, int64_t now_us)
{
	return entry->over || (!source->progress.off && dtms_check_due(&entry->trade, now_us));
}

static bool
is_executed(const struct instant *instant)
{
	return instant->entry->trade.venue &&
	    settings_mode(instant->shared->tools->settings, instant->source->name) == MODE_EXECUTE;
}

/* ---- actions ---- */

/* Done by being decided: the deadline is the trade's. */
static bool
is_timer(enum dtms_action action)
{
	return action == ACTION_START_FLAT_TIMER || action == ACTION_STOP_FLAT_TIMER ||
	    action == ACTION_START_RECOVERY_TIMER;
}

/* What is left of a trade that is over is a risk of its own: see rails.h. */
static bool
is_exempt(const struct instant *instant, enum dtms_action action)
{
	return action == ACTION_CLOSE_HEDGE && instant->entry->trade.state == DTMS_CLOSED;
}

/* Why it is held back, NULL where it is not.  None of this changes what is decided. */
static const char *
hold_back(const struct instant *instant, enum dtms_action action, char text[static 128])
{
	const struct dtms_source *source = instant->source;
	const struct dtms_tools *tools = instant->shared->tools;
	const struct dtms_account *account = dtms_source_find_account(source,
	    instant->entry->trade.account);

	if (source->progress.off || source->off_waits)
		return DTMS_IS_OFF;
	/* Decided long after: an analysisd that was away, or a feed. */
	if (is_executed(instant) && instant->now_us + ACTION_EXPIRES_US <
	    sources_clock(&tools->table->sources, source->number))
		return "expired before it was decided";
	if (is_exempt(instant, action))
		return NULL;
	return rails_refuse(account == NULL ? NULL : &account->rails, tools->settings, action,
	    instant->now_us, instant->view.spread, instant->view.spread_median, text);
}

static const char *
plan_action(const struct instant *instant, enum dtms_action action, struct dtms_action_plan *plan)
{
	char text[128];
	const char *why = NULL;

	dtms_action_plan(plan, action, &instant->entry->trade, &instant->view);
	if (is_timer(action))
		return "done";
	if (!plan->skipped)
		why = hold_back(instant, action, text);
	if (why != NULL) {
		plan->skipped = true;
		snprintf(plan->error, sizeof(plan->error), "%s", why);
	}
	return plan->skipped ? "skipped" : is_executed(instant) ? "pending" : "advised";
}

static int
tell_action(const struct instant *instant, const struct dtms_action_row *row)
{
	const struct dtms_news news = {
		.source = row->trade->source,
		.symbol = row->trade->symbol,
		.account = row->trade->account,
		.action = dtms_action_name(row->plan->action),
		.status = row->status,
		.reason = row->plan->skipped ? row->plan->error : row->reason,
		.state_from = dtms_state_name(row->from),
		.state_to = dtms_state_name(row->to),
		.ticket = row->trade->ticket,
		.time_us = row->time_us,
	};

	instant->shared->actions++;
	return news_queue_add(&instant->shared->news, &news);
}

static int
write_action(const struct instant *instant, enum dtms_action action)
{
	const struct dtms_decision *decision = &instant->decision;
	struct dtms_action_plan plan;
	struct dtms_action_row row = {
		.trade = &instant->entry->trade,
		.plan = &plan,
		.reason = decision->row->reason,
		.from = decision->from,
		.to = instant->entry->trade.state,
		.score_before = decision->score_before,
		.score_after = instant->entry->trade.score,
		.market = instant->market.text,
		.mode = is_executed(instant) ? MODE_EXECUTE : MODE_ADVISE,
		.time_us = instant->now_us,
		.expires_us = instant->now_us + ACTION_EXPIRES_US,
	};
	int result = dtms_store_read_re_adds(instant->shared->store, &instant->entry->trade);

	if (result < 0)
		return result;
	row.status = plan_action(instant, action, &plan);
	dtms_action_id(row.action_id, row.trade, row.from, row.to, row.time_us, action);
	dtms_action_token(row.token, row.action_id);
	result = dtms_store_write_action(instant->shared->store, &row);
	return result == 1 ? tell_action(instant, &row) : result;
}

/* ---- a trade ---- */

/* Orders for a ticket that is closed are of no use any more. */
static int
skip_orders(const struct instant *instant)
{
	int result = dtms_store_skip_pending(instant->shared->store, instant->source->name,
	    &instant->entry->trade, "the trade is closed");

	return result < 0 ? result : 0;
}

static int
write_decision(struct instant *instant)
{
	const struct dtms_decision *decision = &instant->decision;
	struct dtms_trade *trade = &instant->entry->trade;
	int error = 0;

	if (decision->deep || decision->row != NULL) {
		json_text_start(&instant->market);
		dtms_score_write(&instant->market, trade, &instant->view, &decision->score);
		json_text_close(&instant->market);
	}
	if (decision->deep)
		error = dtms_store_write_check(instant->shared->store, trade, decision,
		    instant->now_us, instant->market.text);
	if (error == 0 && trade->state == DTMS_CLOSED)
		error = skip_orders(instant);
	for (int i = 0; i < DTMS_ROW_ACTIONS_MAX && decision->row != NULL && error == 0; i++)
		if (decision->actions[i] != ACTION_NONE)
			error = write_action(instant, decision->actions[i]);
	if (error == 0 && decision->alert)
		error = dtms_intake_tell(instant->shared, trade, true, instant->now_us,
		    decision->reason);
	return error;
}

/* What is stored now exists from now on, also of a trade that was registered without a market. */
static void
find_symbol(const struct instant *instant)
{
	struct dtms_trade *trade = &instant->entry->trade;

	if (trade->symbol_id == TICK_NONE)
		trade->symbol_id = dtms_watches_symbol(&instant->shared->watches,
		    instant->source->name, trade->symbol);
}

static int
check_trade(struct instant *instant)
{
	struct dtms_entry *entry = instant->entry;
	bool made;
	int error;

	find_symbol(instant);
	error = dtms_watches_view(&instant->shared->watches, &entry->trade, instant->now_us,
	    &instant->view, &made);
	if (error < 0)
		return error;
	instant->decision = dtms_check(&entry->trade, &instant->view, entry->over,
	    is_executed(instant));
	entry->changed |= instant->decision.changed;
	return write_decision(instant);
}

static int
check_trades(struct instant *instant)
{
	struct dtms_source *source = instant->source;
	int error = 0;

	for (size_t i = 0; i < source->count && error == 0; i++) {
		instant->entry = &source->entries[i];
		if (is_looked_at(source, instant->entry, instant->now_us))
			error = check_trade(instant);
		if (error == 0 && instant->entry->changed)
			error = dtms_store_write_trade(instant->shared->store,
			    &instant->entry->trade);
		instant->entry->changed = false;
	}
	return error;
}

/* ---- the instant ---- */

int
dtms_instant_prepare(struct dtms_source *source, struct dtms_shared *shared, int64_t deadline_us)
{
	int64_t now_us = source->progress.next_us;

	for (size_t i = 0; i < source->count; i++) {
		const struct dtms_entry *entry = &source->entries[i];
		struct dtms_view view;
		bool made;
		int error;

		if (!is_looked_at(source, entry, now_us))
			continue;
		error = dtms_watches_view(&shared->watches, &entry->trade, now_us, &view, &made);
		if (error < 0)
			return error;
		if (made && clock_monotonic_us() >= deadline_us)
			return 1;
	}
	return source->progress.off ? 0 : dtms_ahead_views(source, shared, now_us, deadline_us);
}

int
dtms_instant_decide(struct dtms_source *source, struct dtms_shared *shared)
{
	struct instant instant = {.source = source, .shared = shared,
		.now_us = source->progress.next_us};
	int result = dtms_intake(source, shared, instant.now_us);

	if (result == 0)
		result = dtms_store_expire(shared->store, source->name, instant.now_us);
	if (result >= 0)
		result = check_trades(&instant);
	if (result < 0)
		return result;
	source->progress.next_us = instant.now_us + DTMS_GRID_US;
	return dtms_store_write_progress(shared->store, source->name, &source->progress);
}
