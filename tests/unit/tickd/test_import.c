/*
 * Imports on a real store, and a storage of the test's own in the place of the thread: jobs are run
 * when the test says so.
 */
#define _GNU_SOURCE
#include "tickd/import/import.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sysexits.h>

#include "tests/unit/tickd/packed.h"
#include "tests/unit/tickd/tick_database.h"

#define AUGUST_MS INT64_C(1722470400000) /* 2024-08-01 */
#define DAY_US INT64_C(86400000000)
#define JOBS_MAX 8

struct storage {
	pthread_mutex_t mutex;
	struct storage_job *jobs[JOBS_MAX];
	int count, most; /* waiting now, and the most there ever were */
	int64_t newest_us;
};

static struct storage storage = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void
storage_submit(struct storage *to, struct storage_job *job)
{
	pthread_mutex_lock(&to->mutex);
	assert_true(to->count < JOBS_MAX);
	to->jobs[to->count++] = job;
	if (to->count > to->most)
		to->most = to->count;
	pthread_mutex_unlock(&to->mutex);
}

/* How many jobs wait. */
static int
waiting(void)
{
	int count;

	pthread_mutex_lock(&storage.mutex);
	count = storage.count;
	pthread_mutex_unlock(&storage.mutex);
	return count;
}

void
storage_symbol(struct storage *from, size_t symbol, struct store_symbol *ret)
{
	*ret = (struct store_symbol){.newest_us = from->newest_us};
}

struct bench {
	struct settings settings;
	uv_loop_t loop;
	struct database *db;
	struct store *live;
	struct imports *imports;
	int64_t number;
	int ended;
	bool held; /* jobs are left where they are */
	int64_t gaps_told; /* to storage, as those of live symbols */
};

static void
on_ended(void *context, const struct import_report *report, const char *name)
{
	((struct bench *)context)->ended++;
}

static void
bench_open(struct bench *bench, void **state, const char *more)
{
	struct settings_faults faults = {0};
	struct problem problem;
	char text[512];

	*bench = (struct bench){0};
	storage.newest_us = TICK_NONE;
	storage.count = storage.most = 0;
	snprintf(text, sizeof(text), "[binance]\nsymbols = BTCUSDT\nsource = binance\n%s\n", more);
	if (settings_load(&bench->settings, scratch_file(state, "test.conf", text), NULL, 0,
		&faults) < 0)
		fail_msg("%s", faults.texts[0]);
	settings_faults_free(&faults);
	bench->db = tick_database_open(state);
	assert_int_equal(store_create(&bench->live, bench->db, "binance",
			     &bench->settings.binance.symbols, TICK_IDS_TRADE, &problem), 0);
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	bench->imports =
	    imports_create(&bench->settings, &storage, &bench->loop, on_ended, bench);
	assert_non_null(bench->imports);
}

/* One job, as the storage thread and the loop would: true when there was one. */
static bool
run_job(struct bench *bench)
{
	struct store_result result = {0};
	struct storage_job *job;

	pthread_mutex_lock(&storage.mutex);
	job = storage.count == 0 ? NULL : storage.jobs[0];
	if (job != NULL)
		memmove(storage.jobs, storage.jobs + 1, (size_t)--storage.count * sizeof(job));
	pthread_mutex_unlock(&storage.mutex);
	if (job == NULL)
		return false;
	job->done(job, job->run(job, bench->live, bench->db, &result));
	bench->gaps_told += result.gaps_opened;
	return true;
}

static bool
has_ended(struct bench *bench)
{
	if (!bench->held)
		(void)run_job(bench);
	uv_run(&bench->loop, UV_RUN_NOWAIT);
	return bench->ended > 0;
}

/* As storage_stop() does: what waits comes back, and then the database is closed. */
static void
bench_close(struct bench *bench)
{
	imports_free(bench->imports);
	while (storage.count > 0) {
		struct storage_job *job = storage.jobs[--storage.count];

		job->done(job, -ECANCELED);
	}
	uv_run(&bench->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
	store_free(bench->live);
	database_close(bench->db);
	settings_free(&bench->settings);
}

static void
begin(struct bench *bench, int file, struct import_task task)
{
	struct problem problem;

	task.file = file;
	bench->ended = 0;
	bench->number = imports_begin(bench->imports, &task, &problem);
	if (bench->number < 0)
		fail_msg("%s", problem.text);
}

/* The whole import; what is said of it at its end, the caller's reference. */
static json_t *
import(struct bench *bench, int file, struct import_task task)
{
	begin(bench, file, task);
	wait_until(has_ended(bench));
	return imports_progress(bench->imports, bench->number);
}

static int64_t
number_of(const json_t *progress, const char *name)
{
	return json_integer_value(json_object_get(progress, name));
}

static const char *
text_of(const json_t *progress, const char *name)
{
	return json_string_value(json_object_get(progress, name));
}

static int64_t
stored(void **state, const char *sql)
{
	sqlite3 *handle = tick_database_raw(state, SQLITE_OPEN_READONLY);
	int64_t value = sql_number(handle, sql);

	sqlite3_close(handle);
	return value;
}

/* `count` trades a second apart as an open file. */
static int
trades(void **state, int first, int count)
{
	char *text = malloc((size_t)count * 64 + 1), *at = text;
	int fd;

	assert_non_null(text);
	*at = '\0';
	for (int i = first; i < first + count; i++)
		at += sprintf(at, "%d,1.5,2,3,%" PRId64 ",True,True\n", i,
		    AUGUST_MS + INT64_C(100) * i);
	fd = packed_file(state, "file", ZIP, text, strlen(text));
	free(text);
	return fd;
}

#define ETH {.name = "ETHUSDT-trades-2024-08.zip", .source = "archive"}
#define BTC {.name = "BTCUSDT-trades-2024-08.zip", .confirmed = true}

static void
all_rows_are_stored_and_two_pages_at_the_most_are_on_their_way(void **state)
{
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	bench.held = true;
	begin(&bench, trades(state, 1, 45000), (struct import_task)ETH);
	wait_until(waiting() == 2);
	pause_ms(20);
	bench.held = false;
	wait_until(has_ended(&bench));
	assert_int_equal(storage.most, 2);
	end = imports_progress(bench.imports, bench.number);
	assert_string_equal(text_of(end, "state"), "done");
	assert_string_equal(text_of(end, "kind"), "trades");
	assert_string_equal(text_of(end, "source"), "archive");
	assert_string_equal(text_of(end, "symbol"), "ETHUSDT");
	assert_int_equal(number_of(end, "rows"), 45000);
	assert_int_equal(number_of(end, "stored"), 45000);
	assert_int_equal(number_of(end, "bytes"), number_of(end, "file_bytes"));
	json_decref(end);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks WHERE flags = 21"), 45000);
	assert_int_equal(stored(state, "SELECT sum(trades) FROM m5_candles"), 45000);
	assert_int_equal(stored(state, "SELECT ticks FROM symbols WHERE symbol = 'ETHUSDT'"), 45000);
	bench_close(&bench);
}

/* Or it would be told as one of the first live symbol, and with none of those, of nobody's. */
static void
a_hole_in_what_is_not_live_is_no_gap_of_the_feed_and_nobody_fills_it(void **state)
{
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	json_decref(import(&bench, trades(state, 1, 10), (struct import_task)ETH));
	end = import(&bench, trades(state, 21, 10), (struct import_task)ETH);
	assert_int_equal(number_of(end, "gaps_opened"), 1);
	assert_int_equal(bench.gaps_told, 0);
	assert_int_equal(stored(state, "SELECT count(*) FROM feed_gaps WHERE state = 'unfillable'"
	    " AND reason = 'left by an import: import the files between'"), 1);
	json_decref(end);
	json_decref(import(&bench, trades(state, 11, 10), (struct import_task)ETH));
	assert_int_equal(stored(state, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'"), 1);
	bench_close(&bench);
}

static void
the_same_file_again_stores_nothing(void **state)
{
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	for (int i = 0; i < 2; i++) {
		end = import(&bench, trades(state, 1, 12000), (struct import_task)BTC);
		assert_string_equal(text_of(end, "state"), "done");
		assert_int_equal(number_of(end, "stored"), i == 0 ? 12000 : 0);
		assert_int_equal(number_of(end, "duplicates"), i == 0 ? 0 : 12000);
		json_decref(end);
	}
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"), 12000);
	bench_close(&bench);
}

static void
rows_of_a_live_symbol_go_through_the_live_store(void **state)
{
	struct store_symbol symbol;
	struct bench bench;

	bench_open(&bench, state, "");
	json_decref(import(&bench, trades(state, 1, 100), (struct import_task)BTC));
	store_symbol(bench.live, 0, &symbol);
	assert_int_equal(symbol.ticks, 100);
	assert_int_equal(symbol.newest_id, 100);
	bench_close(&bench);
}

static void
aggregates_are_not_mixed_with_trades(void **state)
{
	static const char row[] = "1,1.5,2,5,8,1722470400000,True,True\n";
	struct import_task task = {.name = "BTCUSDT-aggTrades-2024-08.csv", .confirmed = true};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, plain_file(state, "x", row), task);
	assert_string_equal(text_of(end, "state"), "failed");
	assert_string_equal(text_of(json_object_get(end, "fault"), "message"),
	    "the ticks of BTCUSDT of binance have ids of the kind trade, these of the kind "
	    "aggregate: they cannot be mixed in one symbol; --source keeps them apart");
	assert_int_equal(number_of(json_object_get(end, "fault"), "exit_status"), EX_DATAERR);
	json_decref(end);
	json_decref(import(&bench, trades(state, 1, 100), (struct import_task)ETH));
	task.name = "ETHUSDT-aggTrades-2024-08.csv";
	task.source = "archive";
	end = import(&bench, plain_file(state, "x", row), task);
	assert_string_equal(text_of(end, "state"), "failed");
	json_decref(end);
	task.source = "aggregates";
	end = import(&bench, plain_file(state, "x", row), task);
	assert_string_equal(text_of(end, "state"), "done");
	json_decref(end);
	assert_int_equal(stored(state, "SELECT trade_count FROM unified_ticks WHERE tick_id = 1 "
				       "AND trade_count IS NOT NULL"), 4);
	bench_close(&bench);
}

static void
klines_come_before_ticks_and_do_not_say_what_ids_are(void **state)
{
	static const char klines[] =
	    "1722470400000,1,2,1,2,5,1722470699999,5,3,1,1,0\n"
	    "1722470700000,2,3,2,3,5,1722470999999,5,3,1,1,0\n";
	static const char row[] = "1,1.5,2,5,8,1722470400000,True,True\n";
	struct import_task task = {.name = "ETHUSDT-5m-2024-08.csv", .source = "archive"};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	for (int i = 0; i < 2; i++) {
		end = import(&bench, plain_file(state, "x", klines), task);
		assert_string_equal(text_of(end, "state"), "done");
		assert_int_equal(number_of(end, "stored"), i == 0 ? 2 : 0);
		json_decref(end);
	}
	assert_int_equal(stored(state, "SELECT count(*) FROM m5_candles WHERE origin = 'klines'"),
	    2);
	assert_int_equal(stored(state, "SELECT history_until_us FROM symbols WHERE symbol = "
				       "'ETHUSDT'"), INT64_C(1722471000000000));
	task.name = "ETHUSDT-aggTrades-2024-08.csv";
	json_decref(import(&bench, plain_file(state, "x", row), task));
	task.name = "ETHUSDT-5m-2024-08.csv";
	end = import(&bench, plain_file(state, "x", klines), task);
	assert_string_equal(text_of(end, "state"), "done");
	json_decref(end);
	assert_int_equal(stored(state, "SELECT count(*) FROM symbols WHERE id_kind = 'aggregate'"),
	    1);
	bench_close(&bench);
}

static void
klines_of_a_live_symbol_leave_its_history_where_it_was(void **state)
{
	static const char klines[] = "1722470400000,1,2,1,2,5,1722470699999,5,3,1,1,0\n";
	struct import_task task = {.name = "BTCUSDT-5m-2024-08.csv"};
	struct bench bench;

	bench_open(&bench, state, "");
	json_decref(import(&bench, plain_file(state, "x", klines), task));
	assert_int_equal(stored(state, "SELECT count(*) FROM symbols WHERE candles = 1 AND "
				       "history_until_us IS NULL"), 1);
	bench_close(&bench);
}

static void
an_mt5_export_is_quotes_by_their_place_in_time(void **state)
{
	static const char text[] = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n"
				   "2024.01.02\t02:00:00.001\t1.1\t1.2\t\t\t6\r\n"
				   "2024.01.02\t02:00:00.001\t1.3\t\t\t\t2\r\n"
				   "2024.01.02\t02:05:00.000\t1.2\t1.4\t\t\t6\r\n";
	struct import_task task = {.name = "EURUSD_202401020000_202401052359.csv"};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, plain_file(state, "x", text), task);
	assert_string_equal(text_of(end, "state"), "done");
	assert_string_equal(text_of(end, "source"), "mt5");
	assert_string_equal(json_string_value(json_array_get(json_object_get(end, "notices"), 0)),
	    "its times are taken as UTC: --utc-offset says otherwise");
	json_decref(end);
	task.source = "broker";
	task.offset_given = true;
	task.utc_offset_us = INT64_C(7200000000);
	end = import(&bench, plain_file(state, "x", text), task);
	assert_int_equal(json_array_size(json_object_get(end, "notices")), 0);
	assert_int_equal(number_of(end, "stored"), 3);
	json_decref(end);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks JOIN symbols USING "
				       "(symbol_id) WHERE source = 'broker' AND id_kind = 'ordinal' "
				       "AND flags & 255 = 18 AND time_us >= 1704153600001000"), 3);
	assert_int_equal(stored(state, "SELECT high_e8 FROM m5_candles JOIN symbols USING "
				       "(symbol_id) WHERE source = 'broker' ORDER BY open_time_us"),
	    130000000);
	bench_close(&bench);
}

static void
rows_older_than_what_is_kept_are_confirmed_first(void **state)
{
	struct import_task task = BTC;
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	storage.newest_us = AUGUST_MS * 1000 + 60 * DAY_US;
	task.confirmed = false;
	end = import(&bench, trades(state, 1, 10), task);
	assert_string_equal(text_of(end, "state"), "unconfirmed");
	assert_string_equal(json_string_value(json_array_get(json_object_get(end, "notices"), 0)),
	    "its rows begin at 2024-08-01T00:00:00Z; of the source binance, whatever is older than "
	    "2024-09-23T00:00:00Z is deleted (retention.ticks): rows before that will not be kept");
	json_decref(end);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"), 0);
	task.confirmed = true;
	end = import(&bench, trades(state, 1, 10), task);
	assert_string_equal(text_of(end, "state"), "done");
	assert_int_equal(json_array_size(json_object_get(end, "notices")), 1);
	json_decref(end);
	/* Another source has no live feed: nothing of it is deleted. */
	task.confirmed = false;
	task.source = "archive";
	end = import(&bench, trades(state, 1, 10), task);
	assert_string_equal(text_of(end, "state"), "done");
	json_decref(end);
	bench_close(&bench);
}

static void
a_month_that_outdates_its_own_beginning_is_confirmed_first(void **state)
{
	struct import_task task = {.name = "BTCUSDT-trades-2024-08.zip"};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, trades(state, 1, 10), task);
	assert_string_equal(text_of(end, "state"), "unconfirmed");
	json_decref(end);
	bench_close(&bench);
	bench_open(&bench, state, "[retention]\nticks = 0");
	end = import(&bench, trades(state, 1, 10), task);
	assert_string_equal(text_of(end, "state"), "done");
	json_decref(end);
	bench_close(&bench);
}

static void
what_came_before_a_bad_line_is_stored(void **state)
{
	static const char text[] =
	    "1,1,1,1,1722470400000,True,True\n2,1,1,1,1722470400000,True,True\nrubbish\n";
	struct import_task task = ETH;
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, plain_file(state, "x", text), task);
	assert_string_equal(text_of(end, "state"), "failed");
	assert_int_equal(number_of(end, "stored"), 2);
	assert_string_equal(text_of(json_object_get(end, "fault"), "message"),
	    "ETHUSDT-trades-2024-08.zip:3: expected the 7 columns of trades, not 1");
	assert_int_equal(number_of(json_object_get(end, "fault"), "exit_status"), EX_DATAERR);
	json_decref(end);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"), 2);
	bench_close(&bench);
}

/* It would move the source's clock, by which live candles are over. */
static void
a_row_from_the_future_is_bad_data(void **state)
{
	struct import_task task = {.name = "BTCUSDT-trades-2124-08.csv", .confirmed = true};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, plain_file(state, "x", "1,1.5,2,3,4878144000000000,True,True\n"), task);
	assert_string_equal(text_of(end, "state"), "failed");
	assert_string_equal(text_of(json_object_get(end, "fault"), "message"),
	    "BTCUSDT-trades-2124-08.csv:1: 2124-08-01T00:00:00Z is in the future");
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"), 0);
	json_decref(end);
	bench_close(&bench);
}

static void
a_file_whose_symbol_must_be_told_is_a_matter_of_usage(void **state)
{
	struct import_task task = {.name = "x.csv"};
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	end = import(&bench, trades(state, 1, 1), task);
	assert_int_equal(number_of(json_object_get(end, "fault"), "exit_status"), EX_USAGE);
	json_decref(end);
	task.symbol = "ETHUSDT";
	task.source = "archive";
	end = import(&bench, trades(state, 1, 1), task);
	assert_string_equal(text_of(end, "state"), "done");
	assert_string_equal(json_string_value(json_array_get(json_object_get(end, "notices"), 0)),
	    "its name has no period: by its first row, times are in milliseconds");
	json_decref(end);
	bench_close(&bench);
}

static void
a_second_import_is_told_that_one_runs(void **state)
{
	struct import_task task = ETH;
	struct problem problem;
	struct bench bench;

	bench_open(&bench, state, "");
	bench.held = true;
	begin(&bench, trades(state, 1, 30000), task);
	task.file = trades(state, 1, 1);
	assert_int_equal(imports_begin(bench.imports, &task, &problem), -EBUSY);
	assert_int_equal(fcntl(task.file, F_GETFD), -1);
	assert_string_equal(problem.text,
	    "another import is running: ETHUSDT-trades-2024-08.zip");
	bench_close(&bench);
}

static void
a_cancelled_import_keeps_what_was_stored(void **state)
{
	struct bench bench;
	json_t *end;

	bench_open(&bench, state, "");
	bench.held = true;
	begin(&bench, trades(state, 1, 60000), (struct import_task)ETH);
	wait_until(waiting() == 2);
	assert_true(run_job(&bench));
	imports_cancel(bench.imports, bench.number + 1); /* another's: nothing happens */
	imports_cancel(bench.imports, bench.number);
	bench.held = false;
	wait_until(has_ended(&bench));
	end = imports_progress(bench.imports, bench.number);
	assert_string_equal(text_of(end, "state"), "cancelled");
	assert_in_range(number_of(end, "stored"), 10000, 40000);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"),
	    number_of(end, "stored"));
	assert_int_equal(number_of(end, "stored") % IMPORT_PAGE_ROWS, 0);
	json_decref(end);
	bench_close(&bench);
}

static void
a_stop_in_the_middle_gives_everything_back(void **state)
{
	struct bench bench;

	bench_open(&bench, state, "");
	bench.held = true;
	begin(&bench, trades(state, 1, 60000), (struct import_task)ETH);
	wait_until(waiting() == 2);
	assert_true(run_job(&bench)); /* its store was made: it is finished before the database */
	bench_close(&bench);
	assert_int_equal(stored(state, "SELECT count(*) FROM unified_ticks"), 10000);
}

static void
the_ends_of_the_last_imports_can_be_asked_for(void **state)
{
	struct bench bench;
	int64_t first;

	bench_open(&bench, state, "");
	json_decref(import(&bench, trades(state, 1, 1), (struct import_task)ETH));
	first = bench.number;
	json_decref(import(&bench, trades(state, 2, 1), (struct import_task)ETH));
	assert_int_equal(bench.number, first + 1);
	for (int64_t number = first; number <= first + 1; number++) {
		json_t *end = imports_progress(bench.imports, number);

		assert_int_equal(number_of(end, "import"), number);
		json_decref(end);
	}
	assert_null(imports_progress(bench.imports, first + 2));
	assert_null(imports_progress(bench.imports, 0));
	assert_null(imports_progress(bench.imports, -1));
	assert_null(imports_progress(bench.imports, first + 32));
	bench_close(&bench);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(all_rows_are_stored_and_two_pages_at_the_most_are_on_their_way),
		ON_DISK(the_same_file_again_stores_nothing),
		ON_DISK(a_hole_in_what_is_not_live_is_no_gap_of_the_feed_and_nobody_fills_it),
		ON_DISK(rows_of_a_live_symbol_go_through_the_live_store),
		ON_DISK(aggregates_are_not_mixed_with_trades),
		ON_DISK(klines_come_before_ticks_and_do_not_say_what_ids_are),
		ON_DISK(klines_of_a_live_symbol_leave_its_history_where_it_was),
		ON_DISK(an_mt5_export_is_quotes_by_their_place_in_time),
		ON_DISK(rows_older_than_what_is_kept_are_confirmed_first),
		ON_DISK(a_month_that_outdates_its_own_beginning_is_confirmed_first),
		ON_DISK(what_came_before_a_bad_line_is_stored),
		ON_DISK(a_row_from_the_future_is_bad_data),
		ON_DISK(a_file_whose_symbol_must_be_told_is_a_matter_of_usage),
		ON_DISK(a_second_import_is_told_that_one_runs),
		ON_DISK(a_cancelled_import_keeps_what_was_stored),
		ON_DISK(a_stop_in_the_middle_gives_everything_back),
		ON_DISK(the_ends_of_the_last_imports_can_be_asked_for),
	};

	return cmocka_run_group_tests_name("tickd/import", tests, NULL, NULL);
}
