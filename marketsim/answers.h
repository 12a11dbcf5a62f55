/*
 * The bodies of the REST answers, from any source of trades.
 */
#ifndef MARKETSIM_ANSWERS_H
#define MARKETSIM_ANSWERS_H

#include "marketsim/body.h"
#include "marketsim/query.h"

/* The newest `limit` trades up to from_id's absence, or those from from_id (inclusive) on. */
void
answer_trades(struct body *body, const struct trade_source *source, const struct query *query);

/* By from_id (inclusive), or by times, or the newest. */
void
answer_agg_trades(struct body *body, const struct trade_source *source,
    const struct query *query);

/* query->interval_us is not 0. */
void
answer_klines(struct body *body, const struct trade_source *source, const struct query *query);

/* `only` is the number of one symbol, or -1 for all. */
void
answer_exchange_info(struct body *body, const struct trade_source *source, int only,
    int weight_limit);

#endif
