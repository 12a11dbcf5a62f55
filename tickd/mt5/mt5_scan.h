/*
 * A `ticks` line in the form in which bridges write it -> ticks, some 30 times as fast as jansson.
 * Pure.  What it takes it reads as jansson would (a fuzz target holds them against each other);
 * what it does not take it leaves to jansson.
 */
#ifndef TICKD_MT5_SCAN_H
#define TICKD_MT5_SCAN_H

#include "tickd/mt5/mt5_message.h"

/*
 * Returns 1 with the message's clocks and ticks, whose array is *ticks (grown by reallocarray(),
 * *room is its size); 0 where the line is of another form; -ENOMEM.
 */
__attribute__((warn_unused_result)) int
mt5_scan_ticks(const char *line, size_t length, struct mt5_message *ret, struct mt5_tick **ticks,
    size_t *room);

#endif
