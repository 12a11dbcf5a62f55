/*
 * One connection of a terminal as lines: TCP, or TLS on it.  Loop thread only.
 *
 * What is read is bounded by the longest line, what is to be written by MT5_OUT_MAX: who does
 * not read is given up.
 */
#ifndef TICKD_MT5_STREAM_H
#define TICKD_MT5_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "tickd/mt5/mt5_tls.h"

#define MT5_OUT_MAX (1 << 20)	/* bytes */
#define MT5_FAREWELL_MS 2000	/* a last line has so long to leave */
#define MT5_ADDRESS_SIZE 64

struct mt5_stream;

struct mt5_stream_hooks {
	/*
	 * A line without its end ("\n" or "\r\n"), changeable, valid during the call; NULL: it is
	 * longer than MT5_LINE_MAX, and nothing is read any more.
	 */
	void (*line)(void *context, char *line, size_t length);
	/*
	 * It is over from outside, in one sentence; the stream is to be closed.  Never called
	 * within a call of ours: always by the loop.
	 */
	void (*ended)(void *context, const char *why);
	void *context;
};

/*
 * Takes one waiting connection of `listener`.  `tls` NULL: plain; it may be freed before.  0 or
 * -errno; the address is "127.0.0.1" or "::1".  Lines come when the loop turns.
 */
__attribute__((warn_unused_result)) int
mt5_stream_accept(struct mt5_stream **ret, uv_stream_t *listener, struct mt5_tls *tls,
    const struct mt5_stream_hooks *hooks, char address[static MT5_ADDRESS_SIZE]);

/* Takes `line`, freed once written.  After the end of the stream, and of NULL, nothing is done. */
void
mt5_stream_write(struct mt5_stream *stream, char *line);

/* No lines are handed on until resume(), not even those that were read already. */
void
mt5_stream_pause(struct mt5_stream *stream);

/* May hand on lines before it returns. */
void
mt5_stream_resume(struct mt5_stream *stream);

/*
 * Ends it: no hook is called any more.  What is queued has MT5_FAREWELL_MS to leave and to be read,
 * as the end of a connection in which something unread lies takes the last line with it; then the
 * loop frees it.  May be called within a hook; NULL is allowed.
 */
void
mt5_stream_close(struct mt5_stream *stream);

#endif
