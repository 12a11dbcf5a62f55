/*
 * One thing that a source's session wants stored, with what became of it: made on the loop thread,
 * stored on the storage thread, ended on the loop thread.
 */
#ifndef TICKD_MT5_ITEM_H
#define TICKD_MT5_ITEM_H

#include <stdint.h>

#include "tickd/mt5/mt5_store.h"

enum mt5_item_kind {
	ITEM_OPEN, ITEM_TICKS, ITEM_OFFSET, ITEM_BARS, ITEM_POSITIONS, ITEM_CLOSED, ITEM_ACCOUNT,
	ITEM_RESULT,
};

struct mt5_item {
	struct mt5_item *next;
	enum mt5_item_kind kind;
	uint64_t session; /* whose it is */
	int64_t seq;	  /* of ticks */
	size_t symbol;	  /* of ticks and bars */
	bool over;	  /* stored, or refused for good with `error` */
	int error;
	struct problem problem;
	union {
		struct {
			struct mt5_hello hello;
			char *sessions; /* what those of its symbols stand in */
			struct mt5_clocks clocks; /* of the hello, heard at heard_us */
			int64_t heard_us;
			struct mt5_opened opened;
		} open;
		struct mt5_page page; /* its ticks are the item's */
		struct broker_offset offset;
		struct {
			struct candle *candles;
			size_t count;
			int64_t until_us;
		} bars;
		struct {
			struct mt5_positions report;
			struct broker_time time;
		} positions;
		struct {
			struct mt5_closed closed;
			struct broker_time time;
		} closed;
		struct mt5_account account;
		struct {
			struct mt5_result result;
			bool given; /* false: the terminal said nothing */
			char action_id[MT5_ACTION_ID_MAX], status[16], comment[160];
		} result;
	};
};

/* Each makes a copy of what it is given.  NULL: out of memory. */
struct mt5_item *
mt5_item_open(uint64_t session, const struct mt5_hello *hello, const struct mt5_clocks *clocks,
    int64_t heard_us);

struct mt5_item *
mt5_item_ticks(uint64_t session, int64_t seq, const struct mt5_page *page);

struct mt5_item *
mt5_item_bars(uint64_t session, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us);

struct mt5_item *
mt5_item_positions(uint64_t session, const struct mt5_positions *report,
    const struct broker_time *time);

/* The rest is copied as it is: filled in by the caller. */
struct mt5_item *
mt5_item_create(enum mt5_item_kind kind, uint64_t session);

/*
 * What it holds of what a terminal may send without end: ticks, candles, positions, and the symbols
 * of a hello.
 */
size_t
mt5_item_rows(const struct mt5_item *item);

/* NULL is allowed. */
void
mt5_item_free(struct mt5_item *item);

#endif
