/*
 * Waking readers: after a commit the writer sends one datagram to each reader's
 * RUNTIME/<daemon>/wake.sock.  It says that something is there, not what: readers read the
 * database, and look at PRAGMA data_version once a second in case a datagram was lost.
 */
#ifndef COMMON_WAKE_H
#define COMMON_WAKE_H

#include <stdint.h>
#include <uv.h>

#include "common/access.h"
#include "common/problem.h"

/* ---- the writer's side; used by one thread, never blocks ---- */

struct wake_sender;

/* For the daemons named in `readers` ("analysisd", "logd"), which need not run yet. */
__attribute__((warn_unused_result)) int
wake_sender_create(struct wake_sender **ret, const char *runtime_dir, const char *const *readers,
    int reader_count, struct problem *problem);

void
wake_sender_free(struct wake_sender *sender);

/* A full or missing socket is passed over.  seq: newest changes.seq of that database, or 0. */
void
wake_send(struct wake_sender *sender, enum database_id id, int64_t seq);

/* ---- the reader's side, on its loop ---- */

struct wake_receiver;

/* Called once for any number of datagrams that have come; `ids` has bit 1 << database_id set. */
typedef void wake_callback(void *context, unsigned ids);

/* Binds RUNTIME/<name>/wake.sock, removing what an earlier run left there. */
__attribute__((warn_unused_result)) int
wake_receiver_create(struct wake_receiver **ret, uv_loop_t *loop, const char *runtime_dir,
    const char *name, wake_callback *callback, void *context, struct problem *problem);

/* Ends it; freed by the loop once its handle is closed. */
void
wake_receiver_close(struct wake_receiver *receiver);

#endif
