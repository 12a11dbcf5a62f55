/*
 * The dashboard's page and what it loads, all of it inside the program.
 */
#ifndef LOGD_ANSWERS_DASHBOARD_H
#define LOGD_ANSWERS_DASHBOARD_H

#include "logd/answer.h"
#include "logd/api.h"
#include "logd/request.h"

void
answers_dashboard(struct api *api, const struct request *request, struct answer *answer);

void
answers_asset(struct api *api, const struct request *request, struct answer *answer);

#endif
