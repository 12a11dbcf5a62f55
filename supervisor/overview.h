/*
 * Gathers what shared_memory.json says: the children, their own status files, what the kernel
 * knows of them, the files and leases of the databases.
 */
#ifndef SUPERVISOR_OVERVIEW_H
#define SUPERVISOR_OVERVIEW_H

#include <jansson.h>

#include "common/settings.h"
#include "supervisor/children.h"

struct overview;

/* Everything is borrowed.  NULL: out of memory. */
struct overview *
overview_create(const struct settings *settings, struct children *children);

void
overview_free(struct overview *overview);

/* Reads the status files and /proc: once a second. */
void
overview_sample(struct overview *overview);

/* The content at this moment, with the figures of the last sample; NULL when out of memory. */
json_t *
overview_compose(struct overview *overview);

#endif
