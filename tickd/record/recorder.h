/*
 * Keeps every raw frame with its receive time: lines `<receive time in ns> <frame>` in zstd files
 * that `marketsim --capture` plays.
 *
 * The loop thread only copies a frame into a ring; a thread packs and writes.  A block is closed
 * when it is full or a second has passed, and after a kill all whole blocks can be read.  When
 * the disk is full or does not follow, frames are lost to the recording, and counted; never to the
 * feed.
 */
#ifndef TICKD_RECORDER_H
#define TICKD_RECORDER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

struct recorder;

/*
 * Makes the folder (0750) when it is missing and starts the thread.  A new file begins with the
 * first frame, and in each slot of rotate_us since 1970; the oldest files of our names are deleted
 * beyond limit_bytes (0: never).  0, or -errno with the sentence.
 */
__attribute__((warn_unused_result)) int
recorder_create(struct recorder **ret, const char *folder, int64_t rotate_us, int64_t limit_bytes,
    struct problem *problem);

/*
 * Loop thread: a frame as it came from the network, and when.  Neither waits nor allocates.  NULL,
 * a feed's word for a frame that was too long, is counted as lost.
 */
void
recorder_frame(struct recorder *recorder, int64_t wall_us, const char *frame, size_t length);

/*
 * Loop thread, now and then: 0 while all is recorded; -errno with the sentence when frames were
 * lost since it was last asked, or the last attempt to write failed.
 */
__attribute__((warn_unused_result)) int
recorder_failure(struct recorder *recorder, struct problem *problem);

/*
 * Loop thread: {"file": name or null, "bytes": of that file, "frames": recorded, "lost"}, the last
 * two since the start.  A new reference.
 */
json_t *
recorder_status(struct recorder *recorder);

/* Records what it was given, ends the thread and frees.  NULL is allowed. */
void
recorder_stop(struct recorder *recorder);

#endif
