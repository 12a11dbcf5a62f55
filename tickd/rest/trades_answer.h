/* Trades from the answers to /api/v3/historicalTrades and /api/v3/aggTrades.  Pure. */
#ifndef TICKD_TRADES_ANSWER_H
#define TICKD_TRADES_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/tick.h"

#define TRADES_ANSWER_MAX 1000 /* rows an answer has at the most */

struct trades_row {
	int64_t id;
	/* The trades inside; of a single one: itself, 1; of a withdrawn aggregate: -1, 0. */
	int64_t first_trade_id, trade_count;
	int64_t time_ms;
	int64_t price_e8, quantity_e8;
	bool buyer_is_maker;
};

/*
 * Reads all rows, whose ids must go up.  An aggregate may have been withdrawn: it has no price, no
 * quantity and no trades (f and l are -1), and is nothing to store.  Returns how many rows were
 * written, or -EINVAL for anything that is no such answer.
 */
__attribute__((warn_unused_result)) int
trades_answer_parse(enum tick_ids kind, const char *body, size_t length,
    struct trades_row rows[static TRADES_ANSWER_MAX]);

/* The row as a tick that did not come live.  `symbol` is tick.symbol. */
void
trades_answer_tick(enum tick_ids kind, const struct trades_row *row, uint32_t symbol,
    struct tick *ret);

/* The code of a refusal, {"code":-1121,"msg":"Invalid symbol."}; 0 where there is none. */
int
trades_answer_code(const char *body, size_t length);

#define TRADES_ANSWER_BAD_SYMBOL (-1121)

#endif
