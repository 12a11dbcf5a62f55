/*
 * A trade under watch, as it is stored in dtms_trades: all that DTMS knows of it between two
 * checks.  Prices and volumes in 1e-8, TICK_NONE where there is none; times on the source's clock.
 */
#ifndef ANALYSISD_DTMS_TRADE_H
#define ANALYSISD_DTMS_TRADE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/tick.h"

#define TRADE_NAME_MAX 64 /* bytes with the NUL: an account, a source, a symbol */

enum dtms_state {
	DTMS_HEALTHY,
	DTMS_WARNING_L1,
	DTMS_WARNING_L2,
	DTMS_HEDGED,
	DTMS_RECOVERING,
	DTMS_CLOSING,
	DTMS_CLOSED,
	DTMS_STATES
};

#define DTMS_RE_ADDS_MAX 16 /* open at a time: each takes a recovery */

/* Positions of their own that our re-adds opened, in the order of their opening. */
struct dtms_re_adds {
	int count;
	int64_t tickets[DTMS_RE_ADDS_MAX], volumes_e8[DTMS_RE_ADDS_MAX];
};

enum trade_direction { TRADE_BUY = 1, TRADE_SELL = -1 }; /* also the sign that mirrors prices */

struct dtms_trade {
	char account[TRADE_NAME_MAX], source[TRADE_NAME_MAX], symbol[TRADE_NAME_MAX];
	int64_t ticket, registered_us;
	int64_t symbol_id; /* not stored: of this tick database */
	enum trade_direction direction;
	bool venue;   /* its position is reported by the venue; else it was enabled by someone */
	bool netting; /* not stored: its account holds one position a symbol */
	int64_t entry_e8, initial_volume_e8, current_volume_e8, closed_volume_e8;
	int64_t stop_loss_e8, take_profit_e8, initial_stop_loss_e8;
	int64_t hedge_ticket, hedge_volume_e8; /* TICK_NONE: no hedge is open */
	bool hedge_lost;		       /* it ended without us since the last transition */
	enum dtms_state state;
	int64_t state_since_us;
	double score; /* NAN before the first deep check */
	int64_t flat_deadline_us, recovery_deadline_us;
	int64_t vwap_cross_count;
	int vwap_flip;		 /* +1 up, -1 down, 0 */
	int64_t vwap_counted_us; /* end of the newest M5 bar counted */
	int64_t last_deep_us, last_deep_price_e8;
	int64_t close_attempts;	 /* close_all given again in CLOSING */
	int64_t closing_since_us; /* when close_all was given last */
	bool stale;
	struct dtms_re_adds re_adds; /* not stored: of dtms_adopted, where it is asked for */
	int64_t closed_us;
	char closed_reason[TRADE_NAME_MAX];
};

/* "HEALTHY", "WARNING_L1", ... as stored. */
const char *
dtms_state_name(enum dtms_state state);

/* False for a name that is none. */
bool
dtms_state_find(const char *name, enum dtms_state *ret);

/* "BUY", "SELL". */
const char *
trade_direction_name(enum trade_direction direction);

bool
trade_direction_find(const char *name, enum trade_direction *ret);

/* The volume that its own ticket holds: without what was re-added to it. */
int64_t
dtms_trade_own_volume(const struct dtms_trade *trade);

/*
 * A trade newly registered at registered_us: HEALTHY, nothing counted, nothing checked, nothing
 * closed: its current volume is the initial one.  Where no initial stop loss is given, the stop
 * loss is taken for it, but only on the losing side of the entry: one that was moved to the entry
 * or beyond says nothing of the risk, R is the ATR then.
 */
void
dtms_trade_start(struct dtms_trade *trade, int64_t registered_us);

/*
 * The stop loss is not what it was: the first that a trade without an initial one gets is taken
 * for it, as in dtms_trade_start(), and only before the first transition: from then on it may be
 * one that DTMS asked for.
 */
void
dtms_trade_note_stop(struct dtms_trade *trade);

/* No transition since it was registered. */
bool
dtms_trade_is_untouched(const struct dtms_trade *trade);

/*
 * Whether it can be watched, before dtms_trade_start(): initial volume and entry above 0; stop loss
 * and take profit, where there are any, above 0 and on their side of the entry and of the price
 * (bid_e8 for BUY, ask_e8 for SELL; TICK_NONE is not looked at); the initial stop loss on its side
 * of the entry.  The stop loss itself may be beyond the entry where an initial one is given (it was
 * moved).  For what people enable: a position that a venue reports is watched as it is.
 * Returns 0 or -EINVAL with one clear sentence.
 */
__attribute__((warn_unused_result)) int
dtms_trade_check(const struct dtms_trade *trade, int64_t bid_e8, int64_t ask_e8,
    struct problem *problem);

#endif
