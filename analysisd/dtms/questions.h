/*
 * What people ask of DTMS over the control socket, between JSON and records.  Pure.  Prices and
 * volumes are decimal strings or JSON numbers, read exactly; what cannot be is refused in one
 * clear sentence that names the member.
 */
#ifndef ANALYSISD_DTMS_QUESTIONS_H
#define ANALYSISD_DTMS_QUESTIONS_H

#include <jansson.h>

#include "analysisd/dtms/trade.h"

#define DTMS_ACCOUNT_MANUAL "manual" /* of trades that name none */

/*
 * {"command": "dtms-enable", "ticket", "symbol", "direction", "entry_price", "volume", and where
 * there is one "account", "stop_loss", "take_profit", "initial_stop_loss"}.  Fills what the question
 * says; ret->symbol is SYMBOL or SOURCE:SYMBOL as given.  Returns NULL, or an error object (see
 * control_error()); an unknown member is an error as well.
 */
json_t *
dtms_question_trade(const json_t *request, struct dtms_trade *ret);

/* {"command": "dtms-disable", "ticket"} and "account" where it is not manual. */
json_t *
dtms_question_ticket(const json_t *request, struct dtms_trade *ret);

/* The trade as people read it: decimal strings, names, times ISO and _us; NULL: out of memory. */
json_t *
dtms_trade_json(const struct dtms_trade *trade);

/* dtms_events.trade and back: what dtms_question_trade() fills, with source and symbol. */
json_t *
dtms_trade_event_json(const struct dtms_trade *trade);

/* Returns 0 or -EINVAL for what is none. */
__attribute__((warn_unused_result)) int
dtms_trade_event_read(const char *text, struct dtms_trade *ret);

#endif
