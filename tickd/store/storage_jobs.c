#include "tickd/store/storage_jobs.h"

#include <errno.h>

static void
list_init(struct job_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void
list_add(struct job_list *list, struct storage_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

static struct storage_job *
list_take(struct job_list *list)
{
	struct storage_job *job = list->first;

	if (job == NULL)
		return NULL;
	list->first = job->next;
	if (list->first == NULL)
		list->end = &list->first;
	return job;
}

bool
storage_job_may_pass(int error)
{
	return error == -EAGAIN || error == -ENOSPC || error == -EIO || error == -ENOMEM;
}

void
storage_jobs_init(struct storage_jobs *jobs)
{
	pthread_mutex_init(&jobs->mutex, NULL);
	list_init(&jobs->waiting);
	list_init(&jobs->ended);
}

void
storage_jobs_finish(struct storage_jobs *jobs)
{
	pthread_mutex_destroy(&jobs->mutex);
}

void
storage_jobs_add(struct storage_jobs *jobs, struct storage_job *job)
{
	pthread_mutex_lock(&jobs->mutex);
	list_add(&jobs->waiting, job);
	pthread_mutex_unlock(&jobs->mutex);
}

struct storage_job *
storage_jobs_first(struct storage_jobs *jobs)
{
	struct storage_job *job;

	pthread_mutex_lock(&jobs->mutex);
	job = jobs->waiting.first;
	pthread_mutex_unlock(&jobs->mutex);
	return job;
}

void
storage_jobs_end_first(struct storage_jobs *jobs, int result)
{
	struct storage_job *job;

	pthread_mutex_lock(&jobs->mutex);
	job = list_take(&jobs->waiting);
	if (job != NULL) {
		job->result = result;
		list_add(&jobs->ended, job);
	}
	pthread_mutex_unlock(&jobs->mutex);
}

static struct storage_job *
take_ended(struct storage_jobs *jobs)
{
	struct storage_job *job;

	pthread_mutex_lock(&jobs->mutex);
	job = list_take(&jobs->ended);
	pthread_mutex_unlock(&jobs->mutex);
	return job;
}

void
storage_jobs_tell(struct storage_jobs *jobs)
{
	struct storage_job *job;

	/* done() may submit the next one: no lock is held. */
	while ((job = take_ended(jobs)) != NULL)
		job->done(job, job->result);
}

void
storage_jobs_cancel(struct storage_jobs *jobs)
{
	storage_jobs_tell(jobs);
	while (storage_jobs_first(jobs) != NULL) {
		storage_jobs_end_first(jobs, -ECANCELED);
		storage_jobs_tell(jobs);
	}
}
