/*
 * sd_notify in our words: to the supervisor's socket, or to systemd's when a daemon runs alone.
 * Without NOTIFY_SOCKET every call is quietly nothing.  None blocks on a reader that does not read:
 * what is said again and again is then dropped, and READY=1 waits for a second at the most.
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdint.h>

void
notify_ready(const char *status);

void
notify_status(const char *status);

void
notify_stopping(void);

/* A sign of life. */
void
notify_watchdog(void);

/* How often a sign of life is wanted (WATCHDOG_USEC), 0 where nobody watches. */
int64_t
notify_watchdog_us(void);

#endif
