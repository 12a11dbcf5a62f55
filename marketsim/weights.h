/*
 * What each address has used of the request weight of this minute.
 */
#ifndef MARKETSIM_WEIGHTS_H
#define MARKETSIM_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#define WEIGHT_ADDRESSES_MAX 64 /* the one not seen for longest is forgotten */
#define WEIGHT_ADDRESS_SIZE 48
#define WEIGHT_LIMIT 6000 /* a minute, as the exchange has it */

struct weights {
	int limit;
	struct {
		char address[WEIGHT_ADDRESS_SIZE];
		int64_t minute;
		int used;
	} entries[WEIGHT_ADDRESSES_MAX];
};

/*
 * Charges `weight` at that time.  True: within the limit.  *ret_used is what the minute has used
 * so far; *ret_left_us is how long it still lasts, more than 0.
 */
bool
weights_charge(struct weights *weights, const char *address, int weight, int64_t time_us,
    int *ret_used, int64_t *ret_left_us);

#endif
