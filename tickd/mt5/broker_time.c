#include "tickd/mt5/broker_time.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_message.h"

#define STEP_S (BROKER_STEP_US / CLOCK_SECOND_US)
#define HOUR_US (3600 * CLOCK_SECOND_US)
#define SUNDAY 3 /* of the days since 1970-01-01, a Thursday, by their rest of 7 */

/* ---- when the EU and the US change their clocks ---- */

struct rule {
	int month;    /* the moment is counted from the first of this month */
	int days;     /* the first Sunday from that day of it on */
	int utc_hour;
	bool forward;
};

static const struct rule rules[] = {
	{3, 24, 1, true},  /* the EU: last Sunday of March, 01:00 UTC ... */
	{10, 24, 1, false}, /* ... and of October */
	{3, 7, 7, true},   /* the US: second Sunday of March, 02:00 in New York ... */
	{11, 0, 6, false}, /* ... and first of November */
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Days from 1970-01-01 to the first of a month, 1970 to 2200. */
static int64_t
days_to(int64_t year, int month)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int64_t past = year - 1; /* whole years, with their leap days */
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return (year - 1970) * 365 + past / 4 - past / 100 + past / 400 - 477 + before[month - 1] +
	    (leap && month > 2);
}

static int64_t
moment_us(const struct rule *rule, int64_t year)
{
	int64_t day = days_to(year, rule->month) + rule->days;

	day += (7 + SUNDAY - day % 7) % 7;
	return day * CLOCK_DAY_US + rule->utc_hour * HOUR_US;
}

/* The only moment after from_us, and not after until_us, that fits; TICK_NONE: none, or several. */
static int64_t
known_change(int64_t from_us, int64_t until_us, bool forward)
{
	int64_t year = 1970 + from_us / (366 * CLOCK_DAY_US), found = TICK_NONE;

	for (; days_to(year, 1) * CLOCK_DAY_US <= until_us; year++)
		for (size_t i = 0; i < RULES; i++) {
			int64_t moment = moment_us(&rules[i], year);

			if (rules[i].forward != forward || moment <= from_us || moment > until_us)
				continue;
			if (found != TICK_NONE)
				return TICK_NONE;
			found = moment;
		}
	return found;
}

/* ---- what is known ---- */

void
broker_time_start(struct broker_time *time)
{
	*time = (struct broker_time){.seen_utc_us = TICK_NONE,
		.candidate_us = TICK_NONE,
		.candidate_seen_utc_us = TICK_NONE};
}

void
broker_time_load(struct broker_time *time, const struct broker_offset *offsets, size_t count,
    int64_t seen_utc_us)
{
	size_t forgotten = count > BROKER_OFFSETS_MAX ? count - BROKER_OFFSETS_MAX : 0;

	broker_time_start(time);
	time->count = count - forgotten;
	if (time->count > 0)
		memcpy(time->offsets, offsets + forgotten, time->count * sizeof(*offsets));
	time->seen_utc_us = seen_utc_us;
}

static int64_t
newest_offset(const struct broker_time *time)
{
	assert(time->count > 0);
	return time->offsets[time->count - 1].offset_us;
}

/* The new one holds from then on by the broker's clock, but never before the one before it. */
static void
add_offset(struct broker_time *time, int64_t from_server_us, int64_t offset_us)
{
	if (time->count > 0 && from_server_us <= time->offsets[time->count - 1].from_server_us)
		from_server_us = time->offsets[time->count - 1].from_server_us + 1;
	if (time->count == BROKER_OFFSETS_MAX) {
		time->count--;
		memmove(time->offsets, time->offsets + 1, time->count * sizeof(time->offsets[0]));
	}
	time->offsets[time->count++] =
	    (struct broker_offset){.from_server_us = from_server_us, .offset_us = offset_us};
}

/* ---- a change ---- */

/* Not before what came in under the old offset: `seen`, by the broker's clock, is in seconds. */
static int64_t
behind(int64_t seen_server_us, int64_t from_server_us)
{
	int64_t least_us = seen_server_us + CLOCK_SECOND_US;

	return from_server_us > least_us ? from_server_us : least_us;
}

/*
 * Forward, nothing is shown between the old clock's change and the new one's: the new offset holds
 * from the earliest moment that it can have been.  Backward, from the latest one and by the old
 * clock: what it shows before that was shown under the old offset too.
 */
static int64_t
change_from(const struct broker_time *time)
{
	int64_t old = newest_offset(time), new = time->candidate_us;
	int64_t seen = time->seen_utc_us, first = time->candidate_seen_utc_us;
	bool forward = new > old;
	int64_t moment;

	if (seen == TICK_NONE)
		return first + new;
	if (seen > first) /* one of the two was never right */
		return behind(seen + old, first + new);
	moment = known_change(seen, first, forward);
	if (moment != TICK_NONE)
		return moment + (forward ? new : old);
	if (first - seen <= BROKER_WATCHED_US)
		return forward ? seen + new : behind(seen + old, first + old);
	return behind(seen + old, first + new);
}

static enum broker_clock
believe_candidate(struct broker_time *time, int64_t seen_utc_us)
{
	add_offset(time, change_from(time), time->candidate_us);
	time->candidate_us = time->candidate_seen_utc_us = TICK_NONE;
	time->seen_utc_us = seen_utc_us;
	return BROKER_CLOCK_CHANGED;
}

static bool
is_agreed(const struct broker_time *time, int64_t utc_us, int64_t now_us)
{
	return now_us - time->candidate_since_us >= BROKER_AGREEMENT_US ||
	    utc_us - time->candidate_seen_utc_us >= BROKER_AGREEMENT_US;
}

/* ---- what is measured ---- */

/* To the nearest 15 minutes; false where that is no clock. */
static bool
round_offset(int64_t server_s, int64_t gmt_s, int64_t *ret_us)
{
	int64_t seconds, steps;

	if (server_s < 0 || server_s > MT5_TIME_END_S || gmt_s < 0 || gmt_s > MT5_TIME_END_S)
		return false;
	seconds = server_s - gmt_s;
	if (seconds > MT5_OFFSET_MAX_S || seconds < -MT5_OFFSET_MAX_S)
		return false;
	/* Of positive numbers, as division rounds towards 0. */
	steps = (seconds + MT5_OFFSET_MAX_S + STEP_S / 2) / STEP_S;
	*ret_us = (steps - MT5_OFFSET_MAX_S / STEP_S) * BROKER_STEP_US;
	return true;
}

enum broker_clock
broker_time_measure(struct broker_time *time, int64_t server_s, int64_t gmt_s, int64_t now_us)
{
	int64_t offset_us, utc_us;

	if (!round_offset(server_s, gmt_s, &offset_us))
		return BROKER_CLOCK_ABSURD;
	utc_us = server_s * CLOCK_SECOND_US - offset_us;
	if (time->count == 0) {
		add_offset(time, 0, offset_us); /* of before nothing else is known */
		time->seen_utc_us = utc_us;
		return BROKER_CLOCK_CHANGED;
	}
	if (offset_us == newest_offset(time)) {
		time->seen_utc_us = utc_us;
		time->candidate_us = time->candidate_seen_utc_us = TICK_NONE;
		return BROKER_CLOCK_AGREES;
	}
	if (offset_us != time->candidate_us) {
		time->candidate_us = offset_us;
		time->candidate_seen_utc_us = utc_us;
		time->candidate_since_us = now_us;
	}
	return is_agreed(time, utc_us, now_us) ? believe_candidate(time, utc_us) :
						 BROKER_CLOCK_DIFFERS;
}

enum broker_clock
broker_time_turn(struct broker_time *time, int64_t now_us)
{
	if (time->candidate_us == TICK_NONE)
		return BROKER_CLOCK_AGREES;
	return is_agreed(time, time->candidate_seen_utc_us, now_us) ?
	    believe_candidate(time, time->candidate_seen_utc_us) : BROKER_CLOCK_DIFFERS;
}

/* ---- from one clock to the other ---- */

int64_t
broker_time_utc(const struct broker_time *time, int64_t server_us)
{
	size_t i = time->count - 1;

	assert(time->count > 0);
	while (i > 0 && server_us < time->offsets[i].from_server_us)
		i--;
	return server_us - time->offsets[i].offset_us;
}

int64_t
broker_time_present(const struct broker_time *time, int64_t server_us)
{
	return server_us - newest_offset(time);
}

int64_t
broker_time_server(const struct broker_time *time, int64_t utc_us)
{
	return utc_us + newest_offset(time);
}
