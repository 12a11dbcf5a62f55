/*
 * Who may come in: tokens, and addresses that guessed.  Pure but for the reading of the files.
 */
#ifndef TICKD_MT5_ENTRANCE_H
#define TICKD_MT5_ENTRANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

#define MT5_TOKEN_MIN 16  /* characters */
#define MT5_TOKEN_MAX 127
#define MT5_FAILURES_MAX 3		     /* wrong tokens of an address in ... */
#define MT5_FAILURES_US INT64_C(60000000)    /* ... this time: refused for as long */
#define MT5_ADDRESSES_MAX 1024		     /* remembered; the oldest are forgotten */

/*
 * The first line of the file without space around it, MT5_TOKEN_MIN to MT5_TOKEN_MAX printable
 * characters.  -ENOENT and others with the sentence.
 */
__attribute__((warn_unused_result)) int
mt5_token_read(const char *file, char token[static MT5_TOKEN_MAX + 1], struct problem *problem);

/* In a time that tells nothing of where they differ. */
bool
mt5_token_equal(const char *token, const char *given);

struct mt5_entrance;

/* NULL: out of memory. */
struct mt5_entrance *
mt5_entrance_create(void);

void
mt5_entrance_free(struct mt5_entrance *entrance);

/* True while the address is refused.  Monotonic. */
bool
mt5_entrance_refused(const struct mt5_entrance *entrance, const char *address, int64_t now_us);

/* True where this wrong token has it refused from now on. */
bool
mt5_entrance_failed(struct mt5_entrance *entrance, const char *address, int64_t now_us);

#endif
