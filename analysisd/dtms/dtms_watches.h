/*
 * The watches of all symbols that trades are open in: one a symbol, and one view of it an instant,
 * shared by its trades.  Also whose order flow a symbol is lent (its source's aliases), and whether
 * the lender's clock has come as far.
 */
#ifndef ANALYSISD_DTMS_DTMS_WATCHES_H
#define ANALYSISD_DTMS_DTMS_WATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysisd/dtms/dtms_tools.h"
#include "analysisd/dtms/trade.h"
#include "analysisd/dtms/venue_log.h"
#include "analysisd/dtms/view.h"

#define DTMS_LENDER_WAIT_US INT64_C(5000000) /* so long an instant waits for a lender's clock */
#define DTMS_AHEAD_SETTLED_US INT64_C(1000000) /* behind the clock, as an instant is decided */
#define DTMS_AHEAD_EVERY_US INT64_C(1000000)

struct dtms_watches {
	const struct dtms_tools *tools;
	struct venue_log *log;
	struct dtms_watched **all;
	size_t count;
};

/* Borrows both. */
void
dtms_watches_init(struct dtms_watches *watches, const struct dtms_tools *tools,
    struct venue_log *log);

void
dtms_watches_finish(struct dtms_watches *watches);

/* The symbol's id, TICK_NONE where nothing is stored of it. */
int64_t
dtms_watches_symbol(const struct dtms_watches *watches, const char *source, const char *symbol);

/*
 * The view of the trade's symbol at now_us; made anew, and *ret_made set, where this instant has
 * none yet.  Of a symbol of which nothing is stored it says nothing.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_watches_view(struct dtms_watches *watches, const struct dtms_trade *trade, int64_t now_us,
    struct dtms_view *ret, bool *ret_made);

/* Candles or ticks of the symbol from from_us on are not what they were. */
void
dtms_watches_change(struct dtms_watches *watches, int64_t symbol_id, int64_t from_us);

/*
 * Reads ahead what the next views will need of the trades up to DTMS_AHEAD_SETTLED_US before each
 * source's clock, of watches for which that was not done in the last second; stops at deadline_us
 * (monotonic).  Flow that is lent is left to the views.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
dtms_watches_read_ahead(struct dtms_watches *watches, int64_t deadline_us);

/*
 * True when every symbol that lends flow to one of the source is known up to now_us, or the
 * source's own clock is DTMS_LENDER_WAIT_US past it: then what is stored counts.
 */
bool
dtms_watches_lenders_ready(const struct dtms_watches *watches, size_t source, int64_t now_us);

/* ---- forgetting those that no trade needs: unmark, mark for each trade, sweep ---- */

void
dtms_watches_unmark(struct dtms_watches *watches);

void
dtms_watches_mark(struct dtms_watches *watches, int64_t symbol_id);

void
dtms_watches_sweep(struct dtms_watches *watches);

#endif
