#include <string.h>

#include "marketsim/capture.h"

/* The ordinal of the first trade that is not below the sought one. */
static size_t
first_from(const struct capture_trades *trades, int64_t sought,
    int64_t (*key)(const struct trade *))
{
	size_t low = 0, high = trades->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key(&trades->items[middle]) < sought)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t
key_id(const struct trade *trade)
{
	return trade->id;
}

static int64_t
key_time(const struct trade *trade)
{
	return trade->time_us;
}

static int64_t
key_aggregate(const struct trade *trade)
{
	return trade->aggregate_id;
}

static int64_t
oldest(void *object, int symbol)
{
	const struct capture *capture = object;

	return capture->trades[symbol].items[0].id;
}

static int64_t
newest(void *object, int symbol)
{
	const struct capture *capture = object;
	const struct capture_trades *trades = &capture->trades[symbol];

	return trades->items[trades->count - 1].id;
}

static int64_t
id_of(const struct capture_trades *trades, size_t at)
{
	return at < trades->count ? trades->items[at].id
				  : trades->items[trades->count - 1].id + 1;
}

static int64_t
at_time(void *object, int symbol, int64_t time_us)
{
	const struct capture *capture = object;
	const struct capture_trades *trades = &capture->trades[symbol];

	return id_of(trades, first_from(trades, time_us, key_time));
}

static int64_t
of_aggregate(void *object, int symbol, int64_t aggregate_id)
{
	const struct capture *capture = object;
	const struct capture_trades *trades = &capture->trades[symbol];

	return id_of(trades, first_from(trades, aggregate_id, key_aggregate));
}

static int
read_trades(void *object, int symbol, int64_t id, struct trade *trades, int max)
{
	const struct capture *capture = object;
	const struct capture_trades *of = &capture->trades[symbol];
	size_t at = first_from(of, id, key_id), count = of->count - at;

	if (count > (size_t)max)
		count = (size_t)max;
	memcpy(trades, of->items + at, count * sizeof(*trades));
	return (int)count;
}

static int64_t
now(void *object)
{
	const struct capture *capture = object;

	return capture->newest_us;
}

struct trade_source
capture_source(struct capture *capture)
{
	return (struct trade_source){
		.instruments = capture->instruments,
		.count = capture->instrument_count,
		.object = capture,
		.oldest = oldest,
		.newest = newest,
		.at_time = at_time,
		.of_aggregate = of_aggregate,
		.read = read_trades,
		.now = now,
	};
}
