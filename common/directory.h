/*
 * Directories that a program makes for itself when they are missing.
 */
#ifndef COMMON_DIRECTORY_H
#define COMMON_DIRECTORY_H

#include <sys/types.h>

#include "common/problem.h"

/*
 * Makes `path` with `mode`, and what is missing above it with 0755; one that is there is left as
 * it is.  Returns 0 if it may be written, otherwise -errno with the sentence.
 */
__attribute__((warn_unused_result)) int
directory_make(const char *path, mode_t mode, struct problem *problem);

#endif
