#include "marketsim/weights.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)

static int
find_entry(const struct weights *weights, const char *address)
{
	int oldest = 0;

	for (int i = 0; i < WEIGHT_ADDRESSES_MAX; i++) {
		if (strcmp(weights->entries[i].address, address) == 0)
			return i;
		if (weights->entries[i].minute < weights->entries[oldest].minute)
			oldest = i;
	}
	return oldest;
}

bool
weights_charge(struct weights *weights, const char *address, int weight, int64_t time_us,
    int *ret_used, int64_t *ret_left_us)
{
	int at = find_entry(weights, address);
	int64_t minute = time_us / MINUTE_US;
	bool is_new = strcmp(weights->entries[at].address, address) != 0;

	if (is_new || weights->entries[at].minute != minute) {
		snprintf(weights->entries[at].address, WEIGHT_ADDRESS_SIZE, "%s", address);
		weights->entries[at].minute = minute;
		weights->entries[at].used = 0;
	}
	weights->entries[at].used += weight;
	*ret_used = weights->entries[at].used;
	*ret_left_us = (minute + 1) * MINUTE_US - time_us;
	return weights->entries[at].used <= weights->limit;
}
