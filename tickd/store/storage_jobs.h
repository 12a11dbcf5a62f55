/*
 * The way of storage jobs: submitted on any thread, run on the storage thread in their order, done
 * on the loop thread.
 */
#ifndef TICKD_STORAGE_JOBS_H
#define TICKD_STORAGE_JOBS_H

#include <pthread.h>

#include "tickd/store/storage.h"

struct job_list {
	struct storage_job *first, **end;
};

struct storage_jobs {
	pthread_mutex_t mutex;
	struct job_list waiting, ended;
};

void
storage_jobs_init(struct storage_jobs *jobs);

void
storage_jobs_finish(struct storage_jobs *jobs);

void
storage_jobs_add(struct storage_jobs *jobs, struct storage_job *job);

/* Storage thread: the oldest one, which stays, or NULL. */
struct storage_job *
storage_jobs_first(struct storage_jobs *jobs);

/* Storage thread: the oldest one has ended. */
void
storage_jobs_end_first(struct storage_jobs *jobs, int result);

/* Loop thread: calls done() of what has ended. */
void
storage_jobs_tell(struct storage_jobs *jobs);

/* Loop thread, once nobody runs them: the same, and of what waits with -ECANCELED. */
void
storage_jobs_cancel(struct storage_jobs *jobs);

#endif
