/*
 * `analysisd --replay FROM TO --into FILE`: what analysisd makes of the stored ticks and candles of a
 * time that is past, computed anew into a database of its own.
 *
 * FILE gets the results of every bar that closes in FROM < end <= TO, the facts of these bars, and of
 * the trades what was decided at the instants FROM < T <= TO, with the same schema as
 * analysis_data.db.  Trades that were open at FROM are followed from their registration on, so that
 * they are decided as they were.  What people said is taken from analysis_data.db, which is only
 * read, as is the tick database.  The same stored data give the same file, to the byte: every
 * created_us is 0.
 */
#ifndef ANALYSISD_REPLAY_H
#define ANALYSISD_REPLAY_H

#include <stdint.h>

#include "common/problem.h"
#include "common/settings.h"

/* How much there is of what. */
struct replay_counts {
	int64_t results, facts, trades, checks, actions;
};

/* Returns 0 or -errno with one sentence; FILE is then not there. */
__attribute__((warn_unused_result)) int
replay_into(const struct settings *settings, int64_t from_us, int64_t to_us, const char *file,
    struct replay_counts *ret, struct problem *problem);

/*
 * The same for the command line: says what there is, or what is wrong.  Returns the exit status of
 * the program: 0; 69 where there is no tick database; 71, 75, 78 as ever.
 */
int
analysisd_replay(const struct settings *settings, int64_t from_us, int64_t to_us, const char *file);

#endif
