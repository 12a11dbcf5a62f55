/*
 * What analysisd wants ordered of one source, and what an order is checked by, as both databases
 * have it.  All but create and free: storage thread.  analysis_data.db is opened when it is asked
 * for the first time, and again after a failure.
 */
#ifndef TICKD_MT5_PENDING_H
#define TICKD_MT5_PENDING_H

#include "common/database.h"
#include "tickd/mt5/mt5_check.h"

#define MT5_LIVE_MAX 32 /* actions of a source under way at a time; others wait in their table */

struct mt5_pending_reader;

/* The names outlive it.  NULL: out of memory. */
struct mt5_pending_reader *
mt5_pending_create(const char *state_dir, const char *source);

/* While no job uses it; NULL is allowed. */
void
mt5_pending_free(struct mt5_pending_reader *reader);

/* Of one symbol, TICK_NONE where nothing is known: as in struct mt5_facts. */
struct mt5_symbol_facts {
	char symbol[MT5_NAME_MAX];
	int digits;
	int64_t bid_e8, ask_e8; /* of the newest tick that has both */
	int64_t volume_min_e8, volume_step_e8, volume_max_e8, stops_level_e8, freeze_level_e8;
};

struct mt5_live_action {
	char action_id[MT5_ACTION_ID_MAX], symbol[MT5_NAME_MAX];
};

struct mt5_look {
	/* what is asked */
	char account[MT5_NAME_MAX]; /* which is connected; "": none, and nothing new is found */
	int64_t reported;	    /* the asker's: which report of what is open was stored before */
	bool sent_too;		    /* also what is `sent` without an answer: after a start */
	struct mt5_live_action live[MT5_LIVE_MAX]; /* under way already */
	size_t live_count;

	/* what is found */
	struct mt5_pending found[MT5_LIVE_MAX]; /* as many as there is room for beside the live ones */
	size_t found_count;
	bool sent_left;				      /* there are more that are `sent` */
	struct mt5_symbol_facts symbols[MT5_LIVE_MAX]; /* of what is live and what was found */
	size_t symbol_count;
	struct mt5_position *open; /* all of that account, by ticket; none where nothing is ordered */
	size_t open_count;
	int64_t sent_today; /* actions, in the UTC day of the source's clock */
	bool off;	    /* DTMS is off for the source, or is to be so from now on */
	struct problem problem;
};

/*
 * 0; -ENOENT where analysisd has not made its database yet, and other errors of database_open() and
 * database_step(), with a sentence in look->problem.
 */
__attribute__((warn_unused_result)) int
mt5_pending_look(struct mt5_pending_reader *reader, struct database *ticks,
    struct mt5_look *look);

/* What was found. */
void
mt5_look_free(struct mt5_look *look);

/*
 * Once more, between the commit of `sent` and its sending: 1 where `sent` is the newest word of it
 * and nobody has taken the action back; 0 with why not in one sentence; -errno.
 */
__attribute__((warn_unused_result)) int
mt5_pending_stands(struct mt5_pending_reader *reader, struct database *ticks,
    const char *action_id, struct problem *why);

enum mt5_answered {
	ANSWERED_NEVER_SENT, /* nothing is stored of that action */
	ANSWERED_NOT_YET,    /* `sent` */
	ANSWERED_UNSURE,     /* failed, without a word of the terminal */
	ANSWERED,
};

/* Whether there is an answer to an action.  0 or -errno. */
__attribute__((warn_unused_result)) int
mt5_pending_answered(struct mt5_pending_reader *reader, struct database *ticks,
    const char *action_id, enum mt5_answered *ret);

/* ---- mt5_pending_facts ---- */

/* Fills in symbols, open and sent_today; look->found is there. */
__attribute__((warn_unused_result)) int
mt5_pending_facts(struct database *ticks, const char *source, struct mt5_look *look);

#endif
