#include <inttypes.h>

#include "common/stored_rows.h"
#include "tradingctl/commands.h"
#include "tradingctl/listing.h"
#include "tradingctl/row_text.h"

static struct listing_key
read_candle(sqlite3_stmt *statement, void *ret_row)
{
	struct candle *candle = ret_row;

	stored_candle(statement, candle);
	return (struct listing_key){candle->open_time_us, 0};
}

static json_t *
id_json(int64_t id)
{
	return id == TICK_NONE ? json_null() : json_integer(id);
}

static json_t *
candle_json(const struct symbol_row *symbol, const void *row)
{
	const struct candle *candle = row;
	int digits = symbol->digits;
	char time[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:I, s:o, s:o,"
			 " s:s, s:I, s:b}",
	    "source", symbol->source, "symbol", symbol->symbol, "timestamp",
	    clock_format(candle->open_time_us, 0, time), "open_time_us",
	    (json_int_t)candle->open_time_us, "open", row_json_price(candle->open_e8, digits),
	    "high", row_json_price(candle->high_e8, digits), "low",
	    row_json_price(candle->low_e8, digits), "close",
	    row_json_price(candle->close_e8, digits), "volume", candle->volume, "quote_volume",
	    candle->quote_volume, "taker_buy_volume", candle->taker_buy_volume, "trades",
	    (json_int_t)candle->trades, "first_tick_id", id_json(candle->first_tick_id),
	    "last_tick_id", id_json(candle->last_tick_id), "origin",
	    candle_origin_name(candle->origin), "revision", (json_int_t)candle->revision,
	    "complete", candle->complete);
}

static void
add_candle(struct columns *columns, const struct symbol_row *symbol, const void *row)
{
	char time[CLOCK_TEXT_SIZE], price[DECIMAL_SIZE], volume[ROW_TEXT_SIZE];
	const struct candle *candle = row;
	int digits = symbol->digits;

	columns_add(columns, "%s", clock_format(candle->open_time_us, 0, time));
	columns_add(columns, "%s", row_text_price(candle->open_e8, digits, price));
	columns_add(columns, "%s", row_text_price(candle->high_e8, digits, price));
	columns_add(columns, "%s", row_text_price(candle->low_e8, digits, price));
	columns_add(columns, "%s", row_text_price(candle->close_e8, digits, price));
	columns_add(columns, "%s", row_text_double(candle->volume, volume));
	columns_add(columns, "%s", row_text_double(candle->quote_volume, volume));
	columns_add(columns, "%" PRId64, candle->trades);
	columns_add(columns, "%s", candle_origin_name(candle->origin));
	columns_add(columns, "%" PRId64, candle->revision);
	columns_add(columns, "%s", candle->complete ? "yes" : "no");
}

int
command_candles(const struct arguments *arguments)
{
	static const struct listing_kind kind = {
		.rows = "candles",
		.titles = "open (UTC)|>open|>high|>low|>close|>volume|>quote volume|>trades|"
			  "origin|>revision|complete",
		.row_size = sizeof(struct candle),
		.start_sql = "SELECT open_time_us, 0 FROM m5_candles WHERE symbol_id = ?1"
			     " AND open_time_us <= ?2 ORDER BY open_time_us DESC"
			     " LIMIT 1 OFFSET ?3",
		.page_sql = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles"
			    " WHERE symbol_id = ?1 AND (open_time_us, 0) > (?2, ?3)"
			    " AND open_time_us <= ?4 ORDER BY open_time_us LIMIT ?5",
		.read = read_candle,
		.json = candle_json,
		.add = add_candle,
	};

	return listing_run(arguments, &kind);
}
