#include "marketsim/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SOON_US INT64_C(1000)  /* there is more to be sent */
#define LATER_US INT64_C(25000) /* otherwise it is looked after what is due */
#define EVENTS_MAX 4

static void
say(struct terminal *terminal, const char *sentence)
{
	if (strcmp(terminal->said, sentence) == 0)
		return;
	snprintf(terminal->said, sizeof(terminal->said), "%s", sentence);
	fprintf(stderr, "marketsim: mt5 %s:%d: %s\n", terminal->options->host,
	    terminal->options->port, sentence);
}

/* The first line of the file, or what the option says, without space around it. */
static int
read_token(struct terminal *terminal, struct problem *problem)
{
	const struct terminal_options *options = terminal->options;
	char *token = terminal->token;
	size_t length;
	FILE *in;

	if (options->token != NULL) {
		snprintf(token, TERMINAL_TOKEN_MAX, "%s", options->token);
		return 0;
	}
	in = fopen(options->token_file, "re");
	if (in == NULL || fgets(token, TERMINAL_TOKEN_MAX, in) == NULL)
		token[0] = '\0';
	if (in != NULL)
		fclose(in);
	for (length = strlen(token); length > 0 && isspace((unsigned char)token[length - 1]);)
		token[--length] = '\0';
	if (length > 0)
		return 0;
	return problem_set(problem, -ENOENT, "%s: no token can be read there", options->token_file);
}

static int
watch(struct terminal *terminal, struct problem *problem)
{
	struct itimerspec soon = { .it_value = { 0, 1 } };
	struct epoll_event event = { .events = EPOLLIN };

	terminal->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (terminal->epoll_fd < 0)
		return problem_set(problem, -errno, "cannot make a poll: %s", strerror(errno));
	terminal->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (terminal->timer_fd < 0 || timerfd_settime(terminal->timer_fd, 0, &soon, NULL) < 0 ||
	    epoll_ctl(terminal->epoll_fd, EPOLL_CTL_ADD, terminal->timer_fd, &event) < 0)
		return problem_set(problem, -errno, "cannot make a timer: %s", strerror(errno));
	return 0;
}

static int64_t
exchange_now(const struct terminal *terminal)
{
	return terminal->source.now(terminal->source.object);
}

static void
begin_account(struct terminal *terminal, uint64_t seed, const struct market *exchange)
{
	const struct terminal_options *options = terminal->options;

	terminal_market_init(&terminal->market, options->symbols, options->symbol_count,
	    &options->clock, options->rate, seed, exchange);
	terminal_positions_init(&terminal->positions, &terminal->market);
	terminal_demo_init(&terminal->demo, &terminal->positions, options->demo_us,
	    exchange_now(terminal));
	terminal_orders_init(&terminal->orders, &terminal->positions);
	terminal->session = (struct terminal_session){
		.market = &terminal->market,
		.options = options,
		.positions = &terminal->positions,
		.demo = &terminal->demo,
		.orders = &terminal->orders,
		.figures = &terminal->figures,
	};
}

int
terminal_open(struct terminal *terminal, const struct terminal_options *options, uint64_t seed,
    const struct market *exchange, const struct trade_source *source, struct problem *problem)
{
	int error;

	memset(terminal, 0, sizeof(*terminal));
	terminal->options = options;
	terminal->source = *source;
	terminal->epoll_fd = terminal->timer_fd = terminal->link.fd = -1;
	terminal->wait_us = TERMINAL_WAIT_US;
	error = read_token(terminal, problem);
	if (error == 0)
		error = watch(terminal, problem);
	if (error == 0)
		error = terminal_link_init(&terminal->link, terminal->epoll_fd, options->host,
		    options->port, options->ca_file, problem);
	if (error < 0)
		return error;
	begin_account(terminal, seed, exchange);
	return 0;
}

void
terminal_close(struct terminal *terminal)
{
	if (terminal->options == NULL)
		return;
	terminal_link_finish(&terminal->link);
	if (terminal->timer_fd >= 0)
		close(terminal->timer_fd);
	if (terminal->epoll_fd >= 0)
		close(terminal->epoll_fd);
	terminal->epoll_fd = terminal->timer_fd = -1;
}

/* The connection is over.  Who was made welcome may come again soon. */
static void
lose(struct terminal *terminal, const char *sentence)
{
	say(terminal, sentence);
	terminal_link_close(&terminal->link);
	terminal->broken++;
	if (terminal->figures.welcomes > terminal->welcomes)
		terminal->wait_us = TERMINAL_WAIT_US;
	terminal->connect_us = clock_monotonic_us() + terminal->wait_us;
	terminal->wait_us *= 2;
	if (terminal->wait_us > TERMINAL_WAIT_MAX_US)
		terminal->wait_us = TERMINAL_WAIT_MAX_US;
}

void
terminal_break_off(struct terminal *terminal)
{
	if (terminal->link.state != LINK_CLOSED)
		lose(terminal, "the connection is cut, on purpose");
}

static void
begin_connection(struct terminal *terminal, int64_t now_us, int64_t monotonic_us)
{
	struct problem problem = { "" };

	terminal->connections++;
	terminal->welcomes = terminal->figures.welcomes;
	if (terminal_link_connect(&terminal->link, &problem) < 0) {
		lose(terminal, problem.text);
		return;
	}
	session_begin(&terminal->session, terminal->token, now_us, monotonic_us,
	    &terminal->link.out);
}

/* Answers all lines that are there.  0 or a negative errno with the sentence. */
static int
take_lines(struct terminal *terminal, int64_t now_us, int64_t monotonic_us,
    struct problem *problem)
{
	int64_t errors = terminal->figures.errors, welcomes = terminal->figures.welcomes;
	const char *line;
	size_t length;
	int error = 0;

	while (error == 0 && (line = terminal_link_line(&terminal->link, &length)) != NULL)
		error = session_line(&terminal->session, line, length, now_us, monotonic_us,
		    &terminal->link.out, problem);
	if (terminal->figures.welcomes > welcomes)
		say(terminal, "connected");
	if (terminal->figures.errors > errors) {
		char sentence[PROBLEM_SIZE];

		snprintf(sentence, sizeof(sentence), "tickd says %s",
		    terminal->figures.last_error);
		say(terminal, sentence);
	}
	return error;
}

/* All that the open connection needs.  True: there is more to be sent; *ret_error: it is over. */
static bool
serve(struct terminal *terminal, int64_t now_us, int64_t monotonic_us, int *ret_error,
    struct problem *problem)
{
	int read = terminal_link_read(&terminal->link, problem), error;
	struct problem of_line;
	bool more = false;

	error = take_lines(terminal, now_us, monotonic_us, &of_line);
	if (error < 0)
		*problem = of_line;
	else
		error = read;
	if (error == 0 && session_is_silent(&terminal->session, monotonic_us))
		error = problem_set(problem, -ETIMEDOUT, "tickd says nothing");
	if (error == 0 && terminal_link_has_room(&terminal->link))
		more = session_fill(&terminal->session, now_us, monotonic_us,
		    &terminal->link.out);
	if (error == 0)
		error = terminal_link_write(&terminal->link, problem);
	*ret_error = error;
	return more && terminal_link_has_room(&terminal->link);
}

static void
look_again_in(const struct terminal *terminal, int64_t wait_us)
{
	struct itimerspec timer = { .it_value = { 0, wait_us * 1000 } };

	timerfd_settime(terminal->timer_fd, 0, &timer, NULL);
}

/* Takes the events away: what is to be done is asked of the things themselves. */
static void
clear_events(const struct terminal *terminal)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t expirations;

	if (epoll_wait(terminal->epoll_fd, events, EVENTS_MAX, 0) > 0 &&
	    read(terminal->timer_fd, &expirations, sizeof(expirations)) < 0)
		return; /* it was the connection, not the timer */
}

void
terminal_turn(struct terminal *terminal)
{
	int64_t now_us = exchange_now(terminal), monotonic_us = clock_monotonic_us();
	struct problem problem = { "" };
	bool more = false;
	int error = 0;

	clear_events(terminal);
	terminal_demo_advance(&terminal->demo, &terminal->positions, now_us);
	if (terminal->link.state == LINK_CLOSED && monotonic_us >= terminal->connect_us)
		begin_connection(terminal, now_us, monotonic_us);
	if (terminal->link.state != LINK_CLOSED)
		more = serve(terminal, now_us, monotonic_us, &error, &problem);
	if (error < 0)
		lose(terminal, problem.text);
	look_again_in(terminal, more ? SOON_US : LATER_US);
}
