/*
 * Rows of system_health: each component when its status changes, and each minute as well (single
 * symbols only when they change).
 */
#ifndef LOGD_HEALTH_LOG_H
#define LOGD_HEALTH_LOG_H

#include <jansson.h>
#include <stdint.h>

#include "logd/log_writer.h"

#define HEALTH_LOG_PERIOD_US 60000000

struct health_log;

/* NULL when out of memory. */
struct health_log *
health_log_create(struct log_writer *writer);

void
health_log_free(struct health_log *log);

/* `components` is that of health_report(); now_us is wall time, monotonic_us the other clock. */
void
health_log_look(struct health_log *log, const json_t *components, int64_t now_us,
    int64_t monotonic_us);

#endif
