/*
 * One line of a terminal -> a message.  Pure.  The protocol stands in doc/mt5_protocol.md.
 *
 * `ticks` are read by a scanner of our own (mt5_scan.h), all else, and what the scanner leaves, by
 * jansson.  Prices and volumes are exact (1e-8); a price of 0 is none: TICK_NONE.  Server times are
 * the broker's clock, never UTC.
 */
#ifndef TICKD_MT5_MESSAGE_H
#define TICKD_MT5_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/tick.h"

#define MT5_VERSION 1
#define MT5_LINE_MAX (256 * 1024) /* bytes of a line with its end */
#define MT5_NAME_MAX 64		  /* bytes with the NUL: account, server, symbol, action_id is longer */
#define MT5_ACTION_ID_MAX 256
#define MT5_COMMENT_MAX 128
#define MT5_SYMBOLS_MAX 1000
#define MT5_POSITIONS_MAX 1000
#define MT5_OFFSET_MAX_S (15 * 3600) /* no clock on earth is further from UTC */
#define MT5_TIME_END_S INT64_C(7258118400) /* 2200: all times are before that, and after 1970 */
#define MT5_SEQ_MAX INT64_C(999999999999999999)
#define MT5_FIRST_MAX INT64_C(999999999) /* ticks in a millisecond */

enum mt5_type {
	MT5_HELLO, MT5_TICKS, MT5_BARS, MT5_ACCOUNT, MT5_POSITIONS, MT5_CLOSED, MT5_RESULT, MT5_PING,
	MT5_UNKNOWN, /* a type that we do not know: answered by an error, else ignored */
};

/* Both in seconds, of the same moment; TICK_NONE but in `hello`, `ticks` and `ping`. */
struct mt5_clocks {
	int64_t server_s, gmt_s;
};

struct mt5_symbol {
	char name[MT5_NAME_MAX];
	int64_t digits;
	int64_t point_e8, volume_min_e8, volume_max_e8, volume_step_e8, tick_size_e8; /* > 0 */
	int64_t stops_level_e8, freeze_level_e8; /* distances: points of the message times `point` */
	double tick_value;			 /* NAN where it is not said */
	char *sessions; /* JSON text [[day, from_min, to_min], ...] in broker's time, NULL: not said */
};

struct mt5_hello {
	int64_t version; /* of another one than MT5_VERSION nothing else is read: texts are "" */
	char token[MT5_COMMENT_MAX];
	char account[MT5_NAME_MAX], server[MT5_NAME_MAX], currency[MT5_NAME_MAX];
	bool netting; /* margin_mode is not "hedging" */
	struct mt5_symbol *symbols;
	size_t symbol_count;
};

/* A tick as the terminal has it. */
struct mt5_tick {
	int64_t server_ms;
	int64_t bid_e8, ask_e8, last_e8; /* TICK_NONE: 0 in the message */
	int64_t volume_e8;
	uint32_t flags; /* MqlTick's: bits to be tested, unknown ones occur */
};

struct mt5_ticks {
	char symbol[MT5_NAME_MAX];
	int64_t seq;
	int64_t first;	 /* place of the first tick within its millisecond; -1: not said */
	int64_t from_ms; /* all ticks since then are in here or were before; TICK_NONE: not said */
	struct mt5_tick *ticks; /* times never fall */
	size_t count;
};

struct mt5_bar {
	int64_t server_s;
	int64_t open_e8, high_e8, low_e8, close_e8;
	int64_t ticks;
	double volume; /* real volume */
};

struct mt5_bars {
	char symbol[MT5_NAME_MAX];
	struct mt5_bar *bars; /* M5, times go up */
	size_t count;
	bool last; /* there are no more before the first tick */
};

struct mt5_account {
	double balance, equity; /* equity NAN: not said */
};

struct mt5_position {
	int64_t ticket, magic, opened_server_ms;
	char symbol[MT5_NAME_MAX], comment[MT5_COMMENT_MAX];
	bool sell;
	int64_t volume_e8, price_open_e8;
	int64_t stop_loss_e8, take_profit_e8; /* TICK_NONE: none */
};

struct mt5_positions {
	int64_t seq;
	bool complete; /* false, or not said: what is missing is not closed */
	struct mt5_position *positions; /* tickets go up */
	size_t count;
};

struct mt5_closed {
	int64_t ticket, server_ms;
	int64_t price_e8; /* TICK_NONE: not said */
	double profit;	  /* NAN: not said */
	char reason[MT5_NAME_MAX];
};

/* Retcodes of our own beside those of the terminal (10004 and up). */
enum mt5_own_retcode {
	MT5_NOT_ORDERED = 0, /* answer to a check: nothing of that action was ever ordered */
	MT5_EXPIRED = 1,     /* too old by the broker's clock: not ordered, never will be */
};

struct mt5_result {
	char action_id[MT5_ACTION_ID_MAX];
	int64_t retcode;
	int64_t ticket;		     /* 0: none */
	int64_t price_e8, volume_e8; /* TICK_NONE: not said */
	char comment[MT5_COMMENT_MAX];
};

struct mt5_message {
	enum mt5_type type;
	struct mt5_clocks clocks;
	char name[MT5_NAME_MAX]; /* of an unknown type, cut to this length */
	union {
		struct mt5_hello hello;
		struct mt5_ticks ticks;
		struct mt5_bars bars;
		struct mt5_account account;
		struct mt5_positions positions;
		struct mt5_closed closed;
		struct mt5_result result;
	};
};

/* What the arrays of messages live in, used again by the next one. */
struct mt5_reader;

/* NULL: out of memory. */
struct mt5_reader *
mt5_reader_create(void);

void
mt5_reader_free(struct mt5_reader *reader);

/*
 * Reads the line, without its end, into *ret, whose arrays and texts are the reader's until the
 * next call.  0; with what is wrong in one sentence -EBADMSG (no JSON object) or -EINVAL (lacks
 * what it needs); -ENOMEM.
 */
__attribute__((warn_unused_result)) int
mt5_message_read(struct mt5_reader *reader, const char *line, size_t length,
    struct mt5_message *ret, struct problem *problem);

/* The same by jansson alone: what the scanner is held against. */
__attribute__((warn_unused_result)) int
mt5_message_judge(struct mt5_reader *reader, const char *line, size_t length,
    struct mt5_message *ret, struct problem *problem);

#endif
