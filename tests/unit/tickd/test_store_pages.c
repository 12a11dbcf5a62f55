#define _GNU_SOURCE
#include "tickd/store/store.h"

#include "common/schema.h"
#include "tests/unit/tickd/store_bench.h"

#define SEEDS 8
#define PAGE_MAX 200

/* ---- made to order ---- */

static void
a_page_into_a_gap_closes_it_and_completes_the_candles_beside(void **state)
{
	struct store_symbol known;
	struct store_result result;
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 4, 6, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 17, 19, FIRST_US + 3 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 20, 21, FIRST_US + 4 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	result = must_add_page(&bench, 0, ticks,
	    trades(ticks, 7, 12, FIRST_US + 2 * CANDLE_M5_US, 1000));
	check_all(&bench);
	assert_int_equal(result.late, 6);
	assert_int_equal(result.gaps_filled, 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "complete", 2), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps WHERE state = 'filling'"), 1);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.due.first_id, 13);
	assert_int_equal(known.missing, 4);
	assert_int_equal(known.backfilled, 6);
	result = must_add_page(&bench, 0, ticks,
	    trades(ticks, 13, 16, FIRST_US + 2 * CANDLE_M5_US + 6000, 1000));
	check_all(&bench);
	assert_int_equal(result.gaps_filled, 1);
	assert_int_equal(candle_column(&bench, "complete", 2), 1);
	assert_int_equal(candle_column(&bench, "complete", 3), 1);
	assert_int_equal(candle_column(&bench, "revision", 3), 1);
	assert_int_equal(number(&bench, "SELECT min(told_us) FROM changes"), NOW_US);
	bench_close(&bench);
}

static void
a_hole_in_a_page_is_opened_in_the_ledger(void **state)
{
	struct store_result result;
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 6, 8, FIRST_US + 3000, 1000);
	result = must_add_page(&bench, 0, ticks, count);
	check_all(&bench);
	assert_int_equal(result.gaps_opened, 1);
	assert_int_equal(result.gap.first_id, 4);
	assert_int_equal(result.gap.last_id, 5);
	assert_int_equal(number(&bench, "SELECT state = 'open' FROM feed_gaps"), 1);
	bench_close(&bench);
}

static void
a_page_beyond_what_is_stored_opens_the_hole_between(void **state)
{
	struct store_symbol known;
	struct tick ticks[40];
	struct bench bench;

	bench_open(&bench, state);
	must_write(&bench, ticks, trades(ticks, 100, 109, FIRST_US + 3 * CANDLE_M5_US, 1000));
	must_add_page(&bench, 0, ticks, trades(ticks, 150, 155, FIRST_US + 5 * CANDLE_M5_US, 9));
	check_all(&bench);
	must_add_page(&bench, 0, ticks, trades(ticks, 50, 55, FIRST_US, 1000));
	check_all(&bench);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.first_id, 50);
	assert_int_equal(known.newest_id, 155);
	assert_int_equal(known.gaps, 2);
	assert_int_equal(known.missing, 40 + 44);
	assert_int_equal(known.due.first_id, 56);
	bench_close(&bench);
}

static void
the_same_page_again_changes_nothing(void **state)
{
	struct store_result result;
	struct tick ticks[40];
	char *before, *after;
	struct bench bench;
	size_t count = trades(ticks, 1, 20, FIRST_US, CANDLE_M5_US / 7);

	bench_open(&bench, state);
	must_add_page(&bench, 0, ticks, count);
	before = tick_database_dump(handle_of(&bench));
	result = must_add_page(&bench, 0, ticks, count);
	bench_restart(&bench, true);
	must_add_page(&bench, 0, ticks, count);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	assert_int_equal(result.duplicates, 20);
	assert_int_equal(result.change_seq, 0);
	free(before);
	free(after);
	bench_close(&bench);
}

static void
a_page_whose_ids_do_not_go_up_is_refused_whole(void **state)
{
	struct store_result result;
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 1, 9, FIRST_US, 1000);

	bench_open(&bench, state);
	ticks[5].tick_id = 5;
	assert_int_equal(store_add_page(bench.store, 0, ticks, count, NOW_US, &result), -EINVAL);
	check_all(&bench);
	bench_close(&bench);
}

/* What trades of one id after another are dated is the exchange's business. */
static void
a_page_may_go_back_in_time(void **state)
{
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 1, 20, FIRST_US + 2 * CANDLE_M5_US, -CANDLE_M5_US / 11);

	bench_open(&bench, state);
	must_add_page(&bench, 0, ticks, count);
	for (int i = 0; i < SYMBOLS; i++) {
		check_ticks(&bench, i);
		check_gaps(&bench, i);
		check_counters(&bench, i);
	}
	bench_close(&bench);
}

/* ---- what never comes, and where it begins ---- */

static void
ids_that_never_come_are_given_up_and_leave_their_candles_incomplete(void **state)
{
	struct store_symbol known;
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 6, 8, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 9, 9, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(store_give_up(bench.store, 0, 1, 99, "never traded", NOW_US), 0);
	check_all(&bench);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.gaps, 0);
	assert_int_equal(known.missing, 0);
	assert_int_equal(known.due.first_id, TICK_NONE);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	bench_restart(&bench, true);
	check_all(&bench);
	/* And come after all. */
	must_add_page(&bench, 0, ticks, trades(ticks, 4, 5, FIRST_US + 3000, 1000));
	check_all(&bench);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

static void
the_first_slot_is_complete_once_the_exchange_told_where_it_begins(void **state)
{
	struct store_symbol known;
	struct tick ticks[40];
	struct bench bench;
	size_t count = trades(ticks, 100, 103, FIRST_US + CANDLE_M5_US + 60000, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 104, 105, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US + CANDLE_M5_US, 97, NOW_US), 0);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.whole_from_us, FIRST_US + CANDLE_M5_US);
	assert_int_equal(known.first_id, 97);
	assert_int_equal(known.due.first_id, 97);
	assert_int_equal(known.due.last_id, 99);
	assert_int_equal(known.due.from_us, FIRST_US + CANDLE_M5_US);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	bench.model->symbols[0].whole_id = 97;
	must_add_page(&bench, 0, ticks,
	    trades(ticks, 97, 99, FIRST_US + CANDLE_M5_US + 1000, 1000));
	check_all(&bench);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_restart(&bench, true);
	check_all(&bench);
	/* An older trade: what is before that one nobody knows. */
	must_write(&bench, ticks, trades(ticks, 96, 96, FIRST_US + 1000, 1000));
	bench.model->symbols[0].whole_id = 0;
	model_fold(bench.model);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.whole_from_us, TICK_NONE);
	assert_int_equal(candle_column(&bench, "complete", 0), 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	bench_close(&bench);
}

static void
a_beginning_that_cannot_be_is_refused(void **state)
{
	struct tick ticks[40];
	struct bench bench;
	char *before, *after;

	bench_open(&bench, state);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US, 1, NOW_US), -EINVAL);
	must_write(&bench, ticks, trades(ticks, 100, 103, FIRST_US + 60000, 1000));
	before = tick_database_dump(handle_of(&bench));
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US, 101, NOW_US), -EINVAL);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US + CANDLE_M5_US, 100, NOW_US),
	    -EINVAL);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US + 1, 100, NOW_US), -EINVAL);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	/* Said twice is said once. */
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US, 99, NOW_US), 0);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US, 99, NOW_US), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps"), 1);
	free(before);
	free(after);
	bench_close(&bench);
}

/* ---- kinds of ids ---- */

static void
quotes_of_a_terminal_make_candles_of_the_bid_and_never_a_gap(void **state)
{
	struct store_result result;
	struct tick ticks[60];
	struct bench bench;

	bench_open(&bench, state);
	bench.ids = TICK_IDS_ORDINAL;
	sql_run(handle_of(&bench), "DELETE FROM symbols");
	bench_restart(&bench, true);
	for (int i = 0; i < 60; i++)
		ticks[i] = (struct tick){.time_us = FIRST_US + i / 2 * (CANDLE_M5_US / 10),
			.tick_id = i % 2, .bid_e8 = i == 5 ? TICK_NONE : 100 + i, .ask_e8 = 200 + i,
			.price_e8 = TICK_NONE, .volume_e8 = i == 5 ? 700000000 : TICK_NONE,
			.flags = TICK_QUOTE | TICK_IMPORTED};
	assert_int_equal(store_add_page(bench.store, 0, ticks + 20, 40, NOW_US, &result), 0);
	assert_int_equal(result.stored, 40);
	assert_int_equal(candle_column(&bench, "complete", 1), 0);
	assert_int_equal(store_add_page(bench.store, 0, ticks, 30, NOW_US, &result), 0);
	assert_int_equal(result.stored, 20);
	assert_int_equal(result.duplicates, 10);
	assert_int_equal(candle_column(&bench, "open_e8", 0), 100);
	assert_int_equal(candle_column(&bench, "high_e8", 0), 119);
	assert_int_equal(candle_column(&bench, "close_e8", 0), 119);
	assert_int_equal(candle_column(&bench, "trades", 0), 19);
	assert_int_equal(candle_column(&bench, "volume", 0), 7);
	assert_int_equal(candle_column(&bench, "first_tick_id IS NULL", 0), 1);
	assert_int_equal(candle_column(&bench, "origin = 'ticks'", 0), 1);
	assert_int_equal(candle_column(&bench, "complete", 0), 0);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "complete", 2), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps"), 0);
	assert_int_equal(number(&bench, "SELECT ticks FROM symbols WHERE symbol = 'S0'"), 60);
	assert_int_equal(number(&bench, "SELECT count(*) FROM symbols WHERE newest_id IS NULL"
					" AND id_kind = 'ordinal'"), SYMBOLS);
	assert_int_equal(store_begin_at(bench.store, 0, FIRST_US, 0, NOW_US), 0);
	assert_int_equal(candle_column(&bench, "complete", 0), 1);
	bench_close(&bench);
}

static void
ids_of_another_kind_are_refused_in_one_sentence(void **state)
{
	struct problem problem;
	struct store *store;
	struct tick ticks[9];
	struct bench bench;

	bench_open(&bench, state);
	must_write(&bench, ticks, trades(ticks, 1, 3, FIRST_US, 1000));
	assert_int_equal(store_create(&store, bench.db, "test", &bench.names, TICK_IDS_AGGREGATE,
			     &problem), -EPROTO);
	assert_string_equal(problem.text, "S0 of test has ticks of trades: ticks of aggregates "
					  "cannot be mixed in; choose another binance.source");
	/* Another source, and the same database beside the first store. */
	assert_int_equal(store_create(&store, bench.db, "other", &bench.names, TICK_IDS_AGGREGATE,
			     &problem), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM symbols WHERE source = 'other'"
					" AND id_kind = 'aggregate'"), SYMBOLS);
	store_free(store);
	must_write(&bench, ticks, trades(ticks, 4, 6, FIRST_US + 3000, 1000));
	check_all(&bench);
	bench_close(&bench);
}

/* Each symbol of an import may have a store of its own: live ticks must not pay for them. */
static void
a_store_beside_another_leaves_its_statements_prepared(void **state)
{
	struct problem problem;
	struct store *store;
	sqlite3_stmt *row;
	struct bench bench;

	bench_open(&bench, state);
	row = query(&bench, "SELECT count(*) FROM symbols", 0);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	sqlite3_reset(row);
	assert_int_equal(store_create(&store, bench.db, "other", &bench.names, TICK_IDS_TRADE,
			     &problem), 0);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	assert_int_equal(sqlite3_stmt_status(row, SQLITE_STMTSTATUS_REPREPARE, 0), 0);
	sqlite3_finalize(row);
	store_free(store);
	bench_close(&bench);
}

/* How often stored ticks were read by the statements of the stores. */
static int
readings(struct bench *bench)
{
	sqlite3_stmt *row = NULL;
	int count = 0;

	while ((row = sqlite3_next_stmt(handle_of(bench), row)) != NULL)
		if (strncmp(sqlite3_sql(row), "SELECT", 6) == 0 &&
		    strstr(sqlite3_sql(row), "FROM unified_ticks") != NULL)
			count += sqlite3_stmt_status(row, SQLITE_STMTSTATUS_RUN, 0);
	return count;
}

/* An open slot may have a million ticks. */
static void
a_store_of_another_source_beside_it_makes_no_slot_be_read_again(void **state)
{
	struct store_result unused;
	struct problem problem;
	struct store *store;
	struct tick ticks[9];
	struct bench bench;
	int before = 0;

	bench_open(&bench, state);
	assert_int_equal(store_create(&store, bench.db, "other", &bench.names, TICK_IDS_TRADE,
			     &problem), 0);
	for (int64_t id = 1; id < 40; id += 4) {
		must_write(&bench, ticks, trades(ticks, id, id + 1, FIRST_US + id * 1000, 1000));
		assert_int_equal(store_write(store, ticks, trades(ticks, id, id + 1,
				     FIRST_US + id * 1000, 1000), NOW_US, &unused), 0);
		if (id == 1)
			before = readings(&bench);
	}
	assert_true(before > 0);
	assert_int_equal(readings(&bench), before);
	assert_int_equal(number(&bench, "SELECT trades FROM m5_candles JOIN symbols USING (symbol_id)"
					" WHERE source = 'test'"), 20);
	store_free(store);
	bench_close(&bench);
}

/* ---- holes that imports leave ---- */

#define SHORT_US (2 * CANDLE_M5_US) /* these are filled */
#define FAR_US (FIRST_US + 100 * CANDLE_M5_US)

/* Trades of symbol 0 as an import would bring them. */
static void
must_import(struct bench *bench, int64_t first, int64_t last, int64_t time_us, int64_t step_us)
{
	struct tick ticks[60];
	size_t count = trades(ticks, first, last, time_us, step_us);

	for (size_t i = 0; i < count; i++)
		ticks[i].flags |= TICK_IMPORTED;
	must_add_page(bench, 0, ticks, count);
	check_gaps(bench, 0);
	check_ledger_rows(bench);
}

/* "10-19 open, 30-99 unfillable" of what is missing. */
static void
assert_ledger(struct bench *bench, const char *expected)
{
	sqlite3_stmt *row = query(bench, "SELECT group_concat(missing_first_id || '-' ||"
	    " missing_last_id || ' ' || state, ', ') FROM (SELECT * FROM feed_gaps JOIN symbols"
	    " USING (symbol_id) WHERE symbol = ?1 AND state <> 'filled' ORDER BY missing_first_id)", 0);
	const char *text;

	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	text = (const char *)sqlite3_column_text(row, 0);
	assert_string_equal(text == NULL ? "" : text, expected);
	sqlite3_finalize(row);
}

static void
a_long_hole_between_an_import_and_the_live_ticks_is_left_until_imports_shorten_it(void **state)
{
	struct store_symbol known;
	struct tick ticks[60];
	struct bench bench;

	bench_open(&bench, state);
	store_leave_imported_holes(bench.store, SHORT_US);
	must_write(&bench, ticks, trades(ticks, 1000, 1010, FAR_US, 1000));
	must_import(&bench, 10, 19, FIRST_US, 1000);
	assert_ledger(&bench, "20-999 unfillable");
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.gaps, 0);
	assert_int_equal(known.missing, 0);
	/* A hole inside a file is short. */
	must_import(&bench, 22, 25, FIRST_US + CANDLE_M5_US, 1000);
	assert_ledger(&bench, "20-21 open, 26-999 unfillable");
	/* Page by page, until what is left is short on its upper side, and on its lower one. */
	must_import(&bench, 900, 950, FAR_US - 8 * CANDLE_M5_US, 1000);
	assert_ledger(&bench, "20-21 open, 26-899 unfillable, 951-999 unfillable");
	must_import(&bench, 951, 980, FAR_US - CANDLE_M5_US, 1000);
	assert_ledger(&bench, "20-21 open, 26-899 unfillable, 981-999 open");
	must_import(&bench, 50, 60, FIRST_US + 3 * CANDLE_M5_US, 1000);
	assert_ledger(&bench, "20-21 open, 26-49 open, 61-899 unfillable, 981-999 open");
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.gaps, 3);
	assert_int_equal(known.missing, 2 + 24 + 19);
	bench_restart(&bench, true);
	check_gaps(&bench, 0);
	bench_close(&bench);
}

static void
a_long_hole_behind_an_import_is_left_and_one_behind_live_ticks_is_filled(void **state)
{
	struct tick ticks[60];
	struct bench bench;

	bench_open(&bench, state);
	store_leave_imported_holes(bench.store, SHORT_US);
	must_import(&bench, 10, 19, FIRST_US, 1000);
	must_write(&bench, ticks, trades(ticks, 1000, 1009, FIRST_US + 10 * CANDLE_M5_US, 1000));
	assert_ledger(&bench, "20-999 unfillable");
	must_write(&bench, ticks, trades(ticks, 2000, 2009, FIRST_US + 20 * CANDLE_M5_US, 1000));
	assert_ledger(&bench, "20-999 unfillable, 1010-1999 open");
	/* An import in the midst of it leaves it to be filled. */
	must_import(&bench, 1500, 1509, FIRST_US + 15 * CANDLE_M5_US, 1000);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps WHERE state = 'filling'"), 2);
	bench_close(&bench);
}

/* ---- a database of an older program ---- */

/* What schema steps 2 to 4 did, taken back. */
static void
make_version_1(struct bench *bench)
{
	sql_run(handle_of(bench), "DROP TABLE broker_accounts; DROP TABLE broker_offsets;"
	    "DROP TABLE tick_watermarks; DROP TABLE symbol_terms; DROP TABLE account_events;"
	    "DROP TABLE positions; DROP TABLE position_events; DROP TABLE action_results");
	sql_run(handle_of(bench), "DROP INDEX feed_gaps_missing; DROP INDEX feed_gaps_due;"
	    "DROP INDEX feed_gaps_filled; DROP TABLE feed_state;"
	    "CREATE INDEX feed_gaps_open ON feed_gaps(symbol_id, first_id) WHERE state <> 'filled';"
	    "ALTER TABLE symbols DROP COLUMN whole_from_us;"
	    "ALTER TABLE symbols DROP COLUMN frozen_us;"
	    "ALTER TABLE feed_gaps DROP COLUMN missing_first_id;"
	    "ALTER TABLE feed_gaps DROP COLUMN missing_last_id;"
	    "ALTER TABLE feed_gaps DROP COLUMN missing_from_us;"
	    "ALTER TABLE feed_gaps DROP COLUMN missing_to_us;"
	    "ALTER TABLE changes DROP COLUMN told_us; PRAGMA user_version = 1");
}

static void
gaps_of_a_version_1_database_are_known_and_filled_after_its_migration(void **state)
{
	struct store_symbol known;
	struct tick ticks[60];
	struct bench bench;
	size_t count = trades(ticks, 1, 3, FIRST_US, 1000);

	bench_open(&bench, state);
	count += trades(ticks + count, 6, 8, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 20, 21, FIRST_US + 2 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 30, 31, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	/* One filled, one given up, one open. */
	must_write(&bench, ticks, trades(ticks, 4, 5, FIRST_US + 3000, 1000));
	assert_int_equal(store_give_up(bench.store, 0, 22, 29, "never traded", NOW_US), 0);
	store_free(bench.store);
	make_version_1(&bench);
	database_close(bench.db);
	bench.db = tick_database_open(state);
	bench_open_store(&bench);
	assert_int_equal(number(&bench, "SELECT user_version FROM pragma_user_version"),
	    schema_version(DATABASE_TICKS));
	check_all(&bench);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.gaps, 1);
	assert_int_equal(known.due.first_id, 9);
	assert_int_equal(known.due.last_id, 19);
	must_add_page(&bench, 0, ticks,
	    trades(ticks, 9, 19, FIRST_US + CANDLE_M5_US + 3000, 1000));
	check_all(&bench);
	must_add_page(&bench, 0, ticks,
	    trades(ticks, 22, 29, FIRST_US + 2 * CANDLE_M5_US + 3000, 1000));
	check_all(&bench);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps WHERE state <> 'filled'"), 0);
	assert_int_equal(candle_column(&bench, "complete", 2), 1);
	bench_close(&bench);
}

/* ---- any interleaving ---- */

struct mix {
	struct bench bench;
	struct deliveries *live, *exchange;
	size_t at; /* in live */
	uint64_t chance;
	struct tick page[PAGE_MAX];
};

static void
deliver_live(struct mix *mix)
{
	size_t count = 1 + (size_t)chance_below(&mix->chance, 60);

	if (count > mix->live->count - mix->at)
		count = mix->live->count - mix->at;
	must_write(&mix->bench, mix->live->ticks + mix->at, count);
	mix->at += count;
}

/* Sometimes a page beginning at the oldest gap, sometimes one of anywhere, with a hole or two. */
static void
deliver_page(struct mix *mix)
{
	uint32_t symbol = (uint32_t)chance_below(&mix->chance, SYMBOLS);
	struct store_symbol known;
	size_t count, holes = (size_t)chance_below(&mix->chance, 3);
	int64_t from_id;

	store_symbol(mix->bench.store, symbol, &known);
	from_id = known.due.first_id;
	if (from_id == TICK_NONE || chance_below(&mix->chance, 2) == 0) {
		count = exchange_page(mix->exchange, symbol, 0, mix->page, 1);
		from_id = mix->page[0].tick_id + chance_below(&mix->chance, 900);
	}
	count = exchange_page(mix->exchange, symbol, from_id, mix->page,
	    1 + (size_t)chance_below(&mix->chance, PAGE_MAX));
	for (; holes > 0 && count > 3; holes--, count--) {
		size_t hole = (size_t)chance_below(&mix->chance, (int64_t)count - 1);

		memmove(mix->page + hole, mix->page + hole + 1,
		    (count - hole - 1) * sizeof(mix->page[0]));
	}
	must_add_page(&mix->bench, symbol, mix->page, count);
}

/*
 * As a backfill would: what came since the newest, then the oldest gap first, until none is left;
 * and back to the first slot.
 */
static void
fill_all(struct mix *mix, uint32_t symbol)
{
	struct bench *bench = &mix->bench;
	struct store_symbol known;

	store_symbol(bench->store, symbol, &known);
	must_add_page(bench, symbol, mix->page, exchange_page(mix->exchange, symbol,
	    known.newest_id + 1, mix->page, PAGE_MAX));
	check_all(bench);
	for (store_symbol(bench->store, symbol, &known); known.gaps > 0;
	    store_symbol(bench->store, symbol, &known)) {
		size_t count = exchange_page(mix->exchange, symbol, known.due.first_id, mix->page,
		    PAGE_MAX);

		must_add_page(bench, symbol, mix->page, count);
		check_all(bench);
	}
	assert_int_equal(exchange_page(mix->exchange, symbol, 0, mix->page, 1), 1);
	bench_remember(bench);
	assert_int_equal(store_begin_at(bench->store, symbol, FIRST_US, mix->page[0].tick_id,
			     NOW_US), 0);
	bench->model->symbols[symbol].whole_id = mix->page[0].tick_id;
	model_fold(bench->model);
	for (int i = 0; i < SYMBOLS; i++)
		check_candles(bench, i);
	store_symbol(bench->store, symbol, &known);
	if (known.gaps > 0)
		fill_all(mix, symbol);
}

/* Nothing missing, nothing twice, and every candle that is over complete. */
static void
assert_whole(struct mix *mix, uint32_t symbol)
{
	struct bench *bench = &mix->bench;
	int64_t trades_of = 0;

	for (size_t i = 0; i < mix->exchange->count; i++)
		trades_of += mix->exchange->ticks[i].symbol == symbol &&
		    is_trade(&mix->exchange->ticks[i]);
	assert_int_equal(number(bench, "SELECT count(*) FROM unified_ticks JOIN symbols"
				       " USING(symbol_id) WHERE symbol = 'S%u' AND flags & 1",
			     symbol), trades_of);
	assert_int_equal(number(bench, "SELECT count(*) FROM m5_candles JOIN symbols USING(symbol_id)"
				       " WHERE symbol = 'S%u' AND NOT complete"
				       " AND open_time_us + 301000000 <= (SELECT max(newest_us)"
				       " FROM symbols)", symbol), 0);
}

static void
deliver_mixed(uint64_t seed, bool restarts)
{
	struct mix mix = {.chance = seed + 5000};
	void *folder = NULL;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open(&mix.bench, &folder);
	mix.live = deliveries_create(seed, true);
	mix.exchange = exchange_create(seed);
	while (mix.at < mix.live->count) {
		if (chance_below(&mix.chance, 3) > 0)
			deliver_live(&mix);
		else
			deliver_page(&mix);
		check_all(&mix.bench);
		if (restarts && chance_below(&mix.chance, 3) == 0)
			bench_restart(&mix.bench, true);
	}
	assert_true(number(&mix.bench, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'") > 0);
	for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++)
		fill_all(&mix, symbol);
	for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++)
		assert_whole(&mix, symbol);
	free(mix.live);
	free(mix.exchange);
	bench_close(&mix.bench);
	assert_int_equal(scratch_remove(&folder), 0);
}

static void
any_mix_of_live_ticks_and_pages_ends_with_nothing_missing_and_nothing_twice(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		deliver_mixed(chance_seed() + seed, seed % 2);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_page_into_a_gap_closes_it_and_completes_the_candles_beside),
		promise(a_hole_in_a_page_is_opened_in_the_ledger),
		promise(a_page_beyond_what_is_stored_opens_the_hole_between),
		promise(the_same_page_again_changes_nothing),
		promise(a_page_whose_ids_do_not_go_up_is_refused_whole),
		promise(a_page_may_go_back_in_time),
		promise(ids_that_never_come_are_given_up_and_leave_their_candles_incomplete),
		promise(the_first_slot_is_complete_once_the_exchange_told_where_it_begins),
		promise(a_beginning_that_cannot_be_is_refused),
		promise(quotes_of_a_terminal_make_candles_of_the_bid_and_never_a_gap),
		promise(ids_of_another_kind_are_refused_in_one_sentence),
		promise(
		    a_long_hole_between_an_import_and_the_live_ticks_is_left_until_imports_shorten_it),
		promise(a_long_hole_behind_an_import_is_left_and_one_behind_live_ticks_is_filled),
		promise(a_store_beside_another_leaves_its_statements_prepared),
		promise(a_store_of_another_source_beside_it_makes_no_slot_be_read_again),
		promise(gaps_of_a_version_1_database_are_known_and_filled_after_its_migration),
		cmocka_unit_test(
		    any_mix_of_live_ticks_and_pages_ends_with_nothing_missing_and_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
