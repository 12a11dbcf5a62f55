/*
 * What is told of terminals: so many sentences a minute at the most, for whoever connects and
 * leaves in a loop would fill the log with it.
 */
#ifndef TICKD_MT5_NOTES_H
#define TICKD_MT5_NOTES_H

#include "common/log.h"
#include "tickd/feed.h"

#define MT5_NOTES_WINDOW_US INT64_C(60000000)

struct mt5_notes {
	feed_tell *tell;
	void *context;
	const char *name; /* before each sentence as "NAME: "; NULL: nothing is */
	int64_t most;	  /* in MT5_NOTES_WINDOW_US */
	struct log_limit limit;
};

/* The first one after some that were left out says how many they were. */
__attribute__((format(printf, 4, 5))) void
mt5_notes_tell(struct mt5_notes *notes, int level, const char *event, const char *format, ...);

/* Whatever was told before: of what may be left out under no circumstances. */
void
mt5_notes_tell_always(const struct mt5_notes *notes, int level, const char *event,
    const char *symbol, const char *sentence);

#endif
