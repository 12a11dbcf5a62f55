/* What the storage thread shows to the loop: figures and symbols, copied under the mutex. */
#ifndef TICKD_STORAGE_FIGURES_H
#define TICKD_STORAGE_FIGURES_H

#include "tickd/store/storage_state.h"

/* Before the thread runs, or under the mutex: what the store says of the symbols. */
void
storage_show_symbols(struct storage *storage);

/* Something was committed. */
void
storage_show_commit(struct storage *storage, const struct store_result *result);

/* live_error or job_error was set: why. */
void
storage_show_failure(struct storage *storage, int error);

/* The sizes of the files, and how long commits take. */
void
storage_show_house(struct storage *storage, int64_t wal_bytes, bool pinned);

#endif
