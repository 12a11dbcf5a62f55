/*
 * Trades and markets for tests of the pure half of DTMS: a market where nothing happens (every
 * signal has its data, the score is 0), what is to happen in it seen from a trade, and its mirror
 * image.  Prices are multiples of 1/1024, so that mirroring them is exact.
 */
#ifndef TEST_DTMS_VIEWS_H
#define TEST_DTMS_VIEWS_H

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "analysisd/dtms/check.h"
#include "common/clock.h"
#include "common/decimal.h"

#define VIEWS_NOW_US (INT64_C(1783000800) * CLOCK_SECOND_US) /* an M15 bar has just closed */
#define VIEWS_SECONDS(s) ((int64_t)(s) * CLOCK_SECOND_US)
#define VIEWS_CENTRE 100.0 /* prices are mirrored around it */
#define VIEWS_E8(price) ((int64_t)((price) * 1e8 + ((price) < 0 ? -0.5 : 0.5)))

static const enum trade_direction both_directions[] = {TRADE_BUY, TRADE_SELL};

/* ---- the market ---- */

/* All that closed at now_us is known; signals say nothing. */
static inline struct dtms_view
view_at(int64_t now_us)
{
	return (struct dtms_view){
		.now_us = now_us,
		.bid_e8 = VIEWS_E8(VIEWS_CENTRE), .ask_e8 = VIEWS_E8(VIEWS_CENTRE),
		.spread = 0, .spread_median = 0,
		.volume_min_e8 = VIEWS_E8(0.01), .volume_step_e8 = VIEWS_E8(0.01),
		.tick_size_e8 = VIEWS_E8(0.01),
		.m5_end_us = now_us - now_us % VIEWS_SECONDS(300),
		.m5_open = VIEWS_CENTRE, .m5_high = VIEWS_CENTRE + 1, .m5_low = VIEWS_CENTRE - 1,
		.m5_close = VIEWS_CENTRE, .vwap = VIEWS_CENTRE, .vwap_slope = 0,
		.m15_end_us = now_us - now_us % VIEWS_SECONDS(900),
		.m15_bars = 300,
		.structure = {.known = true},
		.rsi = 50, .rsi_2 = 50,
		.ema50 = VIEWS_CENTRE, .ema50_10 = VIEWS_CENTRE,
		.ema200 = VIEWS_CENTRE, .ema200_10 = VIEWS_CENTRE,
		.atr = 2,
		.regime = {SESSION_LONDON, VOLATILITY_NORMAL, STRUCTURE_TREND},
		.vwap_threshold = 0.001,
		.has_flow = true,
		.flow = {.buy = 5, .sell = 5, .buy_share = 0.5, .z = 0, .trades = 10},
	};
}

/* The same market upside down: what it is for a BUY it then is for a SELL. */
static inline struct dtms_view
view_mirror(const struct dtms_view *view)
{
	const double twice = 2 * VIEWS_CENTRE;
	const int64_t twice_e8 = VIEWS_E8(2 * VIEWS_CENTRE);
	struct dtms_view mirror = *view;

	mirror.bid_e8 = twice_e8 - view->ask_e8;
	mirror.ask_e8 = twice_e8 - view->bid_e8;
	mirror.m5_open = twice - view->m5_open;
	mirror.m5_high = twice - view->m5_low;
	mirror.m5_low = twice - view->m5_high;
	mirror.m5_close = twice - view->m5_close;
	mirror.vwap = twice - view->vwap;
	mirror.vwap_slope = -view->vwap_slope;
	mirror.structure.bos_up = view->structure.bos_down;
	mirror.structure.bos_down = view->structure.bos_up;
	mirror.structure.choch_up = view->structure.choch_down;
	mirror.structure.choch_down = view->structure.choch_up;
	mirror.rsi = 100 - view->rsi;
	mirror.rsi_2 = 100 - view->rsi_2;
	mirror.histogram = -view->histogram;
	mirror.histogram_1 = -view->histogram_1;
	mirror.histogram_2 = -view->histogram_2;
	mirror.ema50 = twice - view->ema50;
	mirror.ema50_10 = twice - view->ema50_10;
	mirror.ema200 = twice - view->ema200;
	mirror.ema200_10 = twice - view->ema200_10;
	mirror.flow.buy = view->flow.sell;
	mirror.flow.sell = view->flow.buy;
	mirror.flow.buy_share = 1 - view->flow.buy_share;
	mirror.flow.z = -view->flow.z;
	return mirror;
}

/* As `view` says it for a BUY. */
static inline struct dtms_view
view_for(const struct dtms_view *view, enum trade_direction direction)
{
	return direction == TRADE_BUY ? *view : view_mirror(view);
}

/* A market whose score is that for a BUY (dtms.md's weights, TREND, NORMAL, London). */
static inline struct dtms_view
view_scored(int64_t now_us, double score)
{
	/* EMA counts 1.5, -2.25 or -1.5; pressure 1 or -1; RSI -4; MACD -2. */
	static const struct {
		double score;
		int ema, pressure; /* ema: 1 both with, -1 both against, -2 EMA50 alone against */
		bool rsi, macd;
	} recipes[] = {
		{1, 0, 1, 0, 0}, {0.5, 1, -1, 0, 0}, {0, 0, 0, 0, 0}, {-0.5, -1, 1, 0, 0},
		{-1.5, -1, 0, 0, 0}, {-2, 0, 0, 0, 1}, {-2.25, -2, 0, 0, 0}, {-3.5, -1, 0, 0, 1},
		{-4, 0, 0, 1, 0}, {-5.5, -1, 0, 1, 0}, {-6, 0, 0, 1, 1},
	};
	struct dtms_view view = view_at(now_us);
	size_t i = 0;

	while (recipes[i].score != score) {
		i++;
		assert(i < sizeof(recipes) / sizeof(recipes[0]));
	}
	view.ema50 += recipes[i].ema > 0 ? 1 : recipes[i].ema < 0 ? -1 : 0;
	view.ema200 += recipes[i].ema == -1 ? -1 : recipes[i].ema != 0 ? 1 : 0;
	view.flow.z = recipes[i].pressure;
	view.rsi = recipes[i].rsi ? 30 : 50;
	view.rsi_2 = recipes[i].rsi ? 31 : 50;
	view.histogram = recipes[i].macd ? -2 : 0;
	view.histogram_1 = recipes[i].macd ? -1 : 0;
	return view;
}

/* ---- the trade ---- */

/* Registered two hours ago at VIEWS_CENTRE, initial stop 10 away, 1.00 lots, never checked. */
static inline struct dtms_trade
trade_new(enum trade_direction direction)
{
	struct dtms_trade trade = {
		.account = "demo", .source = "mt5", .symbol = "XAUUSD", .ticket = 4711,
		.direction = direction, .venue = true,
		.entry_e8 = VIEWS_E8(VIEWS_CENTRE), .initial_volume_e8 = DECIMAL_ONE,
		.stop_loss_e8 = VIEWS_E8(VIEWS_CENTRE - direction * 10),
		.take_profit_e8 = TICK_NONE, .initial_stop_loss_e8 = TICK_NONE,
	};

	dtms_trade_start(&trade, VIEWS_NOW_US - VIEWS_SECONDS(7200));
	return trade;
}

/* In that state for an hour; its last deep check was 900 s ago, so that one is due now. */
static inline struct dtms_trade
trade_in(enum dtms_state state, enum trade_direction direction)
{
	struct dtms_trade trade = trade_new(direction);

	trade.state = state;
	trade.state_since_us = VIEWS_NOW_US - VIEWS_SECONDS(3600);
	trade.score = -3;
	trade.last_deep_us = VIEWS_NOW_US - VIEWS_SECONDS(900);
	trade.last_deep_price_e8 = VIEWS_E8(VIEWS_CENTRE);
	if (state == DTMS_HEDGED) {
		trade.flat_deadline_us = trade.state_since_us + DTMS_FLAT_TIMER_US;
		trade.hedge_ticket = 4712;
		trade.hedge_volume_e8 = VIEWS_E8(0.5);
	}
	if (state == DTMS_RECOVERING)
		trade.recovery_deadline_us = VIEWS_NOW_US + VIEWS_SECONDS(60);
	if (state == DTMS_CLOSING)
		trade.closing_since_us = VIEWS_NOW_US - VIEWS_SECONDS(30);
	return trade;
}

#endif
