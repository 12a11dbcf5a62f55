#define _GNU_SOURCE
#include "supervisor/spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/listen.h"
#include "common/service.h"

enum { LIFELINE_FD = 3, LISTEN_FD = 4, DESCRIPTORS = 5 };

/* What the child must not take over from us: our own ways to systemd, and what we set anew. */
static const char *const not_inherited[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
    "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", SERVICE_LIFELINE_VARIABLE, LISTEN_VARIABLE};

static bool
inherited(const char *variable)
{
	for (size_t i = 0; i < sizeof(not_inherited) / sizeof(not_inherited[0]); i++) {
		size_t length = strlen(not_inherited[i]);

		if (strncmp(variable, not_inherited[i], length) == 0 && variable[length] == '=')
			return false;
	}
	return true;
}

/* The variables that are ours to set, in memory of the caller's. */
struct own_variables {
	char notify[PATH_MAX], watchdog[48], lifeline[48], listen[48];
};

/* A vector to be freed; its texts belong to environ and to `own`. */
static char **
make_environment(const struct spawn *spawn, struct own_variables *own)
{
	char **vector;
	size_t count = 0, all = 0;

	while (environ[all] != NULL)
		all++;
	vector = calloc(all + 5, sizeof(*vector));
	if (vector == NULL)
		return NULL;
	for (size_t i = 0; i < all; i++)
		if (inherited(environ[i]))
			vector[count++] = environ[i];
	snprintf(own->notify, sizeof(own->notify), "NOTIFY_SOCKET=%s", spawn->notify_path);
	snprintf(own->lifeline, sizeof(own->lifeline), "%s=%d", SERVICE_LIFELINE_VARIABLE,
	    LIFELINE_FD);
	snprintf(own->listen, sizeof(own->listen), "%s=%d", LISTEN_VARIABLE, LISTEN_FD);
	snprintf(own->watchdog, sizeof(own->watchdog), "WATCHDOG_USEC=%jd",
	    (intmax_t)spawn->settings->supervisor.watchdog_us);
	vector[count++] = own->notify;
	vector[count++] = own->lifeline;
	if (spawn->listen_fd >= 0)
		vector[count++] = own->listen;
	if (spawn->settings->supervisor.watchdog_us > 0)
		vector[count++] = own->watchdog;
	return vector;
}

/* NAME -c FILE -o ...: a vector to be freed; its texts belong to the settings. */
static char **
make_arguments(const struct spawn *spawn)
{
	const struct string_list *overrides = &spawn->settings->overrides;
	char **vector = calloc(4 + 2 * overrides->count, sizeof(*vector));
	size_t count = 0;

	if (vector == NULL)
		return NULL;
	vector[count++] = (char *)spawn->name;
	vector[count++] = "-c";
	vector[count++] = spawn->settings->file;
	for (size_t i = 0; i < overrides->count; i++) {
		vector[count++] = "-o";
		vector[count++] = overrides->items[i];
	}
	return vector;
}

static uv_stdio_container_t
inherit(int fd)
{
	return (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fd};
}

static int
spawn_into(uv_loop_t *loop, const struct spawn *spawn, uv_process_t *process)
{
	uv_stdio_container_t descriptors[DESCRIPTORS] = {{.flags = UV_IGNORE},
	    inherit(STDOUT_FILENO), inherit(STDERR_FILENO), inherit(spawn->lifeline_fd),
	    inherit(spawn->listen_fd)};
	struct own_variables own;
	char path[PATH_MAX];
	uv_process_options_t options = {.exit_cb = spawn->on_exit, .file = path,
		.flags = UV_PROCESS_DETACHED, .stdio = descriptors,
		.stdio_count = spawn->listen_fd < 0 ? LISTEN_FD : DESCRIPTORS};
	int error = -ENOMEM;

	if (snprintf(path, sizeof(path), "%s/%s", spawn->directory, spawn->name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	options.args = make_arguments(spawn);
	options.env = make_environment(spawn, &own);
	if (options.args != NULL && options.env != NULL)
		error = uv_spawn(loop, process, &options);
	free(options.args);
	free(options.env);
	return error;
}

int
spawn_start(uv_loop_t *loop, const struct spawn *spawn, uv_process_t **ret_process)
{
	uv_process_t *process = calloc(1, sizeof(*process));
	int error;

	if (process == NULL)
		return -ENOMEM;
	process->data = spawn->data;
	error = spawn_into(loop, spawn, process);
	if (error == 0)
		*ret_process = process;
	else if (process->type == UV_PROCESS) /* uv_spawn got so far that the loop knows it */
		spawn_release(process);
	else
		free(process);
	return error;
}

static void
on_released(uv_handle_t *handle)
{
	free(handle);
}

void
spawn_release(uv_process_t *process)
{
	uv_close((uv_handle_t *)process, on_released);
}
