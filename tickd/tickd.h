/* tickd: ticks from the venues into unified_tick_pipeline.db.  The wiring. */
#ifndef TICKD_TICKD_H
#define TICKD_TICKD_H

#include "common/settings.h"
#include "tickd/import/import_files.h"

/*
 * Runs until it is told to stop, or until all files that the command line names are imported.
 * Returns the exit status.
 */
int
tickd_run(const struct settings *settings, struct import_files *files);

#endif
