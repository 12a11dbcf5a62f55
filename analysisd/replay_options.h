/* What the options --replay FROM TO and --into FILE ask for. */
#ifndef ANALYSISD_REPLAY_OPTIONS_H
#define ANALYSISD_REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"

/* As they stand on the command line: the targets of common/program.h. */
struct replay_words {
	bool replay, into; /* which of the two are given */
	const char *range[2];
	const char *file;
};

struct replay_options {
	int64_t from_us, to_us; /* from_us < to_us */
	const char *file;	/* does not exist yet; borrowed from the words */
};

/*
 * Reads and checks them.  Returns 0, or, with the sentence: -EINVAL where one option is without the
 * other or the times are none or not in order; -EEXIST where the file is there.
 */
__attribute__((warn_unused_result)) int
replay_options_read(const struct replay_words *words, struct replay_options *ret,
    struct problem *problem);

#endif
