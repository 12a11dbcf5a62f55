/*
 * The supervisor's wiring: its lease, sockets and signals, and the three children.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include "common/settings.h"

/* Runs until it is stopped.  Returns the exit status, everything having been said. */
int
supervisor_run(const struct settings *settings);

#endif
