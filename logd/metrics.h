/*
 * What the daemons publish in their status files, in Prometheus' text format 0.0.4.
 */
#ifndef LOGD_METRICS_H
#define LOGD_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define METRICS_TYPE "text/plain; version=0.0.4"

/*
 * `tickd` is tickd's status file; `fresh` is false when it is of the past: then trading_up is 0
 * and no figure of it is shown.  The text is the caller's to free.  NULL when out of memory.
 */
char *
metrics_text(const json_t *tickd, bool fresh, size_t *ret_length);

#endif
