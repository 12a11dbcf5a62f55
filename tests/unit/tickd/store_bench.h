/*
 * A store on a database of the test's own, every batch of which is looked at: what is stored must be
 * what candle_model.h says.  Also small batches, failures made to order, and a look at one candle.
 */
#ifndef TESTS_UNIT_TICKD_STORE_BENCH_H
#define TESTS_UNIT_TICKD_STORE_BENCH_H

#include <errno.h>

#include "tests/unit/tickd/candle_model.h"
#include "tests/unit/tickd/names.h"
#include "tests/unit/tickd/tick_database.h"
#include "tickd/store/store.h"

#define NOW_US INT64_C(77)

/* ---- the bench: a database, a store on it, and what it must hold ---- */

struct bench {
	void **state;
	struct database *db;
	struct store *store;
	struct string_list names;
	enum tick_ids ids;
	struct model *model, *before; /* after and before the last batch */
	int64_t seq;		      /* newest row of changes before the last batch */
};

static inline void
bench_open_store(struct bench *bench)
{
	struct problem problem;

	if (store_create(&bench->store, bench->db, "test", &bench->names, bench->ids,
		&problem) < 0)
		fail_msg("%s", problem.text);
}

/* The store borrows the names, so the bench stays where it is. */
static inline void
bench_open(struct bench *bench, void **state)
{
	char name[16];

	*bench = (struct bench){.state = state, .names = names_create(SYMBOLS)};
	for (int i = 0; i < SYMBOLS; i++) {
		snprintf(name, sizeof(name), "S%d", i);
		names_add(&bench->names, name);
	}
	bench->model = calloc(1, sizeof(*bench->model));
	bench->before = calloc(1, sizeof(*bench->before));
	assert_true(bench->model != NULL && bench->before != NULL);
	bench->db = tick_database_open(state);
	bench_open_store(bench);
}

static inline void
bench_close(struct bench *bench)
{
	store_free(bench->store);
	database_close(bench->db);
	names_free(&bench->names);
	free(bench->model);
	free(bench->before);
}

/* As a restart would: nothing is left in memory. */
static inline void
bench_restart(struct bench *bench, bool database_too)
{
	store_free(bench->store);
	if (database_too) {
		database_close(bench->db);
		bench->db = tick_database_open(bench->state);
	}
	bench_open_store(bench);
}

static inline sqlite3 *
handle_of(struct bench *bench)
{
	return database_handle(bench->db);
}

__attribute__((format(printf, 2, 3))) static inline int64_t
number(struct bench *bench, const char *format, ...)
{
	va_list arguments;
	char sql[512];

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	return sql_number(handle_of(bench), sql);
}

static inline int
bench_write(struct bench *bench, const struct tick *ticks, size_t count, struct store_result *ret)
{
	return store_write(bench->store, ticks, count, NOW_US, ret);
}

/* What was there before the next batch, for check_all() to compare with. */
static inline void
bench_remember(struct bench *bench)
{
	*bench->before = *bench->model;
	bench->seq = number(bench, "SELECT coalesce(max(seq), 0) FROM changes");
}

/* Stores the batch, here and in the model. */
static inline struct store_result
must_write(struct bench *bench, const struct tick *ticks, size_t count)
{
	struct store_result result;
	int64_t added = 0;

	bench_remember(bench);
	if (bench_write(bench, ticks, count, &result) != 0)
		fail_msg("not stored: %s", database_error(bench->db));
	for (size_t i = 0; i < count; i++)
		added += model_add(bench->model, &ticks[i]);
	model_fold(bench->model);
	assert_int_equal(result.stored, added);
	assert_int_equal(result.duplicates, (int64_t)count - added);
	return result;
}

/* The same of a page. */
static inline struct store_result
must_add_page(struct bench *bench, uint32_t symbol, const struct tick *ticks, size_t count)
{
	struct store_result result;
	int64_t added = 0;

	bench_remember(bench);
	if (store_add_page(bench->store, symbol, ticks, count, NOW_US, &result) != 0)
		fail_msg("not stored: %s", database_error(bench->db));
	for (size_t i = 0; i < count; i++) {
		struct tick tick = ticks[i];

		tick.symbol = symbol;
		added += model_add(bench->model, &tick);
	}
	model_fold(bench->model);
	assert_int_equal(result.stored, added);
	assert_int_equal(result.duplicates, (int64_t)count - added);
	return result;
}

/* ---- what is stored against the model ---- */

static inline int64_t
column(sqlite3_stmt *row, int at)
{
	return sqlite3_column_type(row, at) == SQLITE_NULL ? TICK_NONE : sqlite3_column_int64(row, at);
}

static inline sqlite3_stmt *
query(struct bench *bench, const char *sql, int symbol)
{
	sqlite3_stmt *rows;

	if (sqlite3_prepare_v2(handle_of(bench), sql, -1, &rows, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle_of(bench)));
	sqlite3_bind_text(rows, 1, bench->names.items[symbol], -1, SQLITE_STATIC);
	return rows;
}

static inline void
check_ticks(struct bench *bench, int number_of)
{
	const struct model_symbol *symbol = &bench->model->symbols[number_of];
	sqlite3_stmt *row = query(bench,
	    "SELECT time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags, trade_count"
	    " FROM unified_ticks JOIN symbols USING(symbol_id) WHERE symbol = ?1 ORDER BY 1, 2",
	    number_of);

	for (size_t i = 0; i < symbol->count; i++) {
		const struct tick *tick = &symbol->ticks[i];

		assert_int_equal(sqlite3_step(row), SQLITE_ROW);
		assert_int_equal(column(row, 0), tick->time_us);
		assert_int_equal(column(row, 1), tick->tick_id);
		assert_int_equal(column(row, 2), tick->price_e8);
		assert_int_equal(column(row, 3), tick->volume_e8);
		assert_int_equal(column(row, 4), tick->bid_e8);
		assert_int_equal(column(row, 5), tick->ask_e8);
		assert_int_equal(column(row, 6), tick->flags);
		assert_int_equal(column(row, 7),
		    tick->trade_count == 0 ? TICK_NONE : tick->trade_count);
	}
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
}

static inline const struct candle *
candle_in(const struct model_symbol *symbol, int64_t open_time_us)
{
	for (size_t i = 0; i < symbol->candle_count; i++)
		if (symbol->candles[i].open_time_us == open_time_us)
			return &symbol->candles[i];
	return NULL;
}

static inline bool
same_candle(const struct candle *a, const struct candle *b)
{
	return a->trades == b->trades && a->complete == b->complete;
}

/* Of a slot that was over before the batch a change is numbered and told; of others it is not. */
static inline void
check_revision(struct bench *bench, int number_of, const struct candle *candle, int64_t revision)
{
	struct model_symbol *before = &bench->before->symbols[number_of];
	const struct candle *was = candle_in(before, candle->open_time_us);
	bool over = model_over(bench->before, before, candle->open_time_us);
	bool changed = was == NULL || !same_candle(was, candle);
	int64_t told = number(bench,
	    "SELECT count(*) FROM changes JOIN symbols USING(symbol_id) WHERE symbol = 'S%d'"
	    " AND seq > %lld AND from_us = %lld AND to_us = %lld",
	    number_of, (long long)bench->seq, (long long)candle->open_time_us,
	    (long long)(candle->open_time_us + CANDLE_M5_US));

	if (over && changed) {
		assert_true(told > 0);
		assert_true(was == NULL || revision > was->revision);
	} else {
		assert_int_equal(told, 0);
		assert_int_equal(revision, was == NULL ? 0 : was->revision);
	}
}

static inline void
check_candle(struct bench *bench, int number_of, sqlite3_stmt *row, struct candle *candle)
{
	assert_int_equal(column(row, 0), candle->open_time_us);
	assert_int_equal(column(row, 1), candle->open_e8);
	assert_int_equal(column(row, 2), candle->high_e8);
	assert_int_equal(column(row, 3), candle->low_e8);
	assert_int_equal(column(row, 4), candle->close_e8);
	assert_true(sqlite3_column_double(row, 5) == candle->volume);
	assert_true(sqlite3_column_double(row, 6) == candle->quote_volume);
	assert_true(sqlite3_column_double(row, 7) == candle->taker_buy_volume);
	assert_int_equal(column(row, 8), candle->trades);
	assert_int_equal(column(row, 9), candle->first_tick_id);
	assert_int_equal(column(row, 10), candle->last_tick_id);
	assert_string_equal((const char *)sqlite3_column_text(row, 11), "ticks");
	if (column(row, 13) != candle->complete)
		fail_msg("S%d slot %lld, ids %lld to %lld: complete is %lld, must be %d", number_of,
		    (long long)((candle->open_time_us - FIRST_US) / CANDLE_M5_US),
		    (long long)candle->first_tick_id, (long long)candle->last_tick_id,
		    (long long)column(row, 13), candle->complete);
	check_revision(bench, number_of, candle, column(row, 12));
	candle->revision = column(row, 12); /* what the next batch starts from */
}

static inline void
check_candles(struct bench *bench, int number_of)
{
	struct model_symbol *symbol = &bench->model->symbols[number_of];
	sqlite3_stmt *row = query(bench,
	    "SELECT open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"
	    " taker_buy_volume, c.trades, first_tick_id, last_tick_id, origin, revision, complete"
	    " FROM m5_candles c JOIN symbols USING(symbol_id) WHERE symbol = ?1 ORDER BY 1",
	    number_of);

	for (size_t i = 0; i < symbol->candle_count; i++) {
		assert_int_equal(sqlite3_step(row), SQLITE_ROW);
		check_candle(bench, number_of, row, &symbol->candles[i]);
	}
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
}

/* What a row was opened with holds what is missing of it, and rows share no id. */
static inline void
check_ledger_rows(struct bench *bench)
{
	assert_int_equal(number(bench,
	    "SELECT count(*) FROM feed_gaps WHERE state <> 'filled' AND NOT (first_id <="
	    " missing_first_id AND missing_first_id <= missing_last_id AND missing_last_id <="
	    " last_id AND missing_from_us <= missing_to_us)"), 0);
	assert_int_equal(number(bench,
	    "SELECT count(*) FROM feed_gaps WHERE (state = 'filled') <> (missing_first_id IS NULL)"
	    " OR (state IN ('filled', 'unfillable')) <> (filled_us IS NOT NULL)"
	    " OR (state = 'unfillable') <> (reason IS NOT NULL)"), 0);
	assert_int_equal(number(bench,
	    "SELECT count(*) FROM feed_gaps a JOIN feed_gaps b ON a.symbol_id = b.symbol_id"
	    " AND a.gap_id < b.gap_id AND a.first_id <= b.last_id AND b.first_id <= a.last_id"), 0);
}

/* What store_symbol() tells of the ledger is what its rows say. */
static inline void
check_totals(struct bench *bench, int number_of)
{
	const char *of = "FROM feed_gaps JOIN symbols USING(symbol_id)"
			 " WHERE state IN ('open', 'filling') AND symbol = ";
	struct store_symbol known;

	store_symbol(bench->store, (size_t)number_of, &known);
	assert_int_equal(known.gaps, number(bench, "SELECT count(*) %s 'S%d'", of, number_of));
	assert_int_equal(known.missing,
	    number(bench, "SELECT coalesce(sum(missing_last_id - missing_first_id + 1), 0) %s 'S%d'",
		of, number_of));
	if (known.gaps == 0) {
		assert_int_equal(known.due.first_id, TICK_NONE);
		return;
	}
	assert_int_equal(known.due.first_id,
	    number(bench, "SELECT min(missing_first_id) %s 'S%d'", of, number_of));
	assert_int_equal(known.due.last_id, number(bench,
	    "SELECT missing_last_id %s 'S%d' ORDER BY missing_first_id", of, number_of));
}

/* The ledger names exactly the ids that are missing, each in one gap. */
static inline void
check_gaps(struct bench *bench, int number_of)
{
	const struct model_symbol *symbol = &bench->model->symbols[number_of];
	int64_t id = model_next_id(symbol, INT64_MIN), next;
	sqlite3_stmt *row = query(bench,
	    "SELECT missing_first_id, missing_last_id, missing_from_us, missing_to_us"
	    " FROM feed_gaps JOIN symbols USING(symbol_id)"
	    " WHERE symbol = ?1 AND state <> 'filled' ORDER BY 1", number_of);

	if (symbol->whole_id > 0 && symbol->whole_id < id)
		id = symbol->whole_id - 1;
	for (; id != INT64_MAX; id = next) {
		next = model_next_id(symbol, id);
		if (next == INT64_MAX || next == id + 1)
			continue;
		/* One hole may be in the ledger as several gaps that follow each other. */
		for (int64_t missing = id + 1; missing < next; missing = column(row, 1) + 1) {
			assert_int_equal(sqlite3_step(row), SQLITE_ROW);
			assert_int_equal(column(row, 0), missing);
			assert_in_range(column(row, 1), missing, next - 1);
		}
	}
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
	check_totals(bench, number_of);
}

static inline void
check_counters(struct bench *bench, int number_of)
{
	const struct model_symbol *symbol = &bench->model->symbols[number_of];
	struct store_symbol known;

	store_symbol(bench->store, (size_t)number_of, &known);
	assert_int_equal(known.ticks, symbol->count);
	assert_int_equal(known.candles, symbol->candle_count);
	assert_int_equal(known.newest_us, symbol->newest_us == 0 ? TICK_NONE : symbol->newest_us);
	assert_int_equal(known.first_us, symbol->count == 0 ? TICK_NONE : symbol->ticks[0].time_us);
	assert_int_equal(number(bench, "SELECT ticks FROM symbols WHERE symbol = 'S%d'", number_of),
	    symbol->count);
	assert_int_equal(number(bench, "SELECT candles FROM symbols WHERE symbol = 'S%d'",
			     number_of), symbol->candle_count);
}

/* Each change that was told raised the revision, but the one that made the candle: verify counts. */
static inline void
check_changes(struct bench *bench)
{
	assert_int_equal(number(bench,
	    "WITH told AS MATERIALIZED (SELECT symbol_id, from_us, count(*) AS n FROM changes"
	    " GROUP BY 1, 2) SELECT count(*) FROM m5_candles c LEFT JOIN told t ON t.symbol_id ="
	    " c.symbol_id AND from_us = open_time_us WHERE origin = 'ticks'"
	    " AND revision NOT BETWEEN coalesce(n, 0) - 1 AND coalesce(n, 0)"), 0);
}

static inline void
check_all(struct bench *bench)
{
	for (int i = 0; i < SYMBOLS; i++) {
		check_ticks(bench, i);
		check_candles(bench, i);
		check_gaps(bench, i);
		check_counters(bench, i);
	}
	check_ledger_rows(bench);
	check_changes(bench);
}

/* ---- made to order ---- */

/* Trades of symbol 0: ids first..last, `step_us` apart from time_us on. */
static inline size_t
trades(struct tick *ticks, int64_t first, int64_t last, int64_t time_us, int64_t step_us)
{
	uint64_t chance = (uint64_t)first;
	size_t count = 0;

	for (int64_t id = first; id <= last; id++, time_us += step_us) {
		ticks[count] = trade_at(0, id, time_us, &chance);
		ticks[count++].trade_count = 0;
	}
	return count;
}

static inline int64_t
candle_column(struct bench *bench, const char *name, int slot)
{
	return number(bench, "SELECT %s FROM m5_candles WHERE open_time_us = %lld AND symbol_id ="
			     " (SELECT symbol_id FROM symbols WHERE symbol = 'S0')", name,
	    (long long)(FIRST_US + slot * CANDLE_M5_US));
}

/* The batch fails at a write of the given table: nothing of it is stored, nothing is counted. */
static inline void
assert_fails_without_a_trace(struct bench *bench, const char *trigger, const struct tick *ticks,
    size_t count)
{
	char *before = tick_database_dump(handle_of(bench)), *after;
	struct store_symbol were[SYMBOLS], are;
	struct store_result result;

	for (size_t i = 0; i < SYMBOLS; i++)
		store_symbol(bench->store, i, &were[i]);
	sql_run(handle_of(bench), trigger);
	assert_int_equal(bench_write(bench, ticks, count, &result), -EINVAL);
	assert_true(sqlite3_get_autocommit(handle_of(bench)));
	sql_run(handle_of(bench), "DROP TRIGGER fails");
	after = tick_database_dump(handle_of(bench));
	assert_same_dump(after, before);
	for (size_t i = 0; i < SYMBOLS; i++) {
		store_symbol(bench->store, i, &are);
		assert_memory_equal(&are, &were[i], sizeof(are));
	}
	free(before);
	free(after);
}

#endif
