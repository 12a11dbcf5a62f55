/*
 * What verify found wrong with one symbol: sentences, the first FINDINGS_MAX kept and all counted.
 */
#ifndef TRADINGCTL_FINDINGS_H
#define TRADINGCTL_FINDINGS_H

#include <jansson.h>
#include <stdint.h>

#define FINDINGS_MAX 1000 /* sentences kept a symbol, holes listed a symbol */

struct findings {
	json_t *faults; /* array of strings; owned */
	int64_t count;
};

/* Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
findings_init(struct findings *findings);

void
findings_finish(struct findings *findings);

__attribute__((format(printf, 2, 3))) void
findings_add(struct findings *findings, const char *format, ...);

#endif
