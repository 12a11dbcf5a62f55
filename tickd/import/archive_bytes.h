/*
 * The bytes inside a file to import, whatever it is packed in: nothing, gzip, zstd, or a ZIP with
 * one file.  Read from its beginning in one pass and in bounded memory.
 */
#ifndef TICKD_ARCHIVE_BYTES_H
#define TICKD_ARCHIVE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

struct archive_bytes;

/*
 * `fd` is a plain file open for reading, borrowed; where it stands does not matter, nor is it
 * moved.  Returns 0 or -errno with a sentence that does not name the file.
 */
__attribute__((warn_unused_result)) int
archive_bytes_open(struct archive_bytes **ret, int fd, struct problem *problem);

/*
 * The next stretch, valid until the next call.  Returns 1, 0 at the end, or with the sentence
 * -EPIPE where the file ends too early, -EBADMSG where it is damaged or holds what it may not,
 * -errno.
 */
__attribute__((warn_unused_result)) int
archive_bytes_next(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem);

/* How much of the file itself has been read, in bytes, and how large it is. */
int64_t
archive_bytes_read(const struct archive_bytes *bytes);

int64_t
archive_bytes_size(const struct archive_bytes *bytes);

/* NULL is allowed. */
void
archive_bytes_close(struct archive_bytes *bytes);

#endif
