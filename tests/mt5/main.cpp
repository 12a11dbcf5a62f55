/*
 * Runs mt5/TradingBridge.mq5, compiled as C++, in the terminal that stands behind mql5.h.
 *
 * bridge --script FILE --state DIR [--host HOST] [--port N] [--tls CA_FILE] [--token WORD]
 *        [--symbols LIST] [--poll MS] [--orders] [--truth FILE]
 *
 * SIGTERM is the terminal's end.  Its journal goes to stdout.
 */
#include "tests/mt5/outside.h"

#include <csignal>
#include <getopt.h>
#include <sys/stat.h>

/* The inputs of the service. */
extern string Host, Token, SymbolList;
extern int Port, PollMs;
extern bool UseTLS, AllowOrders;

static void
stop(int)
{
	outside.stopped = 1;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "script", required_argument, nullptr, 's' },
		{ "state", required_argument, nullptr, 'd' },
		{ "host", required_argument, nullptr, 'h' },
		{ "port", required_argument, nullptr, 'p' },
		{ "tls", required_argument, nullptr, 'c' },
		{ "token", required_argument, nullptr, 't' },
		{ "symbols", required_argument, nullptr, 'y' },
		{ "poll", required_argument, nullptr, 'm' },
		{ "orders", no_argument, nullptr, 'o' },
		{ "truth", required_argument, nullptr, 'w' },
		{},
	};
	string script, truth;
	for (int option; (option = getopt_long(argc, argv, "", options, nullptr)) != -1;)
		switch (option) {
		case 's': script = optarg; break;
		case 'd': outside.state = optarg; break;
		case 'h': Host = optarg; break;
		case 'p': Port = atoi(optarg); break;
		case 'c': UseTLS = true; outside.ca_file = optarg; break;
		case 't': Token = optarg; break;
		case 'y': SymbolList = optarg; break;
		case 'm': PollMs = atoi(optarg); break;
		case 'o': AllowOrders = true; break;
		case 'w': truth = optarg; break;
		default: return 64;
		}
	if (script.empty() || outside.state.empty())
		give_up("--script and --state are needed");
	mkdir(outside.state.c_str(), 0755);
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	signal(SIGPIPE, SIG_IGN);
	market_load(script);
	globals_load();
	if (!truth.empty())
		market_write_truth(truth);
	OnStart();
	return 0;
}
