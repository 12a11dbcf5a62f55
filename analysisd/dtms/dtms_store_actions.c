#include "analysisd/dtms/dtms_store_statements.h"

#include <errno.h>
#include <string.h>

#include "common/stored_rows.h"

enum statement { WRITE, EXPIRE, SKIP, RESULT, FIND, FIRST };

/* The IN is what the index dtms_actions_open is asked by; +source leaves it no other index. */
#define PENDING "status IN ('pending', 'sent') AND status = 'pending' AND +source = ?1"

const char *const dtms_store_actions_sql[DTMS_STORE_STATEMENTS] = {
	[WRITE] = "INSERT INTO dtms_actions(action_id, token, account, ticket, registered_us,"
		  " source, symbol, action_type, parameters, reason, state_from, state_to,"
		  " score_before, score_after, market, mode, status, error, time_us, expires_us, created_us)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
		  " ?17, ?18, ?19, ?20, ?21) ON CONFLICT(action_id) DO NOTHING",
	[EXPIRE] = ("UPDATE dtms_actions SET status = 'skipped', error = 'expired' WHERE " PENDING
		   " AND expires_us < ?2"),
	[SKIP] = ("UPDATE dtms_actions SET status = 'skipped', error = ?3 WHERE " PENDING
		 " AND (?2 IS NULL OR (ticket = ?2 AND account = ?4))"),
	/*
	 * Also of what was skipped once it had been pending: it may have been on its way by then; and
	 * of what had failed for want of an answer.
	 */
	[RESULT] = "UPDATE dtms_actions SET status = ?2, error = iif(?2 = 'done', NULL, ?3)"
		   " WHERE action_id = ?1 AND source = ?4 AND (status IN ('pending', 'sent') OR (status = 'skipped'"
		   " AND error IN ('DTMS is off', 'the trade is closed'))"
		   " OR (status = 'failed' AND ?2 <> 'sent'))",
	[FIND] = "SELECT ticket, registered_us, action_type FROM dtms_actions WHERE token = ?1"
		 " AND source = ?2",
	[FIRST] = "SELECT min(expires_us) FROM dtms_actions WHERE " PENDING,
};

static const char *
mode_name(int mode)
{
	return mode == MODE_EXECUTE ? "execute" : "advise";
}

static void
bind_what(sqlite3_stmt *row, const struct dtms_action_row *action)
{
	dtms_store_bind_text(row, 1, action->action_id);
	dtms_store_bind_text(row, 2, action->token);
	dtms_store_bind_text(row, 3, action->trade->account);
	dtms_store_bind(row, 4, action->trade->ticket);
	dtms_store_bind(row, 5, action->trade->registered_us);
	dtms_store_bind_text(row, 6, action->trade->source);
	dtms_store_bind_text(row, 7, action->trade->symbol);
	dtms_store_bind_text(row, 8, dtms_action_name(action->plan->action));
	dtms_store_bind_text(row, 9, action->plan->parameters.text);
}

static void
bind_why(sqlite3_stmt *row, const struct dtms_action_row *action)
{
	dtms_store_bind_text(row, 10, action->reason);
	dtms_store_bind_text(row, 11, dtms_state_name(action->from));
	dtms_store_bind_text(row, 12, dtms_state_name(action->to));
	sqlite3_bind_double(row, 13, action->score_before); /* NAN is bound as NULL */
	sqlite3_bind_double(row, 14, action->score_after);
	dtms_store_bind_text(row, 15, action->market);
}

int
dtms_store_write_action(struct dtms_store *store, const struct dtms_action_row *action)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][WRITE];

	bind_what(row, action);
	bind_why(row, action);
	dtms_store_bind_text(row, 16, mode_name(action->mode));
	dtms_store_bind_text(row, 17, action->status);
	dtms_store_bind_text(row, 18, *action->plan->error == '\0' ? NULL : action->plan->error);
	dtms_store_bind(row, 19, action->time_us);
	dtms_store_bind(row, 20, action->expires_us);
	dtms_store_bind(row, 21, store->created());
	return dtms_store_run(store, row);
}

int
dtms_store_expire(struct dtms_store *store, const char *source, int64_t now_us)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][EXPIRE];

	dtms_store_bind_text(row, 1, source);
	dtms_store_bind(row, 2, now_us);
	return dtms_store_run(store, row);
}

int
dtms_store_skip_pending(struct dtms_store *store, const char *source,
    const struct dtms_trade *trade, const char *why)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][SKIP];

	dtms_store_bind_text(row, 1, source);
	dtms_store_bind(row, 2, trade == NULL ? TICK_NONE : trade->ticket);
	dtms_store_bind_text(row, 3, why);
	dtms_store_bind_text(row, 4, trade == NULL ? NULL : trade->account);
	return dtms_store_run(store, row);
}

int
dtms_store_first_expiry(struct dtms_store *store, const char *source, int64_t *ret_us)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][FIRST];
	int result;

	dtms_store_bind_text(row, 1, source);
	result = database_step(store->db, row);
	if (result == 1)
		*ret_us = stored_or_none(row, 0);
	dtms_store_end(row);
	return result < 0 ? result : 0;
}

static bool
is_result(const char *status)
{
	return strcmp(status, "sent") == 0 || strcmp(status, "done") == 0 ||
	    strcmp(status, "failed") == 0;
}

int
dtms_store_take_result(struct dtms_store *store, const char *source, const char *action_id,
    const char *status, const char *error)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][RESULT];

	if (!is_result(status))
		return -EINVAL;
	dtms_store_bind_text(row, 1, action_id);
	dtms_store_bind_text(row, 2, status);
	dtms_store_bind_text(row, 3, error);
	dtms_store_bind_text(row, 4, source);
	return dtms_store_run(store, row);
}

/* ---- whose order it was ---- */

static int
find_action(const char *name, enum dtms_action *ret)
{
	for (int action = ACTION_NONE + 1; action < ACTIONS; action++)
		if (strcmp(name, dtms_action_name((enum dtms_action)action)) == 0) {
			*ret = (enum dtms_action)action;
			return 0;
		}
	return -EIO;
}

static int
read_found(sqlite3_stmt *row, int64_t *ret_ticket, int64_t *ret_registered_us,
    enum dtms_action *ret_action)
{
	char name[TRADE_NAME_MAX];
	int error = dtms_store_read_text(row, 2, name, sizeof(name));

	if (error == 0)
		error = find_action(name, ret_action);
	if (error < 0)
		return error;
	*ret_ticket = sqlite3_column_int64(row, 0);
	*ret_registered_us = sqlite3_column_int64(row, 1);
	return 1;
}

int
dtms_store_find_token(struct dtms_store *store, const char *source, const char *token,
    int64_t *ret_ticket, int64_t *ret_registered_us, enum dtms_action *ret_action)
{
	sqlite3_stmt *row = store->statements[LIST_ACTIONS][FIND];
	int result;

	dtms_store_bind_text(row, 1, token);
	dtms_store_bind_text(row, 2, source);
	result = database_step(store->db, row);
	if (result == 1)
		result = read_found(row, ret_ticket, ret_registered_us, ret_action);
	dtms_store_end(row);
	return result;
}
