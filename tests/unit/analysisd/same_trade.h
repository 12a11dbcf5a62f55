/*
 * Whether two trades are the same in all that is stored of them.
 */
#ifndef TESTS_UNIT_ANALYSISD_SAME_TRADE_H
#define TESTS_UNIT_ANALYSISD_SAME_TRADE_H

#include <math.h>
#include <string.h>

#include "analysisd/dtms/trade.h"

/* The name of the first member in which they differ, NULL for none. */
static inline const char *
trade_difference(const struct dtms_trade *a, const struct dtms_trade *b)
{
#define DIFFERS(member)                                                                            \
	if (a->member != b->member)                                                                \
		return #member;
#define TEXT_DIFFERS(member)                                                                       \
	if (strcmp(a->member, b->member) != 0)                                                     \
		return #member;
	TEXT_DIFFERS(account)
	TEXT_DIFFERS(source)
	TEXT_DIFFERS(symbol)
	TEXT_DIFFERS(closed_reason)
	DIFFERS(ticket)
	DIFFERS(registered_us)
	DIFFERS(direction)
	DIFFERS(venue)
	DIFFERS(entry_e8)
	DIFFERS(initial_volume_e8)
	DIFFERS(current_volume_e8)
	DIFFERS(closed_volume_e8)
	DIFFERS(stop_loss_e8)
	DIFFERS(take_profit_e8)
	DIFFERS(initial_stop_loss_e8)
	DIFFERS(hedge_ticket)
	DIFFERS(hedge_volume_e8)
	DIFFERS(hedge_lost)
	DIFFERS(state)
	DIFFERS(state_since_us)
	DIFFERS(flat_deadline_us)
	DIFFERS(recovery_deadline_us)
	DIFFERS(vwap_cross_count)
	DIFFERS(vwap_flip)
	DIFFERS(vwap_counted_us)
	DIFFERS(last_deep_us)
	DIFFERS(last_deep_price_e8)
	DIFFERS(close_attempts)
	DIFFERS(closing_since_us)
	DIFFERS(stale)
	DIFFERS(closed_us)
#undef TEXT_DIFFERS
#undef DIFFERS
	return a->score == b->score || (isnan(a->score) && isnan(b->score)) ? NULL : "score";
}

#endif
