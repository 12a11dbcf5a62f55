/* A JSON value as lines for people: "key: value", what is inside an object or array further in. */
#ifndef TRADINGCTL_JSON_LINES_H
#define TRADINGCTL_JSON_LINES_H

#include <jansson.h>
#include <stdio.h>

/*
 * Prints the members of an object (the items of an array), `indent` columns in.  Keys stand in the
 * order in which they were stored, numbers with the fewest digits that are exact, "-" for null.
 */
void
json_lines_print(const json_t *value, int indent, FILE *out);

#endif
