/*
 * What is open in an account, and what became of it.  The rows of `positions` that are not closed
 * are the last report.
 */
#include "tickd/mt5/mt5_store_state.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/stored_rows.h"
#include "tickd/mt5/mt5_positions.h"

enum statement { READ_OPEN, READ_TICKETS, OPEN, CHANGE, CLOSE, ADD_EVENT };

#define OF_TICKET " WHERE source = ?1 AND account = ?2 AND ticket = ?3"
/* From ?4 on, as bind_position() has them. */
#define COLUMNS                                                                                    \
	"symbol, direction, volume_e8, price_open_e8, stop_loss_e8, take_profit_e8, magic, comment"

const char *const mt5_store_positions_sql[MT5_STORE_STATEMENTS] = {
	[READ_OPEN] = ("SELECT ticket, " COLUMNS " FROM positions"
		      " WHERE source = ?1 AND account = ?2 AND closed_us IS NULL ORDER BY ticket"),
	[READ_TICKETS] = ("SELECT ticket FROM positions"
			 " WHERE source = ?1 AND account = ?2 AND closed_us IS NULL ORDER BY ticket"),
	[OPEN] = ("INSERT OR REPLACE INTO positions(source, account, ticket, " COLUMNS ", opened_us,"
		 " closed_us) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL)"),
	[CHANGE] = ("UPDATE positions SET (" COLUMNS ") = (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		   OF_TICKET),
	[CLOSE] = "UPDATE positions SET closed_us = ?4" OF_TICKET,
	[ADD_EVENT] = ("INSERT INTO position_events(source, account, ticket, " COLUMNS ", time_us,"
		      " kind, price_e8, profit, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
		      " ?10, ?11, ?12, ?13, ?14, ?15, ?16)"),
};

/* ---- the rows ---- */

struct open_positions {
	struct mt5_position *items; /* tickets go up; opened_server_ms is not known */
	size_t count, room;
};

static int
make_room(struct open_positions *open)
{
	size_t room = open->room == 0 ? 64 : 2 * open->room;
	struct mt5_position *items;

	if (open->count < open->room)
		return 0;
	items = reallocarray(open->items, room, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	open->items = items;
	open->room = room;
	return 0;
}

static int
read_position(struct open_positions *open, sqlite3_stmt *row)
{
	const char *symbol = (const char *)sqlite3_column_text(row, 1);
	const char *direction = (const char *)sqlite3_column_text(row, 2);
	const char *comment = (const char *)sqlite3_column_text(row, 8);
	struct mt5_position *position;
	int error = make_room(open);

	if (error < 0)
		return error;
	if (symbol == NULL || direction == NULL || comment == NULL)
		return -ENOMEM; /* none of these is NULL in the table */
	position = &open->items[open->count++];
	*position = (struct mt5_position){
		.ticket = sqlite3_column_int64(row, 0),
		.opened_server_ms = TICK_NONE,
		.sell = strcmp(direction, "SELL") == 0,
		.volume_e8 = sqlite3_column_int64(row, 3),
		.price_open_e8 = sqlite3_column_int64(row, 4),
		.stop_loss_e8 = stored_or_none(row, 5),
		.take_profit_e8 = stored_or_none(row, 6),
		.magic = sqlite3_column_int64(row, 7),
	};
	snprintf(position->symbol, sizeof(position->symbol), "%s", symbol);
	snprintf(position->comment, sizeof(position->comment), "%s", comment);
	return 0;
}

/* What the last report said; *ret is the caller's to free in every case. */
static int
read_open(struct mt5_store *store, struct open_positions *ret)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_POSITIONS, READ_OPEN, &row);

	*ret = (struct open_positions){0};
	if (result < 0)
		return result;
	mt5_store_bind_text(row, 2, store->account);
	while ((result = database_step(store->db, row)) == 1) {
		result = read_position(ret, row);
		if (result < 0)
			break;
	}
	mt5_store_finish(row);
	return result;
}

int
mt5_store_open_tickets(struct mt5_store *store, const char *account, int64_t **ret,
    size_t *ret_count)
{
	int64_t *tickets = NULL;
	size_t count = 0;
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_POSITIONS, READ_TICKETS, &row);

	if (result < 0)
		return result;
	mt5_store_bind_text(row, 2, account);
	while ((result = database_step(store->db, row)) == 1) {
		int64_t *grown = reallocarray(tickets, count + 1, sizeof(*tickets));

		if (grown == NULL) {
			result = -ENOMEM;
			break;
		}
		tickets = grown;
		tickets[count++] = sqlite3_column_int64(row, 0);
	}
	mt5_store_finish(row);
	if (result < 0) {
		free(tickets);
		return result;
	}
	*ret = tickets;
	*ret_count = count;
	return 0;
}

/* Parameters 2 to 11. */
static int
bind_position(struct mt5_store *store, enum statement which, const struct mt5_position *position,
    sqlite3_stmt **ret)
{
	sqlite3_stmt *row;
	int error = mt5_store_statement(store, LIST_POSITIONS, which, &row);

	if (error < 0)
		return error;
	mt5_store_bind_text(row, 2, store->account);
	sqlite3_bind_int64(row, 3, position->ticket);
	mt5_store_bind_text(row, 4, position->symbol);
	mt5_store_bind_text(row, 5, position->sell ? "SELL" : "BUY");
	sqlite3_bind_int64(row, 6, position->volume_e8);
	sqlite3_bind_int64(row, 7, position->price_open_e8);
	mt5_store_bind(row, 8, position->stop_loss_e8);
	mt5_store_bind(row, 9, position->take_profit_e8);
	sqlite3_bind_int64(row, 10, position->magic);
	mt5_store_bind_text(row, 11, position->comment);
	*ret = row;
	return 0;
}

static int
write_opened(struct mt5_store *store, const struct mt5_position *position, int64_t opened_us)
{
	sqlite3_stmt *row;
	int result = bind_position(store, OPEN, position, &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 12, opened_us);
	return mt5_store_run(store, row);
}

static int
write_changed(struct mt5_store *store, const struct mt5_position *position)
{
	sqlite3_stmt *row;
	int result = bind_position(store, CHANGE, position, &row);

	return result < 0 ? result : mt5_store_run(store, row);
}

static int
write_closed(struct mt5_store *store, int64_t ticket, int64_t closed_us)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_POSITIONS, CLOSE, &row);

	if (result < 0)
		return result;
	mt5_store_bind_text(row, 2, store->account);
	sqlite3_bind_int64(row, 3, ticket);
	sqlite3_bind_int64(row, 4, closed_us);
	return mt5_store_run(store, row);
}

/* `closed` is NULL of an event that is none. */
static int
add_event(struct mt5_store *store, const char *kind, const struct mt5_position *position,
    const struct mt5_closed *closed)
{
	sqlite3_stmt *row;
	int result = bind_position(store, ADD_EVENT, position, &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 12, mt5_store_clock(store));
	mt5_store_bind_text(row, 13, kind);
	mt5_store_bind(row, 14, closed == NULL ? TICK_NONE : closed->price_e8);
	sqlite3_bind_double(row, 15, closed == NULL ? NAN : closed->profit); /* NAN is NULL */
	mt5_store_bind_text(row, 16, closed == NULL ? NULL : closed->reason);
	return mt5_store_run(store, row);
}

/* ---- reports ---- */

struct report {
	struct mt5_store *store;
	const struct broker_time *time;
};

static int
open_position(const struct report *report, const struct mt5_position *now)
{
	int result = write_opened(report->store, now,
	    broker_time_utc(report->time, now->opened_server_ms * CLOCK_MS_US));

	return result < 0 ? result : add_event(report->store, "open", now, NULL);
}

/* Nobody said how: perhaps `closed` does, later. */
static int
lose_position(const struct report *report, const struct mt5_position *old)
{
	static const struct mt5_closed gone = {.price_e8 = TICK_NONE, .profit = NAN,
		.reason = "gone"};
	struct mt5_store *store = report->store;
	int result = write_closed(store, old->ticket, mt5_store_clock(store));

	return result < 0 ? result : add_event(store, "closed", old, &gone);
}

static int
change_position(const struct report *report, const struct mt5_position *old,
    const struct mt5_position *now)
{
	int result;

	/* Its ticket went over to another position. */
	if (old->sell != now->sell || strcmp(old->symbol, now->symbol) != 0) {
		result = lose_position(report, old);
		return result < 0 ? result : open_position(report, now);
	}
	result = write_changed(report->store, now);
	return result < 0 ? result : add_event(report->store, "changed", now, NULL);
}

static int
on_change(void *context, enum mt5_change_kind kind, const struct mt5_position *old,
    const struct mt5_position *now)
{
	int result = kind == MT5_OPENED ? open_position(context, now) :
	    kind == MT5_CHANGED ? change_position(context, old, now) : lose_position(context, old);

	return result < 0 ? result : 0;
}

static int
take_report(struct mt5_store *store, const struct mt5_positions *report,
    const struct broker_time *time)
{
	struct report context = {store, time};
	struct open_positions open;
	int result = read_open(store, &open);

	if (result == 0)
		result = mt5_positions_compare(open.items, open.count, report->positions,
		    report->count, report->complete, on_change, &context);
	free(open.items);
	return result;
}

int
mt5_store_positions(struct mt5_store *store, const struct mt5_positions *report,
    const struct broker_time *time)
{
	int result;

	if (mt5_store_clock(store) == 0)
		return -ENODATA;
	result = mt5_store_begin(store);
	return result < 0 ? result : mt5_store_end(store, take_report(store, report, time));
}

/* ---- closed ---- */

static const struct mt5_position *
find(const struct open_positions *open, int64_t ticket)
{
	for (size_t i = 0; i < open->count; i++)
		if (open->items[i].ticket == ticket)
			return &open->items[i];
	return NULL;
}

/* Of one that was gone already only the time is learnt; one that is not known changes no row. */
static int
take_closed(struct mt5_store *store, const struct mt5_closed *closed, int64_t closed_us)
{
	const struct mt5_position *position;
	struct open_positions open;
	int result = read_open(store, &open);

	if (result == 0)
		result = write_closed(store, closed->ticket, closed_us);
	position = result < 0 ? NULL : find(&open, closed->ticket);
	if (position != NULL)
		result = add_event(store, "closed", position, closed);
	free(open.items);
	return result < 0 ? result : 0;
}

int
mt5_store_closed(struct mt5_store *store, const struct mt5_closed *closed,
    const struct broker_time *time)
{
	int result;

	if (mt5_store_clock(store) == 0)
		return -ENODATA;
	result = mt5_store_begin(store);
	return result < 0 ? result : mt5_store_end(store, take_closed(store, closed,
	    broker_time_utc(time, closed->server_ms * CLOCK_MS_US)));
}
