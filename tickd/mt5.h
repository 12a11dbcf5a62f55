/*
 * MetaTrader 5 as a whole: the listener to which terminals connect, and a source for each account of
 * the settings.
 */
#ifndef TICKD_MT5_H
#define TICKD_MT5_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "tickd/feed.h"

struct mt5;
struct storage;

/*
 * Listens from now on.  All that is given outlives it.  `closed` comes after mt5_stop(), from the
 * loop; then it is gone.  -EINVAL for what the settings name and cannot be used (tokens, the
 * certificate), else as listen_open(): then the program is to end.
 */
__attribute__((warn_unused_result)) int
mt5_create(struct mt5 **ret, const struct settings *settings, uv_loop_t *loop,
    struct storage *storage, feed_tell *tell, void (*closed)(void *context), void *context,
    struct problem *problem);

/* Adds its entries to status.json's "feeds", one a source. */
void
mt5_add_status(struct mt5 *mt5, json_t *feeds);

#define MT5_ABSENT_SIZE 160 /* of what mt5_absent() writes */

/*
 * Writes whose terminal is not connected: "terminal of mt5 not connected", "terminals of mt5, far
 * and near not connected", "terminals of mt5, far and 2 more not connected".  False, and "", where
 * every source has its terminal.
 */
bool
mt5_absent(const struct mt5 *mt5, char ret[static MT5_ABSENT_SIZE]);

/* Before storage_stop(). */
void
mt5_stop(struct mt5 *mt5);

#endif
