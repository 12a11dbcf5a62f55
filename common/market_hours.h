/*
 * When a symbol trades, as its venue says: sessions of a week, in the venue's own time.  Pure.
 * They are stored in symbol_terms.sessions: [[day, from, to], ...], 0 for Sunday, minutes of that
 * day, `to` not with it.
 */
#ifndef COMMON_MARKET_HOURS_H
#define COMMON_MARKET_HOURS_H

#include <stddef.h>
#include <stdint.h>

#define MARKET_HOURS_MAX 100 /* sessions in a week */

/* Minutes since Sunday's midnight. */
struct market_session {
	int from, to;
};

struct market_hours {
	struct market_session sessions[MARKET_HOURS_MAX];
	size_t count; /* 0: it never trades */
};

/* -EINVAL for a text that is none, or has more sessions than that. */
__attribute__((warn_unused_result)) int
market_hours_read(struct market_hours *ret, const char *json);

/*
 * Since when the market has been open at a time of the venue's clock, to the minute: sessions that
 * follow each other without a minute between them are one.  A week at the most; TICK_NONE while it
 * is closed.
 */
int64_t
market_hours_open_since(const struct market_hours *hours, int64_t server_us);

#endif
