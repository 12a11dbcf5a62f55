#include "logd/arrivals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

#define LOOK_MS 500 /* between two looks at the deadlines */

struct arrival {
	struct arrival *next, **link; /* link: what points here */
	struct arrivals *arrivals;
	uv_poll_t poll;
	int fd;
	int64_t deadline_us;
	size_t length;
	char bytes[ARRIVALS_HEAD_BYTES];
};

struct arrivals {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct arrival *first; /* the newest */
	int64_t count, body_max;
	struct arrivals_hooks hooks;
};

static void
on_arrival_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* Lets go of it: its fd is somebody else's from here on, its memory goes on the loop's next turn. */
static void
release(struct arrival *arrival)
{
	*arrival->link = arrival->next;
	if (arrival->next != NULL)
		arrival->next->link = arrival->link;
	arrival->arrivals->count--;
	uv_close((uv_handle_t *)&arrival->poll, on_arrival_closed);
}

static void
refuse(struct arrival *arrival, const struct http_check *check)
{
	const struct arrivals_hooks *hooks = &arrival->arrivals->hooks;

	release(arrival);
	hooks->refuse(hooks->context, arrival->fd, check);
}

static void
take_head(struct arrival *arrival, size_t head)
{
	const struct arrivals_hooks *hooks = &arrival->arrivals->hooks;
	size_t behind = arrival->length - head, stripped;
	struct http_check check;

	http_check_head(arrival->bytes, head, arrival->arrivals->body_max, &check);
	if (check.status != 0) {
		refuse(arrival, &check);
		return;
	}
	stripped = http_check_strip(arrival->bytes, head);
	memmove(arrival->bytes + stripped, arrival->bytes + head, behind);
	release(arrival);
	hooks->adopt(hooks->context, arrival->fd, arrival->bytes, stripped + behind);
}

static void
on_bytes(uv_poll_t *handle, int status, int events)
{
	struct arrival *arrival = handle->data;
	struct http_check check;
	size_t head;
	ssize_t got = recv(arrival->fd, arrival->bytes + arrival->length,
	    sizeof(arrival->bytes) - arrival->length, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) { /* gone without a whole request: there is nobody to answer */
		release(arrival);
		close(arrival->fd);
		return;
	}
	arrival->length += (size_t)got;
	head = http_check_head_length(arrival->bytes, arrival->length);
	if (head > 0) {
		take_head(arrival, head);
	} else if (arrival->length == sizeof(arrival->bytes)) {
		http_check_too_long(arrival->bytes, arrival->length, &check);
		refuse(arrival, &check);
	}
}

static void
on_look(uv_timer_t *timer)
{
	struct arrivals *arrivals = timer->data;
	int64_t now_us = clock_monotonic_us();
	struct http_check check;

	for (struct arrival *arrival = arrivals->first, *next; arrival != NULL; arrival = next) {
		next = arrival->next;
		if (now_us < arrival->deadline_us)
			continue;
		if (arrival->length == 0) { /* a browser's, kept for later: nothing was asked */
			release(arrival);
			close(arrival->fd);
			continue;
		}
		http_check_too_late(arrival->bytes, arrival->length, &check);
		refuse(arrival, &check);
	}
}

struct arrivals *
arrivals_create(uv_loop_t *loop, int64_t body_max, const struct arrivals_hooks *hooks)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

	if (arrivals == NULL)
		return NULL;
	arrivals->loop = loop;
	arrivals->body_max = body_max;
	arrivals->hooks = *hooks;
	uv_timer_init(loop, &arrivals->timer);
	arrivals->timer.data = arrivals;
	uv_timer_start(&arrivals->timer, on_look, LOOK_MS, LOOK_MS);
	return arrivals;
}

void
arrivals_add(struct arrivals *arrivals, int fd)
{
	struct arrival *arrival = malloc(sizeof(*arrival));

	if (arrival == NULL || uv_poll_init(arrivals->loop, &arrival->poll, fd) < 0) {
		free(arrival);
		close(fd);
		return;
	}
	arrival->poll.data = arrival;
	arrival->arrivals = arrivals;
	arrival->fd = fd;
	arrival->length = 0;
	arrival->deadline_us = clock_monotonic_us() + ARRIVALS_DEADLINE_US;
	arrival->next = arrivals->first;
	arrival->link = &arrivals->first;
	if (arrival->next != NULL)
		arrival->next->link = &arrival->next;
	arrivals->first = arrival;
	arrivals->count++;
	uv_poll_start(&arrival->poll, UV_READABLE, on_bytes);
}

int64_t
arrivals_count(const struct arrivals *arrivals)
{
	return arrivals->count;
}

static void
on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
arrivals_close(struct arrivals *arrivals)
{
	while (arrivals->first != NULL) {
		int fd = arrivals->first->fd;

		release(arrivals->first);
		close(fd);
	}
	uv_close((uv_handle_t *)&arrivals->timer, on_timer_closed);
}
