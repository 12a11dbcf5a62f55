/*
 * What terminals said of their accounts, deleted when it is old: closed positions with all their
 * events, states of the account but the newest, results of actions.
 */
#ifndef TICKD_VENUE_RETENTION_H
#define TICKD_VENUE_RETENTION_H

#include "common/database.h"

struct venue_retention;

__attribute__((warn_unused_result)) int
venue_retention_create(struct venue_retention **ret, struct database *db);

/* NULL is allowed. */
void
venue_retention_free(struct venue_retention *retention);

/*
 * Deletes the oldest `limit` rows of the source at the most that are of before before_us (the
 * source's clock), each call one transaction.  Returns how many, 0 when none are left, -errno.
 */
__attribute__((warn_unused_result)) int
venue_retention_delete(struct venue_retention *retention, const char *source, int64_t before_us,
    int limit);

#endif
