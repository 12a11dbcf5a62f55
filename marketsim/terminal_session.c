#include "marketsim/terminal_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "marketsim/terminal_lines.h"

void
session_begin(struct terminal_session *session, const char *token, int64_t now_us,
    int64_t monotonic_us, struct body *out)
{
	session->welcome = false;
	session->turn = 0;
	session->ticks_due_us = 0;
	session->told_us = monotonic_us - SESSION_EVERY_US;
	session->heard_us = monotonic_us;
	session->cut_at_action = false;
	memset(session->symbols, 0, sizeof(session->symbols));
	terminal_lines_hello(out, session->market, session->options, token, now_us);
}

/* ---- welcome ---- */

/* Goes on behind the first `count` ticks of that millisecond. */
static void
resume_behind(struct session_symbol *symbol, int64_t time_us, int64_t count)
{
	while (symbol->tick.time_us == time_us && symbol->tick.place < count)
		tick_walk_next(&symbol->walk, &symbol->tick);
}

/* Candles up to the one in which the ticks begin; history goes as far back as the exchange's. */
static void
want_bars(struct terminal_session *session, int number, int64_t server_s, int64_t begin_us)
{
	const struct terminal_market *market = session->market;
	struct session_symbol *symbol = &session->symbols[number];
	int64_t from_us = terminal_clock_utc(&market->clock, server_s * CLOCK_SECOND_US);
	int64_t oldest_us = market->start_us - market->history_us;

	symbol->bars_wanted = true;
	bar_walk_begin(&symbol->bars, market, number, from_us > oldest_us ? from_us : oldest_us,
	    begin_us - begin_us % TERMINAL_BAR_US);
}

static void
welcome_symbol(struct terminal_session *session, int number, const json_t *welcome,
    int64_t now_us)
{
	const struct terminal_market *market = session->market;
	struct session_symbol *symbol = &session->symbols[number];
	const char *name = market->symbols[number].name;
	const json_t *mark = json_object_get(json_object_get(welcome, "resume"), name);
	const json_t *bars = json_object_get(json_object_get(welcome, "bars"), name);
	int64_t server_ms = json_integer_value(json_object_get(mark, "time_msc"));
	int64_t begin_us = now_us - now_us % TERMINAL_BAR_US;

	if (mark != NULL)
		begin_us = terminal_clock_utc(&market->clock, server_ms * CLOCK_MS_US);
	tick_walk_begin(&symbol->walk, market, number, begin_us, false);
	tick_walk_next(&symbol->walk, &symbol->tick);
	if (mark != NULL)
		resume_behind(symbol, begin_us,
		    json_integer_value(json_object_get(mark, "count_in_ms")));
	symbol->from_us = begin_us;
	symbol->welcome = true;
	if (json_is_integer(bars))
		want_bars(session, number, json_integer_value(bars), begin_us);
}

static void
tell_closed(struct terminal_session *session, const struct terminal_deal *deal, struct body *out)
{
	terminal_lines_closed(out, session->market, deal);
	session->figures->closed++;
}

/* Tickd believes it open: if it is not, here is what became of it, as far as we know. */
static void
tell_fate(struct terminal_session *session, int64_t ticket, int64_t now_us, struct body *out)
{
	const struct terminal_deal *known = terminal_positions_deal(session->positions, ticket);
	struct terminal_deal deal = { .ticket = ticket, .time_us = now_us, .reason = "client" };

	if (terminal_positions_find(session->positions, ticket) != NULL)
		return;
	if (known != NULL)
		deal = *known;
	else
		terminal_demo_fate(session->demo, ticket, now_us, &deal);
	tell_closed(session, &deal, out);
}

static void
take_welcome(struct terminal_session *session, const json_t *welcome, int64_t now_us,
    struct body *out)
{
	const json_t *open = json_object_get(welcome, "open");

	for (int i = 0; i < session->market->count; i++)
		welcome_symbol(session, i, welcome, now_us);
	for (size_t i = 0; i < json_array_size(open); i++)
		tell_fate(session, json_integer_value(json_array_get(open, i)), now_us, out);
	session->deals_told = session->positions->deal_count;
	session->welcome = true;
	session->figures->welcomes++;
}

/* ---- what follows ---- */

static void
take_ack(struct terminal_session *session, const json_t *ack)
{
	const char *name = json_string_value(json_object_get(ack, "symbol"));
	int symbol = name != NULL ? terminal_market_find(session->market, name) : -1;
	int64_t seq = json_integer_value(json_object_get(ack, "seq"));

	session->figures->acks++;
	if (symbol < 0)
		return;
	if (seq > session->symbols[symbol].acked && seq <= session->symbols[symbol].sent)
		session->symbols[symbol].acked = seq;
}

static int
take_action(struct terminal_session *session, const json_t *action, int64_t now_us,
    struct body *out, struct problem *problem)
{
	struct terminal_result result;

	if (!terminal_orders_act(session->orders, action, now_us, &result))
		return problem_set(problem, -EPROTO, "an action without a good token or action_id");
	if (session->cut_at_action)
		return problem_set(problem, -ECONNABORTED, "cut behind an action, on purpose");
	terminal_lines_result(out, json_string_value(json_object_get(action, "action_id")),
	    &result);
	session->figures->results++;
	return 0;
}

static void
take_error(struct terminal_session *session, const json_t *error)
{
	const char *code = json_string_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));

	session->figures->errors++;
	snprintf(session->figures->last_error, sizeof(session->figures->last_error), "%s: %s",
	    code != NULL ? code : "no code", message != NULL ? message : "");
}

static int
take_message(struct terminal_session *session, const json_t *message, int64_t now_us,
    struct body *out, struct problem *problem)
{
	const char *type = json_string_value(json_object_get(message, "type"));

	if (type == NULL)
		return problem_set(problem, -EPROTO, "tickd sent a line without a type");
	if (strcmp(type, "error") == 0)
		take_error(session, message);
	else if (strcmp(type, "welcome") == 0 && !session->welcome)
		take_welcome(session, message, now_us, out);
	else if (strcmp(type, "ack") == 0)
		take_ack(session, message);
	else if (strcmp(type, "action") == 0 && session->welcome)
		return take_action(session, message, now_us, out, problem);
	return 0; /* a pong has been heard; what is unknown is passed over */
}

int
session_line(struct terminal_session *session, const char *line, size_t length, int64_t now_us,
    int64_t monotonic_us, struct body *out, struct problem *problem)
{
	json_t *message = json_loadb(line, length, 0, NULL);
	int error;

	session->heard_us = monotonic_us;
	if (message == NULL)
		return problem_set(problem, -EPROTO, "tickd sent a line that is not JSON");
	error = take_message(session, message, now_us, out, problem);
	json_decref(message);
	return error;
}

bool
session_is_silent(const struct terminal_session *session, int64_t monotonic_us)
{
	return monotonic_us - session->heard_us > SESSION_SILENCE_US;
}

/* ---- what is due ---- */

static void
tell_account(struct terminal_session *session, struct body *out)
{
	terminal_lines_account(out, session->positions);
	terminal_lines_positions(out, session->positions, ++session->positions_seq);
	session->changes_told = session->positions->changes;
	session->balance_told = session->positions->balance_e8;
}

/* Deals that are no longer remembered are left out: the report of positions tells it too. */
static void
tell_deals(struct terminal_session *session, struct body *out)
{
	const struct terminal_positions *positions = session->positions;

	if (session->deals_told < positions->deal_count - TERMINAL_DEALS_MAX)
		session->deals_told = positions->deal_count - TERMINAL_DEALS_MAX;
	for (; session->deals_told < positions->deal_count; session->deals_told++)
		tell_closed(session, &positions->deals[session->deals_told % TERMINAL_DEALS_MAX],
		    out);
}

static void
tell_what_changed(struct terminal_session *session, int64_t now_us, int64_t monotonic_us,
    struct body *out)
{
	bool due = monotonic_us - session->told_us >= SESSION_EVERY_US;

	tell_deals(session, out);
	if (due || session->positions->changes != session->changes_told ||
	    session->positions->balance_e8 != session->balance_told)
		tell_account(session, out);
	if (!due)
		return;
	terminal_lines_ping(out, session->market, now_us);
	session->told_us = monotonic_us;
}

static void
send_bars(struct terminal_session *session, int number, struct body *out)
{
	struct session_symbol *symbol = &session->symbols[number];
	const struct terminal_symbol *of = &session->market->symbols[number];
	struct terminal_bar bar;
	int count = 0;

	terminal_lines_begin_bars(out, of->name);
	while (count < SESSION_LINE_BARS && bar_walk_next(&symbol->bars, &bar))
		terminal_lines_add_bar(out, of, &bar, count++ == 0);
	symbol->bars_wanted = count == SESSION_LINE_BARS;
	terminal_lines_end_bars(out, !symbol->bars_wanted);
	session->figures->bars += count;
}

/* True: there are more than go into a line. */
static bool
send_ticks(struct terminal_session *session, int number, int64_t now_us, struct body *out)
{
	struct session_symbol *symbol = &session->symbols[number];
	struct terminal_tick *tick = &symbol->tick;
	int count = 0;

	terminal_lines_begin_ticks(out, session->market, number, ++symbol->sent, tick->place,
	    symbol->from_us, now_us);
	symbol->from_us = 0;
	for (; count < SESSION_LINE_TICKS && tick->time_us <= now_us; count++) {
		terminal_lines_add_tick(out, session->market, number, tick, count == 0);
		tick_walk_next(&symbol->walk, tick);
	}
	terminal_lines_end_ticks(out);
	session->figures->ticks[number] += count;
	session->figures->lines++;
	return tick->time_us <= now_us;
}

static int64_t
lines_unacknowledged(const struct terminal_session *session)
{
	int64_t lines = 0;

	for (int i = 0; i < session->market->count; i++)
		lines += session->symbols[i].sent - session->symbols[i].acked;
	return lines;
}

/* A line for each symbol that has ticks, while there may be another one.  True: there is more. */
static bool
send_all_ticks(struct terminal_session *session, int64_t now_us, struct body *out)
{
	int count = session->market->count;
	int64_t lines = lines_unacknowledged(session);
	size_t begun = out->length;
	bool more = false;

	for (int i = 0; i < count && lines < SESSION_LINES_MAX; i++) {
		int number = (session->turn + i) % count;

		if (session->symbols[number].tick.time_us > now_us)
			continue;
		if (out->length - begun >= SESSION_FILL_BYTES) {
			session->turn = number;
			return true;
		}
		more |= send_ticks(session, number, now_us, out);
		lines++;
	}
	session->turn = (session->turn + 1) % count;
	return more;
}

bool
session_fill(struct terminal_session *session, int64_t now_us, int64_t monotonic_us,
    struct body *out)
{
	int64_t every_us = session->options->flood > 0 ? SESSION_FLOOD_US : SESSION_TICKS_US;

	if (!session->welcome)
		return false;
	tell_what_changed(session, now_us, monotonic_us, out);
	for (int i = 0; i < session->market->count; i++)
		if (session->symbols[i].bars_wanted) {
			send_bars(session, i, out);
			return true;
		}
	if (monotonic_us < session->ticks_due_us)
		return false;
	if (send_all_ticks(session, now_us, out))
		return true;
	session->ticks_due_us = monotonic_us + every_us;
	return false;
}
