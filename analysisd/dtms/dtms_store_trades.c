#include "analysisd/dtms/dtms_store_statements.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysisd/dtms/questions.h"
#include "common/stored_rows.h"

enum statement { WRITE, OPEN, ELSEWHERE };

/* Column n of a SELECT of KEY, REST is parameter n + 1 of WRITE. */
#define KEY "account, ticket, registered_us"
#define REST                                                                                       \
	"source, symbol, direction, origin, entry_price_e8, initial_volume_e8,"                    \
	" current_volume_e8, closed_volume_e8, stop_loss_e8, take_profit_e8,"                      \
	" initial_stop_loss_e8, hedge_ticket, hedge_volume_e8, hedge_lost, state, state_since_us," \
	" score, flat_deadline_us, recovery_deadline_us, vwap_cross_count, vwap_flip,"             \
	" vwap_counted_us, last_deep_time_us, last_deep_price_e8, close_attempts,"                 \
	" closing_since_us, stale, closed_us, closed_reason"
#define REST_PARAMETERS                                                                            \
	"?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22," \
	" ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32"

const char *const dtms_store_trades_sql[DTMS_STORE_STATEMENTS] = {
	/* Not OR REPLACE: that would delete another trade of the ticket that is still open. */
	[WRITE] = ("INSERT INTO dtms_trades(" KEY ", " REST ") VALUES(?1, ?2, ?3, " REST_PARAMETERS
		  ") ON CONFLICT(" KEY ") DO UPDATE SET (" REST ") = (" REST_PARAMETERS ")"),
	[OPEN] = ("SELECT " KEY ", " REST " FROM dtms_trades WHERE source = ?1"
		 " AND closed_us IS NULL ORDER BY account, ticket"),
	[ELSEWHERE] = "SELECT source FROM dtms_trades WHERE account = ?1 AND ticket = ?2"
		      " AND closed_us IS NULL AND source <> ?3",
};

static void
bind_position(sqlite3_stmt *row, const struct dtms_trade *trade)
{
	dtms_store_bind_text(row, 1, trade->account);
	dtms_store_bind(row, 2, trade->ticket);
	dtms_store_bind(row, 3, trade->registered_us);
	dtms_store_bind_text(row, 4, trade->source);
	dtms_store_bind_text(row, 5, trade->symbol);
	dtms_store_bind_text(row, 6, trade_direction_name(trade->direction));
	dtms_store_bind_text(row, 7, dtms_origin_name(trade->venue));
	dtms_store_bind(row, 8, trade->entry_e8);
	dtms_store_bind(row, 9, trade->initial_volume_e8);
	dtms_store_bind(row, 10, trade->current_volume_e8);
	dtms_store_bind(row, 11, trade->closed_volume_e8);
	dtms_store_bind(row, 12, trade->stop_loss_e8);
	dtms_store_bind(row, 13, trade->take_profit_e8);
	dtms_store_bind(row, 14, trade->initial_stop_loss_e8);
	dtms_store_bind(row, 15, trade->hedge_ticket);
	dtms_store_bind(row, 16, trade->hedge_volume_e8);
	dtms_store_bind(row, 17, trade->hedge_lost);
}

static void
bind_watch(sqlite3_stmt *row, const struct dtms_trade *trade)
{
	dtms_store_bind_text(row, 18, dtms_state_name(trade->state));
	dtms_store_bind(row, 19, trade->state_since_us);
	sqlite3_bind_double(row, 20, trade->score); /* NAN is bound as NULL */
	dtms_store_bind(row, 21, trade->flat_deadline_us);
	dtms_store_bind(row, 22, trade->recovery_deadline_us);
	dtms_store_bind(row, 23, trade->vwap_cross_count);
	dtms_store_bind(row, 24, trade->vwap_flip);
	dtms_store_bind(row, 25, trade->vwap_counted_us);
	dtms_store_bind(row, 26, trade->last_deep_us);
	dtms_store_bind(row, 27, trade->last_deep_price_e8);
	dtms_store_bind(row, 28, trade->close_attempts);
	dtms_store_bind(row, 29, trade->closing_since_us);
	dtms_store_bind(row, 30, trade->stale);
	dtms_store_bind(row, 31, trade->closed_us);
	dtms_store_bind_text(row, 32, *trade->closed_reason == '\0' ? NULL : trade->closed_reason);
}

int
dtms_store_write_trade(struct dtms_store *store, const struct dtms_trade *trade)
{
	sqlite3_stmt *row = store->statements[LIST_TRADES][WRITE];
	int result;

	bind_position(row, trade);
	bind_watch(row, trade);
	result = dtms_store_run(store, row);
	return result < 0 ? result : 0;
}

/* ---- reading ---- */

static int
read_names(sqlite3_stmt *row, struct dtms_trade *ret)
{
	char direction[TRADE_NAME_MAX], origin[TRADE_NAME_MAX], state[TRADE_NAME_MAX];
	const struct {
		int column;
		char *name;
	} names[] = {{0, ret->account}, {3, ret->source}, {4, ret->symbol}, {5, direction},
	    {6, origin}, {17, state}, {31, ret->closed_reason}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int error = dtms_store_read_text(row, names[i].column, names[i].name,
		    TRADE_NAME_MAX);

		if (error < 0)
			return error;
	}
	ret->venue = strcmp(origin, dtms_origin_name(true)) == 0;
	return trade_direction_find(direction, &ret->direction) &&
	    dtms_state_find(state, &ret->state) ? 0 : -EIO;
}

static int
read_trade(sqlite3_stmt *row, struct dtms_trade *ret)
{
	*ret = (struct dtms_trade){
		.ticket = sqlite3_column_int64(row, 1),
		.registered_us = sqlite3_column_int64(row, 2),
		.entry_e8 = sqlite3_column_int64(row, 7),
		.initial_volume_e8 = sqlite3_column_int64(row, 8),
		.current_volume_e8 = sqlite3_column_int64(row, 9),
		.closed_volume_e8 = sqlite3_column_int64(row, 10),
		.stop_loss_e8 = stored_or_none(row, 11),
		.take_profit_e8 = stored_or_none(row, 12),
		.initial_stop_loss_e8 = stored_or_none(row, 13),
		.hedge_ticket = stored_or_none(row, 14),
		.hedge_volume_e8 = stored_or_none(row, 15),
		.hedge_lost = sqlite3_column_int(row, 16) != 0,
		.state_since_us = sqlite3_column_int64(row, 18),
		.score = sqlite3_column_type(row, 19) == SQLITE_NULL ?
		    NAN : sqlite3_column_double(row, 19),
		.flat_deadline_us = stored_or_none(row, 20),
		.recovery_deadline_us = stored_or_none(row, 21),
		.vwap_cross_count = sqlite3_column_int64(row, 22),
		.vwap_flip = sqlite3_column_int(row, 23),
		.vwap_counted_us = stored_or_none(row, 24),
		.last_deep_us = stored_or_none(row, 25),
		.last_deep_price_e8 = stored_or_none(row, 26),
		.close_attempts = sqlite3_column_int64(row, 27),
		.closing_since_us = stored_or_none(row, 28),
		.stale = sqlite3_column_int(row, 29) != 0,
		.closed_us = stored_or_none(row, 30),
	};
	return read_names(row, ret);
}

int
dtms_store_open_trades(struct dtms_store *store, const char *source, dtms_trade_callback *callback,
    void *context)
{
	sqlite3_stmt *row = store->statements[LIST_TRADES][OPEN];
	struct dtms_trade trade;
	int result, count = 0;

	dtms_store_bind_text(row, 1, source);
	while ((result = database_step(store->db, row)) == 1) {
		result = read_trade(row, &trade);
		if (result == 0)
			result = callback(context, &trade);
		if (result != 0)
			break;
		count++;
	}
	dtms_store_end(row);
	return result != 0 ? result : count;
}

int
dtms_store_find_elsewhere(struct dtms_store *store, const struct dtms_trade *trade,
    char ret_source[static TRADE_NAME_MAX])
{
	sqlite3_stmt *row = store->statements[LIST_TRADES][ELSEWHERE];
	int result, error;

	dtms_store_bind_text(row, 1, trade->account);
	dtms_store_bind(row, 2, trade->ticket);
	dtms_store_bind_text(row, 3, trade->source);
	result = database_step(store->db, row);
	if (result == 1) {
		error = dtms_store_read_text(row, 0, ret_source, TRADE_NAME_MAX);
		result = error < 0 ? error : 1;
	}
	dtms_store_end(row);
	return result;
}
