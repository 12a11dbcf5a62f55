/*
 * What retention.h does, for every source that a terminal has ever belonged to (broker_accounts),
 * whether one is connected or not: ticks and candles of all its symbols, and what its account did.
 * Each source goes by its own clock; one after the other, a slice at a time.
 */
#ifndef TICKD_TERMINAL_RETENTION_H
#define TICKD_TERMINAL_RETENTION_H

#include <stdbool.h>

#include "common/database.h"
#include "common/settings.h"

struct terminal_retention;

/* `settings` and `db`, tickd's writer, outlive it.  NULL: out of memory. */
struct terminal_retention *
terminal_retention_create(const struct settings *settings, struct database *db);

/* Before its database is closed.  NULL is allowed. */
void
terminal_retention_free(struct terminal_retention *retention);

/* Whether terminal_retention_turn() would do something; now_us is the wall clock. */
bool
terminal_retention_waits(const struct terminal_retention *retention, int64_t now_us);

/* As retention_turn(). */
__attribute__((warn_unused_result)) int
terminal_retention_turn(struct terminal_retention *retention, int64_t now_us);

#endif
