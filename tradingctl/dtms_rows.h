/*
 * What DTMS keeps in analysis_data.db as rows for people and programs: arrays of objects whose
 * members are named like the columns, without their units; times in ISO 8601 and, with _us, in
 * microseconds; prices and volumes as exact decimals; null for none.  Each is the caller's
 * reference.  Errors as database_step().
 */
#ifndef TRADINGCTL_DTMS_ROWS_H
#define TRADINGCTL_DTMS_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "common/database.h"
#include "tradingctl/symbols.h"

/* Which rows are meant; what is NULL, or TICK_NONE, is not looked at. */
struct dtms_filter {
	const char *account;
	int64_t ticket, registered_us;
	const struct symbol_row *symbol;
	bool closed;   /* closed trades as well */
	int64_t limit; /* the newest so many; 0: all */
};

#define DTMS_FILTER_ALL                                                                            \
	((struct dtms_filter){.ticket = TICK_NONE, .registered_us = TICK_NONE})

/* dtms_trades, the open ones first, then by account and ticket, the newest registration first. */
__attribute__((warn_unused_result)) int
dtms_rows_trades(struct database *db, const struct dtms_filter *filter, json_t **ret);

/* dtms_progress: how far each source is decided, and whether it is off. */
__attribute__((warn_unused_result)) int
dtms_rows_sources(struct database *db, json_t **ret);

/* dtms_actions in the order of time. */
__attribute__((warn_unused_result)) int
dtms_rows_actions(struct database *db, const struct dtms_filter *filter, json_t **ret);

/*
 * dtms_checks of one trade (account, ticket and registered_us are given) in the order of time: the
 * newest `limit`, and all that changed its state.
 */
__attribute__((warn_unused_result)) int
dtms_rows_checks(struct database *db, const struct dtms_filter *trade, json_t **ret);

/* dtms_adopted of one trade: hedges and re-adds, in the order of time. */
__attribute__((warn_unused_result)) int
dtms_rows_adopted(struct database *db, const struct dtms_filter *trade, json_t **ret);

#endif
