/*
 * An answer before it is HTTP: a status, a body, and the few headers that a route decides.
 */
#ifndef LOGD_ANSWER_H
#define LOGD_ANSWER_H

#include "logd/json_text.h"

#define ANSWER_BODY_MAX (64 << 20) /* bytes: a page of a million ticks would be refused */

struct answer {
	int status;
	const char *type;     /* Content-Type */
	const char *allow;    /* of a 405, else NULL */
	const char *etag;     /* with its quotes, or NULL */
	struct json_text text; /* the body, unless `fixed` is set */
	const unsigned char *fixed; /* a body that is never freed: an asset */
	size_t fixed_length;
};

void
answer_init(struct answer *answer);

/* Frees the body. */
void
answer_finish(struct answer *answer);

/* Whatever was written is thrown away for {"error":{"code":code,"message":...}}. */
__attribute__((format(printf, 4, 5))) void
answer_error(struct answer *answer, int status, const char *code, const char *format, ...);

/* The same for an errno of a database: 504 for one that ran out of time, 503 for the others. */
void
answer_database_error(struct answer *answer, int error, const char *sentence);

#endif
