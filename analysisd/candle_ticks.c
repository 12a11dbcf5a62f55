#include "analysisd/candle_ticks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 256

void
candle_ticks_init(struct candle_ticks *ticks)
{
	*ticks = (struct candle_ticks){.large_above_e8 = TICK_NONE};
}

void
candle_ticks_finish(struct candle_ticks *ticks)
{
	free(ticks->table);
	candle_ticks_init(ticks);
}

void
candle_ticks_start(struct candle_ticks *ticks, int64_t large_above_e8)
{
	struct spread_count *table = ticks->table;
	size_t places = ticks->places;

	*ticks = (struct candle_ticks){
		.large_above_e8 = large_above_e8, .table = table, .places = places};
	if (table != NULL)
		memset(table, 0, places * sizeof(*table));
}

/* ---- trades and silence ---- */

static void
add_to_sides(struct candle_ticks_sides *sides, const struct tick *trade)
{
	if ((trade->flags & TICK_SELL) != 0) {
		sides->sell_e8 += trade->volume_e8;
		sides->sells++;
	} else {
		sides->buy_e8 += trade->volume_e8;
		sides->buys++;
	}
}

static void
add_trade(struct candle_ticks *ticks, const struct tick *trade)
{
	ticks->trades++;
	ticks->trades_inside += trade->trade_count > 0 ? trade->trade_count : 1;
	if (trade->volume_e8 == TICK_NONE)
		return;
	add_to_sides(&ticks->sides, trade);
	if (ticks->large_above_e8 != TICK_NONE && trade->volume_e8 > ticks->large_above_e8)
		add_to_sides(&ticks->large, trade);
}

static void
mark_second(struct candle_ticks *ticks, int64_t time_us)
{
	int32_t at = (int32_t)(time_us - candle_slot(time_us)) + 1;
	struct candle_ticks_second *second = &ticks->seconds[(at - 1) / CLOCK_SECOND_US];

	if (second->first == 0 || at < second->first)
		second->first = at;
	if (at > second->last)
		second->last = at;
}

int64_t
candle_ticks_silence(const struct candle_ticks *ticks)
{
	int32_t since = 1, longest = 0;

	if (ticks->ticks == 0)
		return TICK_NONE;
	for (size_t i = 0; i < CANDLE_TICKS_SECONDS; i++) {
		const struct candle_ticks_second *second = &ticks->seconds[i];

		if (second->first == 0)
			continue;
		if (second->first - since > longest)
			longest = second->first - since;
		since = second->last;
	}
	return CANDLE_M5_US + 1 - since > longest ? CANDLE_M5_US + 1 - since : longest;
}

/* ---- spreads ---- */

/* The place of this spread, or the free one where it belongs. */
static struct spread_count *
find_place(struct spread_count *table, size_t places, int64_t spread_e8)
{
	uint64_t hash = (uint64_t)spread_e8 * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & (places - 1);

	while (table[at].count != 0 && table[at].spread_e8 != spread_e8)
		at = (at + 1) & (places - 1);
	return &table[at];
}

static int
grow(struct candle_ticks *ticks)
{
	size_t places = ticks->places == 0 ? PLACES_FIRST : 2 * ticks->places;
	struct spread_count *table = calloc(places, sizeof(*table));

	if (table == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < ticks->places; i++)
		if (ticks->table[i].count != 0)
			*find_place(table, places, ticks->table[i].spread_e8) = ticks->table[i];
	free(ticks->table);
	ticks->table = table;
	ticks->places = places;
	return 0;
}

static int
count_spread(struct candle_ticks *ticks, int64_t spread_e8)
{
	struct spread_count *place;

	if (2 * ticks->different >= ticks->places && grow(ticks) < 0)
		return -ENOMEM;
	place = find_place(ticks->table, ticks->places, spread_e8);
	if (place->count == 0) {
		if (ticks->different == CANDLE_TICKS_SPREADS_MAX) {
			ticks->too_many = true;
			return 0;
		}
		ticks->different++;
		place->spread_e8 = spread_e8;
	}
	place->count++;
	return 0;
}

static int
add_spread(struct candle_ticks *ticks, int64_t spread_e8)
{
	if (ticks->spreads == 0 || spread_e8 < ticks->spread_min_e8)
		ticks->spread_min_e8 = spread_e8;
	if (ticks->spreads == 0 || spread_e8 > ticks->spread_max_e8)
		ticks->spread_max_e8 = spread_e8;
	ticks->spreads++;
	ticks->spread_sum += spread_e8;
	return count_spread(ticks, spread_e8);
}

int
candle_ticks_add(struct candle_ticks *ticks, const struct tick *tick)
{
	int64_t spread_e8;

	ticks->ticks++;
	ticks->backfilled += (tick->flags & TICK_BACKFILLED) != 0;
	ticks->estimated += (tick->flags & TICK_TIME_ESTIMATED) != 0;
	mark_second(ticks, tick->time_us);
	if ((tick->flags & TICK_TRADE) != 0)
		add_trade(ticks, tick);
	if (tick->bid_e8 == TICK_NONE || tick->ask_e8 == TICK_NONE)
		return 0;
	if (__builtin_sub_overflow(tick->ask_e8, tick->bid_e8, &spread_e8))
		return 0;
	return add_spread(ticks, spread_e8);
}

static int
compare_spreads(const void *a, const void *b)
{
	const struct spread_count *left = a, *right = b;

	return (left->spread_e8 > right->spread_e8) - (left->spread_e8 < right->spread_e8);
}

/* The spread at `rank` (from 0) of all ticks, in a sorted table. */
static int64_t
spread_of_rank(const struct candle_ticks *ticks, int64_t rank)
{
	size_t i = 0;

	while (rank >= ticks->table[i].count)
		rank -= ticks->table[i++].count;
	return ticks->table[i].spread_e8;
}

/* Of an even number the mean of the middle two. */
static double
median(struct candle_ticks *ticks)
{
	size_t used = 0;

	for (size_t i = 0; i < ticks->places; i++)
		if (ticks->table[i].count != 0)
			ticks->table[used++] = ticks->table[i];
	qsort(ticks->table, used, sizeof(ticks->table[0]), compare_spreads);
	return decimal_sum_round((decimal_sum)spread_of_rank(ticks, (ticks->spreads - 1) / 2) +
		spread_of_rank(ticks, ticks->spreads / 2), 8) / 2;
}

struct spread_figures
candle_ticks_spread(struct candle_ticks *ticks)
{
	if (ticks->spreads == 0)
		return (struct spread_figures){NAN, NAN, NAN, NAN};
	return (struct spread_figures){
		.mean = decimal_sum_round(ticks->spread_sum, 8) / (double)ticks->spreads,
		.median = ticks->too_many ? NAN : median(ticks),
		.min = decimal_to_double(ticks->spread_min_e8),
		.max = decimal_to_double(ticks->spread_max_e8),
	};
}
