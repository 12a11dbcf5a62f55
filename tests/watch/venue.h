/*
 * What a venue says of its accounts, stored as tickd will store it.
 */
#ifndef TESTS_WATCH_VENUE_H
#define TESTS_WATCH_VENUE_H

#include <stdbool.h>
#include <stdint.h>

struct venue_words {
	const char *account, *symbol, *direction, *comment, *reason;
	int64_t ticket;
	double volume, price, stop_loss, take_profit, profit; /* NAN: not said */
};

/* kind: "open", "changed", "closed". */
void
venue_position(const char *kind, const struct venue_words *words);

void
venue_account(const char *source, const char *account, double balance, bool netting);

/* status: "sent", "done", "failed". */
void
venue_answer(const char *source, const char *action_id, const char *status, const char *comment);

/* Smallest volume, its step, smallest distance of a stop. */
void
venue_terms(const char *symbol, double volume_min, double volume_step, double stops_level);

#endif
