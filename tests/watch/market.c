#define _GNU_SOURCE
#include "tests/watch/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/watch/watch.h"
#include "tickd/store/store.h"

#define SOURCE "sim"
#define HISTORY_SWING 0.0002 /* of the price: how far a candle of the history reaches */

static struct {
	struct database *db;
	struct store *store; /* made at the first use, when all symbols are known */
	struct string_list names;
	struct market_line lines[MARKET_SYMBOLS_MAX];
	size_t count;
	int64_t now_us;
} market;

/* ---- symbols ---- */

void
market_begin(int64_t now_us)
{
	struct problem problem;

	memset(&market, 0, sizeof(market));
	market.now_us = now_us;
	if (database_open(&market.db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, watch_folder(),
		&problem) < 0)
		watch_fail("%s", problem.text);
}

void
market_add(const char *name)
{
	struct market_line *line = &market.lines[market.count];

	if (market.store != NULL)
		watch_fail("%s: all symbols come before what is stored", name);
	if (market.count++ == MARKET_SYMBOLS_MAX)
		watch_fail("more than %d symbols", MARKET_SYMBOLS_MAX);
	snprintf(line->name, sizeof(line->name), "%s", name);
	line->buys = 0.5;
	line->volume = 1;
	line->next_id = 1000;
}

static void
make_store(void)
{
	struct problem problem;

	if (market.store != NULL)
		return;
	market.names.items = calloc(market.count, sizeof(char *));
	for (size_t i = 0; market.names.items != NULL && i < market.count; i++)
		market.names.items[market.names.count++] = strdup(market.lines[i].name);
	if (store_create(&market.store, market.db, SOURCE, &market.names, TICK_IDS_TRADE,
		&problem) < 0)
		watch_fail("%s", problem.text);
}

static size_t
number_of(const char *name)
{
	for (size_t i = 0; i < market.count; i++)
		if (strcmp(market.lines[i].name, name) == 0)
			return i;
	watch_fail("%s is no symbol", name);
}

struct market_line *
market_line(const char *name)
{
	return &market.lines[number_of(name)];
}

/* ---- prices ---- */

static double
price_at(const struct market_line *line, int64_t time_us)
{
	double share = time_us >= line->to_us ? 1 :
	    (double)(time_us - line->from_us) / (double)(line->to_us - line->from_us);
	double price = line->from + (line->to - line->from) * share;

	if (line->wave_us > 0)
		price *= 1 + line->wave * sin(2 * M_PI * fmod((double)time_us, line->wave_us) /
		    line->wave_us);
	return price;
}

/* To the cent. */
static int64_t
exact(double price)
{
	return (int64_t)llround(price * 100) * 1000000;
}

void
market_go_to(const char *name, double price, int64_t took_us)
{
	struct market_line *line = market_line(name);

	line->from = line->to_us == 0 ? price : price_at(line, market.now_us);
	/* What waves goes on waving around where it is. */
	if (line->wave_us > 0 && line->to_us != 0)
		line->from /= 1 + line->wave * sin(2 * M_PI *
		    fmod((double)market.now_us, line->wave_us) / line->wave_us);
	line->to = price;
	line->from_us = market.now_us;
	line->to_us = market.now_us + (took_us > 0 ? took_us : 1);
}

void
market_history(const char *name, int days, double price, double wave, int64_t wave_us)
{
	size_t number = number_of(name), count = (size_t)days * 288;
	struct market_line *line = &market.lines[number];
	struct candle *candles = calloc(count, sizeof(*candles));
	int64_t until_us = candle_slot(market.now_us);

	make_store();
	*line = (struct market_line){.from = price, .to = price, .to_us = 1, .wave = wave,
		.wave_us = (double)wave_us, .spread = line->spread, .buys = line->buys,
		.volume = line->volume, .next_id = line->next_id};
	snprintf(line->name, sizeof(line->name), "%s", name);
	for (size_t i = 0; candles != NULL && i < count; i++) {
		int64_t open_us = until_us - (int64_t)(count - i) * CANDLE_M5_US;
		double open = price_at(line, open_us), close = price_at(line, open_us + CANDLE_M5_US);

		candles[i] = (struct candle){.open_time_us = open_us, .open_e8 = exact(open),
			.close_e8 = exact(close),
			.high_e8 = exact(fmax(open, close) * (1 + HISTORY_SWING)),
			.low_e8 = exact(fmin(open, close) * (1 - HISTORY_SWING)), .volume = 60,
			.quote_volume = 60 * price, .taker_buy_volume = 30, .trades = 60,
			.first_tick_id = TICK_NONE, .last_tick_id = TICK_NONE,
			.origin = CANDLE_KLINES, .complete = true};
	}
	if (candles == NULL ||
	    store_add_history(market.store, number, candles, count, until_us, 1) < 0)
		watch_fail("the history is not stored: %s", database_error(market.db));
	free(candles);
}

/* ---- time ---- */

/* Bought and sold take turns so that of ten ticks as many are bought as the share says. */
static bool
is_sold(const struct market_line *line)
{
	int64_t of_ten = line->next_id * 7 % 10;

	return (double)of_ten >= line->buys * 10 - 1e-9;
}

static struct tick
tick_of(size_t number, int64_t time_us)
{
	struct market_line *line = &market.lines[number];
	double price = price_at(line, time_us);

	return (struct tick){.time_us = time_us, .tick_id = line->next_id++,
		.price_e8 = exact(price), .volume_e8 = (int64_t)llround(line->volume * 1e8),
		.bid_e8 = exact(price - line->spread / 2), .ask_e8 = exact(price + line->spread / 2),
		.flags = TICK_TRADE | (is_sold(line) ? TICK_SELL : 0U), .symbol = (uint32_t)number};
}

void
market_step(int64_t step_us)
{
	struct tick ticks[MARKET_SYMBOLS_MAX];
	struct store_result result;
	size_t count = 0;

	make_store();
	market.now_us += step_us;
	for (size_t i = 0; i < market.count; i++)
		if (!market.lines[i].quiet && market.lines[i].to_us != 0)
			ticks[count++] = tick_of(i, market.now_us);
	if (count > 0 && store_write(market.store, ticks, count, 1, &result) < 0)
		watch_fail("ticks are not stored: %s", database_error(market.db));
}

int64_t
market_now(void)
{
	return market.now_us;
}

struct database *
market_database(void)
{
	make_store();
	return market.db;
}

void
market_end(void)
{
	store_free(market.store);
	database_close(market.db);
	for (size_t i = 0; i < market.names.count; i++)
		free(market.names.items[i]);
	free(market.names.items);
}
