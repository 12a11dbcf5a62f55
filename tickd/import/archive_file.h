/*
 * A file to import, line by line, whatever it is packed in (see archive_bytes.h).
 */
#ifndef TICKD_ARCHIVE_FILE_H
#define TICKD_ARCHIVE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

/* Bytes: the largest frame that the feed takes (64 KiB) with the time before it, and room. */
#define ARCHIVE_LINE_MAX (128 * 1024)

struct archive_file;

/*
 * As archive_bytes_open(), with sentences that begin with the name, which is borrowed, and of a line
 * with NAME:LINE.
 */
__attribute__((warn_unused_result)) int
archive_file_open(struct archive_file **ret, int fd, const char *name, struct problem *problem);

/*
 * The next line without its end (LF or CRLF) and without a byte order mark, valid until the next
 * call; the last one may lack the end.  Returns 1, 0 at the end, or as archive_bytes_next(), where
 * -EPIPE comes behind all lines that are whole.
 */
__attribute__((warn_unused_result)) int
archive_file_line(struct archive_file *file, const char **ret_line, size_t *ret_length,
    struct problem *problem);

/* The number of the line that was read last, from 1. */
int64_t
archive_file_line_number(const struct archive_file *file);

/* How much of the file itself has been read, in bytes, and how large it is. */
int64_t
archive_file_read(const struct archive_file *file);

int64_t
archive_file_size(const struct archive_file *file);

/* NULL is allowed. */
void
archive_file_close(struct archive_file *file);

#endif
