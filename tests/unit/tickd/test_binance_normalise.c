#define _GNU_SOURCE
#include "tickd/feed/binance_normalise.h"

#include <errno.h>

#include "tests/unit/tickd/names.h"

struct bench {
	struct string_list names;
	struct symbol_table *symbols;
	struct binance_normaliser *normaliser;
};

static struct bench
bench_open(enum settings_quotes quotes)
{
	struct bench bench = {.names = names_create(3)};

	names_add(&bench.names, "BTCUSDT");
	names_add(&bench.names, "ETHUSDT");
	names_add(&bench.names, "BNBUSDT");
	bench.symbols = symbol_table_create(&bench.names);
	assert_non_null(bench.symbols);
	bench.normaliser = binance_normaliser_create(bench.symbols, 0, bench.names.count, quotes);
	assert_non_null(bench.normaliser);
	return bench;
}

static void
bench_close(struct bench *bench)
{
	binance_normaliser_free(bench->normaliser);
	symbol_table_free(bench->symbols);
	names_free(&bench->names);
}

static int
give_trade(struct bench *bench, const char *symbol, int64_t id, int64_t time_ms, int64_t now_us,
    struct tick *ret)
{
	const struct binance_event event = {
		.kind = BINANCE_TRADE,
		.symbol = symbol,
		.symbol_length = strlen(symbol),
		.event_time_ms = time_ms + 2,
		.time_ms = time_ms,
		.id = id,
		.price_e8 = 100 + id,
		.quantity_e8 = 7,
		.buyer_is_maker = id % 2 == 1,
	};

	return binance_normalise(bench->normaliser, &event, now_us, ret);
}

static int
give_quote(struct bench *bench, const char *symbol, int64_t id, int64_t bid_e8, int64_t ask_e8,
    int64_t now_us, struct tick *ret)
{
	const struct binance_event event = {
		.kind = BINANCE_QUOTE,
		.symbol = symbol,
		.symbol_length = strlen(symbol),
		.id = id,
		.bid_e8 = bid_e8,
		.ask_e8 = ask_e8,
	};

	return binance_normalise(bench->normaliser, &event, now_us, ret);
}

static void
assert_book(const struct tick *tick, int64_t bid_e8, int64_t ask_e8)
{
	assert_int_equal(tick->bid_e8, bid_e8);
	assert_int_equal(tick->ask_e8, ask_e8);
}

static void
a_trade_becomes_a_tick_of_the_exchange_s_time_and_id(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	struct tick tick;

	assert_int_equal(give_trade(&bench, "ETHUSDT", 41, 1723161601437, 5, &tick), 1);
	assert_int_equal(tick.time_us, 1723161601437000);
	assert_int_equal(tick.tick_id, 41);
	assert_int_equal(tick.price_e8, 141);
	assert_int_equal(tick.volume_e8, 7);
	assert_int_equal(tick.symbol, 1);
	assert_int_equal(tick.flags, TICK_TRADE | TICK_SELL);
	assert_book(&tick, TICK_NONE, TICK_NONE);
	assert_int_equal(give_trade(&bench, "BNBUSDT", 42, 1723161601437, 5, &tick), 1);
	assert_int_equal(tick.symbol, 2);
	assert_int_equal(tick.flags, TICK_TRADE);
	bench_close(&bench);
}

static void
an_aggregate_keeps_the_number_of_its_trades(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	const struct binance_event event = {
		.kind = BINANCE_TRADE,
		.symbol = "BTCUSDT",
		.symbol_length = 7,
		.event_time_ms = 2000,
		.time_ms = 1000,
		.id = 12,
		.price_e8 = 100,
		.quantity_e8 = 7,
		.trade_count = 5,
	};
	struct tick tick;

	assert_int_equal(binance_normalise(bench.normaliser, &event, 1, &tick), 1);
	assert_int_equal(tick.tick_id, 12);
	assert_int_equal(tick.trade_count, 5);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 41, 1000, 5, &tick), 1);
	assert_int_equal(tick.trade_count, 0);
	bench_close(&bench);
}

static void
a_trade_carries_the_last_bid_and_ask_of_its_own_symbol(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	struct tick tick;

	assert_int_equal(give_quote(&bench, "BTCUSDT", 10, 99, 101, 1, &tick), 0);
	assert_int_equal(give_quote(&bench, "ETHUSDT", 3, 9, 11, 1, &tick), 0);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 11, 98, 102, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, 98, 102);
	assert_int_equal(give_trade(&bench, "ETHUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, 9, 11);
	assert_int_equal(give_trade(&bench, "BNBUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, TICK_NONE, TICK_NONE);
	bench_close(&bench);
}

static void
an_update_that_is_not_newer_changes_nothing(void **state)
{
	struct bench bench = bench_open(QUOTES_ALL);
	struct tick tick;

	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 1, &tick), 1);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 10, 99, 101, 1, &tick), 1);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 10, 1, 2, 1, &tick), 0);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 9, 1, 2, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 2, 1000, 1, &tick), 1);
	assert_book(&tick, 99, 101);
	bench_close(&bench);
}

static void
an_empty_side_of_the_book_is_none(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	struct tick tick;

	assert_int_equal(give_quote(&bench, "BTCUSDT", 1, 0, 101, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, TICK_NONE, 101);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 2, 99, 0, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 2, 1000, 1, &tick), 1);
	assert_book(&tick, 99, TICK_NONE);
	bench_close(&bench);
}

static void
a_new_connection_forgets_the_books(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	struct tick tick;

	for (int i = 0; i < 3; i++)
		assert_int_equal(give_quote(&bench, bench.names.items[i], 50, 99, 101, 1, &tick), 0);
	binance_normaliser_reset(bench.normaliser);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(give_trade(&bench, bench.names.items[i], 1, 1000, 1, &tick), 1);
		assert_book(&tick, TICK_NONE, TICK_NONE);
	}
	/* The other end may count its updates from anywhere. */
	assert_int_equal(give_quote(&bench, "ETHUSDT", 2, 97, 103, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "ETHUSDT", 2, 1000, 1, &tick), 1);
	assert_book(&tick, 97, 103);
	bench_close(&bench);
}

static void
each_connection_has_books_and_symbols_of_its_own(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE), other = bench;
	struct tick tick;

	other.normaliser = binance_normaliser_create(bench.symbols, 1, 1, QUOTES_ON_TRADE);
	assert_non_null(other.normaliser);
	assert_int_equal(give_quote(&bench, "ETHUSDT", 50, 99, 101, 1, &tick), 0);
	assert_int_equal(give_quote(&other, "ETHUSDT", 40, 98, 102, 1, &tick), 0);
	assert_int_equal(give_trade(&bench, "ETHUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, 99, 101);
	assert_int_equal(give_trade(&other, "ETHUSDT", 1, 1000, 1, &tick), 1);
	assert_book(&tick, 98, 102);
	assert_int_equal(tick.symbol, 1);
	assert_int_equal(give_trade(&other, "BTCUSDT", 1, 1000, 1, &tick), -ENOENT);
	assert_int_equal(give_quote(&other, "BNBUSDT", 1, 1, 2, 1, &tick), -ENOENT);
	binance_normaliser_free(other.normaliser);
	bench_close(&bench);
}

static void
a_successor_takes_over_the_exchange_s_time(void **state)
{
	struct bench bench = bench_open(QUOTES_ALL), other = bench;
	struct tick tick;

	other.normaliser = binance_normaliser_create(bench.symbols, 0, 3, QUOTES_ALL);
	assert_non_null(other.normaliser);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 700, &tick), 1);
	binance_normaliser_follow(other.normaliser, bench.normaliser);
	assert_int_equal(give_quote(&other, "BTCUSDT", 1, 99, 101, 1700, &tick), 1);
	assert_int_equal(tick.time_us, 1002000 + 1000);
	assert_book(&tick, 99, 101);
	binance_normaliser_free(other.normaliser);
	bench_close(&bench);
}

static void
quotes_are_rows_only_where_the_settings_ask_for_all(void **state)
{
	struct bench bench = bench_open(QUOTES_ON_TRADE);
	struct tick tick;

	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 1, &tick), 1);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 1, 99, 101, 1, &tick), 0);
	bench_close(&bench);
}

static void
a_stored_quote_has_a_negative_id_and_a_time_on_the_exchange_s_clock(void **state)
{
	struct bench bench = bench_open(QUOTES_ALL);
	struct tick tick;

	/* Before any trade nobody knows the exchange's time. */
	assert_int_equal(give_quote(&bench, "BTCUSDT", 10, 99, 101, 500, &tick), 0);
	assert_int_equal(give_trade(&bench, "ETHUSDT", 1, 1000, 700, &tick), 1);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 11, 99, 0, 1700, &tick), 1);
	assert_int_equal(tick.time_us, 1002000 + 1000); /* the event's time and what has passed */
	assert_int_equal(tick.tick_id, -11);
	assert_int_equal(tick.price_e8, TICK_NONE);
	assert_int_equal(tick.volume_e8, TICK_NONE);
	assert_book(&tick, 99, TICK_NONE);
	assert_int_equal(tick.flags, TICK_QUOTE | TICK_TIME_ESTIMATED);
	assert_int_equal(tick.symbol, 0);
	bench_close(&bench);
}

static void
an_older_trade_does_not_turn_the_exchange_s_clock_back(void **state)
{
	struct bench bench = bench_open(QUOTES_ALL);
	struct tick tick;

	assert_int_equal(give_trade(&bench, "ETHUSDT", 1, 5000, 100, &tick), 1);
	assert_int_equal(give_trade(&bench, "BTCUSDT", 1, 1000, 200, &tick), 1);
	assert_int_equal(give_quote(&bench, "BTCUSDT", 1, 99, 101, 400, &tick), 1);
	assert_int_equal(tick.time_us, 5002000 + 300);
	bench_close(&bench);
}

static void
a_symbol_that_the_settings_do_not_name_is_refused(void **state)
{
	struct bench bench = bench_open(QUOTES_ALL);
	struct tick tick;

	assert_int_equal(give_trade(&bench, "DOGEUSDT", 1, 1000, 1, &tick), -ENOENT);
	assert_int_equal(give_trade(&bench, "BTCUSD", 1, 1000, 1, &tick), -ENOENT);
	assert_int_equal(give_trade(&bench, "btcusdt", 1, 1000, 1, &tick), -ENOENT);
	assert_int_equal(give_quote(&bench, "BTCUSDTX", 1, 1, 2, 1, &tick), -ENOENT);
	/* Nor does it move the clock. */
	assert_int_equal(give_quote(&bench, "BTCUSDT", 1, 1, 2, 1, &tick), 0);
	bench_close(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trade_becomes_a_tick_of_the_exchange_s_time_and_id),
		cmocka_unit_test(an_aggregate_keeps_the_number_of_its_trades),
		cmocka_unit_test(a_trade_carries_the_last_bid_and_ask_of_its_own_symbol),
		cmocka_unit_test(an_update_that_is_not_newer_changes_nothing),
		cmocka_unit_test(an_empty_side_of_the_book_is_none),
		cmocka_unit_test(a_new_connection_forgets_the_books),
		cmocka_unit_test(each_connection_has_books_and_symbols_of_its_own),
		cmocka_unit_test(a_successor_takes_over_the_exchange_s_time),
		cmocka_unit_test(quotes_are_rows_only_where_the_settings_ask_for_all),
		cmocka_unit_test(a_stored_quote_has_a_negative_id_and_a_time_on_the_exchange_s_clock),
		cmocka_unit_test(an_older_trade_does_not_turn_the_exchange_s_clock_back),
		cmocka_unit_test(a_symbol_that_the_settings_do_not_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
