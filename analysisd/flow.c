#include "analysisd/flow.h"

#include <math.h>

/* The window that holds time_us. */
static int64_t
number_of(int64_t time_us)
{
	int64_t rest = time_us % FLOW_WINDOW_US;

	return (time_us - (rest < 0 ? rest + FLOW_WINDOW_US : rest)) / FLOW_WINDOW_US;
}

static size_t
place_of(int64_t number)
{
	return (size_t)(number & (FLOW_WINDOWS_KEPT - 1));
}

void
flow_start(struct flow *flow, int64_t from_us)
{
	flow->from_number = number_of(from_us + FLOW_WINDOW_US - 1);
	for (int i = 0; i < FLOW_WINDOWS_KEPT; i++)
		flow->windows[i] = (struct flow_window){.number = INT64_MIN};
}

void
flow_add(struct flow *flow, const struct tick *tick)
{
	int64_t number = number_of(tick->time_us);
	struct flow_window *window = &flow->windows[place_of(number)];

	if ((tick->flags & TICK_TRADE) == 0 || tick->volume_e8 == TICK_NONE ||
	    number < flow->from_number || number < window->number)
		return;
	if (number > window->number)
		*window = (struct flow_window){.number = number};
	if ((tick->flags & TICK_SELL) != 0)
		window->sell_e8 += tick->volume_e8;
	else
		window->buy_e8 += tick->volume_e8;
	window->trades += tick->trade_count == 0 ? 1 : tick->trade_count;
}

/* What is known of the window: one that nothing came for is empty. */
static struct flow_window
window_at(const struct flow *flow, int64_t number)
{
	const struct flow_window *window = &flow->windows[place_of(number)];

	return window->number == number ? *window : (struct flow_window){.number = number};
}

/* Its ticks were read, and a later window has not taken its place. */
static bool
is_kept(const struct flow *flow, int64_t number)
{
	return number >= flow->from_number && flow->windows[place_of(number)].number <= number;
}

static bool
all_kept(const struct flow *flow, int64_t number)
{
	for (int back = 0; back <= FLOW_WINDOWS_BEFORE; back++)
		if (!is_kept(flow, number - back))
			return false;
	return true;
}

static decimal_sum
net_of(const struct flow *flow, int64_t number)
{
	struct flow_window window = window_at(flow, number);

	return window.buy_e8 - window.sell_e8;
}

/*
 * How unusual the net of a window is against those before it.  All are taken relative to the
 * oldest of these, exactly, so that nets which are equal have a sigma of 0 and not of a rounding.
 */
static double
measure_z(const struct flow *flow, int64_t number)
{
	decimal_sum origin = net_of(flow, number - FLOW_WINDOWS_BEFORE);
	double nets[FLOW_WINDOWS_BEFORE + 1], mean = 0, squares = 0;

	if (!all_kept(flow, number))
		return NAN;
	for (int back = 0; back <= FLOW_WINDOWS_BEFORE; back++)
		nets[back] = decimal_sum_round(net_of(flow, number - back) - origin,
		    DECIMAL_PLACES);
	for (int back = FLOW_WINDOWS_BEFORE; back > 0; back--)
		mean += nets[back] / FLOW_WINDOWS_BEFORE;
	for (int back = FLOW_WINDOWS_BEFORE; back > 0; back--)
		squares += (nets[back] - mean) * (nets[back] - mean);
	return squares > 0 ? (nets[0] - mean) / sqrt(squares / FLOW_WINDOWS_BEFORE) : NAN;
}

/* Whether anybody traded in it or in those before it that are kept: else it may be all quotes. */
static bool
has_trades(const struct flow *flow, int64_t number)
{
	for (int back = 0; back <= FLOW_WINDOWS_BEFORE; back++)
		if (window_at(flow, number - back).trades > 0)
			return true;
	return false;
}

struct flow_pressure
flow_pressure(const struct flow *flow, int64_t end_us)
{
	int64_t number = number_of(end_us) - 1;
	struct flow_window window = window_at(flow, number);
	decimal_sum all = window.buy_e8 + window.sell_e8;

	if (!is_kept(flow, number) || !has_trades(flow, number))
		return (struct flow_pressure){NAN, NAN, NAN, NAN, 0};
	return (struct flow_pressure){
		.buy = decimal_sum_round(window.buy_e8, DECIMAL_PLACES),
		.sell = decimal_sum_round(window.sell_e8, DECIMAL_PLACES),
		.buy_share = all > 0 ? decimal_sum_round(window.buy_e8, 0) /
			decimal_sum_round(all, 0) : NAN,
		.z = measure_z(flow, number),
		.trades = window.trades,
	};
}

int64_t
flow_trades(const struct flow *flow, int64_t end_us, int windows)
{
	int64_t number = number_of(end_us), trades = 0;

	for (int back = 1; back <= windows; back++)
		trades += window_at(flow, number - back).trades;
	return trades;
}
