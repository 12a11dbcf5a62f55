#define _GNU_SOURCE
#include "tickd/import/archive_name.h"

#include "tests/unit/common/scratch.h"

#define DAY_US INT64_C(86400000000)
#define AUGUST_US INT64_C(1722470400000000) /* 2024-08-01 */

static struct archive_name
name_of(const char *path)
{
	struct archive_name name;

	archive_name_read(path, &name);
	return name;
}

static void
a_name_says_kind_symbol_and_period(void **state)
{
	struct archive_name name = name_of("/data/x/BTCUSDT-aggTrades-2024-08-01.zip");

	assert_int_equal(name.kind, ARCHIVE_AGGREGATES);
	assert_string_equal(name.symbol, "BTCUSDT");
	assert_string_equal(name.period, "2024-08-01");
	assert_int_equal(name.from_us, AUGUST_US);
	assert_int_equal(name.to_us, AUGUST_US + DAY_US);
	name = name_of("1000SATSUSDT-trades-2024-12.csv.gz");
	assert_int_equal(name.kind, ARCHIVE_TRADES);
	assert_string_equal(name.symbol, "1000SATSUSDT");
	assert_int_equal(name.to_us, INT64_C(1735689600000000)); /* the next year */
	assert_int_equal(name.from_us, name.to_us - 31 * DAY_US);
	assert_int_equal(name_of("BTCUSDT-trades-2024-08").kind, ARCHIVE_TRADES);
	assert_int_equal(name_of("BTCUSDT-trades-2024-08.csv.zst").kind, ARCHIVE_TRADES);
	assert_int_equal(name_of("BTCUSDT-trades-2024-08.CSV").kind, ARCHIVE_TRADES);
}

static void
klines_say_their_interval(void **state)
{
	struct archive_name name = name_of("BTCUSDT-5m-2024-08.zip");

	assert_int_equal(name.kind, ARCHIVE_KLINES);
	assert_string_equal(name.interval, "5m");
	assert_string_equal(name.symbol, "BTCUSDT");
	assert_string_equal(name_of("BTCUSDT-1mo-2024-08.zip").interval, "1mo");
}

static void
a_symbol_may_be_of_any_letters(void **state)
{
	assert_string_equal(name_of("币安人生USDT-trades-2025-10.zip").symbol, "币安人生USDT");
	assert_string_equal(name_of("A-B-trades-2025-10.zip").symbol, "A-B");
}

static void
a_terminal_s_export_says_its_symbol(void **state)
{
	struct archive_name name = name_of("EURUSD.m_202401020000_202401052359.csv");

	assert_int_equal(name.kind, ARCHIVE_MT5);
	assert_string_equal(name.symbol, "EURUSD.m");
}

static void
what_is_no_archive_s_name_says_nothing(void **state)
{
	static const char *const names[] = {"", "/", "trades.csv", "-trades-2024-08.csv",
		"BTCUSDT-trades-2024-8.csv", "BTCUSDT-trades-2024-13.csv",
		"BTCUSDT-trades-2024-02-30.csv", "BTCUSDT-depth-2024-08.csv",
		"BTCUSDT-trades-2024-08 (1).csv", "BTCUSDT-m-2024-08.csv", "2024-08.csv", ".csv",
		"_202401020000_202401052359.csv", "trades-2024-08"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct archive_name name = name_of(names[i]);

		assert_int_equal(name.kind, ARCHIVE_UNKNOWN);
		assert_string_equal(name.symbol, "");
	}
}

static void
a_symbol_too_long_to_be_one_says_nothing(void **state)
{
	char name[200];

	memset(name, 'A', 100);
	strcpy(name + 100, "-trades-2024-08.csv");
	assert_int_equal(name_of(name).kind, ARCHIVE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_says_kind_symbol_and_period),
		cmocka_unit_test(klines_say_their_interval),
		cmocka_unit_test(a_symbol_may_be_of_any_letters),
		cmocka_unit_test(a_terminal_s_export_says_its_symbol),
		cmocka_unit_test(what_is_no_archive_s_name_says_nothing),
		cmocka_unit_test(a_symbol_too_long_to_be_one_says_nothing),
	};

	return cmocka_run_group_tests_name("tickd/archive_name", tests, NULL, NULL);
}
