/*
 * The files of the dashboard, taken into the program when it is built (see web/web.mk).
 */
#ifndef LOGD_ASSETS_H
#define LOGD_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name, *type;
	const unsigned char *bytes, *end;
};

/* NULL for a name that is none. */
const struct asset *
assets_find(const char *name);

size_t
assets_length(const struct asset *asset);

/* A quoted ETag made of the content; valid for good.  Belongs to the loop's thread. */
const char *
assets_etag(const struct asset *asset);

#endif
