/*
 * What the venues said, as tickd stored it: position_events, account_events, action_results and
 * symbol_terms of unified_tick_pipeline.db, in the order in which it was learnt.  Every call begins
 * and ends its own read.  Errors as database_step().
 */
#ifndef ANALYSISD_DTMS_VENUE_LOG_H
#define ANALYSISD_DTMS_VENUE_LOG_H

#include <stdint.h>

#include "analysisd/dtms/trade.h"
#include "common/database.h"

struct venue_log;

enum venue_kind { VENUE_OPEN, VENUE_CHANGED, VENUE_CLOSED };

struct venue_position {
	int64_t seq, time_us, ticket;
	const char *account, *symbol, *comment, *reason; /* reason NULL unless closed */
	enum venue_kind kind;
	enum trade_direction direction;
	int64_t volume_e8, price_open_e8, stop_loss_e8, take_profit_e8;
	int64_t magic; /* of the expert that opened it; 0: by hand */
	double profit; /* NAN unless closed and said */
};

struct venue_account {
	int64_t seq, time_us;
	const char *account;
	double balance; /* NAN where it is not said */
	bool netting;
};

struct venue_result {
	int64_t seq, time_us;
	const char *action_id, *status, *comment; /* comment NULL */
};

struct venue_terms {
	int64_t volume_min_e8, volume_step_e8, tick_size_e8, stops_level_e8; /* 0: not said */
};

typedef int venue_position_callback(void *context, const struct venue_position *position);
typedef int venue_account_callback(void *context, const struct venue_account *account);
typedef int venue_result_callback(void *context, const struct venue_result *result);

/* `reader` (unified_tick_pipeline.db) is borrowed. */
__attribute__((warn_unused_result)) int
venue_log_create(struct venue_log **ret, struct database *reader);

void
venue_log_free(struct venue_log *log);

/*
 * Each: after after_seq, not later than until_us, in order; a row that is later holds back those
 * behind it.  Texts are valid during the callback; what it returns other than 0 ends the call and
 * is returned.  Returns the number, -EIO for rows that are none of tickd's.
 */
__attribute__((warn_unused_result)) int
venue_log_positions(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_position_callback *callback, void *context);

__attribute__((warn_unused_result)) int
venue_log_accounts(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_account_callback *callback, void *context);

__attribute__((warn_unused_result)) int
venue_log_results(struct venue_log *log, const char *source, int64_t after_seq, int64_t until_us,
    venue_result_callback *callback, void *context);

/* As they were at now_us; all 0 where nothing was said of the symbol. */
__attribute__((warn_unused_result)) int
venue_log_terms(struct venue_log *log, int64_t symbol_id, int64_t now_us,
    struct venue_terms *ret);

#endif
