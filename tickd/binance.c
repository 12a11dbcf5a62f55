#include "tickd/binance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "tickd/feed/feed_binance.h"
#include "tickd/net/link.h"
#include "tickd/record/recorder.h"
#include "tickd/rest/backfill.h"
#include "tickd/rest/exchange_clock.h"
#include "tickd/rest/first_slot.h"
#include "tickd/rest/history.h"
#include "tickd/rest/rest.h"
#include "tickd/store/storage.h"

struct binance {
	const struct settings *settings;
	struct storage *storage;
	feed_tell *tell;
	void (*closed)(void *context);
	void *context;
	struct link_host *stream_host, *rest_host;
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct rest *rest;
	struct exchange_clock *clock; /* NULL once it stops */
	struct backfill *backfill;
	struct first_slot *first_slot;
	struct history *history;
	struct feed *feed; /* NULL once it is closed; rest as well */
	bool recording_fails;
};

/* ---- what the feed hands on ---- */

static bool
sink_push(void *context, const struct tick *tick)
{
	return storage_push(((struct binance *)context)->storage, tick);
}

static size_t
sink_room(void *context)
{
	return storage_room(((struct binance *)context)->storage);
}

static void
on_raw(void *context, int64_t wall_us, const char *frame, size_t length)
{
	recorder_frame(((struct binance *)context)->recorder, wall_us, frame, length);
}

static void
on_event_time(void *context, int64_t event_time_ms, int64_t wall_us)
{
	struct binance *binance = context;

	if (binance->clock != NULL)
		exchange_clock_frame(binance->clock, event_time_ms, wall_us);
}

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	struct binance *binance = context;

	binance->tell(binance->context, level, event, symbol, sentence);
}

/* ---- signs of life ---- */

/* Says once that frames are lost to the recording, and once that they are not any more. */
static void
look_at_recorder(struct binance *binance)
{
	struct problem problem;
	bool fails = recorder_failure(binance->recorder, &problem) < 0;

	if (fails && !binance->recording_fails)
		on_tell(binance, LOG_ERR, "recording-failing", NULL, problem.text);
	if (!fails && binance->recording_fails)
		on_tell(binance, LOG_NOTICE, "recording-well", NULL, "frames are recorded again");
	binance->recording_fails = fails;
}

/* What storage knows of each symbol, beside what the feed has received of it. */
static void
add_symbols(struct binance *binance, json_t *status)
{
	json_t *symbols = json_object_get(status, "symbols");
	int64_t gaps = 0, missing = 0;

	for (size_t i = 0; i < json_array_size(symbols); i++) {
		json_t *symbol = json_array_get(symbols, i);
		struct store_symbol stored;

		storage_symbol(binance->storage, i, &stored);
		gaps += stored.gaps;
		missing += stored.missing;
		json_object_set_new(symbol, "stored", json_integer(stored.ticks));
		json_object_set_new(symbol, "gaps", json_integer(stored.gaps));
		json_object_set_new(symbol, "missing", json_integer(stored.missing));
		json_object_set_new(symbol, "backfilled", json_integer(stored.backfilled));
	}
	json_object_set_new(status, "gaps", json_integer(gaps));
	json_object_set_new(status, "missing", json_integer(missing));
}

json_t *
binance_status(struct binance *binance)
{
	json_t *status;

	if (binance->feed == NULL || binance->clock == NULL) /* stopping */
		return json_pack("{s:s, s:s}", "name", "binance", "state", "stopped");
	status = binance->feed->operations->status(binance->feed);
	add_symbols(binance, status);
	json_object_set_new(status, "rest", rest_status(binance->rest));
	json_object_set_new(status, "backfill", backfill_status(binance->backfill));
	json_object_set_new(status, "clock", exchange_clock_status(binance->clock));
	if (binance->recorder != NULL) {
		look_at_recorder(binance);
		json_object_set_new(status, "recorder", recorder_status(binance->recorder));
	}
	return status;
}

bool
binance_healthy(const struct binance *binance)
{
	return binance->feed != NULL && binance->feed->operations->healthy(binance->feed);
}

/* ---- the beginning ---- */

static int
create_recorder(struct binance *binance, struct problem *problem)
{
	const struct settings *settings = binance->settings;

	if (settings->binance.record[0] == '\0')
		return 0;
	/* A folder that cannot be used is a fault of the settings, whatever the system calls it. */
	return recorder_create(&binance->recorder, settings->binance.record,
	    settings->binance.record_rotate_us, settings->binance.record_limit_bytes,
	    problem) < 0 ? -EINVAL : 0;
}

static int
create_rest(struct binance *binance, uv_loop_t *loop, struct problem *problem)
{
	const struct settings *settings = binance->settings;
	struct storage *storage = binance->storage;
	struct rest *rest =
	    rest_create(settings, loop, binance->rest_host, storage, on_tell, binance);

	if (rest == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	binance->rest = rest;
	binance->clock = exchange_clock_create(settings, loop, rest, on_tell, binance);
	binance->backfill = backfill_create(settings, loop, rest, storage, on_tell, binance);
	binance->first_slot = first_slot_create(settings, loop, rest, storage, on_tell, binance);
	binance->history = history_create(settings, loop, rest, storage, on_tell, binance);
	if (binance->clock == NULL || binance->backfill == NULL || binance->first_slot == NULL ||
	    binance->history == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	return 0;
}

/* ---- the end: REST and feed close, then nothing comes any more ---- */

static void
finish_if_closed(struct binance *binance)
{
	if (binance->feed != NULL || binance->rest != NULL)
		return;
	recorder_stop(binance->recorder);
	binance->closed(binance->context);
	free(binance);
}

static void
on_feed_closed(void *context)
{
	struct binance *binance = context;

	binance->feed = NULL;
	finish_if_closed(binance);
}

static void
on_rest_closed(void *context)
{
	struct binance *binance = context;

	binance->rest = NULL;
	finish_if_closed(binance);
}

static int
create_feed(struct binance *binance, uv_loop_t *loop, struct problem *problem)
{
	const struct feed_binance_parameters parameters = {
		.settings = binance->settings,
		.loop = loop,
		.host = binance->stream_host,
		.storage = binance->storage,
		.sink = {sink_push, sink_room, binance},
		.tell = on_tell,
		.raw = binance->recorder == NULL ? NULL : on_raw,
		.event_time = on_event_time,
		.closed = on_feed_closed,
		.context = binance,
	};

	return feed_binance_create(&binance->feed, &parameters, problem);
}

int
binance_create(struct binance **ret, const struct settings *settings, uv_loop_t *loop,
    struct link *link, struct storage *storage, feed_tell *tell, void (*closed)(void *context),
    void *context, struct problem *problem)
{
	struct binance *binance = calloc(1, sizeof(*binance));
	int error;

	if (binance == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	binance->settings = settings;
	binance->storage = storage;
	binance->tell = tell;
	binance->closed = closed;
	binance->context = context;
	error = link_host_create(link, settings->binance.stream_url, settings->binance.ca_file,
	    &binance->stream_host, problem);
	if (error == 0)
		error = link_host_create(link, settings->binance.rest_url,
		    settings->binance.ca_file, &binance->rest_host, problem);
	if (error == 0)
		error = create_recorder(binance, problem);
	if (error == 0)
		error = create_rest(binance, loop, problem);
	if (error == 0)
		error = create_feed(binance, loop, problem);
	if (error < 0) /* the program ends: what was made goes with it */
		return error;
	*ret = binance;
	return 0;
}

void
binance_start(struct binance *binance)
{
	rest_start(binance->rest);
	exchange_clock_start(binance->clock);
	binance->feed->operations->start(binance->feed);
	binance_poke(binance);
}

void
binance_poke(struct binance *binance)
{
	if (binance->clock == NULL) /* stopping */
		return;
	binance->feed->operations->resume(binance->feed);
	first_slot_poke(binance->first_slot);
	backfill_poke(binance->backfill);
	history_poke(binance->history);
}

void
binance_stop(struct binance *binance)
{
	binance->feed->operations->stop(binance->feed); /* closes later, not from inside */
	exchange_clock_stop(binance->clock);
	binance->clock = NULL;
	first_slot_stop(binance->first_slot);
	backfill_stop(binance->backfill);
	history_stop(binance->history);
	rest_stop(binance->rest, on_rest_closed, binance);
}
