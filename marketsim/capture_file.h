/*
 * Reads a whole file into memory, unpacked when its name ends in .gz or .zst.
 */
#ifndef MARKETSIM_CAPTURE_FILE_H
#define MARKETSIM_CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/problem.h"

struct capture_text {
	char *bytes; /* malloc()ed, the caller's also after an error */
	size_t length, capacity;
	size_t most; /* more is -EFBIG */
};

/*
 * Appends the file's text.  A .zst may be many frames of zstd; when the last one breaks off, as
 * after a kill, its whole blocks are taken, *ret_cut is true and the text ends with a whole line.
 * 0, or a negative errno with the sentence.
 */
__attribute__((warn_unused_result)) int
capture_file_read(struct capture_text *text, const char *file, bool *ret_cut,
    struct problem *problem);

#endif
