#include "tickd/store/storage_figures.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

void
storage_show_symbols(struct storage *storage)
{
	int64_t rows = 0;

	for (size_t i = 0; i < store_count(storage->store); i++) {
		store_symbol(storage->store, i, &storage->symbols[i]);
		rows += storage->symbols[i].ticks;
	}
	storage->figures.rows = rows + storage->other_rows;
}

/* Rows of what other stores than the live one keep: terminals, imports.  As before on failure. */
static void
count_others(struct storage *storage)
{
	sqlite3_stmt *statement;
	int64_t live = storage->figures.rows - storage->other_rows;

	if (database_prepare(storage->db, "SELECT coalesce(sum(ticks), 0) FROM symbols",
		&statement) < 0)
		return;
	if (database_step(storage->db, statement) == 1) {
		storage->other_rows = sqlite3_column_int64(statement, 0) - live;
		storage->figures.rows = live + storage->other_rows;
	}
	sqlite3_finalize(statement);
}

/* Under the mutex. */
static void
show_failure(struct storage *storage)
{
	storage->figures.failing =
	    storage->live_error != 0 ? storage->live_error : storage->job_error;
}

void
storage_show_commit(struct storage *storage, const struct store_result *result)
{
	struct storage_figures *figures = &storage->figures;

	pthread_mutex_lock(&storage->mutex);
	figures->stored += result->stored;
	figures->duplicates += result->duplicates;
	figures->late += result->late;
	figures->too_old += result->too_old;
	figures->gaps_filled += result->gaps_filled;
	figures->commits++;
	figures->commit_longest_us = storage->latency.longest_us;
	if (result->gaps_opened > 0) {
		figures->gaps_opened += result->gaps_opened;
		figures->gap = result->gap;
		figures->gap_symbol = result->gap_symbol;
	}
	if (result->change_seq > 0)
		figures->change_seq = result->change_seq;
	show_failure(storage);
	storage_show_symbols(storage);
	pthread_mutex_unlock(&storage->mutex);
}

void
storage_show_failure(struct storage *storage, int error)
{
	pthread_mutex_lock(&storage->mutex);
	show_failure(storage);
	storage->figures.counters = *database_counters(storage->db);
	snprintf(storage->figures.failing_text, sizeof(storage->figures.failing_text), "%s",
	    error == -EUCLEAN ? "symbols.newest_id is behind the ticks that are stored" :
	    error == -ENOMEM  ? "out of memory" : database_error(storage->db));
	pthread_mutex_unlock(&storage->mutex);
}

void
storage_show_house(struct storage *storage, int64_t wal_bytes, bool pinned)
{
	pthread_mutex_lock(&storage->mutex);
	count_others(storage);
	storage->figures.wal_bytes = wal_bytes;
	storage->figures.wal_pinned = pinned;
	storage->figures.size_bytes = database_size_bytes(storage->db);
	storage->figures.counters = *database_counters(storage->db);
	storage->figures.commit_p50_us = latency_percentile(&storage->latency, 500);
	storage->figures.commit_p99_us = latency_percentile(&storage->latency, 990);
	pthread_mutex_unlock(&storage->mutex);
}

/* ---- the loop's side ---- */

void
storage_figures(struct storage *storage, struct storage_figures *ret)
{
	pthread_mutex_lock(&storage->mutex);
	*ret = storage->figures;
	pthread_mutex_unlock(&storage->mutex);
}

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret)
{
	assert(symbol < storage->settings->binance.symbols.count);
	pthread_mutex_lock(&storage->mutex);
	*ret = storage->symbols[symbol];
	pthread_mutex_unlock(&storage->mutex);
}
