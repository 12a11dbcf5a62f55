/*
 * What people ask of DTMS over the control socket, between JSON and records.  Pure.
 *
 * Prices and volumes are decimal strings or JSON numbers above 0, read exactly: of a number with a
 * fraction the shortest decimal text counts, and one of more than 15 digits, which a double does
 * not hold, has to be a string.  direction is exactly "BUY" or "SELL"; a ticket is a whole number
 * above 0; names are 1 to 63 bytes of UTF-8 without control characters.  A member that is null is
 * not given.  What cannot be read is refused, code "bad-request", in one clear sentence that names
 * the member; *ret is then untouched.  Duplicate members are the reader's of the JSON to refuse.
 */
#ifndef ANALYSISD_DTMS_QUESTIONS_H
#define ANALYSISD_DTMS_QUESTIONS_H

#include <jansson.h>

#include "analysisd/dtms/trade.h"

#define DTMS_ACCOUNT_MANUAL "manual" /* of trades that name none */

/*
 * {"command": "dtms-enable", "ticket", "symbol", "direction", "entry_price", "volume", and where
 * there is one "account", "stop_loss", "take_profit", "initial_stop_loss"}.  Fills what the
 * question says; ret->symbol is SYMBOL or SOURCE:SYMBOL as given, current_volume_e8 is the volume,
 * and what it does not say is none: source "", no stops, nothing checked.  Returns NULL, or an
 * error object (see control_error()); an unknown member is an error as well.
 */
json_t *
dtms_question_trade(const json_t *request, struct dtms_trade *ret);

/* {"command": "dtms-disable", "ticket"} and "account" where it is not manual.  As above. */
json_t *
dtms_question_ticket(const json_t *request, struct dtms_trade *ret);

/* "venue", "enabled" of trade->venue, as stored. */
const char *
dtms_origin_name(bool venue);

/*
 * The trade as people read it: decimal strings, names, times ISO in UTC, null where there is none.
 * A new reference; NULL: out of memory.
 */
json_t *
dtms_trade_json(const struct dtms_trade *trade);

/*
 * dtms_events.trade and back: what dtms_question_trade() fills, with the source where it is known.
 * A new reference; NULL: out of memory.
 */
json_t *
dtms_trade_event_json(const struct dtms_trade *trade);

/* Returns 0 or -EINVAL for what is none (also for a member twice); *ret is then untouched. */
__attribute__((warn_unused_result)) int
dtms_trade_event_read(const char *text, struct dtms_trade *ret);

#endif
