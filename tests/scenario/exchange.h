/*
 * The exchange of a scenario: what was traded, who is connected, what REST answers.  It keeps the
 * exchange's own rules against the client: breaking one ends the scenario.
 */
#ifndef SCENARIO_EXCHANGE_H
#define SCENARIO_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_MAX 1024

struct trade {
	int64_t id, time_ms, price_e8, quantity_e8;
	bool sell, absent; /* absent: the exchange itself has no such id */
};

struct market {
	char name[32];
	struct trade *trades; /* ids go up by one */
	size_t count, room;
	int64_t next_id;
	int64_t every_us; /* traffic; 0: none */
	uint64_t event;
	bool dropped; /* traded, but on no stream */
	bool muted;   /* on no stream until it is subscribed to anew */
	bool halted_stream; /* not even then */
	int refused_status, refused_code; /* of REST; 0: it is answered */
};

struct exchange {
	struct market markets[SYMBOLS_MAX];
	size_t count;
	bool aggregates; /* ids are those of aggregates of two trades each */

	/* streams */
	bool refusing; /* connections do not come up */
	int slow_connection; /* 0: none; its frames come later by slow_us */
	int64_t slow_us;
	int attempts;  /* ever */
	int most_messages_a_second;

	/* REST */
	int status, retry_after_s, answers_left; /* not 200: for so many calls, -1 for ever */
	bool dead;				 /* no answer at all */
	bool garbled;
	int64_t lag_us;
	int64_t banned_until_us; /* by outside_elapsed_us() */
	int weight_limit;
	int calls;
};

extern struct exchange exchange;

/* Ends the scenario: a rule of the exchange was broken. */
__attribute__((format(printf, 1, 2), noreturn)) void
scenario_fail(const char *format, ...);

void
exchange_reset(void);

/* The market of that name, made where it is new. */
struct market *
exchange_market(const char *name, size_t length);

/* The trade, or NULL. */
const struct trade *
market_trade(const struct market *market, int64_t id);

/* Makes a trade of now (or of at_ms, if that is not 0); the stream has it unless told otherwise. */
void
market_make(struct market *market, int64_t at_ms, bool on_streams);

/* Puts a stored trade on the streams of the connection, 0: of all. */
void
exchange_deliver(const struct market *market, const struct trade *trade, int connection);

void
exchange_deliver_text(int connection, const char *text);

void
exchange_cut(int connection, const char *reason);

/* Open connections, and how many pings would not be answered because they do not read. */
int
exchange_open_count(void);

/* The connections' texts to us that contain `part`. */
int
exchange_sent_count(const char *part);

/* REST calls whose path contains `part`. */
int
exchange_call_count(const char *part);

#endif
