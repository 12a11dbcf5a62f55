#include "marketsim/report.h"

#include "common/clock.h"
#include "marketsim/exchange.h"

static int64_t
trades_made(const struct exchange *exchange, int symbol)
{
	return exchange->feed != NULL ? exchange->feed->made[symbol]
				      : (int64_t)exchange->capture->trades[symbol].count;
}

/* The trades since the start: those of a capture are all there from the beginning. */
static void
add_symbol(const struct exchange *exchange, int symbol, struct body *body)
{
	const struct trade_source *source = &exchange->source;
	int64_t first_id = exchange->first_ids[symbol];
	int64_t newest_id = source->newest(source->object, symbol);
	struct trade first, newest;

	body_print(body, "\"%s\":{\"trades\":%lld,", source->instruments[symbol].name,
	    (long long)trades_made(exchange, symbol));
	if (newest_id < first_id) {
		body_add(body, "\"first_id\":null,\"newest_id\":null,"
			       "\"first_aggregate_id\":null,\"newest_aggregate_id\":null}");
		return;
	}
	source->read(source->object, symbol, first_id, &first, 1);
	source->read(source->object, symbol, newest_id, &newest, 1);
	body_print(body,
	    "\"first_id\":%lld,\"newest_id\":%lld,\"first_aggregate_id\":%lld,"
	    "\"newest_aggregate_id\":%lld}",
	    (long long)first.id, (long long)newest.id, (long long)first.aggregate_id,
	    (long long)newest.aggregate_id);
}

void
report_make(const struct exchange *exchange, struct body *body)
{
	const struct trade_source *source = &exchange->source;

	body_print(body, "{\"exchange_ms\":%lld,\"wall_ms\":%lld,\"symbols\":{",
	    (long long)(source->now(source->object) / CLOCK_MS_US),
	    (long long)(clock_wall_us() / CLOCK_MS_US));
	for (int i = 0; i < source->count; i++) {
		body_add(body, i > 0 ? "," : "");
		add_symbol(exchange, i, body);
	}
	body_add(body, "},");
	connection_log_add(&exchange->log, body);
	body_add(body, ",");
	rest_add_tally(&exchange->rest, body);
	if (exchange->guest != NULL) {
		body_print(body, ",\"%s\":", exchange->guest->name);
		exchange->guest->report(exchange->guest->object, body);
	}
	body_add(body, "}");
}
