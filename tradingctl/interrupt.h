/* Commands that run until Ctrl-C, and then end well. */
#ifndef TRADINGCTL_INTERRUPT_H
#define TRADINGCTL_INTERRUPT_H

#include <stdbool.h>

/* SIGINT and SIGTERM no longer end the process: interrupt_wait() tells of them. */
void
interrupt_catch(void);

/* From now on they end it as ever. */
void
interrupt_let_go(void);

/* Sleeps; false at once when SIGINT or SIGTERM has come. */
bool
interrupt_wait(int ms);

#endif
