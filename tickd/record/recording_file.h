/*
 * The file that is being recorded: whole blocks, one write each.  What a full disk or an error
 * tears is cut off again, and no file of an earlier run is ever written to.
 */
#ifndef TICKD_RECORDING_FILE_H
#define TICKD_RECORDING_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "tickd/record/recordings.h"

struct recording_file {
	int fd; /* -1: none */
	char path[PATH_MAX];
	const char *name; /* the path's last part */
	int64_t bytes;	  /* of whole blocks */
	bool unsynced;
};

/*
 * Makes a new file (0640) in the folder, named for first_us; *file has none.  0, or -errno with the
 * sentence.
 */
__attribute__((warn_unused_result)) int
recording_file_open(struct recording_file *file, const char *folder, int64_t first_us,
    struct problem *problem);

/*
 * Appends the block, or nothing.  0 or -errno; when not even the torn piece can be cut off, the
 * file is closed as well.
 */
__attribute__((warn_unused_result)) int
recording_file_append(struct recording_file *file, const void *block, size_t length);

/* Waits until what was appended is on the disk.  0 or -errno. */
__attribute__((warn_unused_result)) int
recording_file_sync(struct recording_file *file);

/* True when the file was deleted under our hands. */
bool
recording_file_is_gone(const struct recording_file *file);

/* Synchronises and closes; one without a block is deleted.  0 or -errno. */
__attribute__((warn_unused_result)) int
recording_file_close(struct recording_file *file);

#endif
