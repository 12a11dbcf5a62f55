#include "analysisd/dtms/dtms_answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysisd/dtms/dtms_events.h"
#include "analysisd/dtms/questions.h"
#include "common/control.h"

#define NO_TICKET 0 /* what a question was read into has another one */

static int64_t
clock_of(const struct dtms_asked *asked, const struct dtms_source *source)
{
	return sources_clock(&asked->shared->tools->table->sources, source->number);
}

static json_t *
fail(struct dtms_asked *asked, int error)
{
	asked->error = error;
	return NULL;
}

/* A refusal that there is no memory for must not look like none. */
static json_t *
refuse(struct dtms_asked *asked, json_t *refusal)
{
	return refusal != NULL ? refusal : fail(asked, -ENOMEM);
}

/* ---- storing ---- */

static int
end_transaction(const struct dtms_asked *asked, int error)
{
	struct database *db = asked->shared->tools->analysis_db;

	if (error == 0)
		error = database_execute(db, "COMMIT");
	if (error < 0 && !sqlite3_get_autocommit(database_handle(db)))
		(void)!database_execute(db, "ROLLBACK");
	return error;
}

static int
store_event(const struct dtms_asked *asked, const struct dtms_source *source,
    enum dtms_event_kind kind, struct dtms_trade *trade)
{
	int error = database_execute(asked->shared->tools->analysis_db, "BEGIN IMMEDIATE");

	return error < 0 ? error : end_transaction(asked,
	    dtms_events_add(asked->shared, source, kind, trade));
}

/* ---- symbols ---- */

/* Whether the market is what was named: SYMBOL, or SOURCE:SYMBOL. */
static bool
is_named(const struct market *market, const char *name)
{
	size_t length = strlen(market->walk->source);

	return strcmp(market->walk->symbol, name) == 0 ||
	    (strncmp(market->walk->source, name, length) == 0 && name[length] == ':' &&
		strcmp(market->walk->symbol, name + length + 1) == 0);
}

static json_t *
refuse_ambiguous(const struct market_table *table, const char *name)
{
	char choices[DTMS_CHOICES_MAX * 2 * TRADE_NAME_MAX] = "";
	size_t length = 0;
	int count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct market *market = &table->all[i];

		if (!is_named(market, name) || count++ >= DTMS_CHOICES_MAX)
			continue;
		length += (size_t)snprintf(choices + length, sizeof(choices) - length, "%s%s:%s",
		    length == 0 ? "" : ", ", market->walk->source, market->walk->symbol);
		if (length >= sizeof(choices))
			break;
	}
	return control_error("ambiguous-symbol", "%s is a symbol of %d sources: choose one of %s", name,
	    count, choices);
}

/* Returns how many there are of that name; the last one in *ret. */
static int
find_market(const struct market_table *table, const char *name, const struct market **ret)
{
	int count = 0;

	for (size_t i = 0; i < table->count; i++)
		if (is_named(&table->all[i], name)) {
			*ret = &table->all[i];
			count++;
		}
	return count;
}

/* ---- trades ---- */

/* NULL where no source has it. */
static struct dtms_entry *
find_trade(const struct dtms_asked *asked, const struct dtms_trade *trade,
    struct dtms_source **ret_source)
{
	for (size_t i = 0; i < asked->count; i++) {
		struct dtms_entry *entry = dtms_source_find(&asked->sources[i], trade->account,
		    trade->ticket);

		*ret_source = &asked->sources[i];
		if (entry != NULL)
			return entry;
	}
	return NULL;
}

/* Returns NULL where nothing waits for that ticket, and there is room for one more. */
static json_t *
refuse_waiting(struct dtms_asked *asked, const struct dtms_trade *trade, bool one_more)
{
	struct dtms_waiting waiting = {.of = trade, .newest_us = INT64_MIN};
	int64_t open = 0;

	for (size_t i = 0; i < asked->count; i++) {
		int error = dtms_events_waiting(asked->shared, &asked->sources[i], &waiting);

		if (error < 0)
			return fail(asked, error);
		open += (int64_t)asked->sources[i].count;
	}
	if (waiting.same)
		return refuse(asked, control_error("waiting", "what was asked of ticket %" PRId64
		    " of account %s waits for the next check: ask again after that", trade->ticket,
		    trade->account));
	if (one_more && open + waiting.enables >= DTMS_TRADES_MAX)
		return refuse(asked, control_error("too-many",
		    "%d trades are under watch: there is room for no more", DTMS_TRADES_MAX));
	return NULL;
}

/* Against what it could be dealt at now.  Returns NULL, or an error object. */
static json_t *
check_trade(struct dtms_asked *asked, const struct dtms_source *source,
    const struct dtms_trade *trade)
{
	struct market_quote quote;
	struct problem problem;
	int result = market_reader_quote(asked->shared->tools->reader, trade->symbol_id, INT64_MAX,
	    &quote);

	if (result < 0)
		return fail(asked, result);
	if (result == 0 || clock_of(asked, source) == TICK_NONE)
		return refuse(asked, control_error("no-ticks",
		    "%s:%s has no ticks: it cannot be watched", trade->source, trade->symbol));
	if (dtms_trade_check(trade, quote.bid_e8, quote.ask_e8, &problem) < 0)
		return refuse(asked, control_error("bad-request", "%s", problem.text));
	return NULL;
}

static json_t *
refuse_watched(const struct dtms_trade *trade)
{
	return control_error("already-watched", "ticket %" PRId64 " of account %s is under watch"
	    " already, on %s:%s", trade->ticket, trade->account, trade->source, trade->symbol);
}

/* ---- the questions ---- */

/* Returns NULL with *trade named as its symbol is stored, or an error object. */
static json_t *
name_trade(struct dtms_asked *asked, struct dtms_trade *trade,
    const struct dtms_source **ret_source)
{
	const struct market_table *table = asked->shared->tools->table;
	const struct market *market = NULL;
	int count = find_market(table, trade->symbol, &market);

	if (market == NULL)
		return refuse(asked,
		    control_error("unknown-symbol", "there is no symbol %s", trade->symbol));
	if (count > 1)
		return refuse(asked, refuse_ambiguous(table, trade->symbol));
	snprintf(trade->source, sizeof(trade->source), "%s", market->walk->source);
	snprintf(trade->symbol, sizeof(trade->symbol), "%s", market->walk->symbol);
	trade->symbol_id = market->walk->symbol_id;
	*ret_source = &asked->sources[market->source];
	return NULL;
}

static json_t *
answer_enable(struct dtms_asked *asked, const json_t *request)
{
	const struct dtms_source *source;
	struct dtms_source *other;
	const struct dtms_entry *known;
	struct dtms_trade trade = {.ticket = NO_TICKET};
	json_t *refusal = dtms_question_trade(request, &trade);

	if (trade.ticket == NO_TICKET)
		return refuse(asked, refusal);
	refusal = name_trade(asked, &trade, &source);
	if (refusal != NULL || asked->error < 0)
		return refusal;
	known = find_trade(asked, &trade, &other);
	if (known != NULL)
		return refuse_watched(&known->trade);
	refusal = refuse_waiting(asked, &trade, true);
	if (refusal == NULL && asked->error == 0)
		refusal = check_trade(asked, source, &trade);
	if (refusal != NULL || asked->error < 0)
		return refusal;
	asked->error = store_event(asked, source, DTMS_ENABLE, &trade);
	return asked->error < 0 ? NULL : dtms_trade_json(&trade);
}

static json_t *
answer_disable(struct dtms_asked *asked, const json_t *request)
{
	struct dtms_source *source;
	struct dtms_entry *entry;
	struct dtms_trade trade = {.ticket = NO_TICKET};
	json_t *refusal = dtms_question_ticket(request, &trade);

	if (trade.ticket == NO_TICKET)
		return refuse(asked, refusal);
	refusal = refuse_waiting(asked, &trade, false);
	if (refusal != NULL || asked->error < 0)
		return refusal;
	entry = find_trade(asked, &trade, &source);
	if (entry == NULL)
		return control_error("unknown-trade", "no ticket %" PRId64 " of account %s is under"
		    " watch", trade.ticket, trade.account);
	asked->error = store_event(asked, source, DTMS_DISABLE, &trade);
	return asked->error < 0 ? NULL : dtms_trade_json(&entry->trade);
}

/* Of all sources, those without a clock too, and of those that come later. */
static int
switch_sources(struct dtms_asked *asked, enum dtms_event_kind kind)
{
	int result = 0;

	for (size_t i = 0; i < asked->count && result >= 0; i++) {
		const struct dtms_source *source = &asked->sources[i];

		result = dtms_events_add(asked->shared, source, kind, NULL);
		if (result >= 0 && kind == DTMS_OFF)
			result = dtms_store_skip_pending(asked->shared->store, source->name,
			    NULL, "DTMS is off");
	}
	/* Last: what was said of all before the first word of its own is what a source began with. */
	if (result >= 0)
		result = dtms_events_add(asked->shared, NULL, kind, NULL);
	return result < 0 ? result : 0;
}

static json_t *
answer_switch(struct dtms_asked *asked, enum dtms_event_kind kind)
{
	struct database *db = asked->shared->tools->analysis_db;
	int error = database_execute(db, "BEGIN IMMEDIATE");

	if (error == 0)
		error = end_transaction(asked, switch_sources(asked, kind));
	/* It is the newest that waits. */
	for (size_t i = 0; i < asked->count && error == 0; i++)
		asked->sources[i].off_waits = kind == DTMS_OFF;
	asked->error = error;
	return error < 0 ? NULL : json_pack("{s:b}", "off", kind == DTMS_OFF);
}

static json_t *
refuse_members(const json_t *request)
{
	return json_object_size(request) == 1 ? NULL :
	    control_error("bad-request", "this question has no members beside the command");
}

static json_t *
answer_off(struct dtms_asked *asked, const json_t *request)
{
	json_t *refusal = refuse_members(request);

	return refusal != NULL ? refusal : answer_switch(asked, DTMS_OFF);
}

static json_t *
answer_on(struct dtms_asked *asked, const json_t *request)
{
	json_t *refusal = refuse_members(request);

	return refusal != NULL ? refusal : answer_switch(asked, DTMS_ON);
}

static json_t *
answer_status(struct dtms_asked *asked, const json_t *request)
{
	json_t *refusal = refuse_members(request), *trades;
	bool off = false, failed = false;

	if (refusal != NULL)
		return refusal;
	trades = json_array();
	for (size_t i = 0; i < asked->count; i++) {
		const struct dtms_source *source = &asked->sources[i];

		off |= source->progress.off || source->off_waits;
		for (size_t k = 0; k < source->count; k++)
			failed |= json_array_append_new(trades,
			    dtms_trade_json(&source->entries[k].trade)) < 0;
	}
	if (failed) {
		json_decref(trades);
		return NULL;
	}
	return json_pack("{s:o, s:b, s:o}", "trades", trades, "off", off, "last_instant",
	    asked->last_instant_us == TICK_NONE ? json_null() :
						  json_integer(asked->last_instant_us));
}

json_t *
dtms_answer_question(struct dtms_asked *asked, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(struct dtms_asked *asked, const json_t *request);
	} table[] = {
		{"dtms-enable", answer_enable},
		{"dtms-disable", answer_disable},
		{"dtms-off", answer_off},
		{"dtms-on", answer_on},
		{"dtms-status", answer_status},
	};
	const char *command = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; command != NULL && i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(command, table[i].name) == 0)
			return table[i].answer(asked, request);
	return control_error("unknown-command", "expected one of the commands dtms-enable, "
	    "dtms-disable, dtms-off, dtms-on and dtms-status");
}
