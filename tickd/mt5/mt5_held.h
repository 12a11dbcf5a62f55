/* Messages of ticks and bars that wait until the broker's clock is believed, in their order. */
#ifndef TICKD_MT5_HELD_H
#define TICKD_MT5_HELD_H

#include "tickd/mt5/mt5_message.h"

struct mt5_held_message {
	struct mt5_held_message *next;
	struct mt5_message message; /* its ticks, or bars, are ... */
	int64_t rows[];		    /* ... here: both are of such words */
};

struct mt5_held {
	struct mt5_held_message *first, **end;
	size_t count, rows; /* messages, and what is in them */
};

void
mt5_held_init(struct mt5_held *held);

/* Keeps a copy of the message, which is of ticks or bars.  -ENOMEM. */
__attribute__((warn_unused_result)) int
mt5_held_add(struct mt5_held *held, const struct mt5_message *message);

/* The oldest one, to be freed; NULL without any. */
struct mt5_held_message *
mt5_held_take(struct mt5_held *held);

void
mt5_held_clear(struct mt5_held *held);

#endif
