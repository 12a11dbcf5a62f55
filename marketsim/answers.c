#include "marketsim/answers.h"

#include <assert.h>

#include "common/clock.h"
#include "marketsim/candle.h"

#define CHUNK 256 /* trades read at a time */

/* Reads trades one by one, in chunks from the source. */
struct reader {
	const struct trade_source *source;
	int symbol;
	int64_t next, newest;
	int at, count;
	struct trade chunk[CHUNK];
};

static void
reader_begin(struct reader *reader, const struct trade_source *source, int symbol, int64_t id)
{
	int64_t oldest = source->oldest(source->object, symbol);

	reader->source = source;
	reader->symbol = symbol;
	reader->next = id > oldest ? id : oldest;
	reader->newest = trade_source_newest(source, symbol);
	reader->at = reader->count = 0;
}

/* The next trade without taking it; NULL beyond the newest. */
static const struct trade *
reader_peek(struct reader *reader)
{
	if (reader->at < reader->count)
		return &reader->chunk[reader->at];
	if (reader->next > reader->newest)
		return NULL;
	reader->at = 0;
	reader->count = reader->source->read(reader->source->object, reader->symbol,
	    reader->next, reader->chunk, CHUNK);
	reader->next = reader->chunk[reader->count - 1].id + 1;
	while (reader->count > 0 && reader->chunk[reader->count - 1].id > reader->newest)
		reader->count--; /* known to the source, but not yet shown */
	return reader->count > 0 ? &reader->chunk[0] : NULL;
}

void
answer_trades(struct body *body, const struct trade_source *source, const struct query *query)
{
	int64_t from = query->from_id;
	const struct trade *trade;
	struct reader reader;

	if (from == QUERY_NONE)
		from = trade_source_newest(source, query->symbol) - query->limit + 1;
	reader_begin(&reader, source, query->symbol, from);
	body_add(body, "[");
	for (int64_t i = 0; i < query->limit && (trade = reader_peek(&reader)) != NULL; i++) {
		body_add(body, i > 0 ? ",{\"id\":" : "{\"id\":");
		body_add_integer(body, trade->id);
		body_add(body, ",\"price\":\"");
		body_add_e8(body, trade->price_e8);
		body_add(body, "\",\"qty\":\"");
		body_add_e8(body, trade->quantity_e8);
		body_add(body, "\",\"quoteQty\":\"");
		body_add_sum_e16(body, (decimal_sum)trade->price_e8 * trade->quantity_e8);
		body_add(body, "\",\"time\":");
		body_add_integer(body, trade->time_us / CLOCK_MS_US);
		body_add(body, trade->buyer_is_maker ? ",\"isBuyerMaker\":true"
						     : ",\"isBuyerMaker\":false");
		body_add(body, ",\"isBestMatch\":true}");
		reader.at++;
	}
	body_add(body, "]");
}

/* The id of the trade that the asked aggregates begin with. */
static int64_t
first_of_aggregates(const struct trade_source *source, const struct query *query)
{
	int64_t newest = trade_source_newest(source, query->symbol);
	struct trade last;

	if (query->from_id != QUERY_NONE)
		return source->of_aggregate(source->object, query->symbol, query->from_id);
	if (query->start_us != QUERY_NONE)
		return source->at_time(source->object, query->symbol, query->start_us);
	if (newest < source->oldest(source->object, query->symbol))
		return newest;
	if (query->end_us != QUERY_NONE) {
		int64_t after =
		    source->at_time(source->object, query->symbol, query->end_us + 1);

		if (after <= source->oldest(source->object, query->symbol))
			return after;
		newest = after <= newest ? after - 1 : newest;
	}
	source->read(source->object, query->symbol, newest, &last, 1);
	return source->of_aggregate(source->object, query->symbol,
	    last.aggregate_id - query->limit + 1);
}

/* Takes one whole aggregate off the reader and writes it. */
static void
add_aggregate(struct body *body, struct reader *reader)
{
	const struct trade *trade = reader_peek(reader);
	int64_t quantity_e8 = 0, last_id;
	struct trade first;

	assert(trade != NULL); /* the caller has seen it */
	first = *trade;
	last_id = first.id;
	while ((trade = reader_peek(reader)) != NULL &&
	    trade->aggregate_id == first.aggregate_id) {
		quantity_e8 += trade->quantity_e8;
		last_id = trade->id;
		reader->at++;
	}
	body_add(body, "{\"a\":");
	body_add_integer(body, first.aggregate_id);
	body_add(body, ",\"p\":\"");
	body_add_e8(body, first.price_e8);
	body_add(body, "\",\"q\":\"");
	body_add_e8(body, quantity_e8);
	body_add(body, "\",\"f\":");
	body_add_integer(body, first.id);
	body_add(body, ",\"l\":");
	body_add_integer(body, last_id);
	body_add(body, ",\"T\":");
	body_add_integer(body, first.time_us / CLOCK_MS_US);
	body_add(body, first.buyer_is_maker ? ",\"m\":true" : ",\"m\":false");
	body_add(body, ",\"M\":true}");
}

void
answer_agg_trades(struct body *body, const struct trade_source *source,
    const struct query *query)
{
	const struct trade *trade;
	struct reader reader;

	reader_begin(&reader, source, query->symbol, first_of_aggregates(source, query));
	body_add(body, "[");
	for (int64_t i = 0; i < query->limit && (trade = reader_peek(&reader)) != NULL; i++) {
		if (query->end_us != QUERY_NONE && trade->time_us > query->end_us)
			break;
		if (i > 0)
			body_add(body, ",");
		add_aggregate(body, &reader);
	}
	body_add(body, "]");
}

static void
add_kline(struct body *body, const struct candle *candle)
{
	const int64_t prices[] = { candle->open_e8, candle->high_e8, candle->low_e8,
		candle->close_e8 };

	body_add(body, "[");
	body_add_integer(body, candle->open_time_us / CLOCK_MS_US);
	for (int i = 0; i < 4; i++) {
		body_add(body, i > 0 ? "\",\"" : ",\"");
		body_add_e8(body, prices[i]);
	}
	body_add(body, "\",\"");
	body_add_sum_e8(body, candle->volume_e8);
	body_add(body, "\",");
	body_add_integer(body, candle->close_time_us / CLOCK_MS_US);
	body_add(body, ",\"");
	body_add_sum_e16(body, candle->quote_e16);
	body_add(body, "\",");
	body_add_integer(body, candle->trades);
	body_add(body, ",\"");
	body_add_sum_e8(body, candle->taker_volume_e8);
	body_add(body, "\",\"");
	body_add_sum_e16(body, candle->taker_quote_e16);
	body_add(body, "\",\"0\"]");
}

/* Where the first candle of the answer opens, and in *ret_last the last that may be shown. */
static int64_t
kline_range(const struct trade_source *source, const struct query *query, int64_t first_us,
    int64_t *ret_last)
{
	int64_t interval = query->interval_us, open, earliest;
	int64_t last = trade_source_known(source);

	if (query->end_us != QUERY_NONE && query->end_us < last)
		last = query->end_us;
	*ret_last = candle_open_time(interval, last);
	earliest = candle_open_time(interval, first_us);
	if (query->start_us != QUERY_NONE) /* the first that opens no earlier */
		open = candle_open_time(interval, query->start_us + interval - 1);
	else
		open = *ret_last - (query->limit - 1) * interval;
	return open > earliest ? open : earliest;
}

static void
add_klines(struct body *body, const struct trade_source *source, const struct query *query,
    const struct trade *oldest)
{
	int64_t last, open = kline_range(source, query, oldest->time_us, &last);
	int64_t id = source->at_time(source->object, query->symbol, open);
	struct trade before = *oldest;
	const struct trade *trade;
	struct reader reader;
	struct candle candle;

	reader_begin(&reader, source, query->symbol, id);
	if (id > oldest->id && id - 1 <= reader.newest)
		source->read(source->object, query->symbol, id - 1, &before, 1);
	for (int64_t i = 0; i < query->limit && open <= last; i++, open += query->interval_us) {
		candle_begin(&candle, query->interval_us, open, before.price_e8);
		for (; (trade = reader_peek(&reader)) != NULL &&
		     trade->time_us <= candle.close_time_us;
		     reader.at++)
			candle_add(&candle, trade);
		before.price_e8 = candle.close_e8;
		if (i > 0)
			body_add(body, ",");
		add_kline(body, &candle);
	}
}

void
answer_klines(struct body *body, const struct trade_source *source, const struct query *query)
{
	int64_t oldest_id = source->oldest(source->object, query->symbol);
	struct trade oldest;

	body_add(body, "[");
	if (oldest_id <= trade_source_newest(source, query->symbol)) {
		source->read(source->object, query->symbol, oldest_id, &oldest, 1);
		add_klines(body, source, query, &oldest);
	}
	body_add(body, "]");
}
