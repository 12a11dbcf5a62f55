/* What an EXPECT line can ask for. */
#ifndef SCENARIO_MEASURE_H
#define SCENARIO_MEASURE_H

/* The number called `what` (its words separated by spaces); ends the scenario if there is none. */
double
measure(const char *what);

/*
 * Every trade of the exchange since the first stored one is stored once, as it was, no hole is open,
 * and each candle is that of its trades and complete, but for the first and the open one.
 */
void
expect_whole(void);

/* Trades first..last of the symbol are stored, each once. */
void
expect_stored(const char *symbol, long long first, long long last);

#endif
