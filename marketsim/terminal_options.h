/*
 * What --mt5 and the options that belong to it say.
 */
#ifndef MARKETSIM_TERMINAL_OPTIONS_H
#define MARKETSIM_TERMINAL_OPTIONS_H

#include "common/problem.h"
#include "marketsim/terminal_clock.h"
#include "marketsim/terminal_symbol.h"

#define TERMINAL_ADDRESS_SIZE 256

struct terminal_options {
	char host[TERMINAL_ADDRESS_SIZE]; /* "": there is no terminal */
	int port;
	const char *token, *token_file; /* one of them; the caller's argv */
	const char *account, *server;
	const char *ca_file;   /* NULL: no TLS */
	double rate;	       /* ticks a second over all symbols */
	double flood;	       /* the same, in lines as large as they may be; 0: not so */
	int64_t demo_us;       /* a position of its own so often; 0: never */
	int64_t print_from_us, print_to_us; /* UTC; only print the ticks and end; to 0: not so */
	struct terminal_clock clock;
	struct terminal_symbol symbols[TERMINAL_SYMBOLS_MAX];
	int symbol_count;
};

void
terminal_options_default(struct terminal_options *options);

/* Each returns false, its outputs untouched, for a text that makes no sense. */

/* "+03:00" or "-05:30": whole quarters of an hour. */
bool
terminal_option_offset(const char *text, int64_t *ret_offset_us);

/* "TIME" (an hour further from then on) or "TIME,back" (an hour less). */
bool
terminal_option_dst(const char *text, struct terminal_clock *clock);

/* "FROM,TO" */
bool
terminal_option_span(const char *text, int64_t *ret_from_us, int64_t *ret_to_us);

/* What contradicts itself, in one sentence, or NULL. */
const char *
terminal_options_contradiction(const struct terminal_options *options);

#endif
