#define _GNU_SOURCE
#include "logd/feed_faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define SENTENCE_SIZE 400 /* bytes; what is longer is cut */

__attribute__((format(printf, 2, 3))) static void
say(json_t *faults, const char *format, ...)
{
	char sentence[SENTENCE_SIZE];
	json_t *text = NULL;
	size_t length;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	/* The cut may have gone through a character, of up to four bytes. */
	length = strlen(sentence);
	for (size_t less = 0; text == NULL && less < 4 && less <= length; less++)
		text = json_stringn(sentence, length - less);
	json_array_append_new(faults, text);
}

static const json_t *
member(const json_t *feed, const char *object, const char *name)
{
	return json_object_get(json_object_get(feed, object), name);
}

static int64_t
number(const json_t *feed, const char *object, const char *name)
{
	return json_integer_value(member(feed, object, name));
}

int64_t
feed_faults_missing(const json_t *feed)
{
	const json_t *missing = member(feed, "backfill", "missing");

	return json_is_integer(missing) ? json_integer_value(missing) : -1;
}

/* ---- the clock ---- */

static void
look_at_clock(json_t *faults, const json_t *feed)
{
	const json_t *offset = member(feed, "clock", "offset_ms");
	int64_t offset_ms;

	if (!json_is_true(member(feed, "clock", "alarm")))
		return;
	if (!json_is_integer(offset))
		offset = member(feed, "clock", "frames_offset_ms");
	if (!json_is_integer(offset)) {
		say(faults, "our clock is not the exchange's: set it right");
		return;
	}
	offset_ms = json_integer_value(offset);
	say(faults, "our clock is %" PRId64 ".%03" PRId64 " s %s the exchange's: set it right",
	    (int64_t)llabs(offset_ms) / 1000, (int64_t)llabs(offset_ms) % 1000,
	    offset_ms < 0 ? "ahead of" : "behind");
}

/* ---- missing ids ---- */

static void
look_at_rest(json_t *faults, const json_t *feed)
{
	int64_t wait_s = number(feed, "rest", "wait_s"), missing = feed_faults_missing(feed);
	const char *why = json_string_value(member(feed, "rest", "why"));

	if (missing > 0 && wait_s > FEED_FAULTS_WAIT_S)
		say(faults, "%" PRId64 " missing ids cannot be asked for within %" PRId64 " s: %s",
		    missing, wait_s, why == NULL ? "the REST calls wait" : why);
}

/* True once ids have been missing for long without any having been filled. */
static bool
is_stuck(struct feed_watch *watch, const json_t *feed, int64_t now_us)
{
	int64_t missing = feed_faults_missing(feed), filled = number(feed, "backfill", "filled");

	if (watch->moved_us == 0 || missing <= 0 || missing < watch->missing ||
	    filled > watch->filled || watch->missing <= 0)
		watch->moved_us = now_us;
	watch->missing = missing;
	watch->filled = filled;
	return now_us - watch->moved_us >= FEED_FAULTS_STUCK_US;
}

static void
look_at_backfill(json_t *faults, struct feed_watch *watch, const json_t *feed, int64_t now_us)
{
	if (is_stuck(watch, feed, now_us))
		say(faults, "%" PRId64 " ids are missing, and none was filled for %" PRId64 " s",
		    watch->missing, (now_us - watch->moved_us) / CLOCK_SECOND_US);
}

/* ---- the recorder ---- */

static void
look_at_recorder(json_t *faults, struct feed_watch *watch, const json_t *feed, int64_t now_us)
{
	int64_t lost = number(feed, "recorder", "lost");

	if (lost > watch->lost)
		watch->lost_us = now_us;
	watch->lost = lost;
	if (watch->lost_us != 0 && now_us - watch->lost_us < FEED_FAULTS_LOSS_US)
		say(faults, "the recorder loses frames: %" PRId64 " so far", lost);
}

/* ---- the whole ---- */

json_t *
feed_faults_look(struct feed_watch *watch, const json_t *feed, int64_t now_us)
{
	json_t *faults = json_array();

	look_at_rest(faults, feed);
	look_at_backfill(faults, watch, feed, now_us);
	look_at_clock(faults, feed);
	look_at_recorder(faults, watch, feed, now_us);
	return faults;
}

json_t *
feed_faults_of_symbol(const json_t *symbol)
{
	const char *name = json_string_value(json_object_get(symbol, "symbol"));
	json_t *faults = json_array();

	if (json_is_true(json_object_get(symbol, "silent")))
		say(faults, "%s is silent, against its own rate, while its connection lives",
		    name == NULL ? "a symbol" : name);
	return faults;
}
