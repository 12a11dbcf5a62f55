#include "tests/bench/quotes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_place.h"

#define PRICES 1024	 /* different ones */
#define POINT_E8 1000	 /* of five digits */
#define TIME_DIGITS 13	 /* of milliseconds, until 2286 */

/* What stands behind the time of a tick, made once: a terminal must not be what is measured. */
static struct {
	char text[64];
	size_t length;
} tails[PRICES];

static int64_t
bid_points(int64_t n)
{
	uint64_t chance = (uint64_t)(n % PRICES) * UINT64_C(0x9e3779b97f4a7c15);

	return 110000 + (int64_t)(chance >> 32) % 200;
}

static int64_t
ask_points(int64_t n)
{
	return bid_points(n) + 2 + n % 2;
}

void
quotes_init(void)
{
	for (int64_t n = 0; n < PRICES; n++)
		tails[n].length = (size_t)snprintf(tails[n].text, sizeof(tails[n].text),
		    ",\"%" PRId64 ".%05" PRId64 "\",\"%" PRId64 ".%05" PRId64 "\",\"0\",\"0\",%d]",
		    bid_points(n) / 100000, bid_points(n) % 100000, ask_points(n) / 100000,
		    ask_points(n) % 100000, MT5_TICK_BID | MT5_TICK_ASK);
}

/* ---- time ---- */

static int64_t
time_ms(const struct quotes *quotes, int64_t n)
{
	return (quotes->start_us + n * quotes->spacing_us) / CLOCK_MS_US;
}

/* Its place in its millisecond. */
static int64_t
place(const struct quotes *quotes, int64_t n)
{
	int64_t before_us = time_ms(quotes, n) * CLOCK_MS_US - quotes->start_us;
	int64_t first = (before_us + quotes->spacing_us - 1) / quotes->spacing_us;

	return n - first;
}

struct tick
quotes_tick(const struct quotes *quotes, int64_t n, uint32_t symbol)
{
	return (struct tick){
		.time_us = time_ms(quotes, n) * CLOCK_MS_US,
		.tick_id = place(quotes, n),
		.price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE,
		.bid_e8 = bid_points(n) * POINT_E8,
		.ask_e8 = ask_points(n) * POINT_E8,
		.flags = TICK_QUOTE |
		    (uint32_t)(MT5_TICK_BID | MT5_TICK_ASK) << MT5_FLAGS_SHIFT,
		.symbol = symbol,
	};
}

/* ---- lines ---- */

static char *
add_time(char *at, int64_t server_ms)
{
	for (int i = TIME_DIGITS - 1; i >= 0; i--, server_ms /= 10)
		at[i] = (char)('0' + server_ms % 10);
	return at + TIME_DIGITS;
}

static char *
add_tick(char *at, const struct quotes *quotes, int64_t n)
{
	*at++ = '[';
	at = add_time(at, time_ms(quotes, n) + QUOTES_OFFSET_S * 1000);
	memcpy(at, tails[n % PRICES].text, tails[n % PRICES].length);
	return at + tails[n % PRICES].length;
}

size_t
quotes_line(char line[static QUOTES_LINE_MAX], const struct quotes *quotes, int symbol, int64_t seq,
    int64_t first, int64_t count)
{
	int64_t gmt_s = time_ms(quotes, first + count - 1) / 1000;
	char *at = line + snprintf(line, QUOTES_LINE_MAX,
	    "{\"type\":\"ticks\",\"symbol\":\"Q%d\",\"seq\":%" PRId64 ",\"time_server\":%" PRId64
	    ",\"time_gmt\":%" PRId64 ",\"first\":%" PRId64 ",\"ticks\":[", symbol, seq,
	    gmt_s + QUOTES_OFFSET_S, gmt_s, place(quotes, first));

	for (int64_t n = first; n < first + count; n++) {
		at = add_tick(at, quotes, n);
		*at++ = ',';
	}
	memcpy(at - 1, "]}\n", 4); /* over the last comma */
	return (size_t)(at - 1 + 3 - line);
}
