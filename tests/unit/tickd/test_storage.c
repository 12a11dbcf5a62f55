#define _GNU_SOURCE
#include "tickd/store/storage.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/retention.h"
#include "tests/unit/tickd/deliveries.h"
#include "tests/unit/tickd/tick_database.h"
#include "tickd/store/retention.h"

struct bench {
	struct settings settings;
	uv_loop_t loop;
	struct storage *storage;
	int called;
	int64_t pushed;
};

static void
on_stored(void *context)
{
	((struct bench *)context)->called++;
}

static void
bench_load(struct bench *bench, void **state, const char *state_dir)
{
	struct settings_faults faults = {0};
	char text[1024];

	*bench = (struct bench){0};
	snprintf(text, sizeof(text),
	    "[paths]\nstate_dir = %s\nruntime_dir = %s\n"
	    "[binance]\nsymbols = S0,S1,S2,S3\nsource = test\n"
	    "[storage]\nring = 16384\nbatch = 500\ncommit_delay = 1ms\n",
	    state_dir, (const char *)*state);
	if (settings_load(&bench->settings, scratch_file(state, "test.conf", text), NULL, 0,
		&faults) < 0)
		fail_msg("%s", faults.texts[0]);
	settings_faults_free(&faults);
	assert_int_equal(uv_loop_init(&bench->loop), 0);
}

static void
bench_open(struct bench *bench, void **state, const char *state_dir)
{
	struct problem problem;

	bench_load(bench, state, state_dir);
	if (storage_create(&bench->storage, &bench->settings, &bench->loop, on_stored, bench,
		&problem) < 0)
		fail_msg("%s", problem.text);
}

static void
bench_unload(struct bench *bench)
{
	uv_run(&bench->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
	settings_free(&bench->settings);
}

/* Stops it; returns how many ticks it could not store. */
static int64_t
bench_close(struct bench *bench)
{
	int64_t left = storage_stop(bench->storage);

	bench_unload(bench);
	return left;
}

/* The next trade: four symbols in turn, a millisecond apart. */
static bool
push_next(struct bench *bench)
{
	uint64_t chance = (uint64_t)bench->pushed;
	struct tick tick = trade_at((uint32_t)(bench->pushed % SYMBOLS),
	    1 + bench->pushed / SYMBOLS, FIRST_US + bench->pushed * 1000, &chance);

	tick.trade_count = 0;
	if (!storage_push(bench->storage, &tick))
		return false;
	bench->pushed++;
	return true;
}

static void
push_many(struct bench *bench, int64_t count)
{
	for (int64_t end = bench->pushed + count; bench->pushed < end;)
		wait_until(push_next(bench));
}

static struct storage_figures
figures_of(struct bench *bench)
{
	struct storage_figures figures;

	uv_run(&bench->loop, UV_RUN_NOWAIT);
	storage_figures(bench->storage, &figures);
	return figures;
}

static int64_t
rows_in(void **state)
{
	sqlite3 *handle = tick_database_raw(state, SQLITE_OPEN_READONLY);
	int64_t rows = sql_number(handle, "SELECT count(*) FROM unified_ticks");

	assert_int_equal(rows, sql_number(handle, "SELECT sum(ticks) FROM symbols"));
	assert_int_equal(rows, sql_number(handle, "SELECT sum(trades) FROM m5_candles"));
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	return rows;
}

static void
what_was_pushed_is_stored_and_told_on_the_loop(void **state)
{
	struct bench bench;
	struct storage_figures figures;
	struct store_symbol symbol;

	bench_open(&bench, state, *state);
	push_many(&bench, 1000);
	wait_until(figures_of(&bench).stored == 1000);
	wait_until((uv_run(&bench.loop, UV_RUN_NOWAIT), bench.called > 0));
	figures = figures_of(&bench);
	assert_int_equal(figures.rows, 1000);
	assert_true(figures.commits >= 2); /* 500 rows a batch at the most */
	assert_int_equal(figures.duplicates, 0);
	assert_int_equal(figures.gaps_opened, 0);
	assert_int_equal(figures.failing, 0);
	assert_true(figures.commit_longest_us > 0);
	storage_symbol(bench.storage, 3, &symbol);
	assert_int_equal(symbol.ticks, 250);
	assert_int_equal(symbol.newest_id, 250);
	assert_true(storage_alive(bench.storage));
	wait_until(figures_of(&bench).size_bytes > 0);
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(rows_in(state), 1000);
}

static void
a_stop_drains_all_that_was_pushed(void **state)
{
	struct bench bench;

	bench_open(&bench, state, *state);
	push_many(&bench, 50000);
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(rows_in(state), 50000);
}

static void
a_jump_of_the_ids_shows_in_the_figures(void **state)
{
	struct bench bench;
	struct storage_figures figures;

	bench_open(&bench, state, *state);
	push_many(&bench, 2 * SYMBOLS);
	bench.pushed += 10 * SYMBOLS;
	push_many(&bench, 1);
	wait_until(figures_of(&bench).gaps_opened == 1);
	figures = figures_of(&bench);
	assert_int_equal(figures.gap.first_id, 3);
	assert_int_equal(figures.gap.last_id, 12);
	assert_int_equal(figures.gap_symbol, 0);
	assert_int_equal(bench_close(&bench), 0);
}

static void
the_counters_go_on_after_a_restart(void **state)
{
	struct bench bench;

	for (int run = 0; run < 3; run++) {
		bench_open(&bench, state, *state);
		assert_int_equal(figures_of(&bench).rows, run * 100);
		bench.pushed = run * 100;
		push_many(&bench, 100);
		assert_int_equal(bench_close(&bench), 0);
	}
	assert_int_equal(rows_in(state), 300);
}

static void
a_second_writer_is_refused_in_one_sentence(void **state)
{
	struct bench bench, second;
	struct problem problem = {{0}};

	bench_open(&bench, state, *state);
	bench_load(&second, state, *state);
	assert_int_equal(storage_create(&second.storage, &second.settings, &second.loop, on_stored,
			     &second, &problem), -EBUSY);
	assert_true(strlen(problem.text) > 0);
	assert_null(strchr(problem.text, '\n'));
	bench_unload(&second);
	assert_int_equal(bench_close(&bench), 0);
}

/* ---- jobs ---- */

#define JOBS 20

struct counted {
	struct storage_job job;
	struct bench *bench;
	int number;
	int *ran;	    /* storage thread's: how many ran, each the next in number */
	int fails, error;   /* so often with that */
	int told, result;   /* loop thread's */
	pthread_t told_on;
};

static int
run_counted(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct counted *counted = (struct counted *)job;

	assert_non_null(store);
	assert_true(sqlite3_get_autocommit(database_handle(db)));
	if (counted->fails > 0) {
		counted->fails--;
		return counted->error;
	}
	assert_int_equal(*counted->ran, counted->number);
	++*counted->ran;
	ret->stored = 5;
	return 0;
}

static void
counted_done(struct storage_job *job, int result)
{
	struct counted *counted = (struct counted *)job;

	counted->told++;
	counted->result = result;
	counted->told_on = pthread_self();
}

static void
make_jobs(struct counted *jobs, struct bench *bench, int *ran)
{
	memset(jobs, 0, JOBS * sizeof(*jobs));
	for (int i = 0; i < JOBS; i++)
		jobs[i] = (struct counted){.job = {.run = run_counted, .done = counted_done},
			.bench = bench, .number = i, .ran = ran};
}

static bool
all_told(struct bench *bench, const struct counted *jobs)
{
	int told = 0;

	uv_run(&bench->loop, UV_RUN_NOWAIT);
	for (int i = 0; i < JOBS; i++)
		told += jobs[i].told;
	return told == JOBS;
}

static void *
submit_all(void *context)
{
	struct counted *jobs = context;

	for (int i = 0; i < JOBS; i++)
		storage_submit(jobs[i].bench->storage, &jobs[i].job);
	return NULL;
}

static void
jobs_of_any_thread_run_in_their_order_and_are_told_on_the_loop(void **state)
{
	struct counted jobs[JOBS];
	struct bench bench;
	pthread_t other;
	int ran = 0;

	bench_open(&bench, state, *state);
	make_jobs(jobs, &bench, &ran);
	assert_int_equal(pthread_create(&other, NULL, submit_all, jobs), 0);
	push_many(&bench, 5000);
	wait_until(all_told(&bench, jobs));
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(ran, JOBS);
	for (int i = 0; i < JOBS; i++) {
		assert_int_equal(jobs[i].result, 0);
		assert_true(pthread_equal(jobs[i].told_on, pthread_self()));
	}
	wait_until(figures_of(&bench).stored == 5000 + 5 * JOBS);
	assert_int_equal(bench_close(&bench), 0);
}

static void
a_job_that_may_pass_is_tried_again_while_live_ticks_are_stored(void **state)
{
	static const int errors[] = {-ENOSPC, -EIO, -EAGAIN, -ENOMEM};
	struct counted jobs[JOBS];
	struct bench bench;
	int ran = 0;

	bench_open(&bench, state, *state);
	make_jobs(jobs, &bench, &ran);
	for (int i = 0; i < 4; i++) {
		jobs[i].fails = i == 0 ? 4 : 1; /* 100, 200, 400 ms ... */
		jobs[i].error = errors[i];
	}
	submit_all(jobs);
	wait_until(figures_of(&bench).failing == -ENOSPC);
	push_many(&bench, 1000);
	wait_until(figures_of(&bench).stored == 1000);
	assert_int_equal(figures_of(&bench).failing, -ENOSPC);
	wait_until(all_told(&bench, jobs));
	assert_int_equal(ran, JOBS);
	wait_until(figures_of(&bench).failing == 0);
	assert_int_equal(bench_close(&bench), 0);
}

static void
a_job_that_cannot_succeed_ends_with_its_error_and_the_next_one_runs(void **state)
{
	struct counted jobs[JOBS];
	struct bench bench;
	int ran = 0;

	bench_open(&bench, state, *state);
	make_jobs(jobs, &bench, &ran);
	jobs[0].fails = 1;
	jobs[0].error = -EINVAL;
	for (int i = 1; i < JOBS; i++)
		jobs[i].number = i - 1;
	submit_all(jobs);
	wait_until(all_told(&bench, jobs));
	assert_int_equal(jobs[0].result, -EINVAL);
	assert_int_equal(jobs[1].result, 0);
	assert_int_equal(figures_of(&bench).failing, 0);
	assert_int_equal(bench_close(&bench), 0);
}

static void
jobs_that_wait_at_a_stop_are_cancelled_each_once(void **state)
{
	struct counted jobs[JOBS];
	struct bench bench;
	int ran = 0;

	bench_open(&bench, state, *state);
	make_jobs(jobs, &bench, &ran);
	jobs[3].fails = 1000000;
	jobs[3].error = -EIO;
	submit_all(jobs);
	wait_until(figures_of(&bench).failing == -EIO);
	assert_int_equal(bench_close(&bench), 0);
	for (int i = 0; i < JOBS; i++) {
		assert_int_equal(jobs[i].told, 1);
		assert_int_equal(jobs[i].result, i < 3 ? 0 : -ECANCELED);
	}
	assert_int_equal(ran, 3);
}

struct page_job {
	struct storage_job job;
	struct bench *bench;
	int64_t next_id, ticks_told;
};

static int
run_page(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct page_job *page = (struct page_job *)job;
	uint64_t chance = 1;
	struct tick tick = trade_at(0, page->next_id, FIRST_US + page->next_id * 1000, &chance);

	return store_add_page(store, 1, &tick, 1, 1, ret);
}

static void
page_done(struct storage_job *job, int result)
{
	struct page_job *page = (struct page_job *)job;
	struct store_symbol symbol;

	storage_symbol(page->bench->storage, 1, &symbol);
	page->ticks_told += symbol.ticks == page->next_id;
	page->next_id++;
	if (result == 0 && page->next_id <= 500)
		storage_submit(page->bench->storage, job);
}

static void
who_is_told_that_a_job_is_done_sees_what_it_did_and_may_submit_the_next(void **state)
{
	struct page_job page = {.job = {.run = run_page, .done = page_done}, .next_id = 1};
	struct bench bench;

	bench_open(&bench, state, *state);
	page.bench = &bench;
	storage_submit(bench.storage, &page.job);
	wait_until((uv_run(&bench.loop, UV_RUN_NOWAIT), page.next_id > 500));
	assert_int_equal(page.ticks_told, 500);
	assert_int_equal(figures_of(&bench).stored, 500);
	assert_int_equal(bench_close(&bench), 0);
}

static int
run_nothing(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	((struct counted *)job)->fails++;
	return 0;
}

/* A reader's socket as the wakes find it. */
static int
reader_socket(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(mkdir(scratch_path(state, "analysisd"), 0750), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    scratch_path(state, "analysisd/wake.sock"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* How many wakes are there by now; they are taken. */
static int
count_wakes(int fd)
{
	char datagram[64];
	int count = 0;

	while (recv(fd, datagram, sizeof(datagram), 0) > 0)
		count++;
	return count;
}

static void
submit_and_wait(struct bench *bench, struct counted *job)
{
	job->told = 0;
	storage_submit(bench->storage, &job->job);
	wait_until((uv_run(&bench->loop, UV_RUN_NOWAIT), job->told == 1));
}

static void
readers_are_woken_by_what_wrote_something_and_by_nothing_else(void **state)
{
	struct counted nothing = {.job = {.run = run_nothing, .done = counted_done}};
	struct page_job page = {.job = {.run = run_page, .done = page_done}, .next_id = 500};
	int fd = reader_socket(state);
	struct bench bench;

	bench_open(&bench, state, *state);
	page.bench = &bench;
	storage_submit(bench.storage, &page.job);
	wait_until((uv_run(&bench.loop, UV_RUN_NOWAIT), page.next_id == 501));
	assert_int_equal(count_wakes(fd), 1);
	for (int i = 0; i < 5; i++)
		submit_and_wait(&bench, &nothing);
	assert_int_equal(count_wakes(fd), 0);
	push_many(&bench, 1);
	wait_until(figures_of(&bench).stored == 2);
	submit_and_wait(&bench, &nothing); /* behind the batch and its wake */
	assert_int_equal(count_wakes(fd), 1);
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(close(fd), 0);
}

/* Where the live ticks leave the time, what is older than the settings say goes by itself. */
static void
old_ticks_are_deleted_while_live_ones_are_stored(void **state)
{
	struct store_symbol symbol;
	struct problem problem;
	struct bench bench;

	bench_load(&bench, state, *state);
	bench.settings.retention.ticks_us = CANDLE_M5_US;
	bench.settings.retention.m5_candles_us = 0;
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), 0);
	/* Four slots of a thousand trades for each symbol. */
	for (int64_t i = 0; i < 16000; i++) {
		uint64_t chance = (uint64_t)i;
		struct tick tick = trade_at((uint32_t)(i % SYMBOLS), 1 + i / SYMBOLS,
		    FIRST_US + i / SYMBOLS * (CANDLE_M5_US / 1000), &chance);

		wait_until(storage_push(bench.storage, &tick));
	}
	wait_until(figures_of(&bench).stored == 16000);
	wait_until(figures_of(&bench).rows <= 8000);
	storage_symbol(bench.storage, 3, &symbol);
	assert_int_equal(symbol.first_us, FIRST_US + 2 * CANDLE_M5_US);
	assert_int_equal(symbol.candles, 4);
	assert_int_equal(figures_of(&bench).failing, 0);
	assert_int_equal(bench_close(&bench), 0);
}

/* The next trade, a millisecond later; how many trades are deleted by now. */
static int64_t
deleted_beside(struct bench *bench, struct tick *live)
{
	struct storage_figures figures;

	live->tick_id++;
	live->time_us += CLOCK_MS_US;
	assert_true(storage_push(bench->storage, live));
	figures = figures_of(bench);
	return figures.stored - figures.rows;
}

/* Ten slices, however fast the disk is. */
static void
between_slices_of_a_deletion_the_disk_is_left_to_others(void **state)
{
	uint64_t chance = 1;
	struct tick live = trade_at(0, 10 * RETENTION_SLICE, FIRST_US + 3 * CANDLE_M5_US, &chance);
	struct problem problem;
	struct bench bench;
	int64_t began_us;

	bench_load(&bench, state, *state);
	bench.settings.retention.ticks_us = CANDLE_M5_US;
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), 0);
	for (int64_t i = 0; i < 10 * RETENTION_SLICE; i++) {
		struct tick tick = trade_at(0, 1 + i, FIRST_US + i / 100 * CLOCK_MS_US, &chance);

		wait_until(storage_push(bench.storage, &tick));
	}
	wait_until(figures_of(&bench).stored == 10 * RETENTION_SLICE);
	began_us = clock_monotonic_us();
	wait_until(deleted_beside(&bench, &live) == 10 * RETENTION_SLICE);
	assert_true(clock_monotonic_us() - began_us >= 9 * RETENTION_REST_US);
	assert_int_equal(bench_close(&bench), 0);
}

/* Nothing else needs to come along and succeed before that is said. */
static void
retention_that_failed_is_well_again_once_nothing_is_left_to_delete(void **state)
{
	struct problem problem;
	struct bench bench;
	sqlite3 *other;

	bench_load(&bench, state, *state);
	database_close(tick_database_open(state));
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "INSERT INTO feed_gaps(symbol_id, first_id, last_id, from_us, to_us, opened_us,"
		       " state, filled_us) VALUES(1, 1, 2, 1, 2, 3, 'filled', 4);"
		       "CREATE TRIGGER fails BEFORE DELETE ON feed_gaps BEGIN"
		       " SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), 0);
	wait_until(figures_of(&bench).failing != 0);
	sql_run(other, "DROP TRIGGER fails; DELETE FROM feed_gaps");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	wait_until(figures_of(&bench).failing == 0);
	assert_int_equal(bench_close(&bench), 0);
}

static void
old_ticks_of_a_terminal_s_source_are_deleted_while_none_is_connected(void **state)
{
	struct problem problem;
	struct bench bench;
	sqlite3 *other;

	bench_load(&bench, state, *state);
	bench.settings.retention.ticks_us = CANDLE_M5_US;
	database_close(tick_database_open(state));
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "INSERT INTO broker_accounts VALUES ('mt5', '1', 'Broker', 'EUR', '1');"
	    "INSERT INTO symbols(symbol_id, source, symbol, id_kind, ticks, newest_us, ticks_from_us)"
	    " VALUES (50, 'mt5', 'A', 'ordinal', 3, 900000000, 1), (51, 'import', 'A', 'ordinal', 1,"
	    " 900000000, 1);"
	    "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8, flags) VALUES"
	    " (50, 1, 0, 5, 2), (50, 2, 0, 5, 2), (50, 900000000, 0, 5, 2), (51, 1, 0, 5, 2)");
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), 0);
	wait_until(sql_number(other, "SELECT count(*) FROM unified_ticks") == 2);
	assert_int_equal(sql_number(other, "SELECT ticks FROM symbols WHERE symbol_id = 50"), 1);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(figures_of(&bench).failing, 0);
	assert_int_equal(bench_close(&bench), 0);
}

static void
where_binance_is_not_enabled_nothing_of_it_is_made(void **state)
{
	int ran = 0;
	struct counted job = {.job = {.run = run_counted, .done = counted_done}, .ran = &ran};
	struct problem problem;
	struct bench bench;
	sqlite3 *other;

	bench_load(&bench, state, *state);
	bench.settings.binance.enabled = false;
	bench.settings.retention.changes_us = CLOCK_DAY_US;
	database_close(tick_database_open(state));
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "INSERT INTO changes(symbol_id, from_us, to_us, told_us) VALUES (1, 1, 2, 3)");
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), 0);
	/* What is no market's is deleted all the same. */
	wait_until(sql_number(other, "SELECT count(*) FROM changes") == 0);
	storage_submit(bench.storage, &job.job);
	wait_until((uv_run(&bench.loop, UV_RUN_NOWAIT), job.told == 1));
	assert_int_equal(sql_number(other, "SELECT (SELECT count(*) FROM symbols) +"
	    " (SELECT count(*) FROM feed_state)"), 0);
	assert_int_equal(figures_of(&bench).rows, 0);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(bench_close(&bench), 0);
}

/* The commits that fail keep the ring full: no job comes before the live ticks are through. */
static void
jobs_wait_while_the_ring_is_more_than_half_full(void **state)
{
	struct counted job = {.job = {.run = run_nothing, .done = counted_done}};
	struct bench bench;
	sqlite3 *other;

	bench_open(&bench, state, *state);
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "CREATE TRIGGER fails BEFORE INSERT ON m5_candles BEGIN"
		       " SELECT RAISE(ABORT, 'by the test'); END");
	while (push_next(&bench) || figures_of(&bench).failing == 0)
		;
	storage_submit(bench.storage, &job.job);
	assert_int_equal(job.told, 0);
	sql_run(other, "DROP TRIGGER fails");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	wait_until((uv_run(&bench.loop, UV_RUN_NOWAIT), job.told == 1));
	assert_true(figures_of(&bench).stored >= bench.pushed - 16384 / 2);
	assert_int_equal(bench_close(&bench), 0);
}

/* ---- what a feed remembers ---- */

static void
what_a_feed_remembers_is_there_after_a_restart(void **state)
{
	struct bench bench;
	sqlite3 *reader;

	bench_open(&bench, state, *state);
	assert_null(storage_recall(bench.storage, "banned-until"));
	storage_remember(bench.storage, "banned-until", "1");
	storage_remember(bench.storage, "banned-until", "1782000000000000");
	storage_remember(bench.storage, "attempts", "");
	assert_string_equal(storage_recall(bench.storage, "banned-until"), "1782000000000000");
	reader = tick_database_raw(state, SQLITE_OPEN_READONLY);
	wait_until(sql_number(reader, "SELECT count(*) FROM feed_state WHERE source = 'test'") == 2);
	storage_remember(bench.storage, "attempts", "3,4");
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(sqlite3_close(reader), SQLITE_OK);
	bench_open(&bench, state, *state);
	assert_string_equal(storage_recall(bench.storage, "banned-until"), "1782000000000000");
	assert_string_equal(storage_recall(bench.storage, "attempts"), "3,4");
	assert_null(storage_recall(bench.storage, "other"));
	assert_int_equal(bench_close(&bench), 0);
}

static void
aggregates_are_not_mixed_into_trades(void **state)
{
	struct problem problem = {{0}};
	struct bench bench;

	bench_open(&bench, state, *state);
	push_many(&bench, 10);
	assert_int_equal(bench_close(&bench), 0);
	bench_load(&bench, state, *state);
	free(bench.settings.binance.streams.items[0]);
	bench.settings.binance.streams.items[0] = strdup("aggTrade");
	assert_int_equal(storage_create(&bench.storage, &bench.settings, &bench.loop, on_stored,
			     &bench, &problem), -EPROTO);
	assert_non_null(strstr(problem.text, "choose another binance.source"));
	bench_unload(&bench);
}

/* ---- storage that fails ---- */

static void
commits_that_fail_are_tried_until_they_succeed_and_nothing_is_lost(void **state)
{
	struct storage_figures figures;
	struct bench bench;
	sqlite3 *other;

	bench_open(&bench, state, *state);
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "CREATE TRIGGER fails BEFORE INSERT ON m5_candles BEGIN"
		       " SELECT RAISE(ABORT, 'by the test'); END");
	push_many(&bench, 100);
	wait_until(figures_of(&bench).failing != 0);
	figures = figures_of(&bench);
	assert_int_equal(figures.failing, -EINVAL);
	assert_true(strlen(figures.failing_text) > 0);
	/* The ring fills; then the feed is refused, and the thread still turns. */
	while (push_next(&bench))
		;
	assert_true(bench.pushed >= 16384);
	assert_true(storage_alive(bench.storage));
	sql_run(other, "DROP TRIGGER fails");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	wait_until(figures_of(&bench).stored == bench.pushed);
	assert_int_equal(figures_of(&bench).failing, 0);
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(rows_in(state), bench.pushed);
}

static void
a_stop_while_commits_fail_says_how_many_ticks_are_left(void **state)
{
	struct bench bench;
	sqlite3 *other;

	bench_open(&bench, state, *state);
	push_many(&bench, 40);
	wait_until(figures_of(&bench).stored == 40);
	other = tick_database_raw(state, SQLITE_OPEN_READWRITE);
	sql_run(other, "CREATE TRIGGER fails BEFORE UPDATE ON symbols BEGIN"
		       " SELECT RAISE(ABORT, 'by the test'); END");
	push_many(&bench, 1234);
	wait_until(figures_of(&bench).failing != 0);
	assert_int_equal(bench_close(&bench), 1234);
	sql_run(other, "DROP TRIGGER fails");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(rows_in(state), 40);
}

static int
remove_disk(void **state)
{
	/* Still mounted where the test failed half way. */
	(void)!umount2(scratch_path(state, "disk"), MNT_DETACH);
	return scratch_remove(state);
}

/* A disk of 4 MB of the test's own; NULL and a reason where this machine has none to give. */
static const char *
small_disk(void **state)
{
	const char *path = scratch_path(state, "disk");

	assert_int_equal(mkdir(path, 0755), 0);
	if (mount("tmpfs", path, "tmpfs", 0, "size=4m") == 0)
		return path;
	print_message("skipped: no small disk can be mounted: %s\n", strerror(errno));
	return NULL;
}

static void
a_full_disk_is_waited_for_and_nothing_is_lost(void **state)
{
	char path[SCRATCH_PATH_SIZE];
	const char *disk = small_disk(state);
	void *on_disk = path;
	struct bench bench;

	if (disk == NULL)
		skip();
	snprintf(path, sizeof(path), "%s", disk);
	bench_open(&bench, state, path);
	for (int64_t i = 0; i < 1000000 && figures_of(&bench).failing == 0; i++)
		(void)!push_next(&bench);
	assert_true(figures_of(&bench).failing == -ENOSPC || figures_of(&bench).failing == -EIO);
	assert_true(storage_alive(bench.storage));
	assert_int_equal(mount("tmpfs", path, "tmpfs", MS_REMOUNT, "size=256m"), 0);
	wait_until(figures_of(&bench).stored == bench.pushed);
	assert_int_equal(bench_close(&bench), 0);
	assert_int_equal(rows_in(&on_disk), bench.pushed);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(what_was_pushed_is_stored_and_told_on_the_loop),
		promise(a_stop_drains_all_that_was_pushed),
		promise(a_jump_of_the_ids_shows_in_the_figures),
		promise(the_counters_go_on_after_a_restart),
		promise(a_second_writer_is_refused_in_one_sentence),
		promise(jobs_of_any_thread_run_in_their_order_and_are_told_on_the_loop),
		promise(a_job_that_may_pass_is_tried_again_while_live_ticks_are_stored),
		promise(a_job_that_cannot_succeed_ends_with_its_error_and_the_next_one_runs),
		promise(jobs_that_wait_at_a_stop_are_cancelled_each_once),
		promise(who_is_told_that_a_job_is_done_sees_what_it_did_and_may_submit_the_next),
		promise(readers_are_woken_by_what_wrote_something_and_by_nothing_else),
		promise(old_ticks_are_deleted_while_live_ones_are_stored),
		promise(between_slices_of_a_deletion_the_disk_is_left_to_others),
		promise(retention_that_failed_is_well_again_once_nothing_is_left_to_delete),
		promise(old_ticks_of_a_terminal_s_source_are_deleted_while_none_is_connected),
		promise(where_binance_is_not_enabled_nothing_of_it_is_made),
		promise(jobs_wait_while_the_ring_is_more_than_half_full),
		promise(what_a_feed_remembers_is_there_after_a_restart),
		promise(aggregates_are_not_mixed_into_trades),
		promise(commits_that_fail_are_tried_until_they_succeed_and_nothing_is_lost),
		promise(a_stop_while_commits_fail_says_how_many_ticks_are_left),
		cmocka_unit_test_setup_teardown(a_full_disk_is_waited_for_and_nothing_is_lost,
		    scratch_make, remove_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
