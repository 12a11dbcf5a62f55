/*
 * One row of api_logs for each request that was answered: the path without its query, where
 * secrets might stand.
 */
#ifndef LOGD_REQUEST_LOG_H
#define LOGD_REQUEST_LOG_H

#include "logd/http_server.h"
#include "logd/log_writer.h"

void
request_log_add(struct log_writer *writer, const struct http_exchange *exchange);

#endif
