/*
 * Symbols whose streams stop while those of the others go on, as when the exchange has lost a
 * subscription: until the stream is subscribed again, or for ever.
 */
#ifndef MARKETSIM_MUTE_H
#define MARKETSIM_MUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problem.h"
#include "marketsim/instrument.h"

#define MUTES_MAX 16 /* rules of a run */

struct mute_rule {
	char symbol[INSTRUMENT_NAME_SIZE];
	int64_t after_frames; /* of the symbol on a connection; -1: after_us counts */
	int64_t after_us;     /* since the connection was made */
	bool for_ever;	      /* and then on no connection any more */
};

struct mute_options {
	struct mute_rule rules[MUTES_MAX];
	int count;
};

/* Of the whole exchange. */
struct mutes {
	const struct mute_options *options;
	int symbols[MUTES_MAX];	 /* the rules' */
	bool stopped[MUTES_MAX]; /* for ever */
};

/* Of one connection, all zero when it begins. */
struct mute_state {
	int64_t frames[MUTES_MAX];
	bool begun[MUTES_MAX];
};

/* 0, or -EINVAL with the sentence for a symbol that is not traded. */
__attribute__((warn_unused_result)) int
mutes_init(struct mutes *mutes, const struct mute_options *options,
    const struct instrument *instruments, int count, struct problem *problem);

/*
 * A frame of `stream` is about to be sent to a connection that is `age_us` old.  True: it is not,
 * for the stream is mute.  `muted` has a flag for each stream of the connection; whoever
 * subscribes a stream anew clears its flag.
 */
bool
mutes_hide(struct mutes *mutes, struct mute_state *state, bool *muted, int stream, int64_t age_us);

#endif
