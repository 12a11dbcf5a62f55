/*
 * What the functions that answer have to work with.
 */
#ifndef LOGD_API_H
#define LOGD_API_H

#include <stddef.h>

#include "logd/health.h"
#include "logd/readers.h"

struct api {
	struct readers *readers;
	struct health *health;
	size_t rows_max;	    /* an answer ([api] rows) */
	const char *listen_address; /* without the port: for Host and Origin */
	int port;
};

#endif
