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
	struct database *db;
	sqlite3_stmt *insert_call, *insert_health, *rows;
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
insert(struct log_writer *writer, const struct log_row *row)
{
	bool call = row->method != NULL;
	sqlite3_stmt *statement = call ? writer->insert_call : writer->insert_health;
	int error;

	sqlite3_bind_int64(statement, 1, row->time_us);
	sqlite3_bind_text(statement, 2, call ? row->endpoint : row->component, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, call ? row->method : row->status, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, row->details, -1, SQLITE_STATIC);
	if (call) {
		sqlite3_bind_int(statement, 5, row->status_code);
		sqlite3_bind_int64(statement, 6, row->response_time_us);
		sqlite3_bind_text(statement, 7, row->client, -1, SQLITE_STATIC);
	}
	error = database_step(writer->db, statement);
	sqlite3_reset(statement);
	return error;
}

static int
insert_all(struct log_writer *writer, const struct queue *batch)
{
	int error = database_execute(writer->db, "BEGIN IMMEDIATE");

	for (const struct queued *at = batch->first; at != NULL && error == 0; at = at->next)
		error = insert(writer, &at->row);
	if (error == 0)
		error = database_execute(writer->db, "COMMIT");
	return error;
}

static void
commit(struct log_writer *writer, const struct queue *batch, int *ret_error)
{
	*ret_error = insert_all(writer, batch);
	if (*ret_error < 0) {
		if (!writer->refused)
			log_event(LOG_ERR, "log-not-written", NULL,
			    "system_logs.db refuses rows (tried again each second): %s",
			    database_error(writer->db));
		if (!sqlite3_get_autocommit(database_handle(writer->db)))
			(void)!database_execute(writer->db, "ROLLBACK");
	} else if (writer->refused) {
		log_event(LOG_NOTICE, "log-written-again", NULL, "system_logs.db takes rows again");
	}
	writer->refused = *ret_error < 0;
}

static int64_t
count_rows(struct log_writer *writer)
{
	int64_t rows = database_step(writer->db, writer->rows) == 1 ?
	    sqlite3_column_int64(writer->rows, 0) : 0;

	sqlite3_reset(writer->rows);
	return rows;
}

/* With the lock held: until the condition changes or `ms` have passed. */
static void
wait_ms(struct log_writer *writer, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&writer->changed, &writer->lock, &until);
}

/* With the lock held: what is to be written now is moved to `batch`. */
static void
take_batch(struct log_writer *writer, struct queue *batch)
{
	while (writer->queue.count == 0 && !writer->stopping)
		pthread_cond_wait(&writer->changed, &writer->lock);
	if (writer->queue.count < LOG_WRITER_BATCH && !writer->stopping)
		wait_ms(writer, LOG_WRITER_DELAY_MS);
	*batch = writer->queue;
	if (batch->first == NULL)
		batch->end = &batch->first;
	queue_init(&writer->queue);
}

/* With the lock held, given up for as long as the disk takes. */
static void
write_batch(struct log_writer *writer, struct queue *batch)
{
	int64_t rows;
	int error;

	writer->figures.waiting = batch->count;
	pthread_mutex_unlock(&writer->lock);
	commit(writer, batch, &error);
	rows = count_rows(writer);
	pthread_mutex_lock(&writer->lock);
	writer->figures.counters = *database_counters(writer->db);
	writer->figures.rows = rows;
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
			writer->figures.refused = batch.first != NULL;
			if (batch.first != NULL)
				wait_ms(writer, LOG_WRITER_RETRY_MS);
		}
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* ---- the whole ---- */

static int
prepare(struct log_writer *writer)
{
	int error = database_prepare(writer->db,
	    "INSERT INTO api_logs(time_us, endpoint, method, details, status_code,"
	    " response_time_us, client) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", &writer->insert_call);

	if (error == 0)
		error = database_prepare(writer->db,
		    "INSERT INTO system_health(time_us, component, status, details)"
		    " VALUES(?1, ?2, ?3, ?4)", &writer->insert_health);
	/* Rows come at one end and go at the other: no need to count them. */
	if (error == 0)
		error = database_prepare(writer->db,
		    "SELECT coalesce((SELECT max(id) FROM api_logs)"
		    "  - (SELECT min(id) FROM api_logs) + 1, 0)"
		    " + coalesce((SELECT max(id) FROM system_health)"
		    "  - (SELECT min(id) FROM system_health) + 1, 0)", &writer->rows);
	return error;
}

static void
close_database(struct log_writer *writer)
{
	sqlite3_finalize(writer->insert_call);
	sqlite3_finalize(writer->insert_health);
	sqlite3_finalize(writer->rows);
	database_close(writer->db);
}

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
log_writer_start(struct log_writer **ret, const char *state_dir, struct problem *problem)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));
	int error;

	if (writer == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	queue_init(&writer->queue);
	error = database_open(&writer->db, ROLE_LOGD, DATABASE_LOGS, ACCESS_WRITE, state_dir,
	    problem);
	if (error < 0)
		goto free_writer;
	error = prepare(writer);
	if (error < 0) {
		problem_set(problem, error, "system_logs.db: %s", database_error(writer->db));
		goto close;
	}
	writer->figures.rows = count_rows(writer);
	error = start_thread(writer, problem);
	if (error < 0)
		goto close;
	*ret = writer;
	return 0;

close:
	close_database(writer);
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
	close_database(writer);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}
