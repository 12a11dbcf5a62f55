/*
 * What the entries of feeds and symbols have in common: parts of them, and what tickd's status
 * tells of them.
 */
#ifndef LOGD_HEALTH_ENTRY_H
#define LOGD_HEALTH_ENTRY_H

#include <jansson.h>
#include <stdint.h>

#include "logd/symbols.h"

#define HEALTH_COMPONENT_SIZE (2 * SYMBOLS_NAME_SIZE + 16) /* bytes of a component's name */

/* An ISO time; null for TICK_NONE.  A new reference. */
json_t *
health_entry_time(int64_t time_us);

/* Copies the members of these names (NULL ends them) that there are. */
void
health_entry_copy(json_t *entry, const json_t *from, const char *const *names);

/* Adds the sentences, if there are any, and what they mean to one that is ok.  Takes `faults`. */
void
health_entry_add_faults(json_t *entry, json_t *faults, const char *status);

/* The feed of this name in tickd's status, borrowed; NULL where tickd says nothing (any more). */
const json_t *
health_entry_feed(const json_t *tickd, const char *name);

#endif
