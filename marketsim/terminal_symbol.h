/*
 * What a broker trades: digits, lots and stops of a symbol, and whose price it follows.
 */
#ifndef MARKETSIM_TERMINAL_SYMBOL_H
#define MARKETSIM_TERMINAL_SYMBOL_H

#include "common/decimal.h"
#include "marketsim/instrument.h"

#define TERMINAL_SYMBOLS_MAX 64

struct terminal_symbol {
	char name[INSTRUMENT_NAME_SIZE];
	char follows[INSTRUMENT_NAME_SIZE]; /* a symbol of the exchange, where that is simulated */
	double base_price; /* around which it walks on its own; 0: that of its name */
	double share;	   /* how much of a crypto market's moves it makes on its own */
	int digits;
	int64_t point_e8; /* price step: the last digit */
	int64_t spread;	  /* points, about */
	int64_t stops_level; /* points between the price and a stop at the least */
	int64_t contract; /* units of a lot */
	int64_t volume_min_e8, volume_max_e8, volume_step_e8;
};

/*
 * Reads "A,B,C" into at most TERMINAL_SYMBOLS_MAX symbols.  Returns the count, or -EINVAL with the
 * sentence.
 */
__attribute__((warn_unused_result)) int
terminal_symbols_parse(const char *list, struct terminal_symbol *symbols, struct problem *problem);

/* What `volume_e8` lots gain when the price moves by `move_e8`; in 1e-8 of the quote's currency. */
int64_t
terminal_symbol_profit(const struct terminal_symbol *symbol, int64_t move_e8, int64_t volume_e8);

#endif
