#define _GNU_SOURCE
#include "tickd/feed/binance_streams.h"

#include "tests/unit/tickd/names.h"

static struct string_list
both_streams(void)
{
	struct string_list streams = names_create(2);

	names_add(&streams, "trade");
	names_add(&streams, "bookTicker");
	return streams;
}

static void
the_path_names_each_stream_of_each_symbol_in_lower_case(void **state)
{
	struct string_list streams = both_streams(), symbols = names_create(2);
	char path[BINANCE_PATH_SIZE];

	names_add(&symbols, "BTCUSDT");
	names_add(&symbols, "1000SATSUSDT");
	assert_int_equal(binance_streams_path(&symbols, 0, &streams, path), 2);
	assert_string_equal(path,
	    "/stream?streams=btcusdt@trade/btcusdt@bookTicker/"
	    "1000satsusdt@trade/1000satsusdt@bookTicker");
	assert_int_equal(binance_streams_path(&symbols, 1, &streams, path), 1);
	assert_string_equal(path, "/stream?streams=1000satsusdt@trade/1000satsusdt@bookTicker");
	names_free(&symbols);
	names_free(&streams);
}

static void
what_is_not_ascii_is_written_in_percents(void **state)
{
	struct string_list streams = names_create(1), symbols = names_create(1);
	char path[BINANCE_PATH_SIZE];

	names_add(&streams, "trade");
	names_add(&symbols, "\xe5\xb8\x81USDT");
	assert_int_equal(binance_streams_path(&symbols, 0, &streams, path), 1);
	assert_string_equal(path, "/stream?streams=%E5%B8%81usdt@trade");
	names_free(&symbols);
	names_free(&streams);
}

/* Counts what the path asks for, each of which must be the next one that is due. */
static size_t
count_streams(const char *path, const struct string_list *symbols, size_t first)
{
	size_t count = 0;
	char expected[64];

	assert_int_equal(strncmp(path, "/stream?streams=", 16), 0);
	for (path += 16; *path != '\0'; count++) {
		size_t length = strcspn(path, "/");

		snprintf(expected, sizeof(expected), "%s@%s",
		    symbols->items[first + count / 2], count % 2 == 0 ? "trade" : "bookTicker");
		for (char *c = expected; *c != '@'; c++)
			*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		assert_int_equal(length, strlen(expected));
		assert_memory_equal(path, expected, length);
		path += length + (path[length] == '/');
	}
	return count;
}

static void
many_symbols_are_spread_so_that_each_is_asked_for_once(void **state)
{
	struct string_list streams = both_streams(), symbols = names_create(1000);
	size_t first = 0, connections = 0;
	char path[BINANCE_PATH_SIZE], name[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%.*s%dUSDT", i % 12, "ABCDEFGHIJKL", i);
		names_add(&symbols, name);
	}
	while (first < symbols.count) {
		size_t count = binance_streams_path(&symbols, first, &streams, path);

		assert_true(count > 0);
		assert_true(strlen(path) < BINANCE_PATH_SIZE);
		assert_true(2 * count <= BINANCE_STREAMS_MAX);
		assert_int_equal(count_streams(path, &symbols, first), 2 * count);
		/* No emptier than it must be. */
		if (first + count < symbols.count)
			assert_true(strlen(path) > BINANCE_PATH_SIZE - 128);
		first += count;
		connections++;
	}
	assert_int_equal(first, symbols.count);
	assert_in_range(connections, 2, 40);
	names_free(&symbols);
	names_free(&streams);
}

static void
the_longest_names_of_all_bytes_fit_a_path(void **state)
{
	struct string_list streams = both_streams(), symbols = names_create(200);
	char path[BINANCE_PATH_SIZE], name[33];
	size_t first = 0;

	memset(name, 0xe5, 32); /* each takes three places in a path */
	name[32] = '\0';
	for (int i = 0; i < 200; i++)
		names_add(&symbols, name);
	while (first < symbols.count) {
		size_t count = binance_streams_path(&symbols, first, &streams, path), percents = 0;

		assert_in_range(count, 1, 200 - first);
		assert_true(strlen(path) < BINANCE_PATH_SIZE);
		for (const char *at = path; (at = strchr(at, '%')) != NULL; at++)
			percents++;
		assert_int_equal(percents, 2 * 32 * count);
		first += count;
	}
	names_free(&symbols);
	names_free(&streams);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_names_each_stream_of_each_symbol_in_lower_case),
		cmocka_unit_test(what_is_not_ascii_is_written_in_percents),
		cmocka_unit_test(many_symbols_are_spread_so_that_each_is_asked_for_once),
		cmocka_unit_test(the_longest_names_of_all_bytes_fit_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
