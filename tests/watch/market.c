#define _GNU_SOURCE
#include "tests/watch/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/watch/watch.h"
#include "tickd/store/store.h"

#define HISTORY_SWING 0.0002 /* of the price: how far a candle of the history reaches */

enum { SIM, MT5, SOURCES };

static const struct {
	const char *name;
	enum tick_ids ids;
} sources[SOURCES] = {{"sim", TICK_IDS_TRADE}, {"mt5", TICK_IDS_ORDINAL}};

static struct {
	struct database *db;
	bool stored; /* stores are made at the first use, when all symbols are known */
	struct store *stores[SOURCES];
	struct string_list names[SOURCES];
	struct market_line lines[MARKET_SYMBOLS_MAX];
	uint32_t numbers[MARKET_SYMBOLS_MAX]; /* of the lines in their stores */
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

	if (market.stored)
		watch_fail("%s: all symbols come before what is stored", name);
	if (market.count++ == MARKET_SYMBOLS_MAX)
		watch_fail("more than %d symbols", MARKET_SYMBOLS_MAX);
	line->quoted = strncmp(name, "mt5:", 4) == 0;
	snprintf(line->name, sizeof(line->name), "%s", name + (line->quoted ? 4 : 0));
	line->wandered = 1;
	line->buys = 0.5;
	line->volume = 1;
	line->next_id = 1000;
}

/* NULL for a source without symbols. */
static void
make_store(int source)
{
	struct string_list *names = &market.names[source];
	struct problem problem;

	names->items = calloc(MARKET_SYMBOLS_MAX, sizeof(char *));
	for (size_t i = 0; names->items != NULL && i < market.count; i++)
		if (market.lines[i].quoted == (source == MT5)) {
			market.numbers[i] = (uint32_t)names->count;
			names->items[names->count++] = strdup(market.lines[i].name);
		}
	if (names->count > 0 && store_create(&market.stores[source], market.db,
		sources[source].name, names, sources[source].ids, &problem) < 0)
		watch_fail("%s", problem.text);
}

static void
make_stores(void)
{
	for (int i = 0; i < SOURCES && !market.stored; i++)
		make_store(i);
	market.stored = true;
}

static struct store *
store_of(size_t number)
{
	return market.stores[market.lines[number].quoted ? MT5 : SIM];
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

const char *
market_source(const char *name)
{
	return sources[market_line(name)->quoted ? MT5 : SIM].name;
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
	return price * line->wandered;
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

	/* Where it has wandered to, it begins anew. */
	line->from = line->to_us == 0 ? price : price_at(line, market.now_us);
	line->wandered = 1;
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

	make_stores();
	line->from = line->to = price;
	line->to_us = 1;
	line->wave = wave;
	line->wave_us = (double)wave_us;
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
	    store_add_history(store_of(number), market.numbers[number], candles, count, until_us, 1) < 0)
		watch_fail("the history is not stored: %s", database_error(market.db));
	free(candles);
}

/* ---- time ---- */

/* Bought and sold take turns: of any ten ticks as many are bought as the share says. */
static bool
is_sold(const struct market_line *line)
{
	double before = floor((double)line->next_id * line->buys + 1e-9);

	return floor((double)(line->next_id + 1) * line->buys + 1e-9) - before < 0.5;
}

/* xorshift64: the same walk for the same seed. */
static void
wander(struct market_line *line)
{
	line->seed ^= line->seed << 13;
	line->seed ^= line->seed >> 7;
	line->seed ^= line->seed << 17;
	line->wandered *= 1 + line->wander * ((double)(line->seed >> 11) / 0x1p52 - 1);
}

static struct tick
tick_of(size_t number, int64_t time_us)
{
	struct market_line *line = &market.lines[number];
	double price;

	if (line->wander != 0)
		wander(line);
	price = price_at(line, time_us);
	if (line->quoted)
		return (struct tick){.time_us = time_us, .tick_id = 0, .price_e8 = TICK_NONE,
			.volume_e8 = TICK_NONE, .bid_e8 = exact(price - line->spread / 2),
			.ask_e8 = exact(price + line->spread / 2), .flags = TICK_QUOTE,
			.symbol = market.numbers[number]};
	return (struct tick){.time_us = time_us, .tick_id = line->next_id++,
		.price_e8 = exact(price), .volume_e8 = (int64_t)llround(line->volume * 1e8),
		.bid_e8 = exact(price - line->spread / 2), .ask_e8 = exact(price + line->spread / 2),
		.flags = TICK_TRADE | (is_sold(line) ? TICK_SELL : 0U),
		.symbol = market.numbers[number]};
}

double
market_price(const char *name, int side)
{
	const struct market_line *line = market_line(name);

	return price_at(line, market.now_us) - side * line->spread / 2;
}

static void
lose(struct market_line *line, const struct tick *tick)
{
	if (line->hole_count == line->hole_room) {
		line->hole_room = 2 * line->hole_room + 64;
		line->hole = reallocarray(line->hole, line->hole_room, sizeof(*tick));
	}
	if (line->hole == NULL)
		watch_fail("out of memory");
	line->hole[line->hole_count] = *tick;
	line->hole[line->hole_count++].flags |= TICK_BACKFILLED;
}

void
market_fill(const char *name)
{
	size_t number = number_of(name);
	struct market_line *line = &market.lines[number];
	struct store_result result;

	line->lost = false;
	if (line->hole_count > 0 && store_add_page(store_of(number), market.numbers[number],
		line->hole, line->hole_count, 1, &result) < 0)
		watch_fail("the hole is not filled: %s", database_error(market.db));
	line->hole_count = 0;
}

static void
step_source(int source)
{
	struct tick ticks[MARKET_SYMBOLS_MAX];
	struct store_result result;
	size_t count = 0;

	for (size_t i = 0; i < market.count; i++) {
		struct market_line *line = &market.lines[i];

		if (line->quoted != (source == MT5) || line->quiet || line->to_us == 0)
			continue;
		ticks[count] = tick_of(i, market.now_us);
		if (line->lost)
			lose(line, &ticks[count]);
		else
			count++;
	}
	if (count > 0 && source == SIM &&
	    store_write(market.stores[source], ticks, count, 1, &result) < 0)
		watch_fail("ticks are not stored: %s", database_error(market.db));
	/* As MT5's come: in pages, a symbol at a time. */
	for (size_t i = 0; i < count && source == MT5; i++)
		if (store_add_page(market.stores[source], ticks[i].symbol, &ticks[i], 1, 1,
			&result) < 0)
			watch_fail("quotes are not stored: %s", database_error(market.db));
}

void
market_step(int64_t step_us)
{
	make_stores();
	market.now_us += step_us;
	for (int i = 0; i < SOURCES; i++)
		step_source(i);
}

int64_t
market_now(void)
{
	return market.now_us;
}

struct database *
market_database(void)
{
	make_stores();
	return market.db;
}

void
market_end(void)
{
	for (int i = 0; i < SOURCES; i++) {
		store_free(market.stores[i]);
		for (size_t k = 0; k < market.names[i].count; k++)
			free(market.names[i].items[k]);
		free(market.names[i].items);
	}
	for (size_t i = 0; i < market.count; i++)
		free(market.lines[i].hole);
	database_close(market.db);
}
