/*
 * Whether two trades are the same in all that is stored of them.
 */
#ifndef TESTS_UNIT_ANALYSISD_SAME_TRADE_H
#define TESTS_UNIT_ANALYSISD_SAME_TRADE_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "analysisd/dtms/trade.h"

/* The name of the first member in which they differ, NULL for none. */
static inline const char *
trade_difference(const struct dtms_trade *a, const struct dtms_trade *b)
{
#define MEMBER(member)                                                                             \
	{#member, offsetof(struct dtms_trade, member), sizeof(a->member)}
	static const struct {
		const char *name;
		size_t offset, size;
	} members[] = {
		MEMBER(ticket), MEMBER(registered_us), MEMBER(direction), MEMBER(venue),
		MEMBER(entry_e8), MEMBER(initial_volume_e8), MEMBER(current_volume_e8),
		MEMBER(closed_volume_e8), MEMBER(stop_loss_e8), MEMBER(take_profit_e8),
		MEMBER(initial_stop_loss_e8), MEMBER(hedge_ticket), MEMBER(hedge_volume_e8),
		MEMBER(hedge_lost), MEMBER(state), MEMBER(state_since_us),
		MEMBER(flat_deadline_us), MEMBER(recovery_deadline_us), MEMBER(vwap_cross_count),
		MEMBER(vwap_flip), MEMBER(vwap_counted_us), MEMBER(last_deep_us),
		MEMBER(last_deep_price_e8), MEMBER(close_attempts), MEMBER(closing_since_us),
		MEMBER(stale), MEMBER(closed_us),
	};
	static const struct {
		const char *name;
		size_t offset, size;
	} texts[] = {
		MEMBER(account), MEMBER(source), MEMBER(symbol), MEMBER(closed_reason),
	};
#undef MEMBER

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp((const char *)a + texts[i].offset, (const char *)b + texts[i].offset) != 0)
			return texts[i].name;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (memcmp((const char *)a + members[i].offset, (const char *)b + members[i].offset,
			members[i].size) != 0)
			return members[i].name;
	return a->score == b->score || (isnan(a->score) && isnan(b->score)) ? NULL : "score";
}

#endif
