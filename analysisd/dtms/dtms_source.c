#include "analysisd/dtms/dtms_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
dtms_source_finish(struct dtms_source *source)
{
	free(source->entries);
	free(source->accounts);
}

/* ---- trades ---- */

struct dtms_entry *
dtms_source_find(const struct dtms_source *source, const char *account, int64_t ticket)
{
	for (size_t i = 0; i < source->count; i++) {
		const struct dtms_entry *entry = &source->entries[i];

		if (entry->trade.ticket == ticket && !entry->over &&
		    strcmp(entry->trade.account, account) == 0)
			return &source->entries[i];
	}
	return NULL;
}

int
dtms_source_add(struct dtms_source *source, const struct dtms_shared *shared,
    const struct dtms_trade *trade, struct dtms_entry **ret)
{
	const struct dtms_account *account = dtms_source_find_account(source, trade->account);
	struct dtms_entry *entry;

	if (source->count == source->room) {
		size_t room = source->room == 0 ? 16 : 2 * source->room;

		entry = reallocarray(source->entries, room, sizeof(*entry));
		if (entry == NULL)
			return -ENOMEM;
		source->entries = entry;
		source->room = room;
	}
	entry = &source->entries[source->count++];
	*entry = (struct dtms_entry){.trade = *trade};
	entry->trade.symbol_id = dtms_watches_symbol(&shared->watches, source->name,
	    trade->symbol);
	entry->trade.netting = account != NULL && account->netting;
	*ret = entry;
	return 0;
}

void
dtms_source_drop_closed(struct dtms_source *source)
{
	size_t kept = 0;

	for (size_t i = 0; i < source->count; i++)
		if (source->entries[i].trade.state != DTMS_CLOSED)
			source->entries[kept++] = source->entries[i];
	source->count = kept;
}

/* ---- accounts ---- */

struct dtms_account *
dtms_source_find_account(const struct dtms_source *source, const char *name)
{
	for (size_t i = 0; i < source->account_count; i++)
		if (strcmp(source->accounts[i].name, name) == 0)
			return &source->accounts[i];
	return NULL;
}

int
dtms_source_account(struct dtms_source *source, const char *name, struct dtms_account **ret)
{
	struct dtms_account *account = dtms_source_find_account(source, name);

	if (account == NULL) {
		account = reallocarray(source->accounts, source->account_count + 1,
		    sizeof(*account));
		if (account == NULL)
			return -ENOMEM;
		source->accounts = account;
		account = &source->accounts[source->account_count++];
		snprintf(account->name, sizeof(account->name), "%s", name);
		account->netting = false;
		rails_start(&account->rails);
	}
	*ret = account;
	return 0;
}

int
dtms_source_take_account(struct dtms_source *source, const struct venue_account *said)
{
	struct dtms_account *account;
	int error = dtms_source_account(source, said->account, &account);

	if (error < 0)
		return error;
	account->netting = said->netting;
	account->rails.balance = said->balance;
	for (size_t i = 0; i < source->count; i++)
		if (strcmp(source->entries[i].trade.account, said->account) == 0)
			source->entries[i].trade.netting = said->netting;
	return 0;
}

int
dtms_source_count_closed(struct dtms_source *source, const struct venue_position *closed)
{
	const struct rails_closed counted = {
		.time_us = closed->time_us,
		.profit = closed->profit,
		.stopped = closed->reason != NULL && strcmp(closed->reason, "sl") == 0,
	};
	struct dtms_account *account;
	int error = dtms_source_account(source, closed->account, &account);

	if (error == 0)
		rails_add_closed(&account->rails, &counted);
	return error;
}

/* ---- from what is stored ---- */

struct load {
	struct dtms_source *source;
	struct dtms_shared *shared;
};

static int
load_trade(void *context, const struct dtms_trade *trade)
{
	const struct load *load = context;
	struct dtms_entry *entry;

	return dtms_source_add(load->source, load->shared, trade, &entry);
}

/* Rows that were taken in by an earlier run; returns 1 at the first that was not. */
static int
load_account(void *context, const struct venue_account *said)
{
	const struct load *load = context;

	if (said->seq > load->source->progress.accounts_seq)
		return 1;
	return dtms_source_take_account(load->source, said);
}

static int
load_position(void *context, const struct venue_position *position)
{
	const struct load *load = context;

	if (position->seq > load->source->progress.positions_seq)
		return 1;
	return position->kind == VENUE_CLOSED ? dtms_source_count_closed(load->source, position) : 0;
}

static int
load_accounts(struct load *load)
{
	const struct dtms_progress *progress = &load->source->progress;
	int result = 0;

	if (progress->accounts_seq > 0)
		result = venue_log_accounts(load->shared->log, load->source->name, 0, INT64_MAX,
		    load_account, load);
	if (result >= 0 && progress->positions_seq > 0)
		result = venue_log_positions(load->shared->log, load->source->name, 0, INT64_MAX,
		    load_position, load);
	return result < 0 ? result : 0;
}

/* ---- off ---- */

static int
note_off(void *context, const struct dtms_event *event)
{
	bool *off = context;

	if (event->kind == DTMS_OFF || event->kind == DTMS_ON)
		*off = event->kind == DTMS_OFF;
	return 0;
}

int
dtms_source_look_for_off(struct dtms_source *source, struct dtms_shared *shared)
{
	bool off = false;
	int result;

	if (shared->tools->past)
		return 0;
	result = dtms_store_events(shared->store, source->name, source->progress.events_seq,
	    INT64_MAX, note_off, &off);
	if (result >= 0)
		source->off_waits = off;
	return result < 0 ? result : 0;
}

/* A source that was never looked at is off where people had said so of all. */
static int
begin_progress(struct dtms_source *source, struct dtms_shared *shared)
{
	bool off = false;
	int result = dtms_store_events(shared->store, DTMS_ALL_SOURCES, 0, INT64_MAX, note_off,
	    &off);

	source->progress = (struct dtms_progress){.next_us = INT64_MIN, .off = off};
	return result < 0 ? result : 0;
}

int
dtms_source_load(struct dtms_source *source, struct dtms_shared *shared, size_t number)
{
	struct load load = {source, shared};
	int result;

	*source = (struct dtms_source){.name = shared->tools->table->sources.all[number].name,
		.number = number};
	result = dtms_store_read_progress(shared->store, source->name, &source->progress);
	if (result == 0)
		result = begin_progress(source, shared);
	if (result >= 0)
		result = load_accounts(&load);
	if (result >= 0)
		result = dtms_store_open_trades(shared->store, source->name, load_trade, &load);
	if (result >= 0)
		result = dtms_source_look_for_off(source, shared);
	return result < 0 ? result : 0;
}
