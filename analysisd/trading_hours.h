/*
 * When a symbol of a terminal is traded, in UTC, as it was known at a bar's end: the sessions that
 * its venue had said by then, and the offset of the broker's clock at each time.  Pure;
 * trading_hours_reader fills it.
 */
#ifndef ANALYSISD_TRADING_HOURS_H
#define ANALYSISD_TRADING_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/market_hours.h"

#define TRADING_HOURS_OFFSETS 4 /* kept: a day before a bar has two at the most */

struct trading_offset {
	int64_t from_us;   /* UTC: from here on, until that of a newer one */
	int64_t offset_us; /* broker's clock - UTC */
};

struct trading_hours {
	struct market_hours sessions;
	struct trading_offset offsets[TRADING_HOURS_OFFSETS]; /* the newest first, at least one */
	size_t count;
};

/* Whether it is traded in any minute of the M5 slot; of times before all offsets by the oldest. */
bool
trading_hours_open(const struct trading_hours *hours, int64_t slot_us);

#endif
