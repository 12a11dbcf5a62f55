#define _GNU_SOURCE
#include "tickd/import/import_reader.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/unit/tickd/packed.h"

#define AUGUST_MS INT64_C(1722470400000)

static int
open_reader(struct import_reader **ret, int fd, const char *name, const char *symbol,
    struct problem *problem)
{
	const struct import_options options = {.name = name, .symbol = symbol};

	return import_reader_open(ret, fd, &options, problem);
}

static struct import_reader *
opened(int fd, const char *name, const char *symbol)
{
	struct import_reader *reader;
	struct problem problem;

	if (open_reader(&reader, fd, name, symbol, &problem) < 0)
		fail_msg("%s", problem.text);
	return reader;
}

/* The sentence with which a file of that name and text is refused. */
static const char *
refused(void **state, const char *name, const char *text, const char *symbol, int expected)
{
	static struct problem problem;
	struct import_reader *reader;
	int fd = plain_file(state, "file", text);

	assert_int_equal(open_reader(&reader, fd, name, symbol, &problem), expected);
	close(fd);
	return problem.text;
}

static struct import_page *
new_page(void)
{
	struct import_page *page = calloc(1, sizeof(*page));

	assert_non_null(page);
	return page;
}

static char *
trades(int count, int64_t first_id)
{
	char *text = malloc((size_t)count * 64 + 1), *at = text;

	assert_non_null(text);
	*at = '\0';
	for (int i = 0; i < count; i++)
		at += sprintf(at, "%" PRId64 ",1.5,2,3,%" PRId64 ",True,True\n", first_id + i,
		    AUGUST_MS + i);
	return text;
}

static void
pages_hold_all_rows_in_order(void **state)
{
	char *text = trades(25000, 7);
	int fd = plain_file(state, "x", text), result;
	struct import_reader *reader = opened(fd, "BTCUSDT-trades-2024-08.csv", NULL);
	struct import_page *page = new_page();
	struct import_figures figures;
	struct problem problem;
	int64_t next = 7;

	assert_string_equal(import_reader_symbol(reader), "BTCUSDT");
	assert_int_equal(import_reader_kind(reader), ARCHIVE_TRADES);
	while ((result = import_reader_page(reader, page, &problem)) == 1) {
		assert_string_equal(page->symbol, "BTCUSDT");
		assert_false(page->candles);
		for (size_t i = 0; i < page->count; i++)
			assert_int_equal(page->ticks[i].tick_id, next++);
	}
	assert_int_equal(result, 0);
	assert_int_equal(next, 25007);
	import_reader_figures(reader, &figures);
	assert_int_equal(figures.rows, 25000);
	assert_int_equal(figures.bytes, figures.file_bytes);
	import_reader_close(reader);
	free(page);
	free(text);
	close(fd);
}

/* Live ticks wait for a page: one of a trade in each slot would take them a third of a second. */
static void
a_page_has_no_more_slots_than_live_ticks_can_wait_for(void **state)
{
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;
	char text[2500 * 48], *at = text;
	int fd, rows = 0, pages = 0;

	for (int i = 1; i <= 2500; i++)
		at += sprintf(at, "%d,1.5,2,3,%" PRId64 ",True,True\n", i,
		    AUGUST_MS + INT64_C(300000) * i);
	fd = plain_file(state, "x", text);
	reader = opened(fd, "BTCUSDT-trades-2024-08.csv", NULL);
	while (import_reader_page(reader, page, &problem) == 1) {
		assert_true(page->count <= IMPORT_PAGE_SLOTS);
		rows += (int)page->count;
		pages++;
	}
	assert_int_equal(rows, 2500);
	assert_int_equal(pages, 3);
	import_reader_close(reader);
	free(page);
	close(fd);
}

/* A packed file may hold any number of them: who reads looks up between pages. */
static void
blank_lines_come_as_empty_pages(void **state)
{
	static char text[100000];
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;
	int fd, empty = 0;

	memset(text, '\n', sizeof(text));
	memcpy(text, "1,1.5,2,3,1722470400000,True,True", 33);
	fd = packed_file(state, "x", ZIP, text, sizeof(text));
	reader = opened(fd, "BTCUSDT-trades-2024-08.zip", NULL);
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 1);
	while (import_reader_page(reader, page, &problem) == 1) {
		assert_int_equal(page->count, 0);
		empty++;
	}
	assert_true(empty >= 3);
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
a_header_is_passed_over(void **state)
{
	int fd = plain_file(state, "x",
	    "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n"
	    "1,1,1,1,1722470400000,True,True\n");
	struct import_reader *reader = opened(fd, "BTCUSDT-trades-2024-08.csv", NULL);
	struct import_page *page = new_page();
	struct problem problem;

	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 1);
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
rows_before_a_bad_line_are_given_first_and_then_its_number(void **state)
{
	int fd = plain_file(state, "x",
	    "1,1,1,1,1722470400000,True,True\n2,1,1,1,1722470400000,True,True\n"
	    "3,one,1,1,1722470400000,True,True\n4,1,1,1,1722470400000,True,True\n");
	struct import_reader *reader = opened(fd, "d/BTCUSDT-trades-2024-08.csv", NULL);
	struct import_page *page = new_page();
	struct problem problem;

	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(import_reader_page(reader, page, &problem), -EINVAL);
		assert_string_equal(problem.text,
		    "d/BTCUSDT-trades-2024-08.csv:3: column 2 (price): expected a decimal above 0 "
		    "with up to 8 places, not \"one\"");
	}
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
ids_out_of_order_are_put_in_order_once_each(void **state)
{
	int fd = plain_file(state, "x",
	    "3,1,1,1,1722470400003,True,True\n1,1,1,1,1722470400001,True,True\n"
	    "3,1,1,1,1722470400003,True,True\n2,1,1,1,1722470400002,True,True\n");
	struct import_reader *reader = opened(fd, "BTCUSDT-trades-2024-08.csv", NULL);
	struct import_page *page = new_page();
	struct problem problem;

	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(page->ticks[i].tick_id, i + 1);
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
without_a_telling_name_the_symbol_must_be_told(void **state)
{
	char *text = trades(3, 1);
	int fd = plain_file(state, "x", text);
	struct import_reader *reader;
	bool by_row;

	assert_string_equal(refused(state, "my.csv", text, NULL, -ENODATA),
	    "my.csv: its name does not say which symbol it has: --symbol does");
	reader = opened(fd, "my.csv", "BTCUSDT");
	assert_int_equal(import_reader_kind(reader), ARCHIVE_TRADES);
	assert_false(import_reader_microseconds(reader, &by_row));
	assert_true(by_row);
	import_reader_close(reader);
	free(text);
	close(fd);
}

static void
contents_that_contradict_the_name_are_refused(void **state)
{
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;
	char *text = trades(1, 1);
	int fd = plain_file(state, "x", text);

	reader = opened(fd, "BTCUSDT-aggTrades-2024-08.csv", NULL);
	assert_int_equal(import_reader_page(reader, page, &problem), -EINVAL);
	assert_string_equal(problem.text,
	    "BTCUSDT-aggTrades-2024-08.csv:1: expected the 8 columns of aggTrades, not 7");
	import_reader_close(reader);
	close(fd);
	assert_string_equal(refused(state, "BTCUSDT-trades-2024-08.csv", text, "ETHUSDT", -EINVAL),
	    "BTCUSDT-trades-2024-08.csv: it is of BTCUSDT by its name, not of ETHUSDT");
	assert_string_equal(refused(state, "BTCUSDT-1m-2024-08.zip", text, NULL, -ENOTSUP),
	    "BTCUSDT-1m-2024-08.zip: only klines of 5m can be imported, and these are of 1m");
	free(text);
	free(page);
}

static void
what_is_nothing_of_ours_is_refused_in_one_sentence(void **state)
{
	assert_string_equal(refused(state, "notes.txt", "1 Hello\nworld\n", "X", -EINVAL),
	    "notes.txt:1: expected a row of Binance's trades, aggTrades or klines, an MT5 export of "
	    "ticks or a recording, not \"1 Hello\"");
	assert_string_equal(refused(state, "x-trades-2024-08.csv", "id,price\n", NULL, -EBADMSG),
	    "x-trades-2024-08.csv: it has no rows");
	assert_string_equal(refused(state, "x-trades-2024-08.csv", "", NULL, -EBADMSG),
	    "x-trades-2024-08.csv: it is empty");
}

static void
a_name_whose_symbol_could_not_be_told_is_refused(void **state)
{
	static const char *const names[] = {"BTC USDT-trades-2024-08.csv",
		"sim:BTCUSDT-trades-2024-08.csv", "BTC\nUSDT-trades-2024-08.csv",
		"BTC\xff-trades-2024-08.csv", "\xc3-trades-2024-08.csv"};
	char *text = trades(3, 1);
	int fd = plain_file(state, "x", text);
	struct import_reader *reader;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(refused(state, names[i], text, NULL, -EINVAL),
		    "what its name has for a symbol can be none"));
	reader = opened(fd, "\xe5\xb8\x81\xe5\xae\x89USDT-trades-2024-08.csv", NULL);
	assert_string_equal(import_reader_symbol(reader), "\xe5\xb8\x81\xe5\xae\x89USDT");
	import_reader_close(reader);
	free(text);
	close(fd);
}

static void
klines_come_as_pages_of_candles(void **state)
{
	int fd = plain_file(state, "x",
	    "1722470400000,1,2,1,2,5,1722470699999,5,3,1,1,0\n"
	    "1722470700000,2,2,2,2,0,1722470999999,0,0,0,0,0\n"
	    "1722471000000,2,3,2,3,5,1722471299999,5,3,1,1,0\n");
	struct import_reader *reader = opened(fd, "BTCUSDT-5m-2024-08.csv", NULL);
	struct import_page *page = new_page();
	struct import_figures figures;
	struct problem problem;

	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_true(page->candles);
	assert_int_equal(page->count, 2);
	assert_int_equal(page->klines[1].open_time_us, INT64_C(1722471000000000));
	assert_int_equal(import_reader_page(reader, page, &problem), 0);
	import_reader_figures(reader, &figures);
	assert_int_equal(figures.rows, 2);
	assert_int_equal(figures.passed, 1);
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
an_mt5_export_is_known_by_its_header(void **state)
{
	static const char text[] = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n"
				   "2024.01.02\t00:00:00.001\t1.1\t1.2\t\t\t6\r\n"
				   "2024.01.02\t00:00:00.001\t1.2\t\t\t\t2\r\n"
				   "2024.01.02\t00:00:00.002\t\t\t\t\t\r\n";
	const struct import_options options = {"EURUSD_202401020000_202401052359.csv", NULL,
		INT64_C(-3600000000), 0};
	int fd = plain_file(state, "x", text);
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;

	assert_int_equal(import_reader_open(&reader, fd, &options, &problem), 0);
	assert_int_equal(import_reader_kind(reader), ARCHIVE_MT5);
	assert_string_equal(import_reader_symbol(reader), "EURUSD");
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 3);
	assert_int_equal(page->ticks[1].tick_id, 1);
	assert_int_equal(page->ticks[1].time_us, INT64_C(1704153600001000) + INT64_C(3600000000));
	/* A row of blanks, with nothing but the end of the line behind the last tab. */
	assert_int_equal(page->ticks[2].bid_e8, 120000000);
	assert_int_equal(page->ticks[2].ask_e8, 120000000);
	import_reader_close(reader);
	assert_string_equal(refused(state, "export.csv", text, NULL, -ENODATA),
	    "export.csv: its name does not say which symbol it has: --symbol does");
	free(page);
	close(fd);
}

/* ---- recordings ---- */

#define TRADE_LINE                                                                                 \
	"1 {\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"E\":1722470400001,\"s\":\"%s\","    \
	"\"t\":%d,\"p\":\"1.5\",\"q\":\"2\",\"T\":1722470400000,\"m\":true,\"M\":true}}\n"
#define BOOK_LINE                                                                                  \
	"2 {\"stream\":\"x@bookTicker\",\"data\":{\"u\":%d,\"s\":\"%s\",\"b\":\"1.4\",\"B\":\"1\","   \
	"\"a\":\"1.6\",\"A\":\"1\"}}\n"

static void
a_recording_gives_the_trades_of_each_symbol_with_their_book(void **state)
{
	char text[4096], *at = text;
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;
	int fd;

	at += sprintf(at, TRADE_LINE, "AUSDT", 1);
	at += sprintf(at, BOOK_LINE, 5, "AUSDT");
	at += sprintf(at, "3 {\"stream\":\"x@depth\",\"data\":{}}\n3 {\"result\":null,\"id\":1}\n");
	at += sprintf(at, TRADE_LINE, "BUSDT", 7);
	at += sprintf(at, TRADE_LINE, "AUSDT", 3);
	at += sprintf(at, TRADE_LINE, "AUSDT", 2);
	sprintf(at, TRADE_LINE, "AUSDT", 3);
	fd = packed_file(state, "x", ZSTD, text, strlen(text));
	reader = opened(fd, "recording.zst", NULL);
	assert_int_equal(import_reader_kind(reader), ARCHIVE_RECORDING);
	assert_null(import_reader_symbol(reader));
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_string_equal(page->symbol, "AUSDT");
	assert_int_equal(page->count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(page->ticks[i].tick_id, i + 1);
	assert_int_equal(page->ticks[0].bid_e8, TICK_NONE);
	assert_int_equal(page->ticks[2].bid_e8, 140000000);
	assert_int_equal(page->ticks[2].ask_e8, 160000000);
	assert_int_equal(page->ticks[2].flags, TICK_TRADE | TICK_IMPORTED | TICK_SELL);
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_string_equal(page->symbol, "BUSDT");
	assert_int_equal(page->count, 1);
	assert_int_equal(import_reader_page(reader, page, &problem), 0);
	assert_false(import_reader_cut(reader));
	import_reader_close(reader);
	reader = opened(fd, "recording.zst", "BUSDT");
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_string_equal(page->symbol, "BUSDT");
	assert_int_equal(import_reader_page(reader, page, &problem), 0);
	import_reader_close(reader);
	free(page);
	close(fd);
}

static void
a_recording_that_was_cut_is_read_to_its_last_whole_block(void **state)
{
	struct import_page *page = new_page();
	struct import_reader *reader;
	char text[2 * sizeof(TRADE_LINE)], tail[32];
	struct problem problem;
	int fd, both;
	ssize_t length;

	sprintf(text, TRADE_LINE, "AUSDT", 1);
	fd = packed_file(state, "x", ZSTD, text, strlen(text));
	both = open(scratch_path(state, "x"), O_RDWR | O_APPEND | O_CLOEXEC);
	length = pread(fd, tail, sizeof(tail), 0);
	assert_int_equal(write(both, tail, (size_t)length), length);
	reader = opened(both, "recording.zst", NULL);
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(page->count, 1);
	assert_int_equal(import_reader_page(reader, page, &problem), 0);
	assert_true(import_reader_cut(reader));
	import_reader_close(reader);
	close(both);
	close(fd);
	free(page);
}

static void
a_line_that_is_none_of_a_recording_is_refused_by_its_number(void **state)
{
	char text[4096];
	struct import_page *page = new_page();
	struct import_reader *reader;
	struct problem problem;
	int fd;

	sprintf(text, TRADE_LINE "what\n", "AUSDT", 1);
	fd = plain_file(state, "x", text);
	reader = opened(fd, "r", NULL);
	assert_int_equal(import_reader_page(reader, page, &problem), 1);
	assert_int_equal(import_reader_page(reader, page, &problem), -EINVAL);
	assert_string_equal(problem.text,
	    "r:2: expected the receive time, a space and a frame, not \"what\"");
	import_reader_close(reader);
	close(fd);
	free(page);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(pages_hold_all_rows_in_order),
		ON_DISK(a_page_has_no_more_slots_than_live_ticks_can_wait_for),
		ON_DISK(blank_lines_come_as_empty_pages),
		ON_DISK(a_header_is_passed_over),
		ON_DISK(rows_before_a_bad_line_are_given_first_and_then_its_number),
		ON_DISK(ids_out_of_order_are_put_in_order_once_each),
		ON_DISK(without_a_telling_name_the_symbol_must_be_told),
		ON_DISK(contents_that_contradict_the_name_are_refused),
		ON_DISK(what_is_nothing_of_ours_is_refused_in_one_sentence),
		ON_DISK(a_name_whose_symbol_could_not_be_told_is_refused),
		ON_DISK(klines_come_as_pages_of_candles),
		ON_DISK(an_mt5_export_is_known_by_its_header),
		ON_DISK(a_recording_gives_the_trades_of_each_symbol_with_their_book),
		ON_DISK(a_recording_that_was_cut_is_read_to_its_last_whole_block),
		ON_DISK(a_line_that_is_none_of_a_recording_is_refused_by_its_number),
	};

	return cmocka_run_group_tests_name("tickd/import_reader", tests, NULL, NULL);
}
