/*
 * A source of a terminal on a database of the test's own: a hello of some symbols, quotes made to
 * order, and what is stored as text.  The broker's clock is three hours ahead of UTC.
 */
#ifndef TESTS_UNIT_TICKD_MT5_BENCH_H
#define TESTS_UNIT_TICKD_MT5_BENCH_H

#include <errno.h>
#include <math.h>

#include "common/clock.h"
#include "tests/unit/tickd/deliveries.h"
#include "tests/unit/tickd/tick_database.h"
#include "tickd/mt5/mt5_store.h"

#define NOW_US INT64_C(77)
#define OFFSET_US (3 * 3600 * CLOCK_SECOND_US)
#define BENCH_SYMBOLS 8

struct mt5_bench {
	void **state;
	struct settings settings;
	struct database *db;
	struct mt5_store *store;
	struct mt5_hello hello;
	struct mt5_symbol symbols[BENCH_SYMBOLS];
	struct mt5_opened opened; /* by the last hello */
	struct broker_time time;  /* with the one offset */
};

/* What a broker of currencies would say. */
static inline struct mt5_symbol
bench_symbol(const char *name)
{
	struct mt5_symbol symbol = {.digits = 5, .point_e8 = 1000, .volume_min_e8 = 1000000,
		.volume_max_e8 = 5000000000, .volume_step_e8 = 1000000, .tick_size_e8 = 1000,
		.stops_level_e8 = 10000, .freeze_level_e8 = 0, .tick_value = 1};

	snprintf(symbol.name, sizeof(symbol.name), "%s", name);
	return symbol;
}

/* The hello's symbols from now on: one letter each. */
static inline void
bench_name(struct mt5_bench *bench, const char *letters)
{
	bench->hello.symbol_count = strlen(letters);
	assert_true(bench->hello.symbol_count <= BENCH_SYMBOLS);
	for (size_t i = 0; letters[i] != '\0'; i++)
		bench->symbols[i] = bench_symbol((const char[]){letters[i], '\0'});
}

static inline int
bench_hello(struct mt5_bench *bench, struct problem *problem)
{
	struct mt5_opened opened;
	int result;

	bench->hello.symbols = bench->symbols;
	result = mt5_store_open(bench->store, &bench->hello, NOW_US, &opened, problem);
	if (result < 0)
		return result;
	mt5_opened_free(&bench->opened);
	bench->opened = opened;
	return 0;
}

static inline void
bench_must_hello(struct mt5_bench *bench, const char *letters)
{
	struct problem problem;

	bench_name(bench, letters);
	if (bench_hello(bench, &problem) < 0)
		fail_msg("%s", problem.text);
}

static inline void
bench_start(struct mt5_bench *bench, const char *source)
{
	bench->store = mt5_store_create(&bench->settings, bench->db, source);
	assert_non_null(bench->store);
}

/* Of account 123 at Broker-Demo, before its first hello; on `db` where that is not NULL. */
static inline void
bench_begin(struct mt5_bench *bench, void **state, struct database *db, const char *source)
{
	const struct broker_offset offset = {INT64_MIN, OFFSET_US};

	*bench = (struct mt5_bench){.state = state, .hello = {.version = 1, .account = "123",
		.server = "Broker-Demo", .currency = "USD"}};
	bench->db = db == NULL ? tick_database_open(state) : db;
	bench_start(bench, source);
	broker_time_start(&bench->time);
	broker_time_load(&bench->time, &offset, 1, TICK_NONE);
}

static inline void
bench_open(struct mt5_bench *bench, void **state, const char *letters)
{
	bench_begin(bench, state, NULL, "mt5");
	bench_must_hello(bench, letters);
}

static inline void
bench_end(struct mt5_bench *bench)
{
	mt5_store_free(bench->store);
	mt5_opened_free(&bench->opened);
}

static inline void
bench_close(struct mt5_bench *bench)
{
	bench_end(bench);
	database_close(bench->db);
}

/* As a restart would, up to the hello. */
static inline void
bench_restart(struct mt5_bench *bench)
{
	mt5_store_free(bench->store);
	database_close(bench->db);
	bench->db = tick_database_open(bench->state);
	bench_start(bench, "mt5");
}

static inline sqlite3 *
handle_of(struct mt5_bench *bench)
{
	return database_handle(bench->db);
}

__attribute__((format(printf, 2, 3))) static inline int64_t
number(struct mt5_bench *bench, const char *format, ...)
{
	va_list arguments;
	char sql[1024];

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	return sql_number(handle_of(bench), sql);
}

/* What the query gives, as dump_rows() writes it. */
static inline void
assert_rows(struct mt5_bench *bench, const char *sql, const char *expected)
{
	size_t length;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	dump_rows(handle_of(bench), sql, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

/* ---- ticks ---- */

/* A quote at that time, whose ordinal is `place`. */
static inline struct tick
bid_at(int64_t time_us, int64_t place, int64_t bid_e8)
{
	return (struct tick){.time_us = time_us, .tick_id = place, .price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE, .bid_e8 = bid_e8, .ask_e8 = bid_e8 + 2000,
		.flags = TICK_QUOTE};
}

/* `count` quotes from time_us on, step_us (whole milliseconds) apart, bids going up from bid_e8. */
static inline size_t
bids(struct tick *ticks, size_t count, int64_t time_us, int64_t step_us, int64_t bid_e8)
{
	for (size_t i = 0; i < count; i++)
		ticks[i] = bid_at(time_us + (int64_t)i * step_us, 0, bid_e8 + (int64_t)i);
	return count;
}

/* Of all of them; the watermark is behind the last one.  from_us as struct mt5_page. */
static inline struct mt5_page
page_of(size_t symbol, const struct tick *ticks, size_t count, int64_t from_us)
{
	const struct tick *last = &ticks[count - 1];

	return (struct mt5_page){symbol, ticks, count,
		{(last->time_us + OFFSET_US) / CLOCK_MS_US, last->tick_id + 1}, from_us};
}

static inline struct store_result
must_store(struct mt5_bench *bench, const struct mt5_page *pages, size_t count)
{
	struct store_result result;

	if (mt5_store_ticks(bench->store, pages, count, NOW_US, &result) != 0)
		fail_msg("not stored: %s", database_error(bench->db));
	return result;
}

/* One page of bids() to one symbol. */
static inline void
must_store_bids(struct mt5_bench *bench, size_t symbol, size_t count, int64_t time_us,
    int64_t step_us, int64_t from_us)
{
	struct tick ticks[1000];
	struct mt5_page page;

	assert_true(count <= 1000);
	page = page_of(symbol, ticks, bids(ticks, count, time_us, step_us, 110000000), from_us);
	must_store(bench, &page, 1);
}

#endif
