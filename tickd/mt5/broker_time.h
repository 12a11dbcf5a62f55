/*
 * The broker's clock against UTC.  Pure: times are given.
 *
 * The offset is TimeTradeServer - TimeGMT rounded to 15 minutes (a clock that is seven minutes off
 * does no harm).  The first one counts at once; another one after a minute, by our clock or by the
 * broker's own, in which nothing spoke against it.  Offsets are kept with the broker's time from which they hold, so that a tick has the
 * same UTC time whenever it is converted.
 *
 * The change was at the one moment in between at which the EU or the US change their clocks, if
 * there is one that fits by its direction.  Else, when the clock was watched up to the change
 * (BROKER_WATCHED_US), it was between the last sight of the old offset and the first of the new.
 * Else it was when the new offset was seen first.
 *
 * The hour that a clock goes through twice is the old offset's, so that what came in under it keeps
 * its UTC; its second time is an hour early, where anything of it is new at all (mt5_place.h).
 * Around those hours the markets that follow them are closed.
 */
#ifndef TICKD_BROKER_TIME_H
#define TICKD_BROKER_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKER_OFFSETS_MAX 64		       /* kept: two a year */
#define BROKER_STEP_US INT64_C(900000000)      /* offsets are multiples of this */
#define BROKER_AGREEMENT_US INT64_C(60000000)
#define BROKER_WATCHED_US INT64_C(600000000)

struct broker_offset {
	int64_t from_server_us; /* holds for the broker's times from here to the next one's */
	int64_t offset_us;	/* broker's clock - UTC */
};

struct broker_time {
	struct broker_offset offsets[BROKER_OFFSETS_MAX]; /* ascending; the oldest are forgotten */
	size_t count;
	int64_t seen_utc_us;	   /* when the newest offset was last measured, TICK_NONE: never */
	int64_t candidate_us;	   /* another offset that was measured, TICK_NONE: none */
	int64_t candidate_seen_utc_us; /* first measured then (UTC, by it) */
	int64_t candidate_since_us; /* monotonic */
};

enum broker_clock {
	BROKER_CLOCK_AGREES,  /* the offset is the newest one */
	BROKER_CLOCK_DIFFERS, /* it is another one: ticks wait until it is believed or gone */
	BROKER_CLOCK_CHANGED, /* a new offset holds from now on: store offsets[count - 1] */
	BROKER_CLOCK_ABSURD,  /* more than MT5_OFFSET_MAX_S: not a clock */
};

void
broker_time_start(struct broker_time *time);

/* What was stored, in ascending order; seen_utc_us: of the source's newest tick, or TICK_NONE. */
void
broker_time_load(struct broker_time *time, const struct broker_offset *offsets, size_t count,
    int64_t seen_utc_us);

/* Both clocks were read at the same moment, and we were told at now_us (monotonic). */
enum broker_clock
broker_time_measure(struct broker_time *time, int64_t server_s, int64_t gmt_s, int64_t now_us);

/* Whether a candidate has been agreed on by now: AGREES, DIFFERS or CHANGED. */
enum broker_clock
broker_time_turn(struct broker_time *time, int64_t now_us);

/* By the offset of that time, for what is kept.  At least one is known. */
int64_t
broker_time_utc(const struct broker_time *time, int64_t server_us);

/* By the newest offset, for what is now: these two undo each other. */
int64_t
broker_time_present(const struct broker_time *time, int64_t server_us);
int64_t
broker_time_server(const struct broker_time *time, int64_t utc_us);

#endif
