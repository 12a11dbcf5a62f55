/* tickd: ticks from the venues into unified_tick_pipeline.db.  The wiring. */
#ifndef TICKD_TICKD_H
#define TICKD_TICKD_H

#include "common/settings.h"

/* Runs until it is told to stop.  Returns the exit status. */
int
tickd_run(const struct settings *settings);

#endif
