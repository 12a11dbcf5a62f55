#include "marketsim/terminal_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
print_tick(const struct terminal_market *market, int symbol, const struct terminal_tick *tick,
    FILE *out)
{
	const struct terminal_symbol *of = &market->symbols[symbol];
	char bid[DECIMAL_SIZE], ask[DECIMAL_SIZE];

	decimal_format(tick->bid_e8, of->digits, bid);
	decimal_format(tick->ask_e8, of->digits, ask);
	fprintf(out, "%s,%lld,%lld,%lld,%s,%s,%d\n", of->name,
	    (long long)(tick->time_us / CLOCK_MS_US),
	    (long long)(terminal_clock_server(&market->clock, tick->time_us) / CLOCK_MS_US),
	    (long long)tick->place, bid, ask, tick->flags);
}

static void
print_symbol(const struct terminal_market *market, int symbol,
    const struct terminal_options *options, FILE *out)
{
	struct terminal_tick tick;
	struct tick_walk walk;

	tick_walk_begin(&walk, market, symbol, options->print_from_us, false);
	tick_walk_next(&walk, &tick);
	for (; tick.time_us < options->print_to_us; tick_walk_next(&walk, &tick))
		print_tick(market, symbol, &tick, out);
}

int
terminal_print(const struct terminal_options *options, uint64_t seed,
    const struct market *exchange, FILE *out, struct problem *problem)
{
	struct terminal_market *market = malloc(sizeof(*market));

	if (market == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	terminal_market_init(market, options->symbols, options->symbol_count, &options->clock,
	    options->rate, seed, exchange);
	fprintf(out, "symbol,ms_utc,ms_broker,place,bid,ask,flags\n");
	for (int i = 0; i < market->count; i++)
		print_symbol(market, i, options, out);
	free(market);
	if (fflush(out) != 0)
		return problem_set(problem, -errno, "cannot print: %s", strerror(errno));
	return 0;
}
