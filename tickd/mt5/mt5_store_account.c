/* What the terms of a source's symbols are, and what is in its account. */
#include "tickd/mt5/mt5_store_state.h"

#include <errno.h>
#include <math.h>

#define EQUITY_US INT64_C(300000000) /* another equity alone is worth a row only so often */

enum statement { SET_DIGITS, SET_TICK_VALUE, ADD_TERMS, ADD_EVENT };

#define NEWEST_TERMS "(SELECT max(from_us) FROM symbol_terms WHERE symbol_id = ?2)"

const char *const mt5_store_account_sql[MT5_STORE_STATEMENTS] = {
	[SET_DIGITS] = "UPDATE symbols SET digits = ?3 WHERE source = ?1 AND symbol_id = ?2"
		       " AND digits <> ?3",
	/* What a lot's tick is worth moves with the market: that alone makes no terms. */
	[SET_TICK_VALUE] = ("UPDATE symbol_terms SET tick_value = ?3 WHERE symbol_id = ?2"
			   " AND from_us = " NEWEST_TERMS " AND tick_value IS NOT ?3 AND ?1 = ?1"),
	[ADD_TERMS] = ("INSERT OR REPLACE INTO symbol_terms(symbol_id, from_us, volume_min_e8,"
		      " volume_step_e8, volume_max_e8, tick_size_e8, stops_level_e8, freeze_level_e8,"
		      " tick_value, sessions) SELECT ?2, CASE WHEN " NEWEST_TERMS " IS NULL THEN 0"
		      " ELSE ?3 END, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?1 = ?1 AND NOT EXISTS"
		      " (SELECT 1 FROM symbol_terms WHERE symbol_id = ?2 AND from_us = " NEWEST_TERMS
		      " AND volume_min_e8 IS ?4 AND volume_step_e8 IS ?5 AND volume_max_e8 IS ?6"
		      " AND tick_size_e8 IS ?7 AND stops_level_e8 IS ?8 AND freeze_level_e8 IS ?9"
		      " AND sessions IS ?11)"),
	/* The newest row of the account says the same: nothing is to be added. */
	[ADD_EVENT] = ("INSERT INTO account_events(source, account, time_us, balance, equity, netting)"
		      " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM"
		      " (SELECT * FROM account_events WHERE source = ?1 ORDER BY seq DESC LIMIT 1)"
		      " WHERE account = ?2 AND balance IS ?4 AND netting = ?6"
		      " AND (equity IS ?5 OR time_us > ?3 - ?7))"),
};

/* ---- terms ---- */

static int
set_digits(struct mt5_store *store, int64_t symbol_id, int64_t digits)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_ACCOUNT, SET_DIGITS, &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 2, symbol_id);
	sqlite3_bind_int64(row, 3, digits);
	return mt5_store_run(store, row);
}

/* Returns 1 where a row was added. */
static int
add_terms(struct mt5_store *store, int64_t symbol_id, const struct mt5_symbol *symbol,
    int64_t clock_us)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_ACCOUNT, ADD_TERMS, &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 2, symbol_id);
	sqlite3_bind_int64(row, 3, clock_us);
	sqlite3_bind_int64(row, 4, symbol->volume_min_e8);
	sqlite3_bind_int64(row, 5, symbol->volume_step_e8);
	sqlite3_bind_int64(row, 6, symbol->volume_max_e8);
	sqlite3_bind_int64(row, 7, symbol->tick_size_e8);
	sqlite3_bind_int64(row, 8, symbol->stops_level_e8);
	sqlite3_bind_int64(row, 9, symbol->freeze_level_e8);
	sqlite3_bind_double(row, 10, symbol->tick_value); /* NAN is NULL */
	mt5_store_bind_text(row, 11, symbol->sessions);
	return mt5_store_run(store, row);
}

static int
set_tick_value(struct mt5_store *store, int64_t symbol_id, double tick_value)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_ACCOUNT, SET_TICK_VALUE, &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 2, symbol_id);
	sqlite3_bind_double(row, 3, tick_value);
	return mt5_store_run(store, row);
}

int
mt5_store_terms(struct mt5_store *store, int64_t symbol_id, const struct mt5_symbol *symbol,
    int64_t clock_us)
{
	int result = set_digits(store, symbol_id, symbol->digits);

	if (result >= 0)
		result = add_terms(store, symbol_id, symbol, clock_us);
	if (result == 0)
		result = set_tick_value(store, symbol_id, symbol->tick_value);
	return result < 0 ? result : 0;
}

/* ---- balance and equity ---- */

static int
add_event(struct mt5_store *store, const struct mt5_account *account, int64_t clock_us)
{
	sqlite3_stmt *row;
	int result = mt5_store_statement(store, LIST_ACCOUNT, ADD_EVENT, &row);

	if (result < 0)
		return result;
	mt5_store_bind_text(row, 2, store->account);
	sqlite3_bind_int64(row, 3, clock_us);
	sqlite3_bind_double(row, 4, account->balance);
	sqlite3_bind_double(row, 5, account->equity);
	sqlite3_bind_int(row, 6, store->netting);
	sqlite3_bind_int64(row, 7, EQUITY_US);
	result = mt5_store_run(store, row);
	return result < 0 ? result : 0;
}

int
mt5_store_account(struct mt5_store *store, const struct mt5_account *account)
{
	int64_t clock_us = mt5_store_clock(store);
	int result;

	if (clock_us == 0)
		return -ENODATA;
	result = mt5_store_begin(store);
	return result < 0 ? result : mt5_store_end(store, add_event(store, account, clock_us));
}
