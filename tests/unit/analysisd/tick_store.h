/*
 * A tick database as tickd keeps it, in a directory of its own, filled by tests: deterministic
 * candles and ticks of any symbol.
 */
#ifndef TESTS_UNIT_ANALYSISD_TICK_STORE_H
#define TESTS_UNIT_ANALYSISD_TICK_STORE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/candle.h"
#include "common/clock.h"
#include "common/database.h"
#include "common/tick.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US) /* 2024-08-09 */

struct tick_store {
	char state_dir[64];
	struct database *db;
};

static inline void
tick_store_open(struct tick_store *store)
{
	struct problem problem;

	strcpy(store->state_dir, "/tmp/analysisd-test-XXXXXX");
	assert_non_null(mkdtemp(store->state_dir));
	assert_int_equal(database_open(&store->db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
			     store->state_dir, &problem), 0);
}

static inline int
tick_store_remove(const char *path, const struct stat *is, int kind, struct FTW *where)
{
	return remove(path);
}

static inline void
tick_store_close(struct tick_store *store)
{
	database_close(store->db);
	assert_int_equal(nftw(store->state_dir, tick_store_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

__attribute__((format(printf, 2, 3))) static inline void
tick_store_execute(struct tick_store *store, const char *format, ...)
{
	va_list arguments;
	char *sql;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (database_execute(store->db, sql) != 0)
		fail_msg("%s: %s", sql, database_error(store->db));
	sqlite3_free(sql);
}

static inline void
tick_store_symbol(struct tick_store *store, int symbol_id, const char *source, const char *symbol)
{
	tick_store_execute(store, "INSERT INTO symbols(symbol_id, source, symbol) VALUES(%d, '%s', '%s')",
	    symbol_id, source, symbol);
}

/* The exchange time of the symbol's newest tick. */
static inline void
tick_store_clock(struct tick_store *store, int symbol_id, int64_t newest_us)
{
	tick_store_execute(store, "UPDATE symbols SET newest_us = %lld WHERE symbol_id = %d",
	    (long long)newest_us, symbol_id);
}

/* A candle made of its symbol, slot and revision alone. */
static inline void
tick_store_candle(struct tick_store *store, int symbol_id, int64_t open_time_us,
    const char *origin, int revision)
{
	unsigned seed = (unsigned)(open_time_us / CANDLE_M5_US) * 31 + (unsigned)(symbol_id * 7 +
	    revision * 1000003);
	int64_t open = 6000000000000 + (rand_r(&seed) % 20000) * INT64_C(1000000);
	int64_t close = open + (rand_r(&seed) % 2001 - 1000) * INT64_C(1000000);
	int64_t high = (open > close ? open : close) + rand_r(&seed) % 900 * INT64_C(1000000);
	int64_t low = (open < close ? open : close) - rand_r(&seed) % 900 * INT64_C(1000000);
	int volume = 1 + rand_r(&seed) % 1000, buy = rand_r(&seed) % (volume + 1);

	tick_store_execute(store,
	    "INSERT OR REPLACE INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8,"
	    " close_e8, volume, quote_volume, taker_buy_volume, trades, origin, revision, complete)"
	    " VALUES(%d, %lld, %lld, %lld, %lld, %lld, %d.5, %d.25, %d.0, %d, '%s', %d, 1)",
	    symbol_id, (long long)open_time_us, (long long)open, (long long)high, (long long)low,
	    (long long)close, volume, volume * 60000, buy, volume, origin, revision);
}

/* Candles of every slot in from_us <= t < before_us, in one transaction. */
static inline void
tick_store_candles(struct tick_store *store, int symbol_id, int64_t from_us, int64_t before_us,
    const char *origin)
{
	tick_store_execute(store, "BEGIN IMMEDIATE");
	for (int64_t open_us = from_us; open_us < before_us; open_us += CANDLE_M5_US)
		tick_store_candle(store, symbol_id, open_us, origin, 0);
	tick_store_execute(store, "COMMIT");
}

static inline void
tick_store_tick(struct tick_store *store, int symbol_id, int64_t time_us, int64_t id,
    int64_t bid_e8, int64_t ask_e8)
{
	tick_store_execute(store,
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8,"
	    " ask_e8, flags) VALUES(%d, %lld, %lld, %lld, 1000, %lld, %lld, 1)", symbol_id,
	    (long long)time_us, (long long)id, (long long)bid_e8, (long long)bid_e8,
	    (long long)ask_e8);
}

/* A trade of `volume` (whole units) at `price_e8`, with a bid and an ask beside it. */
static inline void
tick_store_trade(struct tick_store *store, int symbol_id, int64_t time_us, int64_t id,
    int64_t price_e8, int volume, bool sell)
{
	tick_store_execute(store,
	    "INSERT OR IGNORE INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8,"
	    " bid_e8, ask_e8, flags) VALUES(%d, %lld, %lld, %lld, %d00000000, %lld, %lld, %d)",
	    symbol_id, (long long)time_us, (long long)id, (long long)price_e8, volume,
	    (long long)(price_e8 - id % 3), (long long)(price_e8 + 1 + id % 5),
	    sell ? TICK_TRADE | TICK_SELL : TICK_TRADE);
}

/* The candle of the slot is another one now, and consumers are told. */
static inline void
tick_store_revise(struct tick_store *store, int symbol_id, int64_t open_time_us, int revision)
{
	tick_store_execute(store, "BEGIN IMMEDIATE");
	tick_store_candle(store, symbol_id, open_time_us, "ticks", revision);
	tick_store_execute(store, "INSERT INTO changes(symbol_id, from_us, to_us) VALUES(%d, %lld, %lld)",
	    symbol_id, (long long)open_time_us, (long long)(open_time_us + CANDLE_M5_US - 1));
	tick_store_execute(store, "COMMIT");
}

#endif
