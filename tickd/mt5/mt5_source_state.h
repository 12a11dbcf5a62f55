/*
 * What the parts of a source share: mt5_source (sessions, storage, time), mt5_source_clock (the
 * broker's clock and what waits for it), mt5_source_ticks, mt5_source_bars, mt5_source_messages
 * (all else that a terminal says), mt5_source_orders, mt5_source_status.  Nobody else includes
 * this.
 */
#ifndef TICKD_MT5_SOURCE_STATE_H
#define TICKD_MT5_SOURCE_STATE_H

#include "tickd/mt5/mt5_clock.h"
#include "tickd/mt5/mt5_held.h"
#include "tickd/mt5/mt5_notes.h"
#include "tickd/mt5/mt5_orders.h"
#include "tickd/mt5/mt5_source.h"
#include "tickd/mt5/mt5_symbols.h"
#include "tickd/mt5/mt5_writer.h"

#define NO_SESSION 0
#define FUTURE_US INT64_C(900000000) /* what is that much later than its broker's clock is none */
#define CLOCK_ABSURD "time_server is more than 15 hours from time_gmt"

struct mt5_source {
	const struct settings *settings;
	const struct settings_account *account;
	struct mt5_source_hooks hooks;
	struct mt5_writer *writer;
	struct mt5_orders *orders;
	struct mt5_clock clock;
	struct mt5_symbols symbols;
	struct mt5_held held;
	uint64_t opening, session; /* NO_SESSION: none */
	bool paused;		   /* the session is not read */
	char login[MT5_NAME_MAX], server[MT5_NAME_MAX]; /* of opening or session, as it said */
	bool open_under_way;	    /* a hello is being stored */
	struct mt5_item *next_open; /* meanwhile, the newest other one: that of `opening` */
	struct mt5_account account_said; /* before there was a clock to store it with ... */
	bool account_due;		 /* ... if it was */
	struct tick *rows; /* of a message */
	size_t rows_room;
	int64_t welcome_us, connects, ticks, known;
	int64_t ticks_before, looked_us;
	double per_second;
	struct mt5_notes notes, refusals;
};

/* ---- mt5_source ---- */

/* Ends the session, or the one that is being opened. */
void
source_end(struct mt5_source *source, const char *code, const char *sentence);

/* To the session; takes the line, and ends the session where it is NULL. */
void
source_write(struct mt5_source *source, char *line);

/* False: the session has ended, for there was no memory. */
bool
source_add(struct mt5_source *source, struct mt5_item *item);

/* ---- mt5_source_clock ---- */

/* What a message says of the time.  False: nothing else of it is to be taken. */
bool
source_hear(struct mt5_source *source, const struct mt5_clocks *clocks);

/* The newest offset holds from now on: it is told and stored. */
void
source_keep_offset(struct mt5_source *source);

/* A candidate for the broker's offset may be believed by now. */
void
source_look_at_clock(struct mt5_source *source, int64_t now_us);

/*
 * True while the broker's clock is in doubt: ticks and bars are kept until it is not, in their
 * order (or the session has ended, for there was no memory).
 */
bool
source_hold(struct mt5_source *source, const struct mt5_message *message);

/* ---- mt5_source_ticks ---- */

void
source_take_ticks(struct mt5_source *source, const struct mt5_message *message);

/* The clock is believed. */
void
source_store_ticks(struct mt5_source *source, const struct mt5_ticks *ticks);

/* ---- mt5_source_bars ---- */

void
source_take_bars(struct mt5_source *source, const struct mt5_message *message);

/* The clock is believed. */
void
source_store_bars(struct mt5_source *source, const struct mt5_bars *bars);

/* ---- mt5_source_messages ---- */

/* An error that does not end the session. */
void
source_refuse(struct mt5_source *source, const char *code, const char *sentence);

void
source_refuse_symbol(struct mt5_source *source, const char *name);

/* The account was said before there was a tick, and so a clock, to store it with. */
void
source_account_unclocked(struct mt5_source *source, const struct mt5_item *item);

/* There may be a clock now: what is due is stored. */
void
source_account_again(struct mt5_source *source);

void
source_take_message(struct mt5_source *source, const struct mt5_message *message);

/* ---- mt5_source_orders ---- */

/* Something is stored, or refused: where it is a whole report of positions, orders may follow. */
void
source_note_report(struct mt5_source *source, const struct mt5_item *item);

/* -ENOMEM. */
__attribute__((warn_unused_result)) int
source_create_orders(struct mt5_source *source, struct storage *storage);

#endif
