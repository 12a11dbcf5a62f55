/* The forms of `tradingctl dtms`, each with its exit status; dtms.c says which one is meant. */
#ifndef TRADINGCTL_DTMS_COMMANDS_H
#define TRADINGCTL_DTMS_COMMANDS_H

#include <stdint.h>

struct arguments;

/* Tickets are whole numbers from 1 on.  Returns 0, or EX_USAGE with the sentence said. */
int
dtms_read_ticket(const char *text, int64_t *ret);

/* The trades under watch, with --all those that are closed too. */
int
dtms_list(const struct arguments *arguments);

/* Everything of the trade that the first word names, and why it stands as it does. */
int
dtms_show_trade(const struct arguments *arguments);

int
dtms_enable(const struct arguments *arguments);

int
dtms_disable(const struct arguments *arguments);

int
dtms_off(const struct arguments *arguments);

int
dtms_on(const struct arguments *arguments);

#endif
