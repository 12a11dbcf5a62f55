#include "tradingctl/listing.h"

#include <stdlib.h>
#include <sysexits.h>

#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"

struct listing {
	const struct arguments *arguments;
	const struct listing_kind *kind;
	struct tick_database ticks;
	const struct symbol_row *symbol;
	sqlite3_stmt *page;
	struct columns *columns;
	struct listing_key after; /* the last row that was shown */
	int64_t to_us, left;	  /* up to here, and so many rows more */
	bool titled;
	char *rows;
};

/* Without --from the newest rows are wanted: finds the first of them. */
static int
find_start(struct listing *listing)
{
	struct database *db = listing->ticks.db;
	sqlite3_stmt *statement;
	int error = database_prepare(db, listing->kind->start_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(statement, 2, listing->to_us);
	sqlite3_bind_int64(statement, 3, listing->left - 1);
	error = database_step(db, statement);
	if (error == 1)
		listing->after = (struct listing_key){sqlite3_column_int64(statement, 0),
		    sqlite3_column_int64(statement, 1) - 1};
	sqlite3_finalize(statement);
	return error < 0 ? error : 0;
}

/* Returns how many rows were read or -errno. */
static int
read_page(struct listing *listing)
{
	const struct listing_kind *kind = listing->kind;
	int64_t wanted = listing->left < LISTING_PAGE_ROWS ? listing->left : LISTING_PAGE_ROWS;
	int count = 0, error = 0;

	sqlite3_bind_int64(listing->page, 1, listing->symbol->symbol_id);
	sqlite3_bind_int64(listing->page, 2, listing->after.time_us);
	sqlite3_bind_int64(listing->page, 3, listing->after.id);
	sqlite3_bind_int64(listing->page, 4, listing->to_us);
	sqlite3_bind_int64(listing->page, 5, wanted);
	while (count < wanted && (error = database_step(listing->ticks.db, listing->page)) == 1)
		listing->after = kind->read(listing->page,
		    listing->rows + (size_t)count++ * kind->row_size);
	sqlite3_reset(listing->page);
	if (error < 0)
		return error;
	listing->left -= count;
	return count;
}

static int
print_page(struct listing *listing, int count)
{
	const struct listing_kind *kind = listing->kind;
	const char *row = listing->rows;
	int status = EX_OK;

	if (listing->arguments->json) {
		for (int i = 0; i < count && status == EX_OK; i++, row += kind->row_size)
			status = print_json_line(kind->json(listing->symbol, row), EX_OK);
		return status;
	}
	for (int i = 0; i < count; i++, row += kind->row_size)
		kind->add(listing->columns, listing->symbol, row);
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
	return complain(exit_status_of(error), "%s:%s: the %s cannot be read: %s",
	    listing->symbol->source, listing->symbol->symbol, listing->kind->rows,
	    database_error(listing->ticks.db));
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
	    (count > 0 || (follow && interrupt_wait(LISTING_FOLLOW_MS))));
	return status;
}

/* Where to begin and where to end, from the options. */
static int
set_range(struct listing *listing)
{
	const struct arguments *arguments = listing->arguments;
	bool limited = arguments->given & OPTION_LIMIT;

	listing->to_us = arguments->given & OPTION_TO ? arguments->to_us : INT64_MAX;
	listing->after.time_us = arguments->given & OPTION_FROM ? arguments->from_us : INT64_MIN;
	listing->after.id = INT64_MIN;
	if (arguments->given & OPTION_FROM) {
		listing->left = limited ? arguments->limit : INT64_MAX;
		return 0;
	}
	listing->left = limited ? arguments->limit : LISTING_DEFAULT_ROWS;
	return find_start(listing);
}

static int
list(struct listing *listing)
{
	int error = database_prepare(listing->ticks.db, listing->kind->page_sql, &listing->page);

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
listing_run(const struct arguments *arguments, const struct listing_kind *kind)
{
	struct listing listing = {.arguments = arguments, .kind = kind};
	int status = tick_database_open(&listing.ticks, arguments->settings);

	if (status != 0)
		return status;
	listing.symbol = tick_database_find(&listing.ticks, arguments->words[0]);
	listing.columns = columns_create(kind->titles);
	listing.rows = calloc(LISTING_PAGE_ROWS, kind->row_size);
	if (listing.symbol == NULL)
		status = EX_USAGE;
	else if (listing.columns == NULL || listing.rows == NULL)
		status = complain(EX_OSERR, "out of memory");
	else
		status = list(&listing);
	sqlite3_finalize(listing.page);
	free(listing.rows);
	columns_free(listing.columns);
	tick_database_close(&listing.ticks);
	return status;
}
