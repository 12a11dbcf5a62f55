/*
 * What all connections of the Binance feed share on the way from a frame to the sink: it is
 * recorded, scanned and normalised, counted, and what is wrong with it is told.
 */
#ifndef TICKD_INTAKE_H
#define TICKD_INTAKE_H

#include "common/log.h"
#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/feed/binance_normalise.h"
#include "tickd/feed/feed_figures.h"
#include "tickd/feed/symbol_table.h"

#define INTAKE_CLOCKS_US INT64_C(100000) /* the two clocks are compared so often */

/* What is made of frames beside ticks.  The functions may be NULL, but for tell. */
struct intake_hooks {
	feed_tell *tell;
	/* Each frame as it came, before anything is made of it. */
	void (*raw)(void *context, int64_t wall_us, const char *frame, size_t length);
	/* The exchange's clock and ours at the same moment; every INTAKE_CLOCKS_US at the most. */
	void (*event_time)(void *context, int64_t event_time_ms, int64_t wall_us);
	void *context;
};

struct intake {
	const struct string_list *names; /* of the symbols */
	struct feed_sink sink;
	struct intake_hooks hooks;
	struct symbol_table *symbols;
	struct feed_figures *figures;
	bool aggregates; /* the trades are aggregates; else single ones */
	int64_t clocks_us; /* monotonic: when the clocks were compared last, 0: never */
	struct log_limit malformed_limit, foreign_limit;
};

enum intake_result {
	INTAKE_TICK,  /* *ret_tick is to be handed on */
	INTAKE_QUOTE, /* a quote that is no row */
	INTAKE_REPLY, /* to a control message */
	INTAKE_SHUTDOWN,
	INTAKE_NOTHING, /* not from a market, or not to be understood */
};

/* `settings` is borrowed.  0 or -ENOMEM; to be finished in every case. */
__attribute__((warn_unused_result)) int
intake_init(struct intake *intake, const struct settings *settings, const struct feed_sink *sink,
    const struct intake_hooks *hooks);

void
intake_finish(struct intake *intake);

/* One frame, NULL where it was too long, of the connection with these books. */
enum intake_result
intake_frame(struct intake *intake, struct binance_normaliser *books, const char *frame,
    size_t length, int64_t now_us, struct tick *ret_tick);

/* Hands a tick to the sink and counts it.  False when there is no place. */
__attribute__((warn_unused_result)) bool
intake_try_push(struct intake *intake, const struct tick *tick);

/*
 * The same, waiting for a place.  Reading stops long before the last one, so this is for the few
 * ticks that were read already: the loop stands still rather than one is dropped.
 */
void
intake_push(struct intake *intake, const struct tick *tick);

#endif
