/*
 * What is known of the running system: from the supervisor's socket, else from its file, and from
 * the status.json of each daemon (which also tells of daemons that run alone).
 */
#ifndef TRADINGCTL_SYSTEM_STATE_H
#define TRADINGCTL_SYSTEM_STATE_H

#include <jansson.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/settings.h"

#define SYSTEM_STATE_STALE_US 5000000 /* files are renewed each second: an older one is a relic */
#define SYSTEM_STATE_DAEMONS 3
#define SYSTEM_STATE_ASK_MS 2000

/* "logd", "tickd", "analysisd": in the order of their start. */
extern const char *const system_state_daemons[SYSTEM_STATE_DAEMONS];

struct system_state {
	json_t *published;		       /* as shared_memory.json; NULL without a supervisor */
	json_t *daemons[SYSTEM_STATE_DAEMONS]; /* each status.json; NULL where there is none */
};

/*
 * Returns 0; -ENOENT when nothing of ours runs there, or -EACCES when it may not be looked at,
 * each with the sentence.  To be finished in every case.
 */
__attribute__((warn_unused_result)) int
system_state_read(const struct settings *settings, struct system_state *ret,
    struct problem *problem);

void
system_state_finish(struct system_state *state);

/* What is wrong, an array of sentences: a new reference, NULL when out of memory.  Pure. */
json_t *
system_state_faults(const struct system_state *state);

#endif
