/*
 * Which of a message's ticks are new, and what their ids are.  Pure.
 *
 * A tick is known by its millisecond of the broker's clock and its place in it, from 0; empty books
 * have a place too but are no rows.  A watermark (server_ms, count_in_ms): all before server_ms is
 * there, and the first count_in_ms of it.  What lies below the watermark is passed over, whoever
 * sends it and whatever the broker's offset is by now.
 */
#ifndef TICKD_MT5_PLACE_H
#define TICKD_MT5_PLACE_H

#include "tickd/mt5/broker_time.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_reply.h"

#define MT5_FLAGS_SHIFT 8 /* the terminal's own flags are kept from this bit of tick.flags up */

/* MqlTick's flags: what is new with a tick. */
enum mt5_tick_flag {
	MT5_TICK_BID = 2,
	MT5_TICK_ASK = 4,
	MT5_TICK_LAST = 8,
	MT5_TICK_VOLUME = 16,
	MT5_TICK_BUY = 32,
	MT5_TICK_SELL = 64,
};

/*
 * Moves *mark on over the message's ticks and writes what is to be stored to `rows` (room for
 * message->count), in ascending order, with symbol number `symbol`.  Where message->first is not
 * said, a message that begins in the watermark's millisecond goes on behind it.
 * Rows always go up: where a clock went back without a reason, what follows within the message
 * stays at the time of the row before and counts on.
 * Returns how many; *ret_known: how many were known already.
 */
size_t
mt5_place(struct mt5_watermark *mark, const struct mt5_ticks *message,
    const struct broker_time *time, uint32_t symbol, struct tick *rows, size_t *ret_known);

/*
 * A terminal's tick as it is stored (shared with the import of exported ticks): its flags go from
 * MT5_FLAGS_SHIFT up; what traded is in price and volume where the flags say that there is
 * something new (a volume of 0 is none); nobody says who the aggressor was, so it is no TICK_TRADE.
 * False, with the place taken all the same: an empty book.  The symbol is left at 0.
 */
bool
mt5_tick_row(const struct mt5_tick *tick, int64_t time_us, int64_t ordinal, struct tick *ret);

#endif
