/* The state of the system as tables for people. */
#ifndef TRADINGCTL_STATE_TABLES_H
#define TRADINGCTL_STATE_TABLES_H

#include "tradingctl/system_state.h"

/* Prints processes, feeds and databases.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
state_tables_print(const struct system_state *state);

/* Prints each symbol's price and rate, as tickd tells them.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
state_tables_print_symbols(const struct system_state *state);

#define STATE_TEXT_SIZE 64

/* A JSON string or number as text, "-" for anything else; into the buffer, which is returned. */
const char *
state_text(const json_t *value, char buffer[static STATE_TEXT_SIZE]);

/* tickd's array of feeds, NULL where it is not known. */
const json_t *
state_feeds(const struct system_state *state);

#endif
