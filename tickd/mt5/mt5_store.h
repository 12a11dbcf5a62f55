/*
 * One source of MT5 in the tick database: ticks with their watermarks, bars, the account and what is
 * open in it, results of orders.  Storage thread only.
 *
 * Each call is one transaction: 0, or -errno with nothing changed (as store.h).  Times of
 * position_events, account_events, action_results and symbol_terms are the source's clock at that
 * moment: they never fall and are never ahead of it.
 */
#ifndef TICKD_MT5_STORE_H
#define TICKD_MT5_STORE_H

#include "common/database.h"
#include "common/settings.h"
#include "tickd/mt5/broker_time.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_reply.h"
#include "tickd/store/store.h"

struct mt5_store;

/* What a terminal has to be told, and what its session goes on from. */
struct mt5_opened {
	char account[MT5_NAME_MAX];	  /* by which name it is stored */
	struct broker_time time;	  /* loaded */
	struct mt5_watermark *marks;	  /* of hello's symbols, in their order */
	int64_t *bars_from_us;		  /* UTC; TICK_NONE: history is stored, or not wanted */
	int64_t *open;			  /* tickets */
	size_t symbol_count, open_count;
};

void
mt5_opened_free(struct mt5_opened *opened);

/* `settings`, `db` and `source` outlive it.  NULL: out of memory. */
struct mt5_store *
mt5_store_create(const struct settings *settings, struct database *db, const char *source);

void
mt5_store_free(struct mt5_store *store);

/*
 * A terminal said hello (token and version are right): its symbols are known from now on by their
 * place in `hello`, their terms are stored where they changed; now_us is the terminal's UTC, up to
 * which history is wanted of a symbol without ticks.  -EPERM with the sentence where the
 * source has belonged to another account or server since its first hello, or the account is another
 * source of the settings already.
 */
__attribute__((warn_unused_result)) int
mt5_store_open(struct mt5_store *store, const struct mt5_hello *hello, int64_t now_us,
    struct mt5_opened *ret, struct problem *problem);

/* Rows of one message, and the watermark that they move. */
struct mt5_page {
	size_t symbol;
	const struct tick *ticks; /* ascending; may be none */
	size_t count;
	struct mt5_watermark mark;
	int64_t from_us; /* UTC: ticks are whole from there to the page's last; TICK_NONE: since
			    the last page */
};

/* All pages, their candles and watermarks in one transaction. */
__attribute__((warn_unused_result)) int
mt5_store_ticks(struct mt5_store *store, const struct mt5_page *pages, size_t count,
    int64_t now_us, struct store_result *ret);

/* An offset that holds from now on. */
__attribute__((warn_unused_result)) int
mt5_store_offset(struct mt5_store *store, const struct broker_offset *offset);

/* Candles from before the first tick; `until_us`: there are no others before that. */
__attribute__((warn_unused_result)) int
mt5_store_bars(struct mt5_store *store, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us, int64_t now_us);

/* -ENODATA (these three) while the source has no tick and so no clock: to be said again later. */
__attribute__((warn_unused_result)) int
mt5_store_positions(struct mt5_store *store, const struct mt5_positions *report,
    const struct broker_time *time);

__attribute__((warn_unused_result)) int
mt5_store_closed(struct mt5_store *store, const struct mt5_closed *closed,
    const struct broker_time *time);

/* A row where the balance or the margin mode changed, or the equity after five minutes. */
__attribute__((warn_unused_result)) int
mt5_store_account(struct mt5_store *store, const struct mt5_account *account);

/* The status of an action; `result` NULL where the terminal said nothing; comment: one sentence. */
__attribute__((warn_unused_result)) int
mt5_store_result(struct mt5_store *store, const char *action_id, const char *status,
    const struct mt5_result *result, const char *comment);

/* The source's clock: 0 before the first tick. */
int64_t
mt5_store_clock(const struct mt5_store *store);

/* As store_symbol(). */
void
mt5_store_symbol(const struct mt5_store *store, size_t symbol, struct store_symbol *ret);

#endif
