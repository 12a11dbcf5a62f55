/*
 * What the tables' CHECK (json_valid(...)) asks, answered faster: SQLite's own json_valid() makes a
 * tree of each text, an eighth of all that the analyses of a close take.  This one only looks.
 * RFC 8259; bytes from 0x80 up are taken as they are.  Never more lenient than SQLite's.
 */
#ifndef ANALYSISD_JSON_VALID_H
#define ANALYSISD_JSON_VALID_H

#include <stdbool.h>
#include <stddef.h>

#include "common/database.h"

#define JSON_VALID_DEPTH 64 /* objects and lists in each other; deeper is refused */

/* True when the `length` bytes are one JSON value, with white space around it or without. */
bool
json_valid(const char *text, size_t length);

/* From now on json_valid() in statements of db is this one; NULL stays NULL.  0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
json_valid_register(struct database *db);

#endif
