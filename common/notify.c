#include "common/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define MESSAGE_SIZE 512 /* bytes; a longer status is cut */
#define READY_WAIT_S 1	 /* how long the one message that must not be lost may block */

/*
 * Not sd_notify(3), which blocks while the reader's queue (10 datagrams) is full: a supervisor
 * that is stopped or slow would then stop everything that it watches.
 */
static void
send_message(const char *message, int flags)
{
	const struct timeval wait = {.tv_sec = READY_WAIT_S};
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	(void)sendto(fd, message, strlen(message), flags | MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, length);
	close(fd);
}

void
notify_ready(const char *status)
{
	char message[MESSAGE_SIZE];

	snprintf(message, sizeof(message), "READY=1\nSTATUS=%s", status);
	send_message(message, 0);
}

void
notify_status(const char *status)
{
	char message[MESSAGE_SIZE];

	snprintf(message, sizeof(message), "STATUS=%s", status);
	send_message(message, MSG_DONTWAIT);
}

void
notify_stopping(void)
{
	send_message("STOPPING=1", MSG_DONTWAIT);
}

void
notify_watchdog(void)
{
	send_message("WATCHDOG=1", MSG_DONTWAIT);
}

int64_t
notify_watchdog_us(void)
{
	uint64_t interval_us;

	return sd_watchdog_enabled(0, &interval_us) > 0 ? (int64_t)interval_us : 0;
}
