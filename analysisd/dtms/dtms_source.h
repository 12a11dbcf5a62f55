/*
 * What DTMS knows of one source between two instants: how far all is decided, the open trades, and
 * the accounts.  All of it comes from what is stored, and is stored again by dtms_instant.
 */
#ifndef ANALYSISD_DTMS_DTMS_SOURCE_H
#define ANALYSISD_DTMS_DTMS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysisd/dtms/dtms_store.h"
#include "analysisd/dtms/dtms_tools.h"
#include "analysisd/dtms/dtms_watches.h"
#include "analysisd/dtms/news_queue.h"
#include "analysisd/dtms/rails.h"
#include "analysisd/dtms/venue_log.h"

#define DTMS_ALL_SOURCES "*" /* dtms_events.source of off and on: for sources that come later */

/* What all sources of a struct dtms share. */
struct dtms_shared {
	const struct dtms_tools *tools;
	struct dtms_store *store;
	struct venue_log *log;
	struct dtms_watches watches;
	struct news_queue news;
	int64_t actions, alerts; /* written and given */
};

struct dtms_entry {
	struct dtms_trade trade;
	bool changed; /* since it was stored */
	bool over;    /* the venue says that it is closed, or it was disabled: closed_reason says */
};

struct dtms_account {
	char name[TRADE_NAME_MAX];
	bool netting;
	struct rails_account rails;
};

struct dtms_source {
	const char *name; /* the table's */
	size_t number;	  /* in the table */
	struct dtms_progress progress; /* next_us: INT64_MIN until an instant is looked for */
	bool off_waits; /* the newest event not taken in of off and on is off */
	struct dtms_entry *entries;
	size_t count, room;
	struct dtms_account *accounts;
	size_t account_count;
};

/* Everything as it is stored.  Finish it also after an error.  Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
dtms_source_load(struct dtms_source *source, struct dtms_shared *shared, size_t number);

void
dtms_source_finish(struct dtms_source *source);

/* NULL where no such trade is open; one that is over is not. */
struct dtms_entry *
dtms_source_find(const struct dtms_source *source, const char *account, int64_t ticket);

/* A copy; symbol_id and netting are filled in.  *ret is valid until the next one.  0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
dtms_source_add(struct dtms_source *source, const struct dtms_shared *shared,
    const struct dtms_trade *trade, struct dtms_entry **ret);

/* Trades that are CLOSED are forgotten. */
void
dtms_source_drop_closed(struct dtms_source *source);

/* NULL where nothing is known of it. */
struct dtms_account *
dtms_source_find_account(const struct dtms_source *source, const char *name);

/* Made where it is new.  *ret is valid until the next one.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
dtms_source_account(struct dtms_source *source, const char *name, struct dtms_account **ret);

/* What the venue says of an account; its trades follow. */
__attribute__((warn_unused_result)) int
dtms_source_take_account(struct dtms_source *source, const struct venue_account *said);

/* A closed position counts to its account's rails.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
dtms_source_count_closed(struct dtms_source *source, const struct venue_position *closed);

/* Reads anew whether an event of off waits to be taken in.  Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
dtms_source_look_for_off(struct dtms_source *source, struct dtms_shared *shared);

#endif
