#include "tradingctl/dtms_rows.h"

#include "common/tick.h"
#include "tradingctl/row_object.h"

#define LIMIT_NONE (-1) /* to SQLite */

/* ?1 account, ?2 ticket, ?3 registered_us, ?4 source, ?5 symbol, ?6 closed, ?7 limit. */
#define IS_MEANT                                                                                   \
	" (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR ticket = ?2)"                            \
	" AND (?3 IS NULL OR registered_us = ?3)"
#define IS_OF_SYMBOL " AND (?4 IS NULL OR (source = ?4 AND symbol = ?5))"

static int
read(struct database *db, const char *sql, const struct dtms_filter *filter,
    const struct row_column *columns, json_t **ret)
{
	sqlite3_stmt *row;
	int error = database_prepare(db, sql, &row);

	if (error < 0)
		return error;
	/* What is not bound is NULL. */
	if (filter->account != NULL)
		sqlite3_bind_text(row, 1, filter->account, -1, SQLITE_STATIC);
	if (filter->ticket != TICK_NONE)
		sqlite3_bind_int64(row, 2, filter->ticket);
	if (filter->registered_us != TICK_NONE)
		sqlite3_bind_int64(row, 3, filter->registered_us);
	if (filter->symbol != NULL) {
		sqlite3_bind_text(row, 4, filter->symbol->source, -1, SQLITE_STATIC);
		sqlite3_bind_text(row, 5, filter->symbol->symbol, -1, SQLITE_STATIC);
	}
	sqlite3_bind_int(row, 6, filter->closed);
	sqlite3_bind_int64(row, 7, filter->limit == 0 ? LIMIT_NONE : filter->limit);
	return row_objects_read(db, row, columns, ret);
}

int
dtms_rows_trades(struct database *db, const struct dtms_filter *filter, json_t **ret)
{
	static const struct row_column columns[] = {
		{"account", ROW_TEXT}, {"ticket", ROW_INTEGER}, {"source", ROW_TEXT},
		{"symbol", ROW_TEXT}, {"direction", ROW_TEXT}, {"origin", ROW_TEXT},
		{"state", ROW_TEXT}, {"state_since", ROW_TIME}, {"score", ROW_REAL},
		{"entry_price", ROW_E8}, {"initial_volume", ROW_E8}, {"current_volume", ROW_E8},
		{"closed_volume", ROW_E8}, {"stop_loss", ROW_E8}, {"take_profit", ROW_E8},
		{"initial_stop_loss", ROW_E8}, {"hedge_ticket", ROW_INTEGER},
		{"hedge_volume", ROW_E8}, {"hedge_lost", ROW_BOOLEAN}, {"flat_deadline", ROW_TIME},
		{"recovery_deadline", ROW_TIME}, {"vwap_cross_count", ROW_INTEGER},
		{"vwap_flip", ROW_INTEGER}, {"last_deep_time", ROW_TIME},
		{"last_deep_price", ROW_E8}, {"close_attempts", ROW_INTEGER},
		{"closing_since", ROW_TIME}, {"stale", ROW_BOOLEAN}, {"registered", ROW_TIME},
		{"closed", ROW_TIME}, {"closed_reason", ROW_TEXT}, {0},
	};

	return read(db,
	    "SELECT account, ticket, source, symbol, direction, origin, state, state_since_us,"
	    " score, entry_price_e8, initial_volume_e8, current_volume_e8, closed_volume_e8, stop_loss_e8,"
	    " take_profit_e8, initial_stop_loss_e8, hedge_ticket, hedge_volume_e8, hedge_lost,"
	    " flat_deadline_us, recovery_deadline_us, vwap_cross_count, vwap_flip,"
	    " last_deep_time_us, last_deep_price_e8, close_attempts, closing_since_us, stale,"
	    " registered_us, closed_us, closed_reason"
	    " FROM dtms_trades WHERE" IS_MEANT IS_OF_SYMBOL " AND (?6 OR closed_us IS NULL)"
	    " ORDER BY closed_us IS NOT NULL, account, ticket, registered_us DESC LIMIT ?7",
	    filter, columns, ret);
}

int
dtms_rows_sources(struct database *db, json_t **ret)
{
	static const struct row_column columns[] = {
		{"source", ROW_TEXT}, {"off", ROW_BOOLEAN}, {"next", ROW_TIME}, {0},
	};

	return read(db, "SELECT source, off, next_us FROM dtms_progress ORDER BY source",
	    &DTMS_FILTER_ALL, columns, ret);
}

int
dtms_rows_actions(struct database *db, const struct dtms_filter *filter, json_t **ret)
{
	static const struct row_column columns[] = {
		{"time", ROW_TIME}, {"account", ROW_TEXT}, {"ticket", ROW_INTEGER},
		{"source", ROW_TEXT}, {"symbol", ROW_TEXT}, {"action_type", ROW_TEXT},
		{"parameters", ROW_JSON}, {"reason", ROW_TEXT}, {"mode", ROW_TEXT},
		{"status", ROW_TEXT}, {"error", ROW_TEXT}, {"state_from", ROW_TEXT},
		{"state_to", ROW_TEXT}, {"score_before", ROW_REAL}, {"score_after", ROW_REAL},
		{"expires", ROW_TIME}, {"created", ROW_TIME}, {"action_id", ROW_TEXT},
		{"token", ROW_TEXT}, {"market", ROW_JSON}, {0},
	};

	return read(db,
	    "SELECT time_us, account, ticket, source, symbol, action_type, parameters, reason,"
	    " mode, status, error, state_from, state_to, score_before, score_after, expires_us,"
	    " created_us, action_id, token, market FROM"
	    " (SELECT * FROM dtms_actions WHERE" IS_MEANT IS_OF_SYMBOL
	    "  ORDER BY time_us DESC, id DESC LIMIT ?7)"
	    " ORDER BY time_us, id", filter, columns, ret);
}

int
dtms_rows_checks(struct database *db, const struct dtms_filter *trade, json_t **ret)
{
	static const struct row_column columns[] = {
		{"time", ROW_TIME}, {"cause", ROW_TEXT}, {"state_from", ROW_TEXT},
		{"state_to", ROW_TEXT}, {"score", ROW_REAL}, {"reason", ROW_TEXT},
		{"market", ROW_JSON}, {0},
	};

	return read(db,
	    "SELECT time_us, cause, state_from, state_to, score, reason, market FROM dtms_checks"
	    " WHERE account = ?1 AND ticket = ?2 AND registered_us = ?3"
	    " AND (state_from <> state_to OR time_us IN (SELECT time_us FROM dtms_checks"
	    "  WHERE account = ?1 AND ticket = ?2 AND registered_us = ?3"
	    "  ORDER BY time_us DESC LIMIT ?7))"
	    " ORDER BY time_us", trade, columns, ret);
}

int
dtms_rows_adopted(struct database *db, const struct dtms_filter *trade, json_t **ret)
{
	static const struct row_column columns[] = {
		{"ticket", ROW_INTEGER}, {"kind", ROW_TEXT}, {"volume", ROW_E8},
		{"opened", ROW_TIME}, {"closed", ROW_TIME}, {0},
	};

	return read(db,
	    "SELECT ticket, kind, volume_e8, opened_us, closed_us FROM dtms_adopted"
	    " WHERE account = ?1 AND parent_ticket = ?2 AND parent_registered_us = ?3"
	    " ORDER BY opened_us, ticket", trade, columns, ret);
}
