/*
 * A range of stored time decided anew, into a database of its own (`analysisd --replay FROM TO
 * --into FILE`): the analyses and the actions that the stored ticks and candles give, to be held
 * against those that were written live.
 */
#ifndef ANALYSISD_REPLAY_H
#define ANALYSISD_REPLAY_H

#include <stdint.h>

#include "common/settings.h"

/*
 * Replays [from_us, to_us), exchange times in microseconds UTC with from_us < to_us, out of the
 * databases in paths.state_dir, which are only read; nothing of a running analysisd is touched, its
 * lease neither.  `file` does not exist when it is called; it is created with the schema of
 * analysis_data.db and stays as it is when the replay fails.  Returns the exit status of the
 * program, everything having been said: 0; 69 where there is no tick database; 71, 75, 78 as ever.
 */
int
analysisd_replay(const struct settings *settings, int64_t from_us, int64_t to_us, const char *file);

#endif
