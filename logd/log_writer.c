#define _GNU_SOURCE
#include "logd/log_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "logd/log_retention.h"
#include "logd/log_tables.h"

/* A row and its texts in one piece of memory. */
struct queued {
	struct queued *next;
	struct log_row row;
	char texts[];
};

struct queue {
	struct queued *first, **end;
	int64_t count;
};

struct log_writer {
	pthread_t thread;
	pthread_mutex_t lock; /* of everything down to `figures` */
	pthread_cond_t changed;
	struct queue queue;
	bool stopping;
	struct log_limit lost_said;
	struct log_writer_figures figures;
	/* The thread's own. */
	struct log_tables *tables;
	struct log_retention retention;
	bool refused;
};

static void
queue_init(struct queue *queue)
{
	*queue = (struct queue){.end = &queue->first};
}

static void
queue_free(struct queue *queue)
{
	while (queue->first != NULL) {
		struct queued *next = queue->first->next;

		free(queue->first);
		queue->first = next;
	}
	queue_init(queue);
}

/* ---- handing over ---- */

/* Copies a text behind those already there; returns where the next one goes. */
static char *
copy_text(const char **text, char *at)
{
	size_t size;

	if (*text == NULL)
		return at;
	size = strlen(*text) + 1;
	memcpy(at, *text, size);
	*text = at;
	return at + size;
}

static struct queued *
copy_row(const struct log_row *row)
{
	const char *const texts[] = {row->method, row->endpoint, row->client, row->component,
		row->status, row->details};
	size_t size = sizeof(struct queued);
	struct queued *copy;
	char *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += texts[i] == NULL ? 0 : strlen(texts[i]) + 1;
	copy = malloc(size);
	if (copy == NULL)
		return NULL;
	copy->next = NULL;
	copy->row = *row;
	at = copy_text(&copy->row.method, copy->texts);
	at = copy_text(&copy->row.endpoint, at);
	at = copy_text(&copy->row.client, at);
	at = copy_text(&copy->row.component, at);
	at = copy_text(&copy->row.status, at);
	copy_text(&copy->row.details, at);
	return copy;
}

/* With the lock held: a row is lost, and that is said. */
static void
lose(struct log_writer *writer)
{
	int64_t held_back;

	writer->figures.lost++;
	if (log_limit_pass(&writer->lost_said, 1, 10 * CLOCK_SECOND_US, clock_monotonic_us(),
		&held_back))
		log_event(LOG_ERR, "log-row-lost", NULL,
		    "system_logs.db takes no rows and %d wait: %lld are lost so far",
		    LOG_WRITER_QUEUE, (long long)writer->figures.lost);
}

void
log_writer_add(struct log_writer *writer, const struct log_row *row)
{
	struct queued *copy = copy_row(row);

	pthread_mutex_lock(&writer->lock);
	if (copy == NULL || writer->queue.count == LOG_WRITER_QUEUE) {
		lose(writer);
		free(copy);
	} else {
		*writer->queue.end = copy;
		writer->queue.end = &copy->next;
		/* The thread waits for the first, then only for enough of them. */
		if (++writer->queue.count == 1 || writer->queue.count == LOG_WRITER_BATCH)
			pthread_cond_signal(&writer->changed);
	}
	pthread_mutex_unlock(&writer->lock);
}

void
log_writer_figures(struct log_writer *writer, struct log_writer_figures *ret_figures)
{
	pthread_mutex_lock(&writer->lock);
	*ret_figures = writer->figures;
	ret_figures->waiting += writer->queue.count;
	pthread_mutex_unlock(&writer->lock);
}

/* ---- the thread ---- */

static int
write_rows(struct log_writer *writer, const struct queue *batch)
{
	int error = log_tables_begin(writer->tables);

	for (const struct queued *at = batch->first; at != NULL && error == 0; at = at->next)
		error = log_tables_add(writer->tables, &at->row);
	if (error == 0)
		error = log_tables_commit(writer->tables);
	return error;
}

static int
commit(struct log_writer *writer, const struct queue *batch)
{
	int error = write_rows(writer, batch);

	if (error < 0) {
		if (!writer->refused)
			log_event(LOG_ERR, "log-not-written", NULL,
			    "system_logs.db refuses rows (tried again each second): %s",
			    database_error(log_tables_database(writer->tables)));
		log_tables_rollback(writer->tables);
	} else if (writer->refused) {
		log_event(LOG_NOTICE, "log-written-again", NULL, "system_logs.db takes rows again");
	}
	writer->refused = error < 0;
	return error;
}

/* With the lock held: what the database says of itself. */
static void
note_database(struct log_writer *writer)
{
	writer->figures.counters = *database_counters(log_tables_database(writer->tables));
	writer->figures.rows = log_tables_rows(writer->tables);
	writer->figures.refused = writer->refused;
}

/* With the lock held: until the condition changes or `us` have passed. */
static void
wait_us(struct log_writer *writer, int64_t us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += us % CLOCK_SECOND_US * 1000;
	until.tv_sec += us / CLOCK_SECOND_US + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&writer->changed, &writer->lock, &until);
}

/*
 * With the lock held, given up meanwhile: a slice of what is too old is deleted, if one is due and
 * the queue is not filling.  Returns how long it is until the next.
 */
static int64_t
delete_old(struct log_writer *writer)
{
	int64_t now_us = clock_monotonic_us();
	int64_t due_us = log_retention_due_us(&writer->retention);
	int deleted;

	if (now_us < due_us)
		return due_us - now_us;
	if (writer->queue.count >= LOG_WRITER_BATCH || writer->stopping)
		return 0;
	pthread_mutex_unlock(&writer->lock);
	deleted = log_retention_step(&writer->retention, clock_wall_us(), now_us);
	pthread_mutex_lock(&writer->lock);
	writer->figures.deleted += deleted;
	note_database(writer);
	return RETENTION_REST_US;
}

/* With the lock held: what is to be written now is moved to `batch`. */
static void
take_batch(struct log_writer *writer, struct queue *batch)
{
	int64_t rest_us = delete_old(writer);

	while (writer->queue.count == 0 && !writer->stopping) {
		wait_us(writer, rest_us);
		if (writer->queue.count == 0)
			rest_us = delete_old(writer);
	}
	if (writer->queue.count < LOG_WRITER_BATCH && !writer->stopping)
		wait_us(writer, LOG_WRITER_DELAY_MS * CLOCK_MS_US);
	*batch = writer->queue;
	if (batch->first == NULL)
		batch->end = &batch->first;
	queue_init(&writer->queue);
}

/* With the lock held, given up for as long as the disk takes. */
static void
write_batch(struct log_writer *writer, struct queue *batch)
{
	int error;

	writer->figures.waiting = batch->count;
	pthread_mutex_unlock(&writer->lock);
	error = commit(writer, batch);
	pthread_mutex_lock(&writer->lock);
	note_database(writer);
	if (error == 0)
		writer->figures.written += batch->count;
	else if (!writer->stopping)
		return;
	else
		writer->figures.lost += batch->count;
	writer->figures.waiting = 0;
	queue_free(batch);
}

static void *
run(void *context)
{
	struct log_writer *writer = context;
	struct queue batch;

	pthread_setname_np(pthread_self(), "log-writer");
	pthread_mutex_lock(&writer->lock);
	queue_init(&batch);
	while (!writer->stopping || writer->queue.count > 0) {
		take_batch(writer, &batch);
		while (batch.first != NULL) {
			write_batch(writer, &batch);
			if (batch.first != NULL)
				wait_us(writer, LOG_WRITER_RETRY_MS * CLOCK_MS_US);
		}
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* ---- the whole ---- */

static int
start_thread(struct log_writer *writer, struct problem *problem)
{
	pthread_condattr_t attributes;
	int code;

	pthread_mutex_init(&writer->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	code = pthread_create(&writer->thread, NULL, run, writer);
	return code == 0 ? 0 : problem_set(problem, -code, "no thread for the log: %s",
	    strerror(code));
}

int
log_writer_start(struct log_writer **ret, const char *state_dir,
    const int64_t keep_us[static LOG_TABLES_COUNT], struct problem *problem)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));
	int error;

	if (writer == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	queue_init(&writer->queue);
	error = log_tables_open(&writer->tables, state_dir, problem);
	if (error < 0)
		goto free_writer;
	log_retention_init(&writer->retention, writer->tables, keep_us);
	note_database(writer);
	error = start_thread(writer, problem);
	if (error < 0)
		goto close;
	*ret = writer;
	return 0;

close:
	log_tables_close(writer->tables);
free_writer:
	free(writer);
	return error;
}

void
log_writer_stop(struct log_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->stopping = true;
	pthread_cond_signal(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	log_tables_close(writer->tables);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}
