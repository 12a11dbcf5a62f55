/*
 * The processes: as the supervisor publishes them; where none does, as they publish themselves
 * and whether they live.
 */
#ifndef LOGD_HEALTH_PROCESSES_H
#define LOGD_HEALTH_PROCESSES_H

#include <jansson.h>

/* Adds trading-supervisor, tickd, analysisd and logd to `components`. */
void
health_processes_measure(json_t *components, const json_t *shared_memory, const json_t *tickd,
    const json_t *analysisd, const json_t *logd);

#endif
