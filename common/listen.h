/*
 * The listening TCP sockets of [api] listen and [mt5] listen.  The supervisor opens them and keeps
 * them while logd and tickd come and go, so that a restart refuses no connection; a daemon running
 * alone opens its own.
 */
#ifndef COMMON_LISTEN_H
#define COMMON_LISTEN_H

#include "common/problem.h"

/* By this name a child learns the number of the listening descriptor it was started with. */
#define LISTEN_VARIABLE "TRADING_LISTEN_FD"

/*
 * Binds "ADDRESS:PORT" (or "[V6]:PORT") and listens; the descriptor is non-blocking and closed on
 * exec.  Returns 0; -EADDRINUSE with a sentence that names the holder where it can be seen;
 * -EINVAL for an address that is none; another negative errno.
 */
__attribute__((warn_unused_result)) int
listen_open(const char *listen, int *ret_fd, struct problem *problem);

/*
 * The descriptor handed on by the supervisor, closed on exec from now on: asked once, at the
 * start.  Returns 0, -ENOENT where none was handed on, -EBADF when it is no listening socket.
 */
__attribute__((warn_unused_result)) int
listen_inherited(int *ret_fd);

#endif
