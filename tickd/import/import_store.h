/*
 * Where imported pages go: into the live store where it has the symbol, else into a store made for
 * the symbol on the same database.  Storage thread only, but for create and free.
 */
#ifndef TICKD_IMPORT_STORE_H
#define TICKD_IMPORT_STORE_H

#include <stdbool.h>

#include "common/problem.h"
#include "common/settings.h"
#include "common/tick.h"
#include "tickd/import/import_reader.h"
#include "tickd/store/store.h"

struct import_store;

/* `settings` (for what is live) and `source` are borrowed.  NULL: out of memory. */
struct import_store *
import_store_create(const struct settings *settings, const char *source);

/*
 * Stores a page whose ticks are known by `ids`.  Returns 0, or -errno with nothing stored and the
 * sentence: as store_add_page(), -EPROTO where the symbol's ticks have ids of another kind.
 */
__attribute__((warn_unused_result)) int
import_store_add(struct import_store *import, struct store *live, struct database *db,
    const struct import_page *page, enum tick_ids ids, int64_t now_us, struct store_result *ret,
    struct problem *problem);

/* Whether the live store has the symbol: what becomes of its gaps is the feed's to tell. */
bool
import_store_is_live(const struct import_store *import, const char *symbol);

/* Finishes the stores that were made; before their database is closed. */
void
import_store_drop(struct import_store *import);

/* After import_store_drop() where anything was added.  NULL is allowed. */
void
import_store_free(struct import_store *import);

#endif
