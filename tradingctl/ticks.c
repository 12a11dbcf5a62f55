#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/stored_rows.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"
#include "tradingctl/row_text.h"
#include "tradingctl/tick_database.h"

#define PAGE_ROWS 1000	 /* read in one snapshot, then printed without one */
#define DEFAULT_ROWS 20	 /* without --from and --limit */
#define FOLLOW_MS 200	 /* between two looks with --follow */

struct listing {
	const struct arguments *arguments;
	struct tick_database ticks;
	const struct symbol_row *symbol;
	sqlite3_stmt *page;
	struct columns *columns;
	int64_t after_us, after_id; /* the last row that was shown */
	int64_t to_us, left;	    /* up to here, and so many rows more */
	bool titled;
	struct tick rows[PAGE_ROWS];
};

/* Without --from the newest rows are wanted: finds the first of them. */
static int
find_start(struct listing *listing)
{
	struct database *db = listing->ticks.db;
	sqlite3_stmt *statement;
	int error = database_prepare(db,
	    "SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1 AND time_us <= ?2"
	    " ORDER BY time_us DESC, tick_id DESC LIMIT 1 OFFSET ?3", &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, listing->to_us);
	sqlite3_bind_int64(statement, 3, listing->left - 1);
	error = database_step(db, statement);
	if (error == 1) {
		listing->after_us = sqlite3_column_int64(statement, 0);
		listing->after_id = sqlite3_column_int64(statement, 1) - 1;
	}
	sqlite3_finalize(statement);
	return error < 0 ? error : 0;
}

/* Returns how many rows were read or -errno. */
static int
read_page(struct listing *listing)
{
	int64_t wanted = listing->left < PAGE_ROWS ? listing->left : PAGE_ROWS;
	int count = 0, error = 0;

	sqlite3_bind_int64(listing->page, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(listing->page, 2, listing->after_us);
	sqlite3_bind_int64(listing->page, 3, listing->after_id);
	sqlite3_bind_int64(listing->page, 4, listing->to_us);
	sqlite3_bind_int64(listing->page, 5, wanted);
	while (count < wanted && (error = database_step(listing->ticks.db, listing->page)) == 1)
		stored_tick(listing->page, &listing->rows[count++]);
	if (count == wanted)
		error = 0;
	sqlite3_reset(listing->page);
	if (error < 0)
		return error;
	if (count > 0) {
		listing->after_us = listing->rows[count - 1].time_us;
		listing->after_id = listing->rows[count - 1].tick_id;
		listing->left -= count;
	}
	return count;
}

static const char *
side_of(const struct tick *tick)
{
	if (!(tick->flags & TICK_TRADE))
		return "quote";
	return tick->flags & TICK_SELL ? "sell" : "buy";
}

static int
print_json_row(const struct listing *listing, const struct tick *tick)
{
	int digits = listing->symbol->digits;
	char time[CLOCK_TEXT_SIZE];

	return print_json_line(
	    json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:i}", "source",
		listing->symbol->source, "symbol", listing->symbol->symbol, "timestamp",
		row_text_time(tick->time_us, time), "time_us", (json_int_t)tick->time_us,
		"tick_id", (json_int_t)tick->tick_id, "price",
		row_json_price(tick->price_e8, digits), "volume",
		row_json_price(tick->volume_e8, digits), "bid",
		row_json_price(tick->bid_e8, digits), "ask", row_json_price(tick->ask_e8, digits),
		"side", side_of(tick), "flags", (int)tick->flags),
	    EX_OK);
}

static void
add_row(struct listing *listing, const struct tick *tick)
{
	char time[CLOCK_TEXT_SIZE], price[DECIMAL_SIZE];
	int digits = listing->symbol->digits;

	columns_add(listing->columns, "%s", row_text_time(tick->time_us, time));
	columns_add(listing->columns, "%" PRId64, tick->tick_id);
	columns_add(listing->columns, "%s", side_of(tick));
	columns_add(listing->columns, "%s", row_text_price(tick->price_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(tick->volume_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(tick->bid_e8, digits, price));
	columns_add(listing->columns, "%s", row_text_price(tick->ask_e8, digits, price));
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
	if (fflush(stdout) != 0)
		return complain(EX_IOERR, "the output cannot be written");
	return EX_OK;
}

static int
say_failed(struct listing *listing, int error)
{
	return complain(exit_status_of(error), "%s:%s: the ticks cannot be read: %s",
	    listing->symbol->source, listing->symbol->symbol, database_error(listing->ticks.db));
}

/* Prints what there is; with --follow what comes as well, until Ctrl-C. */
static int
print_pages(struct listing *listing)
{
	bool follow = listing->arguments->given & OPTION_FOLLOW;
	int count, status = EX_OK;

	do {
		count = read_page(listing);
		if (count < 0)
			return say_failed(listing, count);
		if (count > 0 || (!listing->titled && !listing->arguments->json))
			status = print_page(listing, count);
	} while (status == EX_OK && listing->left > 0 &&
	    (count > 0 || (follow && interrupt_wait(FOLLOW_MS))));
	return status;
}

/* Where to begin and where to end, from the options. */
static int
set_range(struct listing *listing)
{
	const struct arguments *arguments = listing->arguments;
	bool limited = arguments->given & OPTION_LIMIT;

	listing->to_us = arguments->given & OPTION_TO ? arguments->to_us : INT64_MAX;
	listing->after_us = arguments->given & OPTION_FROM ? arguments->from_us : INT64_MIN;
	listing->after_id = INT64_MIN;
	if (arguments->given & OPTION_FROM) {
		listing->left = limited ? arguments->limit : INT64_MAX;
		return 0;
	}
	listing->left = limited ? arguments->limit : DEFAULT_ROWS;
	return find_start(listing);
}

static int
list_ticks(struct listing *listing)
{
	int error = database_prepare(listing->ticks.db,
	    "SELECT " STORED_TICK_COLUMNS " FROM unified_ticks WHERE symbol_id = ?1"
	    " AND (time_us, tick_id) > (?2, ?3) AND time_us <= ?4"
	    " ORDER BY time_us, tick_id LIMIT ?5", &listing->page);

	if (error == 0)
		error = set_range(listing);
	if (error < 0)
		return say_failed(listing, error);
	if (listing->arguments->given & OPTION_FOLLOW) {
		interrupt_catch();
		/* --limit says how much of what is stored comes first. */
		if (!(listing->arguments->given & OPTION_FROM))
			listing->left = INT64_MAX;
	}
	return print_pages(listing);
}

int
command_ticks(const struct arguments *arguments)
{
	struct listing listing = {.arguments = arguments};
	int status = tick_database_open(&listing.ticks, arguments->settings);

	if (status != 0)
		return status;
	listing.symbol = tick_database_find(&listing.ticks, arguments->words[0]);
	listing.columns = columns_create("time (UTC)|>id|side|>price|>volume|>bid|>ask");
	if (listing.symbol == NULL)
		status = EX_USAGE;
	else if (listing.columns == NULL)
		status = complain(EX_OSERR, "out of memory");
	else
		status = list_ticks(&listing);
	sqlite3_finalize(listing.page);
	columns_free(listing.columns);
	tick_database_close(&listing.ticks);
	return status;
}
