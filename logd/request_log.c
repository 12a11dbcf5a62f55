#include "logd/request_log.h"

#include <inttypes.h>
#include <stdio.h>

void
request_log_add(struct log_writer *writer, const struct http_exchange *exchange)
{
	char details[64];
	struct log_row row = {
		.time_us = exchange->started_us,
		.method = exchange->method,
		.endpoint = exchange->path,
		.client = exchange->client,
		.status_code = exchange->status,
		.response_time_us = exchange->duration_us,
		.details = details,
	};

	snprintf(details, sizeof(details), "{\"bytes\":%" PRId64 "%s}", exchange->bytes,
	    exchange->cut ? ",\"cut\":true" : "");
	log_writer_add(writer, &row);
}
