#define _GNU_SOURCE
#include "tickd/import/import_run.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tickd/import/import_store.h"

#define PAGES 2			   /* in flight: one is stored while the next one is parsed */
#define MT5_SOURCE "mt5"	   /* where exports of a terminal go */

struct page_job {
	struct storage_job job; /* first: a job is its page */
	struct import_run *run;
	enum tick_ids ids;
	bool in_flight;
	struct problem problem; /* of the last attempt to store it */
	struct import_page page;
};

struct import_run {
	/* Set before the thread begins. */
	struct import_task task;
	char *name, *symbol, *source;
	const struct settings *settings;
	struct storage *storage;
	import_run_ended *ended;
	void *context;
	int64_t started_us; /* monotonic */
	pthread_t thread;

	/* The import thread's own, but for the symbols' names in pages. */
	struct import_reader *reader;

	/* The storage thread's own until the drop job is done. */
	struct import_store *store;

	/* Loop thread. */
	uv_async_t async;
	struct storage_job drop_job;
	bool joined, dropped, let_go, async_closed;

	/* Shared. */
	pthread_mutex_t mutex;
	pthread_cond_t page_done;
	atomic_bool cancelled;
	int in_flight;
	struct import_report report;
	struct page_job pages[PAGES];
};

/* ---- the report ---- */

static void
fail(struct import_run *run, int error, const struct problem *problem)
{
	pthread_mutex_lock(&run->mutex);
	if (run->report.error == 0) { /* the first fault is the cause of the others */
		run->report.error = error;
		run->report.problem = *problem;
	}
	pthread_mutex_unlock(&run->mutex);
}

__attribute__((format(printf, 2, 3))) static void
notice(struct import_run *run, const char *format, ...)
{
	va_list arguments;

	pthread_mutex_lock(&run->mutex);
	assert(run->report.notice_count < IMPORT_NOTICES_MAX);
	va_start(arguments, format);
	vsnprintf(run->report.notices[run->report.notice_count++].text, PROBLEM_SIZE, format,
	    arguments);
	va_end(arguments);
	pthread_mutex_unlock(&run->mutex);
}

static void
note_figures(struct import_run *run)
{
	struct import_figures figures;

	import_reader_figures(run->reader, &figures);
	pthread_mutex_lock(&run->mutex);
	run->report.read = figures;
	pthread_mutex_unlock(&run->mutex);
}

/* ---- pages: the storage thread, then the loop ---- */

static int
store_page(struct storage_job *job, struct store *live, struct database *db,
    struct store_result *ret)
{
	struct page_job *page = (struct page_job *)job;
	struct import_run *run = page->run;
	int error = import_store_add(run->store, live, db, &page->page, page->ids, clock_wall_us(),
	    ret, &page->problem);

	if (error < 0)
		return error;
	pthread_mutex_lock(&run->mutex);
	run->report.stored += ret->stored;
	run->report.duplicates += ret->duplicates;
	run->report.too_old += ret->too_old;
	run->report.gaps_opened += ret->gaps_opened;
	run->report.gaps_filled += ret->gaps_filled;
	pthread_mutex_unlock(&run->mutex);
	/* Storage tells of gaps by the number that the live store has for a symbol. */
	if (!import_store_is_live(run->store, page->page.symbol))
		ret->gaps_opened = ret->gaps_filled = 0;
	return 0;
}

static void
give_back(struct import_run *run);

static void
page_is_done(struct storage_job *job, int result)
{
	struct page_job *page = (struct page_job *)job;
	struct import_run *run = page->run;

	pthread_mutex_lock(&run->mutex);
	if (result < 0 && run->report.error == 0) {
		run->report.error = result;
		run->report.problem = page->problem;
	}
	page->in_flight = false;
	run->in_flight--;
	pthread_cond_signal(&run->page_done);
	pthread_mutex_unlock(&run->mutex);
	give_back(run);
}

/* ---- the import thread ---- */

static struct page_job *
free_page(struct import_run *run)
{
	for (int i = 0; i < PAGES; i++)
		if (!run->pages[i].in_flight)
			return &run->pages[i];
	return NULL;
}

/* Waits for a page to fill; NULL when there is nothing more to do. */
static struct page_job *
wait_page(struct import_run *run)
{
	struct page_job *page = NULL;

	pthread_mutex_lock(&run->mutex);
	while (!atomic_load(&run->cancelled) && run->report.error == 0 &&
	    (page = free_page(run)) == NULL)
		pthread_cond_wait(&run->page_done, &run->mutex);
	if (atomic_load(&run->cancelled) || run->report.error < 0)
		page = NULL;
	pthread_mutex_unlock(&run->mutex);
	return page;
}

static void
hand_over(struct import_run *run, struct page_job *page)
{
	bool aggregates = import_reader_aggregates(run->reader);

	page->ids = import_reader_kind(run->reader) == ARCHIVE_MT5 ? TICK_IDS_ORDINAL :
	    aggregates						 ? TICK_IDS_AGGREGATE :
								   TICK_IDS_TRADE;
	pthread_mutex_lock(&run->mutex);
	page->in_flight = true;
	run->in_flight++;
	pthread_mutex_unlock(&run->mutex);
	storage_submit(run->storage, &page->job);
}

/* What is in flight when the import is cancelled is stored, or comes back in storage_stop(). */
static void
wait_stored(struct import_run *run)
{
	pthread_mutex_lock(&run->mutex);
	while (run->in_flight > 0 && !atomic_load(&run->cancelled))
		pthread_cond_wait(&run->page_done, &run->mutex);
	pthread_mutex_unlock(&run->mutex);
}

/* What is older than this will be deleted from the live source, if not by now, then by this file. */
static int64_t
cutoff(const struct import_run *run, bool candles)
{
	const struct settings *settings = run->settings;
	int64_t kept_us = candles ? settings->retention.m5_candles_us : settings->retention.ticks_us;
	int64_t newest_us = run->task.newest_us, end_us = import_reader_period_end(run->reader);

	if (strcmp(run->source, settings->binance.source) != 0 || kept_us == 0)
		return TICK_NONE;
	if (!candles && end_us > newest_us)
		newest_us = end_us;
	return newest_us == TICK_NONE ? TICK_NONE : candle_slot(newest_us - kept_us);
}

/* The first page shows how old the rows are: true when somebody has to agree to that first. */
static bool
must_ask(struct import_run *run, const struct import_page *page)
{
	int64_t cutoff_us = cutoff(run, page->candles);
	int64_t first_us = page->candles ? page->klines[0].open_time_us : page->ticks[0].time_us;
	char first[CLOCK_TEXT_SIZE], kept[CLOCK_TEXT_SIZE];

	if (cutoff_us == TICK_NONE || first_us >= cutoff_us)
		return false;
	clock_format(first_us, 0, first);
	clock_format(cutoff_us, 0, kept);
	notice(run, "its rows begin at %s; of the source %s, whatever is older than %s is deleted "
	    "(retention.%s): rows before that will not be kept", first, run->source, kept,
	    page->candles ? "m5_candles" : "ticks");
	return !run->task.confirmed;
}

static void
end_in(struct import_run *run, enum import_state state)
{
	pthread_mutex_lock(&run->mutex);
	run->report.state = state;
	pthread_mutex_unlock(&run->mutex);
}

static void
read_pages(struct import_run *run)
{
	struct problem problem;
	struct page_job *page;
	bool asked = false;

	while ((page = wait_page(run)) != NULL) {
		int result = import_reader_page(run->reader, &page->page, &problem);

		note_figures(run);
		if (result < 0)
			fail(run, result, &problem);
		if (result <= 0)
			break;
		if (page->page.count == 0)
			continue;
		if (!asked && must_ask(run, &page->page)) {
			end_in(run, IMPORT_UNCONFIRMED);
			return;
		}
		asked = true;
		hand_over(run, page);
	}
	if (import_reader_cut(run->reader))
		notice(run, "the recording ends in the middle of a block: what was whole was read");
}

/* What is known once the file is open: names, and what was taken for granted. */
static void
note_opened(struct import_run *run)
{
	const char *symbol = import_reader_symbol(run->reader);
	enum archive_kind kind = import_reader_kind(run->reader);
	bool by_row, microseconds = import_reader_microseconds(run->reader, &by_row);

	if (run->source == NULL)
		run->source = strdup(
		    kind == ARCHIVE_MT5 ? MT5_SOURCE : run->settings->binance.source);
	pthread_mutex_lock(&run->mutex);
	run->report.kind = kind;
	snprintf(run->report.source, sizeof(run->report.source), "%s",
	    run->source == NULL ? "" : run->source);
	snprintf(run->report.symbol, sizeof(run->report.symbol), "%s",
	    symbol == NULL ? "" : symbol);
	pthread_mutex_unlock(&run->mutex);
	if (kind == ARCHIVE_MT5 && !run->task.offset_given)
		notice(run, "its times are taken as UTC: --utc-offset says otherwise");
	if (by_row)
		notice(run, "its name has no period: by its first row, times are in %s",
		    microseconds ? "microseconds" : "milliseconds");
}

/* No row is from later than this: our clock may be slow, even far behind the live source's. */
static int64_t
run_until(const struct import_run *run)
{
	int64_t now_us = clock_wall_us();

	return (now_us > run->task.newest_us ? now_us : run->task.newest_us) + CLOCK_DAY_US;
}

static void
import_file(struct import_run *run)
{
	const struct import_options options = {run->name, run->symbol, run->task.utc_offset_us,
		run_until(run)};
	struct problem problem;
	int error = import_reader_open(&run->reader, run->task.file, &options, &problem);

	if (error < 0) {
		fail(run, error, &problem);
		return;
	}
	note_opened(run);
	run->store = run->source == NULL ? NULL : import_store_create(run->settings, run->source);
	if (run->store == NULL) {
		problem_set(&problem, -ENOMEM, "out of memory");
		fail(run, -ENOMEM, &problem);
		return;
	}
	read_pages(run);
	wait_stored(run);
}

static void *
run_thread(void *context)
{
	struct import_run *run = context;

	pthread_setname_np(pthread_self(), "import");
	import_file(run);
	uv_async_send(&run->async);
	return NULL;
}

/* ---- the end, on the loop: thread, then storage's jobs, then the handle ---- */

static void
run_free(struct import_run *run)
{
	import_reader_close(run->reader);
	import_store_free(run->store);
	close(run->task.file);
	pthread_cond_destroy(&run->page_done);
	pthread_mutex_destroy(&run->mutex);
	free(run->name);
	free(run->symbol);
	free(run->source);
	free(run);
}

static int
drop_stores(struct storage_job *job, struct store *live, struct database *db,
    struct store_result *ret)
{
	struct import_run *run =
	    (struct import_run *)((char *)job - offsetof(struct import_run, drop_job));

	import_store_drop(run->store);
	return 0;
}

static void
join(struct import_run *run)
{
	if (run->joined)
		return;
	(void)pthread_join(run->thread, NULL);
	run->joined = true;
	run->report.took_us = clock_monotonic_us() - run->started_us;
	if (run->report.state != IMPORT_RUNNING)
		return;
	run->report.state = run->report.error == -ECANCELED ? IMPORT_CANCELLED :
	    run->report.error < 0			      ? IMPORT_FAILED :
	    atomic_load(&run->cancelled)		      ? IMPORT_CANCELLED :
								IMPORT_DONE;
}

static void
on_drop_done(struct storage_job *job, int result)
{
	struct import_run *run =
	    (struct import_run *)((char *)job - offsetof(struct import_run, drop_job));

	/* Storage has ended without it; the database is closed behind this. */
	if (result < 0)
		import_store_drop(run->store);
	run->dropped = true;
	if (!run->let_go && run->ended != NULL)
		run->ended(run, run->context);
	give_back(run);
}

/* The thread has ended: what it made on the storage thread goes there as well. */
static void
on_async(uv_async_t *async)
{
	struct import_run *run = async->data;

	if (run->joined)
		return;
	join(run);
	if (run->store == NULL) {
		run->dropped = true;
		run->ended(run, run->context);
		return;
	}
	storage_submit(run->storage, &run->drop_job);
}

static void
on_async_closed(uv_handle_t *handle)
{
	struct import_run *run = handle->data;

	run->async_closed = true;
	give_back(run);
}

/* Frees it when nobody has it any more. */
static void
give_back(struct import_run *run)
{
	if (run->let_go && run->joined && run->dropped && run->in_flight == 0 && run->async_closed)
		run_free(run);
}

/* ---- the loop's side ---- */

static char *
copy_or_null(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

static int
copy_task(struct import_run *run, const struct import_task *task)
{
	run->task = *task;
	run->name = strdup(task->name);
	run->symbol = copy_or_null(task->symbol);
	run->source = copy_or_null(task->source);
	return run->name == NULL || (task->symbol != NULL && run->symbol == NULL) ||
	    (task->source != NULL && run->source == NULL) ? -ENOMEM : 0;
}

static void
init_jobs(struct import_run *run)
{
	for (int i = 0; i < PAGES; i++) {
		run->pages[i].run = run;
		run->pages[i].job = (struct storage_job){.run = store_page, .done = page_is_done};
	}
	run->drop_job = (struct storage_job){.run = drop_stores, .done = on_drop_done};
}

int
import_run_start(struct import_run **ret, const struct import_task *task,
    const struct settings *settings, struct storage *storage, uv_loop_t *loop,
    import_run_ended *ended, void *context, struct problem *problem)
{
	struct import_run *run = calloc(1, sizeof(*run));
	int error;

	if (run == NULL) {
		close(task->file);
		return problem_set(problem, -ENOMEM, "out of memory");
	}
	run->settings = settings;
	run->storage = storage;
	run->ended = ended;
	run->context = context;
	run->started_us = clock_monotonic_us();
	pthread_mutex_init(&run->mutex, NULL);
	pthread_cond_init(&run->page_done, NULL);
	init_jobs(run);
	error = copy_task(run, task);
	if (error < 0) {
		run_free(run);
		return problem_set(problem, error, "out of memory");
	}
	uv_async_init(loop, &run->async, on_async);
	run->async.data = run;
	error = -pthread_create(&run->thread, NULL, run_thread, run);
	if (error < 0) {
		problem_set(problem, error, "no thread for the import: %s", strerror(-error));
		run->joined = run->dropped = run->let_go = true;
		uv_close((uv_handle_t *)&run->async, on_async_closed);
		return error;
	}
	*ret = run;
	return 0;
}

void
import_run_report(struct import_run *run, struct import_report *ret)
{
	pthread_mutex_lock(&run->mutex);
	*ret = run->report;
	pthread_mutex_unlock(&run->mutex);
	/* Until its jobs are done as well it is not over for anybody. */
	if (!run->dropped)
		ret->state = IMPORT_RUNNING;
	if (ret->state == IMPORT_RUNNING)
		ret->took_us = clock_monotonic_us() - run->started_us;
}

void
import_run_cancel(struct import_run *run)
{
	pthread_mutex_lock(&run->mutex);
	atomic_store(&run->cancelled, true);
	pthread_cond_signal(&run->page_done);
	pthread_mutex_unlock(&run->mutex);
}

void
import_run_free(struct import_run *run)
{
	bool submitted = run->joined && run->store != NULL;

	if (run->let_go)
		return;
	import_run_cancel(run);
	join(run);
	run->let_go = true;
	uv_close((uv_handle_t *)&run->async, on_async_closed);
	if (run->store == NULL)
		run->dropped = true;
	else if (!submitted)
		storage_submit(run->storage, &run->drop_job);
}
