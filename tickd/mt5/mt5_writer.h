/*
 * What one source wants stored, in the order in which it came: one storage job at a time takes what
 * waits, neighbouring messages of ticks in one transaction.  Loop thread only.
 *
 * Where storing fails for a while (full disk) all waits and is tried again; nothing is dropped.
 * Where ticks of a session are refused for good, all its later ones are, with -ECANCELED.
 */
#ifndef TICKD_MT5_WRITER_H
#define TICKD_MT5_WRITER_H

#include <stdbool.h>

#include "common/settings.h"
#include "tickd/mt5/mt5_item.h"
#include "tickd/store/storage.h"

struct mt5_writer;

struct mt5_writer_hooks {
	/*
	 * It is committed, or refused (item->error).  It is freed behind that; what is added within
	 * waits until all is told, and the writer may be closed.
	 */
	void (*stored)(void *context, struct mt5_item *item);
	/* Something is over: there may be room again. */
	void (*went_on)(void *context);
	void *context;
};

/* `settings`, `source` and `storage` outlive it.  NULL: out of memory. */
struct mt5_writer *
mt5_writer_create(const struct settings *settings, const char *source, struct storage *storage,
    const struct mt5_writer_hooks *hooks);

/* Takes the item; NULL is refused with false. */
__attribute__((warn_unused_result)) bool
mt5_writer_add(struct mt5_writer *writer, struct mt5_item *item);

/* Rows (mt5_item_rows()) and messages that are not committed yet. */
size_t
mt5_writer_rows(const struct mt5_writer *writer);
size_t
mt5_writer_items(const struct mt5_writer *writer);

/* The source's clock (UTC) as of the last commit; 0 before the first. */
int64_t
mt5_writer_clock(const struct mt5_writer *writer);

/*
 * No hook is called any more; what waits is not stored.  Before storage_stop(), which ends it: it
 * frees itself.
 */
void
mt5_writer_close(struct mt5_writer *writer);

#endif
