#include "tickd/rest/exchange_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/alarm.h"
#include "tickd/feed/binance_event.h"
#include "tickd/rest/clock_offset.h"
#include "tickd/rest/rest.h"

#define CHECK_US INT64_C(10000000)   /* so often our own clock is looked at */
#define ASK_US INT64_C(300000000)
#define ASK_AGAIN_US INT64_C(60000000) /* after a failure */
#define JUMP_US INT64_C(500000)	     /* our wall clock moved so much against the monotonic one */
#define TIME_WEIGHT 1
#define WELL_SHARE 4 /* well again once a quarter below the alarm: it must not flutter */

struct exchange_clock {
	const struct settings *settings;
	struct rest *rest;
	feed_tell *tell;
	void *context;
	struct alarm *check;
	struct rest_call *call;
	struct clock_offset seen; /* samples are of the monotonic clock, frames of the wall's */
	bool known;
	int64_t ahead_us; /* the exchange's clock minus our monotonic one */
	int64_t ask_us;	  /* monotonic: when it is asked again */
	int64_t wall_us;  /* our wall clock minus the monotonic one, at the last check */
	bool alarm;
};

static int64_t
wall_minus_monotonic(void)
{
	return clock_wall_us() - clock_monotonic_us();
}

/* Against the wall clock as it is now, so that setting that one shows at once. */
static int64_t
offset_us(const struct exchange_clock *clock)
{
	return clock->known ? clock->ahead_us - wall_minus_monotonic() : CLOCK_OFFSET_UNKNOWN;
}

int64_t
exchange_clock_now_us(const struct exchange_clock *clock)
{
	return clock->known ? clock_monotonic_us() + clock->ahead_us : clock_wall_us();
}

/* ---- the alarm ---- */

static void
tell_change(struct exchange_clock *clock, int64_t offset)
{
	double seconds = (double)llabs(offset) / CLOCK_SECOND_US;
	char sentence[200];

	if (clock->alarm)
		snprintf(sentence, sizeof(sentence),
		    "our clock is %.3f s %s the exchange's: is this machine's time kept? "
		    "Ticks and candles go by the exchange's", seconds,
		    offset > 0 ? "behind" : "ahead of");
	else
		snprintf(sentence, sizeof(sentence), "our clock is within %.3f s of the exchange's",
		    seconds);
	clock->tell(clock->context, clock->alarm ? LOG_WARNING : LOG_NOTICE,
	    clock->alarm ? "clock-off" : "clock-well", NULL, sentence);
}

static void
judge(struct exchange_clock *clock)
{
	int64_t limit_us = clock->settings->binance.clock_alarm_us, offset = offset_us(clock);
	bool off;

	if (offset == CLOCK_OFFSET_UNKNOWN)
		offset = clock_offset_by_frames(&clock->seen, clock_wall_us());
	if (offset == CLOCK_OFFSET_UNKNOWN || limit_us == 0)
		return;
	off = llabs(offset) > (clock->alarm ? limit_us - limit_us / WELL_SHARE : limit_us);
	if (off == clock->alarm)
		return;
	clock->alarm = off;
	tell_change(clock, offset);
}

/* ---- asking ---- */

static bool
read_time(const struct http_answer *answer, int64_t *ret_ms)
{
	json_t *root = json_loadb(answer->body, answer->length, JSON_REJECT_DUPLICATES, NULL);
	const json_t *time = json_object_get(root, "serverTime");
	bool good = json_is_integer(time);

	*ret_ms = json_integer_value(time);
	json_decref(root);
	return good && *ret_ms > 0 && *ret_ms <= BINANCE_TIME_MAX_MS;
}

static void
on_time(void *context, const struct http_answer *answer)
{
	struct exchange_clock *clock = context;
	int64_t now_us = clock_monotonic_us(), time_ms;

	clock->call = NULL;
	if (answer->status != 200 || !read_time(answer, &time_ms)) {
		clock->ask_us = now_us + ASK_AGAIN_US;
		return;
	}
	clock_offset_add(&clock->seen, answer->sent_us, answer->received_us,
	    time_ms * CLOCK_MS_US);
	clock->ahead_us = clock_offset_best(&clock->seen);
	clock->known = true;
	clock->ask_us = now_us + ASK_US;
	rest_set_clock(clock->rest, exchange_clock_now_us(clock));
	judge(clock);
}

static void
ask(struct exchange_clock *clock)
{
	clock->call =
	    rest_get(clock->rest, "/api/v3/time", TIME_WEIGHT, REST_SMALL, on_time, clock);
	if (clock->call == NULL)
		clock->ask_us = clock_monotonic_us() + ASK_AGAIN_US;
}

/*
 * Our wall clock was set, or the machine slept and the monotonic clock with it: what was measured
 * before may be wrong, but serves until there is something better.
 */
static void
look_for_jump(struct exchange_clock *clock)
{
	int64_t wall_us = wall_minus_monotonic();

	if (llabs(wall_us - clock->wall_us) > JUMP_US) {
		clock_offset_init(&clock->seen);
		clock->ask_us = 0;
	}
	clock->wall_us = wall_us;
}

static void
on_check(void *context)
{
	struct exchange_clock *clock = context;

	look_for_jump(clock);
	judge(clock);
	if (clock->call == NULL && clock_monotonic_us() >= clock->ask_us)
		ask(clock);
	alarm_set(clock->check, CHECK_US);
}

/* ---- the whole ---- */

struct exchange_clock *
exchange_clock_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    feed_tell *tell, void *context)
{
	struct exchange_clock *clock = calloc(1, sizeof(*clock));

	if (clock == NULL)
		return NULL;
	clock->settings = settings;
	clock->rest = rest;
	clock->tell = tell;
	clock->context = context;
	clock->wall_us = wall_minus_monotonic();
	clock_offset_init(&clock->seen);
	clock->check = alarm_create(loop, on_check, clock);
	if (clock->check == NULL) {
		free(clock);
		return NULL;
	}
	return clock;
}

void
exchange_clock_start(struct exchange_clock *clock)
{
	on_check(clock);
}

void
exchange_clock_frame(struct exchange_clock *clock, int64_t event_time_ms, int64_t wall_us)
{
	clock_offset_frame(&clock->seen, event_time_ms * CLOCK_MS_US, wall_us);
}

static json_t *
offset_json(int64_t offset)
{
	return offset == CLOCK_OFFSET_UNKNOWN ? json_null() : json_integer(offset / CLOCK_MS_US);
}

json_t *
exchange_clock_status(const struct exchange_clock *clock)
{
	return json_pack("{s:o, s:o, s:b}", "offset_ms", offset_json(offset_us(clock)),
	    "frames_offset_ms",
	    offset_json(clock_offset_by_frames(&clock->seen, clock_wall_us())), "alarm",
	    clock->alarm);
}

void
exchange_clock_stop(struct exchange_clock *clock)
{
	if (clock->call != NULL)
		rest_cancel(clock->call);
	alarm_free(clock->check);
	free(clock);
}
