#define _GNU_SOURCE
#include "common/checkpointer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct checkpointer {
	/* the writer's */
	struct database *writer;
	int64_t asked_pages;	   /* length of the WAL when the thread was last woken */
	int64_t passes_at_restart; /* when we last tried to begin the WAL anew */
	struct database *db; /* the thread's */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	/* under the mutex */
	bool wanted, stopping;
	int64_t passes;
};

static bool
wait_for_work(struct checkpointer *checkpointer)
{
	bool stopping;

	pthread_mutex_lock(&checkpointer->mutex);
	while (!checkpointer->wanted && !checkpointer->stopping)
		pthread_cond_wait(&checkpointer->wake, &checkpointer->mutex);
	checkpointer->wanted = false;
	stopping = checkpointer->stopping;
	pthread_mutex_unlock(&checkpointer->mutex);
	return !stopping;
}

static void *
run(void *context)
{
	struct checkpointer *checkpointer = context;

	pthread_setname_np(pthread_self(), "checkpointer");
	while (wait_for_work(checkpointer)) {
		/* What fails here (a full disk) fails for the next commits as well, and is told there. */
		(void)!database_checkpoint(checkpointer->db);
		pthread_mutex_lock(&checkpointer->mutex);
		checkpointer->passes++;
		pthread_mutex_unlock(&checkpointer->mutex);
	}
	return NULL;
}

int
checkpointer_start(struct checkpointer **ret, struct database *writer, struct problem *problem)
{
	struct checkpointer *checkpointer = calloc(1, sizeof(*checkpointer));
	int error;

	if (checkpointer == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	checkpointer->writer = writer;
	error = database_open_checkpointer(&checkpointer->db, writer, problem);
	if (error < 0)
		goto free_checkpointer;
	pthread_mutex_init(&checkpointer->mutex, NULL);
	pthread_cond_init(&checkpointer->wake, NULL);
	error = -pthread_create(&checkpointer->thread, NULL, run, checkpointer);
	if (error < 0) {
		problem_set(problem, error, "no checkpoint thread: %s", strerror(-error));
		goto destroy;
	}
	database_checkpoint_by_hand(writer);
	*ret = checkpointer;
	return 0;

destroy:
	pthread_cond_destroy(&checkpointer->wake);
	pthread_mutex_destroy(&checkpointer->mutex);
	database_close(checkpointer->db);
free_checkpointer:
	free(checkpointer);
	return error;
}

/* A pass under way is followed by another. */
static void
wake(struct checkpointer *checkpointer)
{
	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->wanted = true;
	pthread_cond_signal(&checkpointer->wake);
	pthread_mutex_unlock(&checkpointer->mutex);
}

static int64_t
passes_so_far(struct checkpointer *checkpointer)
{
	int64_t passes;

	pthread_mutex_lock(&checkpointer->mutex);
	passes = checkpointer->passes;
	pthread_mutex_unlock(&checkpointer->mutex);
	return passes;
}

void
checkpointer_tend(struct checkpointer *checkpointer)
{
	int64_t pages = database_wal_pages(checkpointer->writer), passes;

	if (pages < checkpointer->asked_pages) /* it was begun anew */
		checkpointer->asked_pages = 0;
	if (pages - checkpointer->asked_pages >= CHECKPOINTER_PASS_PAGES) {
		checkpointer->asked_pages = pages;
		wake(checkpointer);
	}
	if (pages < DATABASE_CHECKPOINT_PAGES)
		return;
	passes = passes_so_far(checkpointer);
	if (passes == checkpointer->passes_at_restart)
		return;
	checkpointer->passes_at_restart = passes;
	(void)!database_checkpoint(checkpointer->writer); /* a failure is the next commit's as well */
}

void
checkpointer_stop(struct checkpointer *checkpointer)
{
	if (checkpointer == NULL)
		return;
	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->stopping = true;
	pthread_cond_signal(&checkpointer->wake);
	pthread_mutex_unlock(&checkpointer->mutex);
	pthread_join(checkpointer->thread, NULL);
	pthread_cond_destroy(&checkpointer->wake);
	pthread_mutex_destroy(&checkpointer->mutex);
	database_close(checkpointer->db);
	free(checkpointer);
}
