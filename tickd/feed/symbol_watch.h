/*
 * Watches the symbols of a line for silence, and subscribes anew those that are silent.
 */
#ifndef TICKD_SYMBOL_WATCH_H
#define TICKD_SYMBOL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/settings.h"
#include "tickd/feed/intake.h"

struct symbol_watch;
struct ws_connection;

/* For the symbols first..first+count-1 of intake's.  Both are borrowed.  NULL: out of memory. */
struct symbol_watch *
symbol_watch_create(const struct settings *settings, struct intake *intake, size_t first,
    size_t count);

void
symbol_watch_free(struct symbol_watch *watch);

/*
 * The line stands on another connection, with subscriptions of its own: nothing is asked for any
 * more.  `lost`: there was none for a while, and quiet time before does not count.
 */
void
symbol_watch_reset(struct symbol_watch *watch, bool lost, int64_t now_us);

/*
 * About once a second, while the line is live; `delivering`: anything came from the market
 * lately.  Sends what is to be sent over `socket`.  True when the connection should be replaced
 * for a symbol that stays silent.
 */
__attribute__((warn_unused_result)) bool
symbol_watch_look(struct symbol_watch *watch, struct ws_connection *socket, bool delivering,
    int64_t now_us);

/* A frame that is a reply. */
void
symbol_watch_reply(struct symbol_watch *watch, const char *frame, size_t length);

#endif
