#define _GNU_SOURCE
#include "tickd/store.h"

#include <errno.h>

#include "tests/unit/tickd/candle_model.h"
#include "tests/unit/tickd/names.h"
#include "tests/unit/tickd/tick_database.h"

#define SEEDS 8
#define NOW_US INT64_C(77)

/* ---- the bench: a database, a store on it, and what it must hold ---- */

struct bench {
	void **state;
	struct database *db;
	struct store *store;
	struct string_list names;
	struct model *model, *before; /* after and before the last batch */
	int64_t seq;		      /* newest row of changes before the last batch */
	int64_t stored, duplicates;
};

static void
bench_open_store(struct bench *bench)
{
	struct problem problem;

	if (store_create(&bench->store, bench->db, "test", &bench->names, &problem) < 0)
		fail_msg("%s", problem.text);
}

/* The store borrows the names, so the bench stays where it is. */
static void
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

static void
bench_close(struct bench *bench)
{
	store_free(bench->store);
	database_close(bench->db);
	names_free(&bench->names);
	free(bench->model);
	free(bench->before);
}

/* As a restart would: nothing is left in memory. */
static void
bench_restart(struct bench *bench, bool database_too)
{
	store_free(bench->store);
	if (database_too) {
		database_close(bench->db);
		bench->db = tick_database_open(bench->state);
	}
	bench_open_store(bench);
}

static sqlite3 *
handle_of(struct bench *bench)
{
	return database_handle(bench->db);
}

static int64_t
number(struct bench *bench, const char *format, ...)
{
	va_list arguments;
	char sql[512];

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	return sql_number(handle_of(bench), sql);
}

static int
bench_write(struct bench *bench, const struct tick *ticks, size_t count, struct store_result *ret)
{
	return store_write(bench->store, ticks, count, NOW_US, ret);
}

/* Stores the batch, here and in the model. */
static struct store_result
must_write(struct bench *bench, const struct tick *ticks, size_t count)
{
	struct store_result result;
	int64_t added = 0;

	*bench->before = *bench->model;
	bench->seq = number(bench, "SELECT coalesce(max(seq), 0) FROM changes");
	if (bench_write(bench, ticks, count, &result) != 0)
		fail_msg("not stored: %s", database_error(bench->db));
	for (size_t i = 0; i < count; i++)
		added += model_add(bench->model, &ticks[i]);
	model_fold(bench->model);
	assert_int_equal(result.stored, added);
	assert_int_equal(result.duplicates, (int64_t)count - added);
	return result;
}

/* ---- what is stored against the model ---- */

static int64_t
column(sqlite3_stmt *row, int at)
{
	return sqlite3_column_type(row, at) == SQLITE_NULL ? TICK_NONE : sqlite3_column_int64(row, at);
}

static sqlite3_stmt *
query(struct bench *bench, const char *sql, int symbol)
{
	sqlite3_stmt *rows;

	if (sqlite3_prepare_v2(handle_of(bench), sql, -1, &rows, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle_of(bench)));
	sqlite3_bind_text(rows, 1, bench->names.items[symbol], -1, SQLITE_STATIC);
	return rows;
}

static void
check_ticks(struct bench *bench, int number_of)
{
	const struct model_symbol *symbol = &bench->model->symbols[number_of];
	sqlite3_stmt *row = query(bench,
	    "SELECT time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags FROM unified_ticks"
	    " JOIN symbols USING(symbol_id) WHERE symbol = ?1 ORDER BY 1, 2", number_of);

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
	}
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
}

static const struct candle *
candle_in(const struct model_symbol *symbol, int64_t open_time_us)
{
	for (size_t i = 0; i < symbol->candle_count; i++)
		if (symbol->candles[i].open_time_us == open_time_us)
			return &symbol->candles[i];
	return NULL;
}

static bool
same_candle(const struct candle *a, const struct candle *b)
{
	return a->trades == b->trades && a->complete == b->complete;
}

/* Of a slot that was over before the batch a change is numbered and told; of others it is not. */
static void
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

static void
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

static void
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

/* The ledger names exactly the ids that are missing, each in one gap. */
static void
check_gaps(struct bench *bench, int number_of)
{
	const struct model_symbol *symbol = &bench->model->symbols[number_of];
	int64_t id = model_next_id(symbol, INT64_MIN), next;
	sqlite3_stmt *row = query(bench,
	    "SELECT g.first_id, g.last_id, from_us, to_us FROM feed_gaps g JOIN symbols"
	    " USING(symbol_id) WHERE symbol = ?1 AND state <> 'filled' ORDER BY 1", number_of);
	struct store_symbol known;
	int64_t count = 0;

	for (; id != INT64_MAX; id = next) {
		next = model_next_id(symbol, id);
		if (next == INT64_MAX || next == id + 1)
			continue;
		/* One hole may be in the ledger as several gaps that follow each other. */
		for (int64_t missing = id + 1; missing < next; missing = column(row, 1) + 1) {
			assert_int_equal(sqlite3_step(row), SQLITE_ROW);
			assert_int_equal(column(row, 0), missing);
			assert_in_range(column(row, 1), missing, next - 1);
			assert_true(column(row, 2) <= column(row, 3));
			count++;
		}
	}
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
	assert_int_equal(number(bench, "SELECT count(*) FROM feed_gaps JOIN symbols USING(symbol_id)"
				       " WHERE symbol = 'S%d' AND state = 'filled'"
				       " AND filled_us IS NULL", number_of), 0);
	store_symbol(bench->store, (size_t)number_of, &known);
	assert_int_equal(known.gaps, count);
}

static void
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

static void
check_all(struct bench *bench)
{
	for (int i = 0; i < SYMBOLS; i++) {
		check_ticks(bench, i);
		check_candles(bench, i);
		check_gaps(bench, i);
		check_counters(bench, i);
	}
}

/* ---- any delivery ---- */

/* What may happen between two batches, drawn by a chance of its own. */
typedef void between(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count);

static void
nothing(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
}

static void
restart_sometimes(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
	int64_t what = chance_below(chance, 3);

	if (what > 0)
		bench_restart(bench, what == 1);
}

/* Delivers a seed's ticks in batches of random size and looks at everything after each. */
static void
deliver_all(struct bench *bench, uint64_t seed, bool early, between *happens)
{
	struct deliveries *deliveries = deliveries_create(seed, early);
	uint64_t sizes = seed + 1000, chance = seed + 2000;
	size_t at = 0, batches = 0;

	while (at < deliveries->count) {
		size_t most = chance_below(&sizes, 4) == 0 ? 300 : 40;
		size_t count = 1 + (size_t)chance_below(&sizes, (int64_t)most);

		if (count > deliveries->count - at)
			count = deliveries->count - at;
		happens(bench, &chance, deliveries->ticks + at, count);
		must_write(bench, deliveries->ticks + at, count);
		check_all(bench);
		at += count;
		batches++;
	}
	assert_true(batches > 5);
	free(deliveries);
}

/* What the deliveries must contain, or the checks above have seen nothing. */
static void
assert_eventful(struct bench *bench)
{
	assert_true(number(bench, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'") > 0);
	assert_true(number(bench, "SELECT count(*) FROM feed_gaps WHERE state = 'open'") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE complete") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE NOT complete") > 0);
	assert_true(number(bench, "SELECT max(revision) FROM m5_candles") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE revision = 0") > 0);
}

static void
any_delivery_gives_the_ticks_candles_and_gaps_of_what_was_delivered(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		void *folder = NULL;
		struct bench bench;

		assert_int_equal(scratch_make(&folder), 0);
		bench_open(&bench, &folder);
		deliver_all(&bench, chance_seed() + seed, false, nothing);
		assert_eventful(&bench);
		bench_close(&bench);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

static void
ids_before_the_first_one_are_kept_account_of_as_well(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		void *folder = NULL;
		struct bench bench;

		assert_int_equal(scratch_make(&folder), 0);
		bench_open(&bench, &folder);
		deliver_all(&bench, chance_seed() + seed, true, nothing);
		bench_close(&bench);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

/* Delivers in a folder of its own; returns all that is stored then. */
static char *
result_of(uint64_t seed, between *happens)
{
	void *folder = NULL;
	struct bench bench;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open(&bench, &folder);
	deliver_all(&bench, seed, false, happens);
	text = tick_database_dump(handle_of(&bench));
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return text;
}

static void
restarts_between_any_two_batches_change_nothing(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		char *without = result_of(chance_seed() + seed, nothing);
		char *with = result_of(chance_seed() + seed, restart_sometimes);

		assert_same_dump(with, without);
		free(with);
		free(without);
	}
}

/* ---- failures ---- */

/* The batch fails at a write of the given table: nothing of it is stored, nothing is counted. */
static void
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

/* Writes of candles, and of the symbols' counters at the very end, fail with any batch of trades. */
static void
fail_sometimes(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
	static const char *const triggers[] = {
		"CREATE TRIGGER fails BEFORE UPDATE ON symbols BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails AFTER UPDATE ON symbols WHEN NEW.symbol >= 'S0' BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
	};

	if (chance_below(chance, 3) == 0)
		assert_fails_without_a_trace(bench, triggers[chance_below(chance, 2)], next, count);
}

static void
failures_of_any_batch_leave_no_trace_and_it_is_stored_the_next_time(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS / 2; seed++) {
		char *without = result_of(chance_seed() + seed, nothing);
		char *with = result_of(chance_seed() + seed, fail_sometimes);

		assert_same_dump(with, without);
		free(with);
		free(without);
	}
}

/* Trades of symbol 0: ids first..last, `step_us` apart from time_us on. */
static size_t
trades(struct tick *ticks, int64_t first, int64_t last, int64_t time_us, int64_t step_us)
{
	uint64_t chance = (uint64_t)first;
	size_t count = 0;

	for (int64_t id = first; id <= last; id++, time_us += step_us)
		ticks[count++] = trade_at(0, id, time_us, &chance);
	return count;
}

static void
a_failure_in_each_table_rolls_everything_back(void **state)
{
	static const char *const triggers[] = {
		"CREATE TRIGGER fails BEFORE INSERT ON m5_candles BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON unified_ticks WHEN NEW.tick_id = 40 BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON feed_gaps BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE UPDATE ON feed_gaps BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON changes BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
	};
	struct bench bench;
	struct tick ticks[100];
	size_t count = trades(ticks, 1, 20, FIRST_US, CANDLE_M5_US / 10);

	bench_open(&bench, state);
	count += trades(ticks + count, 30, 35, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	check_all(&bench);
	/* A jump of the ids, and one of the missing trades into a slot that is over. */
	count = trades(ticks, 36, 45, FIRST_US + 4 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 50, 50, FIRST_US + 4 * CANDLE_M5_US + 50000, 1000);
	count += trades(ticks + count, 25, 25, FIRST_US + 2 * CANDLE_M5_US + 50000, 1000);
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		assert_fails_without_a_trace(&bench, triggers[i], ticks, count);
	must_write(&bench, ticks, count);
	check_all(&bench);
	bench_close(&bench);
}

static void
a_full_database_stores_nothing_of_a_batch_and_all_of_it_later(void **state)
{
	static struct tick ticks[5000];
	struct bench bench;
	size_t count = trades(ticks, 1, 5000, FIRST_US, SLOTS * CANDLE_M5_US / 5001);
	struct store_result result;
	char *before, *after, pragma[64];

	bench_open(&bench, state);
	must_write(&bench, ticks, 10);
	before = tick_database_dump(handle_of(&bench));
	snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count=%lld",
	    (long long)number(&bench, "PRAGMA page_count") + 3);
	sql_run(handle_of(&bench), pragma);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_write(&bench, ticks + 10, count - 10, &result), -ENOSPC);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	sql_run(handle_of(&bench), "PRAGMA max_page_count=1000000");
	must_write(&bench, ticks + 10, count - 10);
	check_all(&bench);
	free(before);
	free(after);
	bench_close(&bench);
}

/* ---- known answers ---- */

static int64_t
candle_column(struct bench *bench, const char *name, int slot)
{
	return number(bench, "SELECT %s FROM m5_candles WHERE open_time_us = %lld AND symbol_id ="
			     " (SELECT symbol_id FROM symbols WHERE symbol = 'S0')", name,
	    (long long)(FIRST_US + slot * CANDLE_M5_US));
}

static void
a_slot_joined_on_both_sides_is_complete_once_it_is_over(void **state)
{
	struct bench bench;
	struct tick ticks[20];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	/* Nobody knows what was before the first id; and the second slot still runs. */
	assert_int_equal(candle_column(&bench, "complete", 0), 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	must_write(&bench, ticks, trades(ticks, 7, 7, FIRST_US + 2 * CANDLE_M5_US, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM changes"), 0);
	bench_close(&bench);
}

static void
another_symbol_s_trade_a_second_past_the_end_ends_a_slot(void **state)
{
	struct bench bench;
	struct tick ticks[20], other;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	uint64_t chance = 1;

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	other = trade_at(1, 9, FIRST_US + 2 * CANDLE_M5_US + GRACE_US - 1, &chance);
	must_write(&bench, &other, 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	other = trade_at(1, 10, FIRST_US + 2 * CANDLE_M5_US + GRACE_US, &chance);
	must_write(&bench, &other, 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	check_all(&bench);
	bench_close(&bench);
}

static void
a_tick_of_a_closed_slot_raises_the_revision_and_tells_the_change(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	struct store_result result;
	size_t count = trades(ticks, 1, 5, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 7, 9, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 10, 12, FIRST_US + 2 * CANDLE_M5_US, 1000);
	result = must_write(&bench, ticks, count);
	assert_int_equal(result.gaps_opened, 1);
	assert_int_equal(result.gap.first_id, 6);
	assert_int_equal(result.gap.last_id, 6);
	assert_int_equal(result.gap_symbol, 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	result = must_write(&bench, ticks,
	    trades(ticks, 6, 6, FIRST_US + CANDLE_M5_US - 1000, 1000));
	assert_int_equal(result.late, 1);
	assert_int_equal(result.gaps_filled, 1);
	assert_int_equal(candle_column(&bench, "revision", 0), 1);
	assert_int_equal(candle_column(&bench, "trades", 0), 6);
	/* Its neighbour is whole now too, which those who read it must learn. */
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 2), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM changes"), 2);
	assert_int_equal(result.change_seq, number(&bench, "SELECT max(seq) FROM changes"));
	check_all(&bench);
	bench_close(&bench);
}

static void
a_late_trade_alone_in_its_slot_completes_that_slot_as_well(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 5, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 7, 9, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	must_write(&bench, ticks, trades(ticks, 6, 6, FIRST_US + CANDLE_M5_US, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

static void
a_hole_that_opens_and_closes_within_a_batch_leaves_closed_candles_untouched(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	uint64_t chance = 1;

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	ticks[count++] = trade_at(1, 1, FIRST_US + 3 * CANDLE_M5_US, &chance);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	/* One that is stored already, a jump, and the one in between. */
	count = 1;
	ticks[0] = ticks[4];
	count += trades(ticks + count, 8, 8, FIRST_US + 3 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 7, 7, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "revision", 1), 0);
	bench_close(&bench);
}

static void
the_slot_of_the_first_id_is_complete_once_the_id_before_it_is_stored(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 100, 105, FIRST_US + CANDLE_M5_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 106, 107, FIRST_US + 2 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 108, 109, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	must_write(&bench, ticks, trades(ticks, 99, 99, FIRST_US + 1000, 1000));
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

static void
a_first_batch_that_begins_with_a_later_id_has_a_ledger_of_real_times(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 110, 112, FIRST_US + CANDLE_M5_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 100, 102, FIRST_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(number(&bench, "SELECT first_id FROM feed_gaps"), 103);
	assert_int_equal(number(&bench, "SELECT last_id FROM feed_gaps"), 109);
	assert_in_range(number(&bench, "SELECT from_us FROM feed_gaps"), FIRST_US, FIRST_US + 2000);
	assert_int_equal(number(&bench, "SELECT to_us FROM feed_gaps"), FIRST_US + CANDLE_M5_US);
	must_write(&bench, ticks, trades(ticks, 103, 109, FIRST_US + 3000, 1000));
	check_all(&bench);
	bench_close(&bench);
}

static void
an_id_at_the_end_of_the_numbers_overflows_nothing(void **state)
{
	struct bench bench;
	struct tick ticks[40];
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);
	struct store_result result;

	bench_open(&bench, state);
	must_write(&bench, ticks, count);
	count = trades(ticks, 9, 9, FIRST_US + CANDLE_M5_US, 1000);
	ticks[0].tick_id = INT64_MAX;
	count += trades(ticks + 1, 4, 4, FIRST_US + 3 * CANDLE_M5_US, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	bench_close(&bench);
}

static void
an_empty_batch_and_one_of_quotes_alone_are_stored(void **state)
{
	struct bench bench;
	struct tick quotes[3] = {quote_at(0, 1, FIRST_US), quote_at(0, 2, FIRST_US + 5),
		quote_at(3, 1, FIRST_US + CANDLE_M5_US)};

	bench_open(&bench, state);
	must_write(&bench, quotes, 0);
	must_write(&bench, quotes, 3);
	must_write(&bench, quotes, 3);
	check_all(&bench);
	assert_int_equal(number(&bench, "SELECT count(*) FROM m5_candles"), 0);
	bench_close(&bench);
}

/* ---- history ---- */

static struct candle
kline(int slot, int64_t price_e8)
{
	return (struct candle){
		.open_time_us = FIRST_US + slot * CANDLE_M5_US,
		.open_e8 = price_e8,
		.high_e8 = price_e8,
		.low_e8 = price_e8,
		.close_e8 = price_e8,
		.volume = 2.5,
		.trades = 7,
		.first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE,
		.origin = CANDLE_KLINES,
		.complete = true,
	};
}

static void
history_never_replaces_a_candle_of_ticks(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12), kline(2, 13)};
	struct store_symbol known;
	struct tick ticks[10];
	char *before, *after;

	bench_open(&bench, state);
	must_write(&bench, ticks, trades(ticks, 1, 5, FIRST_US + CANDLE_M5_US, 1000));
	assert_int_equal(store_add_history(bench.store, 0, page, 3, FIRST_US + 3 * CANDLE_M5_US), 0);
	assert_int_equal(candle_column(&bench, "open_e8", 0), 11);
	assert_int_equal(candle_column(&bench, "open_e8", 1), ticks[0].price_e8);
	assert_int_equal(candle_column(&bench, "origin = 'ticks'", 1), 1);
	assert_int_equal(candle_column(&bench, "first_tick_id IS NULL", 2), 1);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 3);
	assert_int_equal(known.history_until_us, FIRST_US + 3 * CANDLE_M5_US);
	/* The same page again is the same, also for a store that was opened anew. */
	before = tick_database_dump(handle_of(&bench));
	bench_restart(&bench, true);
	assert_int_equal(store_add_history(bench.store, 0, page, 3, FIRST_US + 3 * CANDLE_M5_US), 0);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	free(before);
	free(after);
	bench_close(&bench);
}

static void
ticks_with_a_hole_leave_the_exchange_s_own_candle_and_whole_ones_replace_it(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12)};
	struct store_symbol known;
	struct store_result result;
	struct tick ticks[40];
	size_t count;

	bench_open(&bench, state);
	assert_int_equal(store_add_history(bench.store, 0, page, 2, FIRST_US + 2 * CANDLE_M5_US), 0);
	count = trades(ticks, 1, 4, FIRST_US, 1000);
	count += trades(ticks + count, 5, 6, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 8, 9, FIRST_US + 2 * CANDLE_M5_US, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 0), 1);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 1), 1);
	count = trades(ticks, 7, 7, FIRST_US + CANDLE_M5_US + 5000, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 0), 1);
	assert_int_equal(candle_column(&bench, "origin = 'ticks'", 1), 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "trades", 1), 3);
	assert_int_equal(candle_column(&bench, "revision", 1), 1);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 3);
	bench_close(&bench);
}

static void
history_that_cannot_be_stored_leaves_no_trace(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12)};
	struct store_symbol known;

	bench_open(&bench, state);
	sql_run(handle_of(&bench), "CREATE TRIGGER fails BEFORE UPDATE ON symbols BEGIN"
				   " SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(store_add_history(bench.store, 0, page, 2, FIRST_US + CANDLE_M5_US),
	    -EINVAL);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 0);
	assert_int_equal(known.history_until_us, TICK_NONE);
	assert_int_equal(number(&bench, "SELECT count(*) FROM m5_candles"), 0);
	sql_run(handle_of(&bench), "DROP TRIGGER fails");
	assert_int_equal(store_add_history(bench.store, 0, page, 2, FIRST_US + CANDLE_M5_US), 0);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 2);
	bench_close(&bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_slot_joined_on_both_sides_is_complete_once_it_is_over),
		promise(another_symbol_s_trade_a_second_past_the_end_ends_a_slot),
		promise(a_tick_of_a_closed_slot_raises_the_revision_and_tells_the_change),
		promise(a_late_trade_alone_in_its_slot_completes_that_slot_as_well),
		promise(a_hole_that_opens_and_closes_within_a_batch_leaves_closed_candles_untouched),
		promise(the_slot_of_the_first_id_is_complete_once_the_id_before_it_is_stored),
		promise(an_empty_batch_and_one_of_quotes_alone_are_stored),
		promise(a_failure_in_each_table_rolls_everything_back),
		promise(a_full_database_stores_nothing_of_a_batch_and_all_of_it_later),
		promise(history_never_replaces_a_candle_of_ticks),
		promise(ticks_with_a_hole_leave_the_exchange_s_own_candle_and_whole_ones_replace_it),
		promise(history_that_cannot_be_stored_leaves_no_trace),
		cmocka_unit_test(any_delivery_gives_the_ticks_candles_and_gaps_of_what_was_delivered),
		cmocka_unit_test(restarts_between_any_two_batches_change_nothing),
		cmocka_unit_test(failures_of_any_batch_leave_no_trace_and_it_is_stored_the_next_time),
		cmocka_unit_test(ids_before_the_first_one_are_kept_account_of_as_well),
		promise(an_id_at_the_end_of_the_numbers_overflows_nothing),
		promise(a_first_batch_that_begins_with_a_later_id_has_a_ledger_of_real_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
