/*
 * The account: positions that stand side by side (hedging), what ends them, and the balance.
 * Pure: ticks are given.
 */
#ifndef MARKETSIM_TERMINAL_POSITIONS_H
#define MARKETSIM_TERMINAL_POSITIONS_H

#include "marketsim/terminal_ticks.h"

#define TERMINAL_POSITIONS_MAX 500 /* open at a time */
#define TERMINAL_DEALS_MAX 256	   /* closed ones that are remembered: the newest */
#define TERMINAL_COMMENT_SIZE 32   /* with the NUL: what MetaTrader keeps */
#define TERMINAL_BALANCE_E8 (10000 * DECIMAL_ONE)

struct terminal_position {
	int64_t ticket;
	int symbol;
	bool sell;
	int64_t volume_e8, price_open_e8;
	int64_t stop_loss_e8, take_profit_e8; /* 0: none */
	int64_t opened_us;		      /* UTC */
	int64_t leaves_us; /* closed by the client at the first tick from then on; 0: never */
	char comment[TERMINAL_COMMENT_SIZE];
};

/* A position that is gone, or gone for a part. */
struct terminal_deal {
	int64_t ticket;
	int64_t time_us; /* UTC */
	int64_t price_e8;
	int64_t profit_e8;
	const char *reason; /* "sl", "tp", "client", "expert": a literal */
};

struct terminal_positions {
	const struct terminal_market *market;
	int count;
	struct terminal_position open[TERMINAL_POSITIONS_MAX]; /* tickets go up */
	struct terminal_tick current[TERMINAL_SYMBOLS_MAX];    /* time 0: none yet */
	int64_t balance_e8;
	int64_t changes;    /* ever, of what is open */
	int64_t deal_count; /* whole positions closed, ever: the n-th is deals[n % MAX] */
	struct terminal_deal deals[TERMINAL_DEALS_MAX];
};

void
terminal_positions_init(struct terminal_positions *positions,
    const struct terminal_market *market);

/* The open one with that ticket, or NULL; valid until the next change. */
struct terminal_position *
terminal_positions_find(struct terminal_positions *positions, int64_t ticket);

/* Takes a copy.  0, -ENOSPC, -EEXIST for a ticket that is open. */
__attribute__((warn_unused_result)) int
terminal_positions_open(struct terminal_positions *positions,
    const struct terminal_position *position);

/* Closes `volume_e8` of it (all, or less) at its symbol's current price; returns that price. */
int64_t
terminal_positions_close(struct terminal_positions *positions, struct terminal_position *position,
    int64_t volume_e8, const char *reason);

/* Stop loss and take profit from now on; 0: none. */
void
terminal_positions_modify(struct terminal_positions *positions,
    struct terminal_position *position, int64_t stop_loss_e8, int64_t take_profit_e8);

/* The symbol's next tick: what it stops, takes or lets go is closed at its price. */
void
terminal_positions_tick(struct terminal_positions *positions, int symbol,
    const struct terminal_tick *tick);

/* Why that tick ends the position, or NULL. */
const char *
terminal_position_end(const struct terminal_position *position, const struct terminal_tick *tick);

/* At which price it would be closed by that tick: a buy at the bid. */
int64_t
terminal_position_price(const struct terminal_position *position,
    const struct terminal_tick *tick);

/* What it would gain at that price; 1e-8. */
int64_t
terminal_position_profit(const struct terminal_market *market,
    const struct terminal_position *position, int64_t price_e8);

/* Balance and what is open, at the current prices. */
int64_t
terminal_positions_equity_e8(const struct terminal_positions *positions);

/* The deal that closed the ticket, if it is remembered, or NULL. */
const struct terminal_deal *
terminal_positions_deal(const struct terminal_positions *positions, int64_t ticket);

#endif
