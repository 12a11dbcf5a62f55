/*
 * The market of a scenario: symbols whose prices follow lines that the script draws, stored by
 * tickd's own store as ticks and candles.  Time is the exchange's; it goes on in steps.
 */
#ifndef TESTS_WATCH_MARKET_H
#define TESTS_WATCH_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database.h"
#include "common/tick.h"

#define MARKET_SYMBOLS_MAX 8

struct market_line {
	char name[32];
	bool quoted; /* of the source mt5: quotes, no trades; else of sim */
	double from, to;	 /* the price goes from one to the other ... */
	int64_t from_us, to_us;	 /* ... between these, and stays */
	double wave, wave_us;	 /* share of the price, period */
	double spread;
	double buys;		 /* share of the volume that is bought, 0..1 */
	double volume;		 /* of a tick */
	bool quiet;
	bool lost;		 /* what is traded is not stored: a hole */
	double wander;		 /* share of the price that a tick moves it by at most, 0: none */
	uint64_t seed;		 /* of that walk */
	double wandered;	 /* so far: a factor */
	int64_t next_id;
	struct tick *hole;	 /* what was lost */
	size_t hole_count, hole_room;
};

void
market_begin(int64_t now_us);

/* Adds a symbol before anything is stored: NAME is of sim, mt5:NAME of mt5, where all is quotes. */
void
market_add(const char *name);

struct market_line *
market_line(const char *name);

/* Candles of the exchange's own for so many days before now; every symbol has some. */
void
market_history(const char *name, int days, double price, double wave, int64_t wave_us);

void
market_go_to(const char *name, double price, int64_t took_us);

/* Where it trades now, on one side: +1 the bid, -1 the ask. */
double
market_price(const char *name, int side);

/* "sim" or "mt5". */
const char *
market_source(const char *name);

/* The backfill brings what was lost of it. */
void
market_fill(const char *name);

/* Time goes on by a step: every loud symbol has a tick at its end. */
void
market_step(int64_t step_us);

int64_t
market_now(void);

/* tickd's own handle: venues write beside it. */
struct database *
market_database(void);

void
market_end(void);

#endif
