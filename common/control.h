/*
 * Questions on a local socket: RUNTIME/control.sock of the supervisor, RUNTIME/<daemon>/
 * control.sock of a daemon.  One line of JSON is asked, one line of JSON is answered; several
 * questions may follow each other on a connection.  An error is {"error":{"code","message"}}.
 * A file may go with a question as an open descriptor (SCM_RIGHTS): who asks opens it with his own
 * rights, the server need not be able to.
 *
 * Only root and the user that the server runs as are answered (SO_PEERCRED); the socket is 0660.
 */
#ifndef COMMON_CONTROL_H
#define COMMON_CONTROL_H

#include <jansson.h>
#include <uv.h>

#include "common/problem.h"

#define CONTROL_REQUEST_MAX 8192	   /* bytes of a question; a longer one is refused */
#define CONTROL_ANSWER_MAX (16 << 20)	   /* bytes of an answer that a client reads */
#define CONTROL_CONNECTIONS_MAX 32	   /* more are told "busy" and closed */
#define CONTROL_IDLE_MS 10000		   /* a connection that neither asks nor reads is closed */

/* ---- the server's side, on its loop ---- */

struct control_server;

/*
 * Answers one question, always a JSON object; returns a new reference, or NULL when out of
 * memory (the connection is then closed).
 */
typedef json_t *control_handler(void *context, const json_t *request);

/*
 * Binds `path`, removing what an earlier run left there: whoever calls holds a lease that keeps
 * a second server away.  Returns 0, or -errno with the sentence.
 */
__attribute__((warn_unused_result)) int
control_server_create(struct control_server **ret, uv_loop_t *loop, const char *path,
    control_handler *handler, void *context, struct problem *problem);

/*
 * Within the handler: the file that came with the question, from now on the caller's to close; -1
 * without one.  Of several files the last one counts; what is not taken is closed.
 */
__attribute__((warn_unused_result)) int
control_server_take_file(struct control_server *server);

/* Ends it and its connections; freed by the loop once its handles are closed.  NULL is allowed. */
void
control_server_close(struct control_server *server);

/* {"error":{"code":code,"message":...}}: a new reference, NULL when out of memory. */
__attribute__((format(printf, 2, 3))) json_t *
control_error(const char *code, const char *format, ...);

/* ---- the client's side, blocking (control_client.c) ---- */

/*
 * Asks `request` at `path` and waits at most timeout_ms for the whole answer, the caller's
 * reference, which may be an error object.  Returns 0; -ENOENT or -ECONNREFUSED when nobody is
 * there, -EACCES, -ETIMEDOUT, -EPROTO for an answer that is none; each with the sentence.
 */
__attribute__((warn_unused_result)) int
control_ask(const char *path, const json_t *request, int timeout_ms, json_t **ret_answer,
    struct problem *problem);

/* The same with a file that goes with the question; it stays the caller's. */
__attribute__((warn_unused_result)) int
control_ask_with_file(const char *path, const json_t *request, int file, int timeout_ms,
    json_t **ret_answer, struct problem *problem);

/* The message of an error object, NULL when the answer is none; valid as long as the answer. */
const char *
control_error_message(const json_t *answer);

#endif
