/*
 * Where a page of ticks ended, as a short opaque text for the client to hand back.  Pure.
 */
#ifndef LOGD_CURSOR_H
#define LOGD_CURSOR_H

#include <stdint.h>

#define CURSOR_SIZE 40 /* bytes that hold any cursor with its NUL */

struct cursor {
	int64_t symbol_id, time_us, tick_id;
};

void
cursor_write(const struct cursor *cursor, char text[static CURSOR_SIZE]);

/* Returns 0, or -EINVAL for text that cursor_write() has not made. */
__attribute__((warn_unused_result)) int
cursor_read(const char *text, struct cursor *ret_cursor);

#endif
