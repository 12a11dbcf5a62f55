#define _GNU_SOURCE
#include "tickd/feed/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "tickd/feed/binance_scan.h"
#include "tickd/feed/binance_streams.h"

#define FULL_NAP_NS 200000
#define TELL_BURST 5 /* lines about bad frames in TELL_WINDOW_US */
#define TELL_WINDOW_US INT64_C(60000000)

int
intake_init(struct intake *intake, const struct settings *settings, const struct feed_sink *sink,
    const struct intake_hooks *hooks)
{
	const struct string_list *names = &settings->binance.symbols;

	*intake = (struct intake){.names = names, .sink = *sink, .hooks = *hooks};
	intake->aggregates = binance_streams_ids(&settings->binance.streams) == TICK_IDS_AGGREGATE;
	intake->symbols = symbol_table_create(names);
	intake->figures = feed_figures_create(names);
	return intake->symbols == NULL || intake->figures == NULL ? -ENOMEM : 0;
}

void
intake_finish(struct intake *intake)
{
	feed_figures_free(intake->figures);
	symbol_table_free(intake->symbols);
}

/* ---- what is wrong with a frame ---- */

static void
tell_malformed(struct intake *intake, const char *frame, size_t length, int64_t now_us)
{
	char start[65], sentence[256];
	int64_t suppressed;
	size_t shown = length < sizeof(start) - 1 ? length : sizeof(start) - 1;

	intake->figures->malformed++;
	if (!log_limit_pass(&intake->malformed_limit, TELL_BURST, TELL_WINDOW_US, now_us,
		&suppressed))
		return;
	for (size_t i = 0; i < shown; i++)
		start[i] = frame[i] >= ' ' && frame[i] <= '~' ? frame[i] : '?';
	start[shown] = '\0';
	snprintf(sentence, sizeof(sentence),
	    "a malformed frame of %zu bytes was passed over: %s (%" PRId64 " more before it)", length,
	    start, suppressed);
	intake->hooks.tell(intake->hooks.context, LOG_WARNING, "frame-malformed", NULL, sentence);
}

static void
tell_foreign(struct intake *intake, const struct binance_event *event, int64_t now_us)
{
	char sentence[256];
	int64_t suppressed;

	intake->figures->foreign++;
	if (!log_limit_pass(&intake->foreign_limit, TELL_BURST, TELL_WINDOW_US, now_us, &suppressed))
		return;
	snprintf(sentence, sizeof(sentence),
	    "a frame of %.*s, which was not asked for, was not stored (%" PRId64
	    " more before it)", (int)event->symbol_length, event->symbol, suppressed);
	intake->hooks.tell(intake->hooks.context, LOG_WARNING, "frame-foreign", NULL, sentence);
}

/* ---- what it says ---- */

static void
hear_time(struct intake *intake, int64_t event_time_ms, int64_t now_us)
{
	struct feed_figures *figures = intake->figures;
	int64_t event_us = event_time_ms * CLOCK_MS_US;

	if (event_us > figures->newest_us)
		figures->newest_us = event_us;
	if (intake->clocks_us != 0 && now_us - intake->clocks_us < INTAKE_CLOCKS_US)
		return;
	intake->clocks_us = now_us;
	if (intake->hooks.event_time != NULL)
		intake->hooks.event_time(intake->hooks.context, event_time_ms, clock_wall_us());
}

static enum intake_result
take_event(struct intake *intake, struct binance_normaliser *books,
    const struct binance_event *event, int64_t now_us, struct tick *ret_tick)
{
	int result;

	/* The ids of single trades and of aggregates are not the same numbers. */
	if (event->kind == BINANCE_TRADE && (event->trade_count != 0) != intake->aggregates) {
		intake->figures->unknown++;
		return INTAKE_NOTHING;
	}
	result = binance_normalise(books, event, now_us, ret_tick);
	if (result < 0) {
		tell_foreign(intake, event, now_us);
		return INTAKE_NOTHING;
	}
	if (event->kind == BINANCE_TRADE)
		hear_time(intake, event->event_time_ms, now_us);
	return result == 1 ? INTAKE_TICK : INTAKE_QUOTE;
}

enum intake_result
intake_frame(struct intake *intake, struct binance_normaliser *books, const char *frame,
    size_t length, int64_t now_us, struct tick *ret_tick)
{
	struct binance_event event;

	intake->figures->frames++;
	if (frame == NULL) {
		intake->figures->oversize++;
		return INTAKE_NOTHING;
	}
	if (intake->hooks.raw != NULL)
		intake->hooks.raw(intake->hooks.context, clock_wall_us(), frame, length);
	binance_scan(frame, length, &event);
	switch (event.kind) {
	case BINANCE_TRADE:
	case BINANCE_QUOTE:
		return take_event(intake, books, &event, now_us, ret_tick);
	case BINANCE_MALFORMED:
		tell_malformed(intake, frame, length, now_us);
		return INTAKE_NOTHING;
	case BINANCE_SHUTDOWN:
		return INTAKE_SHUTDOWN;
	case BINANCE_REPLY:
		return INTAKE_REPLY;
	case BINANCE_UNKNOWN:
		break;
	}
	intake->figures->unknown++;
	return INTAKE_NOTHING;
}

bool
intake_try_push(struct intake *intake, const struct tick *tick)
{
	if (!intake->sink.push(intake->sink.context, tick))
		return false;
	if ((tick->flags & TICK_TRADE) != 0)
		feed_figures_trade(intake->figures, tick);
	return true;
}

void
intake_push(struct intake *intake, const struct tick *tick)
{
	static const struct timespec nap = {.tv_nsec = FULL_NAP_NS};

	while (!intake_try_push(intake, tick))
		nanosleep(&nap, NULL);
}
