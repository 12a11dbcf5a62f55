/*
 * The tickd that stores what is imported: the one that runs, else one started for it alone
 * (`tickd --import`), which ends with us.
 */
#ifndef TRADINGCTL_IMPORT_TICKD_H
#define TRADINGCTL_IMPORT_TICKD_H

#include <jansson.h>
#include <limits.h>
#include <sys/types.h>

#include "common/settings.h"

struct import_tickd {
	char path[PATH_MAX]; /* of its control socket */
	pid_t pid;	     /* of the one that was started, else 0 */
	int lifeline;	     /* its end closes when we are gone */
};

/* Returns 0, or the exit status with the sentence said: 69, 71, 75, 77. */
__attribute__((warn_unused_result)) int
import_tickd_find(struct import_tickd *ret, const struct settings *settings);

/*
 * Asks; `file` of 0 or more goes along.  Takes the question.  Returns 0 with the answer, the
 * caller's reference; otherwise the exit status with the sentence said.
 */
__attribute__((warn_unused_result)) int
import_tickd_ask(const struct import_tickd *tickd, json_t *question, int file, json_t **ret_answer);

/* Ends the one that was started, and waits for its end. */
void
import_tickd_release(struct import_tickd *tickd);

#endif
