/*
 * What a test may ask of the terminal, and have it do: no part of anybody's interface.
 */
#ifndef MARKETSIM_TERMINAL_CONTROL_H
#define MARKETSIM_TERMINAL_CONTROL_H

#include "marketsim/body.h"

#define TERMINAL_CONTROL_PATH "/marketsim/mt5"

struct terminal;

/*
 * Carries out "do=open&symbol=S&type=buy&volume=V[&sl=P][&tp=P]", "do=close&ticket=T&volume=V",
 * "do=modify&ticket=T&sl=P&tp=P" (prices of 0 are none), "do=refuse&retcode=R&orders=N" (the next N
 * orders), "do=break" or "do=break-behind-action", and adds {"retcode":...,"ticket":...}; an empty
 * query adds the report.
 */
void
terminal_control(struct terminal *terminal, const char *query, struct body *answer);

/* Adds one JSON object. */
void
terminal_report(const struct terminal *terminal, struct body *body);

#endif
