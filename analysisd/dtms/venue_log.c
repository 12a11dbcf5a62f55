#include "analysisd/dtms/venue_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"

#define PAGE 256 /* rows of one read: it stands in the way of a checkpoint */

enum statement { POSITIONS, ACCOUNTS, RESULTS, TERMS, STATEMENTS };

/* The lists begin with seq and time_us. */
#define AFTER " WHERE source = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"

static const char *const sql[STATEMENTS] = {
	[POSITIONS] = "SELECT seq, time_us, ticket, account, symbol, comment, reason, kind,"
		      " direction, volume_e8, price_open_e8, stop_loss_e8, take_profit_e8, profit,"
		      " magic FROM position_events" AFTER,
	[ACCOUNTS] = "SELECT seq, time_us, account, balance, netting FROM account_events" AFTER,
	[RESULTS] = "SELECT seq, time_us, action_id, status, comment FROM action_results" AFTER,
	[TERMS] = "SELECT volume_min_e8, volume_step_e8, tick_size_e8, stops_level_e8"
		  " FROM symbol_terms WHERE symbol_id = ?1 AND from_us <= ?2"
		  " ORDER BY from_us DESC LIMIT 1",
};

struct venue_log {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
venue_log_create(struct venue_log **ret, struct database *reader)
{
	struct venue_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return -ENOMEM;
	log->db = reader;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(reader, sql[i], &log->statements[i]);

		if (error < 0) {
			venue_log_free(log);
			return error;
		}
	}
	*ret = log;
	return 0;
}

void
venue_log_free(struct venue_log *log)
{
	if (log == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(log->statements[i]);
	free(log);
}

/* ---- a list, page by page ---- */

struct callbacks { /* the one of the list that is read */
	venue_position_callback *position;
	venue_account_callback *account;
	venue_result_callback *result;
	void *context;
};

/* Hands on the row that the statement is on. */
typedef int row_reader(sqlite3_stmt *row, const struct callbacks *callbacks);

/* How far a list was read. */
struct walk {
	int64_t seq;
	int count;
	bool over; /* a row later than until_us, or an error */
};

static int
read_page(struct venue_log *log, sqlite3_stmt *row, row_reader *reader, int64_t until_us,
    const struct callbacks *callbacks, struct walk *walk)
{
	int result, rows = 0;

	while ((result = database_step(log->db, row)) == 1) {
		/* What follows it waits with it: after_seq would pass over it for good. */
		if (sqlite3_column_int64(row, 1) > until_us) {
			walk->over = true;
			return 0;
		}
		result = reader(row, callbacks);
		if (result != 0)
			return result;
		walk->seq = sqlite3_column_int64(row, 0);
		walk->count++;
		rows++;
	}
	walk->over = rows < PAGE;
	return result;
}

static int
read_list(struct venue_log *log, enum statement list, row_reader *reader, const char *source,
    int64_t after_seq, int64_t until_us, const struct callbacks *callbacks)
{
	sqlite3_stmt *row = log->statements[list];
	struct walk walk = {.seq = after_seq};
	int result = 0;

	while (result == 0 && !walk.over) {
		sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
		sqlite3_bind_int64(row, 2, walk.seq);
		sqlite3_bind_int(row, 3, PAGE);
		result = read_page(log, row, reader, until_us, callbacks, &walk);
		sqlite3_reset(row);
		sqlite3_clear_bindings(row);
	}
	return result != 0 ? result : walk.count;
}

static const char *
text_of(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

static double
number_of(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ?
	    NAN : sqlite3_column_double(row, column);
}

/* ---- positions ---- */

static int
find_kind(const char *name, enum venue_kind *ret)
{
	static const char *const names[] = {
		[VENUE_OPEN] = "open",
		[VENUE_CHANGED] = "changed",
		[VENUE_CLOSED] = "closed",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum venue_kind)i;
			return 0;
		}
	return -EIO;
}

static int
read_position(sqlite3_stmt *row, const struct callbacks *callbacks)
{
	struct venue_position position = {
		.seq = sqlite3_column_int64(row, 0),
		.time_us = sqlite3_column_int64(row, 1),
		.ticket = sqlite3_column_int64(row, 2),
		.account = text_of(row, 3),
		.symbol = text_of(row, 4),
		.comment = text_of(row, 5),
		.volume_e8 = sqlite3_column_int64(row, 9),
		.price_open_e8 = sqlite3_column_int64(row, 10),
		.stop_loss_e8 = stored_or_none(row, 11),
		.take_profit_e8 = stored_or_none(row, 12),
		.profit = NAN,
		.magic = sqlite3_column_int64(row, 14),
	};
	const char *kind = text_of(row, 7), *direction = text_of(row, 8);

	if (position.account == NULL || position.symbol == NULL || position.comment == NULL ||
	    kind == NULL || direction == NULL)
		return -ENOMEM; /* none of these is NULL in the table */
	if (find_kind(kind, &position.kind) < 0 ||
	    !trade_direction_find(direction, &position.direction))
		return -EIO;
	if (position.kind == VENUE_CLOSED) {
		position.reason = text_of(row, 6);
		position.profit = number_of(row, 13);
	}
	return callbacks->position(callbacks->context, &position);
}

int
venue_log_positions(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_position_callback *callback, void *context)
{
	const struct callbacks callbacks = {.position = callback, .context = context};

	return read_list(log, POSITIONS, read_position, source, after_seq, until_us, &callbacks);
}

/* ---- accounts ---- */

static int
read_account(sqlite3_stmt *row, const struct callbacks *callbacks)
{
	const struct venue_account account = {
		.seq = sqlite3_column_int64(row, 0),
		.time_us = sqlite3_column_int64(row, 1),
		.account = text_of(row, 2),
		.balance = number_of(row, 3),
		.netting = sqlite3_column_int(row, 4) != 0,
	};

	if (account.account == NULL)
		return -ENOMEM;
	return callbacks->account(callbacks->context, &account);
}

int
venue_log_accounts(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_account_callback *callback, void *context)
{
	const struct callbacks callbacks = {.account = callback, .context = context};

	return read_list(log, ACCOUNTS, read_account, source, after_seq, until_us, &callbacks);
}

/* ---- results ---- */

static int
read_result(sqlite3_stmt *row, const struct callbacks *callbacks)
{
	const struct venue_result result = {
		.seq = sqlite3_column_int64(row, 0),
		.time_us = sqlite3_column_int64(row, 1),
		.action_id = text_of(row, 2),
		.status = text_of(row, 3),
		.comment = text_of(row, 4),
	};

	if (result.action_id == NULL || result.status == NULL)
		return -ENOMEM;
	return callbacks->result(callbacks->context, &result);
}

int
venue_log_results(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_result_callback *callback, void *context)
{
	const struct callbacks callbacks = {.result = callback, .context = context};

	return read_list(log, RESULTS, read_result, source, after_seq, until_us, &callbacks);
}

/* ---- terms ---- */

int
venue_log_terms(struct venue_log *log, int64_t symbol_id, int64_t now_us,
    struct venue_terms *ret)
{
	sqlite3_stmt *row = log->statements[TERMS];
	struct venue_terms terms = {.volume_min_e8 = 0};
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, now_us);
	result = database_step(log->db, row);
	if (result == 1) /* NULL is read as 0 */
		terms = (struct venue_terms){
			.volume_min_e8 = sqlite3_column_int64(row, 0),
			.volume_step_e8 = sqlite3_column_int64(row, 1),
			.tick_size_e8 = sqlite3_column_int64(row, 2),
			.stops_level_e8 = sqlite3_column_int64(row, 3),
		};
	sqlite3_reset(row);
	if (result < 0)
		return result;
	*ret = terms;
	return 0;
}
