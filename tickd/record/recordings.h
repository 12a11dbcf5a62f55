/*
 * The folder of the recordings: how they are called, and which of them go when they are too many.
 * A recording is named for the second of its first frame, binance-20261121T150000Z.zst, so that
 * names sort by time; a second one of that second has _2 before the dot, up to _9.
 */
#ifndef TICKD_RECORDINGS_H
#define TICKD_RECORDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"

#define RECORDING_NAME_SIZE 64
#define RECORDING_SAME_SECOND 9 /* recordings of one second */

/* The name of the `number`th recording (1 ... RECORDING_SAME_SECOND) of a second. */
void
recordings_name(char name[static RECORDING_NAME_SIZE], int64_t first_us, int number);

/* True for what recordings_name() writes, and nothing else. */
bool
recordings_is_name(const char *name);

/*
 * Deletes the oldest recordings of the folder, but not the one called `keep`, until all of them
 * have most_bytes at the most.  Other files are neither counted nor touched.  *ret_bytes is what
 * those left over have, `keep` not counted.  0, or -errno with the sentence; what could be deleted
 * is, and *ret_bytes says what is left unless the folder cannot even be listed.
 */
__attribute__((warn_unused_result)) int
recordings_trim(const char *folder, const char *keep, int64_t most_bytes, int64_t *ret_bytes,
    struct problem *problem);

#endif
