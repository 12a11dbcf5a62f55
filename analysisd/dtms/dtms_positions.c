#include "analysisd/dtms/dtms_positions.h"

#include <stdio.h>
#include <string.h>

#include "analysisd/dtms/actions.h"

#define TOKEN_PREFIX "tdm" /* see dtms_action_token() */
#define TOKEN_DIGITS 16

int
dtms_intake_tell(struct dtms_shared *shared, const struct dtms_trade *trade, bool alert,
    int64_t now_us, const char *reason)
{
	const struct dtms_news news = {
		.alert = alert,
		.source = trade->source,
		.symbol = trade->symbol,
		.account = trade->account,
		.reason = reason,
		.ticket = trade->ticket,
		.time_us = now_us,
	};

	shared->alerts += alert;
	return news_queue_add(&shared->news, &news);
}

/* ---- trades begin and end ---- */

/* Returns 1 where another source watches that ticket, and people are told; 0, -errno. */
static int
refuse_second(const struct dtms_intake *intake, const struct dtms_trade *trade)
{
	char source[TRADE_NAME_MAX], reason[2 * TRADE_NAME_MAX];
	int result = dtms_store_find_elsewhere(intake->shared->store, trade, source);

	if (result != 1)
		return result;
	snprintf(reason, sizeof(reason), "%s watches that ticket already: it is not watched here",
	    source);
	result = dtms_intake_tell(intake->shared, trade, true, intake->now_us, reason);
	return result < 0 ? result : 1;
}

int
dtms_intake_begin(const struct dtms_intake *intake, const struct dtms_trade *trade,
    int64_t registered_us)
{
	struct dtms_entry *entry;
	int error = refuse_second(intake, trade);

	if (error != 0)
		return error < 0 ? error : 0;
	error = dtms_source_add(intake->source, intake->shared, trade, &entry);
	if (error < 0)
		return error;
	dtms_trade_start(&entry->trade, registered_us);
	entry->changed = true;
	if (entry->trade.symbol_id != TICK_NONE)
		return 0;
	return dtms_intake_tell(intake->shared, &entry->trade, false, intake->now_us,
	    "nothing is stored of its symbol: it is registered, and watched once there are ticks");
}

void
dtms_intake_end(struct dtms_entry *entry, const char *reason)
{
	entry->over = true;
	snprintf(entry->trade.closed_reason, sizeof(entry->trade.closed_reason), "%s", reason);
}

/* ---- positions that our own actions opened ---- */

static void
set_hedge(struct dtms_entry *parent, int64_t ticket, int64_t volume_e8)
{
	parent->trade.hedge_ticket = ticket;
	parent->trade.hedge_volume_e8 = volume_e8;
	parent->changed = true;
}

/* NULL where it is closed, or another one of that ticket is open. */
static struct dtms_entry *
find_parent(const struct dtms_intake *intake, const struct dtms_adopted *adopted)
{
	struct dtms_entry *entry = dtms_source_find(intake->source, adopted->account,
	    adopted->parent_ticket);

	return entry != NULL && entry->trade.registered_us == adopted->parent_registered_us ?
	    entry : NULL;
}

/* Returns false where the comment does not begin with a token of ours. */
static bool
read_token(const char *comment, char ret[static ACTION_TOKEN_SIZE])
{
	size_t prefix = strlen(TOKEN_PREFIX);

	if (strncmp(comment, TOKEN_PREFIX, prefix) != 0 ||
	    strspn(comment + prefix, "0123456789abcdef") < TOKEN_DIGITS)
		return false;
	snprintf(ret, ACTION_TOKEN_SIZE, "%.*s", (int)(prefix + TOKEN_DIGITS), comment);
	return true;
}

/* Nobody's any more: people have to know of it. */
static int
tell_orphan(const struct dtms_intake *intake, const struct venue_position *position,
    const char *why)
{
	struct dtms_trade orphan = {.ticket = position->ticket};

	snprintf(orphan.account, sizeof(orphan.account), "%s", position->account);
	snprintf(orphan.source, sizeof(orphan.source), "%s", intake->source->name);
	snprintf(orphan.symbol, sizeof(orphan.symbol), "%s", position->symbol);
	return dtms_intake_tell(intake->shared, &orphan, true, intake->now_us, why);
}

/* What is open again is no longer closed: it is not re-added a second time. */
static void
add_volume(struct dtms_trade *trade, int64_t volume_e8)
{
	trade->current_volume_e8 += volume_e8;
	trade->closed_volume_e8 -= volume_e8;
	if (trade->closed_volume_e8 < 0)
		trade->closed_volume_e8 = 0;
}

/* It belongs to the trade from now on, if that is open still. */
static int
adopt_for(const struct dtms_intake *intake, const struct dtms_adopted *adopted,
    const struct venue_position *position)
{
	struct dtms_entry *parent = find_parent(intake, adopted);
	int error = dtms_store_write_adopted(intake->shared->store, adopted);

	if (error < 0)
		return error;
	if (parent == NULL)
		return tell_orphan(intake, position, "it was opened for a trade that was closed in the "
						     "meantime: close it by hand");
	if (adopted->hedge)
		set_hedge(parent, position->ticket, position->volume_e8);
	else
		add_volume(&parent->trade, position->volume_e8);
	parent->changed = true;
	return 0;
}

/* Returns 1 where the position is one of ours, 0, -errno. */
static int
adopt(const struct dtms_intake *intake, const struct venue_position *position)
{
	struct dtms_adopted adopted = {.ticket = position->ticket, .volume_e8 = position->volume_e8,
		.opened_us = position->time_us, .closed_us = TICK_NONE};
	char token[ACTION_TOKEN_SIZE];
	enum dtms_action action = ACTION_NONE;
	int result;

	if (!read_token(position->comment, token))
		return 0;
	result = dtms_store_find_token(intake->shared->store, intake->source->name, token,
	    &adopted.parent_ticket, &adopted.parent_registered_us, &action);
	if (result < 0)
		return result;
	snprintf(adopted.source, sizeof(adopted.source), "%s", intake->source->name);
	snprintf(adopted.account, sizeof(adopted.account), "%s", position->account);
	adopted.hedge = action == ACTION_OPEN_HEDGE;
	if (result == 1)
		result = adopt_for(intake, &adopted, position);
	else
		result = tell_orphan(intake, position, "it carries a token of ours, and no action of "
						       "that token is known: it is not watched");
	return result < 0 ? result : 1;
}

/* What is open of it now: 0 once it is closed. */
static int
change_adopted(const struct dtms_intake *intake, struct dtms_adopted *adopted,
    const struct venue_position *position)
{
	struct dtms_entry *parent = find_parent(intake, adopted);
	bool closed = position->kind == VENUE_CLOSED;
	int64_t volume_e8 = closed ? 0 : position->volume_e8;
	/* What is closed was taken off already. */
	int64_t before_e8 = adopted->closed_us == TICK_NONE ? adopted->volume_e8 : 0;

	if (closed && adopted->closed_us != TICK_NONE)
		return 0; /* said again */
	if (parent != NULL) {
		if (!adopted->hedge)
			parent->trade.current_volume_e8 += volume_e8 - before_e8;
		else if (parent->trade.hedge_ticket == position->ticket)
			set_hedge(parent, closed ? TICK_NONE : position->ticket,
			    closed ? TICK_NONE : volume_e8);
		if (adopted->hedge && closed && parent->trade.state == DTMS_HEDGED)
			parent->trade.hedge_lost = true;
		parent->changed = true;
	}
	adopted->closed_us = closed ? position->time_us : TICK_NONE;
	if (!closed)
		adopted->volume_e8 = volume_e8;
	return dtms_store_write_adopted(intake->shared->store, adopted);
}

/* ---- positions ---- */

static int
open_position(const struct dtms_intake *intake, const struct venue_position *position)
{
	struct dtms_trade trade = {
		.ticket = position->ticket,
		.direction = position->direction,
		.venue = true,
		.entry_e8 = position->price_open_e8,
		.initial_volume_e8 = position->volume_e8,
		.stop_loss_e8 = position->stop_loss_e8,
		.take_profit_e8 = position->take_profit_e8,
		.initial_stop_loss_e8 = TICK_NONE,
	};
	int result = adopt(intake, position);

	if (result != 0)
		return result < 0 ? result : 0;
	snprintf(trade.account, sizeof(trade.account), "%s", position->account);
	snprintf(trade.source, sizeof(trade.source), "%s", intake->source->name);
	snprintf(trade.symbol, sizeof(trade.symbol), "%s", position->symbol);
	return dtms_intake_begin(intake, &trade, position->time_us);
}

/* Of a trade that people enabled the venue's word counts from now on. */
static int
change_trade(const struct dtms_intake *intake, struct dtms_entry *entry,
    const struct venue_position *position)
{
	struct dtms_trade *trade = &entry->trade;
	int error = dtms_store_read_re_adds(intake->shared->store, trade);
	int64_t change_e8;

	if (error < 0)
		return error;
	change_e8 = position->volume_e8 - dtms_trade_own_volume(trade);
	trade->current_volume_e8 += change_e8;
	if (change_e8 < 0)
		trade->closed_volume_e8 -= change_e8;
	trade->stop_loss_e8 = position->stop_loss_e8;
	trade->take_profit_e8 = position->take_profit_e8;
	dtms_trade_note_stop(trade);
	trade->venue = true;
	entry->changed = true;
	return 0;
}

static int
close_trade(const struct dtms_intake *intake, struct dtms_entry *entry,
    const struct venue_position *position)
{
	int error = dtms_store_read_re_adds(intake->shared->store, &entry->trade);

	dtms_intake_end(entry, position->reason == NULL ? "" : position->reason);
	if (error < 0 || entry->trade.re_adds.count == 0)
		return error;
	return dtms_intake_tell(intake->shared, &entry->trade, true, intake->now_us,
	    "it is closed, and what was re-added to it is open still: close it by hand");
}

static int
take_known_position(const struct dtms_intake *intake, const struct venue_position *position)
{
	struct dtms_entry *entry = dtms_source_find(intake->source, position->account,
	    position->ticket);
	struct dtms_adopted adopted;
	int result;

	if (entry != NULL)
		return position->kind == VENUE_CLOSED ? close_trade(intake, entry, position) :
							change_trade(intake, entry, position);
	result = dtms_store_find_adopted(intake->shared->store, intake->source->name,
	    position->account, position->ticket, &adopted);
	if (result == 1)
		return change_adopted(intake, &adopted, position);
	if (result == 0 && position->kind == VENUE_OPEN)
		return open_position(intake, position);
	return result; /* 0: a trade that is no longer watched */
}

int
dtms_positions_take(void *context, const struct venue_position *position)
{
	const struct dtms_intake *intake = context;
	int error = take_known_position(intake, position);

	if (error == 0 && position->kind == VENUE_CLOSED)
		error = dtms_source_count_closed(intake->source, position);
	intake->source->progress.positions_seq = position->seq;
	return error;
}
