#define _GNU_SOURCE
#include "tickd/mt5/mt5_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_source_state.h"

#define REFUSALS_TOLD 3 /* sentences about what cannot be stored, a minute */

void
source_tell(struct mt5_source *source, int level, const char *event, const char *format, ...)
{
	char sentence[512];
	bool first = source->account == source->settings->mt5.accounts; /* the feed's own name says it */
	size_t length = first ? 0 : (size_t)snprintf(sentence, sizeof(sentence), "%s: ",
	    source->account->source);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence + length, sizeof(sentence) - length, format, arguments);
	va_end(arguments);
	source->hooks.tell(source->hooks.context, level, event, NULL, sentence);
}

/* ---- the session ---- */

static void
leave(struct mt5_source *source)
{
	if (source->session != NO_SESSION)
		mt5_orders_disconnected(source->orders);
	source->session = source->opening = NO_SESSION;
	source->paused = false;
	source->per_second = 0;
	mt5_held_clear(&source->held);
}

void
source_end(struct mt5_source *source, const char *code, const char *sentence)
{
	uint64_t session = source->session != NO_SESSION ? source->session : source->opening;

	source_tell(source, LOG_WARNING, "terminal-ended", "the terminal's connection is ended: %s",
	    sentence);
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

/* Not read while too much waits for the disk, or for the clock. */
static void
set_pause(struct mt5_source *source)
{
	size_t rows = mt5_writer_rows(source->writer) + source->held.ticks;
	bool full = rows >= MT5_ROWS_WAITING || source->held.count >= MT5_HELD_MAX ||
	    mt5_writer_items(source->writer) >= MT5_ITEMS_WAITING;
	/* Once paused, until half of it is gone. */
	bool pause = full || (source->paused && (rows >= MT5_ROWS_WAITING / 2 ||
	    source->held.count >= MT5_HELD_MAX / 2 ||
	    mt5_writer_items(source->writer) >= MT5_ITEMS_WAITING / 2));

	if (source->session == NO_SESSION || pause == source->paused)
		return;
	source->paused = pause;
	source->hooks.pause(source->hooks.context, source->session, pause);
}

/* False: the session has ended, for there was no memory. */
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

void
mt5_source_hello(struct mt5_source *source, uint64_t session, const struct mt5_hello *hello,
    const struct mt5_clocks *clocks)
{
	uint64_t older = source->session != NO_SESSION ? source->session : source->opening;
	char sentence[4 * MT5_NAME_MAX];

	if (older != NO_SESSION && (strcmp(hello->account, source->login) != 0 ||
	    strcmp(hello->server, source->server) != 0)) {
		snprintf(sentence, sizeof(sentence), "the source %s is in use by account %s at %s: "
		    "give this account a section [mt5.NAME] of its own", source->account->source,
		    source->login, source->server);
		source->hooks.end(source->hooks.context, session, "account", sentence);
		return;
	}
	if (older != NO_SESSION)
		source_end(source, "replaced", "the same account has connected again");
	source->opening = session;
	memcpy(source->login, hello->account, sizeof(source->login));
	memcpy(source->server, hello->server, sizeof(source->server));
	if (!mt5_writer_add(source->writer,
		mt5_item_open(session, hello, clocks, clock_monotonic_us())))
		source_end(source, "stopping", "out of memory");
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
welcome(struct mt5_source *source, struct mt5_item *item)
{
	const struct mt5_opened *opened = &item->open.opened;

	source->session = item->session;
	source->opening = NO_SESSION;
	source->welcome_us = clock_monotonic_us();
	source->connects++;
	source_tell(source, LOG_NOTICE, "terminal-welcome",
	    "the terminal of account %s at %s is connected, with %zu symbols and %zu open positions",
	    source->login, source->server, opened->symbol_count, opened->open_count);
	source_write(source, compose_welcome(source, opened));
	if (source->session == NO_SESSION)
		return;
	mt5_orders_connected(source->orders, source->login);
	source->hooks.pause(source->hooks.context, source->session, false);
}

static void
on_opened(struct mt5_source *source, struct mt5_item *item)
{
	enum broker_clock clock;

	if (item->session != source->opening)
		return; /* gone meanwhile */
	if (item->error < 0) {
		source_end(source, item->error == -EPERM ? "account" : "stopping", item->problem.text);
		return;
	}
	source->clock.time = item->open.opened.time;
	clock = mt5_clock_hear(&source->clock, &item->open.clocks, item->open.heard_us);
	if (clock == BROKER_CLOCK_ABSURD) {
		source_end(source, "clock", "time_server is more than 15 hours from time_gmt");
		return;
	}
	mt5_symbols_finish(&source->symbols);
	if (mt5_symbols_init(&source->symbols, item->open.hello.symbols, item->open.opened.marks,
		item->open.hello.symbol_count) < 0) {
		source_end(source, "stopping", "out of memory");
		return;
	}
	if (clock == BROKER_CLOCK_CHANGED)
		source_keep_offset(source);
	if (source->opening == item->session)
		welcome(source, item);
}

/* ---- from storage ---- */

static void
tell_refused(struct mt5_source *source, const struct mt5_item *item)
{
	int64_t suppressed;

	if (!log_limit_pass(&source->refusals, REFUSALS_TOLD, 60 * CLOCK_SECOND_US,
		clock_monotonic_us(), &suppressed))
		return;
	source_tell(source, LOG_ERR, "not-stored", "what the terminal said cannot be stored: %s",
	    item->problem.text[0] != '\0' ? item->problem.text : strerror(-item->error));
}

static void
on_ticks_stored(struct mt5_source *source, const struct mt5_item *item)
{
	if (item->error < 0) {
		tell_refused(source, item);
		if (item->session == source->session)
			source_end(source, "stopping", "the ticks cannot be stored");
	} else if (item->session == source->session) {
		source_write(source,
		    mt5_reply_ack(source->symbols.all[item->symbol].name, item->seq));
	}
}

static void
on_stored(void *context, struct mt5_item *item)
{
	struct mt5_source *source = context;

	if (item->kind == ITEM_OPEN)
		on_opened(source, item);
	else if (item->kind == ITEM_TICKS)
		on_ticks_stored(source, item);
	else if (item->error < 0 && item->error != -ENODATA)
		tell_refused(source, item);
	if (item->kind == ITEM_RESULT)
		mt5_orders_recorded(source->orders, item->result.action_id, item->result.status);
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
	source_tell(source, LOG_WARNING, "terminal-gone", "the terminal of account %s is gone: %s",
	    source->login, why);
	leave(source);
}

/* ---- signs of life ---- */

bool
mt5_source_healthy(const struct mt5_source *source)
{
	return source->session != NO_SESSION;
}

const char *
mt5_source_name(const struct mt5_source *source)
{
	return source->account->source;
}

/* ---- the whole ---- */

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
	mt5_symbols_finish(&source->symbols);
	free(source->rows);
	free(source);
}
