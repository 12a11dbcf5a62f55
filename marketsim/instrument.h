/*
 * What is traded: a symbol with its price level and its steps.
 */
#ifndef MARKETSIM_INSTRUMENT_H
#define MARKETSIM_INSTRUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

#define INSTRUMENT_NAME_SIZE 32 /* bytes with the NUL: the exchange's own names are shorter */
#define INSTRUMENTS_MAX 256	/* a page of exchangeInfo and a linear merge stay cheap */

struct instrument {
	char name[INSTRUMENT_NAME_SIZE];  /* as in REST: upper case, maybe UTF-8 */
	char lower[INSTRUMENT_NAME_SIZE]; /* as in stream names */
	uint64_t key;			  /* of the name: what all its chance hangs on */
	double base_price;		  /* around which the price walks */
	int64_t tick_e8;		  /* price step */
	int64_t step_e8;		  /* quantity step */
};

/*
 * Fills `instrument` from the name alone; the price level and steps follow.  0 or -EINVAL with
 * the sentence when the name could not stand in JSON and in a URL.
 */
__attribute__((warn_unused_result)) int
instrument_init(struct instrument *instrument, const char *name, size_t length,
    struct problem *problem);

/* Sets the steps that suit a price. */
void
instrument_set_price(struct instrument *instrument, double price);

/*
 * Reads "A,B,C" into at most INSTRUMENTS_MAX instruments without doubles.
 * Returns the count, or -EINVAL with the sentence.
 */
__attribute__((warn_unused_result)) int
instruments_parse(const char *list, struct instrument *instruments, struct problem *problem);

#endif
