/*
 * What is wrong with a feed that lives, told from what tickd publishes of it: one sentence each.
 * Pure but for what it remembers of earlier looks: whether missing ids become fewer, and frames
 * of the recorder more that were lost.
 */
#ifndef LOGD_FEED_FAULTS_H
#define LOGD_FEED_FAULTS_H

#include <jansson.h>
#include <stdint.h>

#define FEED_FAULTS_WAIT_S 60 /* a longer wait of the REST calls, with ids missing, is a fault */
/* Missing ids of which none is filled for so long are one. */
#define FEED_FAULTS_STUCK_US INT64_C(300000000)
#define FEED_FAULTS_LOSS_US INT64_C(60000000) /* a lost frame is one for so long */

/* Zero-initialised; one a feed. */
struct feed_watch {
	int64_t missing, filled;
	int64_t moved_us; /* (monotonic) when they last changed for the better; 0: never looked */
	int64_t lost;
	int64_t lost_us; /* (monotonic) when that last went up; 0: never */
};

/* The ids missing in all open gaps of the feed, -1 where nothing is said of them. */
int64_t
feed_faults_missing(const json_t *feed);

/* Sentences, most urgent first; an empty array when all is well.  A new reference. */
json_t *
feed_faults_look(struct feed_watch *watch, const json_t *feed, int64_t now_us);

/* The same for one entry of the feed's symbols. */
json_t *
feed_faults_of_symbol(const json_t *symbol);

#endif
