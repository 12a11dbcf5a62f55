/* What tickd says to a terminal, as lines: doc/mt5_protocol.md. Pure. */
#ifndef TICKD_MT5_REPLY_H
#define TICKD_MT5_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/tick.h"

/* How far a symbol is stored: see mt5_place.h.  server_ms is TICK_NONE before the first tick. */
struct mt5_watermark {
	int64_t server_ms, count_in_ms;
};

struct mt5_welcome_symbol {
	const char *name;
	struct mt5_watermark mark;
	int64_t bars_from_s; /* broker's time; TICK_NONE: history is stored */
};

struct mt5_welcome {
	const char *source;
	const struct mt5_welcome_symbol *symbols;
	size_t symbol_count;
	const int64_t *open; /* tickets that we believe open */
	size_t open_count;
	bool execute;	     /* actions may come */
};

/* Each: a line with its end, to be freed; NULL: out of memory. */
char *
mt5_reply_welcome(const struct mt5_welcome *welcome);

char *
mt5_reply_ack(const char *symbol, int64_t seq);

char *
mt5_reply_pong(void);

/* `code` is one word of doc/mt5_protocol.md, `message` one sentence. */
char *
mt5_reply_error(const char *code, const char *message);

#endif
