/*
 * A market of one symbol for measuring: speaks just enough WebSocket to send trade frames to one
 * client at an exact pace, and remembers when each was written.
 */
#ifndef BENCH_FEEDER_H
#define BENCH_FEEDER_H

#include <stdint.h>

#define FEEDER_SYMBOL "S0USDT" /* the first of stage.h's */

struct feeder;

/*
 * Listens on a free port of the loopback and serves on a thread of its own: trades first_id,
 * first_id + 1 ...
 */
struct feeder *
feeder_start(int64_t first_id, int64_t frames, int64_t frames_per_second);

int
feeder_port(const struct feeder *feeder);

/* When trade first_id + n was written (monotonic us), 0 while it was not. */
int64_t
feeder_sent_us(const struct feeder *feeder, int64_t n);

/* Ends the connection and the thread. */
void
feeder_stop(struct feeder *feeder);

#endif
