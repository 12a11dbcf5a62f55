/*
 * A JSON file that is always whole: written beside and renamed into place.
 *
 * RUNTIME/<daemon>/status.json, once a second, has of every daemon:
 *   program, version, pid, started_us, updated_us (wall clock), state ("starting", "running",
 *   "degraded", "stopping"), status (one line for people), and
 *   databases: {KEY: {size_bytes, wal_bytes, rows, retries, longest_wait_us, failures}}
 *   with KEY of access_database_key(), for each database that the daemon has open; with
 *   `failing`, a sentence, while its rows cannot be stored.
 * tickd adds feeds: [{name, source, state, last_tick_us, ticks_per_second, lag_ms, gaps,
 *   reconnects, rotations, frames, malformed, unknown, lines: [{state, symbols,
 *   age_s}], symbols: [{symbol, ticks, ticks_per_second, silent, last_tick_us, price, bid,
 *   ask}]}], state being "connecting", "live",
 *   "silent", "paused", "waiting" or "stopped"; and commits {count, rows, p50_us, p99_us}.
 */
#ifndef COMMON_STATUS_FILE_H
#define COMMON_STATUS_FILE_H

#include <jansson.h>

#define STATUS_FILE_MAX_BYTES (16 << 20) /* a larger one is not read */

/* Writes `path` (0640) by write and rename; no fsync: it need not survive a power cut. */
__attribute__((warn_unused_result)) int
status_file_write(const char *path, const json_t *content);

/* Reads it.  *ret is the caller's reference.  -ENOENT, -EINVAL for text that is no JSON object. */
__attribute__((warn_unused_result)) int
status_file_read(const char *path, json_t **ret);

#endif
