#include "analysisd/dtms/dtms_store_statements.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/dtms/questions.h"

enum statement { ADD, READ };

const char *const dtms_store_events_sql[DTMS_STORE_STATEMENTS] = {
	[ADD] = "INSERT INTO dtms_events(source, time_us, kind, account, ticket, trade, created_us)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[READ] = "SELECT seq, source, time_us, kind, account, ticket, trade FROM dtms_events"
		 " WHERE source = ?1 AND seq > ?2 ORDER BY seq",
};

static const char *const kind_names[] = {
	[DTMS_ENABLE] = "enable",
	[DTMS_DISABLE] = "disable",
	[DTMS_OFF] = "off",
	[DTMS_ON] = "on",
};

static bool
is_of_a_trade(enum dtms_event_kind kind)
{
	return kind == DTMS_ENABLE || kind == DTMS_DISABLE;
}

/* ---- adding ---- */

/* NULL: out of memory; the caller frees it. */
static char *
trade_text(const struct dtms_trade *trade)
{
	json_t *json = dtms_trade_event_json(trade);
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text;
}

static int
insert(struct dtms_store *store, struct dtms_event *event, const char *trade)
{
	sqlite3_stmt *row = store->statements[LIST_EVENTS][ADD];
	int result;

	dtms_store_bind_text(row, 1, event->source);
	dtms_store_bind(row, 2, event->time_us);
	dtms_store_bind_text(row, 3, kind_names[event->kind]);
	if (is_of_a_trade(event->kind)) {
		dtms_store_bind_text(row, 4, event->trade.account);
		dtms_store_bind(row, 5, event->trade.ticket);
	}
	dtms_store_bind_text(row, 6, trade);
	dtms_store_bind(row, 7, store->created());
	result = dtms_store_run(store, row);
	if (result < 0)
		return result;
	event->seq = sqlite3_last_insert_rowid(database_handle(store->db));
	return 0;
}

int
dtms_store_add_event(struct dtms_store *store, struct dtms_event *event)
{
	char *trade = NULL;
	int error;

	if (event->kind == DTMS_ENABLE) {
		trade = trade_text(&event->trade);
		if (trade == NULL)
			return -ENOMEM;
	}
	error = insert(store, event, trade);
	free(trade);
	return error;
}

/* ---- reading ---- */

static int
read_kind(sqlite3_stmt *row, enum dtms_event_kind *ret)
{
	char name[TRADE_NAME_MAX];
	int error = dtms_store_read_text(row, 3, name, sizeof(name));

	if (error < 0)
		return error;
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
		if (strcmp(name, kind_names[i]) == 0) {
			*ret = (enum dtms_event_kind)i;
			return 0;
		}
	return -EIO;
}

static int
read_enabled(sqlite3_stmt *row, struct dtms_trade *ret)
{
	const char *text = (const char *)sqlite3_column_text(row, 6);

	if (text == NULL)
		return sqlite3_column_type(row, 6) == SQLITE_NULL ? -EIO : -ENOMEM;
	return dtms_trade_event_read(text, ret) < 0 ? -EIO : 0;
}

static int
read_event(sqlite3_stmt *row, struct dtms_event *ret)
{
	int error;

	*ret = (struct dtms_event){
		.seq = sqlite3_column_int64(row, 0),
		.time_us = sqlite3_column_int64(row, 2),
	};
	error = dtms_store_read_text(row, 1, ret->source, sizeof(ret->source));
	if (error == 0)
		error = read_kind(row, &ret->kind);
	if (error < 0)
		return error;
	if (ret->kind == DTMS_ENABLE)
		return read_enabled(row, &ret->trade);
	ret->trade.ticket = sqlite3_column_int64(row, 5);
	return dtms_store_read_text(row, 4, ret->trade.account, sizeof(ret->trade.account));
}

int
dtms_store_events(struct dtms_store *store, const char *source, int64_t after_seq,
    int64_t until_us, dtms_event_callback *callback, void *context)
{
	sqlite3_stmt *row = store->statements[LIST_EVENTS][READ];
	struct dtms_event event;
	int result, count = 0;

	dtms_store_bind_text(row, 1, source);
	dtms_store_bind(row, 2, after_seq);
	while ((result = database_step(store->db, row)) == 1) {
		result = read_event(row, &event);
		/* What follows it waits with it: after_seq would pass over it for good. */
		if (result == 0 && event.time_us > until_us)
			break;
		if (result == 0)
			result = callback(context, &event);
		if (result != 0)
			break;
		count++;
	}
	dtms_store_end(row);
	return result != 0 ? result : count;
}
