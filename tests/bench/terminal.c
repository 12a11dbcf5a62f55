/*
 * A terminal of MetaTrader 5 that sends ticks as fast as they are acknowledged, or at an exact
 * pace, and measures when they are: to tickd, or to whatever speaks its protocol.
 *
 * usage: terminal PORT TOKEN SYMBOLS TICKS LINE_TICKS SPACING_US TICKS_PER_SECOND
 * TICKS of all symbols, LINE_TICKS of one symbol a line, in turns; SPACING_US is the broker's time
 * between two ticks of a symbol; TICKS_PER_SECOND 0: as fast as they are acknowledged.
 * Prints one line of JSON.  A line is late from when it was due (where it has no time: from its
 * first byte on), until its acknowledgement.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/quotes.h"

#define WINDOW 64	   /* lines that are not acknowledged yet */
#define GIVE_UP_MS 30000   /* without a word */
#define RECEIVED_MAX 65536

struct terminal {
	int fd, symbols;
	struct quotes quotes;
	int64_t line_ticks, lines, period_us; /* of a line; 0: as fast as it goes */
	int64_t begun_us;		      /* when the first line is due */
	int64_t sent, acked;		      /* lines */
	int64_t first_ack_us, last_ack_us;
	int64_t *late_us; /* of each line: when it was due or sent, then how late its answer was */
	size_t received, left;	/* bytes in `answers`; of the line that is not sent yet */
	const char *at;
	char line[QUOTES_LINE_MAX], answers[RECEIVED_MAX];
};

__attribute__((noreturn)) static void
fail(const char *what)
{
	fprintf(stderr, "terminal: %s: %s\n", what, strerror(errno));
	exit(71);
}

/* ---- out ---- */

static void
write_on(struct terminal *terminal)
{
	while (terminal->left > 0) {
		ssize_t written = send(terminal->fd, terminal->at, terminal->left,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (written < 0 && errno == EAGAIN)
			return;
		if (written < 0)
			fail("the connection");
		terminal->at += written;
		terminal->left -= (size_t)written;
	}
}

static int64_t
due_us(const struct terminal *terminal)
{
	return terminal->begun_us + terminal->sent * terminal->period_us;
}

static bool
may_send(const struct terminal *terminal)
{
	return terminal->left == 0 && terminal->sent < terminal->lines &&
	    terminal->sent - terminal->acked < WINDOW;
}

static void
send_line(struct terminal *terminal)
{
	int64_t n = terminal->sent, round = n / terminal->symbols;

	terminal->left = quotes_line(terminal->line, &terminal->quotes,
	    (int)(n % terminal->symbols), round + 1, round * terminal->line_ticks,
	    terminal->line_ticks);
	terminal->at = terminal->line;
	terminal->late_us[n] = terminal->period_us > 0 ? due_us(terminal) : clock_monotonic_us();
	terminal->sent++;
	write_on(terminal);
}

/* ---- in ---- */

static void
take_ack(struct terminal *terminal, const char *answer)
{
	int64_t now_us = clock_monotonic_us(), seq, line;
	int symbol;

	if (sscanf(answer, "{\"type\":\"ack\",\"symbol\":\"Q%d\",\"seq\":%" SCNd64 "}", &symbol,
		&seq) != 2) {
		if (strstr(answer, "\"error\"") != NULL) {
			fprintf(stderr, "terminal: %s\n", answer);
			exit(71);
		}
		return;
	}
	line = (seq - 1) * terminal->symbols + symbol;
	if (line < 0 || line >= terminal->sent)
		fail("an acknowledgement of what was not sent");
	terminal->late_us[line] = now_us - terminal->late_us[line];
	if (terminal->acked++ == 0)
		terminal->first_ack_us = now_us;
	terminal->last_ack_us = now_us;
}

/* Whole lines to `take`, in their order; what is left stays at the front. */
static void
read_answers(struct terminal *terminal, void take(struct terminal *terminal, const char *answer))
{
	char *begin = terminal->answers, *newline;
	ssize_t got = recv(terminal->fd, terminal->answers + terminal->received,
	    sizeof(terminal->answers) - terminal->received, 0);

	if (got <= 0)
		fail("the other side");
	terminal->received += (size_t)got;
	while ((newline = memchr(begin, '\n',
		    terminal->received - (size_t)(begin - terminal->answers))) != NULL) {
		*newline = '\0';
		take(terminal, begin);
		begin = newline + 1;
	}
	terminal->received -= (size_t)(begin - terminal->answers);
	memmove(terminal->answers, begin, terminal->received);
}

/* ---- the conversation ---- */

static void
take_welcome(struct terminal *terminal, const char *answer)
{
	if (strncmp(answer, "{\"type\":\"welcome\"", strlen("{\"type\":\"welcome\"")) != 0) {
		fprintf(stderr, "terminal: %s\n", answer);
		exit(71);
	}
	terminal->begun_us = clock_monotonic_us();
}

static void
say_hello(struct terminal *terminal, const char *token)
{
	int64_t gmt_s = terminal->quotes.start_us / CLOCK_SECOND_US;
	FILE *out = fmemopen(terminal->line, sizeof(terminal->line), "w");

	if (out == NULL)
		fail("memory");
	fprintf(out, "{\"type\":\"hello\",\"version\":1,\"token\":\"%s\",\"account\":\"1001\","
	    "\"server\":\"Bench-Demo\",\"margin_mode\":\"hedging\",\"currency\":\"USD\","
	    "\"time_server\":%" PRId64 ",\"time_gmt\":%" PRId64 ",\"symbols\":[",
	    token, gmt_s + QUOTES_OFFSET_S, gmt_s);
	for (int i = 0; i < terminal->symbols; i++)
		fprintf(out, "%s{\"name\":\"Q%d\",\"digits\":5,\"point\":\"0.00001\","
		    "\"volume_min\":\"0.01\",\"volume_max\":\"50\",\"volume_step\":\"0.01\","
		    "\"tick_size\":\"0.00001\",\"tick_value\":\"1\",\"stops_level\":0,"
		    "\"freeze_level\":0}", i > 0 ? "," : "", i);
	fprintf(out, "]}\n");
	terminal->left = (size_t)ftell(out);
	fclose(out);
	terminal->at = terminal->line;
	write_on(terminal);
	while (terminal->begun_us == 0)
		read_answers(terminal, take_welcome);
}

/* Until something can be done. */
static void
wait_for(const struct terminal *terminal)
{
	struct pollfd look = {.fd = terminal->fd,
		.events = (short)(terminal->left > 0 ? POLLIN | POLLOUT : POLLIN)};
	int64_t wait_us = GIVE_UP_MS * INT64_C(1000);
	struct timespec timeout;

	if (may_send(terminal))
		wait_us = due_us(terminal) - clock_monotonic_us();
	if (wait_us < 0)
		wait_us = 0;
	timeout = (struct timespec){wait_us / 1000000, wait_us % 1000000 * 1000};
	if (ppoll(&look, 1, &timeout, NULL) == 0 && !may_send(terminal))
		fail("no word comes");
}

static void
send_all(struct terminal *terminal)
{
	while (terminal->acked < terminal->lines) {
		struct pollfd look = {.fd = terminal->fd, .events = POLLIN};

		write_on(terminal);
		while (may_send(terminal) && clock_monotonic_us() >= due_us(terminal))
			send_line(terminal);
		wait_for(terminal);
		if (poll(&look, 1, 0) > 0)
			read_answers(terminal, take_ack);
	}
}

/* ---- the result ---- */

static int
ascending(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void
print_result(struct terminal *terminal)
{
	int64_t counted = (terminal->lines - 1) * terminal->line_ticks;
	int64_t took_us = terminal->last_ack_us - terminal->first_ack_us;

	qsort(terminal->late_us, (size_t)terminal->lines, sizeof(terminal->late_us[0]), ascending);
	printf("{\"ticks\": %" PRId64 ", \"seconds\": %.3f, \"per_second\": %.0f, \"p50_us\": %" PRId64
	       ", \"p99_us\": %" PRId64 ", \"longest_us\": %" PRId64 "}\n",
	    terminal->lines * terminal->line_ticks, (double)took_us / 1e6,
	    (double)counted * 1e6 / (double)took_us, terminal->late_us[terminal->lines / 2],
	    terminal->late_us[terminal->lines * 99 / 100], terminal->late_us[terminal->lines - 1]);
}

/* ---- the whole ---- */

static void
connect_to(struct terminal *terminal, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1;

	terminal->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(terminal->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect");
	setsockopt(terminal->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* The last tick is of now. */
static void
plan(struct terminal *terminal, int64_t ticks, int64_t spacing_us, int64_t per_second)
{
	int64_t start_us;

	terminal->lines = ticks / terminal->line_ticks;
	start_us = clock_wall_us() - ticks / terminal->symbols * spacing_us;
	terminal->quotes = (struct quotes){start_us - start_us % CLOCK_MS_US, spacing_us};
	if (per_second > 0)
		terminal->period_us = terminal->line_ticks * CLOCK_SECOND_US / per_second;
	terminal->late_us = calloc((size_t)terminal->lines, sizeof(terminal->late_us[0]));
	if (terminal->late_us == NULL)
		fail("memory");
}

int
main(int argc, char **argv)
{
	static struct terminal terminal;

	if (argc != 8)
		return 64;
	terminal.symbols = atoi(argv[3]);
	terminal.line_ticks = atoll(argv[5]);
	if (terminal.symbols < 1 || terminal.line_ticks < 1 ||
	    terminal.line_ticks > QUOTES_LINE_TICKS_MAX || atoll(argv[6]) < 1 ||
	    atoll(argv[4]) < 2 * terminal.line_ticks)
		return 64;
	quotes_init();
	plan(&terminal, atoll(argv[4]), atoll(argv[6]), atoll(argv[7]));
	connect_to(&terminal, atoi(argv[1]));
	say_hello(&terminal, argv[2]);
	send_all(&terminal);
	print_result(&terminal);
	free(terminal.late_us);
	close(terminal.fd);
	return 0;
}
