/* tickd's storage stage on its own: ring, thread, sorting, ids, candles, commits. */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

#include <stdint.h>

#include "common/settings.h"
#include "tickd/store/storage.h"

struct stage {
	struct settings settings;
	struct storage *storage;
	uv_loop_t loop;
};

/* On a new database below `folder`, for symbols S0USDT, S1USDT ...; ends the program on failure. */
void
stage_open(struct stage *stage, const char *folder, int64_t symbols);

/* Waits while the ring is full. */
void
stage_push_tick(struct stage *stage, const struct tick *tick);

/* Rows number first..first+count-1 of rows.h. */
void
stage_push(struct stage *stage, int64_t first, int64_t count, int64_t symbols);

/* Until so many rows are committed since stage_open(). */
void
stage_wait(const struct stage *stage, int64_t rows);

/* Until all that was pushed is committed. */
void
stage_close(struct stage *stage);

/* User and system time of this process. */
double
stage_cpu_seconds(void);

#endif
