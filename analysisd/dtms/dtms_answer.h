/*
 * Answers to what people ask of DTMS (dtms_answer() in dtms.h).  What they want is stored as an
 * event of the source's clock, never before an instant that is decided, and taken in with the next
 * one; so a replay hears it too.  What cannot be is answered by an error object, and nothing is
 * stored.
 */
#ifndef ANALYSISD_DTMS_DTMS_ANSWER_H
#define ANALYSISD_DTMS_DTMS_ANSWER_H

#include <jansson.h>

#include "analysisd/dtms/dtms_source.h"

#define DTMS_TRADES_MAX 10000 /* open ones: each is looked at twice a minute */
#define DTMS_CHOICES_MAX 8    /* sources named where a symbol is ambiguous */

struct dtms_asked {
	struct dtms_shared *shared;
	struct dtms_source *sources; /* of all that the table knows */
	size_t count;
	int64_t last_instant_us;
	int error; /* -errno of a database: then nothing was stored, and the answer is NULL */
};

/*
 * A new reference, NULL where asked->error says why or memory is out.  Error codes: bad-request,
 * unknown-command, unknown-symbol, ambiguous-symbol, no-ticks, already-watched, waiting,
 * unknown-trade, too-many.
 */
json_t *
dtms_answer_question(struct dtms_asked *asked, const json_t *request);

#endif
