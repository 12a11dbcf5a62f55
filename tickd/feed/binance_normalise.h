/*
 * Binance events -> ticks.  Pure: trades carry the bid and ask of their moment; quotes become
 * ticks of their own where the settings ask for it, placed on the exchange's clock.
 */
#ifndef TICKD_BINANCE_NORMALISE_H
#define TICKD_BINANCE_NORMALISE_H

#include "common/settings.h"
#include "common/tick.h"
#include "tickd/feed/binance_scan.h"
#include "tickd/feed/symbol_table.h"

struct binance_normaliser;

/*
 * Of one connection, for the symbols first..first+count-1 of the table, which is borrowed.
 * NULL: out of memory.
 */
struct binance_normaliser *
binance_normaliser_create(const struct symbol_table *symbols, size_t first, size_t count,
    enum settings_quotes quotes);

void
binance_normaliser_free(struct binance_normaliser *normaliser);

/* A new connection: what its books were is not known any more. */
void
binance_normaliser_reset(struct binance_normaliser *normaliser);

/* It succeeds another connection, whose idea of the exchange's time it takes over. */
void
binance_normaliser_follow(struct binance_normaliser *normaliser,
    const struct binance_normaliser *before);

/*
 * Returns 1 with a tick to store, 0 when the event is no row (a quote that only sets the book, an
 * old one), -ENOENT for a symbol that it was not made for.  `event` is a trade or a quote.
 */
__attribute__((warn_unused_result)) int
binance_normalise(struct binance_normaliser *normaliser, const struct binance_event *event,
    int64_t now_monotonic_us, struct tick *ret_tick);

#endif
