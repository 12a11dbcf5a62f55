#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "marketsim/capture.h"
#include "marketsim/certificates.h"
#include "marketsim/exchange.h"
#include "marketsim/options.h"
#include "marketsim/terminal.h"
#include "marketsim/terminal_control.h"
#include "marketsim/terminal_print.h"

/* All that one run needs; too big for the stack. */
struct simulation {
	struct options options;
	struct certificates certificates;
	struct market market;
	struct market_history history;
	struct feed feed;
	struct capture capture;
	struct exchange exchange;
	struct terminal terminal;
	struct exchange_guest guest; /* the terminal */
};

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	stop = number;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: waits end */

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
write_port_file(const char *file, int port, struct problem *problem)
{
	char draft[PATH_MAX];
	FILE *out;

	if (snprintf(draft, sizeof(draft), "%s.new", file) >= (int)sizeof(draft))
		return problem_set(problem, -ENAMETOOLONG, "%.64s...: too long", file);
	out = fopen(draft, "we");
	if (out == NULL)
		return problem_set(problem, -errno, "%s: %s", draft, strerror(errno));
	fprintf(out, "%d\n", port);
	if (fclose(out) != 0 || rename(draft, file) < 0)
		return problem_set(problem, -errno, "%s: %s", file, strerror(errno));
	return 0;
}

static void
dig_holes(struct market *market, const struct options *options)
{
	for (int i = 0; i < options->hole_count; i++) {
		const struct hole_option *hole = &options->holes[i];
		int symbol = 0;

		while (strcmp(options->instruments[symbol].name, hole->symbol) != 0)
			symbol++;
		market_add_hole(market, symbol, hole->first, hole->last);
	}
}

static void
tell(const char *sentence)
{
	fprintf(stderr, "marketsim: %s\n", sentence);
}

static void
begin_market(struct simulation *simulation)
{
	struct options *options = &simulation->options;

	market_init(&simulation->market, options->exchange.seed, options->instruments,
	    options->instrument_count, options->rate,
	    options->since_us > 0 ? options->since_us : options->start_us, options->history_us);
	dig_holes(&simulation->market, options);
	market_history_init(&simulation->history, &simulation->market, options->instruments);
}

static int
open_market(struct simulation *simulation, struct problem *problem)
{
	struct options *options = &simulation->options;
	struct trade_source source;
	struct feed *feed = NULL;
	struct capture *capture = NULL;
	int error;

	if (options->capture_count > 0) {
		capture = &simulation->capture;
		error = capture_load(capture, options->captures, options->capture_count, tell,
		    problem);
		if (error < 0)
			return error;
		source = capture_source(capture);
	} else {
		feed = &simulation->feed;
		begin_market(simulation);
		feed_init(feed, &simulation->market, &simulation->history, NULL, options->start_us,
		    options->trades);
		source = market_history_source(&simulation->history);
	}
	return exchange_open(&simulation->exchange, &options->exchange, &source, feed, capture,
	    problem);
}

static void
turn_terminal(void *object)
{
	terminal_turn(object);
}

static void
ask_terminal(void *object, const char *query, struct body *answer)
{
	terminal_control(object, query, answer);
}

static void
report_terminal(const void *object, struct body *body)
{
	terminal_report(object, body);
}

/* It lives on the exchange's loop and by its clock. */
static int
open_terminal(struct simulation *simulation, struct problem *problem)
{
	struct terminal *terminal = &simulation->terminal;
	int error;

	if (simulation->options.terminal.host[0] == '\0')
		return 0;
	error = terminal_open(terminal, &simulation->options.terminal,
	    simulation->options.exchange.seed, &simulation->market,
	    &simulation->exchange.source, problem);
	if (error < 0)
		return error;
	simulation->guest = (struct exchange_guest){
		.fd = terminal->epoll_fd,
		.name = "mt5",
		.path = TERMINAL_CONTROL_PATH,
		.object = terminal,
		.turn = turn_terminal,
		.ask = ask_terminal,
		.report = report_terminal,
	};
	return exchange_invite(&simulation->exchange, &simulation->guest, problem);
}

/* Says where it is, to whoever started it. */
static int
announce(const struct simulation *simulation, struct problem *problem)
{
	const struct options *options = &simulation->options;
	const char *secure = options->tls_dir[0] != '\0' ? "s" : "";
	const char *v6 = strchr(options->address, ':');
	int port = exchange_port(&simulation->exchange), error = 0;
	char where[96];

	snprintf(where, sizeof(where), "%s%s%s:%d", v6 != NULL ? "[" : "", options->address,
	    v6 != NULL ? "]" : "", port);
	if (options->port_file != NULL)
		error = write_port_file(options->port_file, port, problem);
	if (error < 0)
		return error;
	printf("marketsim: ws%s://%s http%s://%s%s%s\n", secure, where, secure, where,
	    secure[0] != '\0' ? " ca_file=" : "",
	    secure[0] != '\0' ? simulation->certificates.ca_file : "");
	fflush(stdout);
	sd_notify(0, "READY=1");
	return 0;
}

static int
run(struct simulation *simulation, struct problem *problem)
{
	struct options *options = &simulation->options;
	int error = 0;

	if (options->terminal.print_to_us != 0) {
		begin_market(simulation);
		return terminal_print(&options->terminal, options->exchange.seed,
		    &simulation->market, stdout, problem);
	}
	if (options->tls_dir[0] != '\0') {
		error = certificates_ready(&simulation->certificates, options->tls_dir, problem);
		options->exchange.certificate_file = simulation->certificates.server_file;
		options->exchange.key_file = simulation->certificates.key_file;
	}
	if (error == 0)
		error = open_market(simulation, problem);
	if (error == 0)
		error = open_terminal(simulation, problem);
	if (error == 0)
		error = announce(simulation, problem);
	if (error == 0)
		exchange_run(&simulation->exchange, &stop);
	exchange_close(&simulation->exchange);
	terminal_close(&simulation->terminal);
	capture_free(&simulation->capture);
	return error;
}

int
main(int argc, char **argv)
{
	struct simulation *simulation = calloc(1, sizeof(*simulation));
	struct problem problem = { "" };
	int status;

	if (simulation == NULL)
		return EX_OSERR;
	catch_signals();
	status = options_read(&simulation->options, argc, argv);
	if (status < 0) {
		int error = run(simulation, &problem);

		if (error < 0)
			fprintf(stderr, "marketsim: %s\n", problem.text);
		status = error == 0 ? EX_OK : (error == -EADDRINUSE ? EX_TEMPFAIL : EX_OSERR);
	}
	free(simulation->options.captures);
	free(simulation);
	return status;
}
