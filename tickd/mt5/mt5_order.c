#include "tickd/mt5/mt5_order.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "tickd/mt5/mt5_message.h"

/* ---- retcodes ---- */

static const struct meaning {
	int64_t retcode;
	enum mt5_retcode_class class;
	const char *text;
} meanings[] = {
	{MT5_NOT_ORDERED, RETCODE_NOT_ORDERED, "it was not ordered"},
	{MT5_EXPIRED, RETCODE_EXPIRED, "it reached the terminal too late and was not ordered"},
	{10004, RETCODE_SOON, "requote"},
	{10006, RETCODE_STOP, "the request was rejected"},
	{10007, RETCODE_STOP, "the request was cancelled by the trader"},
	{10008, RETCODE_DONE, "the order was placed"},
	{10009, RETCODE_DONE, "done"},
	{10010, RETCODE_DONE, "only a part of it was done"},
	{10011, RETCODE_STOP, "the request could not be processed"},
	{10012, RETCODE_UNKNOWN, "the request timed out"},
	{10013, RETCODE_STOP, "invalid request"},
	{10014, RETCODE_STOP, "invalid volume"},
	{10015, RETCODE_STOP, "invalid price"},
	{10016, RETCODE_STOP, "invalid stops"},
	{10017, RETCODE_STOP, "trading is disabled"},
	{10018, RETCODE_LATER, "the market is closed"},
	{10019, RETCODE_STOP, "not enough money"},
	{10020, RETCODE_SOON, "the price changed"},
	{10021, RETCODE_SOON, "there are no quotes"},
	{10022, RETCODE_STOP, "invalid expiration of the order"},
	{10023, RETCODE_STOP, "the order's state changed"},
	{10024, RETCODE_LATER, "too many requests"},
	{10025, RETCODE_DONE, "there was nothing to change"},
	{10026, RETCODE_STOP, "automated trading is disabled by the server"},
	{10027, RETCODE_STOP, "automated trading is disabled in the terminal"},
	{10028, RETCODE_STOP, "the request is locked for processing"},
	{10029, RETCODE_STOP, "the order or position is frozen"},
	{10030, RETCODE_STOP, "invalid filling mode"},
	{10031, RETCODE_SOON, "there is no connection with the trade server"},
	{10032, RETCODE_STOP, "only real accounts may do that"},
	{10033, RETCODE_STOP, "the number of pending orders is at its limit"},
	{10034, RETCODE_STOP, "the volume of orders and positions of the symbol is at its limit"},
	{10035, RETCODE_STOP, "invalid or prohibited type of order"},
	{10036, RETCODE_STOP, "the position is closed already"},
	{10038, RETCODE_STOP, "the volume to close is more than the position's"},
	{10039, RETCODE_STOP, "an order to close the position exists already"},
	{10040, RETCODE_STOP, "the number of open positions is at its limit"},
	{10041, RETCODE_STOP, "the pending order was rejected and cancelled"},
	{10042, RETCODE_STOP, "only long positions are allowed"},
	{10043, RETCODE_STOP, "only short positions are allowed"},
	{10044, RETCODE_STOP, "positions may only be closed"},
	{10045, RETCODE_STOP, "positions may only be closed in the order in which they were opened"},
	{10046, RETCODE_STOP, "opposite positions of a symbol are not allowed"},
};

static const struct meaning *
find_meaning(int64_t retcode)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].retcode == retcode)
			return &meanings[i];
	return NULL;
}

enum mt5_retcode_class
mt5_retcode_class(int64_t retcode)
{
	const struct meaning *meaning = find_meaning(retcode);

	return meaning == NULL ? RETCODE_STOP : meaning->class;
}

const char *
mt5_retcode_meaning(int64_t retcode, char text[static MT5_MEANING_SIZE])
{
	const struct meaning *meaning = find_meaning(retcode);

	if (meaning != NULL)
		return meaning->text;
	snprintf(text, MT5_MEANING_SIZE, "retcode %" PRId64, retcode);
	return text;
}

/* ---- steps ---- */

static enum mt5_order_do
end(struct mt5_order *order, enum mt5_order_do what, const char *why, const char **ret_why)
{
	order->state = ORDER_OVER;
	*ret_why = why;
	return what;
}

static enum mt5_order_do
end_with_retcode(struct mt5_order *order, enum mt5_order_do what, const char **ret_why)
{
	char text[MT5_MEANING_SIZE];

	snprintf(order->why, sizeof(order->why), "%s", mt5_retcode_meaning(order->retcode, text));
	return end(order, what, order->why, ret_why);
}

static enum mt5_order_do
wait_until(struct mt5_order *order, enum mt5_order_state state, int64_t due_us)
{
	order->state = state;
	order->due_us = due_us;
	return DO_NOTHING;
}

/* By one clock or the other, and `grace_us` ago. */
static bool
is_late(const struct mt5_order *order, const struct mt5_moment *moment, int64_t grace_us)
{
	return moment->venue_us - grace_us > order->expires_us ||
	    moment->now_us - grace_us > order->deadline_us;
}

static enum mt5_order_do
end_expired(struct mt5_order *order, const char **ret_why)
{
	char text[MT5_MEANING_SIZE];

	if (order->retcode == MT5_RETCODE_NONE)
		snprintf(order->why, sizeof(order->why), "it expired before it could be sent");
	else
		snprintf(order->why, sizeof(order->why), "%s, and then it expired",
		    mt5_retcode_meaning(order->retcode, text));
	return end(order, DO_FAIL, order->why, ret_why);
}

/* ---- what happens in a state ---- */

static enum mt5_order_do
try_to_send(struct mt5_order *order, bool confirmed, const struct mt5_moment *moment,
    const char **ret_why)
{
	if (is_late(order, moment, 0))
		return end_expired(order, ret_why);
	if (moment->held != NULL)
		return end(order, DO_FAIL, moment->held, ret_why);
	if (!moment->connected || moment->now_us < order->due_us)
		return DO_NOTHING;
	if (!confirmed)
		return DO_CONFIRM;
	order->alone_us = moment->now_us + MT5_TAKE_US + MT5_CLOCKS_US;
	wait_until(order, ORDER_OUT, moment->now_us + MT5_ANSWER_US);
	return DO_SEND;
}

static enum mt5_order_do
send_confirmed(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	return try_to_send(order, true, moment, ret_why);
}

static enum mt5_order_do
send_again(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	return try_to_send(order, false, moment, ret_why);
}

static enum mt5_order_do
begin_sending(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	wait_until(order, ORDER_READY, moment->now_us);
	return try_to_send(order, true, moment, ret_why);
}

/* Nothing of it is ordered, nor will be by what is under way. */
static enum mt5_order_do
try_later(struct mt5_order *order, int64_t delay_us, const struct mt5_moment *moment)
{
	order->alone_us = moment->now_us;
	return wait_until(order, ORDER_READY, moment->now_us + delay_us);
}

/* It is asked after a while: what was ordered may take that long to show in the account. */
static enum mt5_order_do
doubt(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	if (order->state != ORDER_ASKED && order->state != ORDER_UNKNOWN)
		order->doubt_us = moment->now_us;
	return wait_until(order, ORDER_UNKNOWN, moment->now_us + MT5_CHECK_US);
}

static bool
is_given_up(const struct mt5_order *order, const struct mt5_moment *moment)
{
	return is_late(order, moment, MT5_GIVE_UP_US) &&
	    moment->now_us >= order->doubt_us + MT5_GIVE_UP_US;
}

static enum mt5_order_do
ask(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	if (is_given_up(order, moment))
		return end(order, DO_FAIL,
		    "it is not known what became of it: look at the account", ret_why);
	if (!moment->connected || moment->now_us < order->due_us)
		return DO_NOTHING;
	wait_until(order, ORDER_ASKED, moment->now_us + MT5_ANSWER_US);
	return DO_CHECK;
}

/* Of OUT and ASKED. */
static enum mt5_order_do
await_answer(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	if (!moment->connected)
		return doubt(order, retcode, moment, ret_why);
	if (moment->now_us < order->due_us)
		return DO_NOTHING;
	doubt(order, retcode, moment, ret_why);
	order->due_us = moment->now_us; /* it had time enough */
	return ask(order, retcode, moment, ret_why);
}

/* To a question.  What was sent before may still be taken up elsewhere. */
static enum mt5_order_do
take_not_ordered(struct mt5_order *order, const struct mt5_moment *moment, const char **ret_why)
{
	wait_until(order, ORDER_READY,
	    order->alone_us > moment->now_us ? order->alone_us : moment->now_us);
	return try_to_send(order, false, moment, ret_why);
}

/* The sending was too old, the action perhaps not. */
static enum mt5_order_do
take_expired(struct mt5_order *order, const struct mt5_moment *moment, const char **ret_why)
{
	if (is_late(order, moment, 0))
		return end_with_retcode(order, DO_FAIL, ret_why);
	return try_later(order, MT5_SOON_US, moment);
}

/* In READY nothing is under way: what says that it was not ordered is an answer from before. */
static bool
is_from_before(const struct mt5_order *order, enum mt5_retcode_class class)
{
	if (class == RETCODE_NOT_ORDERED)
		return order->state != ORDER_ASKED;
	return order->state == ORDER_READY &&
	    (class == RETCODE_SOON || class == RETCODE_LATER || class == RETCODE_EXPIRED);
}

static enum mt5_order_do
take_result(struct mt5_order *order, int64_t retcode, const struct mt5_moment *moment,
    const char **ret_why)
{
	enum mt5_retcode_class class = mt5_retcode_class(retcode);

	if (is_from_before(order, class))
		return DO_NOTHING;
	order->retcode = retcode;
	switch (class) {
	case RETCODE_DONE:
		return end_with_retcode(order, DO_DONE, ret_why);
	case RETCODE_STOP:
		return end_with_retcode(order, DO_FAIL, ret_why);
	case RETCODE_EXPIRED:
		return take_expired(order, moment, ret_why);
	case RETCODE_UNKNOWN:
		return doubt(order, retcode, moment, ret_why);
	case RETCODE_SOON:
		return try_later(order, MT5_SOON_US, moment);
	case RETCODE_LATER:
		return try_later(order, MT5_LATER_US, moment);
	case RETCODE_NOT_ORDERED:
		return take_not_ordered(order, moment, ret_why);
	}
	return DO_NOTHING;
}

/* ---- the table ---- */

typedef enum mt5_order_do order_step(struct mt5_order *order, int64_t retcode,
    const struct mt5_moment *moment, const char **ret_why);

/* NULL: nothing. */
static order_step *const steps[ORDER_STATES][ORDER_EVENTS] = {
	[ORDER_RECORDING] = {[EVENT_RECORDED] = begin_sending},
	[ORDER_READY] = {[EVENT_RECORDED] = send_confirmed, [EVENT_RESULT] = take_result,
	    [EVENT_TURN] = send_again},
	[ORDER_OUT] = {[EVENT_DISCONNECTED] = doubt, [EVENT_RESULT] = take_result,
	    [EVENT_TURN] = await_answer},
	[ORDER_UNKNOWN] = {[EVENT_RESULT] = take_result, [EVENT_TURN] = ask},
	[ORDER_ASKED] = {[EVENT_DISCONNECTED] = doubt, [EVENT_RESULT] = take_result,
	    [EVENT_TURN] = await_answer},
};

/* How long it has yet. */
static int64_t
life_of(int64_t expires_us, int64_t venue_us)
{
	if (expires_us <= venue_us)
		return 0;
	return expires_us - venue_us < MT5_LIFE_US ? expires_us - venue_us : MT5_LIFE_US;
}

void
mt5_order_begin(struct mt5_order *order, int64_t expires_us, bool found_sent,
    const struct mt5_moment *moment)
{
	int64_t now_us = moment->now_us;

	*order = (struct mt5_order){
		.state = found_sent ? ORDER_UNKNOWN : ORDER_RECORDING,
		.expires_us = expires_us,
		.deadline_us = now_us + life_of(expires_us, moment->venue_us),
		.alone_us = found_sent ? now_us + MT5_TAKE_US + MT5_CLOCKS_US : now_us,
		.due_us = now_us,
		.doubt_us = now_us,
		.retcode = MT5_RETCODE_NONE,
	};
}

enum mt5_order_do
mt5_order_event(struct mt5_order *order, enum mt5_order_event event, int64_t retcode,
    const struct mt5_moment *moment, const char **ret_why)
{
	order_step *step = steps[order->state][event];

	return step == NULL ? DO_NOTHING : step(order, retcode, moment, ret_why);
}
