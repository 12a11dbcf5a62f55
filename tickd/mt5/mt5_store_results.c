/* What became of actions. */
#include "tickd/mt5/mt5_store_state.h"

#include "common/tick.h"

enum statement { ADD };

const char *const mt5_store_results_sql[MT5_STORE_STATEMENTS] = {
	/*
	 * The clock as it is stored: what is cleared up after a start may come before any hello.
	 * What is done is done: nothing is said of it any more.
	 */
	[ADD] = ("INSERT INTO action_results(source, action_id, time_us, status, retcode, ticket,"
		" price_e8, volume_e8, comment) SELECT ?1, ?2, (SELECT coalesce(max(newest_us), 0)"
		" FROM symbols WHERE source = ?1), ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS(SELECT 1"
		" FROM action_results d WHERE d.action_id = ?2 AND d.source = ?1"
		" AND d.status = 'done')"),
};

static int
add(struct mt5_store *store, const char *action_id, const char *status,
    const struct mt5_result *result, const char *comment)
{
	static const struct mt5_result nothing = {.retcode = TICK_NONE, .price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE};
	const struct mt5_result *said = result == NULL ? &nothing : result;
	sqlite3_stmt *row;
	int error = mt5_store_statement(store, LIST_RESULTS, ADD, &row);

	if (error < 0)
		return error;
	mt5_store_bind_text(row, 2, action_id);
	mt5_store_bind_text(row, 3, status);
	mt5_store_bind(row, 4, said->retcode);
	mt5_store_bind(row, 5, said->ticket == 0 ? TICK_NONE : said->ticket);
	mt5_store_bind(row, 6, said->price_e8);
	mt5_store_bind(row, 7, said->volume_e8);
	mt5_store_bind_text(row, 8, comment);
	error = mt5_store_run(store, row);
	return error < 0 ? error : 0;
}

int
mt5_store_result(struct mt5_store *store, const char *action_id, const char *status,
    const struct mt5_result *result, const char *comment)
{
	int error = mt5_store_begin(store);

	return error < 0 ? error :
	    mt5_store_end(store, add(store, action_id, status, result, comment));
}
