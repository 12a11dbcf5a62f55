/*
 * RUNTIME/notify.sock: where children say READY=1, WATCHDOG=1, STATUS=... as to systemd.  The
 * kernel tells who sent each datagram; who that is, and whether to believe it, is the caller's.
 */
#ifndef SUPERVISOR_NOTIFY_SOCKET_H
#define SUPERVISOR_NOTIFY_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "common/problem.h"

#define NOTIFY_STATUS_SIZE 256 /* bytes of a STATUS=; a longer one is cut */

struct notification {
	pid_t pid; /* of the sender, by the kernel's word */
	bool ready, alive, stopping, has_status;
	char status[NOTIFY_STATUS_SIZE];
};

typedef void notify_callback(void *context, const struct notification *notification);

struct notify_socket;

/* Binds `path`, removing what an earlier run left there.  Returns 0, or -errno with a sentence. */
__attribute__((warn_unused_result)) int
notify_socket_create(struct notify_socket **ret, uv_loop_t *loop, const char *path,
    notify_callback *callback, void *context, struct problem *problem);

/* Hands on what has come and not been read: before a death is judged, its last words. */
void
notify_socket_drain(struct notify_socket *socket);

/* Ends it and removes the path; freed by the loop once its handle is closed.  NULL is allowed. */
void
notify_socket_close(struct notify_socket *socket);

/* Reads one datagram's text (not NUL-terminated) into everything but the pid.  Pure. */
void
notification_parse(const char *text, size_t length, struct notification *ret_notification);

#endif
