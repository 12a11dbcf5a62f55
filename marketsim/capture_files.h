/*
 * The files of a capture: those that were named, and in the place of a folder its recordings.
 */
#ifndef MARKETSIM_CAPTURE_FILES_H
#define MARKETSIM_CAPTURE_FILES_H

#include <stddef.h>

#include "common/problem.h"

struct capture_files {
	char **names;
	size_t count;
};

/*
 * A folder stands for all its *.zst in the order of their names.  0, or a negative errno with the
 * sentence (-ENOENT: a folder without any); capture_files_free() is due in both cases.
 */
__attribute__((warn_unused_result)) int
capture_files_list(struct capture_files *files, const char *const *given, size_t count,
    struct problem *problem);

void
capture_files_free(struct capture_files *files);

#endif
