#include "tickd/mt5/mt5_orders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_orders_state.h"

/* ---- what is told ---- */

__attribute__((format(printf, 5, 6))) static void
tell(const struct mt5_orders *orders, const struct live_order *live, int level, const char *event,
    const char *format, ...)
{
	const struct mt5_pending *action = &live->action;
	char sentence[512];
	int length = snprintf(sentence, sizeof(sentence), "ticket %" PRId64 " of %s: %s ",
	    action->ticket, action->account, action->action_type);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence + length, sizeof(sentence) - (size_t)length, format, arguments);
	va_end(arguments);
	orders->hooks.tell(orders->hooks.context, level, event, action->symbol, sentence);
}

/* ---- those under way ---- */

static struct live_order *
find(struct mt5_orders *orders, const char *action_id)
{
	for (size_t i = 0; i < MT5_LIVE_MAX; i++)
		if (orders->live[i].used &&
		    strcmp(orders->live[i].action.action_id, action_id) == 0)
			return &orders->live[i];
	return NULL;
}

static struct live_order *
find_free(struct mt5_orders *orders)
{
	for (size_t i = 0; i < MT5_LIVE_MAX; i++)
		if (!orders->live[i].used)
			return &orders->live[i];
	return NULL;
}

static void
drop(struct live_order *live)
{
	free(live->action.parameters);
	json_decref(live->orders);
	*live = (struct live_order){0};
}

/* ---- what it is checked by ---- */

/* Those besides it whose `sent` the newest look could not count yet. */
static int64_t
count_being_recorded(const struct mt5_orders *orders, const struct live_order *but)
{
	int64_t count = 0;

	for (const struct live_order *live = orders->live; live < orders->live + MT5_LIVE_MAX; live++)
		count += live != but && live->used && !live->recorded &&
		    live->order.state == ORDER_RECORDING;
	return count;
}

static struct mt5_facts
facts_of(const struct mt5_orders *orders, const struct live_order *live)
{
	static const struct mt5_symbol_facts unknown = {"", 0, TICK_NONE, TICK_NONE, TICK_NONE,
		TICK_NONE, TICK_NONE, TICK_NONE, TICK_NONE};
	const struct mt5_look *look = orders->facts;
	const struct mt5_symbol_facts *symbol = &unknown;

	for (size_t i = 0; i < look->symbol_count; i++)
		if (strcmp(look->symbols[i].symbol, live->action.symbol) == 0)
			symbol = &look->symbols[i];
	return (struct mt5_facts){
		.bid_e8 = symbol->bid_e8,
		.ask_e8 = symbol->ask_e8,
		.digits = symbol->digits,
		.volume_min_e8 = symbol->volume_min_e8,
		.volume_step_e8 = symbol->volume_step_e8,
		.volume_max_e8 = symbol->volume_max_e8,
		.stops_level_e8 = symbol->stops_level_e8,
		.freeze_level_e8 = symbol->freeze_level_e8,
		.open = look->open,
		.open_count = look->open_count,
		.orders_today = look->sent_today + count_being_recorded(orders, live),
		.orders_most = live->recorded ? 0 : orders->settings->mt5.orders_per_day,
	};
}

/* By the newest look.  0, or -errno with the sentence. */
static int
check(const struct mt5_orders *orders, struct live_order *live, struct problem *problem)
{
	const struct mt5_facts facts = facts_of(orders, live);
	int error = 0;
	json_t *checked = mt5_check(&live->action, &facts, &error, problem);

	if (checked == NULL)
		return error;
	json_decref(live->orders);
	live->orders = checked;
	return 0;
}

/* ---- the end of one ---- */

static void
record_end(struct mt5_orders *orders, struct live_order *live)
{
	live->recording = orders->hooks.record(orders->hooks.context, live->action.action_id,
	    live->status, live->answered ? &live->result : NULL, live->comment);
}

static void
end(struct mt5_orders *orders, struct live_order *live, bool done, const char *why)
{
	live->order.state = ORDER_OVER;
	live->status = done ? "done" : "failed";
	snprintf(live->comment, sizeof(live->comment), "%s", why);
	tell(orders, live, done ? LOG_NOTICE : LOG_WARNING,
	    done ? "action-done" : "action-failed", "%s: %s", live->status, why);
	record_end(orders, live);
}

static void
end_unanswered(struct mt5_orders *orders, struct live_order *live, const char *why)
{
	live->answered = false;
	end(orders, live, false, why);
}

/* ---- what happens to one ---- */

static const char *
why_held(const struct mt5_orders *orders)
{
	if (settings_mode(orders->settings, orders->source) != MODE_EXECUTE)
		return "nothing is sent in advise mode";
	return orders->facts->off ? "DTMS is off" : NULL;
}

/*
 * A terminal that has just come has not said yet what happened while it was away, or it is not known
 * here yet; and what is known must be of its account.
 */
static bool
is_connected(const struct mt5_orders *orders, const struct live_order *live, int64_t now_us)
{
	return orders->account[0] != '\0' && strcmp(orders->account, live->action.account) == 0 &&
	    strcmp(orders->account, orders->facts->account) == 0 && orders->reported != 0 &&
	    orders->facts->reported == orders->reported &&
	    now_us >= orders->connected_us + MT5_SETTLE_US;
}

static void
happen(struct mt5_orders *orders, struct live_order *live, enum mt5_order_event event,
    int64_t retcode, int64_t now_us);

static void
say(struct mt5_orders *orders, struct live_order *live, bool question, int64_t now_us)
{
	char *line = orders_line(orders, live, question);

	/* What could not be said is not known to have been unheard. */
	if (line == NULL || !orders->hooks.send(orders->hooks.context, line))
		happen(orders, live, EVENT_DISCONNECTED, 0, now_us);
}

static void
send_it(struct mt5_orders *orders, struct live_order *live, int64_t now_us)
{
	struct problem problem;
	int error = check(orders, live, &problem);

	if (error < 0) {
		end_unanswered(orders, live, error == -EPERM ? problem.text : strerror(-error));
		return;
	}
	tell(orders, live, LOG_NOTICE, "action-sent", "is sent to the terminal");
	say(orders, live, false, now_us);
}

static struct mt5_moment
moment_of(const struct mt5_orders *orders, const struct live_order *live, int64_t now_us)
{
	return (struct mt5_moment){is_connected(orders, live, now_us), why_held(orders),
		orders->hooks.venue_now(orders->hooks.context), now_us};
}

/* "The request was rejected" is half of the truth where it had several orders. */
static void
tell_part(const struct live_order *live, int64_t retcode, char text[static 160])
{
	size_t length = strlen(text);

	if (live->answered && mt5_retcode_class(retcode) == RETCODE_STOP &&
	    json_array_size(live->orders) > 1)
		snprintf(text + length, 160 - length, ", perhaps after a part of it was done");
}

static void
happen(struct mt5_orders *orders, struct live_order *live, enum mt5_order_event event,
    int64_t retcode, int64_t now_us)
{
	const struct mt5_moment moment = moment_of(orders, live, now_us);
	char text[160];
	const char *why = NULL;

	switch (mt5_order_event(&live->order, event, retcode, &moment, &why)) {
	case DO_NOTHING:
		break;
	case DO_CONFIRM:
		if (!live->confirming)
			orders_confirm(orders, live);
		break;
	case DO_SEND:
		send_it(orders, live, now_us);
		break;
	case DO_CHECK:
		say(orders, live, true, now_us);
		break;
	case DO_DONE:
	case DO_FAIL:
		live->answered = event == EVENT_RESULT && retcode != MT5_NOT_ORDERED;
		snprintf(text, sizeof(text), "%s", why);
		tell_part(live, retcode, text);
		end(orders, live, mt5_retcode_class(retcode) == RETCODE_DONE && live->answered, text);
		break;
	}
}

/* ---- new ones ---- */

/* `sent` is to be committed before anything leaves. */
static void
begin_new(struct mt5_orders *orders, struct live_order *live)
{
	int64_t venue_us = orders->hooks.venue_now(orders->hooks.context);
	struct problem problem;
	int error;

	if (venue_us > live->action.expires_us) {
		end_unanswered(orders, live, "it expired before it could be sent");
		return;
	}
	error = check(orders, live, &problem);
	if (error == -EPERM)
		end_unanswered(orders, live, problem.text);
	else if (error < 0 || !orders->hooks.record(orders->hooks.context, live->action.action_id,
				  "sent", NULL, NULL))
		drop(live); /* it is found again */
}

/* Its parameters are taken over. */
static void
begin(struct mt5_orders *orders, struct mt5_pending *action)
{
	struct live_order *live = find_free(orders);
	struct mt5_moment moment;

	if (live == NULL || find(orders, action->action_id) != NULL)
		return;
	live->used = true;
	live->action = *action;
	action->parameters = NULL;
	live->recorded = action->found_sent;
	moment = moment_of(orders, live, clock_monotonic_us());
	mt5_order_begin(&live->order, action->expires_us, action->found_sent, &moment);
	if (!action->found_sent)
		begin_new(orders, live);
	else
		happen(orders, live, EVENT_TURN, 0, moment.now_us);
}

/* New ones only while their account is connected still, and where they may be sent at all. */
static bool
is_wanted(const struct mt5_orders *orders, const struct mt5_pending *action)
{
	return action->found_sent || (why_held(orders) == NULL && orders->account[0] != '\0' &&
	    strcmp(action->account, orders->account) == 0);
}

void
orders_looked(struct mt5_orders *orders, struct mt5_look *look)
{
	struct mt5_look *old = orders->facts;

	orders->facts = look;
	if (old != NULL)
		mt5_look_free(old);
	free(old);
	orders->unreadable_told = false;
	orders->sent_known |= look->sent_too && !look->sent_left;
	for (size_t i = 0; i < look->found_count; i++)
		if (is_wanted(orders, &look->found[i]))
			begin(orders, &look->found[i]);
}

/* analysisd may not have made its database yet, or is busy with it: that is no news. */
void
orders_unreadable(struct mt5_orders *orders, int error, const char *sentence)
{
	if (error == -ENOENT || error == -EAGAIN || orders->unreadable_told)
		return;
	orders->unreadable_told = true;
	orders->hooks.tell(orders->hooks.context, LOG_ERR, "actions-unreadable", NULL, sentence);
}

/* ---- `sent` is committed ---- */

void
orders_confirmed(struct mt5_orders *orders, const char *action_id, int result, const char *why)
{
	struct live_order *live = find(orders, action_id);

	if (live == NULL)
		return;
	live->confirming = false;
	/* Answered meanwhile, or in doubt. */
	if (live->order.state != ORDER_RECORDING && live->order.state != ORDER_READY)
		return;
	if (result == 1)
		happen(orders, live, EVENT_RECORDED, 0, clock_monotonic_us());
	else if (result == 0)
		end_unanswered(orders, live, why);
	else
		orders_unreadable(orders, result, why);
}

void
mt5_orders_recorded(struct mt5_orders *orders, const char *action_id, const char *status)
{
	struct live_order *live = find(orders, action_id);

	if (live == NULL)
		return;
	if (live->order.state == ORDER_RECORDING && strcmp(status, "sent") == 0) {
		live->recorded = true;
		orders_confirm(orders, live);
	} else if (live->order.state == ORDER_OVER && strcmp(status, live->status) == 0) {
		orders->done += strcmp(status, "done") == 0;
		orders->failed += strcmp(status, "failed") == 0;
		drop(live);
	}
}

/* ---- from the terminal ---- */

static bool
is_definite(int64_t retcode)
{
	enum mt5_retcode_class class = mt5_retcode_class(retcode);

	return class == RETCODE_DONE || class == RETCODE_STOP || class == RETCODE_EXPIRED;
}

/* A definite word counts, also on what was given up. */
static void
record_late(const struct mt5_orders *orders, const struct mt5_result *result)
{
	bool done = mt5_retcode_class(result->retcode) == RETCODE_DONE;
	char text[MT5_MEANING_SIZE], sentence[MT5_ACTION_ID_MAX + 128];
	const char *meaning = mt5_retcode_meaning(result->retcode, text);

	snprintf(sentence, sizeof(sentence), "%s: the terminal's late answer: %s",
	    result->action_id, meaning);
	orders->hooks.tell(orders->hooks.context, LOG_NOTICE, "action-answered-late", NULL, sentence);
	/* Without memory it stays as it was. */
	(void)!orders->hooks.record(orders->hooks.context, result->action_id,
	    done ? "done" : "failed", result, meaning);
}

void
orders_late(struct mt5_orders *orders, const struct mt5_result *result,
    enum mt5_answered answered)
{
	char sentence[MT5_ACTION_ID_MAX + 128];

	if (answered == ANSWERED_UNSURE && is_definite(result->retcode) &&
	    find(orders, result->action_id) == NULL)
		record_late(orders, result);
	if (answered != ANSWERED_NEVER_SENT || orders->stranger_told)
		return;
	orders->stranger_told = true;
	snprintf(sentence, sizeof(sentence), "the terminal answers for an action that was never "
	    "sent: %s", result->action_id);
	orders->hooks.tell(orders->hooks.context, LOG_WARNING, "answer-unasked", NULL, sentence);
}

void
mt5_orders_result(struct mt5_orders *orders, const struct mt5_result *result)
{
	struct live_order *live = find(orders, result->action_id);

	if (live == NULL || live->order.state == ORDER_RECORDING) {
		orders_ask_late(orders, result);
	} else if (live->order.state != ORDER_OVER) {
		live->result = *result;
		happen(orders, live, EVENT_RESULT, result->retcode, clock_monotonic_us());
	} else if (live->recording && !live->answered && is_definite(result->retcode)) {
		live->answered = true;
		record_late(orders, result);
	}
}

void
mt5_orders_connected(struct mt5_orders *orders, const char *account)
{
	snprintf(orders->account, sizeof(orders->account), "%s", account);
	orders->connected_us = clock_monotonic_us();
	orders->reported = 0;
	orders->stranger_told = false;
	mt5_orders_turn(orders, orders->connected_us);
}

void
mt5_orders_reported(struct mt5_orders *orders)
{
	if (orders->account[0] == '\0' || orders->reported != 0)
		return;
	orders->reported = ++orders->reports;
	orders_look(orders);
}

void
mt5_orders_disconnected(struct mt5_orders *orders)
{
	int64_t now_us = clock_monotonic_us();

	orders->account[0] = '\0';
	orders->reported = 0;
	for (size_t i = 0; i < MT5_LIVE_MAX; i++)
		if (orders->live[i].used)
			happen(orders, &orders->live[i], EVENT_DISCONNECTED, 0, now_us);
}

/* ---- time ---- */

static void
turn(struct mt5_orders *orders, struct live_order *live, int64_t now_us)
{
	if (live->order.state == ORDER_OVER) {
		if (!live->recording)
			record_end(orders, live);
	} else if (live->order.state == ORDER_RECORDING) {
		if (live->recorded && !live->confirming)
			orders_confirm(orders, live);
	} else {
		happen(orders, live, EVENT_TURN, 0, now_us);
	}
}

void
mt5_orders_turn(struct mt5_orders *orders, int64_t now_us)
{
	for (size_t i = 0; i < MT5_LIVE_MAX; i++)
		if (orders->live[i].used)
			turn(orders, &orders->live[i], now_us);
	if (orders->account[0] != '\0' || !orders->sent_known)
		orders_look(orders);
}

/* ---- the whole ---- */

int
mt5_orders_create(struct mt5_orders **ret, const struct settings *settings, const char *source,
    struct storage *storage, const struct mt5_orders_hooks *hooks)
{
	struct mt5_orders *orders = calloc(1, sizeof(*orders));

	if (orders == NULL)
		return -ENOMEM;
	orders->settings = settings;
	orders->source = source;
	orders->storage = storage;
	orders->hooks = *hooks;
	orders->reader = mt5_pending_create(settings->paths.state_dir, source);
	if (orders->reader == NULL) {
		free(orders);
		return -ENOMEM;
	}
	*ret = orders;
	return 0;
}

void
orders_free(struct mt5_orders *orders)
{
	for (size_t i = 0; i < MT5_LIVE_MAX; i++)
		drop(&orders->live[i]);
	if (orders->facts != NULL)
		mt5_look_free(orders->facts);
	free(orders->facts);
	mt5_pending_free(orders->reader);
	free(orders);
}

void
mt5_orders_close(struct mt5_orders *orders)
{
	if (orders == NULL)
		return;
	orders->closing = true;
	if (orders->jobs == 0)
		orders_free(orders);
}

json_t *
mt5_orders_status(const struct mt5_orders *orders)
{
	json_int_t pending = 0, sent = 0;

	for (size_t i = 0; i < MT5_LIVE_MAX; i++) {
		const struct live_order *live = &orders->live[i];
		bool waits = live->order.state == ORDER_RECORDING || live->order.state == ORDER_READY;

		pending += live->used && waits;
		sent += live->used && !waits && live->order.state != ORDER_OVER;
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "pending", pending, "sent", sent, "done",
	    (json_int_t)orders->done, "failed", (json_int_t)orders->failed, "today",
	    orders->facts == NULL ? (json_int_t)0 : (json_int_t)orders->facts->sent_today);
}
