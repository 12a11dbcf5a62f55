#define _GNU_SOURCE
#include "tickd/mt5/mt5_store.h"

#include "tests/unit/failing_vfs.h"
#include "tests/unit/tickd/mt5_bench.h"

/* What is done on a source that has some ticks and positions; 0 or -errno. */
typedef int operation(struct mt5_bench *bench);

static struct mt5_position
position_of(int64_t ticket)
{
	return (struct mt5_position){.ticket = ticket, .symbol = "A", .volume_e8 = 10000000,
		.opened_server_ms = FIRST_US / CLOCK_MS_US, .price_open_e8 = 110000000,
		.stop_loss_e8 = TICK_NONE, .take_profit_e8 = TICK_NONE};
}

/* As a session does: what its watermark says is stored is not said again. */
static int
write_ticks(struct mt5_bench *bench)
{
	static struct tick a[700], b[300];
	struct store_result result;
	struct mt5_page pages[2];
	int error;

	bids(a, 700, FIRST_US + 2 * CANDLE_M5_US, CLOCK_SECOND_US, 110000000);
	bids(b, 300, FIRST_US + CANDLE_M5_US, 2 * CLOCK_SECOND_US, 120000000);
	pages[0] = page_of(0, a, 700, FIRST_US + 2 * CANDLE_M5_US);
	pages[1] = page_of(1, b, 300, TICK_NONE);
	error = mt5_store_ticks(bench->store, pages, 2, NOW_US, &result);
	if (error == 0 && result.stored != 1000) /* it was said that none was stored */
		fail_msg("%d of 1000 ticks were new", (int)result.stored);
	return error;
}

static int
report_positions(struct mt5_bench *bench)
{
	struct mt5_position two[2] = {position_of(6), position_of(9)};
	const struct mt5_positions report = {1, true, two, 2};

	return mt5_store_positions(bench->store, &report, &bench->time);
}

static int
close_position(struct mt5_bench *bench)
{
	const struct mt5_closed closed = {.ticket = 5, .server_ms = FIRST_US / CLOCK_MS_US,
		.price_e8 = 7, .profit = 1, .reason = "tp"};

	return mt5_store_closed(bench->store, &closed, &bench->time);
}

static int
say_hello_with_more_symbols(struct mt5_bench *bench)
{
	struct problem problem;

	bench_name(bench, "DBCA");
	bench->symbols[3].stops_level_e8 = 7;
	return bench_hello(bench, &problem);
}

static int
add_bars(struct mt5_bench *bench)
{
	struct candle bars[20];

	for (int i = 0; i < 20; i++)
		bars[i] = (struct candle){.open_time_us = FIRST_US - (20 - i) * CANDLE_M5_US,
			.open_e8 = 1, .high_e8 = 1, .low_e8 = 1, .close_e8 = 1, .trades = 1,
			.first_tick_id = TICK_NONE, .last_tick_id = TICK_NONE, .origin = CANDLE_BARS,
			.complete = true};
	return mt5_store_bars(bench->store, 0, bars, 20, FIRST_US, NOW_US);
}

/* Two slots of A, one of B, positions 5 and 6. */
static void
open_with_some(struct mt5_bench *bench, void **folder)
{
	struct mt5_position two[2] = {position_of(5), position_of(6)};
	const struct mt5_positions report = {1, true, two, 2};

	bench_open(bench, folder, "AB");
	sql_run(handle_of(bench), "PRAGMA synchronous=FULL");
	must_store_bids(bench, 0, 500, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_store_bids(bench, 1, 200, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	assert_int_equal(mt5_store_positions(bench->store, &report, &bench->time), 0);
}

static char *
dump_all(struct mt5_bench *bench)
{
	static const char *const tables[] = {"tick_watermarks", "broker_accounts", "symbol_terms",
		"account_events", "positions", "position_events"};
	char *ticks = tick_database_dump(handle_of(bench)), *text = NULL, sql[64];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	fputs(ticks, out);
	free(ticks);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2, 3", tables[i]);
		dump_rows(handle_of(bench), sql, out);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *
dump_after(operation *operate)
{
	void *folder = NULL;
	struct mt5_bench bench;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	open_with_some(&bench, &folder);
	assert_int_equal(operate(&bench), 0);
	text = dump_all(&bench);
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return text;
}

/*
 * One try with the nth call failing.  Whether it failed or not, afterwards it succeeds, and all is
 * as it would be without; a restart in between makes no difference.  Returns whether the nth call
 * was reached.
 */
static bool
survives(operation *operate, enum failing_call call, int nth, int code, bool for_good,
    const char *expected)
{
	void *folder = NULL;
	struct mt5_bench bench;
	int result, failed;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	open_with_some(&bench, &folder);
	failing_arm(call, nth, code, for_good);
	result = operate(&bench);
	if (result < 0 && for_good)
		assert_true(operate(&bench) < 0);
	failed = failing_disarm();
	assert_true(result == 0 || result == -EIO || result == -ENOSPC);
	assert_true(sqlite3_get_autocommit(handle_of(&bench)));
	if (nth % 2 == 0) {
		bench_restart(&bench);
		if (result < 0)
			bench_must_hello(&bench, "AB");
	}
	if (result < 0)
		assert_int_equal(operate(&bench), 0);
	text = dump_all(&bench);
	assert_same_dump(text, expected);
	assert_int_equal(number(&bench, "SELECT count(*) FROM pragma_integrity_check"
					" WHERE integrity_check = 'ok'"), 1);
	free(text);
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return failed > 0;
}

static void
survives_every(operation *operate)
{
	static const struct {
		enum failing_call call;
		int code;
	} ills[] = {{FAILING_WRITE, SQLITE_IOERR_WRITE}, {FAILING_WRITE, SQLITE_FULL},
		{FAILING_SYNC, SQLITE_IOERR_FSYNC}};
	char *expected = dump_after(operate);

	for (size_t i = 0; i < sizeof(ills) / sizeof(ills[0]); i++)
		for (int for_good = 0; for_good < 2; for_good++) {
			int nth = 1;

			while (survives(operate, ills[i].call, nth, ills[i].code, for_good, expected))
				nth++;
			assert_true(nth > 1);
		}
	free(expected);
}

static void
ticks_and_their_watermarks_survive_a_failure_of_any_write_or_sync_together(void **state)
{
	survives_every(write_ticks);
}

static void
a_report_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(report_positions);
}

static void
a_closed_position_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(close_position);
}

static void
a_hello_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(say_hello_with_more_symbols);
}

static void
bars_survive_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(add_bars);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    ticks_and_their_watermarks_survive_a_failure_of_any_write_or_sync_together),
		cmocka_unit_test(a_report_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(a_closed_position_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(a_hello_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(bars_survive_a_failure_of_any_write_or_sync),
	};

	return cmocka_run_group_tests(tests, failing_vfs_begin, NULL);
}
