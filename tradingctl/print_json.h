/* JSON on stdout: a document for people to read, or a line for programs. */
#ifndef TRADINGCTL_PRINT_JSON_H
#define TRADINGCTL_PRINT_JSON_H

#include <jansson.h>

/* Indented, and gives the reference back; NULL is out of memory.  Returns exit_status, or 71. */
int
print_json_document(json_t *document, int exit_status);

/* One line, flushed so that a pipe sees it at once; otherwise the same. */
int
print_json_line(json_t *object, int exit_status);

#endif
