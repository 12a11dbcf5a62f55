/*
 * Starting one child: its arguments, environment and descriptors.
 *
 * The child gets a session of its own (so that Ctrl-C on our terminal reaches only us), stdin from
 * /dev/null, our stdout and stderr, the lifeline as descriptor 3 and, if it listens, the
 * listening socket as descriptor 4.  Everything else of ours is closed on exec.
 */
#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

#include <uv.h>

#include "common/settings.h"

struct spawn {
	const char *directory, *name;	 /* the binary is DIRECTORY/NAME */
	const struct settings *settings; /* handed on as -c FILE -o ... */
	const char *notify_path;
	int lifeline_fd;
	int listen_fd; /* -1: it does not listen */
	uv_exit_cb on_exit;
	void *data; /* of the handle */
};

/*
 * Starts it.  Returns 0 with the handle, to be given to spawn_release() once the child is gone;
 * -ENOENT or -EACCES when there is no such program to run, another -errno for what may pass.
 */
__attribute__((warn_unused_result)) int
spawn_start(uv_loop_t *loop, const struct spawn *spawn, uv_process_t **ret_process);

/* Closes the handle; the loop frees it. */
void
spawn_release(uv_process_t *process);

#endif
