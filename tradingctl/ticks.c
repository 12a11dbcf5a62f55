#include <inttypes.h>

#include "common/stored_rows.h"
#include "tradingctl/commands.h"
#include "tradingctl/listing.h"
#include "tradingctl/row_text.h"

static struct listing_key
read_tick(sqlite3_stmt *statement, void *ret_row)
{
	struct tick *tick = ret_row;

	stored_tick(statement, tick);
	return (struct listing_key){tick->time_us, tick->tick_id};
}

static const char *
side_of(const struct tick *tick)
{
	if (!(tick->flags & TICK_TRADE))
		return "quote";
	return tick->flags & TICK_SELL ? "sell" : "buy";
}

static json_t *
tick_json(const struct symbol_row *symbol, const void *row)
{
	const struct tick *tick = row;
	int digits = symbol->digits;
	char time[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:i, s:o}", "source",
	    symbol->source, "symbol", symbol->symbol, "timestamp",
	    row_text_time(tick->time_us, time), "time_us", (json_int_t)tick->time_us, "tick_id",
	    (json_int_t)tick->tick_id, "price", row_json_price(tick->price_e8, digits), "volume",
	    row_json_price(tick->volume_e8, digits), "bid", row_json_price(tick->bid_e8, digits),
	    "ask", row_json_price(tick->ask_e8, digits), "side", side_of(tick), "flags",
	    (int)tick->flags, "trade_count",
	    tick->trade_count > 0 ? json_integer(tick->trade_count) : json_null());
}

static void
add_tick(struct columns *columns, const struct symbol_row *symbol, const void *row)
{
	char time[CLOCK_TEXT_SIZE], price[DECIMAL_SIZE];
	const struct tick *tick = row;
	int digits = symbol->digits;

	columns_add(columns, "%s", row_text_time(tick->time_us, time));
	columns_add(columns, "%" PRId64, tick->tick_id);
	columns_add(columns, "%s", side_of(tick));
	columns_add(columns, "%s", row_text_price(tick->price_e8, digits, price));
	columns_add(columns, "%s", row_text_price(tick->volume_e8, digits, price));
	columns_add(columns, "%s", row_text_price(tick->bid_e8, digits, price));
	columns_add(columns, "%s", row_text_price(tick->ask_e8, digits, price));
}

int
command_ticks(const struct arguments *arguments)
{
	static const struct listing_kind kind = {
		.rows = "ticks",
		.titles = "time (UTC)|>id|side|>price|>volume|>bid|>ask",
		.row_size = sizeof(struct tick),
		.start_sql = "SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1"
			     " AND time_us <= ?2 ORDER BY time_us DESC, tick_id DESC"
			     " LIMIT 1 OFFSET ?3",
		.page_sql = "SELECT " STORED_TICK_COLUMNS " FROM unified_ticks"
			    " WHERE symbol_id = ?1 AND (time_us, tick_id) > (?2, ?3)"
			    " AND time_us <= ?4 ORDER BY time_us, tick_id LIMIT ?5",
		.read = read_tick,
		.json = tick_json,
		.add = add_tick,
	};

	return listing_run(arguments, &kind);
}
