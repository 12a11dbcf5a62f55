#define _GNU_SOURCE
#include "tickd/mt5/mt5_pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mt5_pending_reader {
	const char *state_dir, *source;
	struct database *analysis; /* NULL: not open */
};

struct mt5_pending_reader *
mt5_pending_create(const char *state_dir, const char *source)
{
	struct mt5_pending_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->state_dir = state_dir;
	reader->source = source;
	return reader;
}

void
mt5_pending_free(struct mt5_pending_reader *reader)
{
	if (reader == NULL)
		return;
	database_close(reader->analysis);
	free(reader);
}

/* ---- statements ---- */

static int
open_analysis(struct mt5_pending_reader *reader, struct problem *problem)
{
	if (reader->analysis != NULL)
		return 0;
	return database_open(&reader->analysis, ROLE_TICKD, DATABASE_ANALYSIS, ACCESS_READ,
	    reader->state_dir, problem);
}

/* What cannot be read now is opened anew the next time. */
static int
fail(struct mt5_pending_reader *reader, int error, struct problem *problem)
{
	problem_set(problem, error, "the actions in %s cannot be read: %s",
	    access_database_file(DATABASE_ANALYSIS), strerror(-error));
	database_close(reader->analysis);
	reader->analysis = NULL;
	return error;
}

static int
prepare(struct database *db, const char *sql, const char *first, const char *second,
    sqlite3_stmt **ret)
{
	int error = database_prepare(db, sql, ret);

	if (error < 0)
		return error;
	sqlite3_bind_text(*ret, 1, first, -1, SQLITE_STATIC);
	if (second != NULL)
		sqlite3_bind_text(*ret, 2, second, -1, SQLITE_STATIC);
	return 0;
}

/* A text that is longer than what analysisd writes is none of its. */
static int
copy_text(sqlite3_stmt *row, int column, char *ret, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	if (text == NULL)
		return -ENOMEM; /* the columns are never NULL */
	if ((size_t)sqlite3_column_bytes(row, column) >= size || strlen(text) >= size)
		return -EIO;
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

/* ---- what is known of an action by its results ---- */

int
mt5_pending_answered(struct mt5_pending_reader *reader, struct database *ticks,
    const char *action_id, enum mt5_answered *ret)
{
	sqlite3_stmt *row;
	char status[16];
	int result = prepare(ticks,
	    "SELECT status, retcode FROM action_results WHERE action_id = ?1 AND source = ?2"
	    " ORDER BY seq DESC LIMIT 1", action_id, reader->source, &row);

	if (result < 0)
		return result;
	result = database_step(ticks, row);
	if (result == 0) {
		*ret = ANSWERED_NEVER_SENT;
	} else if (result == 1) {
		result = copy_text(row, 0, status, sizeof(status));
		*ret = strcmp(status, "sent") == 0 ? ANSWERED_NOT_YET :
		    strcmp(status, "failed") == 0 && sqlite3_column_type(row, 1) == SQLITE_NULL ?
		    ANSWERED_UNSURE : ANSWERED;
	}
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/* ---- actions ---- */

#define COLUMNS                                                                                    \
	"action_id, token, account, symbol, action_type, parameters, ticket, expires_us"

static int
read_action(sqlite3_stmt *row, struct mt5_pending *ret)
{
	const char *parameters;
	int error = copy_text(row, 0, ret->action_id, sizeof(ret->action_id));

	if (error == 0)
		error = copy_text(row, 1, ret->token, sizeof(ret->token));
	if (error == 0)
		error = copy_text(row, 2, ret->account, sizeof(ret->account));
	if (error == 0)
		error = copy_text(row, 3, ret->symbol, sizeof(ret->symbol));
	if (error == 0)
		error = copy_text(row, 4, ret->action_type, sizeof(ret->action_type));
	if (error < 0)
		return error;
	parameters = (const char *)sqlite3_column_text(row, 5);
	ret->parameters = parameters == NULL ? NULL : strdup(parameters);
	if (ret->parameters == NULL)
		return -ENOMEM;
	ret->ticket = sqlite3_column_int64(row, 6);
	ret->expires_us = sqlite3_column_int64(row, 7);
	return 0;
}

static bool
is_under_way(const struct mt5_look *look, const char *action_id)
{
	for (size_t i = 0; i < look->live_count; i++)
		if (strcmp(look->live[i].action_id, action_id) == 0)
			return true;
	for (size_t i = 0; i < look->found_count; i++)
		if (strcmp(look->found[i].action_id, action_id) == 0)
			return true;
	return false;
}

static bool
is_full(const struct mt5_look *look)
{
	return look->live_count + look->found_count == MT5_LIVE_MAX;
}

static int
add_found(struct mt5_look *look, sqlite3_stmt *row, bool sent)
{
	struct mt5_pending *found = &look->found[look->found_count];
	int error = read_action(row, found);

	if (error < 0)
		return error;
	found->found_sent = sent;
	look->found_count++;
	return 0;
}

/* ---- what is `sent` and was never answered ---- */

/* Of one whose row analysisd has deleted nobody wants to know any more. */
static int
find_sent(struct mt5_pending_reader *reader, const char *action_id, struct mt5_look *look)
{
	sqlite3_stmt *row;
	int result = prepare(reader->analysis,
	    "SELECT " COLUMNS " FROM dtms_actions WHERE action_id = ?1 AND source = ?2", action_id,
	    reader->source, &row);

	if (result < 0)
		return result;
	result = database_step(reader->analysis, row);
	if (result == 1)
		result = add_found(look, row, true);
	sqlite3_finalize(row);
	return result;
}

static int
look_for_sent(struct mt5_pending_reader *reader, struct database *ticks, struct mt5_look *look)
{
	sqlite3_stmt *row;
	int result = prepare(ticks,
	    "SELECT action_id FROM action_results r WHERE source = ?1 AND status = 'sent'"
	    " AND NOT EXISTS (SELECT 1 FROM action_results l WHERE l.action_id = r.action_id"
	    " AND l.source = r.source AND l.seq > r.seq) ORDER BY seq", reader->source, NULL, &row);

	if (result < 0)
		return result;
	while ((result = database_step(ticks, row)) == 1) {
		const char *action_id = (const char *)sqlite3_column_text(row, 0);

		if (action_id == NULL || is_under_way(look, action_id))
			continue;
		look->sent_left = is_full(look);
		if (look->sent_left)
			break;
		result = find_sent(reader, action_id, look);
		if (result < 0)
			break;
	}
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/* ---- what is pending ---- */

/* What is answered, analysisd only does not know it yet. */
static int
take_pending(struct mt5_pending_reader *reader, struct database *ticks, sqlite3_stmt *row,
    struct mt5_look *look)
{
	const char *action_id = (const char *)sqlite3_column_text(row, 0);
	enum mt5_answered answered = ANSWERED_NOT_YET;
	int error;

	if (action_id == NULL)
		return -ENOMEM;
	if (is_under_way(look, action_id))
		return 0;
	error = mt5_pending_answered(reader, ticks, action_id, &answered);
	if (error < 0 || answered == ANSWERED || answered == ANSWERED_UNSURE)
		return error;
	return add_found(look, row, answered == ANSWERED_NOT_YET);
}

static int
look_for_pending(struct mt5_pending_reader *reader, struct database *ticks, struct mt5_look *look)
{
	sqlite3_stmt *row;
	/* The IN and the + lead to the index dtms_actions_open. */
	int result = prepare(reader->analysis,
	    "SELECT " COLUMNS " FROM dtms_actions WHERE status IN ('pending', 'sent')"
	    " AND status = 'pending' AND mode = 'execute' AND +source = ?1 AND +account = ?2"
	    " ORDER BY id", reader->source, look->account, &row);

	if (result < 0)
		return result;
	while (!is_full(look) && (result = database_step(reader->analysis, row)) == 1) {
		result = take_pending(reader, ticks, row, look);
		if (result < 0)
			break;
	}
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/*
 * Also what people said that analysisd has not taken in: it does so at its next instant, which never
 * comes while the source's clock stands still.  Of a source that it does not know yet, what was said
 * of all.
 */
static int
read_off(struct mt5_pending_reader *reader, bool *ret)
{
	sqlite3_stmt *row;
	int result = prepare(reader->analysis,
	    "SELECT coalesce((SELECT off FROM dtms_progress WHERE source = ?1), 0)"
	    " OR coalesce((SELECT kind = 'off' FROM dtms_events e WHERE kind IN ('off', 'on')"
	    " AND CASE WHEN EXISTS(SELECT 1 FROM dtms_progress WHERE source = ?1)"
	    " THEN source = ?1 AND seq > (SELECT events_seq FROM dtms_progress WHERE source = ?1)"
	    " ELSE source IN (?1, '*') END ORDER BY seq DESC LIMIT 1), 0)", reader->source, NULL, &row);

	if (result < 0)
		return result;
	result = database_step(reader->analysis, row);
	if (result >= 0)
		*ret = result == 1 && sqlite3_column_int(row, 0) != 0;
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/* ---- a look ---- */

int
mt5_pending_look(struct mt5_pending_reader *reader, struct database *ticks, struct mt5_look *look)
{
	int error = open_analysis(reader, &look->problem);

	if (error < 0)
		return error;
	error = read_off(reader, &look->off);
	if (error == 0 && look->sent_too)
		error = look_for_sent(reader, ticks, look);
	if (error == 0 && look->account[0] != '\0')
		error = look_for_pending(reader, ticks, look);
	if (error < 0)
		return fail(reader, error, &look->problem);
	error = mt5_pending_facts(ticks, reader->source, look);
	return error == 0 ? 0 : problem_set(&look->problem, error, "%s: %s",
	    access_database_file(DATABASE_TICKS), database_error(ticks));
}

void
mt5_look_free(struct mt5_look *look)
{
	for (size_t i = 0; i < look->found_count; i++)
		free(look->found[i].parameters);
	free(look->open);
	look->open = NULL;
	look->found_count = look->open_count = 0;
}

/* ---- the last look ---- */

static int
check_status(sqlite3_stmt *row, struct problem *why)
{
	const char *status = (const char *)sqlite3_column_text(row, 0);
	const char *error = (const char *)sqlite3_column_text(row, 1);

	if (status == NULL)
		return -ENOMEM;
	if (strcmp(status, "pending") == 0 || strcmp(status, "sent") == 0)
		return 1;
	problem_set(why, 0, "it was taken back: %s", error == NULL ? status : error);
	return 0;
}

static int
read_status(struct mt5_pending_reader *reader, const char *action_id, struct problem *why)
{
	sqlite3_stmt *row;
	int result = prepare(reader->analysis,
	    "SELECT status, error FROM dtms_actions WHERE action_id = ?1 AND source = ?2",
	    action_id, reader->source, &row);

	if (result < 0)
		return result;
	result = database_step(reader->analysis, row);
	if (result == 1)
		result = check_status(row, why);
	else if (result == 0)
		problem_set(why, 0, "it was taken back");
	sqlite3_finalize(row);
	return result;
}

int
mt5_pending_stands(struct mt5_pending_reader *reader, struct database *ticks,
    const char *action_id, struct problem *why)
{
	enum mt5_answered answered = ANSWERED_NOT_YET;
	int result = mt5_pending_answered(reader, ticks, action_id, &answered);
	bool off = false;

	if (result < 0)
		return result;
	if (answered != ANSWERED_NOT_YET) {
		problem_set(why, 0, "it could not be stored that it is sent");
		return 0;
	}
	result = open_analysis(reader, why);
	if (result < 0)
		return result;
	result = read_off(reader, &off);
	if (result == 0 && off) {
		problem_set(why, 0, "DTMS is off");
		return 0;
	}
	if (result == 0)
		result = read_status(reader, action_id, why);
	return result < 0 ? fail(reader, result, why) : result;
}
