#include "marketsim/terminal_clock.h"

static bool
has_changed(const struct terminal_clock *clock, int64_t utc_us)
{
	return clock->change_at_us != 0 && utc_us >= clock->change_at_us;
}

int64_t
terminal_clock_server(const struct terminal_clock *clock, int64_t utc_us)
{
	return utc_us + clock->offset_us + (has_changed(clock, utc_us) ? clock->change_us : 0);
}

int64_t
terminal_clock_utc(const struct terminal_clock *clock, int64_t server_us)
{
	int64_t before_us = server_us - clock->offset_us, after_us = before_us - clock->change_us;

	if (!has_changed(clock, before_us))
		return before_us;
	return after_us > clock->change_at_us ? after_us : clock->change_at_us;
}

bool
terminal_clock_closed(const struct terminal_clock *clock, int64_t utc_us, int64_t *ret_until_us)
{
	int64_t until_us = clock->change_at_us - clock->change_us;

	if (clock->change_us >= 0 || !has_changed(clock, utc_us) || utc_us >= until_us)
		return false;
	*ret_until_us = until_us;
	return true;
}
