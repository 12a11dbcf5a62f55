/*
 * The head of an answer: status line and headers, the same careful ones on every answer.  Pure
 * but for the date.
 */
#ifndef LOGD_HTTP_HEAD_H
#define LOGD_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "logd/answer.h"

#define HTTP_HEAD_SIZE 1024 /* bytes that hold any head */

/*
 * Writes the head of an answer whose body has (or, for HEAD, would have) `length` bytes; `last`
 * says that the connection is closed after it.  Returns its bytes; no NUL is counted.
 */
size_t
http_head_write(const struct answer *answer, size_t length, bool last,
    char buffer[static HTTP_HEAD_SIZE]);

#endif
