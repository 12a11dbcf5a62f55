/*
 * marketsim's command line.
 */
#ifndef MARKETSIM_OPTIONS_H
#define MARKETSIM_OPTIONS_H

#include <limits.h>

#include "marketsim/exchange.h"
#include "marketsim/instrument.h"
#include "marketsim/terminal_options.h"

struct hole_option {
	char symbol[INSTRUMENT_NAME_SIZE];
	int64_t first, last; /* trades, counted from 1 at the start */
};

struct options {
	struct exchange_options exchange; /* its files are filled in by main */
	char address[64];
	char tls_dir[PATH_MAX]; /* "" : no TLS */
	struct instrument instruments[INSTRUMENTS_MAX];
	int instrument_count;
	double rate;	     /* trades a second over all symbols */
	int64_t history_us;
	int64_t start_us;    /* exchange time at the start */
	int64_t since_us;    /* when the market began; 0: at start_us */
	int64_t trades;	     /* 0: no end */
	struct terminal_options terminal;
	struct hole_option holes[MARKET_HOLES_MAX];
	int hole_count;
	const char **captures; /* the caller's argv, in the order given */
	size_t capture_count;
	const char *port_file; /* or NULL */
};

/*
 * Reads the command line.  Returns -1 to go on, otherwise the exit status at which to leave,
 * everything having been said.  options->captures is to be freed.
 */
int
options_read(struct options *options, int argc, char **argv);

#endif
