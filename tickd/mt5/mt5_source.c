#define _GNU_SOURCE
#include "tickd/mt5/mt5_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_source_state.h"

#define TOLD 20		 /* sentences about terminals, a minute */
#define REFUSALS_TOLD 3 /* about what cannot be stored */

/* ---- the session ---- */

static void
leave(struct mt5_source *source)
{
	if (source->session != NO_SESSION)
		mt5_orders_disconnected(source->orders);
	source->session = source->opening = NO_SESSION;
	source->paused = false;
	source->per_second = 0;
	source->account_due = false;
	mt5_held_clear(&source->held);
	mt5_item_free(source->next_open);
	source->next_open = NULL;
}

void
source_end(struct mt5_source *source, const char *code, const char *sentence)
{
	uint64_t session = source->session != NO_SESSION ? source->session : source->opening;

	mt5_notes_tell(&source->notes, LOG_WARNING, "terminal-ended",
	    "the terminal's connection is ended: %s", sentence);
	leave(source);
	source->hooks.end(source->hooks.context, session, code, sentence);
}

void
source_write(struct mt5_source *source, char *line)
{
	if (line == NULL)
		source_end(source, "stopping", "out of memory");
	else
		source->hooks.write(source->hooks.context, source->session, line);
}

/* Whether what waits for the disk, or for the clock, takes a part-th of all the room. */
static bool
takes(const struct mt5_source *source, size_t part)
{
	return mt5_writer_rows(source->writer) + source->held.rows >= MT5_ROWS_WAITING / part ||
	    mt5_writer_items(source->writer) >= MT5_ITEMS_WAITING / part ||
	    source->held.count >= MT5_HELD_MAX / part;
}

/* Not read while there is no room; once paused, until half of it is free. */
static void
set_pause(struct mt5_source *source)
{
	bool pause = takes(source, source->paused ? 2 : 1);

	if (source->session == NO_SESSION || pause == source->paused)
		return;
	source->paused = pause;
	source->hooks.pause(source->hooks.context, source->session, pause);
}

bool
source_add(struct mt5_source *source, struct mt5_item *item)
{
	if (mt5_writer_add(source->writer, item))
		return true;
	source_end(source, "stopping", "out of memory");
	return false;
}

void
mt5_source_message(struct mt5_source *source, uint64_t session, const struct mt5_message *message)
{
	if (session != source->session || !source_hear(source, &message->clocks))
		return;
	source_take_message(source, message);
	set_pause(source);
}

/* ---- hello ---- */

static bool
is_of_account(const struct mt5_source *source, const struct mt5_hello *hello)
{
	return strcmp(hello->account, source->login) == 0 &&
	    strcmp(hello->server, source->server) == 0;
}

static void
refuse_account(struct mt5_source *source, uint64_t session, const struct mt5_hello *hello)
{
	struct problem problem;

	problem_set(&problem, -EPERM, "the source %s is in use by account %s at %s: give this "
	    "account a section [mt5.NAME] of its own", source->account->source, source->login,
	    source->server);
	mt5_notes_tell(&source->notes, LOG_WARNING, "terminal-refused",
	    "the terminal of account %s at %s is refused: %s", hello->account, hello->server,
	    problem.text);
	source->hooks.end(source->hooks.context, session, "account", problem.text);
}

/* One at a time: who says hello in a loop while the disk is full fills no memory with it. */
static void
open_next(struct mt5_source *source)
{
	struct mt5_item *item = source->next_open;

	if (item == NULL || source->open_under_way)
		return;
	source->next_open = NULL;
	source->open_under_way = true;
	(void)source_add(source, item);
}

void
mt5_source_hello(struct mt5_source *source, uint64_t session, const struct mt5_hello *hello,
    const struct mt5_clocks *clocks)
{
	uint64_t older = source->session != NO_SESSION ? source->session : source->opening;

	if (older != NO_SESSION && !is_of_account(source, hello)) {
		refuse_account(source, session, hello);
		return;
	}
	if (older != NO_SESSION)
		source_end(source, "replaced", "the same account has connected again");
	source->opening = session;
	memcpy(source->login, hello->account, sizeof(source->login));
	memcpy(source->server, hello->server, sizeof(source->server));
	source->next_open = mt5_item_open(session, hello, clocks, clock_monotonic_us());
	if (source->next_open == NULL)
		source_end(source, "stopping", "out of memory");
	open_next(source);
}

/* Broker's seconds of where history is wanted from. */
static int64_t
bars_from(const struct mt5_source *source, int64_t from_us)
{
	return from_us == TICK_NONE ? TICK_NONE :
	    broker_time_server(&source->clock.time, from_us) / CLOCK_SECOND_US;
}

static char *
compose_welcome(const struct mt5_source *source, const struct mt5_opened *opened)
{
	struct mt5_welcome_symbol *symbols = calloc(opened->symbol_count + 1, sizeof(*symbols));
	const struct mt5_welcome welcome = {
		.source = source->account->source,
		.symbols = symbols,
		.symbol_count = opened->symbol_count,
		.open = opened->open,
		.open_count = opened->open_count,
		.execute = source->account->mode == MODE_EXECUTE,
	};
	char *line;

	if (symbols == NULL)
		return NULL;
	for (size_t i = 0; i < opened->symbol_count; i++)
		symbols[i] = (struct mt5_welcome_symbol){source->symbols.all[i].name,
			opened->marks[i], bars_from(source, opened->bars_from_us[i])};
	line = mt5_reply_welcome(&welcome);
	free(symbols);
	return line;
}

static void
welcome(struct mt5_source *source, const struct mt5_item *item)
{
	const struct mt5_opened *opened = &item->open.opened;

	source->session = item->session;
	source->opening = NO_SESSION;
	source->welcome_us = clock_monotonic_us();
	source->connects++;
	mt5_notes_tell(&source->notes, LOG_NOTICE, "terminal-welcome",
	    "the terminal of account %s at %s is connected, with %zu symbols and %zu open "
	    "positions", source->login, source->server, opened->symbol_count, opened->open_count);
	source_write(source, compose_welcome(source, opened));
	if (source->session == NO_SESSION)
		return;
	mt5_orders_connected(source->orders, opened->account);
	source->hooks.pause(source->hooks.context, source->session, false);
}

/* What is known of its clock and symbols.  False: it was ended. */
static bool
take_opened(struct mt5_source *source, const struct mt5_item *item)
{
	enum broker_clock clock;

	source->clock.time = item->open.opened.time;
	clock = mt5_clock_hear(&source->clock, &item->open.clocks, item->open.heard_us);
	if (clock == BROKER_CLOCK_ABSURD) {
		source_end(source, "clock", CLOCK_ABSURD);
		return false;
	}
	mt5_symbols_finish(&source->symbols);
	if (mt5_symbols_init(&source->symbols, item->open.hello.symbols, item->open.opened.marks,
		item->open.hello.symbol_count) < 0) {
		source_end(source, "stopping", "out of memory");
		return false;
	}
	if (clock == BROKER_CLOCK_CHANGED)
		source_keep_offset(source);
	return source->opening == item->session;
}

static void
on_opened(struct mt5_source *source, const struct mt5_item *item)
{
	source->open_under_way = false;
	if (item->session == source->opening) { /* else it has gone meanwhile */
		if (item->error < 0)
			source_end(source, item->error == -EPERM ? "account" : "stopping",
			    item->problem.text);
		else if (take_opened(source, item))
			welcome(source, item);
	}
	open_next(source);
}

/* ---- from storage ---- */

static void
tell_refused(struct mt5_source *source, const struct mt5_item *item)
{
	mt5_notes_tell(&source->refusals, LOG_ERR, "not-stored",
	    "what the terminal said cannot be stored: %s",
	    item->problem.text[0] != '\0' ? item->problem.text : strerror(-item->error));
}

static void
on_ticks_stored(struct mt5_source *source, const struct mt5_item *item)
{
	if (item->error < 0 && item->error != -ECANCELED) /* those behind the refused ones */
		tell_refused(source, item);
	if (item->session != source->session)
		return;
	if (item->error < 0) {
		source_end(source, "stopping", "the ticks cannot be stored");
		return;
	}
	source_write(source, mt5_reply_ack(source->symbols.all[item->symbol].name, item->seq));
	source_account_again(source);
}

static void
on_other_stored(struct mt5_source *source, const struct mt5_item *item)
{
	if (item->error < 0 && item->error != -ENODATA)
		tell_refused(source, item);
	if (item->kind == ITEM_ACCOUNT && item->error == -ENODATA)
		source_account_unclocked(source, item);
	source_note_report(source, item);
	if (item->kind == ITEM_RESULT)
		mt5_orders_recorded(source->orders, item->result.action_id, item->result.status);
}

static void
on_stored(void *context, struct mt5_item *item)
{
	if (item->kind == ITEM_OPEN)
		on_opened(context, item);
	else if (item->kind == ITEM_TICKS)
		on_ticks_stored(context, item);
	else
		on_other_stored(context, item);
}

static void
on_went_on(void *context)
{
	set_pause(context);
}

/* ---- time ---- */

static void
measure_rate(struct mt5_source *source, int64_t now_us)
{
	int64_t passed_us = now_us - source->looked_us;

	if (passed_us < CLOCK_SECOND_US / 2)
		return;
	/* Smoothed over some ten seconds. */
	source->per_second += ((double)(source->ticks - source->ticks_before) * 1e6 /
				  (double)passed_us - source->per_second) / 10;
	source->ticks_before = source->ticks;
	source->looked_us = now_us;
}

void
mt5_source_turn(struct mt5_source *source)
{
	int64_t now_us = clock_monotonic_us();

	measure_rate(source, now_us);
	if (source->session != NO_SESSION) {
		source_look_at_clock(source, now_us);
		set_pause(source);
	}
	mt5_orders_turn(source->orders, now_us);
}

void
mt5_source_gone(struct mt5_source *source, uint64_t session, const char *why)
{
	if (session == NO_SESSION || (session != source->session && session != source->opening))
		return;
	mt5_notes_tell(&source->notes, LOG_WARNING, "terminal-gone",
	    "the terminal of account %s is gone: %s", source->login, why);
	leave(source);
}

/* ---- signs of life ---- */

bool
mt5_source_healthy(const struct mt5_source *source)
{
	return source->session != NO_SESSION;
}

/* ---- the whole ---- */

/* What the feed's own name says needs no other name before it. */
static void
init_notes(struct mt5_source *source)
{
	bool first = source->account == source->settings->mt5.accounts;
	const struct mt5_notes notes = {.tell = source->hooks.tell,
		.context = source->hooks.context,
		.name = first ? NULL : source->account->source};

	source->notes = source->refusals = notes;
	source->notes.most = TOLD;
	source->refusals.most = REFUSALS_TOLD;
}

struct mt5_source *
mt5_source_create(const struct settings *settings, const struct settings_account *account,
    struct storage *storage, const struct mt5_source_hooks *hooks)
{
	struct mt5_source *source = calloc(1, sizeof(*source));
	const struct mt5_writer_hooks stored = {on_stored, on_went_on, source};

	if (source == NULL)
		return NULL;
	source->settings = settings;
	source->account = account;
	source->hooks = *hooks;
	init_notes(source);
	source->looked_us = clock_monotonic_us();
	mt5_clock_start(&source->clock);
	mt5_held_init(&source->held);
	source->writer = mt5_writer_create(settings, account->source, storage, &stored);
	if (source->writer == NULL) {
		free(source);
		return NULL;
	}
	if (source_create_orders(source, storage) < 0) {
		mt5_writer_close(source->writer);
		free(source);
		return NULL;
	}
	return source;
}

void
mt5_source_close(struct mt5_source *source)
{
	if (source == NULL)
		return;
	mt5_orders_close(source->orders);
	mt5_writer_close(source->writer);
	mt5_held_clear(&source->held);
	mt5_item_free(source->next_open);
	mt5_symbols_finish(&source->symbols);
	free(source->rows);
	free(source);
}
