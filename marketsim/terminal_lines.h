/*
 * What the terminal says, as lines: doc/mt5_protocol.md.  Each adds one line, or a part of one, to
 * `to`.  Times go out by the broker's clock.
 */
#ifndef MARKETSIM_TERMINAL_LINES_H
#define MARKETSIM_TERMINAL_LINES_H

#include "marketsim/body.h"
#include "marketsim/terminal_bars.h"
#include "marketsim/terminal_options.h"
#include "marketsim/terminal_orders.h"
#include "marketsim/terminal_positions.h"

/* `now_us` is UTC, as everywhere here. */
void
terminal_lines_hello(struct body *to, const struct terminal_market *market,
    const struct terminal_options *options, const char *token, int64_t now_us);

/*
 * A line of ticks: begun, with each tick, ended.  from_us: all ticks since then are in it or were
 * sent before; 0: not said.  `place` is that of its first tick.
 */
void
terminal_lines_begin_ticks(struct body *to, const struct terminal_market *market, int symbol,
    int64_t seq, int64_t place, int64_t from_us, int64_t now_us);

void
terminal_lines_add_tick(struct body *to, const struct terminal_market *market, int symbol,
    const struct terminal_tick *tick, bool first);

/* A line of candles likewise. */
void
terminal_lines_begin_bars(struct body *to, const char *symbol);

void
terminal_lines_add_bar(struct body *to, const struct terminal_symbol *symbol,
    const struct terminal_bar *bar, bool first);

void
terminal_lines_end_bars(struct body *to, bool last);

/* Ends a line of ticks. */
void
terminal_lines_end_ticks(struct body *to);

void
terminal_lines_account(struct body *to, const struct terminal_positions *positions);

void
terminal_lines_positions(struct body *to, const struct terminal_positions *positions, int64_t seq);

/* A price of 0: it is not known, nor is the profit. */
void
terminal_lines_closed(struct body *to, const struct terminal_market *market,
    const struct terminal_deal *deal);

void
terminal_lines_result(struct body *to, const char *action_id,
    const struct terminal_result *result);

void
terminal_lines_ping(struct body *to, const struct terminal_market *market, int64_t now_us);

#endif
