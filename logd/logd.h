/*
 * The wiring of logd: databases, health, log and HTTP on one loop.
 */
#ifndef LOGD_LOGD_H
#define LOGD_LOGD_H

#include "common/problem.h"
#include "common/settings.h"

/*
 * Runs until it is told to stop.  Returns 0 with the exit status in *ret_status, or -errno with
 * the sentence when it could not be set up.
 */
__attribute__((warn_unused_result)) int
logd_run(const struct settings *settings, int *ret_status, struct problem *problem);

#endif
