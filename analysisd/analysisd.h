/*
 * The wiring of analysisd: opens the databases, waits for tickd's, is woken by its commits, and
 * lets the engine do the work in turns of the event loop; and what people ask over its socket.
 */
#ifndef ANALYSISD_ANALYSISD_H
#define ANALYSISD_ANALYSISD_H

#include "common/settings.h"

/* Runs until it is told to stop.  Returns the exit status. */
int
analysisd_run(const struct settings *settings);

#endif
