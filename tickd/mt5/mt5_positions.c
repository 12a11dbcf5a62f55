#include "tickd/mt5/mt5_positions.h"

#include <string.h>

/* Of a netted position side and price may change too. */
static bool
differ(const struct mt5_position *old, const struct mt5_position *now)
{
	return old->volume_e8 != now->volume_e8 || old->stop_loss_e8 != now->stop_loss_e8 ||
	    old->take_profit_e8 != now->take_profit_e8 || old->sell != now->sell ||
	    old->price_open_e8 != now->price_open_e8 || strcmp(old->comment, now->comment) != 0;
}

int
mt5_positions_compare(const struct mt5_position *old, size_t old_count,
    const struct mt5_position *now, size_t now_count, bool complete,
    mt5_change_callback *callback, void *context)
{
	const struct mt5_position *old_end = old + old_count, *now_end = now + now_count;
	int result = 0;

	while (result == 0 && (old < old_end || now < now_end)) {
		if (now == now_end || (old < old_end && old->ticket < now->ticket)) {
			if (complete)
				result = callback(context, MT5_GONE, old, NULL);
			old++;
		} else if (old == old_end || now->ticket < old->ticket) {
			result = callback(context, MT5_OPENED, NULL, now++);
		} else {
			if (differ(old, now))
				result = callback(context, MT5_CHANGED, old, now);
			old++;
			now++;
		}
	}
	return result;
}
