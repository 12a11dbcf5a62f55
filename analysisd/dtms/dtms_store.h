/*
 * dtms_trades, dtms_actions, dtms_checks, dtms_adopted, dtms_events and dtms_progress in
 * analysis_data.db.  What a function writes belongs to the transaction that its caller has begun
 * (results_begin()); the state of a trade and its actions are always in one.  Errors as
 * database_step().
 */
#ifndef ANALYSISD_DTMS_DTMS_STORE_H
#define ANALYSISD_DTMS_DTMS_STORE_H

#include <stdint.h>

#include "analysisd/dtms/actions.h"
#include "analysisd/dtms/check.h"
#include "common/database.h"
#include "common/settings.h"

struct dtms_store;

/* `created`: the clock for created_us; NULL is the wall clock, a replay gives its own. */
__attribute__((warn_unused_result)) int
dtms_store_create(struct dtms_store **ret, struct database *db, int64_t (*created)(void));

void
dtms_store_free(struct dtms_store *store);

/* ---- trades ---- */

/*
 * Inserts it, or replaces it as it is now.  -EINVAL where another trade of that account and ticket
 * is open still, and for a trade without what it must have (entry, volumes).
 */
__attribute__((warn_unused_result)) int
dtms_store_write_trade(struct dtms_store *store, const struct dtms_trade *trade);

typedef int dtms_trade_callback(void *context, const struct dtms_trade *trade);

/*
 * All that are not closed, of that source, by account and ticket; symbol_id is 0 and netting false.
 * What the callback returns other than 0 ends it and is returned.  Returns their number, -EIO for
 * rows that are none of ours.
 */
__attribute__((warn_unused_result)) int
dtms_store_open_trades(struct dtms_store *store, const char *source, dtms_trade_callback *callback,
    void *context);

/*
 * Which other source has an open trade of that account and ticket.  Returns 1, 0 for none, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_store_find_elsewhere(struct dtms_store *store, const struct dtms_trade *trade,
    char ret_source[static TRADE_NAME_MAX]);

/* ---- adopted positions ---- */

struct dtms_adopted {
	char source[TRADE_NAME_MAX], account[TRADE_NAME_MAX]; /* the parent's as well */
	int64_t ticket, parent_ticket, parent_registered_us;
	bool hedge; /* else a re-add */
	int64_t volume_e8, opened_us, closed_us;
};

__attribute__((warn_unused_result)) int
dtms_store_write_adopted(struct dtms_store *store, const struct dtms_adopted *adopted);

/*
 * Of that source: another broker may give the same numbers.  Returns 1, 0 where that ticket is none
 * of ours, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_store_find_adopted(struct dtms_store *store, const char *source, const char *account,
    int64_t ticket, struct dtms_adopted *ret);

/* Reads trade->re_adds: the open positions that re-add to it.  Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
dtms_store_read_re_adds(struct dtms_store *store, struct dtms_trade *trade);

/* ---- actions ---- */

struct dtms_action_row {
	char action_id[ACTION_ID_SIZE], token[ACTION_TOKEN_SIZE];
	const struct dtms_trade *trade;
	const struct dtms_action_plan *plan;
	const char *reason;
	enum dtms_state from, to;
	double score_before, score_after;
	const char *market; /* JSON */
	int mode;	    /* enum settings_mode */
	const char *status; /* "advised", "pending", "done" (timers), "skipped" */
	int64_t time_us, expires_us;
};

/*
 * One whose id is stored already is left as it is.  plan->error, where it is not "", is stored with
 * it.  Returns 1 when it is new, 0, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_store_write_action(struct dtms_store *store, const struct dtms_action_row *action);

/* Pending ones with expires_us < now_us are skipped: "expired".  Returns their number. */
__attribute__((warn_unused_result)) int
dtms_store_expire(struct dtms_store *store, const char *source, int64_t now_us);

/* All pending ones of the source, or of one trade's ticket (NULL: all), are skipped: `why`. */
__attribute__((warn_unused_result)) int
dtms_store_skip_pending(struct dtms_store *store, const char *source,
    const struct dtms_trade *trade, const char *why);

/* expires_us of the pending one of the source that is the first to expire; TICK_NONE for none. */
__attribute__((warn_unused_result)) int
dtms_store_first_expiry(struct dtms_store *store, const char *source, int64_t *ret_us);

/*
 * What the venue of that source answered: "sent", "done" or "failed", with its words (NULL: none), which are kept
 * of what is not done.  Returns 1; 0, and nothing changes, where there is no such action or it is
 * not pending or sent; -errno.  What was skipped by off or with its trade after it had been pending
 * may have been on its way by then: the venue's word counts.  So does a later word on what failed:
 * tickd gives up where nobody answers.  What expired was taken by nobody in time, and stays so.
 */
__attribute__((warn_unused_result)) int
dtms_store_take_result(struct dtms_store *store, const char *source, const char *action_id,
    const char *status, const char *error);

/*
 * The action of that source whose order carried that token: those who copy trades to another broker
 * may copy it too.  Returns 1, 0 for none, -errno.
 */
__attribute__((warn_unused_result)) int
dtms_store_find_token(struct dtms_store *store, const char *source, const char *token,
    int64_t *ret_ticket, int64_t *ret_registered_us, enum dtms_action *ret_action);

/* ---- checks ---- */

/* A deep check; one of the same instant is replaced.  `market` is JSON. */
__attribute__((warn_unused_result)) int
dtms_store_write_check(struct dtms_store *store, const struct dtms_trade *trade,
    const struct dtms_decision *decision, int64_t time_us, const char *market);

/* ---- what people told us ---- */

enum dtms_event_kind { DTMS_ENABLE, DTMS_DISABLE, DTMS_OFF, DTMS_ON };

struct dtms_event {
	int64_t seq, time_us;
	char source[TRADE_NAME_MAX];
	enum dtms_event_kind kind;
	struct dtms_trade trade; /* of DISABLE: account and ticket; of OFF and ON nothing */
};

/* Stores it and says its seq.  Of ENABLE, what dtms_trade_event_json() writes of the trade. */
__attribute__((warn_unused_result)) int
dtms_store_add_event(struct dtms_store *store, struct dtms_event *event);

typedef int dtms_event_callback(void *context, const struct dtms_event *event);

/*
 * After after_seq and not later than until_us, in order; one that is later holds back those behind
 * it.  What the callback returns other than 0 ends it and is returned.  Returns their number, -EIO
 * for rows that are none of ours.
 */
__attribute__((warn_unused_result)) int
dtms_store_events(struct dtms_store *store, const char *source, int64_t after_seq,
    int64_t until_us, dtms_event_callback *callback, void *context);

/* ---- how far all is decided ---- */

struct dtms_progress {
	int64_t next_us; /* the first instant that is not decided */
	int64_t events_seq, positions_seq, accounts_seq, results_seq;
	bool off;
};

/* Returns 1, 0 for a source that was never looked at, -errno. */
__attribute__((warn_unused_result)) int
dtms_store_read_progress(struct dtms_store *store, const char *source, struct dtms_progress *ret);

__attribute__((warn_unused_result)) int
dtms_store_write_progress(struct dtms_store *store, const char *source,
    const struct dtms_progress *progress);

/*
 * Deletes what is older than before_us, oldest first: actions, checks, adopted positions closed
 * before it with trades closed before it, at most `limit` rows.  A trade stays as long as a
 * position adopted for it.  Returns their number.
 */
__attribute__((warn_unused_result)) int
dtms_store_delete(struct dtms_store *store, const char *source, int64_t before_us, int limit);

#endif
