/*
 * A market of one symbol for measuring: speaks just enough WebSocket to send trade frames to one
 * client at an exact pace, and remembers when each was written.
 */
#ifndef BENCH_FEEDER_H
#define BENCH_FEEDER_H

#include <stdint.h>

#define FEEDER_SYMBOL "BTCUSDT"
#define FEEDER_FIRST_ID INT64_C(1000000)

struct feeder;

/* Listens on a free port of the loopback and serves on a thread of its own. */
struct feeder *
feeder_start(int64_t frames, int64_t frames_per_second);

int
feeder_port(const struct feeder *feeder);

/* When trade FEEDER_FIRST_ID + n was written (monotonic us), 0 while it was not. */
int64_t
feeder_sent_us(const struct feeder *feeder, int64_t n);

/* Ends the connection and the thread. */
void
feeder_stop(struct feeder *feeder);

#endif
