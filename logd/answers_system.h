/*
 * The answers about the system itself.
 */
#ifndef LOGD_ANSWERS_SYSTEM_H
#define LOGD_ANSWERS_SYSTEM_H

#include "logd/answer.h"
#include "logd/api.h"
#include "logd/request.h"

/* 200 when all is well, else 503, with the same content. */
void
answers_health(struct api *api, const struct request *request, struct answer *answer);

/* Everything that is known, whatever it is: /system-health and /pipeline-status. */
void
answers_pipeline(struct api *api, const struct request *request, struct answer *answer);

/* The figures of all daemons for Prometheus. */
void
answers_metrics(struct api *api, const struct request *request, struct answer *answer);

#endif
