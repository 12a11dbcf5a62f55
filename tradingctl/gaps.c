#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/feed_text.h"
#include "tradingctl/gap_rows.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"
#include "tradingctl/state_tables.h"
#include "tradingctl/tick_database.h"

#define FOLLOW_MS 1000
#define CLEAR "\033[H\033[J" /* cursor home, erase what is below */

struct showing {
	const struct arguments *arguments;
	struct tick_database ticks;
	const struct symbol_row *only; /* NULL: all */
};

/* ---- the ledger ---- */

static void
add_row(struct columns *columns, const json_t *row)
{
	char text[STATE_TEXT_SIZE], more[STATE_TEXT_SIZE];
	const char *reason = json_string_value(json_object_get(row, "reason"));

	columns_add(columns, "%s:%s", state_text(json_object_get(row, "source"), text),
	    state_text(json_object_get(row, "symbol"), more));
	columns_add(columns, "%s-%s", state_text(json_object_get(row, "first_id"), text),
	    state_text(json_object_get(row, "last_id"), more));
	columns_add(columns, "%s/%s", state_text(json_object_get(row, "filled"), text),
	    state_text(json_object_get(row, "ids"), more));
	columns_add(columns, "%.1f", json_number_value(json_object_get(row, "percent")));
	columns_add(columns, "%s", state_text(json_object_get(row, "state"), text));
	columns_add(columns, "%s", state_text(json_object_get(row, "from"), text));
	columns_add(columns, "%s", state_text(json_object_get(row, "to"), text));
	columns_add(columns, "%s", state_text(json_object_get(row, "opened"), text));
	columns_add(columns, "%s", state_text(json_object_get(row, "closed"), text));
	columns_add(columns, "%s", reason == NULL ? "-" : reason);
}

static int
print_rows(const json_t *rows)
{
	struct columns *columns =
	    columns_create("symbol|ids|>filled/total|>%|state|from (UTC)|to (UTC)|"
			   "opened (UTC)|closed (UTC)|reason");
	const json_t *row;
	int error;
	size_t i;

	if (columns == NULL)
		return -1;
	json_array_foreach(rows, i, row) {
		add_row(columns, row);
	}
	error = columns_print(columns, true, stdout);
	columns_free(columns);
	return error;
}

static void
print_totals(const json_t *totals)
{
	const json_t *total;
	size_t i;

	json_array_foreach(totals, i, total) {
		char source[STATE_TEXT_SIZE], symbol[STATE_TEXT_SIZE];

		printf("%s:%s: %" JSON_INTEGER_FORMAT " gaps, %" JSON_INTEGER_FORMAT
		       " of %" JSON_INTEGER_FORMAT " ids filled (%.1f %%), %" JSON_INTEGER_FORMAT
		       " to come, %" JSON_INTEGER_FORMAT " never will\n",
		    state_text(json_object_get(total, "source"), source),
		    state_text(json_object_get(total, "symbol"), symbol),
		    json_integer_value(json_object_get(total, "gaps")),
		    json_integer_value(json_object_get(total, "filled")),
		    json_integer_value(json_object_get(total, "ids")),
		    json_number_value(json_object_get(total, "percent")),
		    json_integer_value(json_object_get(total, "missing")),
		    json_integer_value(json_object_get(total, "unfillable")));
	}
}

/* ---- with what tickd tells of its work ---- */

static int
print_json(const struct showing *showing, json_t *rows, json_t *totals, const json_t *feeds)
{
	json_t *backfills = json_array(), *document;
	const json_t *feed;
	size_t i;

	json_array_foreach(feeds, i, feed) {
		json_t *backfill = json_object_get(feed, "backfill");

		if (backfill != NULL)
			json_array_append_new(backfills, json_pack("{s:O*, s:O*, s:O}", "name",
			    json_object_get(feed, "name"), "source",
			    json_object_get(feed, "source"), "backfill", backfill));
	}
	document = json_pack("{s:O, s:O, s:o}", "gaps", rows, "totals", totals, "feeds", backfills);
	return showing->arguments->given & OPTION_FOLLOW ? print_json_line(document, EX_OK) :
							   print_json_document(document, EX_OK);
}

static int
print_text(const struct showing *showing, const json_t *rows, const json_t *totals,
    const json_t *feeds)
{
	bool follow = showing->arguments->given & OPTION_FOLLOW;
	char now[CLOCK_TEXT_SIZE];
	const json_t *feed;
	size_t i;

	if (follow)
		printf("%s%s\n", isatty(STDOUT_FILENO) == 1 ? CLEAR : "",
		    clock_format(clock_wall_us(), 0, now));
	if (json_array_size(rows) == 0)
		puts(showing->arguments->given & OPTION_ALL ? "no gap was ever seen" :
							      "nothing is missing");
	else if (print_rows(rows) < 0)
		return complain(EX_OSERR, "out of memory");
	print_totals(totals);
	json_array_foreach(feeds, i, feed) {
		feed_text_backfill(feed, stdout);
	}
	return fflush(stdout) == 0 ? EX_OK : complain(EX_IOERR, "the output cannot be written");
}

static int
show_with(const struct showing *showing, json_t *rows, json_t *totals)
{
	struct system_state state;
	struct problem unused;
	const json_t *feeds;
	int status;

	/* Where nothing runs the ledger is all there is to show. */
	(void)!system_state_read(showing->arguments->settings, &state, &unused);
	feeds = state_feeds(&state);
	status = showing->arguments->json ? print_json(showing, rows, totals, feeds) :
					    print_text(showing, rows, totals, feeds);
	system_state_finish(&state);
	return status;
}

static int
show(const struct showing *showing)
{
	json_t *rows = NULL, *totals;
	int error = gap_rows_read(showing->ticks.db, showing->only,
	    showing->arguments->given & OPTION_ALL, &rows), status;

	if (error < 0)
		return complain(exit_status_of(error), "the gaps cannot be read: %s",
		    database_error(showing->ticks.db));
	totals = gap_rows_totals(rows);
	status = totals == NULL ? complain(EX_OSERR, "out of memory") :
				  show_with(showing, rows, totals);
	json_decref(rows);
	json_decref(totals);
	return status;
}

int
command_gaps(const struct arguments *arguments)
{
	struct showing showing = {.arguments = arguments};
	int status = tick_database_open(&showing.ticks, arguments->settings);

	if (status != 0)
		return status;
	if (arguments->word_count == 1)
		showing.only = tick_database_find(&showing.ticks, arguments->words[0]);
	if (arguments->word_count == 1 && showing.only == NULL) {
		tick_database_close(&showing.ticks);
		return EX_USAGE;
	}
	if (arguments->given & OPTION_FOLLOW)
		interrupt_catch();
	do
		status = show(&showing);
	while (status == EX_OK && (arguments->given & OPTION_FOLLOW) && interrupt_wait(FOLLOW_MS));
	tick_database_close(&showing.ticks);
	return status;
}
