/*
 * In place of the storage thread: jobs wait in their order until the test has one run, on a tick
 * database of the test's own, and told.
 */
#ifndef TESTS_UNIT_TICKD_HAND_STORAGE_H
#define TESTS_UNIT_TICKD_HAND_STORAGE_H

#include <errno.h>

#include "tests/unit/tickd/tick_database.h"
#include "tickd/store/storage.h"

#define HAND_JOBS 64

static struct {
	struct database *db;
	struct storage_job *jobs[HAND_JOBS];
	int waiting;
	struct store_result stored; /* by the last one that ran */
} hand;

void
storage_submit(struct storage *storage, struct storage_job *job)
{
	assert_true(hand.waiting < HAND_JOBS);
	hand.jobs[hand.waiting++] = job;
}

static inline struct storage_job *
hand_take(void)
{
	struct storage_job *job = hand.jobs[0];

	assert_true(hand.waiting > 0);
	memmove(hand.jobs, hand.jobs + 1, (size_t)--hand.waiting * sizeof(hand.jobs[0]));
	return job;
}

/* The oldest job runs and is told; where it is to be tried again, it stays.  What it returned. */
static inline int
hand_turn(void)
{
	struct storage_job *job = hand.jobs[0];
	int result;

	assert_true(hand.waiting > 0);
	hand.stored = (struct store_result){0};
	result = job->run(job, NULL, hand.db, &hand.stored);
	assert_true(sqlite3_get_autocommit(database_handle(hand.db)));
	if (!storage_job_may_pass(result)) {
		hand_take();
		job->done(job, result);
	}
	return result;
}

/* Until nothing waits. */
static inline void
hand_settle(void)
{
	while (hand.waiting > 0)
		assert_int_equal(hand_turn(), 0);
}

/* The storage stops: what waits is cancelled, while the database is still open. */
static inline void
hand_stop(void)
{
	while (hand.waiting > 0) {
		struct storage_job *job = hand_take();

		job->done(job, -ECANCELED);
	}
}

#endif
