/* JSON as text, whole or not at all: json_dumps() 2.14 loses pieces where memory is short. */
#ifndef TICKD_MT5_JSON_TEXT_H
#define TICKD_MT5_JSON_TEXT_H

#include <jansson.h>

/* Compact, with `end` behind it.  To be freed; NULL: out of memory, or `value` was NULL. */
char *
json_text(const json_t *value, const char *end);

#endif
