/* The symbols that a terminal named in its hello, with how far each was received. */
#ifndef TICKD_MT5_SYMBOLS_H
#define TICKD_MT5_SYMBOLS_H

#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_reply.h"

struct mt5_known_symbol {
	char name[MT5_NAME_MAX];
	struct mt5_watermark mark; /* received, perhaps not committed yet */
	int64_t ticks;		   /* received by this session */
	int64_t newest_us;	   /* of the newest of them; TICK_NONE: none yet */
	int64_t bid_e8, ask_e8;
};

struct mt5_symbols {
	struct mt5_known_symbol *all; /* in hello's order: their numbers */
	size_t *by_name;	      /* numbers, sorted by name */
	size_t count;
};

/* -ENOMEM. */
__attribute__((warn_unused_result)) int
mt5_symbols_init(struct mt5_symbols *symbols, const struct mt5_symbol *named,
    const struct mt5_watermark *marks, size_t count);

void
mt5_symbols_finish(struct mt5_symbols *symbols);

/* Its number, or -1. */
long
mt5_symbols_find(const struct mt5_symbols *symbols, const char *name);

#endif
