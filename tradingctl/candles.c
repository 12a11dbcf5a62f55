#include <errno.h>
#include <inttypes.h>
#include <sysexits.h>

#include "common/stored_rows.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/print_json.h"
#include "tradingctl/row_text.h"
#include "tradingctl/tick_database.h"

#define PAGE_ROWS 500	/* read in one snapshot, then printed without one */
#define DEFAULT_ROWS 20 /* without --from and --limit */

struct listing {
	const struct arguments *arguments;
	struct tick_database ticks;
	const struct symbol_row *symbol;
	struct columns *columns;
	int64_t from_us, to_us, left;
	bool titled;
	struct candle rows[PAGE_ROWS];
};

/* The newest `left` up to to_us, or all from from_us on, always in the order of time. */
static const char newest_sql[] = "SELECT open_time_us FROM m5_candles WHERE symbol_id = ?1"
    " AND open_time_us <= ?2 ORDER BY open_time_us DESC LIMIT 1 OFFSET ?3";
static const char page_sql[] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles"
    " WHERE symbol_id = ?1 AND open_time_us <= ?2 AND open_time_us >= ?3"
    " ORDER BY open_time_us LIMIT ?4";

static int
find_start(struct listing *listing)
{
	sqlite3_stmt *statement;
	int error = database_prepare(listing->ticks.db, newest_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, listing->to_us);
	sqlite3_bind_int64(statement, 3, listing->left - 1);
	error = database_step(listing->ticks.db, statement);
	if (error == 1)
		listing->from_us = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return error < 0 ? error : 0;
}

/* Returns how many rows were read or -errno. */
static int
read_page(struct listing *listing)
{
	int64_t wanted = listing->left < PAGE_ROWS ? listing->left : PAGE_ROWS;
	sqlite3_stmt *statement;
	int count = 0, error = database_prepare(listing->ticks.db, page_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, listing->to_us);
	sqlite3_bind_int64(statement, 3, listing->from_us);
	sqlite3_bind_int64(statement, 4, wanted);
	while ((error = database_step(listing->ticks.db, statement)) == 1)
		stored_candle(statement, &listing->rows[count++]);
	sqlite3_finalize(statement);
	if (error < 0)
		return error;
	if (count > 0)
		listing->from_us = listing->rows[count - 1].open_time_us + 1;
	listing->left -= count;
	return count;
}

static json_t *
id_json(int64_t id)
{
	return id == TICK_NONE ? json_null() : json_integer(id);
}

static int
print_json_row(const struct listing *listing, const struct candle *candle)
{
	int digits = listing->symbol->digits;
	char time[CLOCK_TEXT_SIZE];

	return print_json_line(
	    json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:I, s:o, s:o, s:s,"
		      " s:I, s:b}",
		"source", listing->symbol->source, "symbol", listing->symbol->symbol, "timestamp",
		clock_format(candle->open_time_us, 0, time), "open_time_us",
		(json_int_t)candle->open_time_us, "open", row_json_price(candle->open_e8, digits),
		"high", row_json_price(candle->high_e8, digits), "low",
		row_json_price(candle->low_e8, digits), "close",
		row_json_price(candle->close_e8, digits), "volume", candle->volume,
		"quote_volume", candle->quote_volume, "taker_buy_volume",
		candle->taker_buy_volume, "trades", (json_int_t)candle->trades, "first_tick_id",
		id_json(candle->first_tick_id), "last_tick_id", id_json(candle->last_tick_id),
		"origin", candle_origin_name(candle->origin), "revision",
		(json_int_t)candle->revision, "complete", candle->complete),
	    EX_OK);
}

static void
add_row(struct listing *listing, const struct candle *candle)
{
	char time[CLOCK_TEXT_SIZE], price[DECIMAL_SIZE], volume[ROW_TEXT_SIZE];
	int digits = listing->symbol->digits;

	columns_add(listing->columns, "%s", clock_format(candle->open_time_us, 0, time));
	columns_add(listing->columns, "%s", row_text_price(candle->open_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(candle->high_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(candle->low_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(candle->close_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_double(candle->volume, volume));
	columns_add(listing->columns, "%s", row_text_double(candle->quote_volume, volume));
	columns_add(listing->columns, "%" PRId64, candle->trades);
	columns_add(listing->columns, "%s", candle_origin_name(candle->origin));
	columns_add(listing->columns, "%" PRId64, candle->revision);
	columns_add(listing->columns, "%s", candle->complete ? "yes" : "no");
}

static int
print_page(struct listing *listing, int count)
{
	int status = EX_OK;

	if (listing->arguments->json) {
		for (int i = 0; i < count && status == EX_OK; i++)
			status = print_json_row(listing, &listing->rows[i]);
		return status;
	}
	for (int i = 0; i < count; i++)
		add_row(listing, &listing->rows[i]);
	if (columns_print(listing->columns, !listing->titled, stdout) < 0)
		return complain(EX_OSERR, "out of memory");
	listing->titled = true;
	columns_next_page(listing->columns);
	return EX_OK;
}

static int
list_candles(struct listing *listing)
{
	const struct arguments *arguments = listing->arguments;
	bool from = arguments->given & OPTION_FROM;
	int count = 0, status = EX_OK;

	listing->to_us = arguments->given & OPTION_TO ? arguments->to_us : INT64_MAX;
	listing->from_us = from ? arguments->from_us : INT64_MIN;
	listing->left = arguments->given & OPTION_LIMIT ? arguments->limit :
	    from					? INT64_MAX :
							  DEFAULT_ROWS;
	if (!from)
		count = find_start(listing);
	while (count >= 0 && status == EX_OK && listing->left > 0) {
		count = read_page(listing);
		if (count == 0 && (listing->titled || arguments->json))
			return status;
		if (count >= 0)
			status = print_page(listing, count);
		if (count == 0)
			return status;
	}
	return count >= 0 ? status :
			    complain(exit_status_of(count), "%s:%s: the candles cannot be read: %s",
				listing->symbol->source, listing->symbol->symbol,
				database_error(listing->ticks.db));
}

int
command_candles(const struct arguments *arguments)
{
	struct listing listing = {.arguments = arguments};
	int status = tick_database_open(&listing.ticks, arguments->settings);

	if (status != 0)
		return status;
	listing.symbol = tick_database_find(&listing.ticks, arguments->words[0]);
	listing.columns = columns_create("open (UTC)|>open|>high|>low|>close|>volume|"
					 ">quote volume|>trades|origin|>revision|complete");
	if (listing.symbol == NULL)
		status = EX_USAGE;
	else if (listing.columns == NULL)
		status = complain(EX_OSERR, "out of memory");
	else
		status = list_candles(&listing);
	columns_free(listing.columns);
	tick_database_close(&listing.ticks);
	return status;
}
