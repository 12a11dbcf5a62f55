/*
 * The databases: there, readable, owned by a living writer; with their figures.
 */
#ifndef LOGD_HEALTH_DATABASES_H
#define LOGD_HEALTH_DATABASES_H

#include <jansson.h>

#include "logd/readers.h"

/*
 * {KEY: {ok, status, access, file, size_bytes, wal_bytes, owner, rows, ...}} with KEY of
 * access_database_key().  The status files give what only the owners know: `failing` of a database
 * is a sentence while its rows cannot be stored.  A new reference.
 */
json_t *
health_databases_measure(struct readers *readers, const char *state_dir, const json_t *tickd,
    const json_t *analysisd, const json_t *logd);

/* {KEY: "READ", "READ + WRITE" or "NONE"}: what this process could really open.  New. */
json_t *
health_databases_permissions(const json_t *databases);

#endif
