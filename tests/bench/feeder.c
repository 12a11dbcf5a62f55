#define _GNU_SOURCE
#include "tests/bench/feeder.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

#define HEAD_MAX 8192 /* bytes of a request's head */

struct feeder {
	int64_t first_id, frames, period_us;
	int listener, port;
	pthread_t thread;
	atomic_bool stopping;
	_Atomic int64_t sent_us[]; /* one a frame */
};

/* Reads a request's head; false when the peer left or it is too long. */
static bool
read_head(int fd, char head[static HEAD_MAX])
{
	size_t used = 0;

	head[0] = '\0';
	while (strstr(head, "\r\n\r\n") == NULL) {
		ssize_t got = read(fd, head + used, HEAD_MAX - 1 - used);

		if (got <= 0)
			return false;
		used += (size_t)got;
		head[used] = '\0';
	}
	return true;
}

/* The answer to Sec-WebSocket-Key, as RFC 6455 wants it. */
static bool
accept_key(const char *head, char answer[static 32])
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const char *key = strcasestr(head, "Sec-WebSocket-Key:");
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length;
	char text[128];
	size_t size;

	if (key == NULL)
		return false;
	key += strlen("Sec-WebSocket-Key:");
	key += strspn(key, " ");
	size = strcspn(key, "\r ");
	if (size > 64)
		return false;
	snprintf(text, sizeof(text), "%.*s%s", (int)size, key, magic);
	if (EVP_Digest(text, strlen(text), digest, &length, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *)answer, digest, (int)length);
	return true;
}

static bool
write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t written = send(fd, at, length, MSG_NOSIGNAL);

		if (written < 0)
			return false;
		at += written;
		length -= (size_t)written;
	}
	return true;
}

static bool
send_trade(int fd, int64_t id)
{
	unsigned char frame[512];
	int64_t now_ms = clock_wall_us() / 1000;
	int length = snprintf((char *)frame + 4, sizeof(frame) - 4,
	    "{\"stream\":\"s0usdt@trade\",\"data\":{\"e\":\"trade\",\"E\":%" PRId64
	    ",\"s\":\"" FEEDER_SYMBOL "\",\"t\":%" PRId64 ",\"p\":\"61837.63000000\","
	    "\"q\":\"0.04800000\",\"T\":%" PRId64 ",\"m\":true,\"M\":true}}",
	    now_ms, id, now_ms);

	frame[0] = 0x81; /* a whole text message */
	frame[1] = 126;	 /* its length in the next two bytes */
	frame[2] = (unsigned char)(length >> 8);
	frame[3] = (unsigned char)length;
	return write_all(fd, frame, (size_t)length + 4);
}

static void
sleep_until(int64_t monotonic_us)
{
	struct timespec until = {
		.tv_sec = monotonic_us / 1000000, .tv_nsec = monotonic_us % 1000000 * 1000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* What the client sends (pongs) is read away, so that it never fills up. */
static void
drain(int fd)
{
	char bytes[512];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

static void
feed(struct feeder *feeder, int fd)
{
	int64_t begun_us = clock_monotonic_us() + CLOCK_SECOND_US / 2;

	for (int64_t n = 0; n < feeder->frames && !atomic_load(&feeder->stopping); n++) {
		sleep_until(begun_us + n * feeder->period_us);
		atomic_store(&feeder->sent_us[n], clock_monotonic_us());
		if (!send_trade(fd, feeder->first_id + n))
			return;
		if (n % 1024 == 0)
			drain(fd);
	}
	while (!atomic_load(&feeder->stopping)) {
		drain(fd);
		sleep_until(clock_monotonic_us() + 10000);
	}
}

static void
serve(struct feeder *feeder, int fd)
{
	static const char not_found[] =
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
	char head[HEAD_MAX], key[32], answer[256];
	int one = 1;

	if (!read_head(fd, head))
		return;
	if (!accept_key(head, key)) { /* a REST call */
		(void)!write_all(fd, not_found, strlen(not_found));
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n\r\n", key);
	if (write_all(fd, answer, strlen(answer)))
		feed(feeder, fd);
}

static void *
run(void *context)
{
	struct feeder *feeder = context;

	while (!atomic_load(&feeder->stopping)) {
		int fd = accept(feeder->listener, NULL, NULL);

		if (fd < 0)
			break;
		serve(feeder, fd);
		close(fd);
	}
	return NULL;
}

struct feeder *
feeder_start(int64_t first_id, int64_t frames, int64_t frames_per_second)
{
	struct feeder *feeder =
	    calloc(1, sizeof(*feeder) + (size_t)frames * sizeof(feeder->sent_us[0]));
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	if (feeder == NULL)
		return NULL;
	feeder->first_id = first_id;
	feeder->frames = frames;
	feeder->period_us = CLOCK_SECOND_US / frames_per_second;
	feeder->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(feeder->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(feeder->listener, 8) < 0 ||
	    getsockname(feeder->listener, (struct sockaddr *)&address, &length) < 0 ||
	    pthread_create(&feeder->thread, NULL, run, feeder) != 0) {
		close(feeder->listener);
		free(feeder);
		return NULL;
	}
	feeder->port = ntohs(address.sin_port);
	return feeder;
}

int
feeder_port(const struct feeder *feeder)
{
	return feeder->port;
}

int64_t
feeder_sent_us(const struct feeder *feeder, int64_t n)
{
	return atomic_load(&feeder->sent_us[n]);
}

void
feeder_stop(struct feeder *feeder)
{
	atomic_store(&feeder->stopping, true);
	shutdown(feeder->listener, SHUT_RDWR);
	pthread_join(feeder->thread, NULL);
	close(feeder->listener);
	free(feeder);
}
